"""Looks for what dead workers left, and puts it where it goes on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import structlog

from app.core.errors import AtlasError, Fenced
from app.core.failures import (
    DatabaseUnreachable,
    WorkerDied,
    WorkerStalled,
)
from app.core.ids import AttemptId, ConnectionId, JobId, RunId
from app.core.jobs import Attempt, JobStatus
from app.core.records import Mode
from app.core.remotes import Engine
from app.database.pool import Connection, Database, Row, application_name
from app.database.queries import load
from app.sync.jobs import admission, job_store
from app.sync.jobs.transitions import Transitions, took_too_long
from app.sync.queue import workers
from app.sync.queue.workers import Worker

log = structlog.get_logger(__name__)

SQL = load(__file__)

_PATIENCE_S = 1.0
"""How long a takeover waits for a transaction of the lost worker before it ends its session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescue:
    """Takes over attempts of dead and silent workers, and makes jobs and queue agree.

    Units: `stall_s` of silence, after which a worker that still holds its lock is given up too: it
           may be stopped, or its loop blocked. Its epoch is fenced off, so it can write nothing more.
           `idle_s`, for which a rescuer that is stopped in the middle keeps the others from it: less than `stall_s`,
           so that they are free by when it has stalled itself.
    """

    database: Database
    transitions: Transitions
    stall_s: float
    idle_s: float = 15.0

    async def sweep(self, worker: Worker) -> Sequence[JobId]:
        """Put right what is not; which jobs went on. One sweep at a time in a database.

        Shape:  safe to call in every process and at any moment.
        Errors: DatabaseUnreachable and the driver's own; what was put right stays so.
        """
        async with self.database.transaction() as alone:
            if not await alone.fetchval(SQL["alone"], f"{round(self.idle_s * 1_000)}ms"):
                return []
            async with _awake(alone, self.idle_s / 3):
                return await self._put_right(worker)

    async def _put_right(self, worker: Worker) -> Sequence[JobId]:
        rescued: list[JobId] = []
        for attempt, lost in await self._lost(worker):
            if await self._take_over(attempt, lost, worker):
                rescued.append(attempt.job_id)
        async with self.database.transaction() as session:
            await self.transitions.engine.settle(session, self.stall_s)
        rescued += await self._queue_again()
        await self._end_overdue()
        await self._let_in()
        async with self.database.transaction() as session:
            await workers.forget(session, self.stall_s)
        return rescued

    async def _lost(self, worker: Worker) -> Sequence[tuple[Attempt, "_Lost"]]:
        async with self.database.connection() as session:
            rows = await session.fetch(
                SQL["lost"], self.stall_s, worker.worker_id, list(worker.attempts)
            )
        return [(_attempt(row), _Lost.of(row)) for row in rows]

    async def _take_over(self, attempt: Attempt, lost: "_Lost", worker: Worker) -> bool:
        """Fence the attempt off and go on with its job; false if somebody else has ended it."""
        if attempt.attempt_id in worker.attempts:
            return False
        failure = self._reason(attempt, lost, worker)
        unblocked = _unblocked(self.database, lost.sessions)
        async with self.database.transaction() as session, unblocked(session):
            status = await job_store.lock(session, attempt.job_id)
            if not await session.fetchval(
                SQL["is_lost"], attempt.attempt_id, self.stall_s, worker.worker_id
            ):
                return False
            if status.is_terminal:
                failure = Fenced("The job was cancelled.", job_id=attempt.job_id)
            if not await job_store.take_over(session, attempt.job_id, failure):
                return False
            await self.transitions.engine.close(session, attempt.job_id)
            if status.is_terminal:
                await self.transitions.witness(session, attempt, failure)
            else:
                await self.transitions.after_failure(session, attempt, failure)
        worker.failures.pop(attempt.attempt_id, None)
        log.info("job_rescued", job_id=attempt.job_id, reason=failure.slug, number=attempt.number)
        return True

    def _reason(self, attempt: Attempt, lost: "_Lost", worker: Worker) -> AtlasError:
        """Why the attempt is over: this worker's own ended by what could not be written at its time."""
        if lost.is_own:
            return worker.failures.get(attempt.attempt_id) or DatabaseUnreachable(
                "The end of this attempt could not be written down; the job goes on from what was committed."
            )
        return _stalled(self.stall_s) if lost.has_lock else _died()

    async def _end_overdue(self) -> None:
        """Fail the jobs whose time is up while no attempt of them runs: they wait for a worker."""
        async with self.database.connection() as session:
            overdue = await session.fetch(SQL["overdue"])
        for row in overdue:
            job_id = JobId(row["job_id"])
            async with self.database.transaction() as session:
                status = await job_store.lock(session, job_id)
                terms = await self.transitions.terms(session, job_id)
                is_over_time = terms.left_s is not None and terms.left_s < 0
                if status.is_terminal or not is_over_time or await job_store.runs(session, job_id):
                    continue
                failure = took_too_long(terms)
                await self.transitions.end(session, job_id, JobStatus.FAILED, failure)
            log.info("job_overdue", job_id=job_id)

    async def _queue_again(self) -> Sequence[JobId]:
        """Queue the jobs that the queue has lost."""
        queued = []
        async with self.database.connection() as session:
            missing = await self.transitions.engine.unqueued(session)
        for job_id in missing:
            async with self.database.transaction() as session:
                status = await job_store.lock(session, job_id)
                if status.is_terminal or job_id not in await self.transitions.engine.unqueued(
                    session
                ):
                    continue
                await self.transitions.queue(session, job_id)
            queued.append(job_id)
            log.info("job_queued_again", job_id=job_id)
        return queued

    async def _let_in(self) -> None:
        async with self.database.connection() as session:
            waiting = await admission.waiting_workspaces(session)
        for workspace_id in waiting:
            async with self.database.transaction() as session:
                await self.transitions.let_in(session, workspace_id)


@dataclass(frozen=True, slots=True)
class _Lost:
    """Who had an attempt. Shape: `sessions` is what PostgreSQL calls those of its process, if that is
    another and known."""

    is_own: bool
    has_lock: bool
    sessions: str | None

    @classmethod
    def of(cls, row: Row) -> "_Lost":
        is_elsewhere = row["host"] is not None and not row["is_own"]
        sessions = application_name(row["host"], row["process_id"]) if is_elsewhere else None
        return cls(row["is_own"], row["has_lock"], sessions)


@contextlib.asynccontextmanager
async def _awake(session: Connection, every_s: float) -> AsyncIterator[None]:
    """Let a session say meanwhile, again and again, that its process is not stopped: others work, and it waits.

    Shape: it is let finish what it says; what it fails by, its own transaction fails by.
    """
    over = asyncio.Event()

    async def say() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(every_s):
                    await over.wait()
                    return
            await session.execute(SQL["still_here"])

    saying = asyncio.create_task(say())
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(saying, return_exceptions=True)


def _unblocked(
    database: Database, sessions: str | None
) -> Callable[[Connection], AbstractAsyncContextManager[None]]:
    """Ends, meanwhile, the sessions of a lost process that keep this one waiting for too long; those
    of others are waited for."""

    @contextlib.asynccontextmanager
    async def meanwhile(session: Connection) -> AsyncIterator[None]:
        backend: int = await session.fetchval(SQL["backend"])

        async def unblock() -> None:
            while True:
                await asyncio.sleep(_PATIENCE_S)
                async with database.connection() as other:
                    if ended := await other.fetch(SQL["end_blockers"], backend, sessions):
                        log.warning("sessions_of_lost_worker_ended", sessions=len(ended))

        unblocking = asyncio.create_task(unblock())
        try:
            yield
        finally:
            unblocking.cancel()
            await asyncio.gather(unblocking, return_exceptions=True)

    return meanwhile


def _attempt(row: Row) -> Attempt:
    return Attempt(
        attempt_id=AttemptId(row["attempt_id"]),
        job_id=JobId(row["job_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        number=row["number"],
        epoch=row["epoch"],
        run_id=RunId(row["run_id"]),
        mode=Mode(row["mode"]),
        engine=Engine(row["engine"]),
        parent=job_store.parent_of(row["parent_run"]),
    )


def _died() -> AtlasError:
    return WorkerDied(
        "The process that ran this attempt is gone; the job goes on from what was committed."
    )


def _stalled(stall_s: float) -> AtlasError:
    return WorkerStalled(
        f"The process that ran this attempt said nothing for {stall_s:g} s: it is stopped, or blocked. "
        "What it still writes is refused; the job goes on from what was committed."
    )
