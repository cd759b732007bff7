"""/v1/datasets/…/as-of and /diff."""

from datetime import datetime

import httpx
import pytest

from app.core.catalog import SyncMode
from app.database.pool import Database
from app.sources.mock_ledger import latest
from tests.api.making import NOBODY
from tests.fixtures.atlas import NothingPersonal, atlas_on
from tests.sources.reading import ledger

ORDERS = {"name": "orders", "records": 60, "keys": 20}


async def synced(database: Database, mode: SyncMode) -> str:
    atlas = atlas_on(database)
    atlas.pii = NothingPersonal()
    connection = await atlas.connect(ledger(ORDERS), mode)
    await atlas.sync()
    return f"/v1/datasets/{connection.connection_id}/orders"


@pytest.mark.parametrize("mode", [SyncMode.INCREMENTAL_DEDUPED_HISTORY, SyncMode.INCREMENTAL_APPEND])  # fmt: skip
async def test_a_dataset_is_read_at_a_moment_and_between_two(
    client: httpx.AsyncClient, database: Database, mode: SyncMode
) -> None:
    path = await synced(database, mode)
    first, last = "2024-01-01T00:00:19", "2024-01-01T00:00:59Z"

    early = (await client.get(f"{path}/as-of", params={"at": first, "limit": 100})).json()["data"]
    unknown = (await client.get(f"{path}/as-of", params={"at": last, "recorded": first})).json()
    page = (await client.get(f"{path}/as-of", params={"at": last, "limit": 15})).json()
    rest = (await client.get(page["next"])).json()
    diff = (await client.get(f"{path}/diff", params={"from": "2024-01-01T00:00:04Z", "to": last, "limit": 100})).json()  # fmt: skip

    assert {row["id"]: row["number"] for row in early} == {n + 1: n for n in range(20)}
    assert unknown["data"] == []
    newest = {key: row["number"] for key, row in latest(ledger(ORDERS), "orders").items()}
    assert {row["id"]: row["number"] for row in page["data"] + rest["data"]} == newest
    assert diff["counts"] == {"added": 15, "removed": 0, "changed": 5, "same": 0}
    changed = [one for one in diff["data"] if one["kind"] == "changed"]
    assert {"number", "updated_at"} <= set(changed[0]["fields"])
    assert changed[0]["before"]["number"] < changed[0]["after"]["number"]
    assert datetime.fromisoformat(page["data"][0]["valid_from"])


async def test_what_has_no_history_says_so(client: httpx.AsyncClient, database: Database) -> None:
    atlas = atlas_on(database)
    connection = await atlas.connect(ledger(ORDERS))
    path, at = f"/v1/datasets/{connection.connection_id}/orders", {"at": "2024-01-01T00:00:00Z"}

    unpublished = await client.get(f"{path}/as-of", params=at)
    nowhere = await client.get(f"/v1/datasets/{NOBODY}/orders/as-of", params=at)
    no_moment = await client.get(f"{path}/as-of", params={"at": "yesterday"})

    assert (unpublished.status_code, nowhere.status_code, no_moment.status_code) == (422, 404, 422)


@pytest.mark.parametrize("far", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+01:00"])
async def test_an_instant_that_utc_does_not_have_is_a_problem(
    client: httpx.AsyncClient, database: Database, far: str
) -> None:
    path, near = await synced(database, SyncMode.INCREMENTAL_DEDUPED_HISTORY), "2024-01-01"

    for url, query in (
        (f"{path}/as-of", {"at": far}), (f"{path}/as-of", {"at": near, "recorded": far}),
        (f"{path}/diff", {"from": far, "to": near}), (f"{path}/diff", {"from": near, "to": far}),
        ("/v1/quarantine", {"upTo": far}),
    ):  # fmt: skip
        answer = await client.get(url, params=query)
        assert answer.status_code == 422, (url, query, answer.text)
        (error,) = answer.json()["errors"]
        assert error["pointer"].split("/")[1] in query
        assert "years 1 to 9999" in error["detail"]


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59.999999", "0001-01-01T00:00:00Z"])
async def test_a_dataset_is_read_at_the_ends_of_time(
    client: httpx.AsyncClient, database: Database, at: str
) -> None:
    path = await synced(database, SyncMode.INCREMENTAL_DEDUPED_HISTORY)

    answer = await client.get(f"{path}/as-of", params={"at": at})

    assert (answer.status_code, bool(answer.json()["data"])) == (200, at.startswith("9"))


async def test_a_stream_may_have_a_slash_in_its_name(
    client: httpx.AsyncClient, database: Database
) -> None:
    atlas = atlas_on(database)
    atlas.pii = NothingPersonal()
    connection = await atlas.connect(ledger({**ORDERS, "name": "shop/orders"}))
    await atlas.sync()

    path = f"/v1/datasets/{connection.connection_id}/shop/orders"
    answer = await client.get(f"{path}/as-of", params={"at": "2030-01-01T00:00:00Z", "limit": 100})

    assert len(answer.json()["data"]) == 20
