"""Tests of app/layers/sent_again.py: records that chart has as they are need not be made again."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.layout import Misfit
from app.layers import sent_again, staging
from app.layers.chart import Fates
from app.layers.tables import Tables
from tests.conftest import SERVERS
from tests.fixtures.atlas import Atlas
from tests.fixtures.by_hand import START, ByHand
from tests.fixtures.drawing import often
from tests.fixtures.scripted import INSTANT, offered

SCHEMA = {
    "id": {"type": "integer"},
    "at": INSTANT,
    "value": {"type": "integer"},
    "_ab_cdc_deleted_at": {**INSTANT, "type": ["null", "string"]},
}
STREAM = offered("facts", SCHEMA, cursor=("at",))
HISTORIES = often(15, 40)


def saying(
    key: int | None, hour: int, value: object, *, is_deleted: bool = False
) -> Mapping[str, object]:
    at = (START + timedelta(hours=hour)).isoformat()
    said: dict[str, object] = {"id": key, "at": at, "value": value}
    return {**said, "_ab_cdc_deleted_at": at} if is_deleted else said


async def tables(hand: ByHand, batches: Sequence[int]) -> object:
    """Chart, history and keys as they are, a batch by its number and no instant by the clock."""
    of = Tables.of(hand.layout.table)
    number: dict[object, int] = {batch_id: place for place, batch_id in enumerate(batches)}
    return [
        [
            {k: number.get(v, v) if k == "_atlas_batch_id" else v for k, v in dict(row).items()}
            for row in await fetched(hand, f"SELECT * FROM {table} ORDER BY {order}")
        ]
        for table, order in (
            (of.chart, "_atlas_key_hash"),
            (of.history, "key_hash, valid_from, recorded_at"),
            (of.keys, "key_hash"),
        )
    ]


async def fetched(hand: ByHand, query: str) -> Sequence[Mapping[str, object]]:
    async with hand.database.connection() as session:
        return [dict(row) for row in await session.fetch(query)]


@pytest.mark.drawn
@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_tables_and_fates_are_as_if_nothing_had_been_left_out(atlas: Atlas) -> None:
    whole = await ByHand.of(atlas, STREAM, source="whole")
    sparing = await ByHand.of(atlas, STREAM, source="sparing")
    sparing.leaves_out = True

    for seed in range(HISTORIES):
        case = random.Random(seed)
        await whole.clear()
        await sparing.clear()
        said = [saying(key, 0, 0) for key in range(case.randint(1, 8))]
        batches: list[tuple[int, int]] = []
        after = (0, 0)
        for hour in range(case.randint(2, 6)):
            for place, old in enumerate(said):
                change = case.random()
                if change < 0.1:
                    said[place] = saying(case.randint(0, 8), case.randint(0, hour), hour)
                elif change < 0.15:
                    said[place] = {**old, "_ab_cdc_deleted_at": old["at"]}
                elif change < 0.2:
                    said[place] = saying(None, hour, "not a number")
            case.shuffle(said)
            last = (await whole.land(said), await sparing.land(said))
            batches.append(last)
            if case.random() < 0.7:
                fates = [
                    await hand.promote(after[place], last[place])
                    for place, hand in enumerate((whole, sparing))
                ]
                assert fates[0] == fates[1], seed
                after = last
        found = [
            await tables(hand, [each[place] for each in batches])
            for place, hand in enumerate((whole, sparing))
        ]
        assert found[0] == found[1], seed
    assert sparing.left_out > 0
    assert whole.left_out == 0


async def test_what_is_not_as_it_was_is_staged(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, STREAM, misfit=Misfit.NULL)
    hand.leaves_out = True
    first = await hand.land([saying(key, 0, key) for key in range(10)])
    await hand.promote(0, first)

    again = [saying(key, 0, key) for key in range(6)]
    other = [
        saying(6, 1, 6),  # later
        saying(7, 0, 70),  # another value
        saying(10, 0, 10),  # new
        saying(8, 0, 8, is_deleted=True),
        saying(9, 0, 90),
        saying(9, 0, 9),  # not the only one of its key
    ]
    second = await hand.land([*again, *other])
    staged = await hand.stage(first, second)

    assert staged.sent_again == {second: 6}
    assert staged.rows == 6
    assert await hand.promote(first, second) == Fates(10, 1, 0, 1)


async def test_where_little_is_sent_again_nothing_is_looked_for(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, STREAM)
    hand.leaves_out = True
    first = await hand.land([saying(key, 0, key) for key in range(10)])
    await hand.promote(0, first)
    second = await hand.land([saying(key, 0, key) for key in range(5, 16)])

    staged = await hand.stage(first, second)

    assert (staged.rows, staged.sent_again) == (11, {})


async def test_rows_that_were_judged_by_other_rules_are_judged_again(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, STREAM)
    hand.leaves_out = True
    first = await hand.land([saying(key, 0, key) for key in range(4)])
    await hand.promote(0, first)
    second = await hand.land([saying(key, 0, key) for key in range(4)])
    hand.layout = replace(hand.layout, waived=frozenset({"type:value"}))

    before = await hand.stage(first, second)
    await hand.promote(first, second)
    third = await hand.land([saying(key, 0, key) for key in range(4)])
    fourth = await hand.land([saying(key, 1, key) for key in range(4, 8)])
    old = await hand.stage(second, third)
    await hand.promote(second, fourth)
    fifth = await hand.land([saying(key, 1, key) for key in range(4, 8)])
    new = await hand.stage(fourth, fifth)

    assert (before.rows, before.sent_again) == (4, {})
    assert (old.rows, old.sent_again) == (
        4,
        {},
    )  # their rows stayed, and with them when they were judged
    assert (new.rows, new.sent_again) == (0, {fifth: 4})


async def test_what_a_record_was_told_by_must_be_there_when_it_is_published(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, STREAM)
    hand.leaves_out = True
    first = await hand.land([saying(key, 0, key) for key in range(4)])
    await hand.promote(0, first)
    second = await hand.land([saying(2, 0, 20)])
    third = await hand.land([saying(key, 0, key) for key in range(4)])
    await hand.stage(second, third)

    async with atlas.database.transaction() as session:
        await sent_again.require_standing(session, hand.layout, third)
    await hand.promote(first, second)
    async with atlas.database.transaction() as session:
        with pytest.raises(sent_again.NoLongerStands):
            await sent_again.require_standing(session, hand.layout, third)


async def test_a_table_that_an_attempt_left_is_swept_away(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, STREAM)
    hand.leaves_out = True
    first = await hand.land([saying(1, 0, 1)])
    await hand.promote(0, first)
    second = await hand.land([saying(1, 0, 1)])
    await hand.stage(first, second)
    assert (
        len(await atlas.values("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'")) == 2
    )

    async with atlas.database.transaction() as session:
        await staging.sweep(session, hand.layout)

    assert await atlas.values("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'") == []
