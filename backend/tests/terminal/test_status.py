"""Tests of app/terminal/status.py."""

from app.database.pool import Database
from app.terminal.status import lines_of
from tests.fixtures.airbyte_cloud import FakeCloud
from tests.fixtures.atlas import atlas_on
from tests.fixtures.driven import drive
from tests.sources.reading import ledger


async def test_of_a_remotes_job_its_figures_are_said_and_no_books(database: Database) -> None:
    with FakeCloud().serving() as fake:
        driven = await drive(database, fake)
        job = await driven.job()

    (line,) = await lines_of(database)

    assert (line["job"], line["status"], line["engine"]) == (
        job.job_id,
        "succeeded",
        "airbyte_cloud",
    )
    assert [line[name] for name in ("read", "charted", "balanced")] == [None, None, None]
    remote = line["remote"]
    assert isinstance(remote, dict)
    assert (remote["rows"], remote["verification"]) == (100, "verified")


async def test_books_of_a_job_that_has_read_nothing_do_not_balance_yet(database: Database) -> None:
    atlas = atlas_on(database)
    await atlas.connect(ledger({"name": "orders", "records": 20}))
    await atlas.scheduler.start(atlas.connection_id)

    (line,) = await lines_of(database)

    assert (line["status"], line["read"], line["balanced"]) == ("pending", 0, None)


async def test_all_connections_are_said_however_many_they_are(database: Database) -> None:
    atlas = atlas_on(database)
    await atlas.connect(ledger({"name": "orders", "records": 20}))
    await atlas.execute(
        "INSERT INTO pipeline.connections (connection_id, workspace_id, source_id, destination_id, name, status) "
        "SELECT gen_random_uuid(), workspace_id, source_id, destination_id, 'more ' || n, status "
        "FROM pipeline.connections, generate_series(1, 120) n"
    )

    assert len(await lines_of(database)) == 121
