"""Tests of app/layers/reader.py: what was valid, by what was known, and what differs between two moments."""

import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from app.core.catalog import SyncMode
from app.layers import reader
from tests.conftest import SERVERS
from tests.fixtures.atlas import Atlas
from tests.fixtures.by_hand import RECORDED, START, ByHand
from tests.fixtures.drawing import often
from tests.fixtures.scripted import offered
from tests.layers.test_navigate import SCHEMA, Fact, Look, by_time, history, in_epochs, publish

HISTORIES = often(6, 12)
pytestmark = pytest.mark.drawn
MODES = [SyncMode.INCREMENTAL_DEDUPED_HISTORY, SyncMode.INCREMENTAL_APPEND]


async def at(
    hand: ByHand, moment: datetime, recorded: datetime | None = None
) -> dict[object, object]:
    async with hand.database.connection() as session:
        rows = [json.loads(row) for row in await reader.as_of(session, hand.layout, moment, recorded, 1_000)]  # fmt: skip
    return {row["id"]: (row["n"], row["value"]) for row in rows}


def valid(looks: Sequence[Look], moment: datetime) -> dict[object, object]:
    found: dict[object, object] = {}
    for key, versions in by_time(looks).items():
        before = [said for instant, said in versions if instant <= moment]
        if before and before[-1] != "gone":
            found[key] = before[-1]
    return found


def moments() -> list[datetime]:
    return [START + timedelta(minutes=minutes) for minutes in (-1, 0, 61, 180, 299, 600)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_the_rows_of_a_moment_are_the_references(atlas: Atlas, mode: SyncMode) -> None:
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=("at",)), mode)

    for seed in range(HISTORIES):
        case = random.Random(seed)
        looks = history(case, clock_goes_back=True)
        await hand.clear()
        for look in looks:
            last = await hand.land([fact.record for fact in look.facts], look.at)
            await hand.promote(last - 1, last)

        for moment in moments():
            assert await at(hand, moment) == valid(looks, moment), (seed, moment)


@pytest.mark.parametrize("mode", MODES)
async def test_what_was_recorded_later_is_not_known_earlier(atlas: Atlas, mode: SyncMode) -> None:
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=("at",)), mode)

    for seed in range(HISTORIES):
        case = random.Random(seed)
        looks = history(case, clock_goes_back=True)
        await hand.clear()
        known: list[tuple[datetime, int]] = []
        after = 0
        for number, look in enumerate(looks, 1):
            last = await hand.land([fact.record for fact in look.facts], look.at)
            after = after or last - 1
            await hand.promote(after, last)
            after = last
            known.append((RECORDED + timedelta(seconds=hand.promotions), number))

        for recorded, number in known:
            for moment in moments():
                expected = valid(looks[:number], moment)
                assert await at(hand, moment, recorded) == expected, (seed, number, moment)


async def test_a_moment_in_an_epoch_that_is_over_is_still_there(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=("at",)))

    for seed in range(HISTORIES):
        case = random.Random(seed)
        looks = [history(case, clock_goes_back=True) for _ in range(2)]
        end = START + timedelta(minutes=case.randint(0, 300))
        await publish(hand, case, looks[0])
        await hand.begin_anew(end)
        await publish(hand, case, looks[1], clear=False)

        for moment in moments():
            expected = {
                key: said
                for key, intervals in in_epochs(looks, [end]).items()
                for since, until, said in intervals
                if since <= moment and (until is None or until > moment) and said != "gone"
            }
            assert await at(hand, moment) == expected, (seed, moment)


async def test_what_was_there_while_a_refresh_was_read_is_what_was_known_then(
    atlas: Atlas,
) -> None:
    """Read from an hour on, and recorded at the end."""
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=("at",)))
    begun, done = START + timedelta(hours=2), RECORDED + timedelta(seconds=10)
    last = await hand.land([Fact(key, 1, 1, False).record for key in (1, 2)])
    await hand.promote(last - 1, last)
    await hand.begin_anew(begun, done)
    last = await hand.land([Fact(1, 1, 1, False).record, Fact(3, 3, 1, False).record])
    hand.promotions = 9
    await hand.promote(last - 1, last)

    meanwhile = begun + timedelta(hours=2)
    before = await at(hand, meanwhile, done - timedelta(seconds=1))
    after = await at(hand, meanwhile, done)

    assert before == {1: (1, 1), 2: (1, 1)}
    assert after == await at(hand, meanwhile) == {1: (1, 1), 3: (3, 1)}


def test_a_rows_numbers_are_what_they_are() -> None:
    row = f'{{"a": 0.1, "b": 0.1234567890123456789, "c": 7, "d": {"9" * 5_000}, "e": -1{"0" * 400}.5}}'

    assert reader.values_of(row) == {
        "a": 0.1, "b": "0.1234567890123456789", "c": 7, "d": "9" * 5_000, "e": f"-1{'0' * 400}.5",
    }  # fmt: skip


async def test_two_moments_differ_by_what_came_went_and_changed(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=("at",)))
    facts = [
        Fact(1, 1, 1, False), Fact(2, 1, 1, False), Fact(3, 1, 1, False),
        Fact(1, 3, 2, False), Fact(2, 3, 1, True), Fact(4, 3, 1, False),
    ]  # fmt: skip
    last = await hand.land([fact.record for fact in facts])
    await hand.promote(last - 1, last)
    since, until = START + timedelta(hours=2), START + timedelta(hours=4)

    async with hand.database.connection() as session:
        counts = await reader.counted(session, hand.layout, since, until)
        found = await reader.differences(session, hand.layout, since, until, 10)

    assert counts == {"added": 1, "removed": 1, "changed": 1, "same": 1}
    by_kind = {one.kind: one for one in found}
    assert by_kind["changed"].fields == ["at", "n", "value"]
    assert json.loads(by_kind["changed"].before or "")["value"] == 1
    assert json.loads(by_kind["changed"].after or "")["value"] == 2
    assert by_kind["added"].before is None
    assert by_kind["removed"].after is None
    assert json.loads(by_kind["removed"].before or "")["id"] == 2
