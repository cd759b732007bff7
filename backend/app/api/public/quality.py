"""/v1/checks and /v1/quality: what was checked and how it went; scores of datasets, now and job by job."""

from itertools import groupby
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.access import Viewer, within
from app.api.dependencies import Session, Workspaces
from app.api.pagination import LARGEST_OFFSET, Page, Paged, UpTo
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.public.finding_shapes import ScoreView
from app.api.public.passports import Namespace, StreamPath, moment
from app.api.views import View
from app.core.access import Role
from app.core.errors import ConnectionNotFound, StreamNotFound
from app.core.ids import ConnectionId
from app.gates.quality import trends
from app.gates.quality.metrics import Dimension
from app.gates.quality.soda import Outcome
from app.gates.quality.trends import Point, Result, Scored, WantedChecks
from app.sync.datasets import dataset_store

router = APIRouter(tags=["Quality"])


class ResultView(View):
    """What a check found in a range that was promoted. Shape: `measured` is its figure."""

    connection_id: UUID
    connection: str
    stream: str
    namespace: str | None
    table: str
    job_id: int
    attempt: int
    promotion_id: int
    recorded_at: str
    engine: str
    check: str
    column: str | None
    outcome: Outcome
    measured: float | None

    @classmethod
    def of(cls, found: Result) -> "ResultView":
        return cls(
            connection_id=found.connection_id,
            connection=found.connection,
            stream=found.stream,
            namespace=found.namespace,
            table=found.table_name,
            job_id=found.job_id,
            attempt=found.attempt,
            promotion_id=found.promotion_id,
            recorded_at=moment(found.recorded_at),
            engine=found.engine,
            check=found.check_name,
            column=found.column_name,
            outcome=found.outcome,
            measured=found.measured,
        )


class PointView(ScoreView):
    method: str


class DimensionScoreView(PointView):
    """Units: scores in 0..1, weighted by what was `measured`. Shape: without `score` nothing could be measured;
    `before` and `change` are against the last job but one."""

    connection_id: UUID
    connection: str
    stream: str
    namespace: str | None
    table: str
    job_id: int
    before: float | None
    change: float | None

    @classmethod
    def of(cls, found: Scored) -> "DimensionScoreView":
        has_both = found.score is not None and found.before is not None
        return cls(
            connection_id=found.connection_id,
            connection=found.connection,
            stream=found.stream,
            namespace=found.namespace,
            table=found.table_name,
            job_id=found.job_id,
            dimension=found.dimension,
            score=found.score,
            measured=found.measured,
            method=found.method,
            before=found.before,
            change=(found.score or 0.0) - (found.before or 0.0) if has_both else None,
        )


class JobScoresView(View):
    """A job's scores of the dataset. Units: as of the list."""

    job_id: int
    recorded_at: str
    scores: list[PointView]

    @classmethod
    def of(cls, job_id: int, points: list[Point]) -> "JobScoresView":
        return cls(
            job_id=job_id,
            recorded_at=moment(max(point.recorded_at for point in points)),
            scores=[
                PointView(
                    dimension=point.dimension,
                    score=point.score,
                    measured=point.measured,
                    method=point.method,
                )
                for point in points
            ],
        )


@router.get("/checks", operation_id="listChecks")
async def list_checks(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    connection_id: Annotated[UUID | None, Query(alias="connectionId")] = None,
    stream: str | None = None,
    namespace: str | None = None,
    job_id: Annotated[int | None, Query(alias="jobId", ge=1, le=LARGEST_OFFSET)] = None,
    outcome: Outcome | None = None,
    check: str | None = None,
    column: str | None = None,
    up_to: UpTo = None,
) -> Page[ResultView]:
    """What checks found, the newest promotion first: `check` with one stream is a check's history."""
    wanted = WantedChecks(
        connection_id=connection_id,
        stream=stream,
        namespace=namespace,
        job_id=job_id,
        outcome=outcome,
        check=check,
        column=column,
    )
    seen = within(caller, Role.VIEWER, workspaces)
    found = await trends.checks(session, seen, wanted, paged.wanted, paged.offset, up_to)
    kept = paged.up_to(up_to, found[0].promotion_id if found else None)
    return paged.page([ResultView.of(one) for one in found], **kept)


@router.get("/quality", operation_id="listQuality")
async def list_quality(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    connection_id: Annotated[UUID | None, Query(alias="connectionId")] = None,
    stream: str | None = None,
    dimension: Dimension | None = None,
    below: Annotated[
        float | None, Query(ge=0, le=1, description="Scores below this alone.")
    ] = None,
) -> Page[DimensionScoreView]:
    """The scores of all datasets by the last job of each, a line a dimension, and how they have changed."""
    seen = within(caller, Role.VIEWER, workspaces)
    found = await trends.newest(
        session, seen, connection_id, stream, dimension, below, paged.wanted, paged.offset
    )
    return paged.page([DimensionScoreView.of(one) for one in found])


@router.get(
    "/quality/{connectionId}/{stream:path}/trend",
    operation_id="getQualityTrend",
    responses=problems(ConnectionNotFound, StreamNotFound),
)
async def get_trend(
    caller: Viewer,
    session: Session,
    paged: Paged,
    connection_id: ConnectionPath,
    stream: StreamPath,
    namespace: Namespace = None,
    dimension: Dimension | None = None,
    up_to: UpTo = None,
) -> Page[JobScoresView]:
    """A dataset's scores job by job, the newest first."""
    found = await dataset_store.find(session, ConnectionId(connection_id), stream, namespace)
    points = await trends.trend(
        session, found.stream_id, dimension, paged.wanted, paged.offset, up_to
    )
    kept = paged.up_to(up_to, points[0].job_id if points else None)
    by_job = groupby(points, key=lambda point: point.job_id)
    return paged.page([JobScoresView.of(job_id, list(some)) for job_id, some in by_job], **kept)
