"""Which job runs when: started by a caller, taken by a worker, tried again, cancelled, put back."""

import asyncio
import contextlib
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from app.core.cancelling import unless_cancelled
from app.core.connections import Connection
from app.core.errors import AtlasError, Fenced, SyncAlreadyRunning
from app.core.failures import (
    DatabaseUnreachable,
    Interrupted,
)
from app.core.ids import ConnectionId, JobId
from app.core.jobs import PLAIN, Attempt, Job, JobOptions, JobStatus, JobType
from app.core.parent_runs import ParentRun
from app.core.records import Mode
from app.database.passing import passing_failure, passing_failures
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.sync import backfills
from app.sync.attempts import SyncReport
from app.sync.jobs import job_store, possible
from app.sync.jobs.retry_policy import JobTerms
from app.sync.jobs.transitions import Transitions, took_too_long
from app.sync.orchestrator import SyncOrchestrator
from app.sync.quarantine import replays
from app.sync.quarantine.replay import Replayer
from app.sync.quarantine.replays import Choice
from app.sync.queue import workers
from app.sync.queue.job_engine import JobEngine
from app.sync.queue.workers import Worker
from app.sync.transformations import runs as transformation_runs

log = structlog.get_logger(__name__)

_LOOK_S = 0.5
"""How often a running attempt looks whether it was cancelled or taken over: its connector ends then."""
_ANSWER_S = 10.0
_ANSWER_LOST_S = 600.0
"""Who repeats a wish later than that means another sync."""
_AGAIN_S = (0.1, 0.3, 1.0, 3.0)
"""Waits before the end of an attempt is written again, where the database did not take it."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncScheduler:
    """Starts, runs, cancels and puts back jobs.

    Units: `heartbeat_s` for a worker that is made for one attempt alone.
    """

    database: Database
    transitions: Transitions
    orchestrator: SyncOrchestrator
    mode: Callable[[], Mode]
    heartbeat_s: float

    @property
    def engine(self) -> JobEngine:
        return self.transitions.engine

    @property
    def replayer(self) -> Replayer:
        return Replayer(self.orchestrator)

    # ── for callers ───────────────────────────────────────────────────────────────────────────

    async def start(
        self,
        connection_id: ConnectionId,
        job_type: JobType = JobType.SYNC,
        options: JobOptions = PLAIN,
        by: str | None = None,
        parent: ParentRun | None = None,
    ) -> Job:
        """Queue a job and answer at once; a sync that only waits for its time is moved forward.

        Shape:  `by` whoever wishes for it: who repeats his wish within ten minutes, and never asked for the job
                that it made, gets that job: its answer was lost. `parent` is the run that the job is a part of.
        Errors: ConnectionNotFound, ConnectionInactive, InvalidRequest; SyncAlreadyRunning, naming the job.
        """
        async with self.database.transaction() as session:
            job_id = await self.start_in(
                session, connection_id, job_type, options=options, by=by, parent=parent
            )
            if job_id is None and by is not None:
                job_id = await job_store.unheard(
                    session, connection_id, job_type, options, by, _ANSWER_LOST_S
                )
            if job_id is None:
                job_id = await self._move(session, connection_id, job_type)
            return await job_store.get(session, job_id)

    async def start_in(
        self,
        session: Session,
        connection_id: ConnectionId,
        job_type: JobType = JobType.SYNC,
        due_at: datetime | None = None,
        options: JobOptions = PLAIN,
        by: str | None = None,
        parent: ParentRun | None = None,
    ) -> JobId | None:
        """Queue a job in the caller's transaction, for schedules; none if the connection has one that
        is not over, which stays as it is.

        Shape:  `due_at` for later than now. It locks the workspace's row until the caller's
                transaction ends: who starts several does it in the order of their workspaces.
        Errors: ConnectionNotFound, ConnectionInactive, InvalidRequest; nothing is queued then.
        """
        connection = await self.require_possible(session, connection_id, job_type, options)
        begin = None
        if job_type is JobType.BACKFILL:
            begin = partial(backfills.begin, session, connection, options)
        return await self._queue(session, connection, job_type, due_at, options, begin, by, parent)

    async def require_possible(
        self, session: Session, connection_id: ConnectionId, job_type: JobType, options: JobOptions
    ) -> Connection:
        """The connection, if it may have such a job. Errors: ConnectionNotFound, ConnectionInactive, InvalidRequest."""
        return await possible.require(session, connection_id, job_type, options)

    async def replay(self, choice: Choice, by: str) -> Job:
        """Queue a job that brings records of quarantine back, and answer at once.

        Errors: ConnectionNotFound, ConnectionInactive, NothingToReplay; SyncAlreadyRunning, naming the job.
        """
        async with self.database.transaction() as session:
            connection = await possible.active(session, choice.connection_id)
            begin = partial(replays.begin, session, choice=choice, by=by)
            job_id = await self._queue(session, connection, JobType.REPLAY, begin=begin)
            if job_id is None:
                raise _already_running(
                    choice.connection_id, await job_store.active(session, choice.connection_id)
                )
            return await job_store.get(session, job_id)

    async def _queue(
        self,
        session: Session,
        connection: Connection,
        job_type: JobType,
        due_at: datetime | None = None,
        options: JobOptions = PLAIN,
        begin: Callable[[JobId], Awaitable[object]] | None = None,
        by: str | None = None,
        parent: ParentRun | None = None,
    ) -> JobId | None:
        found = connection.connection_id
        job_id = await job_store.create(session, found, job_type, due_at, options, by, parent)
        if job_id is not None:
            if begin is not None:
                await begin(job_id)
            await self.transitions.let_in(session, connection.workspace_id)
        return job_id

    async def _move(
        self, session: Session, connection_id: ConnectionId, job_type: JobType
    ) -> JobId:
        """Let the job that waits for its time begin now: behind it, another would wait as long.

        Errors: SyncAlreadyRunning if it does not wait for a time, or is no sync.
        """
        found = await job_store.lock_active(session, connection_id)
        job_id, is_waiting = found or (None, False)
        if job_id is not None and is_waiting:
            waiting = await job_store.get(session, job_id)
            is_waiting = job_type is waiting.job_type is JobType.SYNC
        if job_id is None or not is_waiting:
            raise _already_running(connection_id, job_id)
        await self.transitions.put_back(session, job_id)
        log.info("job_moved_forward", job_id=job_id)
        return job_id

    async def cancel(self, job_id: JobId) -> Job:
        """Cancel what of a job has not ended: itself, and with it what a remote does of it, or the runs that follow it.

        Errors: JobNotFound; JobNotRunning if all of it was over first.
        """
        async with self.database.transaction() as session:
            await job_store.lock(session, job_id)
            if await transformation_runs.cancel_after(session, job_id):
                return await job_store.get(session, job_id)
            job = await job_store.cancel(session, job_id)
            await self.engine.withdraw(session, job_id)
            terms = await self.transitions.terms(session, job_id)
            await self.transitions.let_in(session, terms.workspace_id)
            return job

    # ── for workers ───────────────────────────────────────────────────────────────────────────

    async def work(self, worker: Worker, queues: Sequence[str], concurrency: int) -> None:
        """Run jobs of the queues until the worker stops and what it has in hand is put back."""
        run = partial(self.run, worker=worker)
        note = partial(workers.note_queue_worker, self.database, worker)
        await self.engine.work(run, worker, note, queues, concurrency)

    async def run(self, job_id: JobId, worker: Worker | None = None) -> float | None:
        """Run one attempt of a job.

        Shape: without a worker, one is made for it.
        Units: seconds until its next attempt is due; none if the job is over, or not this worker's.
        Errors: DatabaseUnreachable where nothing could begin; the rescue sees to it then.
        """
        if worker is None:
            async with workers.present(self.database, heartbeat_s=self.heartbeat_s) as made:
                return await self.run(job_id, made)
        with passing_failures():
            async with self.database.transaction() as session:
                attempt = await job_store.begin_attempt(
                    session, job_id, self.mode(), worker.worker_id
                )
                if attempt is None:
                    log.info("job_is_over_or_running", job_id=job_id)
                    return None
                worker.attempts.add(attempt.attempt_id)  # before anybody can see it
                terms = await self.transitions.terms(session, job_id)
        try:
            return await self._attempt(attempt, terms, worker)
        finally:
            worker.attempts.discard(attempt.attempt_id)

    async def _attempt(self, attempt: Attempt, terms: JobTerms, worker: Worker) -> float | None:
        """One try and its end, written down; seconds until the next is due, none if the job is over."""
        structlog.contextvars.bind_contextvars(
            job_id=attempt.job_id, run_id=str(attempt.run_id), mode=attempt.mode.value
        )
        log.info("attempt_started", number=attempt.number)
        try:
            report = await self._supervised(attempt, terms, worker)
            await _again(partial(self._sign_off, attempt, report))
        except Interrupted as stopped:
            log.info("attempt_interrupted", number=attempt.number)
            return await self._close(attempt, worker, stopped)
        except Fenced:
            log.warning("attempt_fenced", number=attempt.number)
            cancelled = Fenced("The job was cancelled.", job_id=attempt.job_id)
            return await self._close(attempt, worker, cancelled)
        except AtlasError as failure:
            log.warning("attempt_failed", reason=failure.slug, detail=failure.detail)
            return await self._close(attempt, worker, failure)
        except Exception as error:  # noqa: BLE001  the edge: a bug ends a job, not its worker
            log.error("attempt_broke", error=type(error).__name__, where=_where(error))
            broke = AtlasError(f"Atlas itself failed: {type(error).__name__}.")
            return await self._close(attempt, worker, passing_failure(error) or broke)
        log.info("attempt_succeeded", number=attempt.number)
        return None

    async def _supervised(self, attempt: Attempt, terms: JobTerms, worker: Worker) -> SyncReport:
        """Run the attempt, and end it soon after it is cancelled or taken over, its time is up, or its
        worker is to stop: what it has in a transaction is rolled back whole, as if it was not read yet.

        Errors: Fenced, JobTookTooLong, Interrupted for these; what the attempt itself raises.
        """
        is_replay = attempt.job_type is JobType.REPLAY
        way = self.replayer.run(attempt) if is_replay else self.orchestrator.run(attempt)
        task = asyncio.create_task(way)
        stopping = asyncio.create_task(worker.stopping.wait())
        unwanted = asyncio.create_task(self._until_unwanted(attempt))
        watched: set[asyncio.Task[SyncReport] | asyncio.Task[bool] | asyncio.Task[None]]
        watched = {task, stopping, unwanted}
        left_s = None if terms.left_s is None else max(terms.left_s, 0)
        try:
            await asyncio.wait(watched, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            if unwanted.done():
                unwanted.result()
            if stopping.done():
                raise Interrupted(
                    "The process was asked to stop. The job goes on from what was committed.",
                    job_id=attempt.job_id,
                )
            raise took_too_long(terms)
        finally:
            for one in watched:
                one.cancel()
            # what they raise now was caused by their end
            await asyncio.gather(*watched, return_exceptions=True)

    async def _until_unwanted(self, attempt: Attempt) -> None:
        """Look again and again; a database that does not answer is for the attempt itself to find out.

        Errors: Fenced once the job was cancelled or the attempt taken over; LandingsLost once the server has crashed.
        """
        while True:
            await asyncio.sleep(_LOOK_S)
            with contextlib.suppress(DatabaseUnreachable, TimeoutError):
                async with asyncio.timeout(_ANSWER_S):
                    await self._require_wanted(attempt)
            unless_cancelled()

    async def _require_wanted(self, attempt: Attempt) -> None:
        """Errors: Fenced if the job was cancelled or the attempt taken over; LandingsLost; DatabaseUnreachable."""
        with passing_failures():
            async with self.database.connection() as session:
                await job_store.require_wanted(session, attempt)

    async def _sign_off(self, attempt: Attempt, report: SyncReport) -> None:
        """End the attempt and its job, if its books balance, in one transaction.

        Errors: Fenced if the job was cancelled or taken over first; BooksDoNotBalance, RangeHeld.
        """
        async with job_store.closing(self.database, attempt) as session:
            await report.sign_off(session)
            await job_store.end_attempt(session, attempt, None, report.seconds)
            await self.transitions.end(session, attempt.job_id, JobStatus.SUCCEEDED)

    async def _close(self, attempt: Attempt, worker: Worker, failure: AtlasError) -> float | None:
        """Write an attempt's end down; where that cannot be done now, this worker's sweep does it later,
        and says what the failure was."""
        worker.failures[attempt.attempt_id] = failure
        wait_s = await _again(partial(self._closed, attempt, failure))
        del worker.failures[attempt.attempt_id]
        return wait_s

    async def _closed(self, attempt: Attempt, failure: AtlasError) -> float | None:
        """Close an attempt that did not succeed, and go on with its job, in one transaction.

        Shape: nothing is done where it is no longer this worker's, and nothing to a job that is over.
        """
        async with self.database.transaction() as session:
            status = await job_store.lock(session, attempt.job_id)
            try:
                await job_store.end_attempt(session, attempt, failure)
            except Fenced:
                return None
            if status.is_terminal or isinstance(failure, Interrupted):
                await self.transitions.witness(session, attempt, failure)
            if status.is_terminal:
                return None
            if isinstance(failure, Interrupted):
                await self.transitions.put_back(session, attempt.job_id)
                return 0.0
            return await self.transitions.after_failure(session, attempt, failure)


def _already_running(connection_id: ConnectionId, job_id: JobId | None) -> SyncAlreadyRunning:
    named = f" (job {job_id})" if job_id else ""
    return SyncAlreadyRunning(
        f"A sync is already running for: {connection_id}{named}.",
        connection_id=str(connection_id),
        job_id=job_id,
    )


async def _again(write: Callable[[], Awaitable[T]]) -> T:
    """Write an attempt's end, again where the database does not take it for a moment.

    Errors: what `write` raises; DatabaseUnreachable if it goes on, and the rescue sees to it then.
    """
    for wait_s in _AGAIN_S:
        try:
            with passing_failures():
                return await write()
        except DatabaseUnreachable as failure:
            unless_cancelled()
            log.warning("attempt_end_not_written", again_in_s=wait_s, detail=failure.detail)
            await asyncio.sleep(wait_s)
    with passing_failures():
        return await write()


def _where(error: BaseException) -> list[str]:
    """The frames of a traceback; not its message, which may quote a value."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
