"""Who reads what in PostgreSQL, by the roles that a migration makes."""

from pathlib import Path

import asyncpg
import pytest

from app.core.findings import Action
from app.database.pool import Database
from app.sync import personal_data
from app.sync.personal_data import Word
from tests.fixtures.atlas import Atlas, NothingPersonal, atlas_on
from tests.fixtures.scripted import offered, saying
from tests.fixtures.scripted import whole as whole_stream
from tests.layers.test_masking import masks
from tests.sources.reading import ledger
from tests.sync.test_promotion import Decided

READABLE = ("chart.ledger_orders", "navigate.ledger_orders", "navigate.ledger_orders__current")
RAW = ("explore.ledger_orders_raw", "quarantine.explore_records", "quarantine.chart_records")
NOBODYS = ("navigate.ledger_orders__keys", "pipeline.sources", "pii.column_decisions")


async def may_read(database: Database, role: str, table: str) -> bool:
    async with database.connection() as session, session.transaction():
        await session.execute(f"SET LOCAL ROLE {role}")
        try:
            await session.fetchval(f"SELECT count(*) FROM {table}")
        except asyncpg.InsufficientPrivilegeError:
            return False
    return True


@pytest.mark.parametrize(
    ("role", "readable", "closed"),
    [
        ("atlas_reader", READABLE, (*RAW, *NOBODYS)),
        ("atlas_raw_reader", (*READABLE, *RAW), NOBODYS),
    ],
)
async def test_a_role_reads_its_layers_and_no_others(
    database: Database, role: str, readable: tuple[str, ...], closed: tuple[str, ...]
) -> None:
    atlas = atlas_on(database)
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger({"name": "orders", "records": 10}))
    await atlas.sync()

    assert [table for table in readable if not await may_read(database, role, table)] == []
    assert [table for table in closed if await may_read(database, role, table)] == []


@pytest.mark.parametrize("when", ["at once", "late", "lifted"])
async def test_a_masked_cursor_is_not_read_beside_its_token(
    atlas: Atlas, tmp_path: Path, when: str
) -> None:
    """Chart has the order of versions in clear; what may be seen of its rows is in navigate."""
    whole = {"type": "integer"}
    stream = offered("orders", {"id": whole, "phone": whole}, cursor=("phone",))
    atlas.pii = NothingPersonal()
    connection = await atlas.connect({}, streams=[stream])
    atlas.command = saying(tmp_path, whole_stream("orders", [b'{"id":1,"phone":4711}']))
    known = [masks(("phone",))]
    words = {"at once": [], "late": [Action.MASK], "lifted": [Action.MASK, Action.PASS]}[when]
    if when == "at once":
        atlas.pii = Decided(known)
    await atlas.sync()
    for action in words:
        word = Word(path=("phone",), action=action, entity=None)
        async with atlas.database.transaction() as session:
            await personal_data.decide(
                session,
                atlas.keys,
                connection.connection_id,
                connection.streams[0],
                word,
                "me",
                "is",
            )
    await atlas.sync()

    is_read = await may_read(atlas.database, "atlas_reader", "chart.ledger_orders")
    assert is_read is (when == "lifted")
    assert await may_read(atlas.database, "atlas_reader", "navigate.ledger_orders__current")
    assert await may_read(atlas.database, "atlas_raw_reader", "chart.ledger_orders")


async def test_no_role_of_atlas_logs_in_or_passes_row_security(database: Database) -> None:
    async with database.connection() as session:
        rows = await session.fetch(
            "SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'atlas\\_%'"
        )

    assert len(rows) == 4
    assert {tuple(row.values()) for row in rows} == {(False, False, False)}
