"""/v1/schedules: when a connection is synced by itself, what comes next, and what became of windows."""

import re
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from app.api.access import Editor, Viewer
from app.api.dependencies import Session, Settings, Transaction
from app.api.pagination import Page, Paged, UpTo
from app.api.problems import problems
from app.api.requests.editing import Edited
from app.api.views import AtlasBody, Body, View, instant
from app.core.errors import (
    ConnectionNotFound,
    CronInvalid,
    EditedMeanwhile,
    ScheduleInvalid,
    TimeZoneUnknown,
)
from app.core.ids import ConnectionId
from app.core.schedules import (
    Schedule,
    ScheduleEvent,
    ScheduleKind,
    Tick,
    Timetable,
    Unit,
    WhenMissed,
)
from app.database import turns
from app.sync.connections import connection_store
from app.sync.timetables import schedules
from app.sync.timetables.windows import preview, require_keepable

router = APIRouter(prefix="/schedules", tags=["Schedules"])

ConnectionPath = Annotated[UUID, Path(alias="connectionId")]
_TIMING = re.compile(r"(?:every\s+)?([0-9]{1,9})\s+([a-z]+?)s?", re.IGNORECASE)


class AtlasScheduleBody(AtlasBody):
    """What Airbyte's shape has no place for. Units: `jitterSeconds` seconds."""

    after_connection_id: UUID | None = None
    time_zone: str | None = Field(None, max_length=64)
    on_missed: WhenMissed = WhenMissed.COLLAPSE
    catch_up_limit: int = Field(10, ge=1, le=1_000)
    jitter_seconds: int = Field(0, ge=0, le=86_400)


class ScheduleBody(Body):
    """A schedule as Airbyte's clients write it: manual, or cron with Quartz's fields and, after them,
    the time zone. Basic timing is taken in the form in which Airbyte shows it: `Every 24 hours`.
    """

    schedule_type: Literal["manual", "cron", "basic"]
    cron_expression: str | None = None
    basic_timing: str | None = Field(None, max_length=60)
    atlas: AtlasScheduleBody = Field(default_factory=AtlasScheduleBody)

    def wanted(self) -> Schedule:
        """Errors: CronInvalid, ScheduleInvalid."""
        more = self.atlas
        every, unit = _timing(self.basic_timing) if self.schedule_type == "basic" else (None, None)
        if self.schedule_type == "cron" and not self.cron_expression:
            raise CronInvalid("A schedule of type cron needs a cronExpression.")
        if more.after_connection_id is not None and self.schedule_type != "manual":
            raise ScheduleInvalid("What follows another connection has the type manual.")
        follows = more.after_connection_id is not None
        return Schedule(
            kind=ScheduleKind.AFTER if follows else ScheduleKind(self.schedule_type),
            cron=self.cron_expression if self.schedule_type == "cron" else None,
            time_zone=more.time_zone or "UTC",
            every=every,
            unit=unit,
            after_connection=ConnectionId(more.after_connection_id)
            if more.after_connection_id
            else None,
            on_missed=more.on_missed,
            catch_up_limit=more.catch_up_limit,
            jitter_s=more.jitter_seconds,
        )


class OwnScheduleBody(ScheduleBody):
    """A schedule on Atlas's own routes, where a field that Atlas does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class TickView(View):
    """Shape: `runAt` is later than the window by the connection's jitter."""

    window_at: str
    run_at: str

    @classmethod
    def of(cls, tick: Tick) -> "TickView":
        return cls(window_at=instant(tick.window_at), run_at=instant(tick.run_at))


class AtlasScheduleView(View):
    kind: ScheduleKind
    after_connection_id: UUID | None
    time_zone: str
    on_missed: WhenMissed
    catch_up_limit: int
    jitter_seconds: int
    next_run_at: str | None


class ScheduleView(View):
    """Shape: the cron expression as it was written. What follows another connection shows as manual,
    for Airbyte's clients know no other word; `atlas.kind` has it."""

    schedule_type: str = "manual"
    cron_expression: str | None = None
    basic_timing: str | None = None
    atlas: AtlasScheduleView | None = None

    @classmethod
    def of(cls, timetable: Timetable) -> "ScheduleView":
        schedule = timetable.schedule
        if schedule.kind is ScheduleKind.MANUAL:
            return cls()
        basic = schedule.kind is ScheduleKind.BASIC and schedule.unit is not None
        follows = schedule.kind is ScheduleKind.AFTER
        return cls(
            schedule_type="manual" if follows else schedule.kind.value,
            cron_expression=schedule.cron,
            basic_timing=f"Every {schedule.every} {schedule.unit.upper()}"
            if basic and schedule.unit
            else None,
            atlas=AtlasScheduleView(
                kind=schedule.kind,
                after_connection_id=schedule.after_connection,
                time_zone=schedule.time_zone,
                on_missed=schedule.on_missed,
                catch_up_limit=schedule.catch_up_limit,
                jitter_seconds=schedule.jitter_s,
                next_run_at=instant(timetable.next_run_at) if timetable.next_run_at else None,
            ),
        )

    def edited(self) -> "ScheduleView":
        """What somebody edits of it: not when it will be its time."""
        own = self.atlas and self.atlas.model_copy(update={"next_run_at": None})
        return self.model_copy(update={"atlas": own})


class ConnectionScheduleView(View):
    connection_id: UUID
    schedule: ScheduleView
    next_ticks: list[TickView]


class PreviewView(View):
    next_ticks: list[TickView]


class ScheduleEventView(View):
    """What became of a window. Shape: `missed` windows before it that nobody was there for, one run
    standing for all; `jobId` the job that began, or the one that was in the way."""

    event_id: int
    window_at: str
    outcome: str
    job_id: int | None
    reason: str | None
    missed: int
    at: str

    @classmethod
    def of(cls, event: ScheduleEvent) -> "ScheduleEventView":
        return cls(
            event_id=event.event_id,
            window_at=instant(event.window_at),
            outcome=event.outcome,
            job_id=event.job_id,
            reason=event.reason,
            missed=event.missed,
            at=instant(event.at),
        )


_REFUSED = (CronInvalid, TimeZoneUnknown, ScheduleInvalid)


@router.post("/preview", operation_id="previewSchedule", responses=problems(*_REFUSED))
async def preview_schedule(
    caller: Viewer, session: Session, settings: Settings, wanted: OwnScheduleBody
) -> PreviewView:
    """The next ten ticks that a schedule would have, or why it cannot be kept; nothing is set."""
    schedule = wanted.wanted()
    moment = await schedules.now(session)
    require_keepable(schedule, moment, settings.schedule_shortest_s)
    ticks = preview(schedule, anchor=moment, after=moment)
    return PreviewView(next_ticks=[TickView.of(tick) for tick in ticks])


@router.get("/{connectionId}", operation_id="getSchedule", responses=problems(ConnectionNotFound))
async def get_schedule(
    caller: Viewer,
    session: Session,
    edited: Edited,
    connection_id: ConnectionPath,
    count: Annotated[int, Query(ge=1, le=100)] = 10,
) -> ConnectionScheduleView:
    """A connection's schedule, and its next ticks."""
    wanted = ConnectionId(connection_id)
    await connection_store.present(session, wanted)
    timetable = await schedules.get(session, wanted)
    shown = ScheduleView.of(timetable)
    ticks = await schedules.next_ticks(session, wanted, count)
    view = ConnectionScheduleView(
        connection_id=connection_id,
        schedule=shown,
        next_ticks=[TickView.of(tick) for tick in ticks],
    )
    return edited.shown(view, edited=shown.edited())


@router.put(
    "/{connectionId}",
    operation_id="setSchedule",
    responses=problems(ConnectionNotFound, EditedMeanwhile, *_REFUSED),
)
async def set_schedule(
    caller: Editor,
    session: Transaction,
    settings: Settings,
    edited: Edited,
    connection_id: ConnectionPath,
    wanted: OwnScheduleBody,
) -> ConnectionScheduleView:
    """Set a connection's schedule, whole; windows before now are not made up for."""
    kept = ConnectionId(connection_id)
    await turns.take(session, kept)
    edited.require(ScheduleView.of(await schedules.get(session, kept)).edited())
    timetable = await schedules.keep(
        session, kept, wanted.wanted(), shortest_s=settings.schedule_shortest_s
    )
    shown = ScheduleView.of(timetable)
    ticks = await schedules.next_ticks(session, kept)
    view = ConnectionScheduleView(
        connection_id=connection_id,
        schedule=shown,
        next_ticks=[TickView.of(tick) for tick in ticks],
    )
    return edited.shown(view, edited=shown.edited())


@router.get(
    "/{connectionId}/events",
    operation_id="listScheduleEvents",
    responses=problems(ConnectionNotFound),
)
async def list_schedule_events(
    caller: Viewer,
    session: Session,
    paged: Paged,
    connection_id: ConnectionPath,
    up_to: UpTo = None,
) -> Page[ScheduleEventView]:
    """What became of a connection's windows, the newest first."""
    wanted = ConnectionId(connection_id)
    await connection_store.present(session, wanted)
    found = await schedules.events(session, wanted, paged.wanted, paged.offset, up_to)
    kept = paged.up_to(up_to, found[0].event_id if found else None)
    return paged.page([ScheduleEventView.of(event) for event in found], **kept)


def _timing(text: str | None) -> tuple[int, Unit]:
    """`Every 24 HOURS` as 24 and its unit. Errors: ScheduleInvalid."""
    match = _TIMING.fullmatch((text or "").strip())
    units = {unit.value.removesuffix("s"): unit for unit in Unit}
    if match is None or match[2].lower() not in units:
        raise ScheduleInvalid(
            "basicTiming is a number and minutes, hours, days, weeks or months: Every 24 hours."
        )
    return int(match[1]), units[match[2].lower()]
