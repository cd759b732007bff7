"""Tests of app/database/pool.py: what a session is told, and what a failure of the database is."""

import asyncio
import os
import socket
from dataclasses import replace

import asyncpg
import pytest

from app.core.errors import Failure
from app.core.failures import DatabaseUnreachable, StatementTookTooLong
from app.database.pool import Database, application_name, out_of_the_way, passing_failures

NUMBERS = "CREATE TABLE chart.numbers (n integer PRIMARY KEY, at text); INSERT INTO chart.numbers VALUES (1), (2)"
TAKE = "UPDATE chart.numbers SET at = $2 WHERE n = $1"


async def test_sessions_are_called_by_the_process_they_are_of(database: Database) -> None:
    name = application_name(socket.gethostname(), os.getpid())

    async with database.connection() as session, database.lane() as lane:
        shown = await session.fetchval("SHOW application_name")
        (of_lane,) = await (await lane.execute("SHOW application_name")).fetchone() or ("",)
    async with database.own_connection() as session:
        of_own = await session.fetchval("SHOW application_name")

    assert shown == of_lane == of_own == name
    assert len(application_name("h" * 300, 7).encode()) == 63


async def test_a_client_that_is_gone_does_not_hold_its_locks_for_ever(database: Database) -> None:
    wanted = {
        "idle_in_transaction_session_timeout": "90s",
        "client_connection_check_interval": "10s",
    }
    async with database.connection() as session, database.lane() as lane:
        for setting, value in wanted.items():
            assert await session.fetchval(
                f"SELECT current_setting('{setting}')::interval = '{value}'"
            )
            found = await lane.execute(f"SELECT current_setting('{setting}')::interval = '{value}'".encode())  # fmt: skip
            assert await found.fetchone() == (True,)


async def test_a_full_pool_is_not_waited_for_for_ever(database: Database) -> None:
    impatient = replace(database, acquire_timeout_s=0.1)
    size = database.pool.get_max_size()
    held = [await database.pool.acquire() for _ in range(size)]
    try:
        with pytest.raises(DatabaseUnreachable):
            async with impatient.connection():
                pass
    finally:
        for one in held:
            await database.pool.release(one)


async def test_of_two_in_each_others_way_both_get_through(database: Database) -> None:
    async with database.connection() as session:
        await session.execute(NUMBERS)
    tries: list[str] = []
    both = asyncio.Barrier(2)

    async def write(who: str, first: int, second: int) -> None:
        tries.append(who)
        async with database.transaction() as session:
            await session.execute(TAKE, first, who)
            if tries.count(who) == 1:
                await both.wait()
            await session.execute(TAKE, second, who)

    async with asyncio.timeout(20):
        await asyncio.gather(
            out_of_the_way(lambda: write("a", 1, 2)), out_of_the_way(lambda: write("b", 2, 1))
        )

    assert len(tries) == 3, "one of them was given up once"
    async with database.connection() as session:
        assert len({row["at"] for row in await session.fetch("SELECT at FROM chart.numbers")}) == 1


async def test_who_is_always_in_the_way_is_told_the_fifth_time() -> None:
    tries = 0

    async def write() -> None:
        nonlocal tries
        tries += 1
        raise asyncpg.DeadlockDetectedError

    with pytest.raises(asyncpg.DeadlockDetectedError):
        await out_of_the_way(write)

    assert tries == 5


async def test_a_statement_that_took_too_long_says_what_to_do(database: Database) -> None:
    async def sleep() -> None:
        with passing_failures():
            async with database.transaction() as session:
                await session.execute("SET LOCAL statement_timeout = '50ms'")
                await session.execute("SELECT pg_sleep(5)")

    with pytest.raises(StatementTookTooLong) as raised:
        await sleep()

    assert raised.value.failure is Failure.TRANSIENT
    assert "statement_timeout" in raised.value.detail
