"""Tests of app/sync/quarantine/replay.py: what comes back is as if it had been good at first."""

import random
from collections.abc import Iterator, Mapping, Sequence

import pytest

from app.core.catalog import Stream
from app.core.errors import NothingToReplay
from app.core.layout import Strategy
from app.layers.replaying import Kept
from tests.conftest import SERVERS
from tests.fixtures.atlas import Atlas
from tests.fixtures.scripted import offered
from tests.fixtures.synced import Synced
from tests.layers.test_navigate import (
    SCHEMA,
    Fact,
    Look,
    by_time,
    charted,
    current,
    history,
    newest,
    view,
)

HISTORIES = 15


def by_strategy(name: str) -> Stream:
    cursor = {"timestamp": ("at",), "check": (), "cursor that is no time": ("n",)}[name]
    return offered("facts", SCHEMA, cursor=cursor)


def sent(fact: Fact, *, is_good: bool) -> Mapping[str, object]:
    return fact.record if is_good else {**fact.record, "value": f"not {fact.value}"}


def split(case: random.Random, things: Sequence[int]) -> Iterator[Sequence[int]]:
    """Runs of things, in order."""
    while things:
        size = case.randint(1, len(things))
        yield things[:size]
        things = things[size:]


async def clear(synced: Synced) -> None:
    await synced.hand.clear()
    await synced.atlas.execute("DELETE FROM quarantine.chart_records")


async def sync(
    synced: Synced, case: random.Random, looks: Sequence[Look]
) -> Mapping[tuple[int, int], Fact]:
    """One job that lands looks of which some records are broken; those, by their place."""
    await synced.begin()
    broken: dict[tuple[int, int], Fact] = {}
    batches = []
    for look in looks:
        good = [case.random() < 0.6 for _ in look.facts]
        records = [
            sent(fact, is_good=is_good) for fact, is_good in zip(look.facts, good, strict=True)
        ]
        batch_id = await synced.land(records, look.at)
        batches.append(batch_id)
        broken |= {
            (batch_id, seq): fact
            for seq, (fact, is_good) in enumerate(zip(look.facts, good, strict=True))
            if not is_good
        }
    after = batches[0] - 1
    ranges = []
    for part in split(case, batches):
        ranges.append((after, part[-1]))
        after = part[-1]
    await synced.publish(*ranges)
    await synced.end()
    return broken


async def mend(
    synced: Synced, case: random.Random, broken: Mapping[tuple[int, int], Fact], share: float
) -> None:
    """Correct some of what is kept, whole or in part, and replay some of that."""
    rows = await synced.atlas.fetch(
        "SELECT quarantine_id, batch_id, seq FROM quarantine.chart_records WHERE status = 'kept'"
    )
    kept = {row["quarantine_id"]: (row["batch_id"], row["seq"]) for row in rows}
    for quarantine_id, place in kept.items():
        if case.random() < share:
            await synced.fix(Kept("chart", quarantine_id), broken[place].record)
    fixed = await synced.kept("fixed")
    if fixed:
        chosen = case.sample(fixed, case.randint(1, len(fixed))) if share < 1 else fixed
        await synced.replay(*chosen)


@pytest.mark.parametrize("name", ["timestamp", "check", "cursor that is no time"])
@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_what_is_corrected_and_replayed_is_as_if_it_had_been_good_at_first(
    atlas: Atlas, name: str
) -> None:
    synced = await Synced.of(atlas, by_strategy(name))
    is_timestamp = synced.hand.layout.strategy is Strategy.TIMESTAMP
    with_cursor = name != "check"

    for seed in range(HISTORIES):
        case = random.Random(seed)
        looks = history(case, clock_goes_back=is_timestamp)
        await clear(synced)

        broken: dict[tuple[int, int], Fact] = {}
        middle = case.randint(1, len(looks))
        for part in (looks[:middle], looks[middle:]):
            if part:
                broken |= await sync(synced, case, part)
                await mend(synced, case, broken, share=0.6)
        await mend(synced, case, broken, share=1)

        assert await charted(synced.hand) == newest(looks, with_cursor=with_cursor), seed
        assert await charted(synced.hand) == await current(synced.hand), seed
        if is_timestamp:
            assert await view(synced.hand) == by_time(looks), seed
        assert await synced.kept("kept") == await synced.kept("fixed") == []
        assert await synced.unbalanced() == []
        with pytest.raises(NothingToReplay):
            await synced.replay()
