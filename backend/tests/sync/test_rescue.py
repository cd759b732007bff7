"""Tests of app/sync/queue/rescue.py and workers.py: what dead and silent workers leave goes on."""

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from app.core.failures import (
    ConnectorConfigRefused,
    DatabaseUnreachable,
)
from app.core.ids import AttemptId, JobId, WorkerId
from app.core.jobs import JobStatus
from app.core.records import Mode
from app.database.passing import passing_failures
from app.database.pool import Database
from app.sync.jobs import job_store
from app.sync.queue import rescue
from app.sync.queue.workers import Worker
from tests.fixtures.atlas import Atlas, NothingPersonal, atlas_on
from tests.sources.reading import is_alive, ledger
from tests.sync.test_orchestrator import orders, until
from tests.sync.test_scheduler import attempts

STALL_S = 6.0
SILENT = "UPDATE pipeline.workers SET seen_at = now() - interval '7 seconds' WHERE worker_id = $1"
NOBODY = WorkerId(1_000_000)
TERMINATE = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def begun(atlas: Atlas, worker: WorkerId) -> JobId:
    """A job with an attempt that a worker has begun, taken from the queue."""
    await atlas.connect(ledger(orders(60)))
    job = await atlas.scheduler.start(atlas.connection_id)
    await begin(atlas, job.job_id, worker)
    return job.job_id


async def begin(atlas: Atlas, job_id: JobId, worker: WorkerId) -> None:
    async with atlas.database.transaction() as session:
        await session.execute("UPDATE jobs.procrastinate_jobs SET status = 'doing' WHERE status = 'todo'")  # fmt: skip
        assert await job_store.begin_attempt(session, job_id, Mode.MOCK, worker)


async def waiting(atlas: Atlas) -> list[object]:
    return await atlas.values(
        "SELECT (args ->> 'job_id')::bigint FROM jobs.procrastinate_jobs WHERE status = 'todo'"
    )


async def doing(atlas: Atlas, worker: Worker) -> None:
    """What is queued is taken by a worker, and the queue knows by which."""
    worker.queue_workers.append(1)
    await atlas.execute("INSERT INTO jobs.procrastinate_workers DEFAULT VALUES")
    await atlas.execute("UPDATE pipeline.workers SET queue_workers = '{1}'")
    await atlas.execute("UPDATE jobs.procrastinate_jobs SET status = 'doing', worker_id = 1")


async def rows(atlas: Atlas) -> list[object]:
    return await atlas.values("SELECT status::text FROM jobs.procrastinate_jobs ORDER BY id")


# ── whose worker is dead ──────────────────────────────────────────────────────────────────────────


async def test_a_dead_workers_job_goes_on_at_once(atlas: Atlas) -> None:
    """Its heartbeat is young, and its lock is free."""
    async with atlas.worker() as dead:
        job_id = await begun(atlas, dead.worker_id)
    await atlas.execute("INSERT INTO pipeline.workers (worker_id, host, process_id, queues) VALUES ($1, 'h', 1, '{sync}')", dead.worker_id)  # fmt: skip

    async with atlas.worker() as worker:
        rescued = await atlas.rescue().sweep(worker)

    assert rescued == [job_id]
    assert await attempts(atlas) == [("failed", "worker-died")]
    assert await waiting(atlas) == [job_id]
    assert ("failed", "orders") in atlas.lineage.seen
    assert (await atlas.run(job_id)).job.status is JobStatus.SUCCEEDED


async def test_an_attempt_of_a_worker_that_nobody_knows_is_taken_over(atlas: Atlas) -> None:
    job_id = await begun(atlas, NOBODY)

    async with atlas.worker() as worker:
        assert await atlas.rescue().sweep(worker) == [job_id]


async def test_a_living_worker_is_left_alone(atlas: Atlas) -> None:
    async with atlas.worker() as alive, atlas.worker() as worker:
        job_id = await begun(atlas, alive.worker_id)
        rescued = await atlas.rescue().sweep(worker)

    assert rescued == []
    assert (await atlas.job(job_id)).status is JobStatus.RUNNING
    assert await waiting(atlas) == []


async def test_an_attempt_that_a_worker_has_lost_sight_of_is_taken_over_by_itself(
    atlas: Atlas,
) -> None:
    """It could not write the attempt's end; nobody else may judge that."""
    async with atlas.worker() as worker:
        job_id = await begun(atlas, worker.worker_id)
        await doing(atlas, worker)
        (attempt_id,) = await atlas.values("SELECT attempt_id FROM pipeline.attempts")
        worker.attempts.add(AttemptId(attempt_id))  # type: ignore[arg-type]
        in_hand = await atlas.rescue().sweep(worker)
        worker.attempts.clear()
        lost = await atlas.rescue().sweep(worker)

    assert (in_hand, lost) == ([], [job_id])
    assert await rows(atlas) == ["failed", "todo"]


async def test_a_worker_says_later_why_an_attempt_ended_that_it_could_not_close(
    atlas: Atlas,
) -> None:
    """A mistake in the configuration stays one: the job is not tried again."""
    async with atlas.worker() as worker:
        job_id = await begun(atlas, worker.worker_id)
        (attempt_id,) = await atlas.values("SELECT attempt_id FROM pipeline.attempts")
        worker.failures[AttemptId(attempt_id)] = ConnectorConfigRefused("The key is wrong.")  # type: ignore[arg-type]
        assert await atlas.rescue().sweep(worker) == [job_id]

    ended = await atlas.job(job_id)
    assert ended.status is JobStatus.FAILED
    assert ended.failure is not None
    assert ended.failure.detail == "The key is wrong."
    assert worker.failures == {}


async def test_a_job_whose_time_is_up_while_it_waits_for_a_worker_ends(atlas: Atlas) -> None:
    job_id = await begun(atlas, NOBODY)
    async with atlas.worker() as worker:
        await atlas.rescue().sweep(worker)  # it waits for its second attempt
        await atlas.execute("UPDATE pipeline.connections SET max_duration_s = 60")
        await atlas.rescue().sweep(worker)
        in_time = (await atlas.job(job_id)).status
        await atlas.execute("UPDATE pipeline.jobs SET started_at = started_at - interval '61 seconds'")  # fmt: skip
        await atlas.rescue().sweep(worker)

    ended = await atlas.job(job_id)
    assert in_time is JobStatus.RUNNING
    assert ended.status is JobStatus.FAILED
    assert ended.failure is not None
    assert ended.failure.slug == "job-took-too-long"
    assert await waiting(atlas) == []


async def test_a_job_whose_workers_die_again_and_again_fails(atlas: Atlas) -> None:
    job_id = await begun(atlas, NOBODY)
    async with atlas.worker() as worker:
        for _ in range(2):
            await atlas.rescue().sweep(worker)
            await begin(atlas, job_id, NOBODY)
        await atlas.rescue().sweep(worker)

    failed = await atlas.job(job_id)
    assert (failed.status, failed.attempts) == (JobStatus.FAILED, 3)
    assert failed.failure is not None
    assert failed.failure.slug == "worker-died"
    assert await waiting(atlas) == []


async def test_a_job_that_was_cancelled_as_its_worker_died_ends_cancelled(atlas: Atlas) -> None:
    job_id = await begun(atlas, NOBODY)
    await atlas.scheduler.cancel(job_id)

    async with atlas.worker() as worker:
        await atlas.rescue().sweep(worker)

    assert (await atlas.job(job_id)).status is JobStatus.CANCELLED
    assert await attempts(atlas) == [("failed", "attempt-fenced")]
    assert await atlas.values("SELECT status::text FROM jobs.procrastinate_jobs") == ["failed"]


# ── whose worker is silent ────────────────────────────────────────────────────────────────────────


async def test_a_silent_workers_job_goes_on_though_it_holds_its_lock(atlas: Atlas) -> None:
    async with atlas.worker(heartbeat_s=60) as stopped, atlas.worker() as worker:
        job_id = await begun(atlas, stopped.worker_id)
        await atlas.execute(SILENT, stopped.worker_id)
        rescued = await atlas.rescue(STALL_S).sweep(worker)

    assert rescued == [job_id]
    assert await attempts(atlas) == [("failed", "worker-stalled")]
    assert await waiting(atlas) == [job_id]


async def test_a_transaction_that_a_stopped_worker_never_ends_does_not_keep_its_job(
    atlas: Atlas,
) -> None:
    async with atlas.worker(heartbeat_s=60) as stopped, atlas.worker() as worker:
        job_id = await begun(atlas, stopped.worker_id)
        await atlas.execute(SILENT, stopped.worker_id)
        async with atlas.database.own_connection() as zombie:
            await zombie.execute("BEGIN")
            await zombie.execute("SELECT FROM pipeline.attempts FOR SHARE")

            # and of several sweeps none takes another for the stopped worker
            async with asyncio.timeout(10):
                found = await asyncio.gather(
                    *(atlas.rescue(STALL_S).sweep(worker) for _ in range(3))
                )

    assert sorted(map(list, found)) == [[], [], [job_id]]


async def test_who_is_not_the_lost_worker_is_waited_for(atlas: Atlas, dsn: str) -> None:
    """Somebody may look at the tables for a while; his session is not ended for it, nor the rescuer's own."""
    job_id = await begun(atlas, NOBODY)
    async with (
        atlas.worker() as worker,
        await psycopg.AsyncConnection.connect(dsn, application_name="psql") as somebody,
    ):
        await somebody.execute("SELECT FROM pipeline.attempts FOR SHARE")
        sweeping = asyncio.create_task(replace(atlas.rescue(), idle_s=0.5).sweep(worker))
        await asyncio.sleep(2.5)
        assert not sweeping.done()
        await somebody.commit()
        async with asyncio.timeout(10):
            assert await sweeping == [job_id]


async def test_a_rescuer_that_is_stopped_does_not_keep_the_others_from_it(
    atlas: Atlas, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped, here: it waits for somebody, and meanwhile says nothing in its own transaction."""
    monkeypatch.setattr(rescue, "_awake", lambda session, every_s: contextlib.nullcontext())
    job_id = await begun(atlas, NOBODY)
    alone = "SELECT pg_try_advisory_xact_lock(hashtextextended('atlas.rescue', 0))"
    async with (
        atlas.worker() as worker,
        await psycopg.AsyncConnection.connect(dsn, application_name="psql") as somebody,
    ):
        await somebody.execute("SELECT FROM pipeline.attempts FOR SHARE")
        sweeping = asyncio.create_task(replace(atlas.rescue(), idle_s=0.5).sweep(worker))
        await until(atlas, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted OR locktype = 'transactionid' AND NOT granted")  # fmt: skip
        await until(atlas, alone)
        await somebody.commit()
        with contextlib.suppress(Exception):
            await sweeping

    assert await waiting(atlas) == [job_id]


async def test_what_a_stopped_worker_still_writes_is_refused(database: Database) -> None:
    """It goes on where it was stopped: its attempt is another's, and so is its job."""
    atlas = atlas_on(database, batch_records=1, landing_bytes=1_024)
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders(2_000, keys=0), slow_s=4.0))
    job = await atlas.scheduler.start(atlas.connection_id)
    async with atlas.worker(heartbeat_s=60) as zombie, atlas.worker() as worker:
        writing = asyncio.create_task(atlas.scheduler.run(job.job_id, zombie))
        await until(atlas, "SELECT count(*) FROM pipeline.batches")
        await atlas.execute(SILENT, zombie.worker_id)
        await atlas.rescue(STALL_S).sweep(worker)
        (taken_at,) = await atlas.values("SELECT clock_timestamp()")
        await writing

    late = await atlas.values("SELECT count(*) FROM pipeline.batches WHERE landed_at > $1", taken_at)  # fmt: skip
    assert late == [0]
    assert await attempts(atlas) == [("failed", "worker-stalled")]


async def test_a_worker_that_wakes_up_ends_the_connector_of_what_it_has_lost(
    atlas: Atlas, tmp_path: Path
) -> None:
    """It would write nothing for long: the source is silent."""
    pid_file = tmp_path / "pid"
    await atlas.connect(ledger(orders(60), hang_at=35, grandchild_pid_file=str(pid_file)))
    job = await atlas.scheduler.start(atlas.connection_id)
    async with atlas.worker(heartbeat_s=60) as zombie, atlas.worker() as worker:
        reading = asyncio.create_task(atlas.scheduler.run(job.job_id, zombie))
        await until(atlas, "SELECT count(*) FROM pipeline.batches")
        await atlas.execute(SILENT, zombie.worker_id)
        await atlas.rescue(STALL_S).sweep(worker)
        async with asyncio.timeout(5):
            await reading

    assert not is_alive(int(pid_file.read_text()))


# ── job rows and queue rows ───────────────────────────────────────────────────────────────────────


async def test_a_job_without_a_row_in_the_queue_gets_one(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders(60)))
    job = await atlas.scheduler.start(atlas.connection_id)
    await atlas.execute("DELETE FROM jobs.procrastinate_jobs")

    async with atlas.worker() as worker:
        first = await atlas.rescue().sweep(worker)
        second = await atlas.rescue().sweep(worker)

    assert (first, second) == ([job.job_id], [])
    assert await waiting(atlas) == [job.job_id]


async def test_a_job_that_waits_for_its_time_is_queued_again_for_that_time(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders(60), die_at=5, exit_code=1))
    await atlas.execute("UPDATE pipeline.connections SET retry_wait_s = 600")
    job = await atlas.scheduler.start(atlas.connection_id)
    await atlas.scheduler.run(job.job_id)
    await atlas.execute("DELETE FROM jobs.procrastinate_jobs")

    async with atlas.worker() as worker:
        await atlas.rescue().sweep(worker)

    assert await atlas.values(
        "SELECT q.scheduled_at = j.due_at FROM jobs.procrastinate_jobs q, pipeline.jobs j"
    ) == [True]


async def test_a_row_in_the_queue_whose_job_is_over_is_closed(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders(60)))
    await atlas.scheduler.start(atlas.connection_id)
    await atlas.execute("UPDATE pipeline.jobs SET status = 'failed'")
    await atlas.execute(
        "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, lock, args) "
        "VALUES ('sync', 'sync', 'connection:x', '{\"job_id\": 777}')"
    )

    async with atlas.worker() as worker:
        await atlas.rescue().sweep(worker)

    assert await atlas.values("SELECT status::text FROM jobs.procrastinate_jobs") == ["cancelled"] * 2  # fmt: skip


async def test_a_row_that_its_worker_has_lost_is_closed_after_a_while(atlas: Atlas) -> None:
    """It was taken, and whatever became of it, no attempt runs: its connection must not stay locked."""
    await atlas.connect(ledger(orders(60)))
    job = await atlas.scheduler.start(atlas.connection_id)
    async with atlas.worker() as worker:
        await doing(atlas, worker)
        young = await atlas.rescue().sweep(worker)
        await atlas.execute("UPDATE jobs.procrastinate_events SET at = at - interval '10 seconds'")
        old = await atlas.rescue().sweep(worker)

    assert (young, old) == ([], [job.job_id])
    assert await rows(atlas) == ["failed", "todo"]


async def test_a_silent_workers_row_is_open_as_long_as_its_attempt(atlas: Atlas) -> None:
    """Else the connection's next job would begin between the two."""
    async with atlas.worker() as silent:
        await begun(atlas, silent.worker_id)
        await doing(atlas, silent)
        await atlas.execute(SILENT, silent.worker_id)
        async with atlas.database.transaction() as session:
            await atlas.scheduler.engine.settle(session, STALL_S)

    assert await rows(atlas) == ["doing"]


async def test_a_job_waits_for_what_a_cancelled_one_still_has_in_hand(atlas: Atlas) -> None:
    """Also if the queue gives it out too soon; the sweep queues it again."""
    async with atlas.worker() as worker:
        cancelled = await begun(atlas, worker.worker_id)
        await atlas.scheduler.cancel(cancelled)
        job = await atlas.scheduler.start(atlas.connection_id)
        await atlas.execute("UPDATE jobs.procrastinate_jobs SET status = 'succeeded'")
        too_soon = await atlas.scheduler.run(job.job_id)
        running = await attempts(atlas)
        await atlas.rescue().sweep(worker)  # the worker has lost sight of the first

    assert too_soon is None
    assert running == [("running", None)]
    assert await waiting(atlas) == [job.job_id]
    assert (await atlas.run(job.job_id)).job.status is JobStatus.SUCCEEDED


async def test_a_job_that_no_place_was_found_for_gets_it_from_the_sweep(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders(60)))
    job = await atlas.scheduler.start(atlas.connection_id)
    await atlas.execute("UPDATE pipeline.jobs SET queued_at = NULL")
    await atlas.execute("DELETE FROM jobs.procrastinate_jobs")

    async with atlas.worker() as worker:
        await atlas.rescue().sweep(worker)

    assert await waiting(atlas) == [job.job_id]


async def test_of_two_sweeps_at_the_same_time_one_does_the_work(atlas: Atlas) -> None:
    job_id = await begun(atlas, NOBODY)

    async with atlas.worker() as worker:
        found = await asyncio.gather(*(atlas.rescue().sweep(worker) for _ in range(4)))

    assert sorted(map(list, found)) == [[], [], [], [job_id]]
    assert await attempts(atlas) == [("failed", "worker-died")]


# ── signs of life ─────────────────────────────────────────────────────────────────────────────────


async def signs(atlas: Atlas, worker: Worker) -> tuple[bool, bool]:
    """Its lock is held; it was heard within the last second."""
    rows = await atlas.fetch(
        "SELECT is_locked, seen_at > now() - interval '1 second' AS seen FROM pipeline.worker_signs "
        "WHERE worker_id = $1",
        worker.worker_id,
    )
    return next(((row["is_locked"], row["seen"]) for row in rows), (False, False))


async def test_a_worker_says_that_it_lives_and_leaves_nothing(atlas: Atlas) -> None:
    async with atlas.worker(heartbeat_s=0.2) as worker:
        await atlas.execute("UPDATE pipeline.workers SET seen_at = now() - interval '1 hour'")
        alive = None
        async with asyncio.timeout(5):
            while alive != (True, True):
                await asyncio.sleep(0.1)
                alive = await signs(atlas, worker)

    assert alive == (True, True)
    assert await atlas.values("SELECT count(*) FROM pipeline.workers") == [0]


@pytest.mark.parametrize("loss", ["connection", "row"])
async def test_a_worker_that_was_given_up_says_so(loss: str, atlas: Atlas) -> None:
    async with atlas.worker(heartbeat_s=0.2) as worker:
        if loss == "connection":
            await atlas.execute(TERMINATE)
        else:
            await atlas.execute("DELETE FROM pipeline.workers")
        found = None
        async with asyncio.timeout(5):
            while found != (True, True):
                await asyncio.sleep(0.1)
                # the pool's own connections were cut as well, and say so once each
                with contextlib.suppress(DatabaseUnreachable), passing_failures():
                    found = await signs(atlas, worker)


async def test_workers_that_are_gone_are_forgotten(atlas: Atlas) -> None:
    await atlas.execute(
        "INSERT INTO pipeline.workers (worker_id, host, process_id, queues, seen_at) "
        "VALUES (900, 'h', 1, '{}', now() - interval '1 hour'), (901, 'h', 1, '{}', now())"
    )

    async with atlas.worker() as worker:
        await atlas.rescue().sweep(worker)
        known = await atlas.values("SELECT worker_id FROM pipeline.workers WHERE worker_id >= 900")

    assert known == [901]
