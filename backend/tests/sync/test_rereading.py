"""A full refresh that reads what explore has already: recorded once, and otherwise as if it had been recorded again."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from app.core.catalog import SyncMode
from app.core.jobs import JobOptions, JobStatus, JobType
from app.sync import generations
from tests.fixtures.atlas import Atlas, NoChecks, NothingPersonal, counts, one
from tests.fixtures.scripted import complete, offered, record, saying, state

STREAM = offered("orders", {"id": {"type": "integer"}, "n": {"type": "integer"}})
Rows = Sequence[tuple[int | None, int]]
FIRST: Rows = [(key, key % 7) for key in range(30)]
CHANGED: Rows = [*FIRST[:13], (13, 99), *FIRST[14:]]
SHORTER: Rows = CHANGED[:-4]
LONGER: Rows = [*SHORTER, (40, 1)]
BAD: Rows = [*LONGER, (None, 1)]
READS: Sequence[tuple[Rows, int, Mapping[str, int]]] = [
    (FIRST, 10, {"read": 30, "explored": 30, "charted": 30}),
    (FIRST, 7, {"read": 30, "unchanged": 30}),
    (CHANGED, 4, {"read": 30, "explored": 30, "charted": 30}),  # from the fourth batch on another
    (SHORTER, 5, {"read": 26, "explored": 26, "charted": 26}),  # the same, but that some are gone
    (SHORTER, 30, {"read": 26, "unchanged": 26}),
    (LONGER, 9, {"read": 27, "explored": 27, "charted": 27}),
    (LONGER[::-1], 9, {"read": 27, "explored": 27, "charted": 27}),  # in another order
    (BAD, 9, {"read": 28, "explored": 28, "charted": 27, "quarantined": 1}),
    (BAD, 9, {"read": 28, "explored": 28, "charted": 27, "quarantined": 1}),  # what is bad is told again
    (LONGER, 9, {"read": 27, "explored": 27, "charted": 27}),
    (LONGER, 2, {"read": 27, "unchanged": 27}),
    ([], 1, {}),
    (LONGER, 9, {"read": 27, "explored": 27, "charted": 27}),
]  # fmt: skip


async def read(atlas: Atlas, folder: Path, rows: Rows, every: int) -> dict[str, int]:
    """One sync of a source that sends a state after every so many records; its books."""
    lines = []
    for place, (key, n) in enumerate(rows, start=1):
        lines.append(record("orders", json.dumps({"id": key, "n": n}).encode()))
        lines += [state("orders", place)] if place % every == 0 else []
    atlas.command = saying(folder, [*lines, complete("orders")])
    report = await atlas.sync()
    assert report.job.status is JobStatus.SUCCEEDED, report.job.failure
    assert report.is_balanced
    return counts(one(report))


async def seen(atlas: Atlas, name: str) -> tuple[object, ...]:
    """What readers see, but for places and instants."""
    chart = await atlas.rows(
        f"(SELECT id, n, _atlas_key_hash, _atlas_row_hash FROM chart.{name}_orders) c"
    )
    versions = await atlas.rows(
        f"(SELECT id, n, is_current, is_deleted, row_number() OVER (PARTITION BY key_hash ORDER BY valid_from) "
        f"FROM navigate.{name}_orders) v", "id, 5",
    )  # fmt: skip
    return chart, versions


@pytest.mark.parametrize(
    "mode", [SyncMode.FULL_REFRESH_OVERWRITE, SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED]
)
async def test_an_unchanged_refresh_is_recorded_once_and_readers_see_no_difference(
    atlas: Atlas, tmp_path: Path, mode: SyncMode
) -> None:
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    atlas.settings = atlas.settings.model_copy(update={"batch_records": 1})
    once = await atlas.connect({}, mode, streams=[STREAM], source="once")
    again = await atlas.connect({}, mode, streams=[STREAM], source="again")
    await atlas.execute("UPDATE pipeline.connections SET on_unchanged = 'record_once' WHERE name = 'once'")  # fmt: skip
    await atlas.allow("on_empty")

    for rows, every, books in READS:
        atlas.connection = once
        assert await read(atlas, tmp_path, rows, every) == books
        atlas.connection = again
        assert "unchanged" not in await read(atlas, tmp_path, rows, every)
        assert await seen(atlas, "once") == await seen(atlas, "again")

    # what explore holds: each generation that differs, whole, at the places where it was read
    explored = await atlas.values("SELECT count(*) FROM explore.once_orders_raw")
    assert explored == [30 + 30 + 26 + 27 + 27 + 28 + 28 + 27 + 27]
    places = await atlas.fetch(
        "SELECT b.batch_id, b.explored, count(x.seq)::int AS rows, min(x.seq) AS first, max(x.seq) AS last "
        "FROM pipeline.batches b JOIN pipeline.streams s USING (stream_id) "
        "JOIN pipeline.connections c USING (connection_id) LEFT JOIN explore.once_orders_raw x USING (batch_id) "
        "WHERE c.name = 'once' GROUP BY b.batch_id"
    )
    assert all(p["rows"] == p["explored"] for p in places)
    assert all((p["first"], p["last"]) == (0, p["rows"] - 1) for p in places if p["rows"])
    third = await atlas.values(
        "SELECT (x.data -> 'id')::int FROM explore.once_orders_raw x JOIN pipeline.batches b USING (batch_id) "
        "WHERE b.generation_id = 3 ORDER BY x.batch_id, x.seq"
    )
    assert third == [key for key, _ in CHANGED]
    async with atlas.database.connection() as session:
        listed = await generations.listed(session, once.connection_id)
    told = {g.generation_id: (g.explored, g.same_as, g.seen_again, g.is_shown) for g in listed}
    assert told[1] == (30, None, 1, False)
    assert told[2] == (0, 1, 0, False)
    assert told[10] == (27, None, 1, False)
    assert told[11] == (0, 10, 0, False)
    assert told[13] == (27, None, 0, True)


async def test_what_is_made_otherwise_today_is_recorded_again(atlas: Atlas, tmp_path: Path) -> None:
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    await atlas.connect({}, SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED, streams=[STREAM])
    await atlas.execute("UPDATE pipeline.connections SET on_unchanged = 'record_once'")
    await read(atlas, tmp_path, FIRST, 10)

    await atlas.execute(
        "INSERT INTO quarantine.waivers (stream_id, rule, waived_by) SELECT stream_id, 'type:n', 'me' FROM pipeline.streams"
    )
    waived = await read(atlas, tmp_path, FIRST, 10)
    same = await read(atlas, tmp_path, FIRST, 10)
    job = await atlas.scheduler.start(atlas.connection_id, JobType.CLEAR, JobOptions())
    await atlas.run(job.job_id)
    cleared = await read(atlas, tmp_path, FIRST, 10)
    nothing = await atlas.scheduler.start(atlas.connection_id, JobType.REFRESH, JobOptions())
    refreshed = await atlas.run(nothing.job_id)

    assert waived == cleared == {"read": 30, "explored": 30, "charted": 30}
    assert same == {"read": 30, "unchanged": 30}
    assert counts(one(refreshed))["explored"] == 30
