"""Streams that are cleared, or read from their beginning: what goes, what ends, what stays."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from app.core.catalog import JsonSchema, StreamDescriptor, SyncMode
from app.core.catalog import Path as FieldPath
from app.core.errors import InvalidRequest
from app.core.findings import PathDecision
from app.core.jobs import JobOptions, JobStatus, JobType
from app.sources.mock_ledger import latest
from app.sync import generations
from app.sync.connections import adopting, connection_life
from app.sync.jobs import previews
from app.sync.jobs.report import JobReport
from tests.conftest import SERVERS
from tests.fixtures.atlas import Atlas, BrokenScanner, NothingPersonal, counts, one
from tests.fixtures.scripted import INSTANT, offered, saying, whole
from tests.sources.reading import ledger

CHART, VIEW = "chart.ledger_orders", "navigate.ledger_orders"
CURRENT, HISTORY = f"{VIEW}__current", f"{VIEW}__history"
MODES = list(SyncMode)
KEEPS = SyncMode.INCREMENTAL_DEDUPED_HISTORY
SCHEMA = {"id": {"type": "integer"}, "updated_at": INSTANT, "n": {"type": "integer"}}
REMOVING = JobOptions(removes_history=True)


def orders(records: int = 60, **changes: object) -> dict[str, object]:
    return {"name": "orders", "records": records, "keys": 20, "state_every": 10, **changes}


async def run(atlas: Atlas, job_type: JobType, options: JobOptions = JobOptions()) -> JobReport:  # noqa: B008
    job = await atlas.scheduler.start(atlas.connection_id, job_type, options)
    return await atlas.run(job.job_id)


async def numbers(atlas: Atlas, table: str) -> list[object]:
    return await atlas.values(f"SELECT number::int FROM {table} ORDER BY 1")


async def size(atlas: Atlas, table: str) -> object:
    return (await atlas.values(f"SELECT count(*) FROM {table}"))[0]


# ── clear ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("mode", "dsn"),
    [
        *((mode, "default") for mode in MODES),
        pytest.param(KEEPS, "15", marks=pytest.mark.postgres15),
        pytest.param(SyncMode.INCREMENTAL_APPEND, "15", marks=pytest.mark.postgres15),
    ],
    indirect=["dsn"],
)
async def test_a_clear_empties_chart_ends_history_and_reads_everything_again(
    atlas: Atlas, mode: SyncMode
) -> None:
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders()), mode)
    await atlas.sync()
    before = await numbers(atlas, CHART)
    versions = await atlas.rows(VIEW, "id, valid_from")

    cleared = await run(atlas, JobType.CLEAR)
    left = await numbers(atlas, CHART), await size(atlas, CURRENT)
    ended = await atlas.rows(VIEW, "id, valid_from")
    again = await atlas.sync()

    assert cleared.job.status is again.job.status is JobStatus.SUCCEEDED
    assert left == ([], 0)
    assert not any(row["is_current"] for row in ended)
    shown = [{**row, "valid_to": None, "is_current": None} for row in ended]
    assert shown == [{**row, "valid_to": None, "is_current": None} for row in versions]
    assert counts(one(again))["read"] == 60
    assert await numbers(atlas, CHART) == before
    newest = {key: row["number"] for key, row in latest(ledger(orders()), "orders").items()}
    current = await atlas.rows(CURRENT, "id")
    assert {row["id"]: row["number"] for row in current} == newest
    now = await atlas.rows(f"{VIEW} WHERE is_current", "id")
    assert {row["id"]: row["number"] for row in now} == newest
    assert [row["valid_from"] for row in now] == [
        row["valid_from"] for row in versions if row["is_current"]
    ]  # the source says the same as before: what was ended goes on
    assert cleared.is_balanced
    assert again.is_balanced


class Undecided(NothingPersonal):
    """A PII gate that breaks off what would be published first."""

    async def decide(
        self,
        records: Sequence[bytes],
        known: Mapping[FieldPath, PathDecision],
        schema: JsonSchema | None = None,
    ) -> Sequence[PathDecision]:
        raise InvalidRequest("Nobody can say what is personal.")


async def test_what_has_landed_and_was_never_published_does_not_come_back_after_a_clear(
    atlas: Atlas,
) -> None:
    """There is no chart yet, and the source is read from its beginning."""
    atlas.pii = Undecided()
    await atlas.connect(ledger(orders()), SyncMode.INCREMENTAL_APPEND)
    broken = await atlas.sync()
    (landed,) = await atlas.values("SELECT count(*) FROM explore.ledger_orders_raw")
    (has_chart,) = await atlas.values("SELECT to_regclass($1) IS NOT NULL", CHART)

    cleared = await run(atlas, JobType.CLEAR)
    atlas.pii = NothingPersonal()
    again = await atlas.sync()

    assert broken.job.status is JobStatus.FAILED
    assert landed
    assert not has_chart
    assert cleared.job.status is again.job.status is JobStatus.SUCCEEDED
    assert await size(atlas, CHART) == 60
    assert again.is_balanced


async def test_what_is_late_in_its_epoch_still_finds_its_place(
    atlas: Atlas, tmp_path: Path
) -> None:
    """A row read after a clear is no older version of what the clear has ended."""
    folder = iter(range(9))

    async def sync(*rows: tuple[int, int, int]) -> None:
        at = tmp_path / str(next(folder))
        at.mkdir()
        lines = [
            f'{{"id":{key},"updated_at":"2024-01-0{day}T00:00:00Z","n":{n}}}'.encode()
            for key, day, n in rows
        ]
        atlas.command = saying(at, whole("orders", lines))
        if atlas.connection is None:
            stream = offered("orders", SCHEMA, cursor=("updated_at",))
            await atlas.connect({}, KEEPS, streams=[stream])
        assert (await atlas.sync()).job.status is JobStatus.SUCCEEDED

    await sync((1, 5, 50), (2, 5, 50))
    await run(atlas, JobType.CLEAR)
    await sync((1, 3, 30))
    await sync((1, 4, 40), (1, 2, 20))

    assert [(row["id"], row["n"]) for row in await atlas.rows(CHART, "id")] == [(1, 40)]
    found = await atlas.rows(VIEW, "id, valid_from")
    assert [(r["id"], r["n"], r["is_current"]) for r in found] == [
        (1, 50, False), (1, 40, True), (2, 50, False),
    ]  # fmt: skip
    assert found[0]["valid_to"] == found[1]["valid_from"] == found[2]["valid_to"]


async def test_a_clear_that_removes_history_leaves_nothing_but_explore(atlas: Atlas) -> None:
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders()))
    await atlas.sync()
    await run(atlas, JobType.CLEAR)
    await atlas.sync()

    await run(atlas, JobType.RESET, REMOVING)
    left = [await size(atlas, table) for table in (CHART, VIEW, HISTORY, f"{VIEW}__keys")]
    async with atlas.database.connection() as session:
        shown = [g.is_shown for g in await generations.listed(session, atlas.connection_id)]
    await atlas.sync()

    assert left == [0, 0, 0, 0]
    assert not any(shown)
    first = await atlas.values(f"SELECT min(valid_from) = min(updated_at) FROM {VIEW}")
    assert first == [True]  # nothing is cut off at a clear that history no longer knows of
    assert await size(atlas, "explore.ledger_orders_raw") == 180


async def test_what_was_held_does_not_come_back_after_a_clear(atlas: Atlas, tmp_path: Path) -> None:
    soda, atlas.scanner = atlas.scanner, BrokenScanner()
    await atlas.connect(ledger(orders()))
    held = await atlas.sync()
    atlas.scanner = soda

    cleared = await run(atlas, JobType.CLEAR)
    await atlas.configure(ledger(orders(0)))
    after = await atlas.sync()

    assert one(held).held == 60
    assert cleared.is_balanced
    assert counts(one(after)) == {}
    assert await size(atlas, "explore.ledger_orders_raw") == 60
    assert await size(atlas, CHART) == 0


# ── refresh ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", [KEEPS, SyncMode.INCREMENTAL_APPEND])
async def test_a_refresh_ends_what_the_source_no_longer_has(atlas: Atlas, mode: SyncMode) -> None:
    """The source forgets 12 of its 20 keys without a word: an incremental sync cannot see that."""
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders()), mode)
    await atlas.sync()
    fewer = ledger(orders(8, keys=8))
    await atlas.configure(fewer)
    await atlas.sync()
    unseen = await size(atlas, CURRENT)

    found = await run(atlas, JobType.REFRESH)

    assert unseen == 20
    assert found.job.status is JobStatus.SUCCEEDED
    assert found.is_balanced
    assert counts(one(found))["read"] == 8
    assert await size(atlas, CURRENT) == await size(atlas, f"{VIEW} WHERE is_current") == 8
    assert await size(atlas, CHART) == 8
    gone = await atlas.values(f"SELECT count(DISTINCT id) FROM {VIEW} WHERE id > 8")
    assert gone == [12]  # their time is over, and stays readable
    await atlas.configure(ledger(orders(80)))
    await atlas.sync()
    assert await size(atlas, CURRENT) == 20  # they are written again later, and are back


async def test_a_refresh_leaves_no_seam_in_what_has_not_changed(atlas: Atlas) -> None:
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders()))
    await atlas.sync()
    before = await atlas.rows(VIEW, "id, valid_from")

    await run(atlas, JobType.REFRESH)
    await run(atlas, JobType.REFRESH)

    said = ("id", "number", "valid_from", "valid_to", "is_current")
    after = await atlas.rows(VIEW, "id, valid_from")
    assert [[row[n] for n in said] for row in after] == [[row[n] for n in said] for row in before]


async def test_while_a_refresh_is_read_what_was_there_is_what_is_known(atlas: Atlas) -> None:
    """The source has fewer keys by now: that was seen when all was read, and holds from when reading began."""
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders()))
    await atlas.sync()
    await atlas.configure(ledger(orders(8, keys=8)))

    await run(atlas, JobType.REFRESH)

    (clear,) = await atlas.fetch("SELECT cleared_at, recorded_at FROM pipeline.clears")
    (published,) = await atlas.values("SELECT recorded_at FROM pipeline.watermarks")
    began, recorded = clear["cleared_at"], clear["recorded_at"]
    assert began < recorded == published
    as_of = f"SELECT count(*) FROM {VIEW}__as_of($1, $2)"
    meanwhile = began + (recorded - began) / 2
    assert await atlas.values(as_of, meanwhile, meanwhile) == [20]
    assert await atlas.values(as_of, meanwhile, recorded) == [8]


async def test_a_refresh_that_returns_nothing_is_an_alarm_and_empties_only_if_allowed(
    atlas: Atlas,
) -> None:
    await atlas.connect(ledger(orders()))
    await atlas.sync()
    await atlas.configure(ledger(orders(0)))

    alarm = await run(atlas, JobType.REFRESH)
    left = await size(atlas, CHART)
    await atlas.allow("on_empty")
    allowed = await run(atlas, JobType.REFRESH)

    assert alarm.job.failure is not None
    assert (alarm.job.failure.slug, left) == ("stream-emptied", 20)
    assert allowed.job.status is JobStatus.SUCCEEDED
    assert (await size(atlas, CHART), await size(atlas, f"{VIEW} WHERE is_current")) == (0, 0)
    assert await size(atlas, VIEW) == 60


async def test_a_refresh_that_removes_history_and_returns_nothing_removes_what_a_clear_has_left(
    atlas: Atlas,
) -> None:
    """With the same alarm before: history is all that is left of the stream."""
    await atlas.connect(ledger(orders()))
    await atlas.sync()
    await run(atlas, JobType.CLEAR)
    await atlas.configure(ledger(orders(0)))

    alarm = await run(atlas, JobType.REFRESH, REMOVING)
    left = await size(atlas, VIEW)
    await atlas.allow("on_empty")
    allowed = await run(atlas, JobType.REFRESH, REMOVING)

    assert alarm.job.failure is not None
    assert (alarm.job.failure.slug, left) == ("stream-emptied", 60)
    assert "navigate has 60 versions of it" in alarm.job.failure.detail
    assert allowed.job.status is JobStatus.SUCCEEDED
    assert await size(atlas, VIEW) == 0


async def test_a_refresh_that_removes_history_replaces_everything_at_once(atlas: Atlas) -> None:
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders()))
    await atlas.sync()
    await run(atlas, JobType.CLEAR)
    await atlas.sync()
    fewer = ledger(orders(30))
    await atlas.configure(fewer)

    found = await run(atlas, JobType.REFRESH, REMOVING)

    assert found.job.status is JobStatus.SUCCEEDED
    assert found.is_balanced
    newest = {key: row["number"] for key, row in latest(fewer, "orders").items()}
    assert {row["id"]: row["number"] for row in await atlas.rows(CHART, "id")} == newest
    assert await size(atlas, VIEW) == 30
    assert await atlas.values(f"SELECT min(valid_from) = min(updated_at) FROM {VIEW}") == [True]


async def test_a_refresh_that_fails_half_way_replaces_nothing_and_goes_on_where_it_was(
    atlas: Atlas,
) -> None:
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders()))
    await atlas.sync()
    before = await atlas.rows(CHART, "id")
    await atlas.configure(ledger(orders(90, state_every=30), die_at=70, exit_code=1))
    job = await atlas.scheduler.start(atlas.connection_id, JobType.REFRESH, REMOVING)

    await atlas.scheduler.run(job.job_id)
    between = await atlas.rows(CHART, "id")
    await atlas.configure(ledger(orders(90, state_every=30)))
    ended = await atlas.run(job.job_id)

    assert between == before
    assert ended.job.status is JobStatus.SUCCEEDED
    assert counts(one(ended))["read"] == 90  # 60 by the first attempt, 30 by the second
    assert await size(atlas, VIEW) == 90
    assert ended.is_balanced


async def test_a_stream_that_comes_to_a_refresh_later_leaves_the_states_of_the_others(
    atlas: Atlas,
) -> None:
    """As one that a look at the source finds in a later attempt; it is read from its beginning itself."""
    atlas.pii = NothingPersonal()
    visits = {"name": "visits", "records": 10}
    await atlas.connect(ledger(orders(), visits))
    await atlas.sync()
    await atlas.execute("UPDATE pipeline.streams SET selected = false WHERE name = 'visits'")
    await atlas.configure(ledger(orders(90, state_every=30), visits, die_at=70, exit_code=1))
    job = await atlas.scheduler.start(atlas.connection_id, JobType.REFRESH)

    await atlas.scheduler.run(job.job_id)
    await atlas.execute("UPDATE pipeline.streams SET selected = true WHERE name = 'visits'")
    await atlas.configure(ledger(orders(90, state_every=30), visits))
    ended = await atlas.run(job.job_id)
    later = await atlas.sync()

    assert ended.job.status is JobStatus.SUCCEEDED
    assert ended.is_balanced
    assert [stream.books.read for stream in ended.streams] == [90, 10]
    assert [stream.books.read for stream in later.streams] == [0, 0]


async def test_only_the_chosen_streams_are_touched(atlas: Atlas) -> None:
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders(), {"name": "visits", "records": 10}))
    await atlas.sync()
    chosen = JobOptions(streams=(StreamDescriptor("visits"),))

    atlas.lineage.seen.clear()
    await run(atlas, JobType.CLEAR, chosen)
    told = list(atlas.lineage.seen)
    after_clear = await size(atlas, CHART), await size(atlas, "chart.ledger_visits")
    found = await run(atlas, JobType.REFRESH, chosen)

    assert told == [("started", "visits"), ("completed", "visits")]
    assert after_clear == (20, 0)
    assert {line.books.name: line.books.read for line in found.streams} == {"orders": 0, "visits": 10}  # fmt: skip
    assert await size(atlas, "chart.ledger_visits") > 0  # type: ignore[operator]


# ── generations ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", [SyncMode.FULL_REFRESH_OVERWRITE, SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED])  # fmt: skip
@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_an_older_generation_is_brought_back_until_the_next_is_read(
    atlas: Atlas, mode: SyncMode
) -> None:
    atlas.pii = NothingPersonal()
    connection = await atlas.connect(ledger(orders()), mode)
    await atlas.sync()
    first = await numbers(atlas, CHART), await numbers(atlas, CURRENT)
    await atlas.configure(ledger(orders(30, keys=5)))
    await atlas.sync()
    second = await numbers(atlas, CHART), await numbers(atlas, CURRENT)
    versions = await size(atlas, VIEW)

    stream = StreamDescriptor("orders")
    atlas.lineage.seen.clear()
    await atlas.execute("UPDATE pipeline.columns SET is_required = true WHERE field = 'padding'")
    broken = await run(atlas, JobType.REFRESH, JobOptions(streams=(stream,), generation=1))
    await atlas.execute("UPDATE pipeline.columns SET is_required = false WHERE field = 'padding'")
    untouched = await numbers(atlas, CHART), await numbers(atlas, CURRENT)
    back = await run(atlas, JobType.REFRESH, JobOptions(streams=(stream,), generation=1))
    told = [what for what, _ in atlas.lineage.seen]
    again = await numbers(atlas, CHART), await numbers(atlas, CURRENT)
    async with atlas.database.connection() as session:
        known = await generations.listed(session, connection.connection_id)
    await atlas.sync()

    assert broken.job.status is JobStatus.FAILED
    assert untouched == second
    assert back.job.status is JobStatus.SUCCEEDED, back.job.failure
    assert back.is_balanced
    assert told == ["started", "failed", "started", "completed"]
    assert first != second
    assert again == first
    assert [(g.generation_id, g.is_published, g.is_shown) for g in known] == [(2, True, False), (1, True, True)]  # fmt: skip
    assert (await numbers(atlas, CHART), await numbers(atlas, CURRENT)) == second
    assert await size(atlas, VIEW) >= versions  # type: ignore[operator]


async def shown(atlas: Atlas) -> list[int]:
    async with atlas.database.connection() as session:
        known = await generations.listed(session, atlas.connection_id)
    return [one.generation_id for one in known if one.is_shown]


async def test_no_generation_is_shown_once_a_full_refresh_has_returned_nothing(
    atlas: Atlas,
) -> None:
    await atlas.connect(ledger(orders()), SyncMode.FULL_REFRESH_OVERWRITE)
    await atlas.sync()
    before = await shown(atlas)
    await atlas.configure(ledger(orders(0)))

    await atlas.sync()
    refused = await shown(atlas)
    await atlas.allow("on_empty")
    await atlas.sync()
    emptied = await shown(atlas)
    await atlas.configure(ledger(orders()))
    await atlas.sync()

    assert (before, refused, emptied) == ([1], [1], [])
    assert len(await shown(atlas)) == 1


async def test_a_generation_that_a_second_attempt_has_read_is_shown(atlas: Atlas) -> None:
    """The first one opened a generation as well, and nothing is left of it."""
    await atlas.connect(ledger(orders(), die_at=10, exit_code=1), SyncMode.FULL_REFRESH_OVERWRITE)
    job = await atlas.scheduler.start(atlas.connection_id)

    await atlas.scheduler.run(job.job_id)
    await atlas.configure(ledger(orders()))
    ended = await atlas.run(job.job_id)

    assert ended.job.status is JobStatus.SUCCEEDED
    assert await shown(atlas) == [2]


async def test_what_was_cleared_before_its_tables_were_adopted_is_not_shown_after(
    atlas: Atlas,
) -> None:
    atlas.pii = NothingPersonal()
    mode = SyncMode.FULL_REFRESH_OVERWRITE
    old = await atlas.connect(ledger(orders()), mode)
    await atlas.sync()
    await run(atlas, JobType.CLEAR)
    new = await atlas.connect(ledger(orders()), mode)
    async with atlas.database.transaction() as session:
        await connection_life.delete(session, atlas.transitions, old.connection_id)
        await adopting.adopt(
            session, atlas.keys, new.connection_id, old.connection_id, with_state=False,
            column_limit=atlas.settings.column_limit,
        )  # fmt: skip

    assert await shown(atlas) == []


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        (KEEPS, JobOptions(streams=(StreamDescriptor("orders"),), generation=0)),
        (SyncMode.FULL_REFRESH_OVERWRITE, JobOptions(generation=1)),
        (SyncMode.FULL_REFRESH_OVERWRITE, JobOptions(streams=(StreamDescriptor("orders"),), generation=7)),
    ],
    ids=["a stream that adds", "no stream named", "never published"],
)  # fmt: skip
async def test_what_is_no_generation_is_not_brought_back(
    atlas: Atlas, mode: SyncMode, options: JobOptions
) -> None:
    connection = await atlas.connect(ledger(orders(20), {"name": "visits", "records": 5}), mode)
    await atlas.sync()

    with pytest.raises(InvalidRequest):
        await atlas.scheduler.start(connection.connection_id, JobType.REFRESH, options)


# ── before it is done ─────────────────────────────────────────────────────────────────────────────


async def test_a_preview_says_what_would_go_and_changes_nothing(atlas: Atlas) -> None:
    atlas.pii = NothingPersonal()
    connection = await atlas.connect(ledger(orders()))
    await atlas.sync()

    async with atlas.database.connection() as session:
        found = [
            (await previews.of(session, connection, job_type, options))[0]
            for job_type, options in [
                (JobType.CLEAR, JobOptions()),
                (JobType.CLEAR, REMOVING),
                (JobType.REFRESH, JobOptions()),
                (JobType.REFRESH, REMOVING),
            ]
        ]

    assert [(each.chart, each.history) for each in found] == [
        ("emptied", "ended"), ("emptied", "removed"), ("replaced", "kept"), ("replaced", "removed"),
    ]  # fmt: skip
    assert {(e.chart_rows, e.past_versions, e.unpublished) for e in found} == {(20, 40, 0)}
    assert await size(atlas, CHART) == 20


@pytest.mark.parametrize(
    ("job_type", "options"),
    [
        (JobType.SYNC, REMOVING),
        (JobType.CLEAR, JobOptions(streams=(StreamDescriptor("nowhere"),))),
    ],
)
async def test_what_cannot_be_done_is_refused_before_anything_is(
    atlas: Atlas, job_type: JobType, options: JobOptions
) -> None:
    await atlas.connect(ledger(orders()))

    with pytest.raises(InvalidRequest):
        await atlas.scheduler.start(atlas.connection_id, job_type, options)
