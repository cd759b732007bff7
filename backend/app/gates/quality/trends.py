"""What the quality gate found, dataset by dataset and job by job."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.ids import ConnectionId, JobId, StreamId, WorkspaceId
from app.database.pool import Connection
from app.database.queries import load
from app.gates.quality.metrics import Dimension
from app.gates.quality.soda import Outcome

SQL = load(__file__)

_Workspaces = Sequence[WorkspaceId] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedChecks:
    """Which results are listed. Shape: what is none does not matter."""

    connection_id: UUID | None = None
    stream: str | None = None
    namespace: str | None = None
    job_id: int | None = None
    outcome: Outcome | None = None
    check: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a check found in one promoted range. Shape: `measured` is its figure, where it has one."""

    connection_id: ConnectionId
    connection: str
    stream: str
    namespace: str | None
    table_name: str
    job_id: JobId
    attempt: int
    promotion_id: int
    recorded_at: datetime
    engine: str
    check_name: str
    column_name: str | None
    outcome: Outcome
    measured: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A dataset's score in one dimension, by the last job that was scored.

    Units: scores in 0..1, weighted by `measured`, what they rest on; none where nothing was measured.
    Shape: `before` is that of the job before.
    """

    connection_id: ConnectionId
    connection: str
    stream: str
    namespace: str | None
    table_name: str
    job_id: JobId
    dimension: Dimension
    score: float | None
    measured: int
    method: str
    before: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A score as a job left it. Units: as of `Scored`."""

    job_id: JobId
    recorded_at: datetime
    dimension: Dimension
    score: float | None
    measured: int
    method: str


async def checks(
    connection: Connection,
    workspaces: _Workspaces,
    wanted: WantedChecks,
    limit: int,
    offset: int,
    up_to: int | None = None,
) -> Sequence[Result]:
    """Results, the newest promotion first, in the order in which they were checked."""
    rows = await connection.fetch(
        SQL["checks"],
        workspaces,
        wanted.connection_id,
        wanted.stream,
        wanted.namespace,
        wanted.job_id,
        wanted.outcome,
        wanted.check,
        wanted.column,
        limit,
        offset,
        up_to,
    )
    return [Result(**{**row, "outcome": Outcome(row["outcome"])}) for row in rows]


async def newest(
    connection: Connection,
    workspaces: _Workspaces,
    connection_id: UUID | None,
    stream: str | None,
    dimension: Dimension | None,
    below: float | None,
    limit: int,
    offset: int,
) -> Sequence[Scored]:
    """A line a dataset and dimension; of datasets that were never scored, none."""
    rows = await connection.fetch(
        SQL["newest"], workspaces, connection_id, stream, dimension, below, limit, offset
    )
    return [Scored(**{**row, "dimension": Dimension(row["dimension"])}) for row in rows]


async def trend(
    connection: Connection,
    stream_id: StreamId,
    dimension: Dimension | None,
    jobs: int,
    passed_over: int,
    up_to: int | None = None,
) -> Sequence[Point]:
    """Scores of so many jobs, the newest first; of each job its dimensions together."""
    rows = await connection.fetch(SQL["trend"], stream_id, dimension, jobs, passed_over, up_to)
    return [Point(**{**row, "dimension": Dimension(row["dimension"])}) for row in rows]
