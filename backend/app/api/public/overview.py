"""/v1/overview: what is broken, late, unsafe or waiting, connection by connection."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.api.access import Viewer, within
from app.api.dependencies import Session, Tags, Workspaces
from app.api.pagination import WidePaged
from app.api.public.quarantine import NO_NUL
from app.api.views import View
from app.core.access import Role
from app.core.connections import ConnectionStatus
from app.core.jobs import JobStatus, JobType
from app.core.remotes import Engine
from app.core.schedules import ScheduleKind
from app.gates.quality.metrics import Dimension
from app.sync.overview import page
from app.sync.overview.page import Wanted
from app.sync.overview.troubles import Reason, Trouble, TroubleWish

router = APIRouter(prefix="/overview", tags=["Overview"])


class CountsView(View):
    """Connections: all of them, those that are active, and those with each trouble or none, whatever `name`,
    `trouble`, `tagIds`, `status` and `connectionId` leave out. Shape: `running` are jobs that are pending or running."""

    connections: int
    active: int
    broken: int
    late: int
    unsafe: int
    waiting: int
    untroubled: int
    running: int


class RunningView(View):
    """A job that is pending or running. Shape: `startedAt` and `rowsSynced` once it has begun."""

    job_id: int
    connection_id: UUID
    connection: str
    job_type: JobType
    status: JobStatus
    mode: str | None = None
    created_at: str
    started_at: str | None = None
    rows_synced: int | None = None


class TroubleView(View):
    """One thing that is not as it should be. Shape: `count` of what `reason` is about: failures in a row,
    batches, columns, ranges, changes, records, notifications; `stream` where it is about one alone; `since`
    when it began, if that is known."""

    kind: Trouble
    reason: Reason
    detail: str
    count: int | None = None
    since: str | None = None
    job_id: int | None = None
    stream: str | None = None
    namespace: str | None = None


class OverviewSource(View):
    source_id: UUID
    name: str
    connector: str


class LastJob(View):
    job_id: int
    job_type: JobType
    status: JobStatus
    ended_at: str | None = None


class RecentJob(View):
    """Units: `durationS` seconds until it ended, or until now; `rows` as `rowsSynced` of the job.
    Shape: without either if it did not begin."""

    job_id: int
    job_type: JobType
    status: JobStatus
    started_at: str | None = None
    ended_at: str | None = None
    duration_s: float | None = None
    rows: int | None = None


class StreamFreshness(View):
    """Shape: `extractedAt` of the newest published batch, absent where there is none; `windowsBehind` are the windows of
    the schedule that came since that and since the last good sync, 11 at most: 0 is on time, absent without a schedule."""

    stream: str
    namespace: str | None = None
    extracted_at: str | None = None
    windows_behind: int | None = None


class OverviewFreshness(View):
    """Of each stream that is read the newest published batch: when the newest and the oldest of these were
    extracted. Shape: of `streams`, `unpublished` have none."""

    newest: str | None = None
    oldest: str | None = None
    streams: int
    unpublished: int
    per_stream: list[StreamFreshness]


class WorstQuality(View):
    """The lowest score that the last scored jobs of the connection's streams have. Units: 0..1."""

    score: float
    dimension: Dimension
    stream: str
    namespace: str | None = None
    job_id: int


class OverviewConnection(View):
    """Shape: `engine` is who moves its records; `nextRunAt` while the schedule knows one; `lastSucceededAt` is
    when a sync or refresh last ended well; `recent` the last 30 jobs, oldest first; `quarantined` records that
    are kept."""

    connection_id: UUID
    workspace_id: UUID
    name: str
    source: OverviewSource
    engine: Engine
    status: ConnectionStatus
    schedule_type: ScheduleKind
    next_run_at: str | None = None
    troubles: list[TroubleView]
    last_job: LastJob | None = None
    last_succeeded_at: str | None = None
    freshness: OverviewFreshness
    recent: list[RecentJob]
    quality: WorstQuality | None = None
    quarantined: int


class OverviewView(View):
    """What PostgreSQL makes of it (`sync/overview/page.sql`), for the documentation; a test holds them together.

    Shape: `running` has the oldest 100; `found` connections match the filters, `connections` is a page of them.
    """

    previous: str
    next: str
    at: str
    counts: CountsView
    running: list[RunningView]
    found: int
    connections: list[OverviewConnection]


@router.get("", operation_id="getOverview", response_model=OverviewView)
async def get_overview(
    caller: Viewer,
    session: Session,
    paged: WidePaged,
    workspaces: Workspaces,
    tag_ids: Tags,
    name: Annotated[
        str | None,
        Query(max_length=1_000, pattern=NO_NUL, description="A part of it, in any letters."),
    ] = None,
    trouble: Annotated[
        TroubleWish | None,
        Query(description="Connections that have such a trouble alone; `none`: that have none."),
    ] = None,
    status: ConnectionStatus | None = None,
    connection_id: Annotated[UUID | None, Query(alias="connectionId")] = None,
) -> Response:
    """How all connections stand, the worst first, then by name.

    A connection is `broken` by failures that no success has made good, by books that do not balance, and where
    Atlas disabled it; `late` if its schedule was due and nothing has succeeded since, for longer than ten minutes
    and than three times what its syncs take; `unsafe` by columns that may be personal and that no person has
    decided about, and by ranges that a gate holds back; `waiting` if something waits for somebody.
    """
    wanted = Wanted(
        workspace_ids=within(caller, Role.VIEWER, workspaces),
        name=name,
        trouble=trouble,
        tag_ids=tag_ids,
        status=status,
        connection_id=connection_id,
    )
    shown, found = await page.shown(session, wanted, limit=paged.limit, offset=paged.offset)
    return paged.answer(shown, has_more=found > paged.offset + paged.limit)
