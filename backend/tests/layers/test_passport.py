"""Tests of app/layers/passport.py: a clear key becomes the hash that its record got."""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest

from app.core.catalog import SyncMode
from app.core.errors import InvalidRequest
from app.layers import passport
from app.layers.passport import Key
from tests.fixtures.atlas import Atlas
from tests.fixtures.by_hand import ByHand
from tests.fixtures.scripted import INSTANT, offered

SCHEMA: Mapping[str, object] = {
    "id": {"type": "integer"},
    "price": {"type": "number"},
    "at": INSTANT,
    "code": {"type": "string"},
    "on": {"type": "string", "format": "date"},
    "open": {"type": "boolean"},
    "doc": {"type": "object"},
}


async def hashed(hand: ByHand, key: Key) -> UUID:
    async with hand.database.connection() as session:
        return await passport.key_hash_of(session, hand.projection, key)


@pytest.mark.parametrize(
    ("primary_key", "record", "asked"),
    [
        ([("id",)], {"id": 7}, [{"id": 7}, [7], ["7"], ["7.0"], {"id": 7.0}]),
        ([("id",)], {"id": 9_007_199_254_740_993}, [["9007199254740993"], [9_007_199_254_740_993]]),
        ([("price",)], {"price": 1.50}, [{"price": 1.5}, ["1.500"], {"price": "1.5"}]),
        ([("at",)], {"at": "2026-01-01T12:00:00Z"}, [["2026-01-01T13:00:00+01:00"], ["2026-01-01 12:00Z"]]),
        ([("code",)], {"code": "a'|\"b\u0000\ud800ü"}, [["a'|\"b\u0000\ud800ü"], {"code": "a'|\"b\u0000\ud800ü"}]),
        ([("code",)], {"code": "7"}, [["7"], [7]]),
        ([("on",), ("open",)], {"on": "2026-02-01", "open": True}, [["2026-02-01", True], {"open": True, "on": "2026-02-01"}]),
        ([("doc", "a", "b"), ("doc", "c"), ("id",)], {"doc": {"a": {"b": "x"}, "c": 1}, "id": 1}, [["x", 1, 1], {"id": 1, "doc": {"a": {"b": "x", "z": 2}, "c": 1}}]),
    ],
    ids=lambda value: "+".join(".".join(path) for path in value) if isinstance(value, list) and isinstance(value[0], tuple) else "",
)  # fmt: skip
@pytest.mark.parametrize("cursor", [(), ("at",), ("id",)], ids=["no cursor", "at", "id"])
async def test_a_clear_key_has_the_hash_of_its_record(
    primary_key: Sequence[tuple[str, ...]],
    record: Mapping[str, object],
    asked: Sequence[Key],
    cursor: tuple[str, ...],
    atlas: Atlas,
) -> None:
    hand = await ByHand.of(atlas, offered("things", SCHEMA, primary_key=primary_key, cursor=cursor))
    last = await hand.land([{"at": "2026-01-01T00:00:00Z", "id": 1, **record}])
    await hand.promote(0, last)
    ((charted,),) = await hand.rows(f"SELECT _atlas_key_hash FROM {hand.tables.chart}")

    found = [await hashed(hand, key) for key in asked]

    assert found == [charted] * len(asked)


@pytest.mark.parametrize("key", [{}, {"id": 1, "code": "x"}, {"code": "x"}, [], [1, 2], {"id": None}, {"id": "seven"}, [[7]], {"id": 1e300}])  # fmt: skip
async def test_a_key_that_is_none_of_the_stream_names_the_fields_and_not_the_value(
    key: Key, atlas: Atlas
) -> None:
    hand = await ByHand.of(atlas, offered("things", SCHEMA))

    with pytest.raises(InvalidRequest) as refused:
        await hashed(hand, key)

    assert "The key of this stream is: id." in refused.value.detail
    assert "seven" not in refused.value.detail


async def test_a_stream_without_a_key_cannot_be_asked_by_one(atlas: Atlas) -> None:
    stream = offered("things", SCHEMA, primary_key=())
    hand = await ByHand.of(atlas, stream, SyncMode.INCREMENTAL_APPEND)

    with pytest.raises(InvalidRequest, match="no primary key"):
        await hashed(hand, {"id": 1})


async def test_values_are_shown_exactly(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, offered("things", SCHEMA))
    last = await hand.land([b'{"id": 1, "price": 0.1234567890123456789, "doc": {"a": 1.5}, "open": true}'])  # fmt: skip
    await hand.promote(0, last)

    async with hand.database.connection() as session:
        key_hash = await passport.key_hash_of(session, hand.projection, [1])
        (row,) = await passport.chart_rows(session, hand.layout, key_hash, 10)
        source = await passport.source_message(session, hand.layout, row.batch_id, row.seq)
        nothing = await passport.source_message(session, hand.layout, row.batch_id, row.seq + 1)

    assert row.values["price"] == "0.1234567890123456789"
    assert (row.values["doc"], row.values["open"], row.values["code"]) == ({"a": 1.5}, True, None)
    assert json.loads(source or "") == {"id": 1, "price": 0.1234567890123456789, "doc": {"a": 1.5}, "open": True}  # fmt: skip
    assert nothing is None


async def test_a_number_that_python_does_not_read_is_shown_as_text(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, offered("things", SCHEMA))
    last = await hand.land([b'{"id": 1, "price": 1e5000, "doc": {"a": [-1e5000, 7, 1e400]}}'])
    await hand.promote(0, last)

    async with hand.database.connection() as session:
        key_hash = await passport.key_hash_of(session, hand.projection, [1])
        (row,) = await passport.chart_rows(session, hand.layout, key_hash, 10)
        (version,) = await passport.versions(session, hand.layout, key_hash, 10)

    assert row.values["price"] == "1" + "0" * 5_000
    assert row.values["doc"] == {"a": ["-1" + "0" * 5_000, 7, 10**400]}
    assert version.values == row.values


@pytest.mark.parametrize(
    "mode", [SyncMode.INCREMENTAL_DEDUPED_HISTORY, SyncMode.INCREMENTAL_APPEND]
)
async def test_a_version_may_begin_before_the_year_1_or_after_9999(
    mode: SyncMode, atlas: Atlas
) -> None:
    hand = await ByHand.of(atlas, offered("things", SCHEMA, cursor=("at",)), mode)
    instants = ["0001-01-01T00:00:00+01:00", "2026-01-01T12:00:00.5Z", "9999-12-31T23:59:59-01:00"]
    last = await hand.land([{"id": 1, "at": at, "code": at} for at in instants])
    await hand.promote(0, last)

    async with hand.database.connection() as session:
        key_hash = await passport.key_hash_of(session, hand.projection, [1])
        found = await passport.versions(session, hand.layout, key_hash, 10)

    assert [version.valid_from for version in found] == [
        "+010000-01-01T00:59:59Z", "2026-01-01T12:00:00.500000Z", "0000-12-31T23:00:00Z",
    ]  # fmt: skip
    assert [version.valid_to for version in found] == [None, found[0].valid_from, found[1].valid_from]  # fmt: skip


@pytest.mark.parametrize("mode", [SyncMode.INCREMENTAL_APPEND, SyncMode.FULL_REFRESH_OVERWRITE])
async def test_every_row_of_a_key_is_found_where_chart_has_more_than_one(
    mode: SyncMode, atlas: Atlas
) -> None:
    hand = await ByHand.of(atlas, offered("things", SCHEMA), mode)
    last = await hand.land([{"id": key, "code": str(n)} for n in range(3) for key in (1, 2)])
    await hand.promote(0, last)

    async with hand.database.connection() as session:
        key_hash = await passport.key_hash_of(session, hand.projection, [1])
        rows = await passport.chart_rows(session, hand.layout, key_hash, 10)
        two = await passport.chart_rows(session, hand.layout, key_hash, 2)

    assert [row.values["code"] for row in rows] == ["2", "1", "0"]
    assert two == rows[:2]
