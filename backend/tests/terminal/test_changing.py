"""`atlas clear` shows what it takes away and waits for a yes; `atlas rebuild` finds what was changed by hand; `atlas
backfill` reads a range once more."""

from pathlib import Path

import pytest

from app.database.pool import Database
from tests.fixtures.atlas import KEYS, MASTER, NothingPersonal, atlas_on
from tests.fixtures.home import Shell
from tests.sources.reading import ledger


@pytest.mark.faults  # six processes: what they do is tested by the API too
async def test_a_rebuild_finds_what_was_changed_and_a_clear_waits_for_a_yes(
    database: Database, dsn: str, tmp_path: Path
) -> None:
    atlas = atlas_on(database)
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger({"name": "orders", "records": 60, "keys": 20}, cursor_states="from"))
    await atlas.sync()
    shell = Shell(
        folder=tmp_path,
        environment={
            "ATLAS_SOURCE_MODE": "mock",
            "ATLAS_DATABASE_URL": dsn,
            "ATLAS_MASK_KEY": KEYS.master.hex(),
            "ATLAS_MASTER_KEY": MASTER.master.hex(),
        },
    )

    whole = shell.atlas("rebuild", "ledger")
    await atlas.execute("UPDATE chart.ledger_orders SET amount = 0 WHERE id = 1")
    broken = shell.atlas("rebuild", "ledger", "--swap")
    kept = shell.atlas("generations", "ledger")
    no_stream = shell.atlas("generations", "ledger", "--bring-back", "0")
    for renamed in ("sources", "attempt_connectors"):  # the mock goes by this name there
        await atlas.execute(f"UPDATE pipeline.{renamed} SET connector = 'source-faker'")
    rows_of = ("--stream", "orders", "--from", "2024-01-01T00:00:30Z", "--to")
    filled = shell.atlas("backfill", "ledger", *rows_of, "2024-01-01T00:00:40Z", "--yes")
    again = shell.atlas("check-cols", "ledger", "orders", "amount")
    empty = shell.atlas("backfill", "ledger", *rows_of, "2024-01-01", "--yes")
    unsure = shell.atlas("clear", "ledger")
    rows = await atlas.values("SELECT count(*) FROM chart.ledger_orders")
    nowhere = shell.atlas("clear", "ledger", "--stream", "visits", "--yes")
    cleared = shell.atlas("clear", "ledger", "--stream", "orders", "--remove-history", "--yes")

    assert (whole.code, broken.code) == (0, 1)
    assert "20 equal" in whole.stdout
    assert "19 equal, 1 different" in broken.stdout
    assert "swapped" in broken.stdout
    assert kept.code == 0
    assert "shown" in kept.stdout
    assert no_stream.code == 1
    assert "--stream" in no_stream.stderr
    assert filled.code == 0, filled.stderr
    assert "begin after 2024-01-01T00:00:29Z" in filled.flat
    assert "Chart has 0 rows" in filled.flat
    assert again.code == empty.code == 1
    assert "Clear it first" in again.flat
    assert "less than `to`" in empty.stderr
    assert unsure.code == 1
    assert rows == [20]
    for shown in (unsure, cleared):
        assert "orders" in shown.stderr
        assert "emptied" in shown.stderr
    assert "ended" in unsure.stderr
    assert nowhere.code == 1
    assert "visits" in nowhere.stderr
    assert cleared.code == 0, cleared.stderr
    assert "(clear): succeeded" in cleared.flat
    assert "books" not in cleared.stderr  # it has none
    assert await atlas.values("SELECT count(*) FROM chart.ledger_orders") == [0]
    assert await atlas.values("SELECT count(*) FROM navigate.ledger_orders") == [0]
