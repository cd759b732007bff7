"""Two workers on one database, one of which is killed, stopped or asked to end: the other goes on."""

import asyncio
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.core.ids import JobId
from app.core.jobs import JobStatus
from app.database.pool import Database
from tests.fixtures.atlas import MASTER, Atlas, atlas_on
from tests.fixtures.home import Shell
from tests.sources.reading import ledger
from tests.sync.test_orchestrator import orders

RECORDS = 3_000
TIMES = {"HEARTBEAT_S": "2", "STALL_S": "6", "SWEEP_S": "3", "QUEUE_POLL_S": "0.5"}
SMALL = {"BATCH_RECORDS": "50", "LANDING_BYTES": "16384"}
RECOVERY_S = 6 + 3 + 5
"""Stall, sweep, and the rest; of a killed worker the sweep alone."""
HOLDER = (
    "SELECT w.process_id FROM pipeline.attempts a JOIN pipeline.workers w USING (worker_id) "
    "WHERE a.status = 'running' AND EXISTS (SELECT FROM pipeline.checkpoints c WHERE c.attempt_id = a.attempt_id)"
)
EPOCHS = (
    "SELECT count(*) FROM pipeline.batches b JOIN pipeline.attempts a USING (attempt_id) "
    "WHERE a.status = 'failed' AND b.landed_at > a.ended_at"
)


@pytest.fixture
async def slow(database: Database) -> Atlas:
    """A connection that takes some ten seconds to read, a state every second or so."""
    return await reading(database, ledger(orders(RECORDS, keys=0, state_every=300), slow_s=4.0))


async def reading(database: Database, config: Mapping[str, object]) -> Atlas:
    """An Atlas whose one source is what the workers' mock takes for the faker."""
    atlas = atlas_on(database)
    await atlas.connect(config)
    await atlas.execute("UPDATE pipeline.sources SET connector = 'source-faker'")
    return atlas


@contextmanager
def two_workers(folder: Path, dsn: str) -> Iterator[dict[int, "subprocess.Popen[str]"]]:
    """Shape: by process id."""
    settings = {
        **TIMES,
        **SMALL,
        "DATABASE_URL": dsn,
        "SOURCE_MODE": "mock",
        "MASK_KEY": "00" * 32,
        "MASTER_KEY": MASTER.master.hex(),
    }
    shell = Shell(folder=folder, environment={f"ATLAS_{name}": v for name, v in settings.items()})
    with (
        shell.starting("worker", "--concurrency", "1") as one,
        shell.starting("worker", "--queues", "sync,sync-large") as other,
    ):
        try:
            yield {one.pid: one, other.pid: other}
        finally:
            for process in (one, other):
                process.kill()
                print(process.communicate())  # what pytest shows of a test that fails


async def holder(atlas: Atlas, but: int = 0, limit_s: float = 40) -> int:
    """The process that runs an attempt which has got somewhere."""
    async with asyncio.timeout(limit_s):
        while True:
            found = [pid for pid in await atlas.values(HOLDER) if pid != but]
            if found:
                return int(str(found[0]))
            await asyncio.sleep(0.1)


async def now(atlas: Atlas) -> datetime:
    """What the database's clock says."""
    (at,) = await atlas.values("SELECT clock_timestamp()")
    assert isinstance(at, datetime)
    return at


async def heard(atlas: Atlas, process: int) -> None:
    """Wait for a sign of life that a worker gives after now: it has handled what it was sent before."""
    since = await now(atlas)
    query = "SELECT seen_at > $2 FROM pipeline.workers WHERE process_id = $1"
    async with asyncio.timeout(20):
        while await atlas.values(query, process, since) != [True]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def ended(atlas: Atlas, job_id: JobId, limit_s: float = 60) -> None:
    async with asyncio.timeout(limit_s):
        while not (await atlas.job(job_id)).status.is_terminal:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def taken_over(atlas: Atlas, limit_s: float = 60) -> None:
    """Wait until an attempt was taken from who had it."""
    async with asyncio.timeout(limit_s):
        while await atlas.values("SELECT count(*) FROM pipeline.attempts WHERE status = 'failed'") == [0]:  # noqa: ASYNC110  # fmt: skip
            await asyncio.sleep(0.1)


async def assert_went_on(atlas: Atlas, since: datetime, within_s: float) -> None:
    """The second attempt began in time, by the database's clock."""
    (again_at,) = await atlas.values("SELECT started_at FROM pipeline.attempts WHERE number = 2")
    assert isinstance(again_at, datetime)
    assert again_at - since < timedelta(seconds=within_s)


async def assert_exact(atlas: Atlas, job_id: JobId) -> None:
    """Everything is there once, and nothing was written by who had lost its attempt."""
    assert (await atlas.job(job_id)).status is JobStatus.SUCCEEDED
    found = await atlas.values("SELECT (data -> 'number')::int AS n FROM explore.ledger_orders_raw ORDER BY n")  # fmt: skip
    assert found == list(range(RECORDS))
    assert await atlas.values("SELECT number FROM chart.ledger_orders ORDER BY number") == found
    assert await atlas.values(EPOCHS) == [0]
    assert (await atlas.report(job_id)).is_balanced


@pytest.mark.faults
async def test_the_other_worker_goes_on_when_one_is_killed(
    slow: Atlas, dsn: str, tmp_path: Path
) -> None:
    with two_workers(tmp_path, dsn) as processes:
        job = await slow.scheduler.start(slow.connection_id)
        first = await holder(slow)
        killed_at = await now(slow)
        processes[first].kill()
        await ended(slow, job.job_id)

    await assert_went_on(slow, killed_at, RECOVERY_S)
    await assert_exact(slow, job.job_id)


@pytest.mark.faults
async def test_the_other_worker_goes_on_when_one_is_stopped_and_wakes_up_again(
    slow: Atlas, dsn: str, tmp_path: Path
) -> None:
    with two_workers(tmp_path, dsn) as processes:
        job = await slow.scheduler.start(slow.connection_id)
        first = await holder(slow)
        stopped_at = await now(slow)
        processes[first].send_signal(signal.SIGSTOP)
        await taken_over(slow)
        processes[first].send_signal(signal.SIGCONT)
        await ended(slow, job.job_id)

        assert processes[first].poll() is None, "it is fenced, and lives"
    await assert_went_on(slow, stopped_at, RECOVERY_S)
    await assert_exact(slow, job.job_id)


@pytest.mark.faults
async def test_a_short_stop_is_nobodys_business(slow: Atlas, dsn: str, tmp_path: Path) -> None:
    with two_workers(tmp_path, dsn) as processes:
        job = await slow.scheduler.start(slow.connection_id)
        first = await holder(slow)
        await heard(slow, first)
        processes[first].send_signal(signal.SIGSTOP)
        await asyncio.sleep(2)
        processes[first].send_signal(signal.SIGCONT)
        await ended(slow, job.job_id)

    assert (await slow.job(job.job_id)).attempts == 1
    await assert_exact(slow, job.job_id)


@pytest.mark.faults
async def test_a_worker_that_is_asked_to_end_hands_its_job_to_the_other(
    slow: Atlas, dsn: str, tmp_path: Path
) -> None:
    with two_workers(tmp_path, dsn) as processes:
        job = await slow.scheduler.start(slow.connection_id)
        first = await holder(slow)
        asked_at = await now(slow)
        processes[first].terminate()
        code = await asyncio.to_thread(processes[first].wait, 30)
        await ended(slow, job.job_id)

    assert code == 0
    await assert_went_on(slow, asked_at, 10)
    statuses = await slow.values("SELECT status FROM pipeline.attempts ORDER BY number")
    assert statuses == ["interrupted", "succeeded"]
    await assert_exact(slow, job.job_id)


async def test_a_worker_that_is_told_twice_ends_at_once(
    database: Database, dsn: str, tmp_path: Path
) -> None:
    """Its connector ignores SIGTERM, so the first would take the grace."""
    hanging = ledger(orders(600, keys=0, state_every=50), hang_at=500, ignore_sigterm=True)
    atlas = await reading(database, hanging)
    with two_workers(tmp_path, dsn) as processes:
        await atlas.scheduler.start(atlas.connection_id)
        first = await holder(atlas)
        processes[first].terminate()
        await heard(atlas, first)
        processes[first].terminate()
        code = await asyncio.to_thread(processes[first].wait, 12)

    assert code == 130
    assert list((tmp_path / "tmp").glob("atlas-private-*")) == []
