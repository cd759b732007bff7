"""Reads a cron expression: Quartz's six or seven fields, or Unix's five."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.errors import CronInvalid

LAST_YEAR = 2099
"""Source: Quartz, whose years end here."""

_LONGEST = 200
MONTH_NAMES = {
    name: number
    for number, name in enumerate(
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1
    )
}
DAY_NAMES = {
    name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))
}
_FORMS = "six or seven fields as Quartz has them (seconds first, one day field a ?), or Unix's five"


@dataclass(frozen=True, slots=True)
class DaysOfMonth:
    """Shape: `last` holds (days before the last, nearest weekday or not), `near` days whose nearest
    weekday is meant."""

    days: frozenset[int] = frozenset()
    last: frozenset[tuple[int, bool]] = frozenset()
    near: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class DaysOfWeek:
    """Shape: Monday is 0. `nth` holds (day, which of the month), `last` each month's last such day."""

    days: frozenset[int] = frozenset()
    nth: frozenset[tuple[int, int]] = frozenset()
    last: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """Shape: numbers ascend; a day field that is None does not restrict. Where both do, either day
    counts, unless one begins with a star (`is_both_days`): so Unix's cron has it, and Quartz lets
    only one of them restrict."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days_of_month: DaysOfMonth | None
    months: frozenset[int]
    days_of_week: DaysOfWeek | None
    years: frozenset[int] | None
    is_both_days: bool = False

    @property
    def is_every_hour(self) -> bool:
        return len(self.hours) == 24


def read_cron(expression: str) -> Cron:
    """Errors: CronInvalid, naming the field and what it takes."""
    if len(expression) > _LONGEST:
        raise CronInvalid(f"The cron expression is longer than {_LONGEST} characters.")
    fields = expression.upper().split()
    if len(fields) not in (5, 6, 7):
        raise CronInvalid(
            f"A cron expression has {_FORMS}; this one has {len(fields)}.", fields=len(fields)
        )
    is_quartz = len(fields) > 5
    if not is_quartz:
        fields = ["0", *fields]
    second, minute, hour, day, month, weekday, *years = fields
    if is_quartz and (day == "?") == (weekday == "?") and {day, weekday} != {"*"}:
        if day == "?":
            raise CronInvalid("Only one of day of month and day of week may be a ?.")
        if "*" not in (day, weekday):
            raise CronInvalid("Quartz takes a day of month or a day of week: the other is a ?.")
    return Cron(
        seconds=_numbers("seconds", second, 0, 59),
        minutes=_numbers("minutes", minute, 0, 59),
        hours=_numbers("hours", hour, 0, 23),
        days_of_month=None if day in ("?", "*") else _days_of_month(day),
        months=frozenset(_numbers("month", month, 1, 12, MONTH_NAMES)),
        days_of_week=None if weekday in ("?", "*") else _days_of_week(weekday, is_quartz),
        years=frozenset(_numbers("year", years[0], 1970, LAST_YEAR)) if years else None,
        is_both_days=day.startswith("*") or weekday.startswith("*"),
    )


def _numbers(
    field: str, text: str, low: int, high: int, names: Mapping[str, int] | None = None
) -> tuple[int, ...]:
    found: set[int] = set()
    for term in text.split(","):
        found.update(_term(field, term, low, high, names or {}))
    return tuple(sorted(found))


def _term(field: str, term: str, low: int, high: int, names: Mapping[str, int]) -> Iterable[int]:
    """One of `7`, `*`, `1-5`, `22-2` (over the end), any of them with a step, or `5/15`: from 5 on."""
    span, slash, step_text = term.partition("/")
    step = _step(field, term, step_text, high - low + 1) if slash else 1
    if span == "*" or (span == "" and slash):
        return range(low, high + 1, step)
    first_text, dash, last_text = span.partition("-")
    first = _number(field, first_text, low, high, names)
    if not dash:
        return range(first, high + 1, step) if slash else (first,)
    last = _number(field, last_text, low, high, names)
    if last >= first:
        return range(first, last + 1, step)
    width = high - low + 1
    return [(n - low) % width + low for n in range(first, last + width + 1, step)]


def _step(field: str, term: str, text: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 0 < int(text) <= most:
        raise CronInvalid(f"In {field}, {term!r} has a step that is not 1 to {most}.", field=field)
    return int(text)


def _number(field: str, text: str, low: int, high: int, names: Mapping[str, int]) -> int:
    if text in names:
        return names[text]
    if not re.fullmatch(r"[0-9]{1,4}", text) or not low <= int(text) <= high:
        raise CronInvalid(f"In {field}, {text!r} is not {low} to {high}.", field=field)
    return int(text)


def _days_of_month(text: str) -> DaysOfMonth:
    """Also `L`, `L-3` (before the last), `15W` (the nearest weekday), `LW`, `L-3W`."""
    days: set[int] = set()
    near: set[int] = set()
    last: set[tuple[int, bool]] = set()
    for term in text.split(","):
        if match := re.fullmatch(r"L(?:-([0-9]{1,2}))?(W)?", term):
            before = int(match[1] or 0)
            if before > 30:
                raise CronInvalid(f"In day of month, {term!r} is before every month.")
            last.add((before, bool(match[2])))
        elif match := re.fullmatch(r"([0-9]{1,2})W", term):
            near.add(_number("day of month", match[1], 1, 31, {}))
        else:
            days.update(_term("day of month", term, 1, 31, {}))
    return DaysOfMonth(frozenset(days), frozenset(last), frozenset(near))


def _days_of_week(text: str, is_quartz: bool) -> DaysOfWeek:
    """Also `L` (Quartz: Saturday), `6L` (the month's last), `6#3` (its third). Quartz counts from
    Sunday = 1, Unix from Sunday = 0 and takes 7 for it too."""
    low, high = (1, 7) if is_quartz else (0, 7)
    names = {name: number + low for name, number in DAY_NAMES.items()}
    days: set[int] = set()
    last: set[int] = set()
    nth: set[tuple[int, int]] = set()

    def monday_is_0(number: int) -> int:
        return (number - low - 1) % 7

    for term in text.split(","):
        if term == "L" and is_quartz:
            days.add(monday_is_0(7))
        elif match := re.fullmatch(r"([0-9]|[A-Z]{3})L", term):
            last.add(monday_is_0(_number("day of week", match[1], low, high, names)))
        elif match := re.fullmatch(r"([0-9]|[A-Z]{3})#([0-9])", term):
            which = _number("day of week", match[2], 1, 5, {})
            nth.add((monday_is_0(_number("day of week", match[1], low, high, names)), which))
        else:
            # one week has seven days: 7 is Sunday again, and no step goes from it on
            top = high if is_quartz or "7" in term else 6
            days.update(map(monday_is_0, _term("day of week", term, low, top, names)))
    return DaysOfWeek(frozenset(days), frozenset(nth), frozenset(last))
