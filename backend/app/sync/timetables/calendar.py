"""When a cron expression's windows are, in its time zone, over every change of the clocks.

A window whose local time the clocks skip is at the end of the gap; one whose local time they
repeat is at its first pass. So each window is one instant. An expression of every hour is about
time that passes: it has no window in a gap, and one in each pass of an overlap.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.core.errors import TimeZoneUnknown
from app.sync.timetables.cron_fields import LAST_YEAR, Cron, DaysOfMonth, DaysOfWeek

_DAY = timedelta(days=1)
_AROUND = timedelta(hours=25)


def zone_of(name: str) -> ZoneInfo:
    """A zone of the IANA database. Errors: TimeZoneUnknown."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TimeZoneUnknown(
            f"There is no time zone {name[:60]!r}; one is called as in Europe/Berlin or UTC."
        ) from None


@dataclass(frozen=True, slots=True)
class Calendar:
    """A cron expression in a time zone."""

    cron: Cron
    zone: ZoneInfo

    def next_after(self, instant: datetime) -> datetime | None:
        """The first window after an instant; none if there is no more before 2100. Units: UTC."""
        after = instant.astimezone(UTC)
        # local times repeat by as much as the offsets around here differ
        offsets = [self._offset(after + step) for step in (-_AROUND, timedelta(), _AROUND)]
        repeats = max(offsets) - min(offsets)
        found: datetime | None = None
        until: datetime | None = None
        for local in self._times(self._local(after) - repeats):
            if until is not None and local > until:
                break
            for window in self._instants(local):
                if window > after and (found is None or window < found):
                    found, until = window, self._local(window) + repeats
        return found

    def windows(self, after: datetime, count: int) -> list[datetime]:
        """The next windows after an instant, `count` at most. Units: UTC."""
        found: list[datetime] = []
        while len(found) < count and (window := self.next_after(after)) is not None:
            found.append(window)
            after = window
        return found

    def _local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone).replace(tzinfo=None)

    def _offset(self, instant: datetime) -> timedelta:
        return instant.astimezone(self.zone).utcoffset() or timedelta()

    def _instants(self, local: datetime) -> list[datetime]:
        """When a local time is: once, or of every hour never or twice where the clocks change."""
        earlier, later = (
            local.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1)
        )
        if earlier == later:
            return [earlier]
        if earlier < later:
            return [earlier, later] if self.cron.is_every_hour else [earlier]
        return [] if self.cron.is_every_hour else [self._change_between(later, earlier)]

    def _change_between(self, before: datetime, after: datetime) -> datetime:
        """The first second with the offset that holds at `after`."""
        offset = self._offset(after)
        low, high = 0, int((after - before).total_seconds())
        while low < high:
            middle = (low + high) // 2
            if self._offset(before + timedelta(seconds=middle)) == offset:
                high = middle
            else:
                low = middle + 1
        return before + timedelta(seconds=low)

    def _times(self, low: datetime) -> Iterator[datetime]:
        """The expression's local times from `low` on, ascending."""
        for day in self._days(low.date()):
            least = low.time() if day == low.date() else time.min
            for hour in self.cron.hours:
                if hour < least.hour:
                    continue
                for minute in self.cron.minutes:
                    if (hour, minute) < (least.hour, least.minute):
                        continue
                    for second in self.cron.seconds:
                        moment = time(hour, minute, second)
                        if moment >= least.replace(microsecond=0):
                            yield datetime.combine(day, moment)

    def _days(self, day: date) -> Iterator[date]:
        years = self.cron.years
        while day.year <= LAST_YEAR:
            if years is not None and day.year not in years:
                day = date(day.year + 1, 1, 1)
            elif day.month not in self.cron.months:
                day = (day.replace(day=1) + 31 * _DAY).replace(day=1)
            else:
                if self._is_on(day):
                    yield day
                day += _DAY

    def _is_on(self, day: date) -> bool:
        of_month, of_week = self.cron.days_of_month, self.cron.days_of_week
        tests = [_in_month(of_month, day)] if of_month is not None else []
        tests += [_in_week(of_week, day)] if of_week is not None else []
        return all(tests) if self.cron.is_both_days or not tests else any(tests)


def _in_month(wanted: DaysOfMonth, day: date) -> bool:
    if day.day in wanted.days:
        return True
    length = monthrange(day.year, day.month)[1]
    near = {number for number in wanted.near if number <= length}
    for before, is_near in wanted.last:
        number = length - before
        if number >= 1 and is_near:
            near.add(number)
        elif number == day.day:
            return True
    return any(_nearest_weekday(day.replace(day=number), length) == day.day for number in near)


def _nearest_weekday(day: date, length: int) -> int:
    """Monday to Friday nearest to a day, in the same month."""
    weekday = day.weekday()
    if weekday == 5:
        return day.day - 1 if day.day > 1 else 3
    if weekday == 6:
        return day.day + 1 if day.day < length else day.day - 2
    return day.day


def _in_week(wanted: DaysOfWeek, day: date) -> bool:
    weekday = day.weekday()
    if weekday in wanted.days or (weekday, (day.day + 6) // 7) in wanted.nth:
        return True
    return weekday in wanted.last and (day + 7 * _DAY).month != day.month
