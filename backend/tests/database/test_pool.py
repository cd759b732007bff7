"""Tests of app/database/pool.py: what a session is told, and what a failure of the database is."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace

import asyncpg
import pytest

from app.core.errors import Failure
from app.core.failures import (
    DatabaseUnreachable,
    StatementTookTooLong,
)
from app.database import pool
from app.database.passing import out_of_the_way, passing_failure, passing_failures
from app.database.pool import Connection, Database, application_name, open_database
from tests.fixtures.owner import owner_of

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
    await database.let_go()
    size = database.pool.get_max_size()
    held = [await database.pool.acquire() for _ in range(size)]
    try:
        with pytest.raises(DatabaseUnreachable):
            async with impatient.connection():
                pass
    finally:
        for one in held:
            await database.pool.release(one)


PID = "SELECT pg_backend_pid()"
A_WORKSPACE = "99999999-9999-4999-9999-999999999999"


async def test_a_session_that_served_well_is_the_next_ones(database: Database) -> None:
    async with database.connection() as session:
        first = await session.fetchval(PID)
    async with database.connection() as session:
        again = await session.fetchval(PID)
        async with database.connection() as another:
            beside = await another.fetchval(PID)

    assert again == first
    assert beside != first


async def test_one_that_served_badly_goes_back_to_the_pool_which_cleans_it(
    database: Database,
) -> None:
    async def serve_badly() -> None:
        async with database.connection() as session:
            await session.execute("BEGIN")
            await session.execute("SELECT 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await serve_badly()

    assert database.at_hand.free == []
    async with database.connection() as session:
        assert await session.fetchval("SELECT 1") == 1  # it is in no transaction that has failed


class Interrupted(pool._Session):
    """Who waits for its next answer is cancelled, when the server has done what it was asked for."""

    is_next = False

    async def execute(self, query: str, *args: object, **others: object) -> str:
        done: str = await super().execute(query, *args, **others)
        if self.is_next:
            self.is_next = False
            raise asyncio.CancelledError
        return done


@pytest.mark.parametrize(("before", "cancelled"), [(A_WORKSPACE, "*"), ("*", A_WORKSPACE)])
async def test_the_scope_of_who_was_cancelled_is_not_the_next_ones(
    dsn: str, before: str, cancelled: str
) -> None:
    session = await asyncpg.connect(dsn, connection_class=Interrupted)
    try:
        await session.see(before)
        session.is_next = True
        with pytest.raises(asyncio.CancelledError):
            await session.see(cancelled)
        await session.see(before)

        assert await session.fetchval("SHOW atlas.workspaces") == before
    finally:
        await session.close()


async def test_one_that_has_ended_meanwhile_is_nobodys(database: Database) -> None:
    async with database.connection() as session:
        ended = await session.fetchval(PID)
    async with owner_of(database) as owner:
        await owner.execute("SELECT pg_terminate_backend($1, 5000)", ended)
    await asyncio.sleep(0.1)  # until its end is read

    async with database.connection() as session:
        assert await session.fetchval(PID) != ended


async def test_what_is_given_back_late_is_not_kept_from_a_pool_that_closes(dsn: str) -> None:
    async with asyncio.timeout(5):
        async with open_database(dsn, size=2) as database:
            held = database.connection()
            await held.__aenter__()
            closing = asyncio.create_task(database.close())
            await asyncio.sleep(0.2)
            waits = not closing.done()
            await held.__aexit__(None, None, None)
            await closing

    assert waits
    assert database.at_hand.free == []


async def test_a_connection_that_somebody_keeps_is_not_waited_for_for_ever(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_CLOSE_TIMEOUT_S", 0.3)
    async with open_database(dsn, size=2) as database:
        kept = await database.pool.acquire()
        async with asyncio.timeout(5):
            await database.close()

        with pytest.raises(asyncpg.InterfaceError):  # the pool has taken it back
            await kept.fetchval("SELECT 1")


async def test_who_waits_for_the_pool_gets_what_is_given_back(database: Database) -> None:
    await database.let_go()
    held = [await database.pool.acquire() for _ in range(database.pool.get_max_size() - 1)]
    try:
        async with database.connection() as last, asyncio.timeout(10):
            pid = await last.fetchval(PID)

            async def wait_for_one() -> object:
                async with database.connection() as session:
                    return await session.fetchval(PID)

            waiting = asyncio.create_task(wait_for_one())
            await asyncio.sleep(0.1)
            assert not waiting.done()
        async with asyncio.timeout(10):
            assert await waiting == pid
    finally:
        for one in held:
            await database.pool.release(one)


async def test_no_more_are_kept_at_hand_than_a_few(database: Database) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(6):
            await stack.enter_async_context(database.connection())

    assert len(database.at_hand.free) == 4


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


async def two_at_once(session: Connection) -> None:
    both = (session.fetchval("SELECT pg_sleep(0.2)"), session.fetchval("SELECT 1"))
    for end in await asyncio.gather(*both, return_exceptions=True):
        if isinstance(end, BaseException):
            raise end


MISTAKES: dict[str, Callable[[Connection], Awaitable[object]]] = {
    "too few": lambda session: session.fetchval("SELECT $1::int + $2::int", 1),
    "too many": lambda session: session.fetchval("SELECT 1", 1),
    "of another type": lambda session: session.fetchval("SELECT $1::int", "canary"),
    "too large": lambda session: session.fetchval("SELECT $1::int", 2**40),
    "two at once": two_at_once,
}

OURS = (asyncpg.InterfaceError, asyncpg.DataError)


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_of_atlas_is_not_taken_for_a_lost_connection(
    database: Database, mistake: str
) -> None:
    """It would be tried for ever; so it goes through as what it is, and the connection stays."""
    async with database.connection() as session:
        with pytest.raises(OURS) as raised, passing_failures():
            await MISTAKES[mistake](session)
    async with database.connection() as session:
        after = await session.fetchval("SELECT 1")

    assert passing_failure(raised.value) is None
    assert after == 1


async def test_a_connection_that_is_lost_is_a_passing_failure_also_for_who_goes_on_with_it(
    database: Database,
) -> None:
    """The statement that runs, the next on the same connection, the rollback, and a pool that was closed."""
    failed: list[object] = []

    async def ask(session: Connection, statement: str) -> None:
        await session.fetchval(statement)

    async def going_on() -> None:
        async with database.transaction() as session:
            for statement in ("SELECT pg_sleep(20)", "SELECT 1"):
                failed.extend(await asyncio.gather(ask(session, statement), return_exceptions=True))

    running = asyncio.create_task(going_on())
    await end_sleepers(database)
    failed += await asyncio.gather(running, return_exceptions=True)
    async with open_database(database.dsn, size=1) as closed:
        pass
    failed += await asyncio.gather(closed.pool.fetchval("SELECT 1"), return_exceptions=True)

    assert len(failed) == 4
    assert sum(type(error) is asyncpg.InterfaceError for error in failed) >= 2
    for error in failed:
        assert isinstance(error, BaseException)
        found = passing_failure(error)
        assert isinstance(found, DatabaseUnreachable), error


async def end_sleepers(database: Database) -> None:
    """End the session that sleeps, as a server that is stopped does."""
    async with owner_of(database) as session:
        ended = None
        while not ended:
            await asyncio.sleep(0.05)
            ended = await session.fetchval(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query = 'SELECT pg_sleep(20)' AND datname = current_database()"
            )
