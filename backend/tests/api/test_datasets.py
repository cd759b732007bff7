"""Datasets by API: the list, and what is in one."""

from app.core.ids import JobId
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client, Object
from tests.api.making import NOBODY

USERS = {"name": "users"}


async def synced(api: Client, scheduler: SyncScheduler) -> Object:
    connection = await api.connection(USERS)
    job = await api.job(connection)
    await scheduler.run(JobId(job["jobId"]))
    return connection


def path_of(connection: Object, stream: str = "users") -> str:
    return f"/datasets/{connection['connectionId']}/{stream}/profile"


async def test_datasets_are_listed_with_what_is_in_them(
    api: Client, scheduler: SyncScheduler
) -> None:
    await api.connection(USERS, {"name": "products"}, name="never synced")
    connection = await synced(api, scheduler)

    whole = await api.get("/datasets")
    last = await api.get("/datasets", limit=1, offset=2)

    assert [(line["connection"], line["stream"], line.get("rows")) for line in whole["data"]] == [
        ("never synced", "users", None), ("never synced", "products", None), ("daily", "users", 40),
    ]  # fmt: skip
    line = whole["data"][-1]
    assert (line["connectionId"], line["rowsEstimated"]) == (connection["connectionId"], False)
    assert line["columns"] == 17
    assert line["freshness"].keys() == {"promotionId", "promotedAt", "extractedAt"}
    assert line["freshness"]["extractedAt"] <= line["freshness"]["promotedAt"]
    assert whole["data"][0]["freshness"] == {}
    assert last["data"] == whole["data"][2:]
    assert last["next"] == ""


async def test_a_profile_shows_values_of_clean_columns_alone(
    api: Client, scheduler: SyncScheduler
) -> None:
    connection = await synced(api, scheduler)

    found = await api.get(path_of(connection))

    assert (found["rows"], found["rowsEstimated"], found["stale"]) == (40, False, False)
    assert found["newestAt"]
    columns = {column["name"]: column for column in found["columns"]}
    key = columns["id"]
    assert (key["valuesShown"], key["type"], key["min"], key["max"]) == (True, "bigint", "1", "40")
    assert (key["nulls"], key["distinct"], key["distinctEstimated"], key["countedRows"]) == (0, 40, False, 40)  # fmt: skip
    assert (key["arrived"]["rows"], key["arrived"]["min"], key["arrived"]["max"]) == (40, "1", "40")
    texts = [c for c in columns.values() if c["type"] == "text" and c["valuesShown"]]
    assert texts
    assert all(c["shortest"] <= c["meanLength"] <= c["longest"] for c in texts)
    email = columns["email"]
    assert email.keys() == {"name", "type", "valuesShown", "nulls", "distinct", "distinctEstimated", "countedRows", "arrived"}  # fmt: skip
    assert (email["valuesShown"], email["distinct"]) == (False, 40)
    assert email["arrived"] == {"rows": 40, "nulls": 0}


async def test_a_dataset_that_was_never_promoted_has_columns_and_no_rows(api: Client) -> None:
    connection = await api.connection(USERS)

    found = await api.get(path_of(connection))

    assert "rows" not in found
    assert {"name": "id", "type": "bigint", "valuesShown": False} in found["columns"]


async def test_what_is_not_there_is_a_problem(api: Client) -> None:
    connection = await api.connection(USERS)

    stream = await api.problem("GET", path_of(connection, "a/b"), 404)
    nobody = await api.problem("GET", f"/datasets/{NOBODY}/users/profile", 404)
    other = await api.problem("GET", path_of(connection), 404, query={"namespace": "elsewhere"})

    assert {stream["type"], other["type"]} == {"/problems/stream-not-found"}
    assert nobody["type"] == "/problems/connection-not-found"
