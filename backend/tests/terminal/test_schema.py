"""`atlas schema`: what changed, what that touches, and a word on it."""

from pathlib import Path

from app.database.pool import Database
from tests.fixtures.atlas import KEYS, MASTER, atlas_on
from tests.fixtures.home import Shell
from tests.fixtures.shop import BASE, STRING, Shop, order, shown


async def test_a_rename_is_proposed_and_adopted_by_a_word(
    database: Database, dsn: str, tmp_path: Path
) -> None:
    shop = Shop(atlas_on(database, schema_check_h=0), tmp_path)
    await shop.connect("ignore", properties={**BASE, "colour": STRING})
    await shop.sync({**BASE, "colour": STRING}, [order(1, 1, colour="red")])
    await shop.sync({**BASE, "shade": STRING}, [order(1, 2, shade="red")])
    shell = Shell(
        folder=tmp_path,
        environment={
            "ATLAS_SOURCE_MODE": "mock",
            "ATLAS_DATABASE_URL": dsn,
            "ATLAS_MASK_KEY": KEYS.master.hex(),
            "ATLAS_MASTER_KEY": MASTER.master.hex(),
        },
    )

    listed = shell.atlas("schema", "changes", "shop")
    impact = shell.atlas("schema", "impact", "1")
    adopted = shell.atlas("schema", "adopt", "1", "--rename", "colour=shade")
    await shop.sync({**BASE, "shade": STRING}, [])

    assert "colour" in listed.stdout
    assert "pending" in listed.stdout
    assert "colour=shade (1 of 1 values agree)" in impact.stdout
    assert adopted.code == 0, adopted.stderr
    assert "is adopted" in adopted.stdout
    assert await shown(shop.atlas, "id", "colour") == [(1, "red")]
