"""The streams of a connection and their fields, chosen anew; and fields that a mapper hashes."""

from typing import Any

import httpx

from app.core.ids import JobId
from app.layers.tables import Tables
from app.sync.scheduler import SyncScheduler
from tests.api.making import make_connection, start_job

Json = dict[str, Any]  # as a client has it

USERS: Json = {"name": "users", "syncMode": "incremental_deduped_history"}
PRODUCTS: Json = {
    "name": "products",
    "syncMode": "full_refresh_append",
    "cursorField": ["updated_at"],
}


async def chosen(client: httpx.AsyncClient, path: str, *streams: Json) -> httpx.Response:
    """Shape: none named are all."""
    wanted = {"streams": list(streams)} if streams else {}
    return await client.patch(path, json={"configurations": wanted})


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [stream["name"] for stream in answer.json()["configurations"]["streams"]]


async def test_streams_come_and_go_and_those_that_were_published_keep_their_tables(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    made = await make_connection(client, configurations={"streams": [USERS, PRODUCTS]})
    path = f"/v1/connections/{made['connectionId']}"
    job = (await start_job(client, made["connectionId"])).json()
    while_it_waits = await chosen(client, path, USERS)
    same_while_it_waits = await chosen(client, path, USERS, PRODUCTS)
    await scheduler.run(JobId(job["jobId"]))
    books = (await client.get(f"/v1/jobs/{job['jobId']}")).json()

    fewer = await chosen(client, path, USERS)
    back_as_increment = await chosen(client, path, {**PRODUCTS, "syncMode": "incremental_append"}, USERS)  # fmt: skip
    other_mode = await chosen(client, path, {**USERS, "syncMode": "full_refresh_overwrite"})
    new = await chosen(client, path, USERS, {"name": "purchases"})
    without = await chosen(client, path, USERS)
    later = (await client.get(f"/v1/jobs/{job['jobId']}")).json()
    every = await chosen(client, path)
    unknown = await chosen(client, path, {"name": "ghosts"})

    assert names(without) == ["users"]
    assert later["rowsSynced"] == books["rowsSynced"], "as it was signed off"
    for stream in books["atlas"]["streams"]:
        assert stream in later["atlas"]["streams"]
    assert while_it_waits.status_code == 409
    assert same_while_it_waits.status_code == 200
    assert names(fewer) == ["users"]
    assert names(back_as_increment) == ["products", "users"]
    assert back_as_increment.json()["configurations"]["streams"][0]["syncMode"] == "incremental_append"  # fmt: skip
    assert other_mode.json()["type"] == "/problems/stream-is-published"
    assert names(new) == ["users", "purchases"]
    assert sorted(names(every)) == ["products", "purchases", "users"]
    assert unknown.json()["type"] == "/problems/stream-not-in-catalog"
    async with scheduler.database.connection() as session:
        assert await session.fetchval("SELECT count(*) FROM chart.daily_source_products") == 10


async def test_before_anything_is_published_a_stream_may_be_chosen_otherwise(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    made = await make_connection(client, configurations={"streams": [USERS]})
    path = f"/v1/connections/{made['connectionId']}"

    changed = await chosen(client, path, {**USERS, "syncMode": "full_refresh_overwrite"})
    job = (await start_job(client, made["connectionId"])).json()
    await scheduler.run(JobId(job["jobId"]))

    (users,) = changed.json()["configurations"]["streams"]
    assert users["syncMode"] == users["atlas"]["syncMode"] == "full_refresh_overwrite"
    assert (await client.get(f"/v1/jobs/{job['jobId']}")).json()["rowsSynced"] == 10


async def test_a_field_that_a_mapper_hashes_is_masked_from_the_first_row_on(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    hashing = {"type": "hashing", "mapperConfiguration": {"targetField": "occupation"}}
    made = await make_connection(client, configurations={"streams": [{**USERS, "mappers": [hashing]}]})  # fmt: skip
    path = f"/v1/connections/{made['connectionId']}"
    job = (await start_job(client, made["connectionId"])).json()
    await scheduler.run(JobId(job["jobId"]))

    too_late = {"type": "hashing", "mapperConfiguration": {"targetField": "weight"}}
    later = await chosen(client, path, {**USERS, "mappers": [hashing, too_late]})

    assert "notCarriedOut" not in made["atlas"]
    tables = Tables.of("daily_source_users")
    async with scheduler.database.connection() as session:
        shown = await session.fetch(
            f"SELECT c.occupation, e.data ->> 'occupation' AS raw FROM {tables.chart} c, {tables.explore} e"
        )
    assert shown
    assert not {row["occupation"] for row in shown} & {row["raw"] for row in shown}
    assert later.json()["atlas"]["notCarriedOut"] == ["/configurations/streams/0/mappers/1"]


def selected(*fields: str) -> Json:
    return {**USERS, "selectedFields": [{"fieldPath": [field]} for field in fields]}


async def test_fields_that_are_not_selected_have_no_column_until_they_are(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    few = ("id", "updated_at", "name")
    made = await make_connection(client, configurations={"streams": [selected(*few)]})
    path = f"/v1/connections/{made['connectionId']}"
    job = (await start_job(client, made["connectionId"])).json()
    await scheduler.run(JobId(job["jobId"]))
    async with scheduler.database.connection() as session:
        row = await session.fetchrow("SELECT * FROM chart.daily_source_users LIMIT 1")

    unsaid = await chosen(client, path, USERS)
    more = await chosen(client, path, selected(*few, "email"))
    every = await chosen(client, path, selected())
    async with scheduler.database.connection() as session:
        later = await session.fetchrow("SELECT * FROM chart.daily_source_users LIMIT 1")

    assert row is not None
    assert later is not None
    assert [name for name in dict(row) if name[0] != "_"] == ["id", "updated_at", "name"]
    assert "email" in later
    (users,) = made["configurations"]["streams"]
    assert users["selectedFields"] == selected(*few)["selectedFields"]
    assert "notCarriedOut" not in made["atlas"]
    before = users["atlas"]["leftOut"]
    assert {"email", "address"} <= {*before}
    assert unsaid.json()["configurations"]["streams"][0]["atlas"]["leftOut"] == before
    found = more.json()["configurations"]["streams"][0]["atlas"]["leftOut"]
    assert found == [field for field in before if field != "email"]
    assert every.json()["configurations"]["streams"][0]["atlas"]["leftOut"] == []


async def test_objects_are_laid_out_later_and_versions_are_chosen_elsewhere(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    made = await make_connection(client, configurations={"streams": [USERS]})
    path = f"/v1/connections/{made['connectionId']}"
    job = (await start_job(client, made["connectionId"])).json()
    await scheduler.run(JobId(job["jobId"]))

    flat = await chosen(client, path, {**USERS, "atlas": {"nested": "flatten"}})
    unsaid = await chosen(client, path, USERS)
    echoed = await chosen(client, path, {**USERS, "atlas": {"nested": "flatten", "checkCols": []}})
    back = await chosen(client, path, {**USERS, "atlas": {"nested": "json"}})
    checked = await chosen(client, path, {**USERS, "atlas": {"checkCols": ["name"]}})
    async with scheduler.database.connection() as session:
        row = await session.fetchrow("SELECT * FROM chart.daily_source_users LIMIT 1")

    for answer in (flat, unsaid, echoed):
        (users,) = answer.json()["configurations"]["streams"]
        assert users["atlas"]["nested"] == "flatten"
    assert (back.status_code, checked.status_code) == (422, 422)
    assert "laid out already" in back.json()["detail"]
    assert "check-cols" in checked.json()["detail"]
    assert row is not None
    assert "address__city" in row


async def test_a_selection_that_cannot_be_read_is_refused_with_what_lacks(
    client: httpx.AsyncClient,
) -> None:
    made = await make_connection(client, configurations={"streams": [USERS]})
    path = f"/v1/connections/{made['connectionId']}"

    without_key = await chosen(client, path, selected("name", "updated_at"))
    unknown = await chosen(client, path, selected("id", "updated_at", "ghost"))
    within = await chosen(client, path, {**USERS, "selectedFields": [{"fieldPath": ["address", "city"]}]})  # fmt: skip

    assert [each.status_code for each in (without_key, unknown, within)] == [422, 422, 422]
    assert "by id" in without_key.json()["detail"]
    assert "ghost" in unknown.json()["detail"]
    assert "the outer one" in within.text
