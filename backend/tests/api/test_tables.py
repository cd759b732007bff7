"""What stands of a connection, and what is done with it: renamed, adopted, dropped; each looked at first."""

import json
from pathlib import Path

import pytest

from app.core.catalog import Nested, SyncMode
from app.core.connections import Connection
from app.core.ids import StreamId
from app.core.jobs import JobStatus
from app.core.settings import Settings
from app.database.keys import load_keys
from app.database.pool import Database
from app.sync.connections import carried_out, connection_store
from tests.api.client import Client, Object
from tests.fixtures.atlas import Atlas, NoChecks, NothingPersonal, atlas_on, counts, one
from tests.fixtures.scripted import AT, INSTANT, offered, saying, whole

KEEPS = SyncMode.INCREMENTAL_DEDUPED_HISTORY
TAGS = {"type": "array", "items": {"type": "string"}}
STREAM = offered("orders", {"id": {"type": "integer"}, "at": INSTANT, "tags": TAGS}, cursor=("at",))
OWNED = "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace " \
    "WHERE n.nspname IN ('explore', 'chart', 'navigate', 'staging') AND c.relname LIKE $1 " \
    "UNION ALL SELECT p.proname FROM pg_proc p WHERE p.proname LIKE $1 ORDER BY 1"  # fmt: skip


@pytest.fixture
def atlas(database: Database) -> Atlas:
    atlas = atlas_on(database)
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    return atlas


async def connect(atlas: Atlas, mode: SyncMode = KEEPS) -> Connection:
    return await atlas.connect({}, mode, streams=[STREAM], source="shop", nested=Nested.CHILD_TABLES)  # fmt: skip


async def sync(atlas: Atlas, folder: Path, *keys: int, second: int = 0) -> dict[str, int]:
    lines = [
        b'{"id":%d,"at":"%s","tags":["a","b"]}' % (key, (AT % second).encode()) for key in keys
    ]
    atlas.command = saying(folder, whole("orders", lines))
    report = await atlas.sync()
    assert report.job.status is JobStatus.SUCCEEDED, report.job.failure
    return counts(one(report))


def rows(found: Object) -> dict[str, int | None]:
    (stream,) = found["data"]
    return {table["table"]: table.get("rows") for table in stream["tables"]}


async def test_a_rename_takes_everything_along_and_the_next_sync_goes_on(
    api: Client, atlas: Atlas, tmp_path: Path
) -> None:
    connection = await connect(atlas)
    await sync(atlas, tmp_path, 1, 2)
    await sync(atlas, tmp_path, 1, second=1)
    await atlas.execute("CREATE VIEW public.report AS SELECT id FROM navigate.shop_orders")
    await atlas.execute("GRANT SELECT ON public.report TO atlas_app")
    await atlas.execute("CREATE TABLE chart.theirs (n int)")
    path = f"/connections/{connection.connection_id}/tables"
    wanted = {"name": "orders", "table": "sales"}
    before = await atlas.values(OWNED, "%orders%")

    foreseen = await api.post(f"{path}/rename/preview", wanted)
    still = await atlas.values(OWNED, "%orders%")
    taken = await api.problem("POST", f"{path}/rename", 409, {**wanted, "table": "theirs"})
    no_name = await api.problem("POST", f"{path}/rename", 422, {**wanted, "table": "x__history"})
    told = await api.post(f"{path}/rename", wanted)
    after = await sync(atlas, tmp_path, 3, second=2)

    assert still == before
    assert taken["type"] == "/problems/table-taken"
    assert "chart.theirs" in taken["detail"]
    assert no_name["type"] == "/problems/unprocessable-entity"
    assert told == foreseen
    assert told["tables"]["chart.shop_orders__tags"] == "chart.sales__tags"
    assert after == {"read": 1, "explored": 1, "charted": 1}
    left = [
        name for name in await atlas.values(OWNED, "%orders%") if not str(name).endswith("pkey")
    ]
    assert left == []
    assert await atlas.values("SELECT count(*) FROM explore.sales_raw") == [4]
    assert await atlas.values("SELECT id FROM chart.sales ORDER BY 1") == [1, 2, 3]
    assert await atlas.values("SELECT count(*) FROM chart.sales__tags") == [6]
    assert await atlas.values("SELECT count(*) FROM navigate.sales") == [4]
    assert await atlas.values("SELECT count(*) FROM navigate.sales__as_of(now())") == [3]
    assert await atlas.values("SELECT count(*) FROM public.report") == [4]
    (act,) = (await api.get(f"{path}/acts"))["data"]
    assert (act["act"], act["facts"]) == ("renamed", told)

    # another connection may have the name that is free now
    second = await connect(atlas)
    assert second.streams[0].layout.table == "shop_orders"
    await sync(atlas, tmp_path, 7)
    assert await atlas.values("SELECT id FROM chart.shop_orders") == [7]


async def test_a_job_that_is_in_the_way_is_named(api: Client) -> None:
    connection = await api.connection({"name": "users"})
    job = (await api.job(connection))["jobId"]
    path = f"/connections/{connection['connectionId']}/tables/rename"

    held = await api.problem("POST", path, 409, {"name": "users", "table": "sales"})

    assert f"Job {job} " in held["detail"]
    assert held["data"]["jobId"] == job


async def test_deleted_tables_are_adopted_with_their_history_or_dropped_with_all_that_is_theirs(
    api: Client, atlas: Atlas, tmp_path: Path
) -> None:
    first = await connect(atlas)
    await sync(atlas, tmp_path, 1, 2)
    other = await connect(atlas)  # over the same stream: kept apart
    old, new = (f"/connections/{one.connection_id}" for one in (first, other))
    wanted = {"fromConnectionId": str(first.connection_id), "withState": True}
    alive = await api.problem("POST", f"{new}/adoption", 409, wanted)
    in_use = await api.problem("POST", f"{old}/tables/drop", 409, {})
    await api.http.delete(f"/v1{old}")
    stands = await api.get(f"{old}/tables")

    # taken over
    foreseen = await api.post(f"{new}/adoption/preview", wanted)
    adopted = await api.post(f"{new}/adoption", wanted)
    state = await atlas.values(
        "SELECT connection_id FROM pipeline.connector_state ORDER BY state_id"
    )
    await sync(atlas, tmp_path, 1, second=1)
    late = await api.problem("POST", f"{new}/adoption", 409, wanted)

    assert other.streams[0].layout.table.startswith("shop_orders_")
    for refused in (alive, in_use, late):
        assert refused["type"] == "/problems/tables-in-use"
    assert rows(stands)["chart.shop_orders"] == 2
    assert foreseen == adopted
    assert [one["stream"] for one in adopted["data"]] == ["orders"]
    assert state == [first.connection_id, other.connection_id]
    assert await atlas.values("SELECT count(*) FROM navigate.shop_orders WHERE id = 1") == [2]
    assert await atlas.values(OWNED, other.streams[0].layout.table + "%") == []

    # another way of reading it is refused
    third = await connect(atlas, SyncMode.INCREMENTAL_APPEND)
    await api.http.delete(f"/v1{new}")
    refused = await api.problem(
        "POST", f"/connections/{third.connection_id}/adoption", 409,
        {"fromConnectionId": str(other.connection_id)},
    )  # fmt: skip
    assert "another sync mode" in refused["detail"]

    # dropped
    await atlas.execute("CREATE VIEW public.report AS SELECT id FROM chart.shop_orders")
    stood = await api.problem("POST", f"{new}/tables/drop", 409, {})
    await atlas.execute("DROP VIEW public.report")
    gone = await api.post(f"{new}/tables/drop", {})
    assert "report" in stood["detail"]
    assert rows(gone) == {
        "explore.shop_orders_raw": 3, "chart.shop_orders": 2, "chart.shop_orders__tags": 4,
        "navigate.shop_orders__history": 1, "navigate.shop_orders__keys": 0,
        "navigate.shop_orders": None, "navigate.shop_orders__current": None,
    }  # fmt: skip
    assert await atlas.values(OWNED, "shop_orders") == []
    assert await atlas.values(OWNED, "shop_orders\\_\\_%") == []
    assert (await api.get(f"{new}/tables"))["data"] == []
    acts = (await api.get(f"{new}/tables/acts"))["data"]
    assert [act["act"] for act in acts] == ["dropped", "adopted"]
    assert acts[0]["facts"]["tables"]["chart.shop_orders"] == 2
    books = await atlas.values("SELECT sum(read)::int FROM pipeline.batch_ledger")
    assert books == [3]  # stay


async def test_who_adopts_tables_reads_what_he_has_chosen_and_no_field_more(
    api: Client, atlas: Atlas, tmp_path: Path
) -> None:
    """The columns of what he has left out stay with what they have."""
    first = await connect(atlas)
    await sync(atlas, tmp_path, 1)
    await api.http.delete(f"/v1/connections/{first.connection_id}")
    other = await atlas.connect(
        {}, KEEPS, streams=[STREAM], source="shop", nested=Nested.CHILD_TABLES, left_out=["tags"]
    )

    await api.post(
        f"/connections/{other.connection_id}/adoption",
        {"fromConnectionId": str(first.connection_id), "withState": True},
    )
    await sync(atlas, tmp_path, 2, second=2)

    found = await atlas.rows("chart.shop_orders", "id")
    assert [(row["id"], row["tags"]) for row in found] == [(1, '["a", "b"]'), (2, None)]


async def test_what_was_decided_and_said_of_a_new_stream_goes_on_with_the_tables_it_takes_over(
    api: Client, atlas: Atlas, settings: Settings, tmp_path: Path
) -> None:
    """Its masks reach what is there already; a mask that the old one had stays."""
    atlas.keys = load_keys(settings)
    text = {"type": "string"}
    noted = offered("orders", {"id": {"type": "integer"}, "at": INSTANT, "note": text, "who": text}, cursor=("at",))  # fmt: skip
    lines = [b'{"id":1,"at":"%s","note":"clear","who":"jane"}' % (AT % 1).encode()]
    first = await atlas.connect({}, KEEPS, streams=[noted], source="shop")
    before = first.streams[0].stream_id
    await saying_personal(atlas, before, "who")
    atlas.command = saying(tmp_path, whole("orders", lines))
    assert (await atlas.sync()).job.status is JobStatus.SUCCEEDED
    await api.patch(f"/datasets/{first.connection_id}/orders", {"description": "old", "owners": ["me"]})  # fmt: skip
    await api.http.delete(f"/v1/connections/{first.connection_id}")
    other = await atlas.connect({}, KEEPS, streams=[noted], source="shop")
    new = f"/connections/{other.connection_id}"
    for path in ("who", "note", "elsewhere"):
        await saying_personal(atlas, other.streams[0].stream_id, path)
    await api.patch(f"/datasets/{other.connection_id}/orders", {"description": "new"})
    await api.post(f"{new}/tables/rename", {"name": "orders", "table": "mine"})

    wanted = {"fromConnectionId": str(first.connection_id), "withState": False}
    await api.post(f"{new}/adoption", wanted)
    there = await atlas.rows("chart.shop_orders", "id")
    versions = await atlas.values("SELECT DISTINCT note FROM navigate.shop_orders")
    assert (await atlas.sync()).job.status is JobStatus.SUCCEEDED

    assert there[0]["note"] not in ("clear", None)
    assert versions == [there[0]["note"]]
    again = await atlas.rows("chart.shop_orders", "id")
    assert [(row["note"], row["who"]) for row in again] == [(there[0]["note"], there[0]["who"])]
    decided = await atlas.values("SELECT path[1] FROM pii.column_decisions WHERE stream_id = $1 AND decided_by = 'person' ORDER BY decision_id", before)  # fmt: skip
    assert decided == ["who", "elsewhere", "note"]
    labels = (await api.get(f"/datasets/{other.connection_id}/orders"))["labels"]
    assert (labels["description"], labels["owners"]) == ("new", ["me"])
    acts = (await api.get(f"{new}/tables/acts"))["data"]
    assert [act["act"] for act in acts] == ["adopted", "renamed"]


async def saying_personal(atlas: Atlas, stream_id: StreamId, field: str) -> None:
    """As a mapper that hashes a field has it."""
    mapper = {"type": "hashing", "mapperConfiguration": {"targetField": field}}
    async with atlas.database.transaction() as session:
        await session.execute("UPDATE pipeline.streams SET as_sent = $2::text::json WHERE stream_id = $1", stream_id, json.dumps({"mappers": [mapper]}))  # fmt: skip
        connection = await connection_store.get_connection(session, atlas.connection_id)
        await carried_out.mask_hashed(session, connection)


async def test_what_cannot_be_adopted_is_said_before(
    api: Client, atlas: Atlas, tmp_path: Path
) -> None:
    first = await connect(atlas)
    await sync(atlas, tmp_path, 1)
    await api.http.delete(f"/v1/connections/{first.connection_id}")
    another = offered("visits", {"id": {"type": "integer"}})
    more = await atlas.connect({}, KEEPS, streams=[STREAM, another], source="shop", nested=Nested.CHILD_TABLES)  # fmt: skip
    checked = await atlas.connect({}, KEEPS, streams=[STREAM], source="shop", nested=Nested.CHILD_TABLES, check_cols=["tags"])  # fmt: skip
    same = await connect(atlas)
    together = '{"type": "GLOBAL", "global": {"stream_states": []}}'
    await atlas.execute(f"INSERT INTO pipeline.connector_state (connection_id, kind, namespace, name, message) VALUES ('{first.connection_id}', 'GLOBAL', '', '', '{together}')")  # fmt: skip
    wanted = {"fromConnectionId": str(first.connection_id), "withState": True}

    otherwise = await api.problem("POST", f"/connections/{checked.connection_id}/adoption/preview", 409, wanted)  # fmt: skip
    shared = await api.problem("POST", f"/connections/{more.connection_id}/adoption/preview", 409, wanted)  # fmt: skip
    without = await api.post(f"/connections/{more.connection_id}/adoption/preview", {**wanted, "withState": False})  # fmt: skip
    await api.post(f"/connections/{same.connection_id}/adoption", wanted)

    assert "columns that make a version" in otherwise["detail"]
    assert "one state of all its streams" in shared["detail"]
    assert len(without["data"]) == 1
    taken = (
        f"SELECT kind FROM pipeline.connector_state WHERE connection_id = '{same.connection_id}'"
    )
    assert await atlas.values(taken) == ["GLOBAL"]


async def test_a_stream_that_its_source_renames_goes_on_in_its_tables_and_one_may_be_left_out(
    api: Client, atlas: Atlas, tmp_path: Path
) -> None:
    connection = await connect(atlas)
    await sync(atlas, tmp_path, 1, 2)
    path = f"/connections/{connection.connection_id}"
    wanted = {"name": "orders", "newName": "sales"}

    last = await api.problem("POST", f"{path}/streams", 422, {"name": "orders", "read": False})
    foreseen = await api.post(f"{path}/streams/rename/preview", wanted)
    renamed = await api.post(f"{path}/streams/rename", wanted)
    gone = await api.problem("POST", f"{path}/streams/rename", 404, wanted)
    lines = [b'{"id":%d,"at":"%s","tags":[]}' % (key, (AT % 5).encode()) for key in (2, 3)]
    atlas.command = saying(tmp_path, whole("sales", lines))
    report = await atlas.sync()

    assert "at least one stream" in last["detail"]
    assert renamed == foreseen
    assert (renamed["stream"], renamed["state"]) == ("sales", False)
    assert gone["type"] == "/problems/stream-not-found"
    assert report.job.status is JobStatus.SUCCEEDED, report.job.failure
    assert await atlas.values("SELECT id FROM chart.shop_orders ORDER BY 1") == [1, 2, 3]
    assert await atlas.values("SELECT count(*) FROM navigate.shop_orders WHERE id = 2") == [2]
    await atlas.execute("INSERT INTO pipeline.streams (connection_id, name, table_name, position, sync_mode, cursor_field, primary_key, stream, has_rest) "
        "SELECT connection_id, 'other', 'shop_other', 1, sync_mode, cursor_field, primary_key, replace(stream::text, 'sales', 'other')::json, has_rest FROM pipeline.streams")  # fmt: skip
    left = await api.post(f"{path}/streams", {"name": "sales", "read": False})
    dropped = await api.post(f"{path}/tables/drop", {"streams": [{"name": "sales"}]})
    assert left["read"] is False
    assert rows(dropped)["chart.shop_orders"] == 3


async def test_a_source_is_renamed_and_deleted_with_its_connections(api: Client) -> None:
    connection = await api.connection({"name": "users"})
    source = f"/sources/{connection['sourceId']}"
    body = {"sourceId": connection["sourceId"], "destinationId": connection["destinationId"],
            "configurations": {"streams": [{"name": "users"}]}}  # fmt: skip

    renamed = await api.patch(source, {"name": "humans"})
    apart = await api.post("/connections/preview", {**body, "prefix": "second_"})
    await api.patch(source, {"name": "people"})
    same = await api.post("/connections/preview", body)
    prefixed = await api.post("/connections", {**body, "prefix": "second_"})
    foreseen = await api.get(f"{source}/deletion")
    deleted = await api.http.delete(f"/v1{source}")

    assert renamed["name"] == "humans"
    assert [one["table"] for one in apart["streams"]] == ["second_humans_users"]
    (stream,) = same["streams"]
    assert (stream["taken"], stream["takenBy"], stream["adoptable"]) == (
        "people_users",
        "daily",
        False,
    )
    assert prefixed["prefix"] == "second_"
    assert {one["name"] for one in foreseen["connections"]} == {"daily", prefixed["name"]}
    assert deleted.status_code == 204
    await api.problem("GET", source, 404)
    await api.problem("GET", f"/connections/{prefixed['connectionId']}", 404)
    await api.problem("POST", "/connections", 404, body)
    assert (await api.get("/sources"))["data"] == []


async def test_retention_is_said_foreseen_and_told(
    api: Client, atlas: Atlas, tmp_path: Path
) -> None:
    connection = await connect(atlas)
    for second in range(3):
        await sync(atlas, tmp_path, 1, 2, second=second)
    path = f"/connections/{connection.connection_id}/retention"

    none = await api.get(path)
    foreseen = await api.post(f"{path}/preview", {"maxRows": 2})
    kept = await api.put(path, {"maxRows": 2})
    wrong = await api.problem("PUT", path, 422, {"maxRows": -1})

    assert none["policy"] == {}
    assert foreseen == kept
    (stream,) = foreseen["streams"]
    assert (stream["records"], stream["stay"], stream["heldBack"]) == (4, 2, 0)
    assert wrong["errors"][0]["pointer"].endswith("maxRows")
    assert (await api.get(f"{path}/acts"))["data"] == []
