"""A job as the API tells of it, from the wish to its end; and wishes and filters that cannot be."""

import asyncio
import re
from dataclasses import replace
from datetime import datetime

import pytest

from app.core.failures import (
    ConnectorConfigRefused,
    ConnectorFailedTransiently,
)
from app.core.ids import JobId
from app.database.pool import Database
from app.sources.port import Connector
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client
from tests.api.making import NOBODY, WORKSPACE
from tests.fixtures.owner import as_owner

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
MICROSECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
DURATION = re.compile(r"PT(\d+H)?(\d+M)?\d+S")
USERS = {"name": "users", "syncMode": "incremental_deduped_history"}


@pytest.mark.parametrize("prefix", ["/v1", "/api/public/v1"])
async def test_a_job_is_answered_at_once_and_told_of_until_its_end(
    api: Client, scheduler: SyncScheduler, prefix: str
) -> None:
    api = replace(api, prefix=prefix)
    connection = await api.connection(USERS)

    begun = await api.job(connection)
    await scheduler.run(JobId(begun["jobId"]))
    ended = await api.get(f"/jobs/{begun['jobId']}")

    assert (begun["status"], begun["jobType"]) == ("pending", "sync")
    assert INSTANT.fullmatch(begun["startTime"])
    assert begun["connectionId"] == connection["connectionId"]
    assert not {"duration", "lastUpdatedAt", "bytesSynced", "rowsSynced"} & set(begun)
    assert ended["status"] == "succeeded"
    assert INSTANT.fullmatch(ended["lastUpdatedAt"])
    assert DURATION.fullmatch(ended["duration"])
    assert ended["rowsSynced"] == 40
    assert ended["bytesSynced"] > 40 * 100
    books = ended["atlas"]["streams"][0]
    assert ended["atlas"]["mode"] == "mock"
    assert "balanced" not in begun["atlas"], "nothing was read yet"
    assert ended["atlas"]["balanced"] is True
    assert ended["atlas"]["connectorVersion"]
    assert MICROSECONDS.fullmatch(ended["atlas"]["startedAt"])
    assert ended["atlas"]["startedAt"] < ended["atlas"]["endedAt"]
    assert (books["name"], books["read"], books["charted"], books["held"]) == ("users", 40, 40, 0)


async def test_of_jobs_started_at_the_same_time_there_is_one(api: Client) -> None:
    connection = await api.connection(USERS)
    body = {"connectionId": connection["connectionId"], "jobType": "sync"}

    answers = await asyncio.gather(*(api.http.post("/v1/jobs", json=body) for _ in range(6)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["jobId"] for answer in answers}) == 1


async def test_a_running_job_stops_when_it_is_cancelled(
    api: Client, scheduler: SyncScheduler
) -> None:
    source = await api.source(count=100_000)
    body = {"name": "long", "sourceId": source["sourceId"], "destinationId": (await api.get("/destinations"))["data"][0]["destinationId"]}  # fmt: skip
    job = await api.job(await api.post("/connections", body))

    running = asyncio.create_task(scheduler.run(JobId(job["jobId"])))
    while not (seen := await api.get(f"/jobs/{job['jobId']}")).get("rowsSynced"):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    cancelled = await api.delete(f"/jobs/{job['jobId']}")
    async with asyncio.timeout(15):
        await running

    assert seen["status"] == "running"
    assert DURATION.fullmatch(seen["duration"])
    assert "endedAt" not in seen["atlas"]
    assert cancelled["status"] == "cancelled"
    assert (await api.get(f"/jobs/{job['jobId']}"))["status"] == "cancelled"


async def test_a_job_that_runs_takes_longer_the_longer_it_runs(
    api: Client, database: Database
) -> None:
    job = await api.job(await api.connection(USERS))
    await as_owner(
        database,
        "UPDATE pipeline.jobs SET status = 'running', started_at = now() - interval '2 hours', updated_at = now() - interval '2 hours' WHERE job_id = $1",
        job["jobId"],
    )

    seen = await api.get(f"/jobs/{job['jobId']}")

    assert seen["duration"].startswith("PT2H")
    assert "balanced" not in seen["atlas"], "nothing was read yet"


async def test_a_failed_job_says_why(api: Client, scheduler: SyncScheduler) -> None:
    connection = await api.connection(USERS)
    broken = replace(scheduler, orchestrator=replace(scheduler.orchestrator, open_connector=refuse))
    job = await api.job(connection)

    await broken.run(JobId(job["jobId"]))

    failed = await api.get(f"/jobs/{job['jobId']}")
    assert failed["status"] == "failed"
    assert failed["atlas"]["failure"] == {
        "type": "/problems/connector-config-refused",
        "title": "The connector refuses its configuration",
        "detail": "The source knows no such account.",
        "failureType": "config_error",
    }


async def refuse(*_: object) -> Connector:
    raise ConnectorConfigRefused("The source knows no such account.")


# ── lists ─────────────────────────────────────────────────────────────────────────────────────────


async def test_jobs_are_filtered(api: Client) -> None:
    one, other = await api.connection(USERS, name="one"), await api.connection(USERS, name="other")
    over = await api.job(one)
    await api.delete(f"/jobs/{over['jobId']}")
    waiting = await api.job(other)
    both, future = [over["jobId"], waiting["jobId"]], "2100-01-01T00:00:00Z"

    for query, wanted in (
        ({"connectionId": one["connectionId"]}, both[:1]),
        ({"connectionId": one["connectionId"], "workspaceIds": NOBODY}, both[:1]),
        ({"connectionId": NOBODY}, []),
        ({"workspaceIds": WORKSPACE}, both),
        ({"workspaceIds": f"{NOBODY},{WORKSPACE}"}, both),
        ({"workspaceIds": NOBODY}, []),
        ({"status": "cancelled"}, both[:1]),
        ({"status": "pending"}, both[1:]),
        ({"status": "queued"}, []),
        ({"status": "incomplete"}, []),
        ({"jobType": "sync"}, both),
        ({"jobType": "reset"}, []),
        ({"createdAtStart": over["startTime"], "createdAtEnd": future}, both),
        ({"createdAtStart": future}, []),
        ({"updatedAtEnd": future, "orderBy": "updatedAt|ASC"}, both),
        ({"updatedAtStart": future}, []),
    ):
        found = await api.get("/jobs", **query)
        assert [job["jobId"] for job in found["data"]] == wanted, query


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0}, {"limit": 101}, {"limit": "many"}, {"offset": -1}, {"offset": 2**63}, {"status": "done"},
        {"connectionId": "seven"}, {"workspaceIds": "seven"}, {"orderBy": "name|ASC"},
        {"createdAtStart": "yesterday"}, {"jobType": "dance"},
    ],
    ids=str,
)  # fmt: skip
async def test_a_filter_that_is_none_is_a_problem(api: Client, query: dict[str, object]) -> None:
    await api.problem("GET", "/jobs", 422, query=query)


# ── what cannot be ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", ["x", "1.5", str(2**63), "-1"])
async def test_what_is_no_job_number_is_a_problem(api: Client, number: str) -> None:
    answer = await api.http.get(f"/v1/jobs/{number}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/jobId"


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"connectionId": NOBODY, "jobType": "sync"}, 404, None),
        ({"connectionId": "seven", "jobType": "sync"}, 422, "/connectionId"),
        ({"connectionId": NOBODY, "jobType": "dance"}, 422, "/jobType"),
        ({"connectionId": NOBODY}, 422, "/jobType"),
        ({"connectionId": NOBODY, "jobType": "reset"}, 404, None),
        ({"connectionId": NOBODY, "jobType": "refresh"}, 404, None),
        ([], 422, ""),
        (None, 422, ""),
    ],
)
async def test_a_job_that_cannot_be_is_a_problem(
    api: Client, body: object, status: int, pointer: str | None
) -> None:
    found = await api.problem("POST", "/jobs", status, body)

    if pointer is not None:
        assert found["errors"][0]["pointer"] in (pointer, pointer or "/")


async def test_a_body_that_is_no_json_is_a_problem(api: Client) -> None:
    answer = await api.http.post(
        "/v1/jobs", content=b"{", headers={"content-type": "application/json"}
    )

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_inactive_connection_is_not_synced(api: Client, scheduler: SyncScheduler) -> None:
    connection = await api.connection(USERS)
    async with scheduler.database.transaction() as session:
        await session.execute("UPDATE pipeline.connections SET status = 'inactive'")
    body = {"connectionId": connection["connectionId"], "jobType": "sync"}

    refused = await api.problem("POST", "/jobs", 409, body)

    assert "inactive" in refused["detail"]
    assert (await api.get("/jobs"))["data"] == []


async def test_times_are_in_order(api: Client, scheduler: SyncScheduler) -> None:
    job = await api.job(await api.connection(USERS))
    await scheduler.run(JobId(job["jobId"]))

    ended = await api.get(f"/jobs/{job['jobId']}")

    assert datetime.fromisoformat(ended["startTime"]) <= datetime.fromisoformat(
        ended["lastUpdatedAt"]
    )


async def test_a_job_that_waits_for_its_next_attempt_is_moved_forward_and_answered_with(
    api: Client, scheduler: SyncScheduler
) -> None:
    connection = await api.connection(USERS)
    async with scheduler.database.transaction() as session:
        await session.execute("UPDATE pipeline.connections SET retry_wait_s = 600")
    broken = replace(scheduler, orchestrator=replace(scheduler.orchestrator, open_connector=fall))
    job = await api.job(connection)
    await broken.run(JobId(job["jobId"]))
    waiting = await api.get(f"/jobs/{job['jobId']}")

    moved = await api.job(connection)
    body = {"connectionId": connection["connectionId"], "jobType": "sync"}
    await api.problem("POST", "/jobs", 409, body)

    assert waiting["status"] == moved["status"] == "running"
    assert INSTANT.fullmatch(waiting["atlas"]["dueAt"])
    assert moved["jobId"] == job["jobId"]
    assert moved["atlas"].get("dueAt") is None


async def fall(*_: object) -> Connector:
    raise ConnectorFailedTransiently("The source does not answer.")
