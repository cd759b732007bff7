"""What Atlas relies on in Procrastinate, pinned: an upgrade that changes it fails here."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import procrastinate
import pytest

from app.core.failures import (
    QueueSchemaMismatch,
)
from app.core.ids import ConnectionId, JobId
from app.database.pool import KEEPALIVES, Database
from app.sync.queue import queue_worker, workers
from app.sync.queue.job_engine import ProcrastinateEngine, Ticket
from app.sync.queue.queue_worker import Timing
from app.sync.queue.workers import Worker
from tests.conftest import dsn_of
from tests.fixtures.owner import as_owner, owner_of

TIMING = Timing(poll_s=30.0, heartbeat_s=2.0, stall_s=6.0)
"""A poll that no test waits for: what begins at once was told of."""
ONE, OTHER = ConnectionId(UUID(int=1)), ConnectionId(UUID(int=2))


def engine_of(database: Database, timing: Timing = TIMING) -> ProcrastinateEngine:
    return ProcrastinateEngine(dsn=database.dsn, timing=timing)


def ticket(number: int, connection_id: ConnectionId = ONE, **changes: object) -> Ticket:
    facts: dict[str, object] = {"queue": "sync", "priority": 0, "due_at": None, **changes}
    return Ticket(job_id=JobId(number), connection_id=connection_id, **facts)  # type: ignore[arg-type]


async def enqueue(database: Database, *tickets: Ticket) -> None:
    async with database.transaction() as session:
        for one in tickets:
            await engine_of(database).enqueue(session, one)


async def statuses(database: Database) -> list[tuple[int, str]]:
    async with database.connection() as session:
        rows = await session.fetch(
            "SELECT (args ->> 'job_id')::int AS job, status::text FROM jobs.procrastinate_jobs ORDER BY id"
        )
    return [(row["job"], row["status"]) for row in rows]


class Log:
    """Jobs that note when they run, and how many run at the same time."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.began: list[int] = []
        self.ended: list[int] = []
        self.cancelled: list[int] = []
        self.at_once = self.most = 0

    async def run(self, job_id: JobId) -> None:
        self.began.append(job_id)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled.append(job_id)
            raise
        finally:
            self.at_once -= 1
        self.ended.append(job_id)


@asynccontextmanager
async def working(
    database: Database,
    log: Log,
    *,
    queues: Sequence[str] = ("sync",),
    concurrency: int = 4,
    timing: Timing = TIMING,
) -> AsyncIterator[Worker]:
    async with workers.present(database, heartbeat_s=2.0) as worker:

        async def note(queue_worker: int) -> None:
            await workers.note_queue_worker(database, worker, queue_worker)

        engine = engine_of(database, timing)
        task = asyncio.create_task(engine.work(log.run, worker, note, queues, concurrency))
        await is_heard(database)
        try:
            yield worker
        finally:
            worker.stopping.set()
            async with asyncio.timeout(10):
                await task


async def is_heard(database: Database) -> None:
    """Wait until a worker listens: of what was queued between its first look and then it hears at its
    next poll, which here is far away."""
    async with asyncio.timeout(10), owner_of(database) as session:
        while not await session.fetchval(  # noqa: ASYNC110
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'listen%'"
        ):
            await asyncio.sleep(0.02)


async def until(holds: Callable[[], bool], limit_s: float = 10.0) -> None:
    async with asyncio.timeout(limit_s):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


# ── entering ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_job_is_queued_in_the_transaction_of_another_driver_or_not_at_all(
    database: Database,
) -> None:
    class Undo(Exception): ...

    async def begin_and_undo() -> None:
        async with database.transaction() as session:
            await engine_of(database).enqueue(session, ticket(1))
            raise Undo

    with pytest.raises(Undo):
        await begin_and_undo()
    await enqueue(database, ticket(2))

    assert await statuses(database) == [(2, "todo")]


async def test_of_a_connection_one_row_waits_and_the_newest_wins(database: Database) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)

    await enqueue(database, ticket(1, due_at=later), ticket(2, OTHER))
    await enqueue(database, ticket(1))

    assert await statuses(database) == [(1, "cancelled"), (2, "todo"), (1, "todo")]


async def test_two_that_queue_the_same_connection_do_not_both_wait(database: Database) -> None:
    """The queueing lock is the wall behind the row lock that callers hold."""
    import asyncpg

    statement = (
        "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, queueing_lock) "
        "VALUES ('sync', 'sync', 'connection:1')"
    )
    async with database.connection() as session:
        await session.execute(statement)
        with pytest.raises(asyncpg.UniqueViolationError):
            await session.execute(statement)


# ── running ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_job_begins_when_it_is_queued_not_at_the_next_poll(database: Database) -> None:
    log = Log()
    async with working(database, log):
        await asyncio.sleep(0.5)  # it has looked, and found nothing
        await enqueue(database, ticket(1))
        await until(lambda: log.ended == [1], limit_s=5)


async def test_jobs_of_a_connection_never_overlap_and_those_of_others_do(
    database: Database,
) -> None:
    log = Log(seconds=0.2)
    async with working(database, log), working(database, log):
        for number in range(1, 6):
            await enqueue(database, ticket(number))
            await until(lambda number=number: number in log.began)  # type: ignore[misc]
        await until(lambda: len(log.ended) == 5)
        one_connection = log.most
        await enqueue(database, *(ticket(10 + n, ConnectionId(uuid4())) for n in range(6)))
        await until(lambda: len(log.ended) == 11)

    assert one_connection == 1
    assert log.most > 1


async def test_what_waited_for_a_lock_begins_when_it_is_free_not_at_the_next_poll(
    database: Database,
) -> None:
    log = Log(seconds=0.3)
    async with working(database, log):
        await enqueue(database, ticket(1))
        await until(lambda: log.began == [1])
        await enqueue(database, ticket(2))
        await until(lambda: log.ended == [1, 2], limit_s=5)


async def test_a_job_that_is_due_later_is_not_taken_before(database: Database) -> None:
    log = Log()
    timing = Timing(poll_s=0.1)
    async with working(database, log, timing=timing):
        await enqueue(database, ticket(1, due_at=datetime.now(UTC) + timedelta(seconds=1)))
        await asyncio.sleep(0.5)
        early = list(log.began)
        await until(lambda: log.ended == [1])

    assert early == []


async def test_queues_are_pools_and_priority_goes_before_age(database: Database) -> None:
    log = Log()
    await enqueue(
        database,
        ticket(1, ConnectionId(uuid4())),
        ticket(2, ConnectionId(uuid4()), queue="sync-large"),
        ticket(3, ConnectionId(uuid4()), priority=5),
    )

    async with working(database, log, concurrency=1):
        await until(lambda: len(log.ended) == 2)

    assert log.ended == [3, 1]
    assert (2, "todo") in await statuses(database)


# ── being ended ───────────────────────────────────────────────────────────────────────────────────


async def test_a_worker_that_stops_lets_its_jobs_end_and_takes_no_more(database: Database) -> None:
    log = Log(seconds=0.5)
    async with working(database, log, concurrency=1):
        await enqueue(database, ticket(1), ticket(2, OTHER))
        await until(lambda: log.began == [1])

    assert log.ended == [1]
    assert await statuses(database) == [(1, "succeeded"), (2, "todo")]


async def test_a_worker_that_is_cancelled_cancels_its_jobs(database: Database) -> None:
    log = Log(seconds=60)
    async with workers.present(database, heartbeat_s=2.0) as worker:

        async def note(queue_worker: int) -> None: ...

        task = asyncio.create_task(engine_of(database).work(log.run, worker, note, ["sync"], 1))
        await is_heard(database)
        await enqueue(database, ticket(1))
        await until(lambda: log.began == [1])
        task.cancel()
        await asyncio.wait({task}, timeout=5)

    assert task.cancelled()
    assert log.cancelled == [1]
    assert await statuses(database) == [(1, "aborted")]


async def test_a_worker_that_is_cancelled_while_its_queue_is_away_ends_without_a_complaint(
    database: Database,
) -> None:
    """It cannot say good-bye; asyncio would tell of an error that nobody has asked for."""
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
    rename = "ALTER FUNCTION jobs.{} RENAME TO {}"
    name, away = "procrastinate_unregister_worker_v1", "away"
    async with workers.present(database, heartbeat_s=2.0) as worker:

        async def note(queue_worker: int) -> None: ...

        task = asyncio.create_task(engine_of(database).work(Log().run, worker, note, ["sync"], 1))
        await is_heard(database)
        await as_owner(database, rename.format(name, away))
        task.cancel()
        await asyncio.wait({task}, timeout=10)
        await as_owner(database, rename.format(away, name))
    assert task.cancelled()
    del task  # and with it what it was about
    gc.collect()

    assert complaints == []


async def test_a_worker_survives_the_loss_of_all_its_connections(database: Database) -> None:
    log = Log(seconds=1.0)
    terminate = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with working(database, log, timing=Timing(poll_s=0.3)):
        await enqueue(database, ticket(1))
        await until(lambda: log.began == [1])
        for _ in range(3):
            await as_owner(database, terminate)
            await asyncio.sleep(0.2)
        await until(lambda: log.ended == [1])
        async with asyncio.timeout(20):
            while (1, "succeeded") not in await statuses(database):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await enqueue(database, ticket(2))
        await until(lambda: 2 in log.ended, limit_s=20)

    assert log.began == [1, 2]


async def test_a_worker_whose_heartbeat_failed_once_goes_on_beating(database: Database) -> None:
    """Procrastinate's own would go on without it, and be pruned."""
    rename = "ALTER FUNCTION jobs.{} RENAME TO {}"
    beat, away = "procrastinate_update_heartbeat_v1", "away"
    young = "SELECT last_heartbeat > clock_timestamp() - interval '0.5 s' FROM jobs.procrastinate_workers"
    async with (
        working(database, Log(), timing=Timing(heartbeat_s=0.1)),
        owner_of(database) as session,
    ):
        await asyncio.sleep(0.3)
        await session.execute(rename.format(beat, away))
        await asyncio.sleep(1.0)
        missed = await session.fetchval(young)
        await session.execute(rename.format(away, beat))
        await asyncio.sleep(1.0)
        again = await session.fetchval(young)

    assert (missed, again) == (False, True)


async def test_a_worker_hears_of_jobs_again_when_its_database_was_away(database: Database) -> None:
    log = Log()
    name = str(database.parameters()["dbname"])
    admin = replace(database, dsn=dsn_of(database.dsn, "postgres"), role=None)
    async with working(database, log):
        await asyncio.sleep(0.5)
        async with admin.own_connection() as session:
            await session.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
            )
            await asyncio.sleep(1.5)
            await session.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await asyncio.sleep(3)
        await enqueue(database, ticket(1))
        await until(lambda: log.ended == [1], limit_s=5)


async def test_a_server_that_is_gone_without_a_word_is_missed_soon(database: Database) -> None:
    connector = queue_worker._connector(database.dsn, None)
    async with (
        procrastinate.App(connector=connector).open_async(),
        connector.pool.connection() as session,
    ):
        wanted = session.info.get_parameters()

    assert {name: int(wanted[name]) for name in KEEPALIVES} == KEEPALIVES


async def test_a_worker_that_broke_is_begun_again(database: Database) -> None:
    """It takes no job while the queue's function is away, and its loop ends."""
    log = Log()
    rename = "ALTER FUNCTION jobs.{} RENAME TO {}"
    fetch, away = "procrastinate_fetch_job_v2", "away"
    async with working(database, log, timing=Timing(poll_s=0.2)):
        await asyncio.sleep(0.3)
        async with owner_of(database) as session:
            await session.execute(rename.format(fetch, away))
            await asyncio.sleep(1.0)
            await session.execute(rename.format(away, fetch))
        await enqueue(database, ticket(1))
        await until(lambda: log.ended == [1])


# ── being closed by others ────────────────────────────────────────────────────────────────────────


async def test_a_row_that_somebody_has_closed_does_not_trouble_who_ran_it(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    log = Log(seconds=0.5)
    async with working(database, log, concurrency=1):
        await enqueue(database, ticket(1))
        await until(lambda: log.began == [1])
        async with database.transaction() as session:
            await engine_of(database).close(session, JobId(1))
        await enqueue(database, ticket(2))
        await until(lambda: log.ended == [1, 2], limit_s=4)

    assert await statuses(database) == [(1, "failed"), (2, "succeeded")]
    assert "never retrieved" not in caplog.text


@pytest.mark.parametrize("how", ["killed", "pruned"])
async def test_the_row_of_a_dead_worker_is_closed_at_once(how: str, database: Database) -> None:
    """Killed: its lock is gone, its heartbeat is young. Pruned: Procrastinate forgot it."""
    async with database.connection() as session:
        (row,) = await session.fetch("SELECT * FROM jobs.procrastinate_register_worker_v1()")
        queue_worker = row["worker_id"]
        await session.execute(
            "INSERT INTO pipeline.workers (host, process_id, queues, queue_workers) "
            "VALUES ('h', 1, '{sync}', ARRAY[$1::bigint])",
            queue_worker,
        )
    await enqueue(database, ticket(1))
    async with database.connection() as session:
        await session.fetch(
            "SELECT * FROM jobs.procrastinate_fetch_job_v2('{sync}', $1)", queue_worker
        )
        if how == "pruned":
            await session.execute("SELECT jobs.procrastinate_unregister_worker_v1($1)", queue_worker)  # fmt: skip
    before = await statuses(database)

    async with database.transaction() as session:
        await engine_of(database).settle(session, 45.0)

    assert (before, await statuses(database)) == ([(1, "doing")], [(1, "failed")])


async def test_the_row_of_a_living_worker_stays(database: Database) -> None:
    log = Log(seconds=1.0)
    async with working(database, log):
        await enqueue(database, ticket(1))
        await until(lambda: log.began == [1])
        async with database.transaction() as session:
            await engine_of(database).settle(session, 45.0)
        now = await statuses(database)

    assert now == [(1, "doing")]
    assert log.ended == [1]


# ── the schema ────────────────────────────────────────────────────────────────────────────────────


async def test_the_schema_is_the_installed_procrastinates(database: Database) -> None:
    async with database.connection() as session:
        await engine_of(database).require_schema(session)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE pipeline.queue_schema SET newest = '02.00.00_01_old.sql'",
        "DROP FUNCTION jobs.procrastinate_fetch_job_v2(varchar[], bigint)",
    ],
)
async def test_another_schema_is_refused(change: str, database: Database) -> None:
    await as_owner(database, change)
    async with database.transaction() as session:
        with pytest.raises(QueueSchemaMismatch, match="Install the Procrastinate"):
            await engine_of(database).require_schema(session)


async def test_what_is_over_since_long_is_forgotten(database: Database) -> None:
    await enqueue(database, ticket(1), ticket(2, OTHER))
    async with database.transaction() as session:
        await engine_of(database).withdraw(session, JobId(1))
        await engine_of(database).forget(session, 1)
        kept = await session.fetchval("SELECT count(*) FROM jobs.procrastinate_jobs")
        await session.execute(
            "UPDATE jobs.procrastinate_events SET at = now() - interval '2 hours'"
        )
        await engine_of(database).forget(session, 1)

    assert kept == 2
    assert await statuses(database) == [(2, "todo")]
