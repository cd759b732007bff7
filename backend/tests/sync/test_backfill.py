"""A range of a stream's cursor, read once more: what is taken, what stays as it was, and what goes on after a death."""

import asyncio
import json
from dataclasses import replace

import pytest

from app.core import cursors
from app.core.catalog import StreamDescriptor, SyncMode
from app.core.errors import InvalidRequest
from app.core.ids import JobId
from app.core.jobs import CursorRange, JobOptions, JobStatus, JobType
from app.core.records import State, StateKind
from app.core.schema import ColumnType
from app.sources.mock_ledger import LedgerStream
from app.sync import backfills, cursor_states
from app.sync.backfills import Chunk
from app.sync.jobs.report import JobReport
from tests.fixtures.atlas import Atlas, NoChecks, NothingPersonal, counts, one
from tests.fixtures.scripted import offered
from tests.sources.reading import ledger

CHART, VIEW = "chart.ledger_orders", "navigate.ledger_orders"
KEEPS, APPENDS = SyncMode.INCREMENTAL_DEDUPED_HISTORY, SyncMode.INCREMENTAL_APPEND
MINUTE = "2024-01-01T00:00:{:02}Z"
STREAM = LedgerStream(name="orders", records=60)


def orders(records: int = 60, **changes: object) -> dict[str, object]:
    return {"name": "orders", "records": records, "state_every": 5, **changes}


def of(since: int, until: int, chunks: int = 1) -> JobOptions:
    """A backfill of the records with these numbers: each is a second later than the one before."""
    wanted = CursorRange(since=MINUTE.format(since), until=MINUTE.format(until), chunks=chunks)
    return JobOptions(streams=(StreamDescriptor("orders"),), backfill=wanted)


async def begun(atlas: Atlas, mode: SyncMode, *streams: dict[str, object], **config: object) -> None:  # fmt: skip
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    await atlas.connect(ledger(*(streams or (orders(),)), **config), mode)
    assert (await atlas.sync()).job.status is JobStatus.SUCCEEDED


async def backfill(atlas: Atlas, options: JobOptions) -> JobReport:
    job = await atlas.scheduler.start(atlas.connection_id, JobType.BACKFILL, options)
    return await atlas.run(job.job_id)


async def chunks_of(atlas: Atlas, job_id: JobId) -> list[Chunk]:
    async with atlas.database.connection() as session:
        return list(await backfills.chunks(session, job_id))


async def states(atlas: Atlas) -> list[object]:
    return await atlas.values(
        "SELECT message ->> 'stream' FROM pipeline.connector_state ORDER BY state_id"
    )


def amounts(seed: int, since: int, until: int) -> dict[object, float]:
    stream = LedgerStream(name="orders", records=60, seed=seed)
    read = [json.loads(stream.data(number)) for number in range(since, until)]
    return {row["number"]: row["amount"] for row in read}


@pytest.mark.parametrize("sends", ["after", "from"])
async def test_a_range_is_read_once_more_and_nothing_beside_it_is_taken(
    atlas: Atlas, sends: str
) -> None:
    """The source has other values than at the first sync, so that each row says when it was read."""
    await begun(atlas, KEEPS, cursor_states=sends)
    saved = await states(atlas)
    await atlas.configure(ledger(orders(600, seed=2), cursor_states=sends))
    atlas.settings = atlas.settings.model_copy(update={"batch_records": 5})

    done = await backfill(atlas, of(10, 33, chunks=3))
    chart = await atlas.fetch(f"SELECT number, amount::float FROM {CHART}")
    after = await states(atlas)
    await atlas.configure(ledger(orders(70, seed=2), cursor_states=sends))
    on = await atlas.sync()

    assert done.job.status is JobStatus.SUCCEEDED, done.job.failure
    assert done.is_balanced
    books = one(done)
    assert (books.explored, books.charted, books.versions) == (23, 23, 23)
    assert books.out_of_range > 0
    assert (
        books.read == books.explored + books.out_of_range < 100
    )  # of 600: its end ends the reading
    expected = amounts(1, 0, 60) | amounts(2, 10, 33)
    assert {row["number"]: row["amount"] for row in chart} == expected
    found = await atlas.rows(VIEW, "number")
    assert [row["number"] for row in found][:60] == list(
        range(60)
    )  # one version an instant: the newest told
    chunks = await chunks_of(atlas, done.job.job_id)
    assert [chunk.explored for chunk in chunks] == [8, 8, 7]  # cut at instants between two records
    assert all(chunk.ended_at for chunk in chunks)
    assert after == saved
    assert counts(one(on))["explored"] == (10 if sends == "after" else 11)
    assert await atlas.values("SELECT count(*) FROM explore.ledger_orders_raw") == [93 if sends == "after" else 94]  # fmt: skip


async def test_late_rows_find_their_place_in_history(atlas: Atlas) -> None:
    """Of 5 keys, records 10 to 29 were not there at the first sync."""
    await begun(atlas, KEEPS, orders(10, keys=5), cursor_states="from")
    whole = ledger(orders(60, keys=5), cursor_states="from")
    await atlas.execute(
        "UPDATE pipeline.connector_state SET message = $1::json",
        json.dumps({"type": "STREAM", "stream": {"stream_descriptor": {"name": "orders"}, "stream_state": {"updated_at": MINUTE.format(30)}}}),
    )  # fmt: skip
    await atlas.configure(whole)
    await atlas.sync()
    before = await atlas.values(f"SELECT number FROM {CHART} ORDER BY 1")

    done = await backfill(atlas, of(10, 30, chunks=2))

    assert done.is_balanced
    assert one(done).superseded == 20
    found = await atlas.rows(VIEW, "valid_from")
    assert [row["number"] for row in found] == list(range(60))
    assert [row["is_current"] for row in found] == [False] * 55 + [True] * 5
    assert await atlas.values(f"SELECT number FROM {CHART} ORDER BY 1") == before


async def test_a_backfill_that_dies_goes_on_from_the_chunk_that_it_was_in(atlas: Atlas) -> None:
    """Where every record is a row of its own, one that is read twice would show."""
    await begun(atlas, APPENDS, cursor_states="after")
    saved = await states(atlas)
    await atlas.configure(ledger(orders(), cursor_states="after", die_at=13, exit_code=1))
    options = of(10, 50, chunks=2)
    job = await atlas.scheduler.start(atlas.connection_id, JobType.BACKFILL, options)

    await atlas.scheduler.run(job.job_id)
    between = await chunks_of(atlas, job.job_id)
    await atlas.configure(ledger(orders(), cursor_states="after"))
    done = await atlas.run(job.job_id)

    assert [(chunk.explored, chunk.ended_at) for chunk in between] == [(10, None), (0, None)]
    assert done.job.status is JobStatus.SUCCEEDED, done.job.failure
    assert done.is_balanced
    assert one(done).explored == 40
    found = await atlas.values(f"SELECT number FROM {CHART} ORDER BY 1")
    assert found == sorted([*range(60), *range(10, 50)])
    assert await states(atlas) == saved


async def test_what_a_source_changed_of_its_configuration_holds_for_the_next_chunk(
    atlas: Atlas,
) -> None:
    await begun(atlas, APPENDS, cursor_states="after")
    renewed = ledger(orders(seed=2), cursor_states="after")
    await atlas.configure(ledger(orders(), cursor_states="after", new_config=renewed))

    done = await backfill(atlas, of(10, 20, chunks=2))

    assert done.is_balanced
    rows = await atlas.fetch(f"SELECT number, amount::float FROM {CHART} WHERE number BETWEEN 10 AND 19")  # fmt: skip
    read = amounts(1, 10, 20) | amounts(2, 15, 20)
    assert {(row["number"], row["amount"]) for row in rows} >= set(read.items())


async def test_a_cancelled_backfill_leaves_what_is_published(atlas: Atlas) -> None:
    await begun(atlas, APPENDS, cursor_states="after")
    saved = await states(atlas)
    await atlas.configure(ledger(orders(), cursor_states="after", hang_at=28))
    job = await atlas.scheduler.start(atlas.connection_id, JobType.BACKFILL, of(10, 50))
    running = asyncio.create_task(atlas.scheduler.run(job.job_id))
    async with asyncio.timeout(60):
        while not (await chunks_of(atlas, job.job_id))[0].explored:  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    await atlas.scheduler.cancel(job.job_id)
    await running
    published = await atlas.values(f"SELECT count(*) FROM {CHART}")
    await atlas.configure(ledger(orders(65), cursor_states="after"))
    on = await atlas.sync()

    assert (await atlas.job(job.job_id)).status is JobStatus.CANCELLED
    assert published[0] >= 60  # type: ignore[operator]
    assert on.is_balanced
    assert (await states(atlas))[: len(saved)] == saved
    found = await atlas.values(f"SELECT number FROM {CHART}")
    assert sorted(set(found)) == list(range(65))  # type: ignore[type-var]
    assert 0 < len(found) - len(set(found)) < 40  # what had landed, and no more


# ── what cannot be done ───────────────────────────────────────────────────────────────────────────


async def test_what_cannot_be_backfilled_is_refused_with_what_to_do(atlas: Atlas) -> None:
    await begun(atlas, KEEPS, cursor_states="after")
    never = ledger(orders(), {"name": "visits", "records": 5}, cursor_states="after")
    wrong = {
        "brought back by a refresh": replace(of(10, 20), generation=1),
        "removes none": replace(of(10, 20), removes_history=True),
        "`from` must be less": of(20, 10),
        "one stream and a range": JobOptions(streams=(StreamDescriptor("orders"),)),
        "no value of the cursor": JobOptions(
            streams=(StreamDescriptor("orders"),), backfill=CursorRange(since="soon", until="later")
        ),
    }
    for said, options in wrong.items():
        with pytest.raises(InvalidRequest, match=said):
            await atlas.scheduler.start(atlas.connection_id, JobType.BACKFILL, options)

    refused = [
        ("read whole", never, SyncMode.FULL_REFRESH_APPEND, True),
        ("Sync it first", never, KEEPS, False),
        ("not just a cursor", ledger(orders()), KEEPS, True),
        ("one state for all", ledger(orders(), state_kind="global"), KEEPS, True),
    ]
    for number, (said, config, mode, is_synced) in enumerate(refused):
        await atlas.connect(config, mode, source=f"ledger{number}")
        if is_synced:
            await atlas.sync()
        with pytest.raises(InvalidRequest, match=said):
            await atlas.scheduler.start(atlas.connection_id, JobType.BACKFILL, of(1, 2))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"updated_at": "2024-01-01T00:00:30Z"}, {"updated_at": "2024-01-01T00:00:09Z"}),
        ({"updated_at": "2024-01-01"}, {"updated_at": "2024-01-01"}),
        (
            {"state_type": "cursor_based", "version": 2, "cursor_field": ["updated_at"], "cursor": "2024-01-01 00:00:30.5", "cursor_record_count": 3},
            {"state_type": "cursor_based", "version": 2, "cursor_field": ["updated_at"], "cursor": "2024-01-01 00:00:09.0"},
        ),
        ({"updated_at": 1704067200}, None),
        ({"updated_at": "2024-01-01T00:00:30Z", "page": 3}, None),
        ({"states": [{"partition": {"id": 1}, "cursor": {"updated_at": "2024-01-01"}}]}, None),
        ({"created_at": "2024-01-01T00:00:30Z"}, None),
        ({"updated_at": None}, None),
        ({}, None),
    ],
)  # fmt: skip
async def test_only_a_state_that_is_surely_a_cursor_gets_another(
    atlas: Atlas, content: dict[str, object], told: dict[str, object] | None
) -> None:
    connection = await atlas.connect(ledger(orders(0)))
    layout = connection.streams[0].layout
    sent = {"type": "STREAM", "stream": {"stream_descriptor": {"name": "orders"}, "stream_state": content}}  # fmt: skip
    state = State(kind=StateKind.STREAM, message=json.dumps(sent).encode(), descriptor=layout.descriptor)  # fmt: skip

    found = cursor_states.of(state, layout)

    since = cursors.read(MINUTE.format(10), ColumnType.TIMESTAMPTZ)
    assert since is not None
    became = json.loads(found.before(since).message)["stream"]["stream_state"] if found else None
    assert became == told


async def test_a_state_in_nanoseconds_gets_another(atlas: Atlas) -> None:
    whole = {"type": "integer"}
    stream = offered("orders", {"id": whole, "at_ns": whole}, cursor=("at_ns",))
    layout = (await atlas.connect({}, streams=[stream])).streams[0].layout
    sent = {"type": "STREAM", "stream": {"stream_descriptor": {"name": "orders"}, "stream_state": {"at_ns": 1_714_996_800_123_456_789}}}  # fmt: skip
    state = State(kind=StateKind.STREAM, message=json.dumps(sent).encode(), descriptor=layout.descriptor)  # fmt: skip

    found = cursor_states.require(state, layout)

    since = cursors.read("1704067200000000000", ColumnType.BIGINT)
    assert since is not None
    became = json.loads(found.before(since).message)["stream"]["stream_state"]
    assert became == {"at_ns": 1_704_067_199_999_999_999}
