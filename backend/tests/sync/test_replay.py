"""Tests of app/sync/quarantine/replay.py: what comes back is as if it had been good at first."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence

import pytest

from app.core.catalog import Stream, StreamDescriptor, SyncMode
from app.core.errors import (
    NothingToReplay,
    QuarantineRecordDecided,
    RuleNotWaivable,
    SyncAlreadyRunning,
)
from app.core.failures import (
    DatabaseUnreachable,
)
from app.core.jobs import JobOptions, JobStatus, JobType
from app.core.layout import Strategy
from app.layers import passport, quarantine, replaying
from app.layers.replaying import Kept
from app.sync import ledger, rebuilding
from app.sync.quarantine import waivers
from app.sync.quarantine.replays import Choice
from app.sync.rebuilding import Rebuilt
from tests.fixtures.atlas import Atlas, BrokenScanner, NoChecks
from tests.fixtures.drawing import often
from tests.fixtures.scripted import INSTANT, offered
from tests.fixtures.synced import Synced
from tests.layers.test_navigate import (
    SCHEMA,
    WHOLE,
    Fact,
    Look,
    by_time,
    charted,
    current,
    history,
    newest,
    view,
)

HISTORIES = often(4, 10)
pytestmark = pytest.mark.drawn


def by_strategy(name: str) -> Stream:
    cursor = {"timestamp": ("at",), "check": (), "cursor that is no time": ("n",)}[name]
    return offered("facts", SCHEMA, cursor=cursor)


def sent(fact: Fact, state: str) -> Mapping[str, object] | bytes:
    """A fact as its source sent it: good, with a value that does not fit, or as no JSON at all."""
    if state == "good":
        return fact.record
    if state == "misfit":
        return {**fact.record, "value": f"not {fact.value}"}
    return json.dumps(fact.record).encode()[:-1]


def split(case: random.Random, things: Sequence[int]) -> Iterator[Sequence[int]]:
    """Runs of things, in order."""
    while things:
        size = case.randint(1, len(things))
        yield things[:size]
        things = things[size:]


async def clear(synced: Synced) -> None:
    await synced.hand.clear()
    await synced.atlas.execute("DELETE FROM quarantine.chart_records")
    await synced.atlas.execute("DELETE FROM quarantine.explore_records")


async def sync(
    synced: Synced, case: random.Random, looks: Sequence[Look]
) -> Mapping[tuple[int, int], Fact]:
    """One job that lands looks of which some records are broken; those, by their place."""
    await synced.begin()
    broken: dict[tuple[int, int], Fact] = {}
    batches = []
    for look in looks:
        states = [case.choice(("good", "good", "good", "misfit", "torn")) for _ in look.facts]
        told = list(zip(look.facts, states, strict=True))
        batch_id = await synced.land([sent(fact, state) for fact, state in told], look.at)
        batches.append(batch_id)
        broken |= {
            (batch_id, seq): fact for seq, (fact, state) in enumerate(told) if state != "good"
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
        "SELECT boundary, quarantine_id, batch_id, seq FROM quarantine.records WHERE status = 'kept'"
    )
    for one in rows:
        if case.random() < share:
            kept = Kept(one["boundary"], one["quarantine_id"])
            await synced.fix(kept, broken[one["batch_id"], one["seq"]].record)
    fixed = await synced.kept("fixed")
    if fixed:
        chosen = case.sample(fixed, case.randint(1, len(fixed))) if share < 1 else fixed
        await synced.replay(*chosen)


@pytest.mark.parametrize(
    ("dsn", "name"),
    [
        ("default", "timestamp"),
        ("default", "check"),
        ("default", "cursor that is no time"),
        pytest.param("15", "check", marks=pytest.mark.postgres15),
    ],
    indirect=["dsn"],
)
async def test_what_is_corrected_and_replayed_is_as_if_it_had_been_good_at_first(
    atlas: Atlas, name: str
) -> None:
    await replayed_is_as_good(atlas, name)


@pytest.mark.parametrize("name", ["timestamp", "check"])
async def test_the_same_where_only_some_columns_make_a_version(atlas: Atlas, name: str) -> None:
    await replayed_is_as_good(atlas, name, check_cols=["value"])


async def replayed_is_as_good(atlas: Atlas, name: str, check_cols: Sequence[str] = ()) -> None:
    synced = await Synced.of(atlas, by_strategy(name), check_cols=check_cols)
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


PLAIN = {"id": WHOLE, "at": INSTANT, "value": WHOLE}


def row(key: object, hour: int, value: object) -> dict[str, object]:
    return {"id": key, "at": f"2026-01-01T{hour:02}:00:00Z", "value": value}


async def chart(synced: Synced) -> list[tuple[object, ...]]:
    return await synced.hand.rows(
        f"SELECT id, value FROM {synced.hand.tables.chart} ORDER BY id, value"
    )


async def books(synced: Synced, batch_id: int) -> dict[str, int]:
    (found,) = await synced.atlas.fetch(
        "SELECT read, explored, rejected, charted, superseded, quarantined, deleted, versions "
        "FROM pipeline.batch_ledger WHERE batch_id = $1", batch_id,
    )  # fmt: skip
    return {name: count for name, count in found.items() if count}


async def explored(synced: Synced) -> list[tuple[object, ...]]:
    return await synced.hand.rows(
        f"SELECT batch_id, seq, data::text FROM {synced.hand.tables.explore} ORDER BY 1, 2"
    )


async def of_plain(atlas: Atlas, mode: SyncMode = SyncMode.INCREMENTAL_DEDUPED_HISTORY) -> Synced:
    return await Synced.of(atlas, offered("facts", PLAIN, cursor=("at",)), mode)


async def test_the_books_of_the_batch_that_brought_a_record_follow_it(atlas: Atlas) -> None:
    synced = await of_plain(atlas)
    batch, *_ = await synced.sync([row(1, 1, 1), row(2, 1, "x"), row(1, 0, "y")], [row(3, 1, 1)])
    before = await explored(synced)
    assert await books(synced, batch) == {
        "read": 3,
        "explored": 3,
        "charted": 1,
        "quarantined": 2,
        "versions": 1,
    }

    for kept, value in zip(await synced.kept(), (2, 9), strict=True):
        await synced.fix(kept, row(2, 1, value) if value == 2 else row(1, 0, value))
    job = await synced.replay()

    assert await books(synced, batch) == {
        "read": 3, "explored": 3, "charted": 2, "superseded": 1, "versions": 3,
    }  # fmt: skip
    assert await synced.fates(job.job_id) == {"charted": 1, "superseded": 1}
    assert await explored(synced) == before  # as it was sent
    outcomes = await atlas.values(
        "SELECT quarantined FROM pipeline.batch_outcomes WHERE batch_id = $1", batch
    )
    assert outcomes == [2]  # what was booked stays; the replay stands beside it
    adjusted = await atlas.fetch(
        "SELECT a.quarantined, t.job_id FROM pipeline.batch_adjustments a JOIN pipeline.promotions p USING (promotion_id) "
        "JOIN pipeline.attempts t USING (attempt_id)"
    )  # fmt: skip
    assert [tuple(one.values()) for one in adjusted] == [(-2, job.job_id)]
    decided = await atlas.fetch(
        "SELECT decision, decided_by, job_id FROM quarantine.decisions ORDER BY decision_id"
    )
    by = "a person"
    assert [tuple(one.values()) for one in decided] == [
        ("fixed", by, None), ("fixed", by, None), ("replayed", by, job.job_id), ("replayed", by, job.job_id),
    ]  # fmt: skip


async def test_what_explore_could_not_take_lands_at_its_place_once_it_is_corrected(
    atlas: Atlas,
) -> None:
    synced = await of_plain(atlas)
    (batch,) = await synced.sync([row(1, 1, 1), b'{"id": 1, "at"', row(2, 1, 1), b'{"id": 3'])
    assert (await books(synced, batch))["rejected"] == 2
    first, second = await synced.kept()
    with pytest.raises(NothingToReplay):  # as it is, no table can take it
        await synced.replay()

    await synced.fix(first, row(1, 1, 5))
    await synced.fix(second, row(3, 1, "still broken"))
    job = await synced.replay()

    assert job.status is JobStatus.SUCCEEDED, job.failure
    assert await chart(synced) == [(1, 5), (2, 1)]  # it came after the other one of its instant
    assert [place[:2] for place in await explored(synced)] == [
        (batch, 0),
        (batch, 1),
        (batch, 2),
        (batch, 3),
    ]
    assert await books(synced, batch) == {
        "read": 4, "explored": 4, "charted": 3, "quarantined": 1, "versions": 3,
    }  # fmt: skip
    (kept,) = await synced.kept()
    assert kept.boundary == "chart"
    await synced.fix(kept, row(3, 1, 3))
    staged = await synced.hand.stage(batch - 1, batch)
    assert await synced.hand.rows(f"SELECT value FROM {staged.table} WHERE id = 3") == [
        (None,)
    ]  # waits
    await synced.replay()
    assert await chart(synced) == [(1, 5), (2, 1), (3, 3)]
    assert await synced.unbalanced() == []
    await synced.sync([row(4, 1, 4)])
    assert await chart(synced) == [(1, 5), (2, 1), (3, 3), (4, 4)]


async def test_what_landed_in_a_replay_and_breaks_a_rule_is_found_by_its_key(atlas: Atlas) -> None:
    synced = await of_plain(atlas)
    await synced.sync([row(1, 1, 1), b'{"id": 3'])
    (refused,) = await synced.kept()
    await synced.fix(refused, row(3, 1, "still broken"))
    await synced.replay()

    async with atlas.database.connection() as session:
        key_hash = await passport.key_hash_of(session, synced.hand.projection, [3])
        found = await quarantine.of_key(session, synced.stream.stream_id, key_hash, 10)
        has_unkeyed = await quarantine.has_unkeyed(session, synced.stream.stream_id)

    assert [kept.rules for kept in found] == [["type:value"]]
    assert not has_unkeyed


async def test_a_batch_of_which_explore_took_nothing_can_come_back(atlas: Atlas) -> None:
    synced = await of_plain(atlas)
    (first,) = await synced.sync([row(1, 1, 1)])
    await synced.begin()
    batch = await synced.land([b"{"])
    await synced.end()

    (kept,) = await synced.kept()
    await synced.fix(kept, row(2, 1, 2))
    await synced.replay()
    await synced.begin()
    last = await synced.land([row(3, 1, 3)])
    (watermark,) = await atlas.values("SELECT batch_id FROM pipeline.watermarks")
    await synced.publish((int(str(watermark)), last))
    await synced.end()

    assert (first < batch < last, watermark) == (True, batch)
    assert await chart(synced) == [(1, 1), (2, 2), (3, 3)]
    assert await synced.unbalanced() == []


async def swapped(synced: Synced) -> Rebuilt:
    """Make chart and history again from explore, and put that in their place."""
    atlas = synced.atlas
    job = await atlas.scheduler.start(atlas.connection_id, JobType.REBUILD, JobOptions(swaps=True))
    assert (await atlas.run(job.job_id)).job.status is JobStatus.SUCCEEDED
    async with atlas.database.connection() as session:
        (found,) = await rebuilding.found(session, job.job_id)
    return found


@pytest.mark.parametrize("lands", ["alone", "between", "last"])
@pytest.mark.parametrize("mode", [SyncMode.INCREMENTAL_DEDUPED_HISTORY, SyncMode.INCREMENTAL_APPEND])  # fmt: skip
async def test_what_came_back_into_a_batch_that_was_empty_is_made_again(
    atlas: Atlas, mode: SyncMode, lands: str
) -> None:
    """No range was published over that batch, before the replay or after it."""
    synced = await of_plain(atlas, mode)
    if lands != "alone":
        await synced.sync([row(1, 1, 1), row(2, 1, 1)])
    await synced.begin()
    await synced.land([b"{"])
    await synced.end()
    (kept,) = await synced.kept()
    await synced.fix(kept, row(2, 2, 2))
    await synced.replay()
    if lands == "between":
        await synced.sync([row(2, 2, 3), row(3, 1, 3)])
    before = await chart(synced)
    versions = await synced.hand.rows(f"SELECT id, value, valid_from, valid_to FROM {synced.hand.tables.navigate} ORDER BY 1, 3")  # fmt: skip

    found = await swapped(synced)

    assert found.is_equal, found
    assert found.is_swapped
    assert (2, 2) in before or lands == "between"
    assert await chart(synced) == before
    assert versions == await synced.hand.rows(f"SELECT id, value, valid_from, valid_to FROM {synced.hand.tables.navigate} ORDER BY 1, 3")  # fmt: skip


async def test_of_a_generation_a_batch_that_was_empty_comes_back_and_is_made_again(
    atlas: Atlas,
) -> None:
    synced = await of_plain(atlas, SyncMode.FULL_REFRESH_OVERWRITE)
    synced.generation = 1
    await synced.begin()
    first = await synced.land([row(1, 1, 1)])
    await synced.land([b"{"])
    await synced.publish((first - 1, first))
    await synced.end()
    (kept,) = await synced.kept()
    await synced.fix(kept, row(2, 1, 2))

    job = await synced.replay()
    before = await chart(synced)
    found = await swapped(synced)
    back = JobOptions(streams=(StreamDescriptor("facts"),), generation=1)
    shown = await atlas.scheduler.start(atlas.connection_id, JobType.REFRESH, back)
    await atlas.run(shown.job_id)

    assert await synced.fates(job.job_id) == {"charted": 1}
    assert before == [(1, 1), (2, 2)]
    assert found.is_equal, found
    assert await chart(synced) == before
    assert await synced.unbalanced() == []


async def test_a_row_that_breaks_a_rule_again_stays_with_its_new_reason(atlas: Atlas) -> None:
    synced = await of_plain(atlas)
    (batch,) = await synced.sync([row(1, 1, "x"), row(2, 1, 2)])
    (kept,) = await synced.kept()
    before = await books(synced, batch)

    await synced.fix(kept, {"id": None, "at": "2026-01-01T01:00:00Z", "value": 1})
    job = await synced.replay()

    assert job.status is JobStatus.SUCCEEDED
    assert await synced.fates(job.job_id) == {"quarantined": 1}
    (found,) = await atlas.fetch("SELECT rules, reason, status FROM quarantine.chart_records")
    assert tuple(found.values()) == (
        ["primary_key"], f"broke primary_key in the replay of job {job.job_id}", "kept",
    )  # fmt: skip
    assert await books(synced, batch) == before
    assert await atlas.values("SELECT applied_at FROM quarantine.fixes") == [None]


async def test_replaying_twice_changes_nothing(atlas: Atlas) -> None:
    """The second time by another attempt of the same job, as after a kill behind the commit."""
    synced = await of_plain(atlas)
    await synced.sync([row(1, 1, 1), row(2, 1, "x")], [row(2, 0, 7)])
    (kept,) = await synced.kept()
    await synced.fix(kept, row(2, 1, 2))
    job = await synced.replay()
    tables = ("chart.ledger_facts", "navigate.ledger_facts__history", "pipeline.batch_adjustments", "quarantine.decisions")  # fmt: skip
    before = [await atlas.rows(table) for table in tables]

    await atlas.execute("UPDATE pipeline.jobs SET status = 'running' WHERE job_id = $1", job.job_id)
    again = await atlas.run(job.job_id)

    assert again.job.status is JobStatus.SUCCEEDED
    assert again.job.attempts == 2
    assert [await atlas.rows(table) for table in tables] == before


async def test_a_connection_has_one_job_a_sync_or_a_replay(atlas: Atlas) -> None:
    synced = await of_plain(atlas)
    await synced.sync([row(1, 1, "x")])
    chosen = Choice(connection_id=atlas.connection_id)

    await synced.begin()
    with pytest.raises(SyncAlreadyRunning):
        await atlas.scheduler.replay(chosen, "a person")
    await synced.end()
    job = await atlas.scheduler.replay(chosen, "a person")
    await atlas.execute("UPDATE pipeline.jobs SET due_at = now() + interval '1 hour'")
    with pytest.raises(SyncAlreadyRunning):  # a sync that waits for its time would be moved forward
        await atlas.scheduler.start(atlas.connection_id)
    (kept,) = await synced.kept()
    with pytest.raises(QuarantineRecordDecided):
        await synced.fix(kept, row(1, 1, 1))

    assert (await atlas.scheduler.cancel(job.job_id)).status is JobStatus.CANCELLED
    await synced.fix(kept, row(1, 1, 1))


async def test_a_correction_counts_whenever_its_range_is_projected_again(atlas: Atlas) -> None:
    synced = await of_plain(atlas)
    (batch,) = await synced.sync([row(1, 1, "x"), row(2, 1, "y")])
    first, second = await synced.kept()
    await synced.fix(first, row(1, 1, 1))
    await synced.replay()
    await synced.fix(second, row(2, 1, 2))  # waits for its replay

    staged = await synced.hand.stage(batch - 1, batch)

    rows = await synced.hand.rows(
        f"SELECT id, value, _atlas_violations FROM {staged.table} ORDER BY id"
    )
    assert rows == [(1, 1, None), (2, None, ["type:value"])]
    (hashes,) = await synced.hand.rows(
        f"SELECT c._atlas_row_hash = s._atlas_row_hash FROM chart.ledger_facts c "
        f"JOIN {staged.table} s ON s._atlas_key_hash = c._atlas_key_hash"
    )
    assert hashes == (True,)


@pytest.mark.parametrize("mode", [SyncMode.INCREMENTAL_APPEND, SyncMode.FULL_REFRESH_APPEND])
async def test_where_chart_appends_each_record_comes_back_once(
    atlas: Atlas, mode: SyncMode
) -> None:
    """The record that has the last word on the instant was sent later, and is there already."""
    synced = await of_plain(atlas, mode)
    await synced.sync([row(1, 1, 1), row(1, 1, "x")], [row(1, 1, 3), row(1, 2, 4)])
    (kept,) = await synced.kept()

    await synced.fix(kept, row(1, 1, 2))
    await synced.replay()

    assert await chart(synced) == [(1, 1), (1, 2), (1, 3), (1, 4)]
    versions = await synced.hand.rows(
        f"SELECT value FROM {synced.hand.tables.navigate} ORDER BY valid_from"
    )
    assert versions == [(3,), (4,)]
    assert await synced.unbalanced() == []


async def test_of_an_overwritten_stream_what_chart_shows_comes_back_and_no_older_generation(
    atlas: Atlas,
) -> None:
    synced = await of_plain(atlas, SyncMode.FULL_REFRESH_OVERWRITE)
    synced.generation = 1
    await synced.sync([row(1, 1, 1), row(3, 1, 1), row(2, 1, "old")])
    synced.generation = 2
    await synced.sync([row(1, 1, 2), row(None, 1, 2)])  # so key 3 is missing, and has ended
    old, new = await synced.kept()
    await synced.fix(old, row(2, 1, 1))
    await synced.fix(new, row(3, 1, 2))

    job = await synced.replay()

    assert await chart(synced) == [(1, 2), (3, 2)]
    assert await synced.fates(job.job_id) == {"charted": 1, "waiting": 1}
    assert await synced.kept("fixed") == [old]
    current = await synced.hand.rows(f"SELECT id FROM {synced.hand.tables.current} ORDER BY id")
    assert current == [(1,), (3,)]
    assert await synced.unbalanced() == []


async def test_of_a_stream_that_a_full_refresh_has_emptied_nothing_comes_back(atlas: Atlas) -> None:
    synced = await of_plain(atlas, SyncMode.FULL_REFRESH_OVERWRITE)
    synced.generation = 1
    await synced.sync([row(1, 1, 1), row(2, 1, "old")])
    synced.generation = 2
    await synced.begin()
    promotion = await synced.promotion()
    await promotion.empty(await promotion.open(synced.stream))
    await synced.end()
    (kept,) = await synced.kept()
    await synced.fix(kept, row(2, 1, 1))

    job = await synced.replay()

    assert await chart(synced) == []
    assert await synced.fates(job.job_id) == {"waiting": 1}


async def test_a_waived_rule_lets_its_records_in(atlas: Atlas) -> None:
    stream = offered("facts", {**PLAIN, "value": {"type": "integer"}}, cursor=("at",))
    synced = await Synced.of(atlas, stream)
    await synced.sync([row(1, 1, "x"), row(2, 1, 2)])
    async with atlas.database.transaction() as session:
        await waivers.waive(
            session, atlas.connection_id, stream.descriptor, "type:value", "a person"
        )

    job = await synced.replay()

    assert await synced.fates(job.job_id) == {"charted": 1}
    (found,) = await synced.hand.rows(
        "SELECT value, _airbyte_meta ->> 'changes' FROM chart.ledger_facts WHERE id = 1"
    )
    assert found[0] is None
    assert "NULLED" in str(found[1])
    with pytest.raises(RuleNotWaivable):
        async with atlas.database.transaction() as session:
            await waivers.waive(
                session, atlas.connection_id, stream.descriptor, "primary_key", "a person"
            )


async def test_a_preview_says_what_a_replay_does_and_does_nothing(atlas: Atlas) -> None:
    synced = await of_plain(atlas)
    await synced.sync([row(1, 2, 1), row(1, 1, "x"), row(2, 1, "y"), row(3, 1, "z"), b"{"])
    late, good, still_bad, refused = await synced.kept()
    await synced.fix(late, row(1, 1, 9))
    await synced.fix(good, row(2, 1, 9))
    await synced.fix(refused, row(4, 1, 9))
    everything = ("chart.ledger_facts", "explore.ledger_facts_raw", "navigate.ledger_facts__history", "quarantine.records", "pipeline.batch_adjustments")  # fmt: skip
    before = [await atlas.rows(table) for table in everything]

    (found,) = await atlas.scheduler.replayer.foresee(Choice(connection_id=atlas.connection_id))

    assert (found.picked, found.landed, found.charted, found.superseded, found.quarantined) == (
        4,
        1,
        2,
        1,
        1,
    )
    assert (found.versions, found.rules) == (3, {"type:value": 1})
    assert [await atlas.rows(table) for table in everything] == before
    left = await atlas.values(
        "SELECT relname FROM pg_class WHERE relnamespace = 'staging'::regnamespace"
    )
    assert left == []
    job = await synced.replay()
    assert await synced.fates(job.job_id) == {"charted": 2, "quarantined": 1, "superseded": 1}
    assert still_bad in await synced.kept()


async def test_a_gate_that_cannot_judge_leaves_the_records_where_they_are(atlas: Atlas) -> None:
    synced = await of_plain(atlas)
    await synced.sync([row(1, 1, "x")])
    (kept,) = await synced.kept()
    await synced.fix(kept, row(1, 1, 1))

    atlas.scanner = BrokenScanner()
    job = await synced.replay()

    assert job.status is JobStatus.FAILED
    assert job.failure is not None
    assert job.failure.slug == "range-held"
    assert await chart(synced) == []
    assert await synced.kept("fixed") == [kept]
    atlas.scanner = NoChecks()
    await synced.replay()
    assert await chart(synced) == [(1, 1)]


async def test_a_corrected_value_is_masked_as_any_other_and_said_nowhere(
    atlas: Atlas, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = offered("facts", {**PLAIN, "email": {"type": "string"}}, cursor=("at",))
    synced = await Synced.of(atlas, stream)
    atlas.pii = None  # the real gate, from the first look on
    mails = ["jane.doe@example.com", "john.roe@example.com", "max.muster@example.org"]
    await synced.sync([{**row(n, 1, "secret-7"), "email": mail} for n, mail in enumerate(mails)])
    for n, kept in enumerate(await synced.kept()):
        await synced.fix(kept, {**row(n, 1, n), "email": mails[n]})

    job = await synced.replay()

    assert job.status is JobStatus.SUCCEEDED, job.failure
    charted_mails = await synced.hand.rows("SELECT email FROM chart.ledger_facts")
    assert len(charted_mails) == 3
    said = capsys.readouterr().out + caplog.text
    for table in (
        "pipeline.jobs", "pipeline.job_events", "pipeline.promotions", "pipeline.log_lines", "quarantine.decisions",
        "quarantine.records", "chart.ledger_facts", "navigate.ledger_facts__history", "pii.column_decisions",
    ):  # fmt: skip
        said += str(await atlas.values(f"SELECT t::text FROM {table} t"))
    assert not [value for value in (*mails, "secret-7") if value in said]


async def test_a_new_key_after_a_replay_is_still_told_from_a_known_one(atlas: Atlas) -> None:
    """The shortcut for ranges of new keys alone must see what a replay has brought."""
    synced = await of_plain(atlas)
    await synced.sync([row(1, 1, "x")])
    (kept,) = await synced.kept()
    await synced.fix(kept, row(1, 5, 1))
    await synced.replay()

    await synced.sync([row(1, 3, 3), row(2, 1, 2)])
    await synced.sync([row(1, 6, 6)])

    assert await chart(synced) == [(1, 6), (2, 2)]
    versions = await synced.hand.rows(
        "SELECT value FROM navigate.ledger_facts WHERE id = 1 ORDER BY valid_from"
    )
    assert versions == [(3,), (1,), (6,)]


async def test_a_stream_without_a_key_gets_its_records_back(atlas: Atlas) -> None:
    stream = offered("facts", PLAIN, primary_key=())
    synced = await Synced.of(atlas, stream, SyncMode.INCREMENTAL_APPEND)
    await synced.sync([row(1, 1, 1), row(2, 1, "x")])
    (kept,) = await synced.kept()
    await synced.fix(kept, row(2, 1, 2))

    await synced.replay()

    assert await chart(synced) == [(1, 1), (2, 2)]
    assert await synced.unbalanced() == []


async def test_lines_that_were_no_records_get_places_behind_those_of_their_batch(
    atlas: Atlas,
) -> None:
    """Refused by the reader, before they were cut out; two of them are alike."""
    synced = await of_plain(atlas)
    await synced.begin()
    batch = await synced.land([row(1, 1, 1)])
    await atlas.execute(
        "INSERT INTO quarantine.explore_records (stream_id, batch_id, rule, reason, head, size_bytes, content_hash) "
        "SELECT $1, $2, 'line_too_long', 'longer than allowed', h::text::bytea, 9, quarantine.digest(h::text) "
        "FROM unnest(ARRAY[7, 8, 7]) h",
        synced.stream.stream_id, batch,
    )  # fmt: skip
    await atlas.execute(
        "UPDATE pipeline.batches SET read = 4, rejected = 3 WHERE batch_id = $1", batch
    )
    await synced.publish((batch - 1, batch))
    await synced.end()
    seven, eight, _ = await synced.kept()

    await synced.fix(eight, row(8, 1, 8))
    await synced.fix(seven, row(7, 1, 7))
    await synced.replay()

    assert [place[:2] for place in await explored(synced)] == [(batch, n) for n in (0, 4, 5, 6)]
    assert await chart(synced) == [(1, 1), (7, 7), (8, 8)]
    assert await books(synced, batch) == {
        "read": 4, "explored": 4, "charted": 3, "superseded": 1, "versions": 3,
    }  # fmt: skip


async def test_a_record_that_was_mended_is_not_decided_of(atlas: Atlas) -> None:
    synced = await of_plain(atlas)
    await synced.sync([b'{"id": 1, "at": "2026-01-01T01:00:00Z", "value": 1, "note": "a\\u0000b"}'])
    (mended,) = await synced.kept("mended")

    with pytest.raises(QuarantineRecordDecided):
        await synced.fix(mended, row(1, 1, 1))


@pytest.mark.parametrize("place", ["settle", "adjust"])
async def test_a_replay_that_breaks_in_its_transaction_leaves_nothing_and_is_done_again(
    atlas: Atlas, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    synced = await of_plain(atlas)
    await synced.sync([row(1, 1, 1), row(2, 1, "x"), b"{"])
    bad, refused = await synced.kept()
    await synced.fix(bad, row(2, 1, 2))
    await synced.fix(refused, row(1, 1, 3))
    room = replaying if place == "settle" else ledger
    before = await atlas.rows(f"(SELECT id, value FROM {synced.hand.tables.chart}) c")
    explore_before = await explored(synced)
    seen: list[int] = []
    real = getattr(room, place)

    async def breaks_once(*arguments: object) -> object:
        if not seen:
            seen.append(1)
            raise DatabaseUnreachable("The database failed in the middle.")
        assert await atlas.rows(f"(SELECT id, value FROM {synced.hand.tables.chart}) c") == before
        assert await explored(synced) == explore_before
        return await real(*arguments)

    monkeypatch.setattr(room, place, breaks_once)
    job = await synced.replay()

    assert (job.status, job.attempts) == (JobStatus.SUCCEEDED, 2)
    assert await chart(synced) == [(1, 3), (2, 2)]
    assert await synced.unbalanced() == []
    assert await synced.fates(job.job_id) == {"charted": 2}


async def test_what_is_not_published_yet_waits(atlas: Atlas) -> None:
    """A batch that explore could not take whole, and that no range has come to."""
    synced = await of_plain(atlas)
    await synced.begin()
    await synced.land([row(1, 1, 1), b"{"])
    await synced.end()
    (kept,) = await synced.kept()
    await synced.fix(kept, row(2, 1, 2))

    job = await synced.replay()

    assert await synced.fates(job.job_id) == {"waiting": 1}
    assert await synced.kept("fixed") == [kept]
    assert len(await explored(synced)) == 1
