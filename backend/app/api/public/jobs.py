"""/v1/jobs. Source: Airbyte's public API; Atlas's books ride in the member `atlas`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Response

from app.api.access import Operator, Viewer
from app.api.dependencies import Database, Scheduler, Session, Workspaces
from app.api.pagination import Page, Paged
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
from app.api.routing import Resource
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

router = Resource(prefix="/jobs", tags=["Jobs"])


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


@router.get("", operation_id="listJobs", response_model=Page[JobView])
async def list_jobs(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    connection_id: Annotated[UUID | None, Query(alias="connectionId")] = None,
    job_type: Annotated[JobType | None, Query(alias="jobType")] = None,
    status: JobStatus | ForeignStatus | None = None,
    created_from: Annotated[datetime | None, Query(alias="createdAtStart")] = None,
    created_to: Annotated[datetime | None, Query(alias="createdAtEnd")] = None,
    updated_from: Annotated[datetime | None, Query(alias="updatedAtStart")] = None,
    updated_to: Annotated[datetime | None, Query(alias="updatedAtEnd")] = None,
    order_by: Annotated[JobOrder, Query(alias="orderBy")] = JobOrder.CREATED_ASC,
    all_types: Annotated[
        bool,
        Query(
            alias="allTypes",
            description="Also replay, rebuild and backfill, which Airbyte's clients do not know.",
        ),
    ] = False,
) -> Response:
    """The jobs, oldest first unless asked otherwise; a connection's id outweighs workspaces."""
    chosen = JobFilter(
        connection_ids=[ConnectionId(connection_id)] if connection_id else None,
        workspace_ids=None if connection_id else workspaces,
        status=status,
        job_type=job_type,
        all_types=all_types,
        created_from=created_from,
        created_to=created_to,
        updated_from=updated_from,
        updated_to=updated_to,
    )
    found, has_more = await shown.listed(
        session, chosen, order_by=order_by.by, limit=paged.limit, offset=paged.offset
    )
    return answer_page(found, paged, has_more=has_more)


@router.get(
    "/{jobId}", operation_id="getJob", response_model=JobView, responses=problems(JobNotFound)
)
async def get_job(caller: Viewer, session: Session, job_id: JobPath) -> Response:
    """One job, with its books as they stand."""
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
