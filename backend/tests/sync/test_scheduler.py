"""Tests of app/sync/scheduler.py: a job's life, from the wish to a definite end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from app.core.errors import Fenced, JobNotRunning, SyncAlreadyRunning
from app.core.ids import JobId
from app.core.jobs import Attempt, JobStatus
from app.core.records import Mode
from app.database.pool import Database
from app.sync.attempts import SyncReport
from app.sync.jobs import job_store
from app.sync.scheduler import SyncScheduler
from tests.fixtures.atlas import Atlas, NothingPersonal, atlas_on
from tests.sources.reading import is_alive, ledger
from tests.sync.test_orchestrator import orders, until

CHART = "chart.ledger_orders"
RUNNING = "SELECT count(*) FROM pipeline.attempts WHERE status = 'running'"
LANDED = "SELECT count(*) FROM pipeline.batches"
QUEUE = (
    "SELECT (args ->> 'job_id')::int AS job, status::text, scheduled_at > now() AS later "
    "FROM jobs.procrastinate_jobs ORDER BY id"
)


def quick(database: Database, **settings: object) -> Atlas:
    atlas = atlas_on(database, batch_records=1, landing_bytes=1_024, **settings)
    atlas.pii = NothingPersonal()
    return atlas


def breaking(**changes: object) -> dict[str, object]:
    """A source that breaks before its first state."""
    return ledger(orders(60, state_every=1_000), die_at=5, exit_code=1, **changes)


async def slow_retries(atlas: Atlas, seconds: float = 60.0) -> None:
    await atlas.execute("UPDATE pipeline.connections SET retry_wait_s = $1", seconds)


async def attempts(atlas: Atlas) -> list[tuple[object, object]]:
    rows = await atlas.fetch(
        "SELECT status, failure ->> 'slug' AS slug FROM pipeline.attempts ORDER BY number"
    )
    return [(row["status"], row["slug"]) for row in rows]


@asynccontextmanager
async def running(atlas: Atlas, job_id: JobId) -> AsyncIterator["asyncio.Task[float | None]"]:
    """One attempt of a job meanwhile, as far as its first batch."""
    async with atlas.worker() as worker:
        task = asyncio.create_task(atlas.scheduler.run(job_id, worker))
        await until(atlas, LANDED)
        yield task
        async with asyncio.timeout(15):
            await task


# ── between two attempts ──────────────────────────────────────────────────────────────────────────


async def test_a_job_that_waits_for_its_next_attempt_holds_no_worker(atlas: Atlas) -> None:
    # given: a worker with one place, and a source that breaks
    await atlas.connect(breaking())
    broken = atlas.connection_id
    await slow_retries(atlas)
    await atlas.connect(ledger(orders(20)), source="other")

    # when
    async with atlas.working(concurrency=1):
        waits = await atlas.scheduler.start(broken)
        await until(atlas, "SELECT due_at IS NOT NULL FROM pipeline.jobs")
        other = await atlas.scheduler.start(atlas.connection_id)
        await until(atlas, "SELECT bool_or(status = 'succeeded') FROM pipeline.jobs")

    # then: between two attempts a job is running, and says when the next is due
    waiting = await atlas.job(waits.job_id)
    assert (waiting.status, waiting.attempts) == (JobStatus.RUNNING, 1)
    assert waiting.due_at is not None
    assert waiting.started_at is not None
    assert 25 <= (waiting.due_at - waiting.started_at).total_seconds() <= 75
    assert (await atlas.job(other.job_id)).status is JobStatus.SUCCEEDED
    assert [tuple(row.values()) for row in await atlas.fetch(QUEUE)] == [
        (waits.job_id, "succeeded", None),
        (waits.job_id, "todo", True),
        (other.job_id, "succeeded", None),
    ]


async def test_a_worker_tries_again_when_the_time_has_come(atlas: Atlas) -> None:
    await atlas.connect(breaking())
    await slow_retries(atlas, 0.3)

    async with atlas.working():
        job = await atlas.scheduler.start(atlas.connection_id)
        await until(atlas, "SELECT status = 'failed' FROM pipeline.jobs")

    failed = await atlas.job(job.job_id)
    assert failed.attempts == 3
    assert failed.due_at is None
    assert failed.failure is not None
    assert failed.failure.slug == "connector-failed-transiently"


async def test_run_now_moves_the_job_that_waits(atlas: Atlas) -> None:
    # given
    await atlas.connect(breaking())
    await slow_retries(atlas, 600)
    async with atlas.working():
        job = await atlas.scheduler.start(atlas.connection_id)
        await until(atlas, "SELECT due_at IS NOT NULL FROM pipeline.jobs")

        # when: the source is whole again, and somebody does not want to wait
        await atlas.configure(ledger(orders(60)))
        moved = await atlas.scheduler.start(atlas.connection_id)
        await until(atlas, "SELECT ended_at IS NOT NULL FROM pipeline.jobs")

    # then
    assert moved.job_id == job.job_id
    assert (await atlas.job(job.job_id)).status is JobStatus.SUCCEEDED


async def test_run_now_is_refused_while_an_attempt_runs_or_is_due(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders(60), hang_at=35))
    job = await atlas.scheduler.start(atlas.connection_id)

    with pytest.raises(SyncAlreadyRunning) as due:
        await atlas.scheduler.start(atlas.connection_id)
    async with running(atlas, job.job_id):
        with pytest.raises(SyncAlreadyRunning) as runs:
            await atlas.scheduler.start(atlas.connection_id)
        await atlas.scheduler.cancel(job.job_id)

    assert due.value.facts["job_id"] == runs.value.facts["job_id"] == job.job_id


async def test_a_schedule_moves_no_job_that_waits(atlas: Atlas) -> None:
    await atlas.connect(breaking())
    await slow_retries(atlas, 600)
    job = await atlas.scheduler.start(atlas.connection_id)
    await atlas.scheduler.run(job.job_id)

    async with atlas.database.transaction() as session:
        assert await atlas.scheduler.start_in(session, atlas.connection_id) is None

    assert (await atlas.job(job.job_id)).due_at is not None


async def test_of_fifty_who_want_it_now_one_gets_a_job(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders(20)))

    answers = await asyncio.gather(
        *(atlas.scheduler.start(atlas.connection_id) for _ in range(50)), return_exceptions=True
    )

    assert sum(isinstance(answer, SyncAlreadyRunning) for answer in answers) == 49
    assert await atlas.values("SELECT count(*) FROM pipeline.jobs") == [1]
    assert await atlas.values("SELECT count(*) FROM jobs.procrastinate_jobs") == [1]


# ── cancel ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_job_is_cancelled_while_it_waits_for_its_next_attempt(atlas: Atlas) -> None:
    await atlas.connect(breaking())
    await slow_retries(atlas)
    job = await atlas.scheduler.start(atlas.connection_id)
    await atlas.scheduler.run(job.job_id)

    cancelled = await atlas.scheduler.cancel(job.job_id)
    await atlas.configure(ledger(orders(20)))
    again = await atlas.sync()

    assert (cancelled.status, cancelled.due_at) == (JobStatus.CANCELLED, None)
    assert again.job.status is JobStatus.SUCCEEDED
    assert (await atlas.job(job.job_id)).status is JobStatus.CANCELLED


async def test_cancel_does_not_wait_for_a_transaction_of_the_attempt(atlas: Atlas) -> None:
    """A long publish holds the attempt's row; the fence of whatever comes after it refuses."""
    await atlas.connect(ledger(orders(60), hang_at=35))
    job = await atlas.scheduler.start(atlas.connection_id)
    async with running(atlas, job.job_id), atlas.database.transaction() as publishing:
        await publishing.execute("SELECT FROM pipeline.attempts FOR SHARE")
        async with asyncio.timeout(2):
            cancelled = await atlas.scheduler.cancel(job.job_id)
        (flagged,) = await atlas.values("SELECT cancel_requested FROM pipeline.attempts")
        with pytest.raises(Fenced):
            await write(atlas, await running_attempt(atlas))

    assert cancelled.status is JobStatus.CANCELLED
    assert flagged is False
    assert await attempts(atlas) == [("failed", "attempt-fenced")]


async def write(atlas: Atlas, attempt: Attempt) -> None:
    async with job_store.fenced(atlas.database, attempt):
        pass


async def running_attempt(atlas: Atlas) -> Attempt:
    (row,) = await atlas.fetch("SELECT * FROM pipeline.attempts WHERE status = 'running'")
    return Attempt(
        attempt_id=row["attempt_id"],
        job_id=row["job_id"],
        connection_id=atlas.connection_id,
        number=row["number"],
        epoch=row["epoch"],
        run_id=row["run_id"],
        mode=Mode.MOCK,
    )


class Gate:
    """Stands between an attempt's last word and its sign-off."""

    def __init__(self) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    def on(self, scheduler: SyncScheduler, *, inside: bool) -> SyncScheduler:
        """Inside: the transaction that ends the job is open while it waits."""
        real, gate = scheduler.orchestrator, self

        class Orchestrator:
            async def run(self, attempt: object) -> SyncReport:
                report = await real.run(attempt)  # type: ignore[arg-type]

                async def sign_off(session: object) -> None:
                    gate.reached.set()
                    await gate.opened.wait()
                    await report.sign_off(session)  # type: ignore[arg-type]

                if inside:
                    return replace(report, sign_off=sign_off)
                gate.reached.set()
                await gate.opened.wait()
                return report

        return replace(scheduler, orchestrator=Orchestrator())  # type: ignore[arg-type]


async def test_a_job_that_was_cancelled_before_its_sign_off_is_cancelled(atlas: Atlas) -> None:
    gate = Gate()
    await atlas.connect(ledger(orders(20)))
    job = await atlas.scheduler.start(atlas.connection_id)
    task = asyncio.create_task(gate.on(atlas.scheduler, inside=False).run(job.job_id))
    await gate.reached.wait()

    await atlas.scheduler.cancel(job.job_id)
    gate.opened.set()
    await task

    assert (await atlas.job(job.job_id)).status is JobStatus.CANCELLED
    assert [status for status, _ in await attempts(atlas)] == ["failed"]


async def test_a_job_whose_sign_off_has_begun_is_succeeded_and_cannot_be_cancelled(
    atlas: Atlas,
) -> None:
    gate = Gate()
    await atlas.connect(ledger(orders(20)))
    job = await atlas.scheduler.start(atlas.connection_id)
    task = asyncio.create_task(gate.on(atlas.scheduler, inside=True).run(job.job_id))
    await gate.reached.wait()

    cancelling = asyncio.create_task(atlas.scheduler.cancel(job.job_id))
    await asyncio.sleep(0.2)
    gate.opened.set()

    with pytest.raises(JobNotRunning):
        await cancelling
    await task
    assert (await atlas.job(job.job_id)).status is JobStatus.SUCCEEDED


async def test_cancel_is_quick_and_leaves_no_process(atlas: Atlas, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    await atlas.connect(
        ledger(orders(60), hang_at=35, ignore_sigterm=True, grandchild_pid_file=str(pid_file))
    )
    async with atlas.working():
        job = await atlas.scheduler.start(atlas.connection_id)
        await until(atlas, LANDED)

        await atlas.scheduler.cancel(job.job_id)
        async with asyncio.timeout(10):
            while (  # noqa: ASYNC110
                is_alive(int(pid_file.read_text())) or (await atlas.values(RUNNING)) != [0]
            ):
                await asyncio.sleep(0.05)

    assert await attempts(atlas) == [("failed", "attempt-fenced")]


# ── time ──────────────────────────────────────────────────────────────────────────────────────────


async def test_a_job_that_takes_too_long_fails_with_its_own_reason(
    atlas: Atlas, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    await atlas.connect(
        ledger(orders(60), hang_at=35, grandchild_pid_file=str(pid_file), ignore_sigterm=True)
    )
    await atlas.execute("UPDATE pipeline.connections SET max_duration_s = 2")

    found = await atlas.sync()

    assert found.job.status is JobStatus.FAILED
    assert found.job.failure is not None
    assert found.job.failure.slug == "job-took-too-long"
    assert "2 s" in found.job.failure.detail
    assert found.job.attempts == 1
    assert not is_alive(int(pid_file.read_text()))
    assert found.is_balanced


async def test_no_attempt_is_waited_for_that_would_begin_too_late(atlas: Atlas) -> None:
    await atlas.connect(breaking())
    await slow_retries(atlas, 600)
    await atlas.execute("UPDATE pipeline.connections SET max_duration_s = 60")

    found = await atlas.sync()

    assert found.job.failure is not None
    assert found.job.failure.slug == "job-took-too-long"
    assert "The connector failed" in found.job.failure.detail
    assert await attempts(atlas) == [("failed", "connector-failed-transiently")]


# ── stopping ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_database_that_does_not_answer_keeps_no_worker_from_stopping(
    atlas: Atlas, dsn: str, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    await atlas.connect(ledger(orders(60), hang_at=35, grandchild_pid_file=str(pid_file)))
    job = await atlas.scheduler.start(atlas.connection_id)
    async with atlas.worker() as worker:
        task = asyncio.create_task(atlas.scheduler.run(job.job_id, worker))
        await until(atlas, LANDED)
        async with await psycopg.AsyncConnection.connect(dsn) as somebody:
            await somebody.execute("LOCK TABLE pipeline.jobs IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(1)  # it looks whether it is wanted, and waits for the answer
            worker.stopping.set()
            async with asyncio.timeout(5):
                while is_alive(int(pid_file.read_text())):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        async with asyncio.timeout(15):
            await task

    assert await attempts(atlas) == [("interrupted", "attempt-interrupted")]


async def test_a_state_that_moves_without_records_is_progress_and_one_that_stays_is_none(
    atlas: Atlas,
) -> None:
    await atlas.connect(breaking())
    job = await atlas.scheduler.start(atlas.connection_id)
    stats = '"sourceStats": {"recordCount": %d.0}'
    for message in (
        '{"at": 1, %s}' % (stats % 10),
        '{"at": 1, %s}' % (stats % 0),  # sent again
        '{"at": 2, %s}' % (stats % 0),
    ):
        await atlas.execute(
            "WITH tried AS (INSERT INTO pipeline.attempts (job_id, number, run_id, status, failure) "
            "SELECT $1, coalesce(max(number), 0) + 1, gen_random_uuid(), 'failed', "
            """'{"slug": "connector-silent", "failure": "transient_error"}' """
            "FROM pipeline.attempts RETURNING attempt_id) "
            "INSERT INTO pipeline.connector_state (connection_id, attempt_id, kind, name, message) "
            "SELECT $2, attempt_id, 'STREAM', 'orders', $3::json FROM tried",
            job.job_id, atlas.connection_id, message,
        )  # fmt: skip

    async with atlas.database.connection() as session:
        tries = await job_store.tries(session, job.job_id)

    assert [one.progressed for one in tries] == [True, False, True]


async def test_a_stopped_worker_puts_its_job_back_and_charges_nobody(database: Database) -> None:
    # given: a job that has had two attempts without progress: a third would be its last
    atlas = quick(database)
    await atlas.connect(breaking())
    job = await atlas.scheduler.start(atlas.connection_id)
    for _ in range(2):
        await atlas.scheduler.run(job.job_id)
    await atlas.configure(ledger(orders(2_000, keys=0, state_every=1_000), slow_s=20.0))

    # when
    for _ in range(3):
        async with atlas.working():
            await until(atlas, f"{LANDED} JOIN pipeline.attempts USING (attempt_id) WHERE status = 'running'")  # fmt: skip

    # then: it has stopped within seconds, is queued, and due now
    stopped = await atlas.job(job.job_id)
    assert (stopped.status, stopped.due_at) == (JobStatus.RUNNING, None)
    assert [slug for _, slug in await attempts(atlas)][2:] == ["attempt-interrupted"] * 3
    assert [status for status, _ in await attempts(atlas)] == ["failed"] * 2 + ["interrupted"] * 3
    *_, last = await atlas.fetch(QUEUE)
    assert tuple(last.values()) == (job.job_id, "todo", None)

    # and another worker goes on with it
    await atlas.configure(ledger(orders(2_000, keys=0)))
    async with atlas.working():
        await until(atlas, "SELECT ended_at IS NOT NULL FROM pipeline.jobs")
    assert (await atlas.job(job.job_id)).status is JobStatus.SUCCEEDED
    assert await atlas.values(f"SELECT count(*) FROM {CHART}") == [2_000]


# ── how many at once, and where ───────────────────────────────────────────────────────────────────


async def test_a_workspace_has_no_more_jobs_in_the_queue_than_its_cap(atlas: Atlas) -> None:
    # given: five connections of a workspace that may have two jobs
    connections = []
    for number in range(5):
        await atlas.connect(ledger(orders(20)), source=f"s{number}")
        connections.append(atlas.connection_id)
    await atlas.execute("UPDATE pipeline.workspaces SET max_running = 2")
    await atlas.execute(
        "UPDATE pipeline.connections SET priority = 1 WHERE connection_id = $1", connections[4]
    )

    # when
    jobs = [await atlas.scheduler.start(connection) for connection in connections]
    queued = await atlas.values("SELECT job_id FROM pipeline.jobs WHERE queued_at IS NOT NULL ORDER BY 1")  # fmt: skip
    await atlas.scheduler.cancel(jobs[0].job_id)
    after_cancel = await atlas.values("SELECT job_id FROM pipeline.jobs WHERE queued_at IS NOT NULL AND status = 'pending' ORDER BY 1")  # fmt: skip
    async with atlas.working(concurrency=3):
        await until(atlas, "SELECT bool_and(ended_at IS NOT NULL) FROM pipeline.jobs")

    # then: the rest waited for a place, those of higher priority first; and all ran
    ids = [job.job_id for job in jobs]
    assert queued == ids[:2]
    assert after_cancel == [ids[1], ids[4]]
    assert [(await atlas.job(job_id)).status for job_id in ids[1:]] == [JobStatus.SUCCEEDED] * 4
    (most,) = await atlas.values(
        "SELECT max(n) FROM (SELECT (SELECT count(*) FROM pipeline.attempts b WHERE b.started_at <= a.started_at "
        "AND b.ended_at > a.started_at) AS n FROM pipeline.attempts a) c"
    )
    assert most == 2


async def test_a_full_workspace_keeps_no_other_waiting(atlas: Atlas) -> None:
    # given: six jobs of a workspace that may have one, and after them one of another's
    jobs = []
    await atlas.connect(ledger(orders(20)), source="first")
    await atlas.execute("UPDATE pipeline.workspaces SET max_running = 1")
    for number in range(6):
        await atlas.connect(ledger(orders(20)), source=f"s{number}")
        jobs.append(await atlas.scheduler.start(atlas.connection_id))
    await atlas.connect(ledger(orders(20)), source="theirs")
    await atlas.execute("INSERT INTO pipeline.workspaces (workspace_id, name) VALUES (gen_random_uuid(), 'other')")  # fmt: skip
    await atlas.execute(
        "UPDATE pipeline.connections SET workspace_id = (SELECT workspace_id FROM pipeline.workspaces "
        "WHERE name = 'other') WHERE connection_id = $1",
        atlas.connection_id,
    )
    theirs = await atlas.scheduler.start(atlas.connection_id)

    # when
    async with atlas.working(concurrency=1):
        await until(atlas, "SELECT bool_and(ended_at IS NOT NULL) FROM pipeline.jobs")

    # then
    order = await atlas.values("SELECT job_id FROM pipeline.jobs ORDER BY started_at")
    assert order == [jobs[0].job_id, theirs.job_id, *(job.job_id for job in jobs[1:])]


async def test_a_cancelled_job_that_was_never_queued_is_cancelled(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders(20)), source="one")
    await atlas.scheduler.start(atlas.connection_id)
    await atlas.execute("UPDATE pipeline.workspaces SET max_running = 1")
    await atlas.connect(ledger(orders(20)), source="other")
    waiting = await atlas.scheduler.start(atlas.connection_id)

    cancelled = await atlas.scheduler.cancel(waiting.job_id)

    assert cancelled.status is JobStatus.CANCELLED
    assert await atlas.values("SELECT count(*) FROM jobs.procrastinate_jobs") == [1]


async def test_many_who_start_at_once_do_not_pass_the_cap(atlas: Atlas) -> None:
    connections = []
    for number in range(8):
        await atlas.connect(ledger(orders(20)), source=f"s{number}")
        connections.append(atlas.connection_id)
    await atlas.execute("UPDATE pipeline.workspaces SET max_running = 3")

    await asyncio.gather(*(atlas.scheduler.start(connection) for connection in connections))

    assert await atlas.values("SELECT count(queued_at) FROM pipeline.jobs") == [3]
    assert await atlas.values("SELECT count(*) FROM jobs.procrastinate_jobs") == [3]


async def test_a_connections_queue_and_priority_are_its_jobs(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders(20)))
    await atlas.execute("UPDATE pipeline.connections SET queue = 'sync-large', priority = 7")

    job = await atlas.scheduler.start(atlas.connection_id)
    async with atlas.working(1, "sync"):
        await asyncio.sleep(0.7)
        passed_over = (await atlas.job(job.job_id)).status
    async with atlas.working(1, "sync", "sync-large"):
        await until(atlas, "SELECT ended_at IS NOT NULL FROM pipeline.jobs")

    assert passed_over is JobStatus.PENDING
    assert await atlas.values("SELECT queue_name || priority FROM jobs.procrastinate_jobs") == [
        "sync-large7"
    ]


# ── the books ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_job_whose_books_do_not_balance_at_its_end_fails_naming_the_batch(
    atlas: Atlas,
) -> None:
    """The row goes missing when the attempt has nothing more to do: only the sign-off can see it."""
    gate = Gate()
    await atlas.connect(ledger(orders(60)))
    job = await atlas.scheduler.start(atlas.connection_id)
    task = asyncio.create_task(gate.on(atlas.scheduler, inside=False).run(job.job_id))
    await gate.reached.wait()

    (batch,) = await atlas.values(
        "UPDATE pipeline.batch_outcomes SET charted = charted - 1 "
        "WHERE batch_id = (SELECT max(batch_id) FROM pipeline.batch_outcomes) RETURNING batch_id"
    )
    gate.opened.set()
    await task

    failed = await atlas.job(job.job_id)
    assert failed.status is JobStatus.FAILED
    assert failed.failure is not None
    assert failed.failure.slug == "books-do-not-balance"
    assert str(batch) in failed.failure.detail
    assert ("failed", "orders") in atlas.lineage.seen


async def test_an_attempt_is_begun_once(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders(20)))
    job = await atlas.scheduler.start(atlas.connection_id)

    async def begin() -> bool:
        async with atlas.database.transaction() as session:
            attempt = await job_store.begin_attempt(session, job.job_id, atlas.scheduler.mode())
            await asyncio.sleep(0.1)
            return attempt is not None

    assert sorted(await asyncio.gather(*(begin() for _ in range(4)))) == [False, False, False, True]
