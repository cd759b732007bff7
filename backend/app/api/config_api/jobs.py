"""Jobs of the Config API, with their attempts, figures by stream and log lines. Source: Airbyte's Config API."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from app.api.access import Operator, Viewer
from app.api.config_api.routes import post
from app.api.dependencies import Database, Scheduler, Session
from app.api.public.job_shapes import LARGEST_ID
from app.api.views import Body, View, epoch
from app.core.errors import JobNotFound, JobNotRunning
from app.core.ids import ConnectionId, JobId
from app.core.jobs import Job, JobType
from app.database.pool import Connection as DatabaseSession
from app.sync.jobs import attempt_log, attempt_stats, job_store, shown
from app.sync.jobs.attempt_log import KeptLine
from app.sync.jobs.attempt_stats import AttemptStats, StreamStats

router = APIRouter(tags=["Config API"])

_MOST_LINES = 10_000
_CONFIG_TYPES = {JobType.RESET: "reset_connection"}
"""Where the Config API has another word than the public API."""


class JobIdBody(Body):
    id: Annotated[int, Field(ge=0, le=LARGEST_ID)]


class Pagination(Body):
    page_size: int = Field(20, ge=1, le=100)
    row_offset: int = Field(0, ge=0, le=LARGEST_ID)


class JobListBody(Body):
    """Shape: `configId` a connection's id."""

    config_types: list[str]
    config_id: UUID | None = None
    pagination: Pagination = Field(default_factory=Pagination)


class JobRead(View):
    id: int
    config_type: str
    config_id: str
    created_at: int
    updated_at: int
    status: str

    @classmethod
    def of(cls, job: Job) -> "JobRead":
        return cls(
            id=job.job_id,
            config_type=_CONFIG_TYPES.get(job.job_type, job.job_type.value),
            config_id=str(job.connection_id),
            created_at=epoch(job.created_at),
            updated_at=epoch(job.updated_at),
            status=job.status,
        )


class Stats(View):
    """Shape: what is committed is in explore; `stateMessagesEmitted` of an attempt alone."""

    records_emitted: int
    bytes_emitted: int
    records_committed: int
    bytes_committed: int
    state_messages_emitted: int | None = None

    @classmethod
    def of(cls, streams: Sequence[StreamStats], states: int | None = None) -> "Stats":
        size_bytes = sum(stream.size_bytes for stream in streams)
        return cls(
            records_emitted=sum(stream.read for stream in streams),
            bytes_emitted=size_bytes,
            records_committed=sum(stream.explored for stream in streams),
            bytes_committed=size_bytes,
            state_messages_emitted=states,
        )


class StreamStatsRead(View):
    stream_name: str
    stream_namespace: str | None
    stats: Stats


class AttemptRead(View):
    """Shape: `id` counts from 0; of an attempt elsewhere the figures are the remote's, and absent where it has none."""

    id: int
    status: str
    created_at: int
    updated_at: int
    ended_at: int | None
    bytes_synced: int | None
    records_synced: int | None
    total_stats: Stats | None
    stream_stats: list[StreamStatsRead]
    failure_summary: Mapping[str, object] | None

    @classmethod
    def of(cls, attempt: AttemptStats, job: Job) -> "AttemptRead":
        total, elsewhere = Stats.of(attempt.streams, attempt.states), attempt.is_elsewhere
        return cls(
            id=attempt.number - 1,
            status=_status(attempt, job),
            created_at=epoch(attempt.started_at),
            updated_at=epoch(attempt.ended_at or job.updated_at),
            ended_at=epoch(attempt.ended_at) if attempt.ended_at else None,
            bytes_synced=attempt.reported_bytes if elsewhere else total.bytes_committed,
            records_synced=attempt.reported_rows if elsewhere else total.records_committed,
            total_stats=None if elsewhere else total,
            stream_stats=[
                StreamStatsRead(
                    stream_name=stream.name,
                    stream_namespace=stream.namespace,
                    stats=Stats.of([stream]),
                )
                for stream in attempt.streams
            ],
            failure_summary=_failure_summary(attempt, total.records_committed),
        )


class LogRead(View):
    log_lines: list[str]


class AttemptInfoRead(View):
    attempt: AttemptRead
    log_type: str
    logs: LogRead


class JobInfoRead(View):
    job: JobRead
    attempts: list[AttemptInfoRead]


class JobWithAttempts(View):
    job: JobRead
    attempts: list[AttemptRead]


class JobListRead(View):
    jobs: list[JobWithAttempts]
    total_job_count: int


@post(router, "/jobs/get", "configGetJob", JobNotFound)
async def get_job(caller: Viewer, session: Session, wanted: JobIdBody) -> JobInfoRead:
    """A job with its attempts, what each read of which stream, why it failed, and what it said."""
    job = await job_store.get(session, JobId(wanted.id))
    await shown.note_poll(session, job.job_id)
    return await job_info(session, job)


@post(router, "/jobs/list", "configListJobs")
async def list_jobs(caller: Viewer, session: Session, wanted: JobListBody) -> JobListRead:
    """The jobs of a connection, or of all, the newest first."""
    words = {_CONFIG_TYPES.get(kind, kind.value): kind for kind in JobType}
    found, count = await job_store.of_types(
        session,
        [words[word] for word in wanted.config_types if word in words],
        ConnectionId(wanted.config_id) if wanted.config_id else None,
        wanted.pagination.page_size,
        wanted.pagination.row_offset,
    )
    stats = await attempt_stats.of_jobs(session, [job.job_id for job in found])
    jobs = [
        JobWithAttempts(
            job=JobRead.of(job),
            attempts=[AttemptRead.of(each, job) for each in stats.get(job.job_id, ())],
        )
        for job in found
    ]
    return JobListRead(jobs=jobs, total_job_count=count)


@post(router, "/jobs/cancel", "configCancelJob", JobNotFound, JobNotRunning)
async def cancel_job(
    caller: Operator, database: Database, scheduler: Scheduler, wanted: JobIdBody
) -> JobInfoRead:
    job = await scheduler.cancel(JobId(wanted.id))
    async with database.connection() as session:
        return await job_info(session, job)


async def job_info(session: DatabaseSession, job: Job) -> JobInfoRead:
    """A job as it stands, with all that is known of its attempts."""
    stats = await attempt_stats.of_jobs(session, [job.job_id])
    said = await attempt_log.lines(session, job.job_id, limit=_MOST_LINES, offset=0)
    attempts = [
        AttemptInfoRead(
            attempt=AttemptRead.of(each, job),
            log_type="formatted",
            logs=LogRead(log_lines=[_line(line) for line in said if line.attempt == each.number]),
        )
        for each in stats.get(job.job_id, ())
    ]
    return JobInfoRead(job=JobRead.of(job), attempts=attempts)


def _status(attempt: AttemptStats, job: Job) -> str:
    """An attempt runs, succeeded or failed: the Config API has no other words."""
    if attempt.status == "succeeded":
        return "succeeded"
    return "running" if attempt.status == "running" and not job.status.is_terminal else "failed"


def _failure_summary(attempt: AttemptStats, committed: int) -> Mapping[str, object] | None:
    if attempt.failure is None:
        return None
    ended_at = attempt.ended_at or attempt.started_at
    failure = {
        "failureType": attempt.failure.failure,
        "externalMessage": attempt.failure.title,
        "internalMessage": attempt.failure.detail,
        "timestamp": int(ended_at.timestamp() * 1_000),
    }
    return {"failures": [failure], "partialSuccess": committed > 0}


def _line(line: KeptLine) -> str:
    at = line.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"{at} {line.level.name} {line.speaker}: {line.message}"
