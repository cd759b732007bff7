"""Tests of app/sync/promoter.py: what is staged together and side by side, and published in order."""

import asyncio
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, cast

import pytest

from app.core.failures import (
    GateUnavailable,
)
from app.database.identifiers import Table
from app.layers.staging import Staged
from app.sync.promoter import Promoter, Track
from app.sync.promotion import Promotion
from app.sync.taking import Audited

RANGE = 10
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Rehearsed:
    """A promotion that only takes its time. Shape: `stricter` ends of ranges that make the masks so, in the order
    in which they are staged."""

    stricter: list[int] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    holding: set[int] = field(default_factory=set)
    holding_anew: set[int] = field(default_factory=set)
    held: list[tuple[int, int]] = field(default_factory=list)
    staged: list[tuple[int, int]] = field(default_factory=list)
    published: list[tuple[int, int]] = field(default_factory=list)
    began_s: list[int] = field(default_factory=list)
    turns_while_publishing: int = 0
    is_publishing: bool = False
    staged_beside: bool = False
    side_by_side: int = 0
    most_side_by_side: int = 0

    async def stage(self, state: "Plain", after: int, last: int, rows: int) -> Audited:
        decided = state.decided
        self.side_by_side += 1
        self.most_side_by_side = max(self.most_side_by_side, self.side_by_side)
        try:
            await asyncio.sleep(0.01)
            if last in self.broken:
                raise GateUnavailable("It broke.")
        finally:
            self.side_by_side -= 1
        is_anew = (after, last) in self.staged
        self.staged.append((after, last))
        table = Table("staging", f"t_{last}")
        staged = Staged(layout=cast(Any, None), table=table, after=after, last=last, rows=rows)
        if self.stricter[:1] == [last]:
            del self.stricter[0]
            state.decided += 1
            decided = state.decided
        began_at = EPOCH + timedelta(seconds=len(self.staged))
        is_held = last in self.holding or (is_anew and last in self.holding_anew)
        held = "failed checks" if is_held else None
        return Audited(staged=staged, decided=decided, began_at=began_at, held=held)

    async def hold(self, state: object, held: Audited) -> None:
        self.held.append((held.staged.after, held.staged.last))

    async def publish(self, state: "Plain", ranges: Sequence[Audited]) -> bool:
        state.decided += self.turns_while_publishing
        self.turns_while_publishing = 0
        if any(part.decided != state.decided for part in ranges):
            return False
        assert not self.is_publishing, "one after the other"
        self.is_publishing = True
        for _ in range(5):
            await asyncio.sleep(0.002)
            self.staged_beside = self.staged_beside or self.side_by_side > 0
        self.is_publishing = False
        self.published += [(part.staged.after, part.staged.last) for part in ranges]
        self.began_s += [(part.began_at - EPOCH).seconds for part in ranges if part.began_at]
        return True


@dataclass
class Plain:
    """A stream that is appended to, or of which a generation replaces the one before."""

    replaces: bool = False
    decided: int = 0

    class layout:  # noqa: N801
        class sync_mode:  # noqa: N801
            overwrites = False


async def promoted(
    promotion: Rehearsed,
    batches: int,
    lanes: int = 2,
    *,
    replaces: bool = False,
    is_first: bool = False,
    empty: Container[int] = (),
) -> Track:
    """All of a stream that has landed, in batches of one record each, but for those of which explore took nothing."""
    track = Track(
        state=cast(Any, Plain(replaces)),
        staged_through=0,
        landed_through=batches,
        covered_through=batches,
        is_complete=True,
        is_first=is_first,
    )
    track.waiting.extend((batch, int(batch not in empty)) for batch in range(1, batches + 1))
    promoter = Promoter(
        promotion=cast(Promotion, promotion), first_records=1, range_records=RANGE, lanes=lanes
    )
    promoter.tracks[cast(Any, "things")] = track
    promoter.finish(failed=False)
    await promoter.run()
    return track


@pytest.mark.parametrize(
    ("batches", "ranges"),
    [
        (9, [(0, 9)]),  # too little to gain anything
        (10, [(0, 5), (5, 10)]),
        (41, [(0, 21), (21, 41)]),
        (200, [(0, 100), (100, 200)]),
    ],
)
async def test_where_much_waits_it_is_staged_side_by_side(
    batches: int, ranges: list[tuple[int, int]]
) -> None:
    promotion = Rehearsed()

    track = await promoted(promotion, batches)

    assert promotion.published == ranges, "in order, with nothing left out"
    assert promotion.most_side_by_side == min(len(ranges), 2)
    assert track.staged_through == batches
    assert not track.parts


@pytest.mark.parametrize("lanes", [1, 2, 3])
async def test_what_is_staged_is_published_in_order_beside_what_is_staged_next(lanes: int) -> None:
    promotion = Rehearsed()

    await promoted(promotion, 450, lanes=lanes)

    ends = [last for _, last in promotion.published]
    assert promotion.published == list(pairwise([0, *ends])), "with nothing left out"
    assert ends[-1] == 450
    assert all(last - after <= 100 for after, last in promotion.published)
    assert promotion.staged_beside == (lanes > 1)
    assert promotion.most_side_by_side == lanes


async def test_a_path_that_turns_personal_before_a_range_is_published_stops_it() -> None:
    promotion = Rehearsed(turns_while_publishing=1)

    await promoted(promotion, 40)

    assert sorted(promotion.staged) == [(0, 20), (0, 20), (20, 40), (20, 40)]
    assert promotion.published == [(0, 20), (20, 40)]


async def test_one_lane_stages_one_range_after_the_other() -> None:
    promotion = Rehearsed()

    await promoted(promotion, 450, lanes=1)

    assert promotion.most_side_by_side == 1
    assert promotion.published == [(0, 100), (100, 200), (200, 300), (300, 400), (400, 450)]


@pytest.mark.parametrize(
    ("stricter", "anew"),
    [
        ([20], [(20, 40)]),
        ([40], [(0, 20)]),
        ([40, 20], [(0, 20), (20, 40)]),  # what is staged anew may find something as well
        ([40, 20, 40], [(0, 20), (20, 40), (0, 20)]),
    ],
)
@pytest.mark.parametrize("replaces", [False, True])
async def test_a_path_that_turns_personal_is_masked_in_all_that_is_published(
    stricter: list[int], anew: list[tuple[int, int]], replaces: bool
) -> None:
    promotion = Rehearsed(stricter=[*stricter])

    await promoted(promotion, 40, replaces=replaces)

    assert sorted(promotion.staged[:2]) == [(0, 20), (20, 40)]
    if replaces or len(anew) < 2:
        assert promotion.staged[2:] == anew
    assert promotion.published == [(0, 20), (20, 40)]
    assert sorted(promotion.began_s) == [1, 2], "they began when they were staged first"


async def test_a_range_that_is_held_when_it_is_staged_anew_holds_those_behind_it() -> None:
    promotion = Rehearsed(stricter=[40])
    promotion.holding_anew = {20}

    track = await promoted(promotion, 40, replaces=True)

    assert track.is_held
    assert promotion.held == [(0, 20)]
    assert promotion.published == []


@pytest.mark.parametrize("batches", [40, 450])
async def test_a_generation_of_which_a_range_is_held_replaces_nothing(batches: int) -> None:
    promotion = Rehearsed(holding={batches})

    track = await promoted(promotion, batches, replaces=True)

    assert track.is_held
    assert [last for _, last in promotion.held] == [batches]
    assert promotion.published == []


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("is_first", [True, False], ids=["first load", "later one"])
@pytest.mark.parametrize("empty", [(9,), (1, 5, 8, 9), tuple(range(2, 10))], ids=str)
async def test_a_generation_is_published_though_explore_took_nothing_of_its_last_batch(
    empty: Container[int], is_first: bool, lanes: int
) -> None:
    promotion = Rehearsed()

    await promoted(promotion, 9, lanes, replaces=True, is_first=is_first, empty=empty)

    assert promotion.published == [(0, 9)]


async def test_what_comes_before_a_range_that_is_held_is_published() -> None:
    promotion = Rehearsed(holding={40})

    await promoted(promotion, 40)

    assert promotion.published == [(0, 20)]
    assert promotion.held == [(20, 40)]


async def test_a_lane_that_breaks_ends_the_other() -> None:
    promotion = Rehearsed(broken={20})

    with pytest.raises(GateUnavailable):
        await promoted(promotion, 40)

    assert promotion.published == []
    assert promotion.side_by_side == 0
