"""Chart and navigate made again from explore: equal to what is published, or it is said where they are not."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.catalog import Nested, ReadMode, StreamDescriptor, SyncMode
from app.core.findings import Action
from app.core.jobs import JobOptions, JobStatus, JobType
from app.database.identifiers import LONGEST
from app.sources.mock_ledger import latest
from app.sync import personal_data, rebuilding
from app.sync.personal_data import Word
from app.sync.rebuilding import Rebuilt
from tests.conftest import SERVERS
from tests.fixtures.atlas import Atlas, BrokenScanner, NoChecks, NothingPersonal
from tests.fixtures.scripted import AT, INSTANT, offered, saying, whole
from tests.sources.reading import ledger
from tests.sync.test_personal_data import say, types_of

CHART, VIEW = "chart.ledger_orders", "navigate.ledger_orders"
ADDING = [mode for mode in SyncMode if not mode.overwrites]
SWAPPING = JobOptions(swaps=True)


def orders(records: int = 60, **changes: object) -> dict[str, object]:
    return {"name": "orders", "records": records, "keys": 20, "state_every": 10, **changes}


async def rebuild(atlas: Atlas, options: JobOptions = JobOptions()) -> Rebuilt:  # noqa: B008
    job = await atlas.scheduler.start(atlas.connection_id, JobType.REBUILD, options)
    report = await atlas.run(job.job_id)
    assert report.job.status is JobStatus.SUCCEEDED, report.job.failure
    async with atlas.database.connection() as session:
        (found,) = await rebuilding.found(session, job.job_id)
    left = await atlas.values("SELECT relname FROM pg_class WHERE relname LIKE '%\\_\\_rebuilt' OR relname LIKE '%rebuilt\\_\\_%' AND relkind IN ('r', 'v')")  # fmt: skip
    assert [name for name in left if not str(name).endswith("pkey")] == []
    return found


async def seen(atlas: Atlas) -> tuple[object, object, object]:
    """What readers see; when it was recorded is not made again."""
    order = "id, valid_from"
    versions = await atlas.rows(VIEW, order)
    current = await atlas.rows(f"{VIEW}__current", order)
    chart = await atlas.rows(CHART, "id, number")
    forgotten = {"recorded_at", "_atlas_recorded_at"}
    return tuple(
        [{name: value for name, value in row.items() if name not in forgotten} for row in rows]
        for rows in (versions, current, chart)
    )  # type: ignore[return-value]


@pytest.mark.parametrize("mode", ADDING)
@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_what_is_made_again_is_what_was_there(atlas: Atlas, mode: SyncMode) -> None:
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders(late_rows=7, duplicates=9, deletes=11)), mode)
    await atlas.sync()
    await atlas.configure(ledger(orders(90, late_rows=7, duplicates=9, deletes=11)))
    await atlas.sync()
    before = await seen(atlas)

    checked = await rebuild(atlas)
    swapped = await rebuild(atlas, SWAPPING)
    after = await seen(atlas)
    await atlas.configure(ledger(orders(120, late_rows=7, duplicates=9, deletes=11)))
    on = await atlas.sync()

    assert checked.is_equal, checked
    assert checked.chart.equal > 0
    assert checked.history.equal > 0
    assert (checked.is_swapped, swapped.is_swapped) == (False, True)
    assert after == before
    assert on.job.status is JobStatus.SUCCEEDED, on.job.failure
    assert on.is_balanced
    assert (await rebuild(atlas)).is_equal


@pytest.mark.parametrize("mode", ADDING)
async def test_what_somebody_changed_is_found_and_mended(atlas: Atlas, mode: SyncMode) -> None:
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders(20)), mode)
    await atlas.sync()
    before = await seen(atlas)
    await atlas.execute(f"UPDATE {CHART} SET amount = -1 WHERE id = 3")
    await atlas.execute(f"DELETE FROM {CHART} WHERE id = 4")

    checked = await rebuild(atlas, SWAPPING)

    assert not checked.is_equal
    assert (checked.chart.equal, checked.chart.different, checked.chart.extra) == (18, 1, 1)
    assert checked.chart.missing == 0
    assert len(checked.examples) >= 2
    assert await seen(atlas) == before


@pytest.mark.parametrize("mode", ADDING)
async def test_child_tables_are_left_alone_and_follow_a_swap(
    atlas: Atlas, mode: SyncMode, tmp_path: Path
) -> None:
    atlas.pii = NothingPersonal()
    tags = {"type": "array", "items": {"type": "string"}}
    stream = offered(
        "orders", {"id": {"type": "integer"}, "at": INSTANT, "tags": tags}, cursor=("at",)
    )
    await atlas.connect({}, mode, streams=[stream], nested=Nested.CHILD_TABLES)
    sent = [b'{"id":%d,"at":"%s","tags":["a","b"]}' % (n, (AT % n).encode()) for n in range(3)]
    atlas.command = saying(tmp_path, whole("orders", sent))
    await atlas.sync()
    children = f"{CHART}__tags"
    before = await atlas.rows(children, "_atlas_seq, _atlas_index")

    await rebuild(atlas)
    checked = await atlas.rows(children, "_atlas_seq, _atlas_index")
    await atlas.execute(f"DELETE FROM {CHART} WHERE id = 1")
    await atlas.execute(f"DELETE FROM {children} WHERE _atlas_seq = 1")
    await rebuild(atlas, SWAPPING)

    assert len(before) == 6
    assert checked == before
    assert await atlas.rows(children, "_atlas_seq, _atlas_index") == before


async def test_history_from_before_a_clear_stays_as_it_is(atlas: Atlas) -> None:
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders()))
    await atlas.sync()
    cleared = await atlas.scheduler.start(atlas.connection_id, JobType.CLEAR)
    await atlas.run(cleared.job_id)
    await atlas.configure(ledger(orders(30)))
    await atlas.sync()
    before = await seen(atlas)

    swapped = await rebuild(atlas, SWAPPING)

    assert swapped.is_equal, swapped
    assert await seen(atlas) == before


@pytest.mark.parametrize("mode", [mode for mode in ADDING if mode.reads is ReadMode.INCREMENTAL])
async def test_a_refresh_that_never_ended_is_no_beginning(atlas: Atlas, mode: SyncMode) -> None:
    """The next sync goes on from its states, and what it had not read yet is still there."""
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders(keys=60)), mode)
    await atlas.sync()
    await atlas.configure(ledger(orders(keys=60), die_at=25, exit_code=1))
    refresh = await atlas.scheduler.start(atlas.connection_id, JobType.REFRESH)
    await atlas.scheduler.run(refresh.job_id)
    await atlas.scheduler.cancel(refresh.job_id)
    await atlas.configure(ledger(orders(90, keys=90)))
    await atlas.sync()
    before = await seen(atlas)

    swapped = await rebuild(atlas, SWAPPING)

    assert swapped.is_equal, swapped
    assert swapped.is_swapped
    assert await seen(atlas) == before
    assert len({row["id"] for row in await atlas.rows(CHART, "id")}) == 90


async def test_what_explore_has_not_any_more_is_not_made_again(atlas: Atlas) -> None:
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders(20)))
    await atlas.sync()
    await atlas.execute("DELETE FROM explore.ledger_orders_raw WHERE seq < 2")

    atlas.lineage.seen.clear()
    found = await rebuild(atlas, SWAPPING)

    assert atlas.lineage.seen == [("started", "orders"), ("completed", "orders")]
    assert found.why_not is not None
    assert "explore has no longer" in found.why_not
    assert not found.is_equal
    assert not found.is_swapped


@pytest.mark.parametrize(
    ("mode", "with_cursor"),
    [
        (SyncMode.FULL_REFRESH_OVERWRITE, True),
        (SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED, False),
    ],
)
async def test_a_generation_is_made_again_with_what_it_brought_to_history(
    atlas: Atlas, mode: SyncMode, with_cursor: bool
) -> None:
    """Keys end, come back and end again; then an older generation is shown, and at last nothing."""
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    await atlas.connect(ledger(orders()), mode, with_cursor=with_cursor)
    for records, keys in ((60, 20), (30, 5), (60, 20), (40, 8)):
        await atlas.configure(ledger(orders(records, keys=keys, late_rows=7)))
        assert (await atlas.sync()).job.status is JobStatus.SUCCEEDED
    before = await seen(atlas)

    checked = await rebuild(atlas)
    await atlas.execute(f"DELETE FROM {CHART} WHERE id = 3")
    await atlas.execute(f"UPDATE {VIEW}__history SET amount = -1 WHERE id = 4 AND recorded_at = (SELECT max(recorded_at) FROM {VIEW}__history)")  # fmt: skip
    swapped = await rebuild(atlas, SWAPPING)
    after = await seen(atlas)
    ways = await atlas.values("SELECT indexname FROM pg_indexes WHERE tablename = 'ledger_orders' AND indexname NOT LIKE '%pkey%'")  # fmt: skip
    back = JobOptions(streams=(StreamDescriptor("orders"),), generation=3)
    await atlas.run((await atlas.scheduler.start(atlas.connection_id, JobType.REFRESH, back)).job_id)  # fmt: skip
    of_older = await rebuild(atlas)
    await atlas.allow("on_empty")
    await atlas.configure(ledger(orders(0)))
    await atlas.sync()
    of_nothing = await rebuild(atlas, SWAPPING)
    await atlas.configure(ledger(orders(50, keys=12)))
    on = await atlas.sync()

    for found in (checked, of_older, of_nothing):
        assert found.is_equal, found
        assert found.history.equal > 0
    assert checked.chart.equal == of_older.chart.equal - 20 if not mode.dedupes else 8
    assert of_nothing.chart.equal == 0
    assert ways == ([] if mode.dedupes else ["ledger_orders__keys"])
    assert not swapped.is_equal
    assert swapped.is_swapped
    assert after == before
    assert on.job.status is JobStatus.SUCCEEDED, on.job.failure
    assert (await rebuild(atlas)).is_equal


OVERWRITES = [mode for mode in SyncMode if mode.overwrites]


@pytest.mark.parametrize("mode", OVERWRITES)
async def test_an_attempt_that_another_made_good_has_emptied_nothing(
    atlas: Atlas, mode: SyncMode
) -> None:
    """Each attempt opens a generation; that of the first one ends without a record."""
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders()), mode)
    await atlas.configure(ledger(orders(die_at=25, exit_code=1)))
    job = await atlas.scheduler.start(atlas.connection_id)
    await atlas.scheduler.run(job.job_id)
    await atlas.configure(ledger(orders()))
    synced = await atlas.run(job.job_id)
    opened = await atlas.values("SELECT generation_id FROM pipeline.generations ORDER BY 1")
    before = await seen(atlas)

    swapped = await rebuild(atlas, SWAPPING)

    assert (synced.job.status, synced.job.attempts) == (JobStatus.SUCCEEDED, 2)
    assert len(opened) == 2
    assert swapped.is_equal, swapped
    assert swapped.is_swapped
    assert before[2]
    assert await seen(atlas) == before


@pytest.mark.parametrize("mode", OVERWRITES)
async def test_what_a_job_that_failed_has_emptied_stays_empty(atlas: Atlas, mode: SyncMode) -> None:
    """It fails for another stream, of which a gate holds records back."""
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    items = {**orders(), "name": "items"}
    await atlas.connect(ledger(orders(), items), mode)
    await atlas.sync()
    await atlas.allow("on_empty")
    await atlas.configure(ledger(orders(0), items))
    atlas.scanner = BrokenScanner()
    held = await atlas.sync()
    before = await seen(atlas)

    swapped = await rebuild(atlas, replace(SWAPPING, streams=(StreamDescriptor("orders"),)))

    assert held.job.status is JobStatus.FAILED
    assert swapped.is_equal, swapped
    assert swapped.is_swapped
    assert (before[1], before[2]) == ([], [])
    assert before[0]
    assert await seen(atlas) == before


async def test_chart_is_not_swapped_for_nothing(atlas: Atlas) -> None:
    """Whatever the books say: somebody else has had a hand in them."""
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders(20)), SyncMode.FULL_REFRESH_OVERWRITE)
    await atlas.sync()
    before = await seen(atlas)
    await atlas.execute("UPDATE pipeline.promotions SET reason = 'by hand'")

    found = await rebuild(atlas, SWAPPING)

    assert found.why_not is not None
    assert "chart has 20" in found.why_not
    assert not found.is_swapped
    assert await seen(atlas) == before


async def test_a_stream_of_checked_columns_has_their_versions_and_is_made_again(
    atlas: Atlas,
) -> None:
    """`padding` never changes: each key has one version, which shows what was seen last."""
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders(late_rows=7)), check_cols=["padding"])
    await atlas.sync()
    await atlas.configure(ledger(orders(90, late_rows=7)))
    synced = await atlas.sync()
    before = await seen(atlas)

    swapped = await rebuild(atlas, SWAPPING)

    assert synced.is_balanced
    assert await atlas.values("SELECT DISTINCT score FROM quality.scores WHERE dimension = 'uniqueness'") == [1.0]  # fmt: skip
    newest = {key: row["number"] for key, row in latest(ledger(orders(90, late_rows=7)), "orders").items()}  # fmt: skip
    versions, current, chart = before
    for rows in (versions, current, chart):
        assert {row["id"]: row["number"] for row in rows} == newest  # type: ignore[attr-defined]
        assert len(rows) == 20  # type: ignore[arg-type]
    assert swapped.is_equal, swapped
    assert await seen(atlas) == before


async def test_quarantined_records_stay_where_they_are(atlas: Atlas, tmp_path: Path) -> None:
    schema = {"id": {"type": "integer"}, "at": INSTANT, "amount": {"type": "number"}}
    lines = [f'{{"id":{n},"at":"{AT % n}","amount":{amount}}}'.encode() for n, amount in ((1, "1"), (2, '"x"'))]  # fmt: skip
    atlas.command = saying(tmp_path, whole("orders", lines))
    atlas.pii = NothingPersonal()
    await atlas.connect({}, streams=[offered("orders", schema, cursor=("at",))])
    await atlas.sync()

    await atlas.execute(
        "INSERT INTO quarantine.waivers (stream_id, rule, waived_by) SELECT stream_id, 'type:amount', 'test' FROM pipeline.streams"
    )
    found = await rebuild(atlas, SWAPPING)

    assert found.is_equal, found
    assert await atlas.values(
        "SELECT count(*) FROM quarantine.chart_records WHERE status = 'kept'"
    ) == [1]
    assert await atlas.values(f"SELECT count(*) FROM {CHART}") == [1]


async def test_what_would_leave_chart_by_todays_rules_is_not_swapped_out(atlas: Atlas) -> None:
    """The books say that these rows are in chart, and no quarantine has them."""
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(orders(20)))
    await atlas.sync()
    before = await seen(atlas)
    await atlas.execute("UPDATE pipeline.columns SET is_required = true WHERE field = 'padding'")

    found = await rebuild(atlas, SWAPPING)

    assert found.why_not is not None
    assert "20 records" in found.why_not
    assert found.chart.missing == 20
    assert not found.is_swapped
    assert await seen(atlas) == before


async def test_a_table_with_the_longest_of_names_is_made_again(atlas: Atlas) -> None:
    atlas.pii = NothingPersonal()
    name = "o" * (LONGEST - len("ledger_"))
    await atlas.connect(ledger(orders() | {"name": name}), SyncMode.INCREMENTAL_DEDUPED_HISTORY)
    await atlas.sync()

    found = await rebuild(atlas, SWAPPING)

    assert (found.is_equal, found.is_swapped, found.chart.equal) == (True, True, 20)


LIFTED = (Action.MASK, Action.PASS)


async def with_tokens(atlas: Atlas, field: str, check_cols: Sequence[str] = ()) -> None:
    """Generations of which the first has tokens in a column that is not masked any more."""
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    mode = SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED
    await atlas.connect(ledger(orders()), mode, check_cols=check_cols)
    await atlas.sync()
    for action in LIFTED:
        await say(atlas, Word(path=(field,), action=action, entity=None))
    await atlas.configure(ledger(orders(80)))
    assert (await atlas.sync()).job.status is JobStatus.SUCCEEDED


async def test_a_column_stays_text_while_history_that_is_not_made_again_has_tokens(
    atlas: Atlas,
) -> None:
    await with_tokens(atlas, "number")

    swapped = await rebuild(atlas, SWAPPING)
    await atlas.configure(ledger(orders(90)))
    on = await atlas.sync()

    assert swapped.why_not is None
    assert swapped.is_swapped
    assert await types_of(atlas, "number") == {"text"}
    assert on.job.status is JobStatus.SUCCEEDED, on.job.failure
    numbers = {str(row["number"]) for row in await atlas.rows(CHART)}
    assert numbers == {str(number) for number in range(70, 90)}


async def test_a_column_has_its_own_type_again_once_history_has_no_token(atlas: Atlas) -> None:
    await with_tokens(atlas, "number")
    refresh = JobOptions(removes_history=True)
    job = await atlas.scheduler.start(atlas.connection_id, JobType.REFRESH, refresh)
    await atlas.run(job.job_id)
    await atlas.configure(ledger(orders(90)))
    await atlas.sync()
    before = await types_of(atlas, "number")

    swapped = await rebuild(atlas, SWAPPING)

    assert before == {"text"}
    assert swapped.is_swapped
    assert await types_of(atlas, "number") == {"bigint"}
    assert {row["number"] for row in await atlas.rows(CHART)} == set(range(70, 90))
    assert len(await atlas.rows(VIEW)) > 20


async def test_versions_in_the_order_of_a_cursor_that_has_tokens_are_not_made_again(
    atlas: Atlas,
) -> None:
    await with_tokens(atlas, "updated_at", check_cols=["number"])

    found = await rebuild(atlas, SWAPPING)

    assert found.why_not is not None
    assert "its cursor is masked, or was" in found.why_not


@pytest.mark.parametrize("then", ["sync", "clear", "mask"])
async def test_what_a_rebuild_that_broke_off_has_made_does_not_stay(
    atlas: Atlas, then: str
) -> None:
    """It is readable, and has in clear what is masked later."""
    atlas.pii = NothingPersonal()
    connection = await atlas.connect(ledger(orders(20)))
    await atlas.sync()
    await atlas.execute(f"CREATE VIEW public.of_chart AS SELECT id FROM {CHART}")
    job = await atlas.scheduler.start(atlas.connection_id, JobType.REBUILD, SWAPPING)
    broken = await atlas.run(job.job_id)
    await atlas.execute("DROP VIEW public.of_chart")
    (stream,) = connection.streams
    made = "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('chart', 'navigate') AND c.relname LIKE '%rebuilt%'"
    left = await atlas.values(made)

    match then:
        case "sync":
            await atlas.sync()
        case "clear":
            cleared = await atlas.scheduler.start(atlas.connection_id, JobType.CLEAR)
            await atlas.run(cleared.job_id)
        case _:
            word = Word(path=("padding",), action=Action.MASK, entity=None)
            async with atlas.database.transaction() as session:
                await personal_data.decide(
                    session, atlas.keys, atlas.connection_id, stream, word, "a person", "it is"
                )

    assert broken.job.status is JobStatus.FAILED
    assert left
    assert await atlas.values(made) == []
    assert (await rebuild(atlas, SWAPPING)).is_equal
