"""Tests of app/layers/projection.py: the plain form, and the guarded one where a value does not fit."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

from app.core.catalog import SyncMode
from app.core.layout import Misfit
from app.database.identifiers import Table
from app.layers import projection, staging
from tests.conftest import SERVERS
from tests.fixtures.atlas import KEYS, Atlas
from tests.fixtures.by_hand import START, ByHand
from tests.fixtures.scripted import INSTANT, offered

SCHEMA = {
    "id": {"type": "string"},
    "n": {"type": "integer"},
    "d": {"type": "number"},
    "b": {"type": "boolean"},
    "on": {"type": "string", "format": "date"},
    "at": INSTANT,
    "local": {"type": "string", "format": "date-time", "airbyte_type": "timestamp_without_timezone"},
    "hour": {"type": "string", "format": "time"},
    "zoned": {"type": "string", "airbyte_type": "time_with_timezone"},
    "doc": {"type": ["object", "array"]},
}  # fmt: skip
GOOD = {
    "n": 7, "d": 1.10, "b": True, "on": "2024-02-29", "at": "2024-01-01T12:00:00+02:00",
    "local": "2024-01-01T12:00:00", "hour": "23:59:59", "zoned": "10:00:00+01", "doc": {"a": [1]},
}  # fmt: skip
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
FITS: list[tuple[str, object, object]] = [
    ("n", "7", 7), ("n", 1.0, 1), ("n", 1e3, 1000), ("n", -(2**63), -(2**63)), ("n", 2**63 - 1, 2**63 - 1),
    ("d", "1.5", Decimal("1.5")), ("d", 10**30, Decimal(10**30)), ("on", "2024-02-29T00:00:00", date(2024, 2, 29)),
    ("at", "2024-01-01", datetime(2024, 1, 1, tzinfo=UTC)), ("hour", "12:30", time(12, 30)),
    ("id", {"a": 1}, '{"a": 1}'), ("id", 5, "5"), ("doc", "text", '"text"'), ("doc", 5, "5"),
    # exact, however many digits
    ("d", 0.1, Decimal("0.1")), ("d", 2**63, Decimal(2**63)), ("d", int("9" * 38), Decimal("9" * 38)), ("d", "1e400", Decimal("1e400")),
    ("d", "12345678901234567890.123456789012345678", Decimal("12345678901234567890.123456789012345678")),
    # however a number begins; what is none and yet a value of its type
    ("n", 0, 0), ("n", "-0", 0), ("n", -7, -7), ("n", " 7", 7), ("n", "+7", 7), ("n", "07", 7), ("d", "0e5", Decimal(0)), ("d", -0.5, Decimal("-0.5")),
    ("d", ".5", Decimal("0.5")), ("d", "-.5", Decimal("-0.5")), ("d", "Infinity", Decimal("Infinity")), ("d", "-Infinity", Decimal("-Infinity")),
    # instants: a day's end and a leap second are the next day's beginning; beyond microseconds is rounded
    ("at", "2024-01-01T24:00:00Z", datetime(2024, 1, 2, tzinfo=UTC)), ("at", "2024-06-30T23:59:60Z", datetime(2024, 7, 1, tzinfo=UTC)),
    ("at", "2024-01-01t12:00:00z", NOON), ("at", "2024-01-01T17:30:00+05:30", NOON), ("at", "2024-01-01T17:30:00+0530", NOON),
    ("at", "2024-01-01 12:00:00 UTC", NOON), ("at", "2024-01-01 12:00 GMT", NOON), ("at", "2024-01-01T12:00:00", NOON),
    ("at", "2024-01-01T12:00:00.1234564Z", NOON.replace(microsecond=123456)), ("at", "20240101T120000Z", NOON), ("at", "0001-01-01", datetime(1, 1, 1, tzinfo=UTC)),
    # a date at midnight, as it is written, is that day in every zone
    ("on", "2024-02-29T00:00:00.000", date(2024, 2, 29)), ("on", "2024-02-29 00:00", date(2024, 2, 29)), ("on", "20240229T000000Z", date(2024, 2, 29)),
    ("on", "2024-02-29T00:00:00-05:00", date(2024, 2, 29)), ("on", "2024-02-29T00:00:00+05:30", date(2024, 2, 29)),
    ("on", "20240229", date(2024, 2, 29)), ("on", "2024-2-9", date(2024, 2, 9)), ("on", "9999-12-31", date(9999, 12, 31)),
    # without zones: what a clock in UTC shows
    ("local", "2024-01-01T14:00:00+02:00", NOON.replace(tzinfo=None)), ("local", "2024-01-01T12:00:00Z", NOON.replace(tzinfo=None)),
    ("hour", "12:30:00Z", time(12, 30)), ("hour", "14:30:00+02:00", time(12, 30)), ("hour", "9:05 pm", time(21, 5)),
]  # fmt: skip
MISFITS: list[tuple[str, object]] = [
    ("n", 2**63), ("n", -(2**63) - 1), ("n", 1.5), ("n", "seven"), ("n", ""), ("n", "NaN"), ("n", {}), ("n", True),
    # numbers to PostgreSQL from version 16 on
    *((field, value) for field in "nd" for value in ("0x1f", "-0x1f", " 0X1F", "0b1", "0o17", "1_000", "-1_0", "0_1", "1e1_0")),
    ("d", "1,5"), ("d", "x"), ("b", "yes"), ("b", 1), ("b", "True"),
    ("on", "2024-02-30"), ("on", "today"), ("on", " today"), ("on", "infinity"), ("on", 5.5),
    ("at", "now"), ("at", "\tnow"), ("at", "-infinity"), ("at", "epoch"), ("at", "2024-01-01T25:00:00Z"), ("at", ""),
    ("local", "tomorrow"), ("local", "300000-01-01T00:00:00"), ("hour", "now"), ("hour", "allballs"),
    ("hour", "25:00"), ("zoned", "now"), ("zoned", "x"),
    # instants that PostgreSQL knows, or believes to know
    ("at", "0000-01-01T00:00:00Z"), ("at", "10000-01-01T00:00:00Z"), ("at", "0044-03-15 BC"), ("at", "-0001-01-01T00:00:00Z"),
    ("at", "2024-01-01T12:00:00,5Z"), ("at", "2024-01-01T12:00:00+25:00"), ("at", "2024-01-01 12:00 IST"), ("at", "2024-01-01 12:00 Asia/Kolkata"),
    ("at", 40506), ("at", "040506"), ("at", 240101), ("at", 1700000000), ("at", 1700000000000), ("at", "01/02/2024"), ("at", "01-02-03"), ("at", "2024-01"),
    ("at", "1-02-2024"), ("on", "01-2-2024"), ("local", "01-02-2024 10:00"),
    # a date has no time of day, nor a day's end, which is the next day's beginning
    ("on", "2024-02-29T23:30:00-05:00"), ("on", "2024-02-29 00:00:00.000001"), ("on", "2024-02-29 12:00 pm"), ("on", "20240229T000001Z"),
    ("on", "2024-02-29T24:00:00"),
    ("local", "01/02/2024 12:00"), ("local", "2024-01-01T12:00:00 CST"), ("on", "01/02/2024"), ("on", "1-2-2024"), ("on", 240101),
    ("hour", 1700), ("hour", "040506"), ("hour", "2024-01"), ("hour", "2024-01-01T10:00:00"), ("hour", "10:00 IST"), ("zoned", "10:00 IST"), ("zoned", 10),
]  # fmt: skip
STREAM = offered("things", SCHEMA)


async def both(
    atlas: Atlas, misfit: Misfit, records: list[dict[str, object]]
) -> list[list[dict[str, object]]]:
    """The staged rows of the first record alone, which fits, and of all of them together."""
    hand = await ByHand.of(atlas, STREAM, SyncMode.INCREMENTAL_APPEND, misfit=misfit)
    first = await hand.land(records[:1])
    last = await hand.land(records[1:])
    staged = [
        await hand.stage(after, upto) for after, upto in ((first - 1, first), (first - 1, last))
    ]
    return [await atlas.rows(str(each.table), "_atlas_batch_id, _atlas_seq") for each in staged]


@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_a_misfit_is_found_and_no_good_value_changes_for_it(atlas: Atlas) -> None:
    records = [{"id": "good", **GOOD}]
    records += [{"id": "fits", **GOOD, field: value} for field, value, _ in FITS]
    records += [{"id": "misfit", **GOOD, field: value} for field, value in MISFITS]

    (plain,), guarded = await both(atlas, Misfit.QUARANTINE, records)

    own = list(SCHEMA)
    assert [plain[name] for name in own] == [guarded[0][name] for name in own]
    assert plain["at"] == datetime(2024, 1, 1, 10, tzinfo=UTC)
    assert (plain["d"], plain["doc"]) == (Decimal("1.1"), '{"a": [1]}')
    for row, (field, value, typed) in zip(guarded[1:], FITS, strict=False):
        assert row["_atlas_violations"] is None, (field, value)
        assert row[field] == typed, (field, value)
    for row, (field, value) in zip(guarded[1 + len(FITS) :], MISFITS, strict=True):
        assert row["_atlas_violations"] == [f"type:{field}"], (field, value)
        assert row[field] is None, (field, value)
        others = [name for name in own if name not in ("id", field)]
        assert [row[name] for name in others] == [plain[name] for name in others]


async def test_a_misfit_becomes_null_with_its_reason_where_that_is_the_policy(atlas: Atlas) -> None:
    records = [{"id": "good", **GOOD}]
    records += [{"id": "misfit", **GOOD, field: value} for field, value in MISFITS]

    (plain,), guarded = await both(atlas, Misfit.NULL, records)

    assert plain["_airbyte_meta"] is None
    for row, (field, value) in zip(guarded[1:], MISFITS, strict=True):
        assert row["_atlas_violations"] is None
        assert row[field] is None
        (change,) = json.loads(str(row["_airbyte_meta"]))["changes"]
        assert (change["field"], change["change"]) == (field, "NULLED"), value


@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_what_only_the_cast_refuses_changes_nothing_of_what_fits(atlas: Atlas) -> None:
    """Each value alone, so that the plain form has no reason to give way to the guarded one."""
    hand = await ByHand.of(atlas, STREAM, SyncMode.INCREMENTAL_APPEND)
    cases = [(field, value, typed, True) for field, value, typed in FITS]
    cases += [(field, value, None, False) for field, value in MISFITS]
    for field, value, typed, fits in cases:
        batch = await hand.land([{"id": "one", field: value}])
        staged = await hand.stage(batch - 1, batch)
        (row,) = await atlas.rows(str(staged.table))
        assert row[field] == typed, (field, value)
        assert (row["_atlas_violations"] is None) is fits, (field, value)


async def test_numbers_stay_exact_from_the_records_bytes_on(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, STREAM, SyncMode.INCREMENTAL_APPEND)
    numbers = [
        "1e400",
        "0.1",
        "9223372036854775808",
        "9" * 38,
        "1.10",
        "-0.0000000000000000000000000000001",
    ]
    batch = await hand.land([b'{"id": "a", "d": %s}' % number.encode() for number in numbers])

    staged = await hand.stage(batch - 1, batch)

    found = await atlas.values(f"SELECT d FROM {staged.table} ORDER BY _atlas_seq")
    assert found == [Decimal(number) for number in numbers]


async def test_no_value_of_a_record_is_in_what_a_failure_says(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, STREAM)
    last = await hand.land([{"id": "a", "n": "secret"}])

    staged = await hand.stage(last - 1, last)  # the plain form fails, the guarded one does not

    assert staged.rows == 1


async def test_fields_that_must_be_there_are_asked_for_but_of_a_delete_marker(atlas: Atlas) -> None:
    schema = {"id": {"type": "integer"}, "name": {"type": "string"}, "_ab_cdc_deleted_at": INSTANT}
    stream = offered("things", schema)
    stream.json_schema["required"] = ["name"]  # type: ignore[index]
    hand = await ByHand.of(atlas, stream)
    last = await hand.land(
        [
            {"id": 1, "name": "a"},
            {"id": 2, "name": None},
            {"id": 3},
            {"id": 4, "_ab_cdc_deleted_at": "2024-01-01"},
        ]
    )

    fates = await hand.promote(last - 1, last)

    assert (fates.charted, fates.quarantined, fates.deleted) == (1, 2, 1)
    kept = await atlas.rows("quarantine.chart_records", "seq")
    assert [row["rules"] for row in kept] == [["required:name"]] * 2


async def test_nested_keys_and_cursors_are_read_where_they_lie(atlas: Atlas) -> None:
    stream = offered(
        "things", {"doc": {"type": "object"}, "v": {"type": "integer"}},
        primary_key=[("doc", "id"), ("doc", "it's", "no")], cursor=("doc", "n"),
    )  # fmt: skip
    hand = await ByHand.of(atlas, stream)

    def record(key: object, order: str, v: int) -> dict[str, object]:
        return {"doc": {"id": key, "it's": {"no": 1}, "n": order}, "v": v}

    last = await hand.land(
        [record(1, "b", 1), record(1, "a", 2), record(2, "a", 3), record(None, "a", 4)]
    )

    fates = await hand.promote(last - 1, last)

    assert (fates.charted, fates.superseded, fates.quarantined) == (2, 1, 1)
    assert await hand.rows(f"SELECT v FROM {hand.tables.chart} ORDER BY v") == [(1,), (3,)]


async def test_staging_that_a_dead_attempt_left_is_swept_and_no_other(
    atlas: Atlas, tmp_path: Path
) -> None:
    hand = await ByHand.of(atlas, STREAM)
    last = await hand.land([{"id": "a"}])
    staged = await hand.stage(last - 1, last)
    others = [Table("staging", "ledger_things_2_7"), Table("staging", "ledger_thing_7")]
    for other in others:
        await atlas.execute(f"CREATE TABLE {other} ()")

    async with hand.database.transaction() as session:
        await staging.sweep(session, hand.layout)

    left = await atlas.values(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'staging' ORDER BY 1"
    )
    assert left == sorted(other.name for other in others)
    assert staged.rows == 1


async def test_a_key_of_whole_numbers_is_hashed_as_a_rows_text_form(atlas: Atlas) -> None:
    schema = {name: {"type": "integer"} for name in ("a", "b")}
    hand = await ByHand.of(atlas, offered("things", schema, primary_key=(("a",), ("b",))))
    last = await hand.land([{"a": 1, "b": -23}, {"a": 12, "b": 3}])
    staged = await hand.stage(last - 1, last)

    same = await atlas.values(
        "SELECT _atlas_key_hash = encode(substr(sha256($1::bytea || textsend(ROW(a::text, b::text)::text)), 1, 16), 'hex')::uuid"
        f" FROM {staged.table}",
        KEYS.hash_key("key_hash"),
    )

    assert same == [True, True]


@pytest.mark.parametrize("is_left_out", [True, False], ids=["left out", "beyond the columns"])
async def test_a_delete_marker_counts_where_no_column_is_read_for_it(
    atlas: Atlas, is_left_out: bool
) -> None:
    marker = projection.DELETED_AT
    schema = {"id": {"type": "integer"}, "at": INSTANT, marker: INSTANT}
    hand = await ByHand.of(atlas, offered("facts", schema, cursor=("at",)))
    if is_left_out:
        hand.layout = replace(hand.layout, left_out=(marker,))
    else:
        columns = tuple(c for c in hand.layout.columns if c.name != marker)
        hand.layout = replace(hand.layout, columns=columns, has_rest=True)
    at = START.isoformat()
    batch = await hand.land([{"id": 1, "at": at}, {"id": 2, "at": at, marker: at}])

    staged = await hand.stage(batch - 1, batch)

    rows = await hand.rows(f"SELECT id, _atlas_is_deleted FROM {staged.table} ORDER BY id")
    assert rows == [(1, False), (2, True)]
