"""/v1/…/schema-changes: what a source has changed, what that touches, and a word on it."""

import httpx
import pytest

from app.core.catalog import SyncMode
from app.database.pool import Database
from tests.api.making import make_connection
from tests.fixtures.atlas import NothingPersonal, atlas_on
from tests.sources.reading import ledger

ORDERS = {"name": "orders", "records": 30, "keys": 10}
DRIFTED = {**ORDERS, "declares_drift": True, "drift_at": 20}


async def drifted(database: Database) -> str:
    """A connection whose source has another schema than it was connected with; its id."""
    atlas = atlas_on(database, schema_check_h=0)
    atlas.pii = NothingPersonal()
    connection = await atlas.connect(ledger(ORDERS), SyncMode.INCREMENTAL_APPEND)
    await atlas.configure(ledger(DRIFTED))
    await atlas.sync()
    return str(connection.connection_id)


async def test_a_change_is_listed_weighed_and_adopted(
    client: httpx.AsyncClient, database: Database
) -> None:
    connection = await drifted(database)
    listed = (await client.get(f"/v1/connections/{connection}/schema-changes", params={"status": "pending"})).json()  # fmt: skip
    (change,) = listed["data"]
    path = f"/v1/schema-changes/{change['changeId']}"

    impact = (await client.get(f"{path}/impact")).json()
    rename = {"old": ["nowhere"], "new": ["extra"]}
    wrong = await client.post(f"{path}/adopt", json={"renames": [rename]})
    adopted = await client.post(f"{path}/adopt", json={"backfill": True})
    twice = await client.post(f"{path}/reject")
    versions = (await client.get(f"/v1/connections/{connection}/schema-versions")).json()

    assert [(one["kind"], one["field"]) for one in change["changes"]] == [
        ("retyped", "amount"), ("added", "extra"),
    ]  # fmt: skip
    assert (change["breaking"], change["possibleRenames"]) == (False, [])
    amount, extra = impact["data"]
    assert amount["columns"] == ["chart.ledger_orders.amount", "navigate.ledger_orders__history.amount"]  # fmt: skip
    assert extra["columns"] == []
    assert (amount["views"], impact["renames"], "key" in impact) == ([], [], False)
    assert wrong.status_code == 422
    assert adopted.status_code == 200
    backfill = adopted.json()["backfill"]
    assert (backfill["columns"], backfill["rows"], "doneAt" in backfill) == (["extra"], 0, False)
    assert (adopted.json()["status"], adopted.json()["version"]) == ("adopted", 2)
    assert twice.status_code == 422
    assert [(v["version"], v["adoptedBy"]) for v in versions["data"]] == [
        (2, "person"), (1, "connected"),
    ]  # fmt: skip
    assert "extra" in versions["data"][0]["fields"]


@pytest.mark.parametrize("word", ["adopt", "reject"])
async def test_a_change_that_is_not_there_is_a_problem(
    client: httpx.AsyncClient, word: str
) -> None:
    assert (await client.post(f"/v1/schema-changes/1/{word}")).status_code == 404
    assert (await client.get("/v1/schema-changes/1/impact")).status_code == 404


async def test_what_a_connection_does_about_changes_is_in_airbytes_field(
    client: httpx.AsyncClient,
) -> None:
    made = await make_connection(client)
    path = f"/v1/connections/{made['connectionId']}"

    other = await client.patch(path, json={"nonBreakingSchemaUpdatesBehavior": "propagate_fully"})
    wrong = await client.patch(path, json={"nonBreakingSchemaUpdatesBehavior": "sometimes"})

    assert made["nonBreakingSchemaUpdatesBehavior"] == "ignore"
    assert other.json()["nonBreakingSchemaUpdatesBehavior"] == "propagate_fully"
    assert (await client.get(path)).json() == other.json()
    assert wrong.status_code == 422


async def test_a_columns_contract_is_shown_and_changed(client: httpx.AsyncClient) -> None:
    made = await make_connection(client)
    path = f"/v1/connections/{made['connectionId']}/columns"
    before = (await client.get(path)).json()["data"]
    first = before[0]
    wanted = {"stream": first["stream"], "field": first["field"], "contract": "freeze"}

    changed = await client.patch(path, json=wanted)
    nobody = await client.patch(path, json={**wanted, "field": "nowhere"})
    nothing = await client.patch(path, json={**wanted, "contract": "maybe"})

    assert first["contract"] == "evolve"
    assert changed.json() == {**first, "contract": "freeze"}
    assert (await client.get(path)).json()["data"] == [changed.json(), *before[1:]]
    assert nobody.status_code == nothing.status_code == 422
