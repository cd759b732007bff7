"""The two drivers, behind one door: asyncpg for statements, psycopg for COPY."""

import asyncio
import contextlib
import os
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import asyncpg
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from app.core.errors import AtlasError
from app.core.failures import (
    DatabaseUnreachable,
    RoleNotGranted,
    StatementTookTooLong,
)
from app.database import scope

Row = Mapping[str, Any]  # what a column holds is known to the statement alone


class Connection(Protocol):
    """A connection for statements, as asyncpg gives it; who holds it owns the transaction."""

    async def execute(self, query: str, *args: object) -> str: ...
    async def executemany(self, query: str, args: Sequence[Sequence[object]]) -> None: ...
    async def fetch(self, query: str, *args: object) -> Sequence[Row]: ...
    async def fetchrow(self, query: str, *args: object) -> Row | None: ...
    async def fetchval(self, query: str, *args: object) -> Any: ...
    async def add_listener(self, channel: str, callback: Callable[..., object]) -> None: ...
    def transaction(self) -> AbstractAsyncContextManager[object]: ...


LaneConnection = psycopg.AsyncConnection[tuple[object, ...]]
"""A connection for COPY: psycopg raises when its backend dies in the middle, asyncpg hangs."""

SERVICE_ROLE = "atlas_app"
"""What Atlas works as, whoever it logs in as: no superuser, and row-level security counts for it."""

_SESSION = {
    "atlas.workspaces": scope.EVERYTHING,  # what no caller asked for is done for all of them
    "timezone": "UTC",
    "jit": "off",  # it spends seconds on a wide projection and gains nothing
    "max_parallel_workers_per_gather": "0",  # the other cores read, land and detect meanwhile
    "lock_timeout": "30s",
    # What a client that is stopped, or cut off without a word, holds is free again after a while.
    "idle_in_transaction_session_timeout": "90s",  # a landing may wait so long for the one before
    "client_connection_check_interval": "10s",
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30s",
}
_LANE = _SESSION | {
    # A landing does not wait for the disk: what a crash of the server may take back is the newest
    # landings whole, state included, and the next commit of a promotion or job makes all of them
    # durable (decision 0014).
    "synchronous_commit": "off",
}
_KEEPALIVES = {
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_REACH_TIMEOUT_S = 10.0
_ACQUIRE_TIMEOUT_S = 30.0
_UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class _Rehearsed(Exception):
    """Rolls a rehearsal back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """What a process needs of PostgreSQL: a pool for statements, a pool of lanes for COPY.

    Units: `acquire_timeout_s` for a connection of the first to become free.
    """

    dsn: str
    pool: asyncpg.Pool
    lanes: AsyncConnectionPool[LaneConnection]
    role: str | None = None
    acquire_timeout_s: float = _ACQUIRE_TIMEOUT_S

    def parameters(self) -> Mapping[str, object]:
        """The connection's parameters by libpq's names."""
        return parameters_of(self.dsn)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection that sees the rows of this work's scope. Errors: DatabaseUnreachable if none is to be had."""
        try:
            connection = await self.pool.acquire(timeout=self.acquire_timeout_s)
        except _UNREACHABLE as error:
            raise _unreachable(error) from error
        try:
            await connection.see(scope.current())
            yield connection
        finally:
            await self.pool.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Errors: DatabaseUnreachable if no connection is to be had."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def rehearsal(self) -> AsyncIterator[Connection]:
        """A transaction that is rolled back in every case. Errors: as of a connection."""
        async with self.connection() as connection:
            with contextlib.suppress(_Rehearsed):
                async with connection.transaction():
                    yield connection
                    raise _Rehearsed

    @asynccontextmanager
    async def lane(self) -> AsyncIterator[LaneConnection]:
        """A connection for COPY, in autocommit until a transaction is opened on it."""
        async with self.lanes.connection() as connection:
            yield connection

    @asynccontextmanager
    async def own_connection(self) -> AsyncIterator[Connection]:
        """A connection outside the pool, for what must live as long as the process: a session lock."""
        settings = _SESSION | _name() | _as(self.role)
        connection = await asyncpg.connect(self.dsn, server_settings=settings)
        await _watch(connection)
        try:
            yield connection
        finally:
            await connection.close(timeout=5)


def parameters_of(dsn: str) -> Mapping[str, object]:
    """What a DSN says, by libpq's names."""
    return conninfo_to_dict(dsn)


def application_name(host: str, process_id: int) -> str:
    """What the sessions of a process are called in PostgreSQL, which keeps 63 bytes of it."""
    return f"atlas {process_id}@{host}".encode("ascii", "replace")[:63].decode()


class _Session(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection of the pool. It keeps its scope, and nothing else of who had it before: what Atlas sets, it
    sets for a transaction, so that giving a connection back costs no round trip."""

    __slots__ = ("scope",)

    def get_reset_query(self) -> str:
        return ""

    async def see(self, wanted: str) -> None:
        if getattr(self, "scope", scope.EVERYTHING) != wanted:
            await self.execute("SELECT set_config('atlas.workspaces', $1, false)", wanted)
            self.scope = wanted


def _as(role: str | None) -> dict[str, str]:
    return {} if role is None else {"role": role}


def _name() -> dict[str, str]:
    return {"application_name": application_name(socket.gethostname(), os.getpid())}


async def _watch(connection: Any) -> None:
    """Let the system notice a server that is gone without a word; asyncpg itself asks for nothing."""
    ours = connection._transport.get_extra_info("socket")
    if ours.family == socket.AF_UNIX or not hasattr(socket, "TCP_USER_TIMEOUT"):
        return
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15)
    ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
    ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
    ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000)


@asynccontextmanager
async def open_database(
    dsn: str, size: int = 8, role: str | None = None
) -> AsyncIterator[Database]:
    """Open both pools; prove that the database answers.

    Shape:  all sessions work as `role`, which the login must have been granted.
    Errors: DatabaseUnreachable, RoleNotGranted.
    """
    pool = asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        server_settings=_SESSION | _name() | _as(role),
        connection_class=_Session,
        statement_cache_size=100,
        command_timeout=None,
        init=_watch,
    )
    options = " ".join(f"-c {name}={value}" for name, value in (_LANE | _as(role)).items())
    lanes: AsyncConnectionPool[LaneConnection] = AsyncConnectionPool(
        dsn,
        min_size=0,
        max_size=size,
        open=False,
        kwargs={
            "autocommit": True,
            "options": options,
            **_name(),
            **_KEEPALIVES,
            "cursor_factory": psycopg.AsyncRawCursor,  # $1, as everywhere
        },
        reconnect_timeout=_REACH_TIMEOUT_S,
    )
    try:
        async with asyncio.timeout(_REACH_TIMEOUT_S):
            await pool
    except (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError) as error:
        raise RoleNotGranted(
            f"The login of ATLAS_DATABASE_URL may not work as {role}. Let who made that role grant it: "
            f"GRANT {role} TO the login."
        ) from error
    except _UNREACHABLE as error:
        raise _unreachable(error) from error
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(pool.close)
        stack.push_async_callback(lanes.close)
        await lanes.open()
        yield Database(dsn=dsn, pool=pool, lanes=lanes, role=role)


def _unreachable(error: BaseException) -> DatabaseUnreachable:
    return DatabaseUnreachable(
        f"The database did not answer ({type(error).__name__}). Check ATLAS_DATABASE_URL, "
        "or unset it to let Atlas run its own."
    )


_PASSING = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,  # of them those of a connection alone: see _is_ours
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
    if not isinstance(error, _PASSING) or _is_ours(error):
        return None
    kind = type(error).__name__
    if isinstance(error, _CANCELLED):
        return StatementTookTooLong(
            "The database broke a statement off: it took longer than statement_timeout allows, or somebody "
            "cancelled it. Atlas sets no such limit: raise the one of its role or database, as in "
            "ALTER ROLE ... SET statement_timeout = 0."
        )
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


def _is_ours(error: BaseException) -> bool:
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


class ValueDoesNotFit(Exception):
    """A cast in a statement failed on a value; the statement did nothing."""


class RowIsThere(Exception):
    """A row has a key that is unique and taken; the statement did nothing."""


async def run(connection: Connection, statement: str, *values: object) -> int:
    """Run a generated statement under a savepoint; the rows it touched.

    Errors: ValueDoesNotFit if a value cannot be cast; RowIsThere; others as the driver raises them.
    """
    try:
        async with connection.transaction():
            status = await connection.execute(statement, *values)
    except asyncpg.DataError:
        raise ValueDoesNotFit from None  # its message quotes the value
    except asyncpg.UniqueViolationError:
        raise RowIsThere from None
    return int(status.rpartition(" ")[2])
