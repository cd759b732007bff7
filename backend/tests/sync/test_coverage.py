"""Tests of app/sync/coverage.py: a stream that ends before a state covers its last records."""

import pytest

from app.core.catalog import SyncMode
from app.core.jobs import JobStatus, JobType
from app.database.pool import Database
from app.sources.mock_ledger import latest
from tests.fixtures.atlas import Atlas, counts, one
from tests.sources.reading import ledger
from tests.sync.test_orchestrator import CHART, EXPLORE, HISTORY, hasty, numbers, orders, size

APPENDS, KEEPS = SyncMode.INCREMENTAL_APPEND, SyncMode.INCREMENTAL_DEDUPED_HISTORY
ITEMS = {"name": "items", "records": 30, "keys": 20, "state_every": 10}
ITEMS_CHART = "chart.ledger_items"


@pytest.fixture
def hurried(database: Database) -> Atlas:
    return hasty(database)


async def test_an_append_without_a_last_state_publishes_what_is_stated_and_says_why_not_more(
    hurried: Atlas,
) -> None:
    # given: states behind 10, 20, ... 50 of 55 records, and an end that says that all is well
    silent = ledger(orders(55, padding=300), last_state="never")
    await hurried.connect(silent, APPENDS)

    # when
    failed = await hurried.sync()
    charted = await numbers(hurried, CHART)
    await hurried.configure({**silent, "last_state": "before"})
    mended = await hurried.sync()

    # then: what a state covers was published once, and so was the rest
    assert failed.job.status is JobStatus.FAILED
    assert failed.job.failure is not None
    assert failed.job.failure.slug == "state-missing"
    assert "orders" in str(failed.job.failure.detail)
    assert failed.job.attempts == 1, "another attempt would hear the same"
    assert failed.is_balanced
    assert charted == list(range(50))
    assert mended.job.status is JobStatus.SUCCEEDED
    assert await numbers(hurried, CHART) == await numbers(hurried, EXPLORE) == list(range(55))
    assert counts(one(mended))["read"] == 5


async def test_a_history_without_a_last_state_is_published_whole_and_reads_the_rest_again(
    hurried: Atlas,
) -> None:
    silent = ledger(orders(55, padding=300), last_state="never")
    await hurried.connect(silent, KEEPS)

    first = await hurried.sync()
    rows, versions = await size(hurried, CHART), await size(hurried, HISTORY)
    second = await hurried.sync()

    assert first.job.status is second.job.status is JobStatus.SUCCEEDED
    assert counts(one(first))["read"] == 55
    assert counts(one(second))["read"] == 5, "no state stands behind them"
    assert (await size(hurried, CHART), await size(hurried, HISTORY)) == (rows, versions)
    newest = {key: row["number"] for key, row in latest(silent, "orders").items()}
    assert {r["id"]: r["number"] for r in await hurried.rows(CHART, "id")} == newest


@pytest.mark.parametrize("job_type", [JobType.SYNC, JobType.REFRESH])
@pytest.mark.parametrize("mode", [APPENDS, KEEPS])
async def test_what_dies_between_the_streams_ends_and_their_one_state_adds_nothing_twice(
    mode: SyncMode, job_type: JobType, hurried: Atlas
) -> None:
    # given: both streams have said that they are complete; the state of both was still to come
    dying = ledger(
        ITEMS, orders(55, padding=300), state_kind="global", last_state="never", exit_code=1
    )
    await hurried.connect(dying, mode)

    # when
    job = await hurried.scheduler.start(hurried.connection_id, job_type)
    failed = await hurried.run(job.job_id)
    await hurried.configure({**dying, "last_state": "after", "exit_code": 0})
    found = await hurried.sync()

    # then
    assert failed.job.status is JobStatus.FAILED
    assert found.job.status is JobStatus.SUCCEEDED
    assert found.is_balanced
    assert await numbers(hurried, EXPLORE) == list(range(55))
    if mode is APPENDS:
        assert await numbers(hurried, CHART) == list(range(55))
        assert await numbers(hurried, ITEMS_CHART) == list(range(30))
    else:
        assert await size(hurried, CHART) == 20


@pytest.mark.parametrize("kind", ["stream", "global", "legacy"])
@pytest.mark.parametrize("mode", [APPENDS, KEEPS])
async def test_states_that_come_after_the_streams_ends_cover_them(
    mode: SyncMode, kind: str, hurried: Atlas
) -> None:
    late = ledger(orders(55, padding=300), ITEMS, state_kind=kind, last_state="after")
    await hurried.connect(late, mode)

    first = await hurried.sync()
    second = await hurried.sync()

    assert first.job.status is second.job.status is JobStatus.SUCCEEDED
    assert sorted(line.books.read for line in first.streams) == [30, 55]
    assert [line.books.read for line in second.streams] == [0, 0]
    assert await numbers(hurried, EXPLORE) == list(range(55))
    assert await size(hurried, CHART) == (55 if mode is APPENDS else 20)


@pytest.mark.parametrize("mode", [APPENDS, KEEPS])
async def test_a_stream_that_has_nothing_needs_no_state(mode: SyncMode, hurried: Atlas) -> None:
    await hurried.connect(ledger(orders(0), last_state="never"), mode)

    found = await hurried.sync()

    assert found.job.status is JobStatus.SUCCEEDED
    assert found.is_balanced
