"""Tests of app/gates/quality/figures.py: what arrived, counted by hand, and values of clean columns alone."""

from collections.abc import Sequence
from decimal import Decimal

from app.gates.quality import figures
from app.gates.quality.figures import SAMPLED_ROWS, ColumnFigures
from app.gates.quality.metrics import measure
from app.layers.staging import Staged
from tests.fixtures.atlas import Atlas
from tests.fixtures.by_hand import ByHand
from tests.fixtures.scripted import INSTANT, offered

SCHEMA = {
    "id": {"type": "integer"},
    "price": {"type": "number"},
    "name": {"type": ["null", "string"]},
    "at": INSTANT,
    "is_open": {"type": "boolean"},
    "doc": {"type": "object"},
}
EVERY = frozenset(SCHEMA)
RECORDS: Sequence[dict[str, object]] = [
    {"id": 1, "price": 0.1, "name": "b", "at": "2026-01-01T00:00:00Z", "is_open": True, "doc": {}},
    {"id": 20, "price": -5, "name": "B", "at": "2026-01-01T00:00:00.5Z", "is_open": None},
    {"id": 3, "name": "äöü" + "x" * 200, "at": "2025-12-31T23:00:00-02:00"},
    {"id": 4, "price": 9},
]


async def staged(atlas: Atlas, records: Sequence[dict[str, object]]) -> tuple[ByHand, Staged]:
    hand = await ByHand.of(atlas, offered("things", SCHEMA))
    return hand, await hand.stage(0, await hand.land(records))


async def taken(
    atlas: Atlas, records: Sequence[dict[str, object]], shown: frozenset[str]
) -> dict[str, ColumnFigures]:
    hand, range_ = await staged(atlas, records)
    async with atlas.database.connection() as session:
        found = await measure(session, hand.layout, range_.table, frozenset(), shown)
    return {each.column: each for each in found.figures}


async def test_every_figure_is_what_it_says(atlas: Atlas) -> None:
    found = await taken(atlas, RECORDS, EVERY)

    assert {name: each.nulls for name, each in found.items()} == {
        "id": 0, "price": 1, "name": 1, "at": 1, "is_open": 3, "doc": 3,
    }  # fmt: skip
    assert {each.rows for each in found.values()} == {4}
    assert (found["id"].low_number, found["id"].high_number) == (Decimal(1), Decimal(20))
    assert (found["price"].low_number, found["price"].high_number) == (Decimal(-5), Decimal(9))
    assert (found["at"].low_text, found["at"].high_text) == (
        "2026-01-01T00:00:00+00:00", "2026-01-01T01:00:00+00:00",
    )  # fmt: skip
    name = found["name"]
    assert (name.low_text, name.high_text) == ("B", "äöü" + "x" * 97)
    assert (name.sampled, name.shortest, name.longest, name.length_sum) == (4, 1, 206, 208)
    for plain in ("is_open", "doc"):
        assert found[plain] == ColumnFigures(column=plain, rows=4, nulls=3)


async def test_a_column_that_is_not_clean_has_counts_alone(atlas: Atlas) -> None:
    found = await taken(atlas, RECORDS, EVERY - {"name", "id", "at"})

    for name, nulls in {"name": 1, "id": 0, "at": 1}.items():
        assert found[name] == ColumnFigures(column=name, rows=4, nulls=nulls)
    assert found["price"].high_number == 9


async def test_of_a_large_range_texts_are_looked_at_in_a_sample(atlas: Atlas) -> None:
    rows = 20 * SAMPLED_ROWS

    found = await taken(atlas, [{"id": n, "name": f"name {n % 10}"} for n in range(rows)], EVERY)

    assert (found["id"].low_number, found["id"].high_number) == (Decimal(0), Decimal(rows - 1))
    sampled = found["name"].sampled
    assert sampled is not None
    assert SAMPLED_ROWS / 4 < sampled < 4 * SAMPLED_ROWS  # whole pages of it
    assert (found["name"].low_text, found["name"].longest) == ("name 0", 6)


async def test_an_empty_range_has_figures_of_nothing(atlas: Atlas) -> None:
    hand, range_ = await staged(atlas, RECORDS)
    await atlas.execute(f"DELETE FROM {range_.table}")

    async with atlas.database.connection() as session:
        found = await measure(session, hand.layout, range_.table, frozenset(), EVERY)

    assert {(each.rows, each.nulls, each.low_text) for each in found.figures} == {(0, 0, None)}


async def test_ranges_add_up_and_their_values_are_forgotten(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, offered("things", SCHEMA))
    stream_id = hand.layout.stream_id

    async def kept(low: int, high: int, text: str, clean: frozenset[str]) -> None:
        async with atlas.database.transaction() as session:
            promotion_id = await session.fetchval(
                "INSERT INTO pipeline.promotions (stream_id, attempt_id, after_batch, last_batch, outcome) "
                "VALUES ($1, $2, 0, 1, 'published') RETURNING promotion_id",
                stream_id,
                hand.attempt_id,
            )
            number = ColumnFigures(column="id", rows=2, nulls=1, low_number=Decimal(low), high_number=Decimal(high))  # fmt: skip
            words = ColumnFigures(column="name", rows=2, nulls=0, sampled=2, low_text=text, high_text=text, shortest=len(text), longest=len(text), length_sum=len(text))  # fmt: skip
            await figures.add(session, stream_id, promotion_id, [number, words], clean)

    await kept(9, 10, "b", EVERY)
    await kept(-3, 2, "aa", EVERY)
    await kept(-99, 99, "secret", frozenset())  # not clean any more when it was published
    async with atlas.database.transaction() as session:
        whole = await figures.arrived(session, stream_id)
        await figures.forget(session, stream_id, frozenset({"id"}))
        less = await figures.arrived(session, stream_id)

    assert whole["id"] == ColumnFigures(column="id", rows=6, nulls=3, low_number=Decimal(-3), high_number=Decimal(10))  # fmt: skip
    assert whole["name"] == ColumnFigures(column="name", rows=6, nulls=0, sampled=4, low_text="aa", high_text="b", shortest=1, longest=2, length_sum=3)  # fmt: skip
    assert less == {"id": whole["id"], "name": whole["name"].without_values}
