"""Values of a cursor: read as its column would read them, put in order, cut into parts, and written as the
source itself writes them."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from app.core.schema import NUMBERS, ColumnType

CursorValue = datetime | date | int | Decimal

_INSTANT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:(?P<between>[T ])(?P<time>\d\d:\d\d:\d\d)(?P<fraction>\.\d{1,9})?(?P<zone>Z|[+-]\d\d:?\d\d)?)?"
)
_WHOLE = re.compile(r"-?[0-9]{1,19}")
_DECIMAL = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?")
_BIGINTS = range(-(2**63), 2**63)


def is_ordered(type_: ColumnType | None) -> bool:
    """True of a type whose order is the same for a source and for Atlas: instants, dates and numbers.

    Text is ordered by a source as it likes.
    """
    return type_ is not None and (type_.is_instant or type_ in NUMBERS)


def read(text: str, type_: ColumnType) -> CursorValue | None:
    """A value as its column has it; none of a text that is no such value, or not surely.

    Shape: without a zone UTC is meant; a column without zones has what a clock in UTC shows, one of dates the day
           that is written, at midnight.
    """
    if type_ is ColumnType.BIGINT:
        return int(text) if _WHOLE.fullmatch(text) and int(text) in _BIGINTS else None
    if type_ is ColumnType.NUMERIC:
        return _decimal(text)
    found = _INSTANT.fullmatch(text)
    if found is None:
        return None
    if type_ is ColumnType.DATE:
        return _day(found)
    fraction = (found["fraction"] or "")[:7]
    try:
        instant = datetime.fromisoformat(
            f"{found['day']}T{found['time'] or '00:00:00'}{fraction}{found['zone'] or 'Z'}"
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant.replace(tzinfo=None) if type_ is ColumnType.TIMESTAMP else instant


def written(value: CursorValue) -> str:
    """A value in the one form in which Atlas keeps it."""
    return value.isoformat() if isinstance(value, date) else str(value)


def written_like(value: CursorValue, sample: str) -> str:
    """A value as its source writes them: with the same parts of an instant, in the same zone.

    Shape: `sample` can be read; what it has no place for is cut off, so the value is never a later one.
    """
    if not isinstance(value, date):
        return str(value)
    found = _INSTANT.fullmatch(sample)
    assert found is not None  # noqa: S101  the caller has read it
    if found["time"] is None:
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    zone = found["zone"] or ""
    if not isinstance(value, datetime):  # a day is the same in every zone
        instant = datetime(value.year, value.month, value.day)
    else:
        instant = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        if zone not in ("", "Z"):
            instant = instant.astimezone(
                datetime.fromisoformat(f"2000-01-01T00:00:00{zone}").tzinfo
            )
    digits = len(found["fraction"] or ".") - 1
    fraction = f".{instant.microsecond:06d}000"[: digits + 1] if digits else ""
    return f"{instant:%Y-%m-%d}{found['between']}{instant:%H:%M:%S}{fraction}{zone}"


def just_before(value: CursorValue) -> CursorValue:
    """A value before this one: what a source is told that it has sent already, so that it sends this one too.

    Units: a second, a day, or 1.
    """
    try:
        if isinstance(value, datetime):
            return value - timedelta(seconds=1)
        return value - timedelta(days=1) if isinstance(value, date) else value - 1
    except OverflowError:
        return value


def parts(since: CursorValue, until: CursorValue, wanted: int) -> Sequence[CursorValue]:
    """The bounds of about as many equal parts, from `since` to `until`; fewer where there are not so many
    values between."""
    bounds = [since]
    for number in range(1, wanted):
        bound = _between(since, until, number, wanted)
        if bounds[-1] < bound < until:  # type: ignore[operator]  # both are of one type
            bounds.append(bound)
    return [*bounds, until]


def _between(since: CursorValue, until: CursorValue, number: int, wanted: int) -> CursorValue:
    if isinstance(since, datetime) and isinstance(until, datetime):
        return since + (until - since) * number // wanted
    if isinstance(since, date) and isinstance(until, date):
        return since + timedelta(days=(until - since).days * number // wanted)
    if isinstance(since, int) and isinstance(until, int):
        return since + (until - since) * number // wanted
    assert isinstance(since, Decimal)  # noqa: S101  both bounds were read as one type
    assert isinstance(until, Decimal)  # noqa: S101
    return since + (until - since) * number / wanted


def _day(found: re.Match[str]) -> date | None:
    if found["time"] not in (None, "00:00:00") or (found["fraction"] or "").strip(".0"):
        return None
    try:
        return date.fromisoformat(found["day"])
    except ValueError:
        return None


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if _DECIMAL.fullmatch(text) else None
