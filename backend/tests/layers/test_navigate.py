"""Tests of app/layers/navigate.py: random histories against a plain, slow reference."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app.core.catalog import SyncMode
from app.core.layout import Strategy
from app.layers import chart, navigate
from tests.conftest import SERVERS
from tests.fixtures.atlas import Atlas
from tests.fixtures.by_hand import RECORDED, START, ByHand
from tests.fixtures.drawing import often
from tests.fixtures.scripted import INSTANT, offered

HISTORIES = often(15, 40)
pytestmark = pytest.mark.drawn
WHOLE = {"type": "integer"}
SCHEMA = {
    "id": WHOLE,
    "at": INSTANT,
    "n": WHOLE,
    "value": WHOLE,
    "_ab_cdc_deleted_at": {**INSTANT, "type": ["null", "string"]},
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One record: what it says of a key at a place in the source's order."""

    key: int
    order: int
    value: int
    is_deleted: bool

    @property
    def record(self) -> dict[str, object]:
        at = (START + timedelta(hours=self.order)).isoformat()
        record = {"id": self.key, "at": at, "n": self.order, "value": self.value}
        return {**record, "_ab_cdc_deleted_at": at} if self.is_deleted else record

    @property
    def content(self) -> object:
        return "gone" if self.is_deleted else (self.order, self.value)


@dataclass(frozen=True, slots=True)
class Look:
    """A batch: when we looked, and what we saw, in order."""

    at: datetime
    facts: Sequence[Fact]


Version = tuple[datetime, object]
Histories = dict[int, list[Version]]


def without_repeats(versions: Sequence[Version]) -> list[Version]:
    return [v for i, v in enumerate(versions) if i == 0 or versions[i - 1][1] != v[1]]


def by_time(looks: Sequence[Look]) -> Histories:
    """At one instant of a key the last word counts; versions in order of their instants."""
    said: dict[int, dict[int, object]] = {}
    for look in looks:
        for fact in look.facts:
            said.setdefault(fact.key, {})[fact.order] = fact.content
    return {
        key: without_repeats(
            [(START + timedelta(hours=t), said[key][t]) for t in sorted(said[key])]
        )
        for key in said
    }


def by_look(looks: Sequence[Look], *, with_cursor: bool) -> Histories:
    """What one saw at each look: its newest row of a key, unless an earlier look had a newer one."""
    seen: dict[int, list[Version]] = {}
    highest: dict[int, int] = {}
    for look in looks:
        newest: dict[int, Fact] = {}
        for fact in look.facts:
            held = newest.get(fact.key)
            if held is None or not with_cursor or fact.order >= held.order:
                newest[fact.key] = fact
        for key, fact in newest.items():
            if with_cursor and fact.order < highest.get(key, 0):
                continue
            highest[key] = fact.order
            seen.setdefault(key, []).append((look.at, fact.content))
    return {key: without_repeats(versions) for key, versions in seen.items()}


def newest(looks: Sequence[Look], *, with_cursor: bool) -> dict[int, object]:
    """What chart must hold: of each key the highest cursor, then the latest landed; gone if it says so."""
    held: dict[int, Fact] = {}
    for look in looks:
        for fact in look.facts:
            if fact.key not in held or not with_cursor or fact.order >= held[fact.key].order:
                held[fact.key] = fact
    return {key: fact.content for key, fact in held.items() if not fact.is_deleted}


def history(case: random.Random, *, clock_goes_back: bool, rises: bool = False) -> list[Look]:
    """Random looks: updates, repeats, deletes, late rows, rows at one instant; most newer than before, if it rises."""
    keys, orders, values = case.randint(1, 4), case.randint(1, 8), case.randint(1, 3)
    deletes = case.choice((0.1, 0.5))
    looks = []
    for number in range(case.randint(1, 7)):
        facts = []
        for _ in range(case.randint(1, 6)):
            order, is_deleted = case.randint(0, orders), case.random() < deletes
            order = max(0, number + case.randint(-1, 2)) if rises else order
            facts.append(Fact(case.randint(1, keys), order, case.randint(1, values), is_deleted))
        minutes = case.choice((number, number - 2, 0)) if clock_goes_back else number
        looks.append(Look(START + timedelta(minutes=minutes), facts))
    return looks


def ranges(
    case: random.Random, batches: Sequence[int], after: int, *, again: bool
) -> Iterator[tuple[int, int]]:
    """Consecutive ranges over the batches, some of them given `again`."""
    while batches:
        size = case.randint(1, len(batches))
        last, batches = batches[size - 1], batches[size:]
        yield after, last
        if case.random() < 0.3 and again:
            yield after, last
        after = last


async def publish(
    hand: ByHand,
    case: random.Random,
    looks: Sequence[Look],
    *,
    clear: bool = True,
    again: bool = True,
) -> None:
    if clear:
        await hand.clear()
    batches = [await hand.land([fact.record for fact in look.facts], look.at) for look in looks]
    for after, last in ranges(case, batches, batches[0] - 1, again=again):
        await hand.promote(after, last)


def content(order: object, value: object, is_deleted: object) -> object:
    return "gone" if is_deleted else (order, value)


async def charted(hand: ByHand) -> dict[object, object]:
    rows = await hand.rows(f"SELECT id, n, value FROM {hand.tables.chart}")
    return {key: (order, value) for key, order, value in rows}


async def current(hand: ByHand) -> dict[object, object]:
    rows = await hand.rows(f"SELECT id, n, value FROM {hand.tables.current}")
    return {key: (order, value) for key, order, value in rows}


async def view(hand: ByHand) -> Histories:
    """The view, after a look at its intervals: they meet, and the last is open."""
    rows = await hand.rows(
        "SELECT id, valid_from, valid_to, is_current, n, value, is_deleted "
        f"FROM {hand.tables.navigate} ORDER BY id, valid_from"
    )
    found: Histories = {}
    ends: dict[int, object] = {}
    for key, start, end, is_current, order, value, is_deleted in rows:
        assert isinstance(key, int)
        assert isinstance(start, datetime)
        assert ends.get(key, start) == start
        assert is_current is (end is None)
        ends[key] = end
        found.setdefault(key, []).append((start, content(order, value, is_deleted)))
    assert all(end is None for end in ends.values())
    return found


@pytest.mark.parametrize("leaves_out", [False, True], ids=["all", "but what is sent again"])
@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_the_timestamp_view_equals_the_reference(atlas: Atlas, leaves_out: bool) -> None:
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=("at",)))
    hand.leaves_out = leaves_out
    assert hand.layout.strategy is Strategy.TIMESTAMP

    for seed in range(HISTORIES):
        case = random.Random(seed)
        looks = history(case, clock_goes_back=True)

        await publish(hand, case, looks)

        assert await view(hand) == by_time(looks), seed
        assert await charted(hand) == await current(hand) == newest(looks, with_cursor=True), seed
    assert (hand.left_out > 0) is leaves_out


@pytest.mark.parametrize(
    "mode", [SyncMode.INCREMENTAL_DEDUPED_HISTORY, SyncMode.INCREMENTAL_APPEND]
)
async def test_ranges_that_are_published_together_make_what_one_range_makes(
    atlas: Atlas, mode: SyncMode
) -> None:
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=("at",)), mode)
    hand.at_once = True

    for seed in range(HISTORIES):
        case = random.Random(seed)
        looks = history(case, clock_goes_back=True)

        await publish(hand, case, looks, again=False)

        assert await view(hand) == by_time(looks), seed
        assert await current(hand) == newest(looks, with_cursor=True), seed


Interval = tuple[datetime, datetime | None, object]


def in_epochs(
    looks: Sequence[Sequence[Look]], ends: Sequence[datetime]
) -> dict[int, list[Interval]]:
    """Each epoch by itself, cut off where it begins and ends; what goes on unchanged is one interval."""
    found: dict[int, list[Interval]] = {}
    for number, epoch in enumerate(looks):
        began = ends[number - 1] if number else datetime.min.replace(tzinfo=UTC)
        ended = ends[number] if number < len(ends) else None
        for key, versions in by_time(epoch).items():
            starts = [max(at, began) for at, _ in versions]
            intervals = found.setdefault(key, [])
            for start, then, (_, said) in zip(starts, [*starts[1:], None], versions, strict=True):
                end = min((at for at in (then, ended) if at is not None), default=None)
                if end is not None and start >= end:
                    continue
                if intervals and intervals[-1][2] == said and intervals[-1][1] == start:
                    start = intervals.pop()[0]
                intervals.append((start, end, said))
    return {key: intervals for key, intervals in found.items() if intervals}


@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_the_view_over_several_beginnings_equals_the_reference(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=("at",)))

    for seed in range(HISTORIES // 2):
        case = random.Random(seed)
        looks = [history(case, clock_goes_back=True) for _ in range(case.randint(2, 4))]
        ends = sorted(START + timedelta(minutes=case.randint(0, 9 * 60)) for _ in looks[1:])
        ends = [at + timedelta(seconds=number) for number, at in enumerate(ends)]
        for number, epoch in enumerate(looks):
            if number:
                await hand.begin_anew(ends[number - 1])
            await publish(hand, case, epoch, clear=not number)

        rows = await hand.rows(
            "SELECT id, valid_from, valid_to, n, value, is_deleted, is_current "
            f"FROM {hand.tables.navigate} ORDER BY id, valid_from"
        )
        seen: dict[object, list[object]] = {}
        for key, start, end, order, value, is_deleted, is_current in rows:
            assert is_current is (end is None)
            seen.setdefault(key, []).append((start, end, content(order, value, is_deleted)))
        assert seen == in_epochs(looks, ends), seed
        assert await charted(hand) == await current(hand) == newest(looks[-1], with_cursor=True)


async def test_any_order_and_any_batching_give_the_same_timestamp_view(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=("at",)))

    for seed in range(HISTORIES // 3):
        case = random.Random(seed)
        looks = history(case, clock_goes_back=True)
        # two records of one key and instant say which of them counts by their order alone
        facts = list({(f.key, f.order): f for look in looks for f in look.facts}.values())
        views = []
        for _ in range(2):
            case.shuffle(facts)
            size = case.randint(1, len(facts))
            parts = [facts[i : i + size] for i in range(0, len(facts), size)]
            await publish(hand, case, [Look(START, part) for part in parts])
            views.append((await view(hand), await charted(hand), await current(hand)))
        assert views[0] == views[1], seed
        assert views[0][0] == by_time([Look(START, facts)]), seed


@pytest.mark.parametrize("with_cursor", [False, True], ids=["no cursor", "cursor that is no time"])
@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_the_check_view_equals_the_reference(atlas: Atlas, with_cursor: bool) -> None:
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=("n",) if with_cursor else ()))
    assert hand.layout.strategy is Strategy.CHECK

    for seed in range(HISTORIES):
        case = random.Random(seed)
        looks = history(case, clock_goes_back=False)

        await publish(hand, case, looks)

        assert await view(hand) == by_look(looks, with_cursor=with_cursor), seed
        expected = newest(looks, with_cursor=with_cursor)
        assert await charted(hand) == await current(hand) == expected, seed


def by_columns(looks: Sequence[Look], *, with_cursor: bool) -> Histories:
    """What one saw at each look, where a change of `n` alone is none: a version has the values that were seen last."""
    found: Histories = {}
    for key, versions in by_look(looks, with_cursor=with_cursor).items():
        kept: list[Version] = []
        for at, said in versions:
            before = kept[-1][1] if kept else None
            if isinstance(said, tuple) and isinstance(before, tuple) and said[1] == before[1]:
                kept[-1] = (kept[-1][0], said)
            else:
                kept.append((at, said))
        found[key] = kept
    return found


@pytest.mark.parametrize(
    ("mode", "cursor"),
    [
        (SyncMode.INCREMENTAL_DEDUPED_HISTORY, ("at",)),
        (SyncMode.INCREMENTAL_DEDUPED_HISTORY, ()),
        (SyncMode.INCREMENTAL_APPEND, ("n",)),
    ],
    ids=[
        "in chart, in order of instants",
        "in chart, as looked",
        "in history, in order of numbers",
    ],
)
async def test_the_view_of_checked_columns_equals_the_reference(
    atlas: Atlas, mode: SyncMode, cursor: tuple[str, ...]
) -> None:
    stream = offered("facts", SCHEMA, cursor=cursor)
    hand = await ByHand.of(atlas, stream, mode, check_cols=["value"])
    assert hand.layout.strategy is Strategy.CHECK

    for seed in range(HISTORIES // 2):
        case = random.Random(seed)
        looks = history(case, clock_goes_back=False, rises=seed % 4 > 0)

        await publish(hand, case, looks, again=mode.dedupes)

        assert await view(hand) == by_columns(looks, with_cursor=bool(cursor)), seed
        expected = newest(looks, with_cursor=bool(cursor))
        assert await current(hand) == expected, seed
        if mode is SyncMode.INCREMENTAL_DEDUPED_HISTORY:
            assert await charted(hand) == expected, seed


@pytest.mark.parametrize("with_cursor", [False, True], ids=["no cursor", "cursor that is no time"])
async def test_under_check_no_instant_goes_back_when_a_clock_does(
    atlas: Atlas, with_cursor: bool
) -> None:
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=("n",) if with_cursor else ()))

    for seed in range(HISTORIES // 2):
        case = random.Random(seed)
        looks = history(case, clock_goes_back=True)

        await publish(hand, case, looks)

        seen = await view(hand)
        expected = by_look(looks, with_cursor=with_cursor)
        said = {key: [content for _, content in versions] for key, versions in seen.items()}
        assert said == {key: [c for _, c in versions] for key, versions in expected.items()}, seed
        for key, versions in seen.items():
            assert all(a < b for (a, _), (b, _) in pairwise(versions)), seed
            assert all(
                at <= start for (start, _), (at, _) in zip(versions, expected[key], strict=True)
            ), seed
        assert await charted(hand) == await current(hand) == newest(looks, with_cursor=with_cursor)


async def test_a_late_row_comes_between_and_ends_where_the_next_begins(atlas: Atlas) -> None:
    """The example of SEMANTICS section 5."""
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=("at",)))
    ten, eleven, twelve = (
        Fact(1, hour, value, False) for hour, value in ((10, 1), (11, 2), (12, 2))
    )
    after = 0
    for fact in (ten, twelve, eleven):
        last = await hand.land([fact.record])
        fates = await hand.promote(after, last)
        after = last

    stored = await hand.rows(f"SELECT count(*) FROM {hand.tables.history}")
    assert stored == [(2,)]  # the newest stands in chart
    assert (fates.charted, fates.superseded) == (0, 1)
    assert await charted(hand) == {1: (12, 2)}


async def test_a_repeated_range_inserts_nothing(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=("at",)))
    last = await hand.land([Fact(k, t, t, False).record for k in range(3) for t in range(4)])

    seen = []
    for _ in range(2):
        await hand.promote(last - 1, last)
        stored = [
            await hand.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3")
            for table in (hand.tables.history, hand.tables.keys, hand.tables.chart)
        ]
        seen.append(stored)

    assert seen[0] == seen[1]
    assert [len(rows) for rows in seen[0]] == [9, 0, 3]


@pytest.mark.parametrize(
    "mode", [SyncMode.FULL_REFRESH_OVERWRITE, SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED]
)
@pytest.mark.parametrize("cursor", [("at",), ("n",), ()], ids=["timestamp", "cursor", "check"])
async def test_keys_missing_from_a_generation_end_and_come_back(
    atlas: Atlas, cursor: tuple[str, ...], mode: SyncMode
) -> None:
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=cursor), mode)
    both = [Fact(key, 1, 1, False).record for key in (1, 2)]
    after = 0
    seen = []
    for number, generation in enumerate((both, both[:1], both, both)):
        last = await hand.land(generation, START + timedelta(hours=number))
        await hand.promote(after, last)
        async with hand.database.transaction() as session:
            staged = [await hand.stage(after, last)]
            recorded_at, now = RECORDED + timedelta(days=number), START + timedelta(days=1 + number)
            await navigate.bring_back(session, hand.layout, staged, recorded_at, now)
            await navigate.end_missing(session, hand.layout, staged, recorded_at, now)
        after = last
        seen.append(sorted(await current(hand), key=str))

    assert seen == [[1, 2], [1], [1, 2], [1, 2]]
    states = [content for _, content in (await view(hand))[2]]
    assert states == [(1, 1), "gone", (1, 1)]


@pytest.mark.parametrize(
    ("cursor", "parts"),
    [
        (("n",), [[Fact(1, 5, 1, False), Fact(1, 3, 2, False)]]),
        (("n",), [[Fact(1, 4, 1, False)], [Fact(1, 5, 2, False), Fact(1, 3, 3, False)]]),
        (("n",), [[Fact(1, 5, 1, False)], [Fact(1, 5, 2, False)], [Fact(1, 4, 3, False)]]),
        (("n",), [[Fact(1, 4, 1, False)], [Fact(1, 3, 2, False), Fact(1, 5, 1, True)]]),
        (("at",), [[Fact(1, 4, 1, False)], [Fact(1, 5, 2, False), Fact(1, 3, 3, False)]]),
        (("at",), [[Fact(1, 4, 1, False), Fact(1, 5, 1, True)]]),
    ],
    ids=["a part", "the last but one", "equal cursors", "a marker", "by time", "a marker by time"],
)
async def test_a_key_comes_back_with_the_row_that_chart_has(
    atlas: Atlas, cursor: tuple[str, ...], parts: Sequence[Sequence[Fact]]
) -> None:
    """It has ended with a cursor that is higher than those of its rows that come again."""
    mode = SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED
    hand = await ByHand.of(atlas, offered("facts", SCHEMA, cursor=cursor), mode)
    other = Fact(2, 1, 1, False)
    again: Sequence[Sequence[Fact]] = [[other], *parts]
    generations = [[[Fact(1, 9, 1, False), other]], [[other]], again]
    after = 0
    for number, generation in enumerate(generations):
        async with hand.database.transaction() as session:
            await chart.empty(session, hand.layout)
        staged = []
        for part in generation:
            last = await hand.land([fact.record for fact in part])
            await hand.promote(after, last)
            staged.append(await hand.stage(after, last))
            after = last
        async with hand.database.transaction() as session:
            recorded_at, now = RECORDED + timedelta(days=number), START + timedelta(days=1 + number)
            await navigate.bring_back(session, hand.layout, staged, recorded_at, now)
            await navigate.end_missing(session, hand.layout, staged, recorded_at, now)

    assert (
        await current(hand)
        == await charted(hand)
        == newest([Look(START, part) for part in again], with_cursor=True)
    )
