"""The processes that run jobs, and how each says that it lives."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import structlog

from app.core.cancelling import unless_cancelled
from app.core.errors import AtlasError
from app.core.failures import (
    DatabaseUnreachable,
)
from app.core.ids import AttemptId, WorkerId
from app.core.waking import awake_timeout
from app.database.passing import passing_failures
from app.database.pool import Connection, Database
from app.database.queries import load

log = structlog.get_logger(__name__)

SQL = load(__file__)

_AGAIN_S = 1.0
_ANSWER_S = 2.0
_LAG_S = 1.0
"""By how much a heartbeat may be late before it is said: what blocks the loop makes the living look dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """This process, as the other workers see it, and what it has in hand.

    Shape: `stopping` is set once and for all; `queue_workers` are the ids that the queue gave it;
           `failures` ended attempts of its own, and that could not be written down yet.
    """

    worker_id: WorkerId
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    attempts: set[AttemptId] = field(default_factory=set)
    failures: dict[AttemptId, AtlasError] = field(default_factory=dict)
    queue_workers: list[int] = field(default_factory=list)


@contextlib.asynccontextmanager
async def present(
    database: Database, *, heartbeat_s: float, queues: Sequence[str] = ()
) -> AsyncIterator[Worker]:
    """Be a worker meanwhile: hold the lock that a killed process loses at once, and say so again and
    again, for a process that is stopped or blocked keeps its lock.

    Shape:  one connection of its own, made anew where it breaks.
    Errors: DatabaseUnreachable if it cannot even begin.
    """
    entered: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
    signs = asyncio.create_task(_give_signs(database, heartbeat_s, queues, entered))
    try:
        yield await _first(entered, signs)
    finally:
        signs.cancel()
        await asyncio.gather(signs, return_exceptions=True)


async def _first(entered: asyncio.Future[Worker], signs: asyncio.Task[None]) -> Worker:
    waited: set[asyncio.Future[Worker] | asyncio.Task[None]] = {entered, signs}
    await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    if not entered.done():
        signs.result()
    return entered.result()


async def note_queue_worker(database: Database, worker: Worker, queue_worker: int) -> None:
    """Say by which id the queue knows this worker from now on. Errors: DatabaseUnreachable."""
    worker.queue_workers.append(queue_worker)
    with passing_failures():
        async with database.connection() as session:
            await _beat(session, worker, ())


async def forget(session: Connection, stall_s: float) -> None:
    """Forget workers that are gone, once nothing is theirs any more. Units: seconds of silence."""
    await session.execute(SQL["forget"], stall_s)


async def _give_signs(
    database: Database,
    heartbeat_s: float,
    queues: Sequence[str],
    entered: asyncio.Future[Worker],
) -> None:
    while True:
        try:
            with passing_failures():
                async with database.own_connection() as session:
                    await _live(session, heartbeat_s, queues, entered)
        except DatabaseUnreachable as failure:
            unless_cancelled()
            if not entered.done():
                raise
            log.warning("worker_lost_its_connection", reason=failure.detail)
        await asyncio.sleep(_AGAIN_S)


async def _live(
    session: Connection, heartbeat_s: float, queues: Sequence[str], entered: asyncio.Future[Worker]
) -> None:
    if not entered.done():
        async with session.transaction():  # nobody sees the row before its lock is there
            worker_id = WorkerId(
                await session.fetchval(SQL["enter"], socket.gethostname(), os.getpid(), queues)
            )
            locked = await session.fetchval(SQL["lock"], worker_id)
        entered.set_result(Worker(worker_id=worker_id))
    else:
        locked = False  # the server may hold the old session's lock yet
    worker = entered.result()
    try:
        while True:
            async with awake_timeout(max(heartbeat_s, _ANSWER_S)):  # a dead one may never answer
                locked = locked or await session.fetchval(SQL["lock"], worker.worker_id)
                await _beat(session, worker, queues)
            await _sleep(heartbeat_s if locked else _AGAIN_S)
    except asyncio.CancelledError:
        # if it cannot be said, the free lock says it
        with contextlib.suppress(DatabaseUnreachable), passing_failures():
            async with asyncio.timeout(_ANSWER_S):
                await session.execute(SQL["leave"], worker.worker_id)
        raise


async def _sleep(seconds: float) -> None:
    """Sleep, and say if the loop woke us late."""
    due_at = time.monotonic() + seconds
    await asyncio.sleep(seconds)
    lag_s = time.monotonic() - due_at
    if lag_s > _LAG_S:
        log.warning("event_loop_lags", lag_s=round(lag_s, 1))


async def _beat(session: Connection, worker: Worker, queues: Sequence[str]) -> None:
    await session.execute(
        SQL["beat"], worker.worker_id, socket.gethostname(), os.getpid(), queues, worker.queue_workers
    )  # fmt: skip
