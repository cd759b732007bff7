"""A connection after it was made: renamed, paused, deleted, and never synced when it must not be."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from app.core.connections import ConnectionStatus
from app.core.errors import ConnectionInactive
from app.core.ids import ConnectionId, JobId
from app.core.settings import Settings
from app.main import create_app
from app.sync.connections import connection_life
from app.sync.scheduler import SyncScheduler
from app.sync.timetables.ticker import Ticker
from tests.api.client import Client, Object
from tests.api.making import DESTINATION, NOBODY
from tests.fixtures import tokens

USERS = {"name": "users"}
EACH_MINUTE: Object = {"scheduleType": "cron", "cronExpression": "0 * * * * ?"}


@pytest.fixture
async def twin(api: Client, settings: Settings) -> AsyncIterator[Client]:
    """Another replica of the API on the same database."""
    app = create_app(settings, with_workers=False)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        shown = tokens.machine(app.state.keys)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://twin", headers=shown
        ) as http:
            yield replace(api, http=http)


def path_of(connection: Object) -> str:
    return f"/connections/{connection['connectionId']}"


def wish(connection: Object) -> Object:
    return {"connectionId": connection["connectionId"], "jobType": "sync"}


async def deleted(api: Client, connection: Object) -> int:
    answer = await api.http.delete(f"/v1{path_of(connection)}")
    assert answer.content == b"" or answer.status_code != 204
    return answer.status_code


async def tick(scheduler: SyncScheduler) -> list[JobId]:
    """Let the window of every schedule be now, and tick."""
    async with scheduler.database.transaction() as session:
        await session.execute("UPDATE pipeline.schedules SET next_window_at = date_trunc('minute', now()), next_run_at = now()")  # fmt: skip
    ticker = Ticker(database=scheduler.database, start_job=scheduler.start_in, every_s=1.0)
    return (await ticker.tick()).fired


# ── changed ───────────────────────────────────────────────────────────────────────────────────────


async def test_what_changes_of_a_connection_changes_and_the_rest_stays(api: Client) -> None:
    made = await api.connection(USERS)
    assert made["atlas"] == {
        "onEmpty": "fail", "onHeld": "fail", "onMisfit": "quarantine", "hardDeletes": "invalidate",
        "onUnchanged": "record_again", "engine": "local",
    }  # fmt: skip

    named = await api.patch(path_of(made), {"name": "nightly"})
    allowed = await api.patch(path_of(made), {"atlas": {"onEmpty": "allow", "onMisfit": "null"}})
    held = await api.patch(path_of(made), {"atlas": {"onHeld": "allow", "hardDeletes": "ignore", "onUnchanged": "record_once"}})  # fmt: skip

    assert named == made | {"name": "nightly"}
    assert allowed["atlas"] == made["atlas"] | {"onEmpty": "allow", "onMisfit": "null"}
    assert held["atlas"] == {
        "onEmpty": "allow", "onHeld": "allow", "onMisfit": "null", "hardDeletes": "ignore",
        "onUnchanged": "record_once", "engine": "local",
    }  # fmt: skip
    assert await api.patch(path_of(made), {}) == held == await api.get(path_of(made))


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""}, {"name": "  "}, {"status": "asleep"}, {"status": "locked"},
        {"atlas": {"onEmpty": "perhaps"}}, {"atlas": {"on_held": 1}}, {"atlas": {"unknown": 1}}, {"sourceId": NOBODY},
    ],
    ids=str,
)  # fmt: skip
async def test_a_change_that_cannot_be_is_a_problem_and_changes_nothing(
    api: Client, body: Object
) -> None:
    made = await api.connection(USERS)

    await api.problem("PATCH", path_of(made), 422, body)

    assert await api.get(path_of(made)) == made
    await api.problem("PATCH", f"/connections/{NOBODY}", 404, {"name": "x"})


async def test_a_connection_is_made_paused_with_its_own_policies(api: Client) -> None:
    source = await api.source()
    body = {"sourceId": source["sourceId"], "destinationId": DESTINATION, "status": "inactive", "atlas": {"onHeld": "allow"}}  # fmt: skip

    made = await api.post("/connections", body)

    assert (made["status"], made["atlas"]["onHeld"], made["atlas"]["onEmpty"]) == ("inactive", "allow", "fail")  # fmt: skip
    assert await api.get(path_of(made)) == made


async def test_a_full_refresh_that_returns_nothing_is_allowed_by_the_word_that_a_patch_takes(
    api: Client, scheduler: SyncScheduler
) -> None:
    made = await api.connection({"name": "users", "syncMode": "full_refresh_overwrite"})
    first = await api.job(made)
    await scheduler.run(JobId(first["jobId"]))
    await api.patch(path_of(made), {"atlas": {"onEmpty": "allow"}})
    async with scheduler.database.transaction() as session:
        await session.execute("UPDATE pipeline.sources SET configuration = jsonb_set(configuration, '{count}', '0')")  # fmt: skip

    job = await api.job(made)
    await scheduler.run(JobId(job["jobId"]))

    assert (await api.get(f"/jobs/{first['jobId']}"))["status"] == "succeeded"
    ended = await api.get(f"/jobs/{job['jobId']}")
    assert (ended["status"], ended["rowsSynced"]) == ("succeeded", 0)


# ── paused ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_paused_connection_starts_nothing_until_it_is_active_again(
    api: Client, scheduler: SyncScheduler
) -> None:
    made = await api.connection(USERS)
    await api.patch(path_of(made), {"schedule": EACH_MINUTE})

    paused = await api.patch(path_of(made), {"status": "inactive"})
    fired_while_paused = await tick(scheduler)
    refused = await api.problem("POST", "/jobs", 409, wish(made))
    active = await api.patch(path_of(made), {"status": "active"})
    fired_after = await tick(scheduler)

    assert (paused["status"], active["status"]) == ("inactive", "active")
    assert paused["schedule"]["cronExpression"] == EACH_MINUTE["cronExpression"]
    assert fired_while_paused == []
    assert refused["type"] == "/problems/connection-inactive"
    assert len(fired_after) == 1


async def test_a_job_that_runs_goes_on_when_its_connection_is_paused(
    api: Client, scheduler: SyncScheduler
) -> None:
    made = await api.connection(USERS)
    job = await api.job(made)

    await api.patch(path_of(made), {"status": "inactive"})
    await scheduler.run(JobId(job["jobId"]))

    assert (await api.get(f"/jobs/{job['jobId']}"))["status"] == "succeeded"


# ── deleted ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_deleted_connection_is_gone_with_its_schedule_and_job_and_its_tables_stay(
    api: Client, scheduler: SyncScheduler
) -> None:
    made, other = await api.connection(USERS), await api.connection(USERS, name="other")
    await api.patch(path_of(made), {"schedule": EACH_MINUTE})
    done = await api.job(made)
    await scheduler.run(JobId(done["jobId"]))
    waiting = await api.job(made)

    answered = await deleted(api, made)

    assert answered == 204
    assert await deleted(api, made) == 404
    for method, path, body in (
        ("GET", path_of(made), None),
        ("PATCH", path_of(made), {"status": "active"}),
        ("GET", f"/schedules/{made['connectionId']}", None),
        ("PUT", f"/schedules/{made['connectionId']}", EACH_MINUTE),
        ("GET", f"{path_of(made)}/jobTerms", None),
        ("PUT", f"{path_of(made)}/jobTerms", {}),
        ("POST", "/jobs", wish(made)),
    ):
        await api.problem(method, path, 404, body)
    assert await tick(scheduler) == []
    assert (await api.get("/connections"))["data"] == [other]
    listed = (await api.get("/connections", includeDeleted="true"))["data"]
    assert [(one["connectionId"], one["status"]) for one in listed] == [(made["connectionId"], "deprecated"), (other["connectionId"], "active")]  # fmt: skip
    assert (await api.get(f"/jobs/{waiting['jobId']}"))["status"] == "cancelled"
    assert (await api.get(f"/jobs/{done['jobId']}"))["status"] == "succeeded"
    async with scheduler.database.connection() as session:
        assert await session.fetchval("SELECT count(*) FROM chart.people_users") == 40
        assert await session.fetchval("SELECT count(*) FROM jobs.procrastinate_jobs WHERE status = 'todo'") == 0  # fmt: skip


async def test_deprecated_is_another_word_for_deleting(api: Client) -> None:
    made = await api.connection(USERS)
    job = await api.job(made)

    gone = await api.patch(path_of(made), {"status": "deprecated"})

    assert gone["status"] == "deprecated"
    assert (await api.get(f"/jobs/{job['jobId']}"))["status"] == "cancelled"
    await api.problem("GET", path_of(made), 404)


async def test_a_tick_and_a_deletion_that_meet_do_not_wait_in_a_circle(
    api: Client, scheduler: SyncScheduler
) -> None:
    """A tick has the schedule and goes for the connection: whoever deletes must not have that before."""
    made = await api.connection(USERS)
    await api.patch(path_of(made), {"schedule": EACH_MINUTE})
    gone = {"name": "gone", "status": "deprecated"}
    async with scheduler.database.transaction() as session:
        await session.execute("SELECT FROM pipeline.schedules FOR UPDATE")
        deleting = asyncio.create_task(api.http.patch(f"/v1{path_of(made)}", json=gone))
        await asyncio.sleep(0.5)
        job_id = await scheduler.start_in(session, ConnectionId(made["connectionId"]))

    answer = await deleting
    assert (answer.status_code, answer.json()["name"]) == (200, "gone")
    assert (await api.get(f"/jobs/{job_id}"))["status"] == "cancelled"


async def test_a_tick_and_the_deletion_of_a_source_that_meet_do_not_wait_in_a_circle(
    api: Client, scheduler: SyncScheduler
) -> None:
    """Whoever deletes must not have the workspace, for the one's job, before the other's schedule."""
    one = await api.connection(USERS)
    body = {"sourceId": one["sourceId"], "destinationId": DESTINATION, "prefix": "second_"}
    other = await api.post("/connections", body)
    jobs = [(await api.job(one))["jobId"]]
    for made in (one, other):
        await api.patch(path_of(made), {"schedule": EACH_MINUTE})
    async with scheduler.database.transaction() as session:
        await session.execute("SELECT FROM pipeline.schedules WHERE connection_id = $1 FOR UPDATE", other["connectionId"])  # fmt: skip
        deleting = asyncio.create_task(api.http.delete(f"/v1/sources/{one['sourceId']}"))
        await asyncio.sleep(0.5)
        jobs.append(await scheduler.start_in(session, ConnectionId(other["connectionId"])))

    assert (await deleting).status_code == 204
    assert [(await api.get(f"/jobs/{job}"))["status"] for job in jobs] == ["cancelled"] * 2


async def test_row_41_of_two_replicas_that_delete_and_pause_a_running_connection_nothing_is_left(
    api: Client, twin: Client, scheduler: SyncScheduler
) -> None:
    source = await api.source(count=100_000)
    body = {"name": "long", "sourceId": source["sourceId"], "destinationId": DESTINATION}
    made = await api.post("/connections", body)
    job = await api.job(made)
    running = asyncio.create_task(scheduler.run(JobId(job["jobId"])))
    while not (await api.get(f"/jobs/{job['jobId']}")).get("rowsSynced"):  # noqa: ASYNC110
        await asyncio.sleep(0.02)

    url = f"/v1{path_of(made)}"
    pause = {"status": "inactive"}
    answers = await asyncio.gather(
        api.http.delete(url), twin.http.delete(url), api.http.patch(url, json=pause),
        twin.http.patch(url, json=pause), twin.http.delete(url),
    )  # fmt: skip
    async with asyncio.timeout(10):
        await running

    deletions = [answer.status_code for answer in (answers[0], answers[1], answers[4])]
    assert sorted(deletions) == [204, 404, 404]
    assert {answer.status_code for answer in answers[2:4]} <= {200, 404}
    assert (await twin.get(f"/jobs/{job['jobId']}"))["status"] == "cancelled"
    async with scheduler.database.connection() as session:
        late = await session.fetchval(
            "SELECT count(*) FROM pipeline.batches b, pipeline.jobs j WHERE j.job_id = $1 "
            "AND b.landed_at > j.ended_at + interval '2 seconds'",
            job["jobId"],
        )
        status = await session.fetchval("SELECT status FROM pipeline.connections")
    assert (late, status) == (0, "deprecated")


@pytest.mark.parametrize("status", [ConnectionStatus.INACTIVE, ConnectionStatus.DEPRECATED])
async def test_who_starts_while_somebody_pauses_or_deletes_waits_and_is_refused(
    api: Client, scheduler: SyncScheduler, status: ConnectionStatus
) -> None:
    connection_id = ConnectionId((await api.connection(USERS))["connectionId"])
    async with scheduler.database.transaction() as session:
        await connection_life.set_status(session, connection_id, status)
        starting = asyncio.create_task(scheduler.start(connection_id))
        await asyncio.sleep(0.5)
        was_waiting = not starting.done()

    with pytest.raises(ConnectionInactive):
        await starting
    assert was_waiting
    assert (await api.get("/jobs"))["data"] == []


async def test_who_deletes_while_somebody_starts_waits_and_cancels_what_was_started(
    api: Client, scheduler: SyncScheduler
) -> None:
    made = await api.connection(USERS)
    async with scheduler.database.transaction() as session:
        job_id = await scheduler.start_in(session, ConnectionId(made["connectionId"]))
        deleting = asyncio.create_task(deleted(api, made))
        await asyncio.sleep(0.5)
        was_waiting = not deleting.done()

    assert await deleting == 204
    assert was_waiting
    assert (await api.get(f"/jobs/{job_id}"))["status"] == "cancelled"
