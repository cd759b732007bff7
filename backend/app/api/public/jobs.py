"""/v1/jobs. Source: Airbyte's public API; Atlas's books ride in the member `atlas`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import Field

from app.api import queries
from app.api.access import Operator, Viewer
from app.api.dependencies import Database, Scheduler, Session, database_of, workspaces_of
from app.api.instants import ABOUT, Instant
from app.api.pagination import Page, PageAsked, Paging
from app.api.problems import problems
from app.api.public.job_shapes import (
    BackfillPreview,
    ForeignStatus,
    JobCreate,
    JobOrder,
    JobPath,
    JobPreview,
    JobPreviewed,
    JobView,
    StreamPreviewView,
    answer,
    answer_page,
)
from app.core.errors import (
    ConnectionInactive,
    ConnectionNotFound,
    InvalidRequest,
    JobNotFound,
    JobNotRunning,
    SyncAlreadyRunning,
)
from app.core.ids import ConnectionId, JobId
from app.core.jobs import JobStatus, JobType
from app.core.parent_runs import ParentRun, parent_run_of
from app.sync import backfills
from app.sync.connections import connection_store
from app.sync.jobs import previews, shown
from app.sync.jobs.shown import JobFilter

router = APIRouter(prefix="/jobs", tags=["Jobs"])


@router.post(
    "/preview",
    operation_id="previewJob",
    responses=problems(ConnectionNotFound, ConnectionInactive, InvalidRequest),
)
async def preview_job(
    caller: Viewer, wanted: JobPreviewed, session: Session, scheduler: Scheduler
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
    response_model=JobView,
    responses=problems(ConnectionNotFound, ConnectionInactive, SyncAlreadyRunning, InvalidRequest),
)
async def create_job(
    caller: Operator,
    wanted: JobCreate,
    database: Database,
    scheduler: Scheduler,
    parent_run: Annotated[
        str | None,
        Header(
            alias="Atlas-Parent-Run",
            max_length=2_000,
            description="The run that the job is a part of, as OpenLineage writes it in a line: {namespace}/{job name}/"
            "{run id}, with %2F for a slash in a name. It stands in the job and in its lineage.",
        ),
    ] = None,
) -> Response:
    """Start a job of one connection and answer at once.

    A sync of it that only waits for its next attempt is moved forward, and answered with. Who repeats a wish
    within ten minutes whose answer he never got gets the job that it made. A refresh reads
    streams from their beginning and ends what the source no longer has; a clear (`reset` is Airbyte's older
    word) empties chart and state; a backfill reads a range of a stream's cursor once more, and leaves the
    connection's state where it is. `POST /v1/jobs/preview` says what they would do.
    """
    connection_id = ConnectionId(wanted.connection_id)
    try:
        job = await scheduler.start(
            connection_id,
            wanted.job_type,
            wanted.atlas.options,
            by=f"{caller.kind}:{caller.id}",
            parent=_parent(wanted, parent_run),
        )
    except ConnectionInactive:
        async with database.connection() as session:
            await connection_store.present(session, connection_id)  # a deleted one is not found
        raise
    async with database.connection() as session:
        return answer(await shown.one(session, job.job_id))


class JobsAsked(PageAsked):
    connection_id: UUID | None = None
    job_type: JobType | None = None
    status: JobStatus | ForeignStatus | None = None
    created_from: Instant | None = Field(None, alias="createdAtStart", description=ABOUT)
    created_to: Instant | None = Field(None, alias="createdAtEnd", description=ABOUT)
    updated_from: Instant | None = Field(None, alias="updatedAtStart", description=ABOUT)
    updated_to: Instant | None = Field(None, alias="updatedAtEnd", description=ABOUT)
    order_by: JobOrder = JobOrder.CREATED_ASC
    all_types: bool = Field(
        False, description="Also replay, rebuild and backfill, which Airbyte's clients do not know."
    )
    workspace_ids: list[str] | None = Field(None, description="Repeated, or separated by commas.")


@router.get(
    "",
    operation_id="listJobs",
    response_model=Page[JobView],
    openapi_extra=queries.parameters(JobsAsked),
)
async def list_jobs(
    caller: Viewer,
    request: Request,
    asked: Annotated[JobsAsked, Depends(queries.read_as(JobsAsked))],
) -> Response:
    """The jobs, oldest first unless asked otherwise; a connection's id outweighs workspaces."""
    of_one = asked.connection_id
    chosen = JobFilter(
        connection_ids=[ConnectionId(of_one)] if of_one else None,
        workspace_ids=None if of_one else workspaces_of(asked.workspace_ids),
        status=asked.status,
        job_type=asked.job_type,
        all_types=asked.all_types,
        created_from=asked.created_from,
        created_to=asked.created_to,
        updated_from=asked.updated_from,
        updated_to=asked.updated_to,
    )
    async with database_of(request).connection() as session:
        found, has_more = await shown.listed(
            session, chosen, order_by=asked.order_by.by, limit=asked.limit, offset=asked.offset
        )
    return answer_page(found, Paging(request, asked.limit, asked.offset), has_more=has_more)


@router.get(
    "/{jobId}", operation_id="getJob", response_model=JobView, responses=problems(JobNotFound)
)
async def get_job(caller: Viewer, request: Request, job_id: JobPath) -> Response:
    """One job, with its books as they stand."""
    async with database_of(request).connection() as session:
        return answer(await shown.polled(session, JobId(job_id)))


@router.delete(
    "/{jobId}",
    operation_id="cancelJob",
    response_model=JobView,
    responses=problems(JobNotFound, JobNotRunning),
)
async def cancel_job(
    caller: Operator, database: Database, scheduler: Scheduler, job_id: JobPath
) -> Response:
    """Cancel what of a job waits or runs: itself, with the remote's job, or the transformation runs that follow it.

    What was committed or built stays.
    """
    job = await scheduler.cancel(JobId(job_id))  # holding no session: it takes one itself
    async with database.connection() as session:
        return answer(await shown.one(session, job.job_id))


def _parent(wanted: JobCreate, header: str | None) -> ParentRun | None:
    """The run that a job is a part of. Errors: InvalidRequest for none that could be one, or two that differ."""
    told = wanted.atlas.parent_run
    body = told.wanted if told else None
    line = parent_run_of(header) if header else None
    if body is None or line is None:
        return body or line
    if (body.namespace, body.job_name, body.run_id) != (line.namespace, line.job_name, line.run_id):
        raise InvalidRequest("Atlas-Parent-Run and atlas.parentRun name two different runs.")
    return body
