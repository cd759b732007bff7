"""The schedules of connections as they are kept: set, shown, previewed, and what became of windows."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.core.errors import ScheduleInvalid
from app.core.ids import ConnectionId, JobId
from app.core.schedules import (
    Outcome,
    Schedule,
    ScheduleEvent,
    ScheduleKind,
    Tick,
    Timetable,
    Unit,
    WhenMissed,
)
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load
from app.sync.connections import connection_store
from app.sync.timetables.windows import jitter_of, preview, require_keepable, windows_of

SQL = load(__file__)

MANUAL = Timetable(schedule=Schedule())


async def now(session: Session) -> datetime:
    """The database's clock, which alone decides."""
    moment: datetime = await session.fetchval(SQL["now"])
    return moment


async def get(session: Session, connection_id: ConnectionId) -> Timetable:
    """A connection's schedule; by hand where none is set."""
    row = await session.fetchrow(SQL["get"], connection_id)
    return MANUAL if row is None else timetable_of(row)


async def of_connections(
    session: Session, connection_ids: Sequence[ConnectionId]
) -> Mapping[ConnectionId, Timetable]:
    """The schedules of connections; a connection that is synced by hand is not among them."""
    rows = await session.fetch(SQL["list"], list(connection_ids))
    return {ConnectionId(row["connection_id"]): timetable_of(row) for row in rows}


async def keep(
    session: Session, connection_id: ConnectionId, schedule: Schedule, *, shortest_s: float
) -> Timetable:
    """Set a connection's schedule; windows before now are not made up for. The same again changes nothing,
    unless it rests.

    Errors: ConnectionNotFound; CronInvalid, TimeZoneUnknown; ScheduleInvalid if it never fires, fires
            within `shortest_s` of itself, or follows itself.
    """
    await connection_store.present(session, connection_id)
    if schedule.kind is ScheduleKind.MANUAL:
        await remove(session, connection_id)
        return MANUAL
    kept = await get(session, connection_id)
    rests = kept.next_run_at is None and schedule.kind is not ScheduleKind.AFTER
    if kept.schedule == schedule and not rests:
        return kept
    moment = await now(session)
    require_keepable(schedule, moment, shortest_s)
    if schedule.kind is ScheduleKind.AFTER:
        await _require_no_circle(session, connection_id, schedule.after_connection)
    windows = windows_of(schedule, moment)
    window = windows.next_after(moment) if windows is not None else None
    run_at = window + jitter_of(schedule, connection_id) if window is not None else None
    await session.execute(
        SQL["keep"], connection_id, schedule.kind, schedule.cron, schedule.time_zone, schedule.every,
        schedule.unit, schedule.after_connection, schedule.on_missed, schedule.catch_up_limit,
        schedule.jitter_s, moment, window, run_at,
    )  # fmt: skip
    return await get(session, connection_id)


async def remove(session: Session, connection_id: ConnectionId) -> None:
    """Let a connection be synced by hand from now on."""
    await session.execute(SQL["remove"], connection_id)


async def next_ticks(session: Session, connection_id: ConnectionId, count: int = 10) -> list[Tick]:
    """The next ticks of a connection; none if it is synced by hand or after another."""
    timetable = await get(session, connection_id)
    moment = await now(session)
    found = preview(
        timetable.schedule,
        anchor=timetable.anchor_at or moment,
        after=moment,
        connection_id=connection_id,
        count=count,
    )
    waiting = timetable.next_window_at
    if waiting is not None and timetable.next_run_at and all(t.window_at != waiting for t in found):
        # its window has come and its run has not: the jitter, or a job that is not over
        found = [Tick(window_at=waiting, run_at=timetable.next_run_at), *found][:count]
    return found


async def events(
    session: Session, connection_id: ConnectionId, limit: int, offset: int, up_to: int | None = None
) -> Sequence[ScheduleEvent]:
    """What became of a connection's windows, the newest first."""
    rows = await session.fetch(SQL["events"], connection_id, limit, offset, up_to)
    return [
        ScheduleEvent(
            event_id=row["event_id"],
            window_at=row["window_at"],
            outcome=Outcome(row["kind"]),
            job_id=None if row["job_id"] is None else JobId(row["job_id"]),
            reason=row["reason"],
            missed=row["missed"],
            at=row["at"],
        )
        for row in rows
    ]


async def _require_no_circle(
    session: Session, connection_id: ConnectionId, after: ConnectionId | None
) -> None:
    if after is None:
        raise ScheduleInvalid("A schedule after another connection names that connection.")
    await connection_store.present(session, after)
    await session.execute(SQL["one_at_a_time"])
    if await session.fetchval(SQL["follows"], after, connection_id):
        raise ScheduleInvalid(
            "A connection cannot follow itself, nor one that follows it.",
            after_connection_id=str(after),
        )


def timetable_of(row: Row) -> Timetable:
    after = row["after_connection"]
    return Timetable(
        schedule=Schedule(
            kind=ScheduleKind(row["kind"]),
            cron=row["cron"],
            time_zone=row["time_zone"],
            every=row["every"],
            unit=Unit(row["unit"]) if row["unit"] else None,
            after_connection=None if after is None else ConnectionId(after),
            on_missed=WhenMissed(row["on_missed"]),
            catch_up_limit=row["catch_up_limit"],
            jitter_s=row["jitter_s"],
        ),
        anchor_at=row["anchor_at"],
        next_window_at=row["next_window_at"],
        next_run_at=row["next_run_at"],
    )
