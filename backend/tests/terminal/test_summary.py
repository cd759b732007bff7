"""Tests of app/terminal/summary.py and elsewhere.py: what a job came to, of Atlas's own engine and of a remote's."""

import io
from collections.abc import AsyncIterator

import pytest
from rich.console import Console

from app.core.jobs import Job
from app.database.pool import Database
from app.sync.jobs.report import JobReport
from app.terminal import elsewhere, summary
from tests.fixtures.airbyte_cloud import CONNECTION, FakeCloud
from tests.fixtures.atlas import NoChecks, NothingPersonal, atlas_on
from tests.fixtures.driven import Driven, drive
from tests.sources.reading import ledger


@pytest.fixture
async def driven(database: Database) -> AsyncIterator[Driven]:
    with FakeCloud().serving() as cloud:
        yield await drive(database, cloud)


async def reported(driven: Driven, job: Job) -> tuple[JobReport, str]:
    """The report of a job, and what a person is shown of it."""
    found = await driven.atlas.report(job.job_id)
    console = Console(file=io.StringIO(), width=500)
    summary.show(console, found)
    assert isinstance(console.file, io.StringIO)
    return found, console.file.getvalue()


async def test_of_a_remotes_job_its_figures_are_said_and_no_books(driven: Driven) -> None:
    report, shown = await reported(driven, await driven.job())

    told = summary.as_json(report)
    assert (told["engine"], told["balanced"], told["streams"]) == ("airbyte_cloud", None, [])
    assert told["remote"] == {
        "remoteId": str(driven.remote.remote_id), "connectionId": CONNECTION, "jobId": 41, "status": "succeeded",
        "adopted": False, "rows": 100, "bytes": 5_000, "verification": "verified",
        "reasons": list((await driven.runs())[0].reasons),
    }  # fmt: skip
    assert "its job 41: succeeded, 100 rows, 5,000 bytes, verified" in shown
    assert "books balance" not in shown


async def test_figures_that_a_remote_does_not_tell_are_not_zero(driven: Driven) -> None:
    driven.fake.next_figures = (None, None)

    report, shown = await reported(driven, await driven.job())

    told = elsewhere.as_json(report.remote)
    assert told is not None
    assert (told["rows"], told["bytes"]) == (None, None)
    assert "rows not told, bytes not told, unverified" in shown


async def test_a_remote_that_was_not_asked_yet_says_nothing(driven: Driven) -> None:
    waiting = await driven.atlas.scheduler.start(driven.connection.connection_id)

    report, shown = await reported(driven, waiting)

    assert (report.balance, summary.as_json(report)["remote"]) == (None, None)
    assert "was not asked" in shown


async def test_books_balance_once_something_was_read(database: Database) -> None:
    atlas = atlas_on(database)
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    await atlas.connect(ledger({"name": "orders", "records": 20}))
    waiting = await atlas.scheduler.start(atlas.connection_id)

    before = await atlas.report(waiting.job_id)
    after = await atlas.run(waiting.job_id)
    again = await atlas.sync()

    told = [summary.as_json(report)["balanced"] for report in (before, after, again)]
    assert told == [None, True, None]
