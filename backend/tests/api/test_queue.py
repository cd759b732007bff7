"""What waits and who runs, seen by API; and how /health is told of it."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from app.core.settings import Settings
from app.database.pool import Database, open_database
from app.main import create_app
from app.sync.queue import workers
from tests.api.client import Client, Object
from tests.fixtures import tokens
from tests.fixtures.owner import owner_of


@asynccontextmanager
async def asked(settings: Settings) -> AsyncIterator[tuple[FastAPI, Client]]:
    """Another start of the app, and a client of it."""
    app = create_app(settings, with_workers=False)
    async with app.router.lifespan_context(app):
        shown = tokens.machine(app.state.keys)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://atlas", headers=shown
        ) as http:
            yield app, Client(http=http)


@pytest.fixture
def database(app: FastAPI) -> Database:
    database: Database = app.state.database
    return database


async def test_an_empty_queue_shows_nothing(api: Client) -> None:
    assert await api.get("/queue") == {"queues": [], "workers": []}


async def test_jobs_are_counted_once_each_by_what_they_wait_for(
    api: Client, database: Database
) -> None:
    jobs = [(await api.job(await api.connection({"name": "users"}, name=f"n{n}")))["jobId"] for n in range(4)]  # fmt: skip
    async with workers.present(database, heartbeat_s=60, queues=("sync",)) as worker:
        async with database.transaction() as session:
            await session.execute("UPDATE pipeline.jobs SET updated_at = now() - interval '70 seconds'")  # fmt: skip
            await session.execute("UPDATE pipeline.jobs SET due_at = now() + interval '1 hour' WHERE job_id = $1", jobs[1])  # fmt: skip
            await session.execute("UPDATE pipeline.jobs SET queued_at = NULL, updated_at = now() - interval '90 seconds' WHERE job_id = $1", jobs[2])  # fmt: skip
            await session.execute(
                "INSERT INTO pipeline.attempts (job_id, number, run_id, worker_id) VALUES ($1, 1, $2, $3)",
                jobs[3], uuid4(), worker.worker_id,
            )  # fmt: skip

        seen = await api.get("/queue")

    (queue,) = seen["queues"]
    assert 90 <= queue.pop("oldestWaitingS") < 95
    assert queue == {"queue": "sync", "running": 1, "waiting": 1, "later": 1, "heldBack": 1, "workers": 1}  # fmt: skip
    (shown,) = seen["workers"]
    assert (shown["workerId"], shown["queues"], shown["isLiving"]) == (worker.worker_id, ["sync"], True)  # fmt: skip
    assert 0 <= shown["heartbeatAgeS"] < 5
    assert [(run["jobId"], run["attempt"]) for run in shown["runs"]] == [(jobs[3], 1)]
    assert (await api.get("/queue"))["workers"] == []


async def test_a_worker_that_is_silent_shows_its_age_and_takes_from_no_queue(
    api: Client, database: Database
) -> None:
    async with workers.present(database, heartbeat_s=60, queues=("sync", "sync-large")):
        before = await api.get("/queue")
        await be_silent(database)
        after = await api.get("/queue")

    assert [(q["queue"], q["workers"], q["waiting"]) for q in before["queues"]] == [("sync", 1, 0), ("sync-large", 1, 0)]  # fmt: skip
    assert after["queues"] == []
    (worker,) = after["workers"]
    assert worker["isLiving"] is False
    assert 100 <= worker["heartbeatAgeS"] < 110


async def be_silent(database: Database) -> None:
    await asyncio.sleep(0.3)  # the first heartbeat comes right after it has entered
    async with database.transaction() as session:
        await session.execute("UPDATE pipeline.workers SET seen_at = now() - interval '100 seconds'")  # fmt: skip


# ── /health ───────────────────────────────────────────────────────────────────────────────────────


async def health(api: Client) -> Object:
    answer = await api.http.get("/health")
    assert answer.status_code == 200, answer.text
    found: Object = answer.json()
    return found


async def test_health_says_that_nobody_runs_jobs(api: Client) -> None:
    """What `serve --no-worker` shows where no worker lives anywhere."""
    seen = await health(api)

    assert (seen["status"], seen["database"]) == ("degraded", "ok")
    assert seen["atlas"]["workers"] == {"living": 0, "silent": 0}
    (reason,) = seen["atlas"]["reasons"]
    assert "No worker runs" in reason
    assert (await api.http.get("/v1/health")).status_code == 200  # the API is as it should be


async def test_health_is_well_while_a_worker_lives_and_says_when_it_is_silent(
    api: Client, database: Database
) -> None:
    async with workers.present(database, heartbeat_s=60, queues=("sync",)) as worker:
        living = await health(api)
        await be_silent(database)
        silent = await health(api)

    assert (living["status"], living["atlas"]["reasons"]) == ("ok", [])
    assert (living["atlas"]["workers"]["living"], living["atlas"]["workers"]["silent"]) == (1, 0)
    assert living["atlas"]["workers"]["heartbeatAgeS"] < 5
    assert silent["status"] == "degraded"
    assert silent["atlas"]["workers"]["heartbeatAgeS"] >= 100
    assert f"Workers {worker.worker_id} are gone" in silent["atlas"]["reasons"][1]


async def test_a_worker_of_one_attempt_alone_takes_no_jobs(api: Client, database: Database) -> None:
    async with workers.present(database, heartbeat_s=60):
        assert (await health(api))["atlas"]["workers"]["living"] == 0


async def test_health_names_a_queue_that_nobody_takes_from(api: Client, database: Database) -> None:
    connection = await api.connection({"name": "users"})
    await api.put(f"/connections/{connection['connectionId']}/jobTerms", {"queue": "large"})
    await api.job(connection)

    async with workers.present(database, heartbeat_s=60, queues=("sync",)):
        seen = await health(api)

    assert seen["status"] == "degraded"
    assert seen["atlas"]["reasons"] == ["Jobs wait in queues that no worker takes from: large."]


async def test_health_names_the_jobs_that_wait_for_room_on_the_disk(
    api: Client, database: Database
) -> None:
    job = await api.job(await api.connection({"name": "users"}))
    async with owner_of(database) as session:
        for number, slug in enumerate(("database-full", "source-failed", "database-full"), 1):
            await session.execute(
                "INSERT INTO pipeline.attempts (job_id, number, run_id, status, failure) "
                "VALUES ($1, $2, gen_random_uuid(), 'failed', jsonb_build_object('slug', $3::text))",
                job["jobId"],
                number,
                slug,
            )

    async with workers.present(database, heartbeat_s=60, queues=("sync",)):
        full = await health(api)
        async with owner_of(database) as session:
            await session.execute("DELETE FROM pipeline.attempts WHERE number = 3")
        freed = await health(api)

    assert full["status"] == "degraded"
    (reason,) = full["atlas"]["reasons"]
    assert reason.startswith(f"The database's disk is full: jobs {job['jobId']} wait. Free space")
    assert (freed["status"], freed["atlas"]["reasons"]) == ("ok", [])


async def test_health_says_that_the_mask_key_is_another_databases(
    api: Client, database: Database
) -> None:
    async with workers.present(database, heartbeat_s=60, queues=("sync",)):
        async with database.transaction() as session:
            await session.execute("INSERT INTO pipeline.mask_key (fingerprint) VALUES ('another')")
        seen = await health(api)

    assert seen["status"] == "degraded"
    (reason,) = seen["atlas"]["reasons"]
    assert reason.startswith("The mask key is not this database's")
    assert "ATLAS_MASK_KEY" in reason, "it says what to do"


async def test_secrets_that_do_not_open_are_said_at_start_and_by_health_until_their_key_is_back(
    settings: Settings,
) -> None:
    """Atlas is started where the master key is another, as after a move without the folder of keys."""
    lost = settings.home / "keys" / "earlier" / "lost.key"
    async with asked(settings) as (_, api):
        await api.source(password="hunter2")
    lost.parent.mkdir()
    shutil.move(settings.home / "keys" / "master.key", settings.home / "lost.key")

    with capture_logs() as said:
        async with asked(settings) as (app, api):
            database: Database = app.state.database
            async with workers.present(database, heartbeat_s=60, queues=("sync",)):
                ill, ready = await health(api), (await api.http.get("/health/ready")).status_code
                shutil.move(settings.home / "lost.key", lost)
                app.state.configurations.sealing.keys.read_at -= 60  # a few seconds later
                well = await health(api)

    (line,) = [line for line in said if line["event"] == "secrets_do_not_open"]
    assert (line["log_level"], line["secrets"], line["of"], len(line["kids"])) == ("error", 1, 1, 1)
    assert "earlier keys" in line["to_mend"]
    assert ill["status"] == "degraded"
    (reason,) = ill["atlas"]["reasons"]
    assert reason.startswith("Some secrets do not open")
    assert "earlier keys" in reason, "it says what to do"
    assert ready == 200, "that is nothing to keep requests away for"
    assert (well["status"], well["atlas"]["reasons"]) == ("ok", [])


@pytest.mark.parametrize("path", ["/health", "/v1/health"])
async def test_health_of_a_silent_database_is_503_within_two_seconds(
    api: Client, settings: Settings, dsn: str, path: str
) -> None:
    async with open_database(dsn, size=1) as other, other.transaction() as session:
        await session.execute("LOCK TABLE pipeline.alembic_version IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        answer = await api.http.get(path)
        took_s = time.monotonic() - began

    assert settings.answer_timeout_s > 5
    assert answer.status_code == 503
    assert took_s < 3


async def test_health_of_a_database_that_fails_in_the_middle_is_503(api: Client, dsn: str) -> None:
    async with open_database(dsn, size=2) as other, other.transaction() as session:
        await session.execute("LOCK TABLE pipeline.alembic_version IN ACCESS EXCLUSIVE MODE")
        asking = asyncio.create_task(api.http.get("/health"))
        async with other.connection() as admin:
            while not await admin.fetchval(  # noqa: ASYNC110
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ):
                await asyncio.sleep(0.01)
        answer = await asking

    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
    assert "ConnectionDoesNotExist" in answer.text or "AdminShutdown" in answer.text
