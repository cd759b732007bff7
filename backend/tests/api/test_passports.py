"""A row's passport by API: a real sync, real lineage, and a key that stands in no address."""

import logging

import pytest

from app.core.ids import JobId
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client, Object
from tests.api.making import NOBODY

USERS = {"name": "users"}
SECRET = "hunter2-hunter2"


async def synced(api: Client, scheduler: SyncScheduler) -> Object:
    connection = await api.connection(USERS)
    job = await api.job(connection)
    await scheduler.run(JobId(job["jobId"]))
    return connection


def path_of(connection: Object, stream: str = "users") -> str:
    return f"/datasets/{connection['connectionId']}/{stream}/passport"


async def test_a_row_is_explained_from_its_source_to_its_lineage(
    api: Client, scheduler: SyncScheduler
) -> None:
    connection = await synced(api, scheduler)

    found = await api.post(path_of(connection), {"key": {"id": 7}})
    same = await api.post(path_of(connection), {"keyHash": found["keyHash"]})

    assert same == found
    assert (found["stream"], found["inChart"], found["hasMore"]) == ("users", True, False)
    assert found["rows"][0]["values"]["id"] == 7
    assert found["rows"][0]["values"]["email"].startswith("email_address_")
    (version,) = found["versions"]
    (batch,) = found["batches"]
    (promotion,) = found["promotions"]
    assert (version["isCurrent"], version["batchId"]) == (True, batch["batchId"])
    assert version["values"] == found["rows"][0]["values"]
    assert batch["promotionId"] == promotion["promotionId"]
    assert (batch["connector"], batch["mode"], batch["attempt"]) == ("source-faker", "mock", 1)
    assert len(promotion["scores"]) == 6
    assert {check["outcome"] for check in promotion["checks"]} == {"pass"}
    events = promotion["lineage"]["events"]
    assert [event["eventType"] for event in events] == ["START", "RUNNING", "COMPLETE"]
    masked = {".".join(d["path"]): d["entity"] for d in found["decisions"] if d["action"] == "mask"}
    assert masked["email"] == "EMAIL_ADDRESS"
    assert found["quarantine"] == {"records": [], "mended": [], "hasUnkeyed": False}


async def test_each_promotion_has_its_own_event(api: Client, scheduler: SyncScheduler) -> None:
    connection = await synced(api, scheduler)
    others = (
        ("-event_id", "created_at - interval '1 hour'", "event"),  # of an earlier promotion
        ("-1000 - event_id", "created_at", "jsonb_set(event, '{run,runId}', '\"another\"')"),  # of a.users
    )  # fmt: skip
    async with scheduler.database.transaction() as session:
        for event_id, created_at, event in others:
            await session.execute(
                "INSERT INTO lineage.outbox (event_id, run_id, job_name, event_type, event, created_at) "
                f"OVERRIDING SYSTEM VALUE SELECT {event_id}, run_id, 'a.' || job_name, event_type, {event}, {created_at} "
                "FROM lineage.outbox WHERE event_type = 'RUNNING' AND event_id > 0"
            )

    found = await api.post(path_of(connection), {"key": [7]})

    (promotion,) = found["promotions"]
    events = promotion["lineage"]["events"]
    assert [event["eventType"] for event in events] == ["START", "RUNNING", "COMPLETE"]
    assert all(event["eventId"] > 0 for event in events)


async def test_the_source_message_comes_only_where_it_is_asked_for(
    api: Client, scheduler: SyncScheduler
) -> None:
    connection = await synced(api, scheduler)

    silent = await api.post(path_of(connection), {"key": [7]})
    told = await api.post(path_of(connection), {"key": [7], "withSource": True})

    assert "source" not in silent
    assert "@" not in str(silent)
    assert '"email": "' in told["source"]["text"]
    assert "@" in told["source"]["text"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"key": {"name": SECRET}},
        {"key": [SECRET]},
        {"key": [SECRET, SECRET]},
        {"key": SECRET},
        {"keyHash": SECRET},
        {"key": [SECRET], "keyHash": NOBODY},
        {"key": [7], "secret": SECRET},
    ],
)
async def test_a_key_that_is_none_is_refused_without_its_values(api: Client, body: Object) -> None:
    connection = await api.connection(USERS)

    found = await api.problem("POST", path_of(connection), 422, body=body)

    assert SECRET not in str(found)


async def test_what_is_not_there_is_a_problem_that_keeps_the_key_to_itself(
    api: Client, scheduler: SyncScheduler, caplog: pytest.LogCaptureFixture
) -> None:
    connection = await synced(api, scheduler)
    with caplog.at_level(logging.DEBUG):
        row = await api.problem("POST", path_of(connection), 404, body={"key": [987_654_321]})
        stream = await api.problem("POST", path_of(connection, "a/b"), 404, body={"key": [1]})
        nobody = await api.problem("POST", f"/datasets/{NOBODY}/users/passport", 404, body={"key": [1]})  # fmt: skip

    assert row["type"] == "/problems/row-not-found"
    assert stream["type"] == "/problems/stream-not-found"
    assert nobody["type"] == "/problems/connection-not-found"
    assert "987654321" not in str(row) + caplog.text
