"""Explore does not grow for ever: parts, policies, and what no policy takes out."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.core.catalog import SyncMode
from app.core.errors import InvalidRequest
from app.core.jobs import JobOptions, JobStatus, JobType
from app.sync import generations, rebuilding
from app.sync.datasets import passport
from app.sync.datasets.passport import Wanted
from app.sync.retention import horizon, policies, removing
from app.sync.retention.horizon import Reach
from app.sync.retention.policies import RetentionPolicy
from app.sync.retention.removing import Act, Retention
from tests.fixtures.atlas import KEYS, Atlas, NoChecks, NothingPersonal
from tests.fixtures.scripted import complete, offered, record, saying, state, whole

EXPLORE, CHART = "explore.ledger_orders_raw", "chart.ledger_orders"
LEAVES = f"SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{EXPLORE}'::regclass ORDER BY 1"
STREAM = offered("orders", {"id": {"type": "integer"}, "n": {"type": "integer"}})


async def connected(atlas: Atlas, mode: SyncMode) -> Retention:
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    await atlas.connect({}, mode, streams=[STREAM])
    return Retention(database=atlas.database, period_h=24)


async def sync(atlas: Atlas, folder: Path, ids: Sequence[int | None], n: int = 0) -> None:
    lines = [json.dumps({"id": key, "n": n}).encode() for key in ids]
    atlas.command = saying(folder, whole("orders", lines))
    assert (await atlas.sync()).job.status is JobStatus.SUCCEEDED


async def end_period(atlas: Atlas, retention: Retention) -> None:
    """Let all that has landed be ten days old, and of a period that is over."""
    await atlas.execute("UPDATE pipeline.batches SET landed_at = now() - interval '10 days'")
    await atlas.execute("UPDATE pipeline.explore_period SET opened_at = now() - interval '2 days'")
    await retention.run()


async def reach(atlas: Atlas, policy: RetentionPolicy) -> Reach:
    async with atlas.database.connection() as session:
        (found,) = await horizon.of_connection(session, atlas.connection_id, policy)
    return found


async def keep(atlas: Atlas, policy: RetentionPolicy) -> None:
    async with atlas.database.transaction() as session:
        await policies.keep(session, atlas.connection_id, policy)


async def acts(atlas: Atlas) -> Sequence[Act]:
    async with atlas.database.connection() as session:
        return await removing.acts(session, atlas.connection_id, 10)


async def test_old_parts_are_dropped_up_to_what_is_still_needed(
    atlas: Atlas, tmp_path: Path
) -> None:
    retention = await connected(atlas, SyncMode.INCREMENTAL_DEDUPED_HISTORY)
    for ids in ([1, 2, 3], [2, 4], [5, None]):  # the last one has no key: quarantine keeps it
        await sync(atlas, tmp_path, ids, n=len(ids))
        await end_period(atlas, retention)
    await sync(atlas, tmp_path, [6])
    chart = await atlas.rows(CHART, "id")

    five_days = RetentionPolicy(max_age_days=5)
    foreseen = await reach(atlas, five_days)
    before = await atlas.values(LEAVES)
    await keep(atlas, five_days)
    await retention.run()
    await retention.run()  # nothing is taken out twice
    first = await acts(atlas)

    assert before == [f"{EXPLORE}_{period}" for period in range(4)]
    assert (foreseen.records, foreseen.stay, foreseen.held_back) == (5, 3, 2)
    assert foreseen.because == "in quarantine, and nothing is decided of it"
    assert await atlas.values(LEAVES) == [f"{EXPLORE}_2", f"{EXPLORE}_3"]
    left = f"SELECT data ->> 'id' FROM {EXPLORE} WHERE data ->> 'id' IS NOT NULL ORDER BY 1"
    assert await atlas.values(left) == ["5", "6"]
    assert [(act.how, act.records, act.asked_by) for act in first] == [
        ("dropped", 2, "policy"), ("dropped", 3, "policy"),
    ]  # fmt: skip
    assert first[0].policy == {"max_age_days": 5}
    assert await atlas.rows(CHART, "id") == chart

    # what explore has no more is said
    wanted = Wanted(connection_id=atlas.connection_id, stream="orders", key={"id": 2}, with_source=True)  # fmt: skip
    found = await passport.of_row(atlas.database, KEYS, wanted)
    assert found.source is None
    assert all(trail.removed_at for trail in found.batches.values())
    job = await atlas.scheduler.start(atlas.connection_id, JobType.REBUILD, JobOptions())
    await atlas.run(job.job_id)
    async with atlas.database.connection() as session:
        (rebuilt,) = await rebuilding.found(session, job.job_id)
    assert rebuilt.why_not == "explore has no longer 5 of its records: its retention took 5 out"

    # once it is decided, the next round goes on; what is newest stays
    await atlas.execute("UPDATE quarantine.chart_records SET status = 'dismissed'")
    assert await retention.apply(atlas.connection_id, asked_by="person") == 2
    assert await atlas.values(LEAVES) == [f"{EXPLORE}_3"]
    assert (await acts(atlas))[0].asked_by == "person"


async def test_what_retention_took_of_an_epoch_that_is_over_keeps_nothing_from_being_made_again(
    atlas: Atlas, tmp_path: Path
) -> None:
    """Chart is made of what came since the stream was last read from its beginning."""
    await connected(atlas, SyncMode.INCREMENTAL_DEDUPED_HISTORY)
    await sync(atlas, tmp_path, [1, 2, 3])
    cleared = await atlas.scheduler.start(atlas.connection_id, JobType.CLEAR, JobOptions())
    await atlas.run(cleared.job_id)
    await sync(atlas, tmp_path, [2, 3])
    await sync(atlas, tmp_path, [4])
    (stream,) = atlas.connection.streams  # type: ignore[union-attr]

    await atlas.execute(f"DELETE FROM {EXPLORE} WHERE batch_id = (SELECT min(batch_id) FROM {EXPLORE})")  # fmt: skip
    async with atlas.database.connection() as session:
        of_before = await rebuilding.lost_from_explore(session, stream)
    job = await atlas.scheduler.start(atlas.connection_id, JobType.REBUILD, JobOptions(swaps=True))
    await atlas.run(job.job_id)
    async with atlas.database.connection() as session:
        (rebuilt,) = await rebuilding.found(session, job.job_id)
    await atlas.execute(f"DELETE FROM {EXPLORE} WHERE batch_id = (SELECT min(batch_id) FROM {EXPLORE})")  # fmt: skip
    async with atlas.database.connection() as session:
        of_present = await rebuilding.lost_from_explore(session, stream)

    assert (of_before, of_present) == (0, 2)
    assert rebuilt.is_equal, rebuilt
    assert rebuilt.is_swapped
    assert await atlas.values(f"SELECT id FROM {CHART} ORDER BY id") == [2, 3, 4]


async def test_what_a_change_of_schema_waits_for_stays_until_it_is_done(
    atlas: Atlas, tmp_path: Path
) -> None:
    await connected(atlas, SyncMode.INCREMENTAL_DEDUPED_HISTORY)
    await sync(atlas, tmp_path, [1, 2, 3])
    nothing = RetentionPolicy(max_rows=0)
    free = await reach(atlas, nothing)

    (stream_id,) = await atlas.values("SELECT stream_id FROM pipeline.streams")
    await atlas.execute(f"INSERT INTO pipeline.column_backfills (stream_id, schema_version, columns) VALUES ({stream_id}, 2, '{{n}}')")  # fmt: skip
    waited_for = await reach(atlas, nothing)
    await atlas.execute("UPDATE pipeline.column_backfills SET done_at = now()")
    done = await reach(atlas, nothing)
    await atlas.execute("UPDATE pipeline.column_backfills SET done_at = NULL")
    await atlas.execute("UPDATE pipeline.streams SET selected = false")
    left_out = await reach(atlas, nothing)

    assert (free.records, done.records, left_out.records) == (3, 3, 3)
    assert (waited_for.records, waited_for.held_back) == (0, 3)
    assert waited_for.because == "wanted by the next job, for a change of schema"


async def test_the_generation_that_chart_shows_stays_whatever_the_policy_says(
    atlas: Atlas, tmp_path: Path
) -> None:
    retention = await connected(atlas, SyncMode.FULL_REFRESH_OVERWRITE)
    for n in range(3):
        await sync(atlas, tmp_path, [1, 2], n)

    nothing = await reach(atlas, RetentionPolicy(max_rows=0))
    await keep(atlas, RetentionPolicy(max_generations=2))
    await retention.run()
    two_left = await atlas.values(f"SELECT DISTINCT (data -> 'n')::int FROM {EXPLORE} ORDER BY 1")
    await keep(atlas, RetentionPolicy(max_rows=0))
    await retention.run()

    assert (nothing.records, nothing.held_back) == (4, 2)
    assert nothing.because == "of the generation that chart shows"
    assert two_left == [1, 2]
    assert await atlas.values(f"SELECT (data -> 'n')::int FROM {EXPLORE}") == [2, 2]
    assert [act.how for act in await acts(atlas)] == ["deleted", "deleted"]
    async with atlas.database.connection() as session:
        listed = await generations.listed(session, atlas.connection_id)
        with pytest.raises(InvalidRequest, match="no more: its retention"):
            await generations.require_possible(session, atlas.connection.streams[0], 1)  # type: ignore[union-attr]
    assert [(g.generation_id, g.removed_at is None) for g in listed] == [(3, True), (2, False), (1, False)]  # fmt: skip


async def test_a_table_from_before_there_were_parts_becomes_the_first_of_them(
    atlas: Atlas, tmp_path: Path
) -> None:
    retention = await connected(atlas, SyncMode.INCREMENTAL_APPEND)
    await sync(atlas, tmp_path, [1, 2])
    await atlas.execute(
        f"CREATE TABLE explore.old (LIKE {EXPLORE}); INSERT INTO explore.old SELECT * FROM {EXPLORE};"
        f"DROP TABLE {EXPLORE};"
        "ALTER TABLE explore.old RENAME TO ledger_orders_raw;"
        f"ALTER TABLE {EXPLORE} OWNER TO atlas_app;"
        f"CREATE INDEX ledger_orders_raw_brin ON {EXPLORE} USING brin (batch_id)"
    )
    await keep(atlas, RetentionPolicy(max_rows=1_000))
    await retention.run()  # a table that is not in parts yet is no harm
    await end_period(atlas, retention)

    # the next period begins while the source is read
    await atlas.execute("SELECT setval('pipeline.batch_ids', 1999998)")
    atlas.settings = atlas.settings.model_copy(update={"batch_records": 1})
    records = [record("orders", b'{"id":%d,"n":0}' % key) for key in (3, 4, 5)]
    said = [line for each in records for line in (each, state("orders"))]
    atlas.command = saying(tmp_path, [*said, complete("orders")])
    assert (await atlas.sync()).job.status is JobStatus.SUCCEEDED
    job = await atlas.scheduler.start(atlas.connection_id, JobType.REBUILD, JobOptions())
    await atlas.run(job.job_id)

    ids = "SELECT (data -> 'id')::int AS id FROM {} ORDER BY id"
    assert await atlas.values(LEAVES) == [f"{EXPLORE}_1", f"{EXPLORE}_2"]
    assert await atlas.values(ids.format(f"{EXPLORE}_1")) == [1, 2, 3]
    assert await atlas.values(ids.format(f"{EXPLORE}_2")) == [4, 5]
    async with atlas.database.connection() as session:
        (rebuilt,) = await rebuilding.found(session, job.job_id)
    assert rebuilt.is_equal
