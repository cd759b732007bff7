"""The invariants I1 to I8 of research/reliability.md 3.0, checked after every scene."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from app.core.catalog import SyncMode
from app.core.ids import JobId
from app.core.jobs import JobStatus
from app.sources.mock_ledger import Ledger, expected, latest
from tests.faults.scene import DELETED, MODES, RECOVERY_S, SECRET, Child, Scene, until
from tests.fixtures.owner import owner_of
from tests.journeys.test_kills import canonical, numbers, versions, versions_sent

ENDED = (JobStatus.SUCCEEDED,)
_BOOKS = """
SELECT s.name, s.table_name, coalesce(sum(b.explored), 0)::bigint AS explored,
       coalesce(sum(b.read) FILTER (WHERE b.generation_id = s.generation_id), 0)::bigint AS newest
FROM pipeline.streams s LEFT JOIN pipeline.batches b ON b.stream_id = s.stream_id AND b.voided_at IS NULL
GROUP BY s.stream_id
"""
_TAKEN_OVER = """
SELECT a.job_id, a.worker_id, a.ended_at, n.started_at AS next_at
FROM pipeline.attempts a
LEFT JOIN pipeline.attempts n ON n.job_id = a.job_id AND n.number = a.number + 1
WHERE a.failure ->> 'slug' IN ('worker-died', 'worker-stalled', 'attempt-fenced') AND a.worker_id = ANY ($1)
"""
_LANDED = """
SELECT j.connection_id, a.job_id, a.number, a.started_at, a.ended_at,
       min(b.landed_at) AS first, max(b.landed_at) AS last
FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id) LEFT JOIN pipeline.batches b USING (attempt_id)
GROUP BY j.job_id, a.attempt_id ORDER BY j.connection_id, a.attempt_id
"""
VALUES = ("number", "updated_at", "amount", DELETED)
Row = Mapping[str, object]


async def assert_sound(
    scene: Scene,
    *job_ids: JobId,
    ends: Sequence[JobStatus] = ENDED,
    is_whole: bool = True,
    recovery_s: float = RECOVERY_S,
) -> None:
    """End all processes and check everything.

    Shape: `is_whole` if all that the source sends is there.
    Units: `recovery_s` from the loss of a worker to where what it had in hand goes on.
    """
    await scene.close()
    for job_id in job_ids:
        await assert_definite_end(scene, job_id, ends)
    await assert_recovered(scene, recovery_s)
    await assert_no_overlap(scene)
    await assert_state_is_behind(scene)
    await assert_books_balance(scene)
    if is_whole:
        await assert_books_are_the_sources(scene)
        await assert_all_is_there(scene)
    await assert_nothing_is_left(scene)
    await assert_nothing_is_told(scene)


async def assert_all_is_there(scene: Scene) -> None:
    """I1 and I2: explore has each record once; chart and navigate are the source's, value by value."""
    for stream in Ledger.of(scene.config).streams:
        sent = expected(scene.config, stream.name)
        rows = await scene.atlas.values(f"SELECT data FROM explore.ledger_{stream.name}_raw")
        landed = Counter(canonical(json.loads(str(data))) for data in rows)
        assert landed == Counter(canonical(json.loads(data)) for data in sent), stream.name
        await _assert_published(scene, stream.name)


async def _assert_published(scene: Scene, name: str) -> None:
    mode, chart = MODES.get(name, SyncMode.INCREMENTAL_DEDUPED_HISTORY), f"chart.ledger_{name}"
    rows = await scene.atlas.rows(chart)
    newest = [row for row in latest(scene.config, name).values() if row.get(DELETED) is None]
    sent: Sequence[Mapping[str, object]] = newest
    if not mode.dedupes:
        sent = [json.loads(data) for data in expected(scene.config, name)]
    assert Counter(_values(row) for row in rows) == Counter(_values(row) for row in sent), chart
    assert_masked_alike(rows, sent)
    current = numbers(scene.dsn, f"navigate.ledger_{name}__current")
    assert current == {row["id"]: row["number"] for row in newest}, name
    if mode.dedupes:
        assert versions(scene.dsn, name) == versions_sent(scene.config, name)


def _values(row: Row) -> tuple[object, ...]:
    """What is compared of a row: its key and plain values, instants as the source writes them."""
    found: list[object] = [row["id"]]
    for name in VALUES:
        value = row.get(name)
        if value is None or isinstance(value, str | int):
            found.append(value)
        elif isinstance(value, float | Decimal):
            found.append(round(Decimal(str(value)), 2))
        else:
            found.append(f"{value:%Y-%m-%dT%H:%M:%SZ}")
    return tuple(
        round(Decimal(value), 2) if name == "amount" and isinstance(value, int) else value
        for name, value in zip(("id", *VALUES), found, strict=True)
    )


def assert_masked_alike(rows: Sequence[Row], sent: Sequence[Row]) -> None:
    """A name is shown as it is, or as the one token that stands for it everywhere."""
    clear = {row["number"]: row["name"] for row in sent}
    pairs = {(clear[row["number"]], row["name"]) for row in rows}
    assert len(pairs) == len({name for name, _ in pairs}) == len({shown for _, shown in pairs})


_STATED = """
SELECT max(coalesce(
    CASE WHEN name = $1 THEN message #>> '{stream,stream_state,next}' END,
    (SELECT each #>> '{stream_state,next}' FROM json_array_elements(
         CASE WHEN kind = 'GLOBAL' THEN message #> '{global,stream_states}' ELSE '[]' END) each
     WHERE each #>> '{stream_descriptor,name}' = $1),
    message #>> ARRAY['data', $1])::int) AS next
FROM pipeline.connector_state
"""
"""How far a stream has come by the newest state, in each of the three forms."""


async def assert_state_is_behind(scene: Scene) -> None:
    """I3: no saved state is ahead of what has landed; asked in one statement, at any moment."""
    for stream in Ledger.of(scene.config).streams:
        table = f"explore.ledger_{stream.name}_raw"
        if await scene.atlas.values("SELECT to_regclass($1)::text", table) == [None]:
            continue
        ahead = await scene.atlas.fetch(
            f"SELECT s.next, l.landed FROM ({_STATED}) s, "
            f"(SELECT coalesce(max((data ->> 'number')::int) + 1, 0) AS landed FROM {table}) l "
            "WHERE s.next > l.landed",
            stream.name,
        )
        assert not ahead, (stream.name, ahead)


async def assert_books_balance(scene: Scene) -> None:
    """I4: every batch balances, and explore holds as many rows as the books say."""
    unbalanced = await scene.atlas.fetch(
        "SELECT * FROM pipeline.batch_ledger WHERE NOT is_balanced"
    )
    assert not unbalanced, unbalanced
    for stream in await scene.atlas.fetch(_BOOKS):
        table = f"explore.{stream['table_name']}_raw"
        if await scene.atlas.values("SELECT to_regclass($1)::text", table) != [None]:
            landed = await scene.atlas.values(f"SELECT count(*) FROM {table}")
            assert landed == [stream["explored"]], stream


async def assert_books_are_the_sources(scene: Scene) -> None:
    """I4: what the books say was read is what the source sent, once.

    Shape: what was read again after a fault was taken back from the books with its batches, so
           they are exact, disturbed or not; of a full refresh the newest generation counts.
    """
    books = {stream["name"]: stream for stream in await scene.atlas.fetch(_BOOKS)}
    for stream in Ledger.of(scene.config).streams:
        sent = len(expected(scene.config, stream.name))
        assert books[stream.name]["newest"] == sent, (sent, books[stream.name])


async def assert_definite_end(scene: Scene, job_id: JobId, ends: Sequence[JobStatus]) -> None:
    """I5: over, by one attempt that succeeded, or by none."""
    job = await scene.job(job_id)
    assert job.status in ends, job
    query = "SELECT status FROM pipeline.attempts WHERE job_id = $1"
    found = Counter(map(str, await scene.atlas.values(query, job_id)))
    assert found["succeeded"] == (1 if job.status is JobStatus.SUCCEEDED else 0), found
    assert found["running"] == 0, found


async def assert_recovered(scene: Scene, within_s: float) -> None:
    """I5: what a lost worker had in hand went on, or was closed, in time, by the database's clock.

    Shape: counted from when it was lost, or, if nobody was there then, from when somebody was who was not
           lost himself before the time was over.
    """
    lost = {child.worker_id: child for child in scene.children if child.lost_at is not None}
    for attempt in await scene.atlas.fetch(_TAKEN_OVER, [one for one in lost if one is not None]):
        since = _could_go_on_at(scene, lost[attempt["worker_id"]], timedelta(seconds=within_s))
        took_s = ((attempt["next_at"] or attempt["ended_at"]) - since).total_seconds()
        assert took_s <= within_s, (took_s, attempt)


def _could_go_on_at(scene: Scene, lost: Child, within: timedelta) -> datetime:
    assert lost.lost_at is not None
    others = [
        (max(lost.lost_at, other.came_at), other.lost_at)
        for other in scene.children
        if other is not lost and other.came_at is not None
    ]
    lasting = [since for since, lost_at in others if lost_at is None or lost_at > since + within]
    return min(lasting, default=lost.lost_at)


async def assert_no_overlap(scene: Scene) -> None:
    """I7: of one connection, no attempt began or landed anything before the one before it was over,
    be it of the same job or of another."""
    for one, other in pairwise(await scene.atlas.fetch(_LANDED)):
        if one["connection_id"] == other["connection_id"]:
            assert one["ended_at"] <= other["started_at"], (one, other)
            if one["last"] is not None and other["first"] is not None:
                assert one["last"] <= other["first"], (one, other)
    overlaps = await scene.atlas.fetch(
        "SELECT a.job_id, b.job_id FROM pipeline.jobs a JOIN pipeline.jobs b USING (connection_id) "
        "WHERE a.job_id < b.job_id AND coalesce(b.started_at, b.ended_at) < coalesce(a.ended_at, 'infinity')"
    )
    assert not overlaps, overlaps


async def assert_nothing_is_left(scene: Scene) -> None:
    """I6: no process, staging table, lock, queue row, open transaction or private folder."""

    async def no_connector() -> bool:
        return scene.shell.connectors() == []

    async def no_lock() -> bool:
        return not await scene.atlas.values(
            "SELECT objid::bigint FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE locktype = 'advisory' AND datname = current_database()"
        )

    await until(no_connector, 10)
    await until(no_lock, 10)
    assert await scene.atlas.values("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'") == []  # fmt: skip
    assert await scene.atlas.values("SELECT status::text FROM jobs.procrastinate_jobs WHERE status IN ('todo', 'doing')") == []  # fmt: skip
    async with owner_of(scene.atlas.database) as session:
        open_yet = await session.fetch(
            "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
        )
    assert open_yet == []
    if any(child.was_killed for child in scene.children) and _folders(scene):
        # who is killed cannot tidy up; whoever starts next does
        tidying = scene.begin("status", "--json")
        assert await tidying.ended(60) == 0, tidying.said.read_text()
    assert _folders(scene) == []


def _folders(scene: Scene) -> list[str]:
    temporary = scene.shell.temporary
    return [path.name for path in temporary.glob("atlas-*")] if temporary.exists() else []


async def assert_nothing_is_told(scene: Scene) -> None:
    """I8: the secret is where it is configured, and nowhere else; no failure went unseen."""
    for child in scene.children:
        said = child.said.read_text(errors="replace")
        assert SECRET not in said, child.said
        assert child.is_crippled or "Task exception was never retrieved" not in said, said
    tables = await scene.atlas.values(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = ANY ($1) "
        "AND (schemaname, tablename) <> ('pipeline', 'sources')",
        ["pipeline", "jobs", "lineage", "notices", "quality", "pii", "quarantine"],
    )
    for table in tables:
        found = await scene.atlas.values(
            f"SELECT count(*) FROM {table} t WHERE t::text LIKE $1", f"%{SECRET}%"
        )
        assert found == [0], table
