"""Cursors: read, cut into parts, and written as a source writes them; states in which one can be replaced."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.core import cursors
from app.core.cursors import CursorValue
from app.core.schema import ColumnType

NOON = datetime(2024, 5, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("2024-05-06T12:00:00Z", ColumnType.TIMESTAMPTZ, NOON),
        ("2024-05-06T14:00:00+02:00", ColumnType.TIMESTAMPTZ, NOON),
        ("2024-05-06 14:00:00.5+0200", ColumnType.TIMESTAMPTZ, NOON.replace(microsecond=500_000)),
        ("2024-05-06T12:00:00.123456789Z", ColumnType.TIMESTAMPTZ, NOON.replace(microsecond=123_456)),
        ("2024-05-06", ColumnType.TIMESTAMPTZ, NOON.replace(hour=0)),
        ("2024-05-06T14:00:00+02:00", ColumnType.TIMESTAMP, NOON.replace(tzinfo=None)),
        *((f"2024-05-06{rest}", ColumnType.DATE, date(2024, 5, 6)) for rest in ("", "T00:00:00Z", " 00:00:00.000", "T00:00:00-05:00")),
        *((f"2024-05-06T{time}", ColumnType.DATE, None) for time in ("23:30:00-05:00", "00:00:00.1Z", "24:00:00")),
        ("2024-02-30", ColumnType.DATE, None),
        ("-7", ColumnType.BIGINT, -7),
        *((str(whole), ColumnType.BIGINT, whole) for whole in (1_704_067_200_123_456_789, 2**63 - 1, -(2**63))),
        *((text, ColumnType.BIGINT, None) for text in (str(2**63), str(-(2**63) - 1), "1_000", "0x1f", "\u0667", " 7")),
        *((text, ColumnType.NUMERIC, None) for text in ("1_000.5", "0x1f", "\u0667", " 7", "Infinity", ".", "")),
        ("1e3", ColumnType.NUMERIC, Decimal(1000)), (".5", ColumnType.NUMERIC, Decimal("0.5")), ("-1.", ColumnType.NUMERIC, Decimal(-1)),
        ("1.50", ColumnType.NUMERIC, Decimal("1.50")),
        *((text, ColumnType.TIMESTAMPTZ, None) for text in ("now", "", "1700000000", "2024-13-01", "01/02/2024")),
        ("1.0", ColumnType.BIGINT, None), ("NaN", ColumnType.NUMERIC, None), ("x", ColumnType.NUMERIC, None),
    ],
)  # fmt: skip
def test_a_cursor_is_read_as_its_column_reads_it(
    text: str, type_: ColumnType, value: CursorValue | None
) -> None:
    assert cursors.read(text, type_) == value


@pytest.mark.parametrize(
    "sample",
    [
        "2021-01-01", "2021-01-01T00:00:00Z", "2021-01-01 00:00:00", "2021-01-01T00:00:00.000Z",
        "2021-01-01T00:00:00.000000+0000", "2021-01-01T00:00:00-05:00", "2021-01-01T00:00:00.000000000",
    ],
)  # fmt: skip
@given(at=some.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=some.just(UTC)))
def test_what_is_written_like_a_sample_has_its_form_and_is_no_later(
    sample: str, at: datetime
) -> None:
    told = cursors.written_like(at, sample)
    back = cursors.read(told, ColumnType.TIMESTAMPTZ)

    assert len(told) == len(sample)
    assert isinstance(back, datetime)
    assert back <= at
    assert cursors.written_like(back, sample) == told
    assert cursors.read(cursors.written(at), ColumnType.TIMESTAMPTZ) == at


@pytest.mark.parametrize("zone", ["", "Z", "+05:30", "-05:00"])
def test_a_day_is_written_like_a_sample_as_that_day_in_every_zone(zone: str) -> None:
    told = cursors.written_like(date(2024, 5, 6), f"2021-01-01T00:00:00{zone}")

    assert told == f"2024-05-06T00:00:00{zone}"
    assert cursors.read(told, ColumnType.DATE) == date(2024, 5, 6)


@given(
    since=some.integers(-100, 100), length=some.integers(1, 50), wanted=some.integers(1, 60)
)  # fmt: skip
def test_parts_are_the_range_and_none_is_empty(since: int, length: int, wanted: int) -> None:
    for low, high in (
        (since, since + length),
        (Decimal(since), Decimal(since + length)),
        (date.fromordinal(since + 700_000), date.fromordinal(since + length + 700_000)),
        (NOON.replace(microsecond=0), NOON.replace(microsecond=length)),
    ):
        bounds = cursors.parts(low, high, wanted)

        assert (bounds[0], bounds[-1]) == (low, high)
        assert all(a < b for a, b in pairwise(bounds))  # type: ignore[operator]
        assert len(bounds) - 1 <= wanted
