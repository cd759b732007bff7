"""Which job runs when: started by a caller, taken by a worker, tried again, cancelled, taken over."""

import asyncio
import contextlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.core.errors import (
    AtlasError,
    ConnectionInactive,
    Failure,
    Fenced,
    JobTypeNotSupported,
    SyncAlreadyRunning,
)
from app.core.ids import ConnectionId, JobId
from app.core.jobs import Attempt, Job, JobStatus, JobType
from app.core.records import Mode
from app.database.pool import Database, passing_failure
from app.database.queries import load
from app.sync import connection_store, job_store
from app.sync.job_engine import JobEngine
from app.sync.orchestrator import SyncOrchestrator, SyncReport, route_of
from app.sync.ports import Lineage

log = structlog.get_logger(__name__)

SQL = load(__file__)

_LOOK_S = 0.5
"""How often a running attempt looks whether its job was cancelled."""
_WITHOUT_PROGRESS = 3
_IN_ALL = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncScheduler:
    """Starts, runs, retries, cancels and takes over jobs.

    Units: `retry_wait_s` before the second attempt; each wait after it is three times as long.
    """

    database: Database
    engine: JobEngine
    orchestrator: SyncOrchestrator
    lineage: Lineage
    mode: Callable[[], Mode]
    retry_wait_s: float

    # ── for callers ───────────────────────────────────────────────────────────────────────────

    async def start(self, connection_id: ConnectionId, job_type: JobType = JobType.SYNC) -> Job:
        """Queue a job and answer at once.

        Errors: ConnectionNotFound, ConnectionInactive, JobTypeNotSupported; SyncAlreadyRunning,
                naming the job.
        """
        if job_type is not JobType.SYNC:
            raise JobTypeNotSupported(f"Atlas does not run jobs of type {job_type} yet.")
        async with self.database.transaction() as session:
            connection = await connection_store.get_connection(session, connection_id)
            if connection.status != "active":
                raise ConnectionInactive(
                    f"The connection is {connection.status}: activate it before it is synced.",
                    connection_id=str(connection_id),
                )
            job_id = await job_store.create(session, connection_id, job_type)
            if job_id is None:
                running = await job_store.active(session, connection_id)
                raise SyncAlreadyRunning(
                    f"A sync is already running for: {connection_id} (job {running}).",
                    connection_id=str(connection_id),
                    job_id=running,
                )
            await self.engine.enqueue(session, job_id, connection_id)
            return await job_store.get(session, job_id)

    async def cancel(self, job_id: JobId) -> Job:
        """Errors: JobNotFound, JobNotRunning."""
        async with self.database.transaction() as session:
            job = await job_store.cancel(session, job_id)
            await self.engine.withdraw(session, job_id)
            return job

    # ── for workers ───────────────────────────────────────────────────────────────────────────

    async def work(self, concurrency: int) -> None:
        """Take over what dead workers left, then run jobs until cancelled."""
        await self.rescue()
        await self.engine.work(self.run, concurrency)

    async def rescue(self) -> list[JobId]:
        """Queue again every job that is not over and has no living worker; which."""
        rescued = []
        async with self.database.own_connection() as session:
            for row in await session.fetch(SQL["unfinished"]):
                job_id = JobId(row["job_id"])
                if await self.engine.is_waiting(session, job_id):
                    continue
                if not await job_store.own(session, job_id):
                    continue  # somebody alive has it
                async with session.transaction():
                    fenced = await job_store.take_over(session, job_id)
                    await self.engine.requeue(session, job_id, ConnectionId(row["connection_id"]))
                await job_store.disown(session, job_id)
                rescued.append(job_id)
                log.info("job_rescued", job_id=job_id, attempts_fenced=fenced)
        return rescued

    async def run(self, job_id: JobId) -> None:
        """Run a job to its end, attempt by attempt; never raises but for being cancelled itself."""
        async with self.database.own_connection() as session:
            if not await job_store.own(session, job_id):
                log.info("job_has_a_worker", job_id=job_id)
                return
            async with session.transaction():
                await job_store.take_over(session, job_id)
            await self._attempts(job_id)

    async def _attempts(self, job_id: JobId) -> None:
        stuck, wait_s = 0, self.retry_wait_s
        for tried in range(1, _IN_ALL + 1):
            async with self.database.transaction() as session:
                attempt = await job_store.begin_attempt(session, job_id, self.mode())
            if attempt is None:
                return
            failure = await self._attempt(attempt)
            if failure is None:
                return
            async with self.database.connection() as session:
                progressed = await job_store.made_progress(session, attempt)
            stuck, wait_s = (0, self.retry_wait_s) if progressed else (stuck + 1, wait_s)
            again = failure.failure is Failure.TRANSIENT and stuck < _WITHOUT_PROGRESS
            if not again or tried == _IN_ALL:
                await self._fail(attempt, failure)
                return
            log.info("attempt_will_be_retried", job_id=job_id, wait_s=wait_s, reason=failure.slug)
            await asyncio.sleep(wait_s)
            wait_s *= 3

    async def _attempt(self, attempt: Attempt) -> AtlasError | None:
        """One try; what went wrong, or none if the job is over: succeeded, cancelled or taken over."""
        structlog.contextvars.bind_contextvars(
            job_id=attempt.job_id, run_id=str(attempt.run_id), mode=attempt.mode.value
        )
        log.info("attempt_started", number=attempt.number)
        try:
            report = await self._supervised(attempt)
            async with job_store.fenced(self.database, attempt) as session:
                await job_store.end_attempt(session, attempt, None, report.seconds)
                await job_store.finish(session, attempt.job_id, JobStatus.SUCCEEDED)
        except Fenced:
            log.warning("attempt_fenced", number=attempt.number)
            await self._close_cancelled(attempt)
            return None
        except AtlasError as failure:
            log.warning("attempt_failed", reason=failure.slug, detail=failure.detail)
            return await self._closed(attempt, failure)
        except Exception as error:  # noqa: BLE001  the edge: a bug ends a job, not its worker
            log.error("attempt_broke", error=type(error).__name__, where=_where(error))
            if (passing := passing_failure(error)) is not None:
                return await self._closed(attempt, passing)
            return await self._closed(
                attempt, AtlasError(f"Atlas itself failed: {type(error).__name__}.")
            )
        log.info("attempt_succeeded", number=attempt.number)
        return None

    async def _supervised(self, attempt: Attempt) -> SyncReport:
        """Run the attempt, and stop it soon after its job is cancelled. Errors: Fenced for that."""
        task = asyncio.create_task(self.orchestrator.run(attempt))
        try:
            while True:
                done, _ = await asyncio.wait({task}, timeout=_LOOK_S)
                if done:
                    return task.result()
                async with self.database.connection() as session:
                    if await job_store.is_cancelled(session, attempt.job_id):
                        raise Fenced("The job was cancelled.", job_id=attempt.job_id)
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, AtlasError):
                await task

    async def _closed(self, attempt: Attempt, failure: AtlasError) -> AtlasError | None:
        """Close a failed attempt; none if it is no longer this worker's to close."""
        async with self.database.transaction() as session:
            try:
                await job_store.end_attempt(session, attempt, failure)
            except Fenced:
                return None
        return failure

    async def _close_cancelled(self, attempt: Attempt) -> None:
        cancelled = Fenced("The job was cancelled.", job_id=attempt.job_id)
        if await self._closed(attempt, cancelled):
            await self._witness(attempt, cancelled)

    async def _fail(self, attempt: Attempt, failure: AtlasError) -> None:
        async with self.database.transaction() as session:
            await job_store.finish(session, attempt.job_id, JobStatus.FAILED, failure)
        await self._witness(attempt, failure)

    async def _witness(self, attempt: Attempt, failure: AtlasError) -> None:
        async with self.database.transaction() as session:
            connection = await connection_store.get_connection(session, attempt.connection_id)
            source = await connection_store.get_source(session, connection.source_id)
            for stream in connection.streams:
                await self.lineage.failed(
                    session, attempt, route_of(connection, source), stream.layout, failure
                )


def _where(error: BaseException) -> list[str]:
    """The frames of a traceback; not its message, which may quote a value."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
