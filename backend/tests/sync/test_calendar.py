"""When windows are: the golden table of clocks that change, leap days, zones and Quartz's specials."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import CronInvalid, TimeZoneUnknown
from app.sync.timetables.calendar import Calendar, zone_of
from app.sync.timetables.cron_fields import read_cron

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
LORD_HOWE, KATHMANDU, APIA = "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"

# (expression, zone, after in local time, the next windows in local time with their offset)
GOLDEN = [
    # a gap: Berlin's clocks go from 2:00 to 3:00 on 2026-03-29
    ("0 30 2 * * ?", BERLIN, "2026-03-28T12:00", ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]),
    ("0 0/20 2 * * ?", BERLIN, "2026-03-28T12:00", ["2026-03-29T03:00+02:00", "2026-03-30T02:00+02:00"]),
    ("0 0 2,3 * * ?", BERLIN, "2026-03-28T12:00", ["2026-03-29T03:00+02:00", "2026-03-30T02:00+02:00"]),
    ("0 0 */2 * * ?", BERLIN, "2026-03-29T00:30", ["2026-03-29T03:00+02:00", "2026-03-29T04:00+02:00"]),
    ("0 30 * * * ?", BERLIN, "2026-03-29T01:00", ["2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00"]),
    ("30 2 * * *", BERLIN, "2026-03-28T12:00", ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]),
    # an overlap: from 3:00 back to 2:00 on 2026-10-25
    ("0 30 2 * * ?", BERLIN, "2026-10-24T12:00", ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
    ("0 30 * * * ?", BERLIN, "2026-10-25T01:45", ["2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-25T03:30+01:00"]),
    ("0 0/30 * * * ?", BERLIN, "2026-10-25T02:05", ["2026-10-25T02:30+02:00", "2026-10-25T02:00+01:00", "2026-10-25T02:30+01:00", "2026-10-25T03:00+01:00"]),
    ("0 0 */2 * * ?", BERLIN, "2026-10-25T00:30", ["2026-10-25T02:00+02:00", "2026-10-25T04:00+01:00"]),
    # New York: gap on 2026-03-08, overlap on 2026-11-01
    ("0 15 2 ? * SUN", NEW_YORK, "2026-03-07T12:00", ["2026-03-08T03:00-04:00", "2026-03-15T02:15-04:00"]),
    ("0 15 1 * * ?", NEW_YORK, "2026-10-31T12:00", ["2026-11-01T01:15-04:00", "2026-11-02T01:15-05:00"]),
    # Lord Howe's clocks change by half an hour: 2:00 to 2:30 on 2026-10-04, 2:00 to 1:30 on 2026-04-05
    ("0 15 2 * * ?", LORD_HOWE, "2026-10-03T12:00", ["2026-10-04T02:30+11:00", "2026-10-05T02:15+11:00"]),
    ("0 45 1 * * ?", LORD_HOWE, "2026-04-04T12:00", ["2026-04-05T01:45+11:00", "2026-04-06T01:45+10:30"]),
    ("0 0/15 * * * ?", LORD_HOWE, "2026-04-05T01:40", ["2026-04-05T01:45+11:00", "2026-04-05T01:30+10:30", "2026-04-05T01:45+10:30", "2026-04-05T02:00+10:30"]),
    # Apia had no 2011-12-30 at all
    ("0 0 9 * * ?", APIA, "2011-12-29T09:30", ["2011-12-31T00:00+14:00", "2011-12-31T09:00+14:00"]),
    # a zone of odd minutes, and one without changes
    ("0 0 0 * * ?", KATHMANDU, "2026-05-01T10:00", ["2026-05-02T00:00+05:45", "2026-05-03T00:00+05:45"]),
    ("0 30 2 * * ?", "UTC", "2026-03-28T12:00", ["2026-03-29T02:30+00:00", "2026-03-30T02:30+00:00"]),
    # leap days; 2100 is none, and after 2099 Quartz has no years
    ("0 0 12 29 2 ?", "UTC", "2026-01-01T00:00", ["2028-02-29T12:00+00:00", "2032-02-29T12:00+00:00"]),
    ("0 0 12 29 2 ?", "UTC", "2096-02-29T12:00", []),
    ("0 0 12 L 2 ?", "UTC", "2027-01-01T00:00", ["2027-02-28T12:00+00:00", "2028-02-29T12:00+00:00"]),
    ("0 0 12 29 2 ? 2027-2033", "UTC", "2026-01-01T00:00", ["2028-02-29T12:00+00:00", "2032-02-29T12:00+00:00"]),
    ("0 0 12 1 1 ? 2030/20", "UTC", "2026-01-01T00:00", ["2030-01-01T12:00+00:00", "2050-01-01T12:00+00:00"]),
    ("0 0 12 30 2 ?", "UTC", "2026-01-01T00:00", []),
    ("0 0 12 1 1 ? 2020", "UTC", "2026-01-01T00:00", []),
    # Quartz's specials; 2026-08-01 is a Saturday, 2026-02-28 too, 2026-05-31 a Sunday
    ("0 0 12 L * ?", "UTC", "2026-01-15T00:00", ["2026-01-31T12:00+00:00", "2026-02-28T12:00+00:00"]),
    ("0 0 12 L-3 * ?", "UTC", "2026-01-15T00:00", ["2026-01-28T12:00+00:00", "2026-02-25T12:00+00:00"]),
    ("0 0 12 LW * ?", "UTC", "2026-02-01T00:00", ["2026-02-27T12:00+00:00", "2026-03-31T12:00+00:00", "2026-04-30T12:00+00:00", "2026-05-29T12:00+00:00"]),
    ("0 0 12 L-2W * ?", "UTC", "2026-05-01T00:00", ["2026-05-29T12:00+00:00", "2026-06-29T12:00+00:00"]),
    ("0 0 12 15W * ?", "UTC", "2026-08-01T00:00", ["2026-08-14T12:00+00:00", "2026-09-15T12:00+00:00"]),
    ("0 0 12 15W 11 ?", "UTC", "2026-08-01T00:00", ["2026-11-16T12:00+00:00"]),
    ("0 0 12 1W 8 ?", "UTC", "2026-07-01T00:00", ["2026-08-03T12:00+00:00"]),
    ("0 0 12 31W 5 ?", "UTC", "2026-05-01T00:00", ["2026-05-29T12:00+00:00"]),
    ("0 0 12 31W 2 ?", "UTC", "2026-01-01T00:00", []),
    ("0 0 12 ? * 2", "UTC", "2026-11-20T00:00", ["2026-11-23T12:00+00:00"]),
    ("0 0 12 ? * 6#3", "UTC", "2026-11-01T00:00", ["2026-11-20T12:00+00:00", "2026-12-18T12:00+00:00"]),
    ("0 0 12 ? * MON#5", "UTC", "2026-11-01T00:00", ["2026-11-30T12:00+00:00", "2027-03-29T12:00+00:00"]),
    ("0 0 12 ? * 6L", "UTC", "2026-11-01T00:00", ["2026-11-27T12:00+00:00", "2026-12-25T12:00+00:00"]),
    ("0 0 12 ? * FRIL", "UTC", "2026-11-01T00:00", ["2026-11-27T12:00+00:00"]),
    ("0 0 12 ? * L", "UTC", "2026-11-15T00:00", ["2026-11-21T12:00+00:00", "2026-11-28T12:00+00:00"]),
    ("0 0 12 ? * FRI-MON", "UTC", "2026-11-19T00:00", ["2026-11-20T12:00+00:00", "2026-11-21T12:00+00:00", "2026-11-22T12:00+00:00", "2026-11-23T12:00+00:00", "2026-11-27T12:00+00:00"]),
    ("0 0 22-1 * * ?", "UTC", "2026-11-19T21:00", ["2026-11-19T22:00+00:00", "2026-11-19T23:00+00:00", "2026-11-20T00:00+00:00", "2026-11-20T01:00+00:00", "2026-11-20T22:00+00:00"]),
    ("15,45 0 12 1 nov,DEC ?", "UTC", "2026-11-01T12:00", ["2026-11-01T12:00:15+00:00", "2026-11-01T12:00:45+00:00", "2026-12-01T12:00:15+00:00"]),
    ("0 0 12 * * *", "UTC", "2026-11-01T12:00", ["2026-11-02T12:00+00:00"]),
    # Unix: Sunday is 0 and 7, either day counts, unless one begins with a star
    ("0 12 * * 0", "UTC", "2026-11-21T00:00", ["2026-11-22T12:00+00:00"]),
    ("0 12 * * 7", "UTC", "2026-11-21T00:00", ["2026-11-22T12:00+00:00"]),
    ("0 12 * * 1-5", "UTC", "2026-11-20T13:00", ["2026-11-23T12:00+00:00"]),
    ("0 12 24 * 1", "UTC", "2026-11-22T13:00", ["2026-11-23T12:00+00:00", "2026-11-24T12:00+00:00", "2026-11-30T12:00+00:00"]),
    ("0 12 */2 * 1", "UTC", "2026-11-22T13:00", ["2026-11-23T12:00+00:00", "2026-12-07T12:00+00:00"]),
]  # fmt: skip


def calendar(expression: str, zone: str = "UTC") -> Calendar:
    return Calendar(read_cron(expression), zone_of(zone))


@pytest.mark.parametrize(("expression", "zone", "after", "wanted"), GOLDEN)
def test_windows_are_where_the_golden_table_has_them(
    expression: str, zone: str, after: str, wanted: list[str]
) -> None:
    begin = datetime.fromisoformat(after).replace(tzinfo=ZoneInfo(zone))

    found = calendar(expression, zone).windows(begin, max(len(wanted), 1))

    assert found == [datetime.fromisoformat(window) for window in wanted]


@pytest.mark.parametrize(
    "expression",
    [
        "", "   ", "@reboot", "@daily", "* * * *", "0 0 0 * * ? 2026 1", "0 61 * * * ?", "0 0 24 * * ?",
        "60 0 0 * * ?", "0 0 0 0 * ?", "0 0 0 32 * ?", "0 0 0 ? 13 1", "0 0 0 ? * 0", "0 0 0 ? * 8",
        "0 0 0 ? * ?", "0 0 0 1 * 1", "0 0 0 ? * MON#6", "0 0 0 ? * MON#0", "0 0 0 L-31 * ?", "0 0 0 W * ?",
        "0 0 0 32W * ?", "0 */0 * * * ?", "0 */61 * * * ?", "0 1- * * * ?", "0 1,,2 * * * ?", "0 -1 * * * ?",
        "0 1.5 * * * ?", "0 1/ * * * ?", "0 0 0 1 JANUARY ?", "0 0 0 1 1 ? 1969", "0 0 0 1 1 ? 2100",
        "0 0 0 ? * SUN-FOO", "0 \u0661 * * * ?", "0 " * 5_000, "x" * 10_000, "0 0 8 * * * *-",
    ],
    ids=lambda expression: repr(expression[:20]),
)  # fmt: skip
def test_what_is_no_cron_expression_is_refused(expression: str) -> None:
    with pytest.raises(CronInvalid):
        read_cron(expression)


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "x" * 5_000, "\0"]
)
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(TimeZoneUnknown):
        zone_of(zone)


def test_each_second_is_found_without_counting_the_day() -> None:
    begin = datetime(2026, 3, 29, 0, 59, 58, tzinfo=UTC)

    found = calendar("* * * * * ?", BERLIN).windows(begin, 3)

    assert found == [begin + timedelta(seconds=second) for second in (1, 2, 3)]


fields = st.tuples(
    st.integers(0, 59), st.sampled_from(["0", "7", "*/10", "5-20/5", "3,59"]),
    st.sampled_from(["4", "23", "*/6", "8-18/2", "1,13"]),
    st.sampled_from(["*", "1", "31", "*/9", "10-12"]), st.sampled_from(["*", "2", "JAN-MAR", "*/5"]),
)  # fmt: skip
moments = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


@given(fields, moments)
@settings(max_examples=150, deadline=None)
def test_where_no_clock_changes_the_windows_are_croniters(
    parts: tuple[int, str, str, str, str], begin: datetime
) -> None:
    """Source: croniter, which Procrastinate brings; it knows neither Quartz's days nor its gaps."""
    second, *rest = parts
    unix = [*rest, "*"]
    whole_minute = begin.replace(second=0, microsecond=0)
    other = croniter(" ".join(unix), whole_minute - timedelta(minutes=1))
    wanted: list[datetime] = []
    while len(wanted) < 4 and rest[2:] != ["31", "2"]:
        window = other.get_next(datetime) + timedelta(seconds=second)
        wanted += [window] if window > begin else []

    quartz = [str(second), *unix[:3], unix[3], "?"]
    found = calendar(" ".join(quartz)).windows(begin, 4)

    assert found[: len(wanted)] == wanted


@given(moments, st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, KATHMANDU, "UTC"]))
@settings(max_examples=60, deadline=None)
def test_a_daily_window_is_once_a_local_day_in_every_zone(begin: datetime, zone: str) -> None:
    windows = calendar("0 30 2 * * ?", zone).windows(begin, 8)

    days = [window.astimezone(ZoneInfo(zone)).date() for window in windows]
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))
