"""/v1/jobs. Source: Airbyte's public API; Atlas's books ride in the member `atlas`."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from app.api.access import Operator, Viewer
from app.api.dependencies import Database, Scheduler, Session, Workspaces
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.views import Body, View, duration, instant
from app.core.catalog import StreamDescriptor
from app.core.errors import (
    ConnectionInactive,
    ConnectionNotFound,
    InvalidRequest,
    JobNotFound,
    JobNotRunning,
    SyncAlreadyRunning,
)
from app.core.ids import ConnectionId, JobId
from app.core.jobs import CursorRange, Job, JobOptions, JobStatus, JobType, Ledger
from app.sync import backfills, ledger
from app.sync.connections import connection_store
from app.sync.jobs import job_store, previews

router = APIRouter(prefix="/jobs", tags=["Jobs"])


LARGEST_ID = 2**63 - 1
JobPath = Annotated[int, Path(alias="jobId", ge=0, le=LARGEST_ID)]


CursorText = Annotated[str, Field(min_length=1, max_length=100)]


class StreamName(Body):
    model_config = ConfigDict(extra="forbid")

    name: str
    namespace: str | None = None


class BackfillRange(Body):
    """Shape: `from` is the first cursor that is read, `to` the first that is not; read in `chunks` equal parts."""

    model_config = ConfigDict(extra="forbid")

    since: CursorText = Field(alias="from")
    until: CursorText = Field(alias="to")
    chunks: int = Field(default=1, ge=1, le=backfills.MOST_CHUNKS)

    @property
    def wanted(self) -> CursorRange:
        return CursorRange(since=self.since, until=self.until, chunks=self.chunks)


class AtlasJobCreate(Body):
    """What Airbyte's shape has no place for.

    Shape: no `streams` are all of the connection's. `removeHistory` of a clear or refresh also removes
           what navigate holds of the time before; without it that time has ended and stays readable.
           `swap` of a rebuild puts what was made again in the place of what is published; `generation` of a
           refresh of one stream brings back what chart showed once, and reads nothing; a `backfill` of one
           stream is of a range of its cursor.
    """

    model_config = ConfigDict(extra="forbid")

    streams: list[StreamName] = Field(default_factory=list)
    remove_history: bool = False
    swap: bool = False
    generation: int | None = Field(default=None, ge=0, le=LARGEST_ID)
    backfill: BackfillRange | None = None

    @property
    def options(self) -> JobOptions:
        streams = tuple(StreamDescriptor(each.name, each.namespace) for each in self.streams)
        return JobOptions(
            streams=streams,
            removes_history=self.remove_history,
            swaps=self.swap,
            generation=self.generation,
            backfill=self.backfill.wanted if self.backfill else None,
        )


class JobCreate(Body):
    connection_id: UUID
    job_type: JobType
    atlas: AtlasJobCreate = AtlasJobCreate()


class StreamBooks(View):
    """One stream's books of one job."""

    name: str
    namespace: str | None
    read: int
    rejected: int
    unchanged: int
    explored: int
    charted: int
    superseded: int
    quarantined: int
    deleted: int
    held: int
    out_of_range: int
    versions: int
    balanced: bool


class AtlasJob(View):
    """What Airbyte's shape has no place for. Shape: `dueAt` while the next attempt waits for a time."""

    mode: str | None
    run_id: str | None
    attempts: int
    due_at: str | None
    failure: dict[str, str] | None
    balanced: bool
    streams: list[StreamBooks]


class JobView(View):
    job_id: int
    status: JobStatus
    job_type: JobType
    start_time: str
    connection_id: UUID
    last_updated_at: str | None
    duration: str | None
    bytes_synced: int | None
    rows_synced: int | None
    atlas: AtlasJob

    @classmethod
    def of(cls, job: Job, books: list[Ledger]) -> "JobView":
        started, ended = job.started_at, job.ended_at
        return cls(
            job_id=job.job_id,
            status=job.status,
            job_type=job.job_type,
            start_time=instant(started or job.created_at),
            connection_id=job.connection_id,
            last_updated_at=instant(job.updated_at) if ended else None,
            duration=duration(((ended or job.updated_at) - started).total_seconds())
            if started
            else None,
            bytes_synced=sum(line.size_bytes for line in books) if started else None,
            rows_synced=sum(line.explored for line in books) if started else None,
            atlas=AtlasJob(
                mode=job.mode.value if job.mode else None,
                run_id=str(job.run_id) if job.run_id else None,
                attempts=job.attempts,
                due_at=instant(job.due_at) if job.due_at else None,
                failure=_failure(job),
                balanced=all(line.is_balanced for line in books),
                streams=[_books(line) for line in books],
            ),
        )


class StreamPreviewView(View):
    """What a job would do to one stream; counts are of what is there now.

    Shape: `chart` is `emptied`, or `replaced` once all is read; `history` is `ended`, `removed`, or `kept`:
           then it ends of keys that the source no longer has; `none` of a stream without a key.
    """

    name: str
    namespace: str | None
    chart: str
    history: str
    chart_rows: int
    past_versions: int
    unpublished: int


class BackfillPreview(View):
    """Shape: `bounds` of the parts, the last of which is not read; the source is told to begin after
    `beginsAfter`; `rows` of the range are in chart now, absent where that cannot be seen."""

    bounds: list[str]
    begins_after: str
    rows: int | None

    @classmethod
    def of(cls, plan: backfills.Plan) -> "BackfillPreview":
        return cls(bounds=list(plan.bounds), begins_after=plan.begins_after, rows=plan.rows)


class JobPreview(View):
    """Shape: `streams` of a refresh or a clear, `backfill` of one."""

    job_type: JobType
    streams: list[StreamPreviewView]
    backfill: BackfillPreview | None = None


class JobOrder(StrEnum):
    CREATED_ASC = "createdAt|ASC"
    CREATED_DESC = "createdAt|DESC"
    UPDATED_ASC = "updatedAt|ASC"
    UPDATED_DESC = "updatedAt|DESC"

    @property
    def by(self) -> str:
        field, direction = self.value.split("|")
        return f"{field.removesuffix('At')}_{direction.lower()}"


@router.post(
    "/preview",
    operation_id="previewJob",
    responses=problems(ConnectionNotFound, ConnectionInactive, InvalidRequest),
)
async def preview_job(
    caller: Viewer, wanted: JobCreate, session: Session, scheduler: Scheduler
) -> JobPreview:
    """Say what a job would take away, or read once more; nothing is started or changed."""
    options = wanted.atlas.options
    connection = await scheduler.require_possible(
        session, ConnectionId(wanted.connection_id), wanted.job_type, options
    )
    if wanted.job_type is JobType.BACKFILL:
        plan = await backfills.plan(session, connection, options)
        return JobPreview(job_type=wanted.job_type, streams=[], backfill=BackfillPreview.of(plan))
    found = await previews.of(session, connection, wanted.job_type, options)
    return JobPreview(
        job_type=wanted.job_type,
        streams=[
            StreamPreviewView(
                name=each.descriptor.name,
                namespace=each.descriptor.namespace,
                chart=each.chart,
                history=each.history,
                chart_rows=each.chart_rows,
                past_versions=each.past_versions,
                unpublished=each.unpublished,
            )
            for each in found
        ],
    )


@router.post(
    "",
    operation_id="createJob",
    responses=problems(ConnectionNotFound, ConnectionInactive, SyncAlreadyRunning, InvalidRequest),
)
async def create_job(
    caller: Operator, wanted: JobCreate, database: Database, scheduler: Scheduler
) -> JobView:
    """Start a job of one connection and answer at once.

    A sync of it that only waits for its next attempt is moved forward, and answered with. A refresh reads
    streams from their beginning and ends what the source no longer has; a clear (`reset` is Airbyte's older
    word) empties chart and state; a backfill reads a range of a stream's cursor once more, and leaves the
    connection's state where it is. `POST /v1/jobs/preview` says what they would do.
    """
    connection_id = ConnectionId(wanted.connection_id)
    try:
        job = await scheduler.start(connection_id, wanted.job_type, wanted.atlas.options)
    except ConnectionInactive:
        async with database.connection() as session:
            await connection_store.present(session, connection_id)  # a deleted one is not found
        raise
    return JobView.of(job, [])


@router.get("", operation_id="listJobs")
async def list_jobs(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    connection_id: Annotated[UUID | None, Query(alias="connectionId")] = None,
    job_type: Annotated[JobType | None, Query(alias="jobType")] = None,
    status: JobStatus | None = None,
    created_from: Annotated[datetime | None, Query(alias="createdAtStart")] = None,
    created_to: Annotated[datetime | None, Query(alias="createdAtEnd")] = None,
    updated_from: Annotated[datetime | None, Query(alias="updatedAtStart")] = None,
    updated_to: Annotated[datetime | None, Query(alias="updatedAtEnd")] = None,
    order_by: Annotated[JobOrder, Query(alias="orderBy")] = JobOrder.CREATED_ASC,
) -> Page[JobView]:
    """The jobs, oldest first unless asked otherwise; a connection's id outweighs workspaces."""
    found = await job_store.listed(
        session,
        connection_ids=[ConnectionId(connection_id)] if connection_id else None,
        workspace_ids=None if connection_id else workspaces,
        status=status,
        job_type=job_type,
        created_from=created_from,
        created_to=created_to,
        updated_from=updated_from,
        updated_to=updated_to,
        order_by=order_by.by,
        limit=paged.wanted,
        offset=paged.offset,
    )
    return paged.page(
        [JobView.of(job, list(await ledger.books(session, job.job_id))) for job in found]
    )


@router.get("/{jobId}", operation_id="getJob", responses=problems(JobNotFound))
async def get_job(caller: Viewer, session: Session, job_id: JobPath) -> JobView:
    """One job, with its books as they stand."""
    job = await job_store.get(session, JobId(job_id))
    return JobView.of(job, list(await ledger.books(session, job.job_id)))


@router.delete("/{jobId}", operation_id="cancelJob", responses=problems(JobNotFound, JobNotRunning))
async def cancel_job(
    caller: Operator, database: Database, scheduler: Scheduler, job_id: JobPath
) -> JobView:
    """Cancel a job that is waiting or running; what it had committed stays."""
    job = await scheduler.cancel(JobId(job_id))  # holding no session: it takes one itself
    async with database.connection() as session:
        return JobView.of(job, list(await ledger.books(session, job.job_id)))


def _failure(job: Job) -> dict[str, str] | None:
    if job.failure is None:
        return None
    report = job.failure
    return {
        "type": f"/problems/{report.slug}",
        "title": report.title,
        "detail": report.detail,
        "failureType": report.failure,
    }


def _books(line: Ledger) -> StreamBooks:
    return StreamBooks(
        name=line.name,
        namespace=line.namespace,
        read=line.read,
        rejected=line.rejected,
        unchanged=line.unchanged,
        explored=line.explored,
        charted=line.charted,
        superseded=line.superseded,
        quarantined=line.quarantined,
        deleted=line.deleted,
        held=line.held,
        out_of_range=line.out_of_range,
        versions=line.versions,
        balanced=line.is_balanced,
    )
