"""How soon a job begins, how many jobs a queue takes, how soon a killed worker's job goes on, what idling costs.

The workers are real `atlas` processes on the bench's home, with the mock source: its jobs are small,
so what is measured is what Atlas does around a sync.
"""

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from figures import Figures
from house import House
from meter import family_s
from start import ATLAS, serving, settings_of

from app.core.catalog import ConfiguredCatalog, ConfiguredStream, SyncMode
from app.core.ids import ConnectionId, JobId
from app.sources.port import Listener
from app.sources.protocol import CommandConnector
from app.sources.registry import mock_connector

CONNECTIONS = 20
IDLE_S = 20.0
SWEEP = {"HEARTBEAT_S": "2", "STALL_S": "6", "SWEEP_S": "3", "QUEUE_POLL_S": "0.5"}
"""Units: seconds. The defaults are 10, 45, 15 and 2: recovery is measured with these to wait less."""
_SMALL = {"kind": "ledger", "streams": [{"name": "orders", "records": 100}]}
_SLOW = {"kind": "ledger", "streams": [{"name": "orders", "records": 3_000, "state_every": 100}], "slow_s": 15.0}  # fmt: skip
_LIMIT_S = 1_800.0

_FIRST_LANDED = """
SELECT extract(epoch FROM min(b.landed_at) - j.created_at)::float8
FROM pipeline.jobs j JOIN pipeline.attempts a USING (job_id) JOIN pipeline.batches b USING (attempt_id)
WHERE j.job_id = $1 GROUP BY j.job_id
"""
_OVERLAPS = """
SELECT count(*) FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id)
JOIN pipeline.jobs k USING (connection_id) JOIN pipeline.attempts b ON b.job_id = k.job_id
WHERE a.attempt_id < b.attempt_id AND a.ended_at > b.started_at AND j.job_id = ANY ($1)
"""
_HOLDER = """
SELECT w.process_id FROM pipeline.attempts a JOIN pipeline.workers w USING (worker_id)
WHERE a.job_id = $1 AND a.status = 'running'
  AND EXISTS (SELECT FROM pipeline.checkpoints c WHERE c.attempt_id = a.attempt_id)
"""
_SECOND_BEGAN = "SELECT 1 FROM pipeline.attempts WHERE job_id = $1 AND number > 1"


async def measure(house: House, jobs: int, tries: int) -> Figures:
    figures: Figures = {"job_start_s": round(await start_s(house, tries), 3)}
    figures |= await drain(house, jobs)
    figures["recovery_s"] = round(await recovery_s(house), 1)
    figures["serve_idle_share"] = round(await idle_share(house), 4)
    return figures


async def start_s(house: House, tries: int) -> float:
    """Seconds from the wish for a sync to its first landing, beyond what the connector needs for it."""
    (connection,) = await _connect(house, 1, _SMALL)
    alone, through = [], []
    async with _workers(house, 1):
        for _ in range(tries):
            alone.append(await _alone_s(house))
            job_id = await _start(house, connection)
            await _over(house, [job_id])
            through.append(float(str(await _value(house, _FIRST_LANDED, job_id))))
    return min(through) - min(alone)


async def drain(house: House, jobs: int) -> Figures:
    """So many jobs of twenty connections on two workers; each connection asks again when one is over.

    Shape: `queue_overlaps` attempts of one connection at the same time; `queue_spread` how much longer
           the slowest connection took than the fastest.
    """
    connections = await _connect(house, CONNECTIONS, _SMALL)
    done: list[JobId] = []
    took: list[float] = []
    began = time.perf_counter()

    async def one_after_the_other(connection: ConnectionId) -> None:
        for _ in range(jobs // CONNECTIONS):
            job_id = await _start(house, connection)
            await _over(house, [job_id])
            done.append(job_id)
        took.append(time.perf_counter() - began)

    async with _workers(house, 2):
        await asyncio.gather(*map(one_after_the_other, connections))
    return {
        "queue_jobs": len(done),
        "queue_jobs_per_s": round(len(done) / max(took), 2),
        "queue_spread": round(max(took) / min(took) - 1, 3),
        "queue_overlaps": float(str(await _value(house, _OVERLAPS, done))),
    }


async def recovery_s(house: House) -> float:
    """Seconds from kill -9 of the worker in the middle of a job to the job's next attempt on another."""
    (connection,) = await _connect(house, 1, _SLOW)
    async with _workers(house, 2, SWEEP) as processes:
        job_id = await _start(house, connection)
        holder = await _until(house, _HOLDER, job_id)
        began = time.perf_counter()
        next(p for p in processes if p.pid == holder).send_signal(signal.SIGKILL)
        await _until(house, _SECOND_BEGAN, job_id)
        took = time.perf_counter() - began
        await house.atlas.scheduler.cancel(job_id)
        await _over(house, [job_id])
    return took


async def idle_share(house: House) -> float:
    """The share of a core that `atlas serve` takes while nothing is to do."""
    with serving(house.home) as process:
        await asyncio.sleep(IDLE_S / 4)  # what it does once it has started is not idling
        before = family_s(process.pid)  # with its worker
        await asyncio.sleep(IDLE_S)
        return (family_s(process.pid) - before) / IDLE_S


# ── connections, workers, looks ───────────────────────────────────────────────────────────────────


async def _connect(
    house: House, count: int, configuration: Mapping[str, object]
) -> list[ConnectionId]:
    catalog = await _ledger(house).discover(configuration)
    streams = [
        ConfiguredStream(
            stream=stream,
            sync_mode=SyncMode.FULL_REFRESH_OVERWRITE,
            primary_key=stream.source_defined_primary_key,
        )
        for stream in catalog.streams
    ]
    made = [await house.connect(streams, dict(configuration)) for _ in range(count)]
    return [connection.connection_id for connection in made]


def _ledger(house: House) -> CommandConnector:
    return mock_connector(house.atlas.settings, "source-mock", Listener())


async def _alone_s(house: House) -> float:
    """Seconds from starting the connector to its first records."""
    catalog = (await _ledger(house).discover(_SMALL)).streams
    chosen = tuple(ConfiguredStream(stream=s, sync_mode=SyncMode.FULL_REFRESH_APPEND) for s in catalog)  # fmt: skip
    began = time.perf_counter()
    async with contextlib.aclosing(
        _ledger(house).read(_SMALL, ConfiguredCatalog(streams=chosen), [])
    ) as landings:
        async for landing in landings:
            if landing.batches:
                return time.perf_counter() - began
    raise SystemExit("The mock source sent nothing.")


@asynccontextmanager
async def _workers(
    house: House, count: int, more: Mapping[str, str] | None = None
) -> AsyncIterator[Sequence["subprocess.Popen[bytes]"]]:
    environment = settings_of(house.home, SOURCE_MODE="mock", **(more or {}))
    ready = "SELECT count(*) >= $1 OR NULL FROM pipeline.worker_signs WHERE is_locked"
    with contextlib.ExitStack() as stack:
        processes = [_worker(environment, stack) for _ in range(count)]
        await _until(house, ready, count)
        yield processes


def _worker(
    environment: Mapping[str, str], stack: contextlib.ExitStack
) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [ATLAS, "worker"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


async def _start(house: House, connection: ConnectionId) -> JobId:
    return (await house.atlas.scheduler.start(connection)).job_id


async def _over(house: House, job_ids: Sequence[JobId]) -> None:
    query = (
        "SELECT bool_and(ended_at IS NOT NULL) OR NULL FROM pipeline.jobs WHERE job_id = ANY ($1)"
    )
    await _until(house, query, list(job_ids))


async def _until(house: House, query: str, *arguments: object) -> object:
    """What the query answers as soon as it answers anything."""
    async with asyncio.timeout(_LIMIT_S):
        while (found := await _value(house, query, *arguments)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found


async def _value(house: House, query: str, *arguments: object) -> object:
    async with house.atlas.database.connection() as session:
        return await session.fetchval(query, *arguments)
