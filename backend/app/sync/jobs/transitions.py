"""The ways a job goes on: queued, tried again, put back, ended; each in its caller's transaction."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from app.core.errors import AtlasError
from app.core.failures import (
    JobTookTooLong,
)
from app.core.ids import JobId, WorkspaceId
from app.core.jobs import Attempt, JobStatus
from app.core.remote_failures import RemoteSyncCancelled
from app.database.pool import Connection
from app.sync.attempts import route_of
from app.sync.connections import connection_store
from app.sync.jobs import admission, job_store
from app.sync.jobs.retry_policy import JobTerms, RetryTerms, next_wait_s
from app.sync.ports import Lineage
from app.sync.queue.job_engine import JobEngine, Ticket
from app.sync.transformations import runs as transformation_runs

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transitions:
    """Shape: who calls these holds the job's row (`job_store.lock`, or made it).

    `retry` and `workspace_jobs` hold where connection and workspace say nothing.
    """

    engine: JobEngine
    lineage: Lineage
    retry: RetryTerms
    workspace_jobs: int
    chance: Callable[[], float] = random.random

    async def terms(self, session: Connection, job_id: JobId) -> JobTerms:
        """What holds for the job's attempts."""
        return await job_store.terms(session, job_id, self.retry)

    async def let_in(self, session: Connection, workspace_id: WorkspaceId) -> None:
        """Queue as many of a workspace's waiting jobs as fit; last of all that a transaction does."""
        for job_id in await admission.let_in(session, workspace_id, self.workspace_jobs):
            await self.queue(session, job_id)

    async def queue(self, session: Connection, job_id: JobId) -> None:
        """Queue a job's next attempt for when it is due; what waited of it gives way.

        Shape: a job that its workspace has no room for goes on waiting.
        """
        terms = await self.terms(session, job_id)
        if not terms.is_let_in:
            return
        ticket = Ticket(
            job_id=job_id,
            connection_id=terms.connection_id,
            queue=terms.queue,
            priority=terms.priority,
            due_at=terms.due_at,
        )
        await self.engine.enqueue(session, ticket)

    async def put_back(self, session: Connection, job_id: JobId) -> None:
        """Queue a job anew, at once."""
        await job_store.wait_for(session, job_id, 0)
        await self.queue(session, job_id)

    async def end(
        self, session: Connection, job_id: JobId, status: JobStatus, failure: AtlasError | None = None
    ) -> None:  # fmt: skip
        """End a job; its workspace has room for another then, and what is to follow it is wished for."""
        await job_store.finish(session, job_id, status, failure)
        if status is JobStatus.SUCCEEDED:
            await transformation_runs.follow(session, job_id)
        await self.engine.withdraw(session, job_id)
        await self.let_in(session, (await self.terms(session, job_id)).workspace_id)

    async def after_failure(
        self, session: Connection, attempt: Attempt, failure: AtlasError
    ) -> float | None:
        """Go on after an attempt that was just closed as failed: try again later, or fail the job; what
        somebody has cancelled at a remote is cancelled here too.

        Units: seconds until the next attempt is due; none if the job is over.
        """
        await self.witness(session, attempt, failure)
        terms = await self.terms(session, attempt.job_id)
        tries = await job_store.tries(session, attempt.job_id)
        wait_s = next_wait_s(tries, terms.retry, self.chance(), terms.without_progress)
        if wait_s is not None and terms.left_s is not None and wait_s >= terms.left_s:
            failure, wait_s = took_too_long(terms, failure), None
        if wait_s is None:
            was_cancelled = isinstance(failure, RemoteSyncCancelled)
            status = JobStatus.CANCELLED if was_cancelled else JobStatus.FAILED
            await self.end(session, attempt.job_id, status, failure)
            return None
        log.info(
            "attempt_will_be_retried", job_id=attempt.job_id, wait_s=wait_s, reason=failure.slug
        )
        await job_store.wait_for(session, attempt.job_id, wait_s)
        await self.queue(session, attempt.job_id)
        return wait_s

    async def witness(self, session: Connection, attempt: Attempt, failure: AtlasError) -> None:
        """Say that an attempt at the streams of its job did not succeed, and why."""
        connection = await connection_store.get_connection(session, attempt.connection_id)
        source = await connection_store.get_source(session, connection.source_id)
        for stream in connection.only(attempt.options.streams).streams:
            await self.lineage.failed(
                session, attempt, route_of(connection, source), stream.layout, failure
            )


def took_too_long(terms: JobTerms, last: AtlasError | None = None) -> JobTookTooLong:
    """The job's time is up, or would be before its next attempt is due."""
    after = f" Its last attempt failed: {last.title}. {last.detail}" if last else ""
    return JobTookTooLong(
        f"The connection's jobs may take {terms.max_duration_s} s, and this one has not ended in that "
        f"time. What it committed stays.{after}",
        max_duration_s=terms.max_duration_s,
    )
