"""The windows of a schedule, whatever its kind; and which schedules can be kept."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import pairwise
from typing import Protocol

from app.core.errors import CronInvalid, ScheduleInvalid
from app.core.ids import ConnectionId
from app.core.schedules import Schedule, ScheduleKind, Tick, Unit
from app.sync.timetables.calendar import Calendar, zone_of
from app.sync.timetables.cron_fields import DAY_NAMES, MONTH_NAMES, read_cron

_UNITS = {
    Unit.MINUTES: timedelta(minutes=1),
    Unit.HOURS: timedelta(hours=1),
    Unit.DAYS: timedelta(days=1),
    Unit.WEEKS: timedelta(weeks=1),
    Unit.MONTHS: timedelta(days=30),
}
_LONGEST = timedelta(days=3_660)
_PREVIEWED = 10


class Windows(Protocol):
    def next_after(self, instant: datetime) -> datetime | None:
        """The first window after an instant; none if there is no more."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """A window every so often, counted from an anchor: a late run does not move the next."""

    every: timedelta
    anchor: datetime

    def next_after(self, instant: datetime) -> datetime | None:
        if instant < self.anchor:
            return self.anchor
        return self.anchor + self.every * ((instant - self.anchor) // self.every + 1)


def windows_of(schedule: Schedule, anchor: datetime) -> Windows | None:
    """None of a kind without windows. Errors: CronInvalid, TimeZoneUnknown, ScheduleInvalid."""
    match schedule.kind:
        case ScheduleKind.CRON:
            if not schedule.cron:
                raise CronInvalid("A schedule of type cron needs a cronExpression.")
            expression, zone = apart(schedule.cron)
            return Calendar(read_cron(expression), zone_of(zone or schedule.time_zone))
        case ScheduleKind.BASIC:
            if schedule.every is None or schedule.unit is None:
                raise ScheduleInvalid("A basic schedule needs a number and a unit.")
            unit = _UNITS[schedule.unit]
            if not 0 < schedule.every <= _LONGEST // unit:
                raise ScheduleInvalid("A basic schedule has an interval of at most ten years.")
            every = schedule.every * unit
            return Intervals(every, anchor + every)
        case ScheduleKind.MANUAL | ScheduleKind.AFTER:
            return None


def apart(cron: str) -> tuple[str, str | None]:
    """An expression, and the time zone that Airbyte writes after it, if one is there."""
    fields = cron.split()
    if len(fields) > 5 and not _is_field(fields[-1]):
        return " ".join(fields[:-1]), fields[-1]
    return cron, None


def _is_field(text: str) -> bool:
    parts = re.split(r"[,/#-]", text.upper())
    return all(
        re.fullmatch(r"\*|\?|[0-9]*[LW]{0,2}", part)
        or part.removesuffix("L") in DAY_NAMES
        or part in MONTH_NAMES
        for part in parts
    )


def jitter_of(schedule: Schedule, connection_id: ConnectionId) -> timedelta:
    """By how much later than its windows a connection runs: always the same, spread over all connections."""
    if not schedule.jitter_s:
        return timedelta()
    digest = blake2b(connection_id.bytes, digest_size=8).digest()
    return timedelta(seconds=int.from_bytes(digest) % (schedule.jitter_s + 1))


def preview(
    schedule: Schedule,
    *,
    anchor: datetime,
    after: datetime,
    connection_id: ConnectionId | None = None,
    count: int = _PREVIEWED,
) -> list[Tick]:
    """The next ticks, `count` at most; none of a kind without windows. Units: UTC."""
    windows = windows_of(schedule, anchor)
    jitter = jitter_of(schedule, connection_id) if connection_id else timedelta()
    found: list[Tick] = []
    moment = after
    while windows is not None and len(found) < count:
        window = windows.next_after(moment)
        if window is None:
            break
        found.append(Tick(window_at=window.astimezone(UTC), run_at=window.astimezone(UTC) + jitter))
        moment = window
    return found


def require_keepable(schedule: Schedule, now: datetime, shortest_s: float) -> None:
    """Errors: CronInvalid, TimeZoneUnknown; ScheduleInvalid if it never fires or too often."""
    if schedule.kind in (ScheduleKind.MANUAL, ScheduleKind.AFTER):
        return
    ticks = preview(schedule, anchor=now, after=now)
    if not ticks:
        raise ScheduleInvalid("The schedule never fires: no day is as it says.")
    shortest = timedelta(seconds=shortest_s)
    for earlier, later in pairwise(ticks):
        if later.window_at - earlier.window_at < shortest:
            raise ScheduleInvalid(
                f"The schedule fires at {earlier.window_at:%Y-%m-%dT%H:%M:%SZ} and again at "
                f"{later.window_at:%Y-%m-%dT%H:%M:%SZ}; {shortest_s:g} s is the shortest time between two.",
                shortest_s=shortest_s,
            )
