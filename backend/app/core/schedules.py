"""When a connection is synced by itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.ids import ConnectionId, JobId


class ScheduleKind(StrEnum):
    MANUAL = "manual"
    CRON = "cron"
    BASIC = "basic"
    AFTER = "after"
    """After each success of another connection."""


class Unit(StrEnum):
    """Source: Airbyte's basic timing, whose month has 30 days."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


class WhenMissed(StrEnum):
    """What becomes of windows that nobody was there for: one run for all, or one for each."""

    COLLAPSE = "collapse"
    CATCH_UP = "catch_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A wish; what a kind does not need is left out.

    Shape: `cron` as it was written, a time zone after it or not. `catch_up_limit`: missed windows that
           are made up for at most, the newest.
    Units: `jitter_s` seconds within which a connection's windows begin, always as much later.
    """

    kind: ScheduleKind = ScheduleKind.MANUAL
    cron: str | None = None
    time_zone: str = "UTC"
    every: int | None = None
    unit: Unit | None = None
    after_connection: ConnectionId | None = None
    on_missed: WhenMissed = WhenMissed.COLLAPSE
    catch_up_limit: int = 10
    jitter_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """A connection's schedule as it is kept. Shape: both instants none if no window is known to come."""

    schedule: Schedule
    anchor_at: datetime | None = None
    next_window_at: datetime | None = None
    next_run_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One of the next times that a schedule fires: the window, and when its job begins."""

    window_at: datetime
    run_at: datetime


class Outcome(StrEnum):
    FIRED = "fired"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEvent:
    """What became of a window. Shape: `reason` a slug, unless it fired."""

    event_id: int
    window_at: datetime
    outcome: Outcome
    job_id: JobId | None
    reason: str | None
    missed: int
    at: datetime
