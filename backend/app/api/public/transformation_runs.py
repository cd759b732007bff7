"""/v1/transformation-runs: how runs of dbt stand, what became of each model and test, and what they left."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.api.access import Operator, Viewer
from app.api.dependencies import Session, Transaction, Workspaces
from app.api.pagination import Page, Paged, UpTo
from app.api.problems import problems
from app.api.public.transformation_shapes import (
    ArtifactView,
    RunPath,
    RunResultView,
    TransformationNodeView,
    TransformationRunView,
)
from app.api.views import View, instant
from app.core.errors import (
    ArtifactNotFound,
    InvalidRequest,
    TransformationInactive,
    TransformationRunNotFailed,
    TransformationRunNotFound,
    TransformationRunOver,
)
from app.core.ids import JobId, TransformationId, TransformationRunId
from app.core.jobs import JobStatus
from app.core.transformations import Artifact
from app.sync.jobs.attempt_log import Level
from app.sync.transformations import kept, runs, store
from app.sync.transformations.kept import KeptLine

router = APIRouter(prefix="/transformation-runs", tags=["Transformations"])

_DOCS_MAY = "sandbox allow-scripts allow-popups; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; font-src data:"  # fmt: skip
"""The page of a project is its author's: it runs by itself, and reaches nothing of Atlas."""


class RunLineView(View):
    line_id: int
    at: str
    level: str
    message: str

    @classmethod
    def of(cls, line: KeptLine) -> "RunLineView":
        return cls(
            line_id=line.line_id,
            at=line.at.isoformat().replace("+00:00", "Z"),
            level=line.level.name,
            message=line.message,
        )


class RunLogPage(Page[RunLineView]):
    """Shape: `dropped` lines were over the limit, and are only counted; `forgottenAt` once the others were let go of
    for their age (`ATLAS_LOG_KEEP_D`)."""

    dropped: int
    forgotten_at: str | None


@router.get("", operation_id="listTransformationRuns")
async def list_runs(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    transformation_id: Annotated[UUID | None, Query(alias="transformationId")] = None,
    job_id: Annotated[int | None, Query(alias="jobId", ge=0, le=2**63 - 1)] = None,
    status: JobStatus | None = None,
    up_to: UpTo = None,
) -> Page[TransformationRunView]:
    """The runs, the newest first: of a transformation, of those that followed a job, or of a status."""
    found = await runs.listed(
        session,
        workspace_ids=workspaces,
        transformation_id=None
        if transformation_id is None
        else TransformationId(transformation_id),
        job_id=None if job_id is None else JobId(job_id),
        status=status,
        limit=paged.wanted,
        offset=paged.offset,
        up_to=up_to,
    )
    kept_apart = paged.up_to(up_to, found[0].transformation_run_id if found else None)
    return paged.page([TransformationRunView.of(run) for run in found], **kept_apart)


@router.get(
    "/{transformationRunId}",
    operation_id="getTransformationRun",
    responses=problems(TransformationRunNotFound),
)
async def get_run(caller: Viewer, session: Session, run_id: RunPath) -> RunResultView:
    """One run, with what became of each model and test."""
    run = await runs.get(session, TransformationRunId(run_id))
    nodes = await kept.nodes(session, run.transformation_run_id)
    artifacts = await kept.artifacts(session, run.transformation_run_id)
    return RunResultView.with_results(
        run,
        [TransformationNodeView.of(node) for node in nodes],
        [ArtifactView(name=name, bytes=size) for name, size in artifacts.items()],
    )


@router.get(
    "/{transformationRunId}/logs",
    operation_id="listTransformationRunLogs",
    responses=problems(TransformationRunNotFound, InvalidRequest),
)
async def list_logs(
    caller: Viewer,
    session: Session,
    paged: Paged,
    run_id: RunPath,
    level: Annotated[str | None, Query(description="DEBUG, INFO, WARNING or ERROR.")] = None,
    text: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
) -> RunLogPage:
    """What dbt said in a run, the oldest first; from a level on, or with a text in it."""
    if level is not None and level.upper() not in Level.__members__:
        raise InvalidRequest("level is DEBUG, INFO, WARNING or ERROR.")
    run = await runs.get(session, TransformationRunId(run_id))
    least = Level[level.upper()] if level else None
    found = await kept.lines(
        session,
        run.transformation_run_id,
        level=least,
        text=text,
        limit=paged.wanted,
        offset=paged.offset,
    )
    page = paged.page([RunLineView.of(line) for line in found])
    return RunLogPage(
        previous=page.previous,
        next=page.next,
        data=page.data,
        dropped=run.log_dropped,
        forgotten_at=run.log_forgotten_at and instant(run.log_forgotten_at),
    )


@router.get(
    "/{transformationRunId}/artifacts/{artifact}",
    operation_id="getTransformationArtifact",
    response_class=Response,
    responses={
        200: {"content": {"application/json": {}, "text/html": {}}},
        **problems(TransformationRunNotFound, ArtifactNotFound),
    },
)
async def get_artifact(
    caller: Viewer, session: Session, run_id: RunPath, artifact: Artifact
) -> Response:
    """What dbt wrote of a run: `docs` is a page to look at, the others are dbt's JSON."""
    run = await runs.get(session, TransformationRunId(run_id))
    content = await kept.artifact(session, run.transformation_run_id, artifact)
    if artifact is Artifact.DOCS:
        return Response(
            content, media_type="text/html", headers={"Content-Security-Policy": _DOCS_MAY}
        )
    return Response(content, media_type="application/json")


@router.delete(
    "/{transformationRunId}",
    operation_id="cancelTransformationRun",
    responses=problems(TransformationRunNotFound, TransformationRunOver),
)
async def cancel_run(
    caller: Operator, session: Transaction, run_id: RunPath
) -> TransformationRunView:
    """Cancel a run that waits or is under way: its dbt is ended within seconds. What was built stays."""
    return TransformationRunView.of(await runs.cancel(session, TransformationRunId(run_id)))


@router.post(
    "/{transformationRunId}/retry",
    operation_id="retryTransformationRun",
    responses=problems(
        TransformationRunNotFound, TransformationRunNotFailed, TransformationInactive
    ),
)
async def retry_run(
    caller: Operator, session: Transaction, run_id: RunPath
) -> TransformationRunView:
    """Go on from where a run failed: what it had built is not built again. A new run, which names the old one.

    Of a run that failed before dbt had results, all is built anew.
    """
    run = await runs.get(session, TransformationRunId(run_id))
    found = await store.active(session, run.transformation_id)
    return TransformationRunView.of(
        await runs.retry(session, found, run, f"{caller.kind}:{caller.id}")
    )
