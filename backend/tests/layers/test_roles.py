"""Who reads what in PostgreSQL, by the roles that a migration makes."""

import asyncpg
import pytest

from app.database.pool import Database
from tests.fixtures.atlas import NothingPersonal, atlas_on
from tests.sources.reading import ledger

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


async def test_no_role_of_atlas_logs_in_or_passes_row_security(database: Database) -> None:
    async with database.connection() as session:
        rows = await session.fetch(
            "SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'atlas\\_%'"
        )

    assert len(rows) == 4
    assert {tuple(row.values()) for row in rows} == {(False, False, False)}
