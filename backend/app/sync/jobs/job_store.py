"""Jobs and attempts in PostgreSQL, and the fence that every write of an attempt begins with."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from uuid import uuid4

from app.core import parent_runs
from app.core.catalog import StreamDescriptor
from app.core.errors import (
    AtlasError,
    ConnectionInactive,
    Failure,
    Fenced,
    JobNotFound,
    JobNotRunning,
)
from app.core.failures import (
    Interrupted,
    LandingsLost,
    ModeMismatch,
    WorkerDied,
)
from app.core.ids import AttemptId, ConnectionId, JobId, RunId, WorkerId, WorkspaceId
from app.core.jobs import (
    PLAIN,
    Attempt,
    CursorRange,
    FailureReport,
    Job,
    JobOptions,
    JobStatus,
    JobType,
)
from app.core.parent_runs import ParentRun
from app.core.records import Mode
from app.core.remotes import Engine
from app.database.pool import Connection, Database, LaneConnection, Row
from app.database.queries import load
from app.sync.jobs.retry_policy import WITHOUT_PROGRESS, JobTerms, RetryTerms, Try

SQL = load(__file__)

_WORKER_DIED = WorkerDied(
    "The process that ran this attempt is gone; the job goes on from what was committed."
)
_COUNTS = r'"sourceStats"\s*:\s*\{[^{}]*\}'
"""Text, because a state may hold what jsonb does not take. Source: Airbyte protocol, AirbyteStateStats."""
_FENCED = "Another worker has this attempt, or it was cancelled; nothing more of it is written."


# ── Jobs ──────────────────────────────────────────────────────────────────────────────────────────


async def create(
    connection: Connection,
    connection_id: ConnectionId,
    job_type: JobType,
    due_at: datetime | None = None,
    options: JobOptions = PLAIN,
    by: str | None = None,
    parent: ParentRun | None = None,
) -> JobId | None:
    """A new pending job; none if the connection has one that is not over. Shape: `by` whoever wished for it.

    Errors: ConnectionInactive, also if it was paused or deleted a moment ago.
    """
    found = await connection.fetchval(
        SQL["create_job"], connection_id, job_type, due_at, json.dumps(asdict(options)), by,
        json.dumps(parent_runs.as_json(parent)) if parent else None,
    )  # fmt: skip
    if found is None and not await connection.fetchval(SQL["is_active"], connection_id):
        raise ConnectionInactive(
            "The connection was paused or deleted.", connection_id=str(connection_id)
        )
    return None if found is None else JobId(found)


async def active(connection: Connection, connection_id: ConnectionId) -> JobId | None:
    """The connection's job that is not over yet."""
    found = await connection.fetchval(SQL["active_job"], connection_id)
    return None if found is None else JobId(found)


async def unheard(
    connection: Connection,
    connection_id: ConnectionId,
    job_type: JobType,
    options: JobOptions,
    by: str,
    within_s: float,
) -> JobId | None:
    """The connection's job that is not over, if the same caller wished for the same and never asked for it
    since. Units: `within_s` seconds since it was made."""
    found = await connection.fetchval(
        SQL["unheard"], connection_id, job_type, json.dumps(asdict(options)), by, within_s
    )
    return None if found is None else JobId(found)


async def lock_active(
    connection: Connection, connection_id: ConnectionId
) -> tuple[JobId, bool] | None:
    """The connection's job that is not over, its row locked; and true if it waits for its time."""
    row = await connection.fetchrow(SQL["lock_active"], connection_id)
    return None if row is None else (JobId(row["job_id"]), row["is_waiting"])


async def lock(connection: Connection, job_id: JobId) -> JobStatus:
    """Hold a job's row to the transaction's end; its status.

    Shape:  whoever ends, moves or queues a job does this first, and touches attempts after it.
    Errors: JobNotFound.
    """
    status = await connection.fetchval(SQL["lock_job"], job_id)
    if status is None:
        raise JobNotFound("No job has this id.", job_id=job_id)
    return JobStatus(status)


async def get(connection: Connection, job_id: JobId) -> Job:
    """Errors: JobNotFound."""
    row = await connection.fetchrow(SQL["get_job"], job_id)
    if row is None:
        raise JobNotFound("No job has this id.", job_id=job_id)
    return _job(row)


async def latest(connection: Connection, connection_id: ConnectionId) -> Job | None:
    """The connection's newest job of Airbyte's types; none if it never had one."""
    row = await connection.fetchrow(SQL["latest"], connection_id)
    return None if row is None else _job(row)


async def of_types(
    connection: Connection,
    types: Sequence[JobType],
    connection_id: ConnectionId | None,
    limit: int,
    offset: int,
) -> tuple[Sequence[Job], int]:
    """Jobs of these types, the newest first, of one connection or of all; and how many there are."""
    rows = await connection.fetch(SQL["of_types"], list(types), connection_id, limit, offset)
    count = await connection.fetchval(SQL["count_of_types"], list(types), connection_id)
    return [_job(row) for row in rows], count


async def finish(
    connection: Connection, job_id: JobId, status: JobStatus, failure: AtlasError | None = None
) -> bool:
    """End a job; false if it was over already: a terminal status is never overwritten."""
    found = await connection.fetchval(SQL["finish_job"], job_id, status, _report(failure))
    return found is not None


async def cancel(connection: Connection, job_id: JobId) -> Job:
    """Cancel a job that is waiting or running; its worker writes nothing more and stops soon.

    Errors: JobNotFound; JobNotRunning if it is over.
    """
    job = await get(connection, job_id)
    if not await finish(connection, job_id, JobStatus.CANCELLED):
        raise JobNotRunning("Job is not currently running", job_id=job_id, job_status=job.status)
    await connection.execute(SQL["request_cancel"], job_id)
    return await get(connection, job_id)


async def wait_for(connection: Connection, job_id: JobId, seconds: float) -> datetime | None:
    """Say when a job's next attempt is due: none if at once."""
    due_at: datetime | None = await connection.fetchval(SQL["wait_for"], job_id, seconds)
    return due_at


async def terms(connection: Connection, job_id: JobId, retry: RetryTerms) -> JobTerms:
    """What holds for the job's attempts; `retry` where its connection says nothing."""
    row = await connection.fetchrow(SQL["terms"], job_id, retry.wait_s, retry.factor, retry.cap_s)
    assert row is not None  # noqa: S101  jobs are not deleted
    return JobTerms(
        connection_id=ConnectionId(row["connection_id"]),
        workspace_id=WorkspaceId(row["workspace_id"]),
        queue=row["queue"],
        priority=row["priority"],
        due_at=row["due_at"],
        is_let_in=row["is_let_in"],
        retry=RetryTerms(
            wait_s=row["retry_wait_s"], factor=row["retry_factor"], cap_s=row["retry_cap_s"]
        ),
        max_duration_s=row["max_duration_s"],
        left_s=row["left_s"],
        without_progress=max(WITHOUT_PROGRESS, row["attempts_elsewhere"] or 0),
    )


# ── Attempts ──────────────────────────────────────────────────────────────────────────────────────


async def begin_attempt(
    connection: Connection, job_id: JobId, mode: Mode, worker_id: WorkerId | None = None
) -> Attempt | None:
    """Start a job's next try; none if the job is over (it was cancelled while it waited), or if a
    try of its connection is running: the queue lets it wait, this is the second wall."""
    row = await connection.fetchrow(SQL["start_job"], job_id, mode)
    if row is None:
        return None
    attempt = await connection.fetchrow(SQL["begin_attempt"], job_id, uuid4(), worker_id)
    if attempt is None:
        return None
    return Attempt(
        attempt_id=AttemptId(attempt["attempt_id"]),
        job_id=job_id,
        connection_id=ConnectionId(row["connection_id"]),
        number=attempt["number"],
        epoch=attempt["epoch"],
        run_id=RunId(attempt["run_id"]),
        mode=Mode(row["mode"]),
        job_type=JobType(row["job_type"]),
        options=_options(row["options"]),
        engine=Engine(row["engine"]),
        parent=parent_of(row["parent_run"]),
    )


async def require_mode(connection: Connection, attempt: Attempt) -> None:
    """Errors: ModeMismatch if the connection has records of the other mode."""
    other = await connection.fetchval(SQL["earlier_mode"], attempt.job_id, attempt.mode)
    if other is not None:
        raise ModeMismatch(
            f"This connection holds {other} records and would now read {attempt.mode} ones. Set "
            "ATLAS_SOURCE_MODE back, or make another connection.",
            mode=attempt.mode.value,
        )


async def end_attempt(
    connection: Connection,
    attempt: Attempt,
    failure: AtlasError | None,
    seconds: Mapping[str, float] | None = None,
) -> None:
    """Close an attempt that is still this worker's. Errors: Fenced. Units: `seconds` by stage.

    Shape: no failure is success; Interrupted is an attempt that is charged to nobody.
    """
    status = "succeeded" if failure is None else "failed"
    ended = await connection.fetchval(
        SQL["end_attempt"],
        attempt.attempt_id,
        attempt.epoch,
        _report(failure),
        json.dumps(dict(seconds or {})),
        "interrupted" if isinstance(failure, Interrupted) else status,
    )
    if ended is None:
        raise Fenced(_FENCED, attempt_id=attempt.attempt_id)


async def take_over(
    connection: Connection, job_id: JobId, failure: AtlasError = _WORKER_DIED
) -> int:
    """Fence off what a dead or silent worker left running of a job, and close it as failed; how
    many attempts."""
    return len(await connection.fetch(SQL["take_over"], job_id, _report(failure)))


async def tries(connection: Connection, job_id: JobId) -> Sequence[Try]:
    """The attempts of a job that failed, in order; progress is a state that moved, or records that
    landed and stay: a full refresh that begins anew each time gets nowhere."""
    return [
        Try(slug=row["slug"], failure=Failure(row["failure"]), progressed=row["progressed"])
        for row in await connection.fetch(SQL["tries"], job_id, _COUNTS)
    ]


async def runs(connection: Connection, job_id: JobId) -> bool:
    """True while an attempt of the job is running."""
    found: bool = await connection.fetchval(SQL["runs"], job_id)
    return found


async def require_wanted(connection: Connection, attempt: Attempt) -> None:
    """Errors: Fenced if the attempt was taken over or its job is over, LandingsLost: what it writes would be refused."""
    _require(attempt, await connection.fetchval(SQL["wanted"], attempt.attempt_id, attempt.epoch))


@asynccontextmanager
async def fenced(database: Database, attempt: Attempt) -> AsyncIterator[Connection]:
    """A transaction that only the attempt's owner can have. Errors: Fenced, LandingsLost; nothing is written then."""
    async with database.transaction() as connection:
        _require(
            attempt, await connection.fetchval(SQL["fence"], attempt.attempt_id, attempt.epoch)
        )
        yield connection


@asynccontextmanager
async def fenced_lane(database: Database, attempt: Attempt) -> AsyncIterator[LaneConnection]:
    """The same for COPY. Errors: Fenced, LandingsLost; nothing is written then."""
    async with database.lane() as lane, lane.transaction():
        found = await lane.cursor().execute(SQL["fence"], (attempt.attempt_id, attempt.epoch))
        row = await found.fetchone()
        _require(attempt, None if row is None else bool(row[0]))
        yield lane


@asynccontextmanager
async def closing(database: Database, attempt: Attempt) -> AsyncIterator[Connection]:
    """The transaction that ends the attempt and its job. Errors: Fenced, LandingsLost; nothing is written then."""
    async with database.transaction() as connection:
        await lock(connection, attempt.job_id)
        _require(
            attempt, await connection.fetchval(SQL["fence"], attempt.attempt_id, attempt.epoch)
        )
        yield connection


def _require(attempt: Attempt, is_signed: bool | None) -> None:
    """Let nobody but the owner of an attempt write, and not him either once the server has crashed under him."""
    if is_signed is None:
        raise Fenced(_FENCED, attempt_id=attempt.attempt_id)
    if not is_signed:
        raise LandingsLost(
            "The database server has crashed since this attempt began, and may have taken back what had just "
            "landed; the job goes on from what was committed.",
            attempt_id=attempt.attempt_id,
        )


def _report(failure: AtlasError | None) -> str | None:
    if failure is None:
        return None
    report = FailureReport(
        slug=failure.slug, failure=failure.failure, title=failure.title, detail=failure.detail
    )
    return json.dumps(asdict(report))


def parent_of(stored: str | None) -> ParentRun | None:
    """The run that a job is a part of, as it is kept."""
    return parent_runs.from_json(json.loads(stored)) if stored else None


def _options(stored: str) -> JobOptions:
    found = json.loads(stored)
    streams = tuple(StreamDescriptor(**stream) for stream in found.get("streams", ()))
    return JobOptions(
        streams=streams,
        removes_history=found.get("removes_history", False),
        swaps=found.get("swaps", False),
        generation=found.get("generation"),
        backfill=CursorRange(**wanted) if (wanted := found.get("backfill")) else None,
    )


def _job(row: Row) -> Job:
    failure = row["failure"]
    return Job(
        job_id=JobId(row["job_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        job_type=JobType(row["job_type"]),
        status=JobStatus(row["status"]),
        mode=Mode(row["mode"]) if row["mode"] else None,
        failure=FailureReport(**json.loads(failure)) if failure else None,
        created_at=row["created_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        updated_at=row["updated_at"],
        run_id=RunId(row["run_id"]) if row["run_id"] else None,
        attempts=row["attempts"] or 0,
        due_at=row["due_at"],
        engine=Engine(row["engine"]),
    )
