"""Tests of app/layers/profile.py: what chart holds, counted by hand where it is small, near it where it is not."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.layers import profile
from app.layers.profile import ChartProfile, ColumnProfile, Spread, distinct
from tests.fixtures.atlas import Atlas
from tests.fixtures.by_hand import ByHand
from tests.fixtures.scripted import INSTANT, offered

SCHEMA: Mapping[str, object] = {
    "id": {"type": "integer"},
    "price": {"type": "number"},
    "name": {"type": ["null", "string"]},
    "at": INSTANT,
    "is_open": {"type": "boolean"},
    "doc": {"type": "object"},
}
EVERY = frozenset(SCHEMA)


async def published(atlas: Atlas, records: Sequence[Mapping[str, object]]) -> ByHand:
    hand = await ByHand.of(atlas, offered("things", SCHEMA))
    await hand.promote(0, await hand.land(records))
    return hand


async def profiled(hand: ByHand, shown: frozenset[str] = EVERY) -> ChartProfile:
    async with hand.database.connection() as session:
        return await profile.of_chart(session, hand.layout, shown)


def column(found: ChartProfile, name: str) -> ColumnProfile:
    return next(each for each in found.columns if each.column == name)


RECORDS: Sequence[Mapping[str, object]] = [
    {"id": 1, "price": 1.50, "name": "b", "at": "2026-01-01T00:00:00Z", "is_open": True, "doc": {"a": 1}},
    {"id": 2, "price": 1.5, "name": "b", "is_open": True, "doc": {"a": 1}},
    {"id": 3, "price": -1, "name": "ä" * 120},
    {"id": 1, "price": 9, "name": "c", "is_open": False},
]  # fmt: skip


async def test_a_small_chart_is_counted_to_the_last_row(atlas: Atlas) -> None:
    found = await profiled(await published(atlas, RECORDS))

    # of key 1 the last counts
    assert (found.rows, found.sampled) == (3, None)
    spread = Spread(low="1", high="3", counts=[1, *[0] * 5, 1, *[0] * 4, 1])
    assert column(found, "id") == ColumnProfile(column="id", nulls=0, counted=3, distinct=3, low="1", high="3", top=[], spread=spread)  # fmt: skip
    price = column(found, "price")
    assert (price.distinct, price.low, price.high, price.top) == (3, "-1", "9", [])
    name = column(found, "name")
    assert (name.low, name.high) == ("b", "ä" * 100)
    assert (name.shortest, name.longest) == (1, 240)
    assert name.mean_length == pytest.approx(242 / 3)
    assert column(found, "at").nulls == 3
    assert (column(found, "is_open").nulls, column(found, "is_open").distinct) == (1, 2)
    doc = column(found, "doc")
    assert (doc.nulls, doc.distinct, doc.low) == (2, 1, None)


async def test_the_most_frequent_values_are_those_that_come_more_than_once(atlas: Atlas) -> None:
    names = [*"aaaabbbccdefgh", "x" * 150, "x" * 150]
    hand = await published(atlas, [{"id": n, "name": name} for n, name in enumerate(names)])

    found = column(await profiled(hand), "name")

    assert found.top == [("a", 4), ("b", 3), ("c", 2), ("x" * 100, 2)]
    assert found.distinct == 9


async def test_numbers_and_instants_are_counted_in_parts_of_equal_width(atlas: Atlas) -> None:
    records = [
        {"id": n, "price": 1e30 if n == 24 else n, "at": f"2026-01-{n + 1:02}T00:00:00Z", "name": "x", "is_open": True}
        for n in range(25)
    ]  # fmt: skip
    hand = await published(atlas, [*records, {"id": 25}])

    found = await profiled(hand)

    at = column(found, "at").spread
    assert at is not None
    assert (at.low[:19], at.high[:19]) == ("2026-01-01T00:00:00", "2026-01-25T00:00:00")
    assert at.counts == [*[2] * 11, 3], "the last part has its end"
    price = column(found, "price").spread
    assert price is not None
    assert (price.counts[0], price.counts[-1], sum(price.counts)) == (24, 1, 25), (
        "null is in no part"
    )
    assert {column(found, name).spread for name in ("name", "is_open", "doc")} == {None}


async def test_a_number_that_is_always_the_same_is_one_part(atlas: Atlas) -> None:
    hand = await published(atlas, [{"id": n, "price": 7} for n in range(3)])

    assert column(await profiled(hand), "price").spread == Spread(low="7", high="7", counts=[3])


async def test_a_column_that_is_not_shown_has_counts_alone(atlas: Atlas) -> None:
    hand = await published(atlas, RECORDS)

    found = await profiled(hand, frozenset({"id"}))

    assert column(found, "name") == ColumnProfile(column="name", nulls=0, counted=3, distinct=3)
    assert column(found, "price") == ColumnProfile(column="price", nulls=0, counted=3, distinct=3)
    assert column(found, "id").high == "3"


async def test_before_the_first_promotion_there_is_nothing(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, offered("things", SCHEMA))
    empty = await profiled(hand)
    await atlas.execute(f"DROP TABLE {hand.tables.chart} CASCADE")

    assert (empty.rows, {(c.nulls, c.distinct, c.low) for c in empty.columns}) == (
        0,
        {(0, 0, None)},
    )
    assert await profiled(hand) == ChartProfile(rows=0, sampled=None, columns=())


async def test_a_large_chart_is_estimated_from_a_sample_that_is_told(
    atlas: Atlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, different = 12_000, 300
    monkeypatch.setattr("app.layers.profile.READ_ROWS", 3_000)
    monkeypatch.setattr("app.layers.profile.COUNTED_ROWS", 2_000)
    monkeypatch.setattr("app.layers.tables.COUNTED_BYTES", 2**17)
    chance = random.Random(1)
    hand = await published(
        atlas,
        [{"id": n, "name": None if n % 4 == 0 else str(chance.randrange(different))} for n in range(rows)],
    )  # fmt: skip

    for analyzed in (False, True):
        if analyzed:
            await atlas.execute(f"ANALYZE {hand.tables.chart}")
        found = await profiled(hand)

        assert found.sampled is not None
        assert 1_500 < found.sampled < 6_000
        assert found.rows == pytest.approx(rows, rel=0.1)
        name, key = column(found, "name"), column(found, "id")
        assert 1_000 < name.counted <= 2_000
        assert name.nulls == pytest.approx(rows / 4, rel=0.2)
        assert name.distinct == pytest.approx(different, rel=0.2)
        assert key.distinct == pytest.approx(rows, rel=0.1)


@given(st.lists(st.integers(0, 20), min_size=1), st.integers(0, 1_000))
def test_an_estimate_is_never_less_than_seen_nor_more_than_there_is(
    sample: list[int], more: int
) -> None:
    times = Counter(sample)
    single = sum(1 for count in times.values() if count == 1)

    found = distinct(len(times), single, len(sample), len(sample) + more)

    assert len(times) <= found <= len(sample) + more
    assert more or found == len(times)
