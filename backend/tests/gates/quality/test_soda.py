"""Tests of app/gates/quality/soda.py: what a scan says when it cannot be made, and beside another."""

import asyncio

import pytest

from app.core.failures import (
    DatabaseUnreachable,
    GateUnavailable,
)
from app.database.identifiers import Table
from app.database.pool import Database
from app.gates.quality.soda import Check, Outcome, SodaScanner
from app.parts import soda_connection

ROWS = Check(name="rows", rule="row_count", thresholds={"fail": "when < 1"})
THERE, NOWHERE = Table("chart", "there"), Table("chart", "nowhere")


async def test_a_lost_connection_is_no_verdict(database: Database) -> None:
    """A verdict would end the job; another attempt may have a connection."""
    nobody_listens = {**soda_connection(database), "host": "127.0.0.1", "port": 1}

    with pytest.raises(DatabaseUnreachable):
        await SodaScanner(connection=nobody_listens).scan(THERE, [ROWS])


async def test_of_scans_at_the_same_time_each_has_its_own_errors(database: Database) -> None:
    async with database.connection() as session:
        await session.execute("CREATE TABLE chart.there AS SELECT 1 AS n")
    scanner = SodaScanner(connection=soda_connection(database))

    found = await asyncio.gather(
        *(scanner.scan(table, [ROWS]) for table in (THERE, NOWHERE) * 6), return_exceptions=True
    )

    for good, bad in zip(found[::2], found[1::2], strict=True):
        assert not isinstance(good, BaseException), good
        assert [result.outcome for result in good] == [Outcome.PASS]
        assert isinstance(bad, GateUnavailable)
