"""Tests of app/sync/orchestrator.py and what it conducts: whole attempts, from a child program."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core.catalog import SyncMode
from app.core.failures import GateUnavailable
from app.core.jobs import JobStatus
from app.database.identifiers import Table
from app.database.pool import Database
from app.gates.quality.soda import Check, CheckResult
from app.sources.mock_ledger import expected, latest
from app.sync.jobs import job_store
from tests.fixtures.atlas import (
    Atlas,
    BrokenScanner,
    NoChecks,
    NothingPersonal,
    atlas_on,
    counts,
    one,
)
from tests.fixtures.detectors import BrokenDetectors
from tests.fixtures.scripted import AT, INSTANT, offered, record, saying, state, whole
from tests.sources.reading import is_alive, ledger

CHART, HISTORY, VIEW = (
    "chart.ledger_orders",
    "navigate.ledger_orders__history",
    "navigate.ledger_orders",
)
CURRENT, EXPLORE = "navigate.ledger_orders__current", "explore.ledger_orders_raw"
INTEGER, STRING = {"type": "integer"}, {"type": "string"}


def orders(records: int = 60, **changes: object) -> dict[str, object]:
    """A stream of which each of 20 keys comes again and again."""
    return {"name": "orders", "records": records, "keys": 20, "state_every": 10, **changes}


def hasty(database: Database) -> Atlas:
    """Lands every state, and every kilobyte without one."""
    atlas = atlas_on(database, batch_records=1, landing_bytes=1_024)
    atlas.pii = NothingPersonal()
    return atlas


async def numbers(atlas: Atlas, table: str) -> list[object]:
    found = "data -> 'number'" if table == EXPLORE else "number"
    return await atlas.values(f"SELECT ({found})::int AS n FROM {table} ORDER BY n")


async def size(atlas: Atlas, table: str) -> object:
    (found,) = await atlas.values(f"SELECT count(*) FROM {table}")
    return found


# ── The modes ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("mode", "first", "second", "rows"),
    [
        (SyncMode.FULL_REFRESH_OVERWRITE, {"charted": 60}, {"read": 80, "charted": 80}, (60, 80)),
        (
            SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED,
            {"charted": 20, "superseded": 40},
            {"read": 80, "charted": 20, "superseded": 60},
            (20, 20),
        ),
        (SyncMode.FULL_REFRESH_APPEND, {"charted": 60}, {"read": 80, "charted": 80}, (60, 140)),
        (SyncMode.INCREMENTAL_APPEND, {"charted": 60}, {"read": 20, "charted": 20}, (60, 80)),
        (
            SyncMode.INCREMENTAL_DEDUPED_HISTORY,
            {"charted": 20, "superseded": 40},
            {"read": 20, "charted": 20},
            (20, 20),
        ),
    ],
)
async def test_a_mode_reads_and_writes_as_its_name_says(
    mode: SyncMode,
    first: dict[str, int],
    second: dict[str, int],
    rows: tuple[int, int],
    atlas: Atlas,
) -> None:
    # given
    await atlas.connect(ledger(orders(60)), mode)

    # when: the source goes on between two syncs
    one_sync = await atlas.sync()
    then = await size(atlas, CHART)
    more = ledger(orders(80))
    await atlas.configure(more)
    another = await atlas.sync()

    # then
    assert one_sync.job.status is another.job.status is JobStatus.SUCCEEDED
    assert counts(one(one_sync)) == {"read": 60, "explored": 60, **first}
    assert counts(one(another)) == {"explored": second["read"], **second}
    assert (then, await size(atlas, CHART)) == rows
    assert one_sync.is_balanced
    assert another.is_balanced
    assert one(one_sync).versions == 60
    in_chart = 20 if mode is SyncMode.INCREMENTAL_DEDUPED_HISTORY else 0  # the newest versions
    assert await size(atlas, HISTORY) == 80 - in_chart
    newest = {key: row["number"] for key, row in latest(more, "orders").items()}
    now = await atlas.rows(CURRENT, "id")
    assert {row["id"]: row["number"] for row in now} == newest


async def test_the_books_of_the_worked_example(atlas: Atlas, tmp_path: Path) -> None:
    """SEMANTICS section 6, number by number."""
    at = ',"updated_at":"2024-01-01T00:00:%02dZ"'
    sent = [f'{{"id":{key}{at % key}}}' for key in range(1, 6)]  # 5 charted
    sent[:0] = [f'{{"id":{key}{at % 0}}}' for key in (1, 2)]  # 2 older versions
    sent.append(f'{{"id":null{at % 1}}}')
    sent.append(f'{{"id":6{at % 1},"_ab_cdc_deleted_at":"2024-01-01T00:00:01Z"}}')
    sent.append(f'{{"id":7{at % 1},"much":1e-20000}}')
    schema = {"id": INTEGER, "updated_at": INSTANT, "_ab_cdc_deleted_at": INSTANT}
    atlas.command = saying(tmp_path, whole("orders", [line.encode() for line in sent]))
    await atlas.connect({}, streams=[offered("orders", schema, cursor=("updated_at",))])

    found = await atlas.sync()

    assert counts(one(found)) == {
        "read": 10, "rejected": 1, "explored": 9, "charted": 5, "superseded": 2, "quarantined": 1, "deleted": 1,
    }  # fmt: skip
    assert found.is_balanced


async def test_every_table_holds_what_the_source_sent(atlas: Atlas) -> None:
    config = ledger(orders(300, late_rows=7, duplicates=11, keys=50))
    await atlas.connect(config)

    found = await atlas.sync()

    raw = await atlas.values(f"SELECT data::text FROM {EXPLORE} ORDER BY batch_id, seq")
    assert [json.loads(str(data)) for data in raw] == [
        json.loads(r) for r in expected(config, "orders")
    ]
    newest = latest(config, "orders")
    chart = await atlas.rows(CHART, "id")
    assert {row["id"]: row["number"] for row in chart} == {
        k: r["number"] for k, r in newest.items()
    }
    assert [row["id"] for row in await atlas.rows(CURRENT, "id")] == sorted(newest)
    books = one(found)
    assert books.read == 300 + 300 // 11
    assert books.charted == 50
    assert books.superseded == books.read - 50


async def test_a_stream_without_fields_has_a_chart_all_the_same(
    atlas: Atlas, tmp_path: Path
) -> None:
    atlas.command = saying(tmp_path, whole("orders", [b"{}", b"{}"]))
    await atlas.connect(
        {}, SyncMode.INCREMENTAL_APPEND, streams=[offered("orders", {}, primary_key=())]
    )

    found = await atlas.sync()

    assert counts(one(found)) == {"read": 2, "explored": 2, "charted": 2}


# ── Full refreshes ────────────────────────────────────────────────────────────────────────────────


async def test_a_full_refresh_that_returns_nothing_fails_and_leaves_chart(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders()), SyncMode.FULL_REFRESH_OVERWRITE)
    await atlas.sync()
    await atlas.configure(ledger(orders(0)))

    alarm = await atlas.sync()
    left = await size(atlas, CHART), await size(atlas, CURRENT)
    await atlas.allow("on_empty")
    allowed = await atlas.sync()

    assert alarm.job.status is JobStatus.FAILED
    assert alarm.job.failure is not None
    assert alarm.job.failure.slug == "stream-emptied"
    assert left == (60, 20)
    assert allowed.job.status is JobStatus.SUCCEEDED
    assert (await size(atlas, CHART), await size(atlas, CURRENT)) == (0, 0)
    assert await size(atlas, f"{VIEW} WHERE is_current AND is_deleted") == 20


async def test_a_stream_that_an_earlier_attempt_found_empty_is_no_success_of_the_next(
    atlas: Atlas,
) -> None:
    """The first attempt reads the empty one to its end, and fails at the other."""
    prices = {"name": "prices", "records": 30}
    await atlas.connect(ledger(orders(), prices), SyncMode.FULL_REFRESH_OVERWRITE)
    await atlas.sync()
    await atlas.configure(ledger(orders(0), prices, die_at=5, exit_code=1))
    job = await atlas.scheduler.start(atlas.connection_id)

    await atlas.scheduler.run(job.job_id)
    await atlas.configure(ledger(orders(0), prices))
    ended = await atlas.run(job.job_id)

    assert ended.job.attempts == 2
    assert ended.job.status is JobStatus.FAILED
    assert ended.job.failure is not None
    assert ended.job.failure.slug == "stream-emptied"
    assert await size(atlas, CHART) == 60


async def test_keys_that_a_generation_lacks_end_in_navigate_and_may_come_back(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders(20)), SyncMode.FULL_REFRESH_OVERWRITE)
    seen = []
    for records in (20, 15, 20):
        await atlas.configure(ledger(orders(records)))
        found = await atlas.sync()
        assert found.job.status is JobStatus.SUCCEEDED
        seen.append((await size(atlas, CHART), await size(atlas, CURRENT)))

    assert seen == [(20, 20), (15, 15), (20, 20)]
    versions = await atlas.rows(f"(SELECT * FROM {VIEW} WHERE id = 18) v", "valid_from")
    assert [row["is_deleted"] for row in versions] == [False, True, False]
    assert [row["is_current"] for row in versions] == [False, False, True]


# ── States ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_state_without_records_is_kept_and_promotes_nothing(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders()))
    await atlas.sync()
    before = await size(atlas, "pipeline.connector_state"), await size(atlas, "pipeline.promotions")

    found = await atlas.sync()

    assert found.job.status is JobStatus.SUCCEEDED
    assert counts(one(found)) == {}
    after = await size(atlas, "pipeline.connector_state"), await size(atlas, "pipeline.promotions")
    assert after == (int(str(before[0])) + 1, before[1])


@pytest.mark.parametrize("kind", ["global", "legacy"])
async def test_a_state_of_all_streams_goes_back_to_the_source(kind: str, atlas: Atlas) -> None:
    two = [orders(25), {**orders(35), "name": "items"}]
    await atlas.connect(ledger(*two, state_kind=kind, interleave=True))
    first = await atlas.sync()
    more = [{**stream, "records": 40} for stream in two]
    await atlas.configure(ledger(*more, state_kind=kind, interleave=True))

    second = await atlas.sync()

    assert [stream.books.read for stream in first.streams] == [25, 35]
    assert [stream.books.read for stream in second.streams] == [15, 5]
    assert set(await atlas.values("SELECT kind FROM pipeline.connector_state")) == {kind.upper()}
    assert await numbers(atlas, EXPLORE) == list(range(40))


async def test_counts_that_do_not_match_are_a_failure_and_move_no_state(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders(), wrong_counts=True))

    found = await atlas.sync()

    assert found.job.failure is not None
    assert found.job.failure.slug == "records-missing"
    assert found.job.attempts == 3
    assert await size(atlas, "pipeline.connector_state") == 0
    assert found.streams[0].chart_rows == 0


# ── A connector that dies ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "mode", [SyncMode.INCREMENTAL_APPEND, SyncMode.INCREMENTAL_DEDUPED_HISTORY]
)
async def test_a_retry_goes_on_from_the_committed_state_and_adds_nothing_twice(
    mode: SyncMode, database: Database
) -> None:
    # given: each run dies after 25 records, of which the last 5 are covered by no state
    atlas = hasty(database)
    await atlas.connect(ledger(orders(60, padding=300), die_at=25, die_by_signal=9), mode)

    # when
    found = await atlas.sync()

    # then
    assert found.job.status is JobStatus.SUCCEEDED
    assert found.job.attempts == 3
    assert await numbers(atlas, EXPLORE) == list(range(60))
    assert one(found).read == 60
    assert found.is_balanced
    assert await size(atlas, "pipeline.batches WHERE voided_at IS NOT NULL") != 0
    if mode is SyncMode.INCREMENTAL_APPEND:
        assert await numbers(atlas, CHART) == list(range(60))


@pytest.mark.parametrize("mode", [SyncMode.FULL_REFRESH_OVERWRITE, SyncMode.FULL_REFRESH_APPEND])
async def test_a_full_refresh_that_died_begins_anew(mode: SyncMode, database: Database) -> None:
    atlas = hasty(database)
    dying = ledger(orders(60, padding=300), die_at=25, die_by_signal=9)
    await atlas.connect(dying, mode)

    failed = await atlas.sync()
    await atlas.configure({**dying, "die_at": None})
    found = await atlas.sync()

    assert failed.job.status is JobStatus.FAILED
    assert failed.job.attempts == 3
    assert failed.is_balanced
    assert failed.streams[0].chart_rows == 0
    assert counts(one(found)) == {"read": 60, "explored": 60, "charted": 60}
    assert await numbers(atlas, EXPLORE) == await numbers(atlas, CHART) == list(range(60))


async def test_a_stream_that_was_read_and_published_is_not_published_again_by_a_retry(
    database: Database,
) -> None:
    # given: the first stream ends well, the second dies twice
    atlas = hasty(database)
    first = {**orders(10), "name": "items"}
    await atlas.connect(
        ledger(first, orders(40), die_at=25, die_by_signal=9, slow_s=1.0),
        modes={"items": SyncMode.FULL_REFRESH_OVERWRITE},
    )

    # when
    found = await atlas.sync()

    # then
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    assert found.job.attempts > 1
    assert [stream.books.read for stream in found.streams] == [10, 40]
    assert await size(atlas, "chart.ledger_items") == 10


async def test_an_empty_stream_that_completes_is_progress_once(atlas: Atlas) -> None:
    """Its first state is one that moved; the next attempts save the same, and are the three in a row."""
    empty = {**orders(0), "name": "items"}
    await atlas.connect(ledger(empty, orders(60, state_every=1_000), die_at=5, die_by_signal=9))

    found = await atlas.sync()

    assert found.job.status is JobStatus.FAILED
    assert found.job.attempts == 4


async def test_what_a_state_covers_is_published_when_the_source_breaks_for_good(
    database: Database,
) -> None:
    # given: what came after the state was staged with what came before it, and then the end
    atlas = atlas_on(
        database,
        batch_records=1,
        landing_bytes=1_024,
        first_promotion_records=2,
        promotion_records=2,
    )
    broken = {"message": "no such account", "failure_type": "config_error"}
    stream = orders(600, padding=300, state_every=150, keys=0)
    await atlas.connect(ledger(stream, die_at=210, exit_code=1, trace_error=broken, slow_s=12.0))

    # when
    found = await atlas.sync()

    # then
    assert found.job.failure is not None
    assert found.job.failure.slug == "connector-config-refused"
    assert found.job.attempts == 1
    assert one(found).charted == 150
    assert await numbers(atlas, CHART) == list(range(150))
    assert found.is_balanced


# ── The worker's own ends ─────────────────────────────────────────────────────────────────────────


async def until(atlas: Atlas, query: str) -> None:
    async with asyncio.timeout(20):
        while await atlas.values(query) in ([], [0], [None], [False]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "source", [{"slow_s": 4.0}, {"hang_at": 250}], ids=["writes on", "is silent"]
)
async def test_an_attempt_is_over_once_the_server_has_crashed_under_it(
    database: Database, source: Mapping[str, object]
) -> None:
    """It may believe in landings that the crash took back; of those that stayed, nothing comes twice."""
    atlas = atlas_on(database, landing_bytes=4_096)
    await atlas.connect(ledger(orders(600, keys=0), **source))
    job = await atlas.scheduler.start(atlas.connection_id)
    running = asyncio.create_task(atlas.scheduler.run(job.job_id))
    await until(atlas, "SELECT count(*) > 1 FROM pipeline.batches")
    await atlas.execute("TRUNCATE pipeline.attempt_signs")  # what PostgreSQL does when it recovers
    async with asyncio.timeout(20):
        wait_s = await running
    await atlas.configure(ledger(orders(600, keys=0)))
    await atlas.scheduler.run(job.job_id)

    assert wait_s is not None
    assert await atlas.values("SELECT failure ->> 'slug' FROM pipeline.attempts ORDER BY number") == ["landings-lost", None]  # fmt: skip
    assert (await atlas.job(job.job_id)).status is JobStatus.SUCCEEDED
    for table in ("explore.ledger_orders_raw", "chart.ledger_orders"):
        assert await atlas.values(f"SELECT count(*) FROM {table}") == [600]
    assert await atlas.values("SELECT count(*) FROM pipeline.attempt_signs") == [0]


async def test_cancel_ends_the_job_and_all_that_the_connector_started(
    atlas: Atlas, tmp_path: Path
) -> None:
    # given: a connector that hangs, with a child of its own that ignores SIGTERM
    pid_file = tmp_path / "pid"
    stream = orders(60)
    await atlas.connect(
        ledger(stream, hang_at=35, ignore_sigterm=True, grandchild_pid_file=str(pid_file))
    )
    job = await atlas.scheduler.start(atlas.connection_id)
    running = asyncio.create_task(atlas.run(job.job_id))
    await until(atlas, "SELECT count(*) FROM pipeline.batches")

    # when
    await atlas.scheduler.cancel(job.job_id)
    found = await running

    # then
    assert found.job.status is JobStatus.CANCELLED
    assert found.is_balanced
    assert not is_alive(int(pid_file.read_text()))
    assert await atlas.values("SELECT status FROM pipeline.attempts") == ["failed"]
    assert ("failed", "orders") in atlas.lineage.seen


async def test_an_attempt_that_was_taken_over_writes_nothing_more(database: Database) -> None:
    # given
    atlas = hasty(database)
    await atlas.connect(ledger(orders(2_000, keys=0), slow_s=2.0))
    job = await atlas.scheduler.start(atlas.connection_id)
    running = asyncio.create_task(atlas.run(job.job_id))
    await until(atlas, "SELECT count(*) FROM pipeline.batches")

    # when: another worker says that this one is dead
    async with database.transaction() as session:
        assert await job_store.take_over(session, job.job_id) == 1
    written = await size(atlas, EXPLORE), await size(atlas, "pipeline.batches")
    found = await running

    # then
    assert found.job.status is JobStatus.RUNNING
    assert (await size(atlas, EXPLORE), await size(atlas, "pipeline.batches")) == written

    # and the next goes on
    await atlas.configure(ledger(orders(2_000, keys=0)))
    assert (await atlas.run(job.job_id)).job.status is JobStatus.SUCCEEDED
    assert await numbers(atlas, EXPLORE) == list(range(2_000))
    assert await numbers(atlas, CHART) == list(range(2_000))


async def test_a_job_that_was_cancelled_while_it_waited_keeps_no_other_out(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders()))
    waiting = await atlas.scheduler.start(atlas.connection_id)
    await atlas.scheduler.cancel(waiting.job_id)

    found = await atlas.sync()

    assert found.job.status is JobStatus.SUCCEEDED
    assert (await atlas.run(waiting.job_id)).job.status is JobStatus.CANCELLED


async def test_a_worker_takes_jobs_from_the_queue(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders()))
    async with atlas.working():
        job = await atlas.scheduler.start(atlas.connection_id)
        await until(atlas, "SELECT bool_and(ended_at IS NOT NULL) FROM pipeline.jobs")

    assert (await atlas.job(job.job_id)).status is JobStatus.SUCCEEDED


# ── The gates ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_detector_that_cannot_run_masks_what_it_would_have_judged(atlas: Atlas) -> None:
    atlas.detectors = BrokenDetectors()
    await atlas.connect(ledger(orders()))

    found = await atlas.sync()

    assert found.job.status is JobStatus.SUCCEEDED
    masked = {decision.path: decision for decision in found.streams[0].masked}
    assert masked[("name",)].is_provisional
    names = await atlas.values(f"SELECT name FROM {CHART}")
    assert all(str(name).startswith("personal_") for name in names)
    assert (("id",) in masked, ("amount",) in masked) == (False, False)


async def test_a_quality_engine_that_cannot_run_holds_the_range_and_nothing_is_lost(
    atlas: Atlas,
) -> None:
    # given
    soda, atlas.scanner = atlas.scanner, BrokenScanner()
    await atlas.connect(ledger(orders()))

    # when
    held = await atlas.sync()
    atlas.scanner = soda
    freed = await atlas.sync()

    # then
    assert held.job.status is JobStatus.FAILED
    assert held.job.failure is not None
    assert held.job.failure.slug == "range-held"
    assert counts(one(held)) == {"read": 60, "explored": 60, "held": 60}
    assert held.is_balanced
    assert held.streams[0].chart_rows == 0
    assert freed.job.status is JobStatus.SUCCEEDED
    assert counts(one(freed)) == {}  # credited to the job that read it
    again = await atlas.report(held.job.job_id)
    assert counts(one(again)) == {"read": 60, "explored": 60, "charted": 20, "superseded": 40}


@dataclass
class BrokenFrom(NoChecks):
    """A quality engine that does not answer once a range has a record of this number or a later one."""

    database: Database
    number: int

    async def scan(self, staging: Table, checks: Sequence[Check]) -> Sequence[CheckResult]:
        async with self.database.connection() as session:
            if await session.fetchval(f"SELECT max(number) FROM {staging}") >= self.number:
                raise GateUnavailable("Soda did not answer.")
        return []


@pytest.mark.parametrize("mode", [mode for mode in SyncMode if mode.overwrites])
async def test_a_generation_of_which_a_range_is_held_replaces_nothing(
    mode: SyncMode, database: Database
) -> None:
    """All but its last range are good, and would end the keys that only that one has."""
    atlas = atlas_on(
        database, batch_records=1, landing_bytes=1_024, first_promotion_records=5, promotion_records=2
    )  # fmt: skip
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    await atlas.connect(ledger(orders(60, keys=60)), mode)
    await atlas.sync()
    await atlas.configure(ledger(orders(60, keys=60)))
    atlas.scanner = BrokenFrom(database, 59)

    held = await atlas.sync()
    left = await size(atlas, CHART), await size(atlas, CURRENT)
    atlas.scanner = NoChecks()
    freed = await atlas.sync()

    assert held.job.failure is not None
    assert held.job.failure.slug == "range-held"
    assert held.is_balanced
    assert counts(one(held)) == {"read": 60, "explored": 60, "held": 60}
    assert left == (60, 60)
    assert freed.job.status is JobStatus.SUCCEEDED
    assert (await size(atlas, CHART), await size(atlas, CURRENT)) == (60, 60)
    assert await size(atlas, f"{VIEW} WHERE is_deleted") == 0


async def test_a_held_range_is_allowed_where_the_connection_says_so(atlas: Atlas) -> None:
    atlas.scanner = BrokenScanner()
    await atlas.connect(ledger(orders()))
    await atlas.allow("on_held")

    found = await atlas.sync()

    assert found.job.status is JobStatus.SUCCEEDED
    assert one(found).held == 60


async def test_a_path_that_turns_personal_is_masked_in_what_is_published_already(
    database: Database, tmp_path: Path
) -> None:
    # given: first remarks, then in the same run addresses of people
    atlas = atlas_on(database, batch_records=1, first_promotion_records=5, promotion_records=5)
    schema = {
        "id": INTEGER,
        "at": INSTANT,
        "note": STRING,
        "extra": {"type": "object", "properties": {"remark": STRING}},
    }

    def sent(key: int, note: str) -> bytes:
        data = {"id": key, "at": AT % key, "note": note, "extra": {"remark": note, "n": key}}
        return record("orders", json.dumps(data).encode())

    program = saying(tmp_path, [*(sent(n, f"good {n}") for n in range(1, 6)), state("orders", 5)])
    later = [json.dumps({"id": n, "at": AT % n, "note": f"p{n}@example.org",
                         "extra": {"remark": f"p{n}@example.org", "n": n}}).encode() for n in range(6, 16)]  # fmt: skip
    rest = tmp_path / "rest"
    rest.write_bytes(b"\n".join(whole("orders", later)) + b"\n")
    (tmp_path / "connector").write_text(f"#!/bin/sh\ncat {tmp_path}/said\nsleep 3\ncat {rest}\n")
    atlas.command = program
    await atlas.connect({}, streams=[offered("orders", schema, cursor=("at",))])

    # when
    job = await atlas.scheduler.start(atlas.connection_id)
    running = asyncio.create_task(atlas.run(job.job_id))
    await until(atlas, "SELECT to_regclass('chart.ledger_orders') IS NOT NULL")
    await until(atlas, f"SELECT count(*) FROM {CHART}")
    clear = await atlas.values(f"SELECT note FROM {CHART} ORDER BY id")
    found = await running

    # then
    assert clear == [f"good {n}" for n in range(1, 6)]
    assert found.job.status is JobStatus.SUCCEEDED
    keys = atlas.keys
    for table in (CHART, CURRENT, VIEW):
        rows = await atlas.rows(table, "id")
        assert len(rows) == 15
        for row in rows:
            key = row["id"]
            assert isinstance(key, int)
            clear_value = f"good {key}" if key < 6 else f"p{key}@example.org"
            masked = {str(row["note"]), json.loads(str(row["extra"]))["remark"]}
            entity = next(d.entity for d in found.streams[0].masked if d.path == ("note",))
            assert entity is not None
            assert masked == {keys.token(entity, clear_value)}
            assert json.loads(str(row["extra"]))["n"] == key


async def test_a_generation_that_replaces_may_have_older_rows_than_the_one_before(
    atlas: Atlas, tmp_path: Path
) -> None:
    """A source that was set back: chart shows it as it is, with the newest of its rows a key."""
    schema = {"id": INTEGER, "updated_at": INSTANT, "n": INTEGER}
    mode = SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED
    sent = [
        [(1, 5, 50), (1, 4, 40), (2, 5, 50)],
        [(1, 2, 20), (1, 3, 30), (1, 1, 10), (3, 1, 10)],
    ]
    seen = []
    for number, generation in enumerate(sent):
        lines = [
            f'{{"id":{key},"updated_at":"2024-01-0{day}T00:00:00Z","n":{n}}}'.encode()
            for key, day, n in generation
        ]
        folder = tmp_path / str(number)
        folder.mkdir()
        atlas.command = saying(folder, whole("orders", lines))
        if not number:
            await atlas.connect(
                {}, mode, streams=[offered("orders", schema, cursor=("updated_at",))]
            )
        found = await atlas.sync()
        assert found.is_balanced
        seen.append([(row["id"], row["n"]) for row in await atlas.rows(CHART, "id")])

    assert seen == [[(1, 50), (2, 50)], [(1, 30), (3, 10)]]
