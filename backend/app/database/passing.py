"""Failures of the database that pass: what a later try may not meet, and what was given up for another's sake."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import asyncpg
import psycopg
from psycopg_pool import PoolTimeout

from app.core.errors import AtlasError
from app.core.failures import DatabaseFull, DatabaseUnreachable, StatementTookTooLong

_PASSING = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,  # of them those of a connection alone: see _is_a_mistake
    asyncpg.InternalClientError,  # of a connection that was cut while it lay in the pool
    asyncpg.exceptions.OperatorInterventionError,  # shut down, terminated, starting up
    asyncpg.InsufficientResourcesError,  # disk, memory, connections
    asyncpg.TransactionRollbackError,  # deadlock, serialization
    asyncpg.LockNotAvailableError,
    asyncpg.exceptions.ReadOnlySQLTransactionError,  # failed over: the next connection may not be
    psycopg.OperationalError,
    PoolTimeout,
    OSError,
)


_OF_A_CONNECTION = (
    "connection is closed",
    "released back to the pool",  # what was lost is taken back from who has it
    "pool is clos",
    "another operation is cancelling",
)
"""What asyncpg says where a connection is lost or its pool ends; it has one class for that and for its misuse."""

_CANCELLED = (asyncpg.QueryCanceledError, psycopg.errors.QueryCanceled)
_FULL = (asyncpg.DiskFullError, psycopg.errors.DiskFull)
_IN_ANOTHERS_WAY = (asyncpg.TransactionRollbackError, psycopg.errors.TransactionRollback)
_MOST_TRIES = 5
T = TypeVar("T")


async def out_of_the_way(work: Callable[[], Awaitable[T]]) -> T:
    """Do a whole transaction, again where PostgreSQL gave it up for another's sake: a deadlock, or
    an order of two that cannot be.

    Shape:  `work` opens the transaction itself, and can be done again.
    Errors: what `work` raises; the fifth time, that as well.
    """
    for tried in range(1, _MOST_TRIES):
        try:
            return await work()
        except _IN_ANOTHERS_WAY:
            await asyncio.sleep(random.uniform(0.05, 0.2) * tried)  # noqa: S311
    return await work()


def passing_failure(error: BaseException) -> AtlasError | None:
    """A failure of the database that a later attempt may not meet; none if it is not one."""
    if not isinstance(error, _PASSING) or _is_a_mistake(error):
        return None
    kind = type(error).__name__
    if isinstance(error, _CANCELLED):
        return StatementTookTooLong(
            "The database broke a statement off: it took longer than statement_timeout allows, or somebody "
            "cancelled it. Atlas sets no such limit: raise the one of its role or database, as in "
            "ALTER ROLE ... SET statement_timeout = 0."
        )
    if isinstance(error, _FULL):
        return DatabaseFull.when("for what a statement writes")
    return DatabaseUnreachable(f"The database failed in the middle ({kind}).", cause=kind)


@contextlib.contextmanager
def passing_failures() -> Iterator[None]:
    """Let what a later try may not meet be DatabaseUnreachable; the rest goes through."""
    try:
        yield
    except _PASSING as error:
        failure = passing_failure(error)
        if failure is None:
            raise
        raise failure from error


def _is_a_mistake(error: BaseException) -> bool:
    """Whether it is a mistake of Atlas, which no other try mends: a statement takes fewer parameters, or more;
    a connection is used by two at once.

    Source: asyncpg 0.32, where it raises InterfaceError; a parameter of a wrong type is another class there.
    """
    if not isinstance(error, asyncpg.InterfaceError):
        return False
    is_lost = type(error) is asyncpg.InterfaceError and any(
        words in str(error) for words in _OF_A_CONNECTION
    )
    return not is_lost
