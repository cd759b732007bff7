"""`atlas tables`: what goes is shown, waits for a yes, and is told afterwards."""

from pathlib import Path

from app.core.catalog import SyncMode
from app.database.pool import Database
from tests.fixtures.atlas import KEYS, MASTER, NoChecks, NothingPersonal, atlas_on
from tests.fixtures.home import Done, Shell
from tests.sources.reading import ledger


def said(done: Done) -> str:
    """What stands on stdout, with line breaks undone."""
    return " ".join(done.stdout.split())


async def test_explore_is_cut_and_tables_are_dropped_once_somebody_says_yes(
    database: Database, dsn: str, tmp_path: Path
) -> None:
    atlas = atlas_on(database)
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    await atlas.connect(ledger({"name": "orders", "records": 20}), SyncMode.FULL_REFRESH_OVERWRITE)
    for _ in range(2):
        await atlas.sync()
    environment = {
        "ATLAS_SOURCE_MODE": "mock",
        "ATLAS_DATABASE_URL": dsn,
        "ATLAS_MASK_KEY": KEYS.master.hex(),
        "ATLAS_MASTER_KEY": MASTER.master.hex(),
    }
    shell = Shell(folder=tmp_path, environment=environment)
    explored = "SELECT count(*) FROM explore.ledger_orders_raw"

    unsure = shell.atlas("tables", "retain", "ledger", "--max-generations", "1")
    before = await atlas.values(explored)
    kept = shell.atlas("tables", "retain", "ledger", "--max-generations", "1", "--now", "--yes")
    after = await atlas.values(explored)
    told = shell.atlas("tables", "retained", "ledger")
    dropped = shell.atlas("tables", "drop", "ledger", "--delete", "--yes")

    assert (unsure.code, before) == (1, [40])
    assert (kept.code, after) == (0, [20]), kept.stderr
    assert "20 records were taken out" in said(kept)
    assert "max_generations 1" in said(told)
    assert "person" in said(told)
    assert dropped.code == 0, dropped.stderr
    assert "chart.ledger_orders" in said(dropped)
    assert await atlas.values("SELECT to_regclass('chart.ledger_orders') IS NULL") == [True]
