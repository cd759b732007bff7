"""The witness tells what was committed, and never stops a sync."""

import json
from contextlib import suppress
from dataclasses import replace

import asyncpg
import pytest

from app.core.errors import Fenced
from app.core.failures import (
    ConnectorSilent,
)
from app.core.layout import Column
from app.core.schema import ColumnType
from app.database.pool import Database
from app.lineage import outbox
from app.sync.ports import Lineage
from tests.conftest import SERVERS
from tests.lineage.samples import ATTEMPT, BOOKS, MASKED, ROUTE, RUN, USERS, writer

UNSTORABLE = replace(USERS, columns=(Column(path=("a\0b",), name="ab", type=ColumnType.TEXT),))
"""jsonb takes no NUL, so the outbox refuses an event of this stream."""


async def kept(database: Database) -> list[tuple[str, str]]:
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT event_type, job_name FROM lineage.outbox WHERE run_id = $1 ORDER BY event_id",
            RUN,
        )
    return [(row["event_type"], row["job_name"]) for row in rows]


@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_a_run_leaves_its_start_and_its_end_in_the_outbox(database: Database) -> None:
    lineage: Lineage = writer()

    async with database.transaction() as connection:
        await lineage.started(connection, ATTEMPT, ROUTE, USERS)
    async with database.transaction() as connection:
        await lineage.published(connection, ATTEMPT, ROUTE, USERS, MASKED, BOOKS)
        await lineage.completed(connection, ATTEMPT, ROUTE, USERS, MASKED, BOOKS)
        await lineage.failed(connection, ATTEMPT, ROUTE, USERS, ConnectorSilent("Nothing came."))

    assert await kept(database) == [
        ("START", "daily.users"),
        ("RUNNING", "daily.users"),
        ("COMPLETE", "daily.users"),
        ("FAIL", "daily.users"),
    ]
    async with database.transaction() as connection:
        waiting = await outbox.undelivered(connection, 10)
    told = [json.loads(one.event)["eventType"] for one in waiting]
    assert told == ["START", "RUNNING", "COMPLETE", "FAIL"]


async def test_a_cancelled_run_is_aborted_and_not_failed(database: Database) -> None:
    async with database.transaction() as connection:
        await writer().failed(connection, ATTEMPT, ROUTE, USERS, Fenced("The job was cancelled."))

    assert await kept(database) == [("ABORT", "daily.users")]


async def test_what_is_rolled_back_is_not_told(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("BEGIN")
        await writer().started(connection, ATTEMPT, ROUTE, USERS)
        await connection.execute("ROLLBACK")

    assert await kept(database) == []


async def test_a_lost_event_is_counted_and_the_transaction_stands(database: Database) -> None:
    lineage = writer()

    async with database.transaction() as connection:
        await connection.execute("CREATE TABLE chart.before ()")
        await lineage.started(connection, ATTEMPT, ROUTE, UNSTORABLE)
        await lineage.started(connection, ATTEMPT, ROUTE, USERS)

    assert lineage.lost == {"UntranslatableCharacterError": 1}
    assert await kept(database) == [("START", "daily.users")]
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT to_regclass('chart.before') IS NOT NULL")


async def test_a_transaction_that_is_lost_already_is_no_reason_to_raise(database: Database) -> None:
    lineage = writer()

    async with database.transaction() as connection:
        with suppress(asyncpg.DivisionByZeroError):
            await connection.execute("SELECT 1 / 0")
        await lineage.failed(connection, ATTEMPT, ROUTE, USERS, ConnectorSilent("Nothing came."))

    assert lineage.lost == {"InFailedSQLTransactionError": 1}
