"""The two drivers, behind one door: asyncpg for statements, psycopg for COPY."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import asyncpg
import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool

from app.core.failures import (
    DatabaseUnreachable,
    RoleNotGranted,
)
from app.database import scope

log = structlog.get_logger(__name__)

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
KEEPALIVES = {
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""By libpq's names: how soon a server is missed that is gone without a word."""
_AT_HAND = 4
_REACH_TIMEOUT_S = 10.0
_ACQUIRE_TIMEOUT_S = 30.0
_CLOSE_TIMEOUT_S = 10.0
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
    at_hand: "_AtHand" = field(default_factory=lambda: _AtHand())

    def parameters(self) -> Mapping[str, object]:
        """The connection's parameters by libpq's names."""
        return parameters_of(self.dsn)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection that sees the rows of this work's scope. Errors: DatabaseUnreachable if none is to be had."""
        connection = await self._taken()
        is_well = False
        try:
            await connection.see(scope.current())
            yield connection
            is_well = True
        finally:
            if not (is_well and self.at_hand.keep(connection)):
                await self.pool.release(connection)

    async def _taken(self) -> Any:
        """Errors: DatabaseUnreachable."""
        while self.at_hand.free:
            connection = self.at_hand.free.pop()
            if _is_open(connection):
                return connection
            await self.pool.release(connection)
        self.at_hand.waiting += 1
        try:
            return await self.pool.acquire(timeout=self.acquire_timeout_s)
        except _UNREACHABLE as error:
            raise _unreachable(error) from error
        finally:
            self.at_hand.waiting -= 1

    async def let_go(self) -> None:
        """Give what is at hand back to the pool, which waits for it when it closes."""
        while self.at_hand.free:
            connection = self.at_hand.free.pop()
            try:
                await self.pool.release(connection)
            except _UNREACHABLE as error:  # it was lost meanwhile, and the pool has noticed
                log.info("connection_was_lost", error=type(error).__name__)

    async def close(self) -> None:
        """Give all back and take none any more. Shape: who still has a connection loses it after a while."""
        self.at_hand.is_over = True
        await self.let_go()
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self.pool.close()
        except TimeoutError:  # it has ended them, as it was cancelled
            log.warning("connections_broken_off", after_s=_CLOSE_TIMEOUT_S)

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
        """Shape: who is cancelled in the middle leaves a scope that nobody knows, and the next one sets his."""
        if getattr(self, "scope", scope.EVERYTHING) != wanted:
            self.scope = None
            await self.execute("SELECT set_config('atlas.workspaces', $1, false)", wanted)
            self.scope = wanted


@dataclass(slots=True)
class _AtHand:
    """Connections that are not given back to the pool, for the next who wants one: taking one out of asyncpg's pool and
    giving it back costs a task and two timers, a good part of a short answer. Shape: the last that was used comes first.
    """

    free: list[Any] = field(default_factory=list)
    waiting: int = 0
    """How many wait for the pool: then it gets back what there is."""
    is_over: bool = False
    """Then the pool waits for all."""

    def keep(self, connection: Any) -> bool:
        """Whether it is kept; else it is the pool's."""
        if self.is_over or self.waiting or len(self.free) >= _AT_HAND or not _is_open(connection):
            return False
        self.free.append(connection)
        return True


def _is_open(connection: Any) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # it was lost, and the pool has taken it back
        return False


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


async def _watched_and_giving_way(connection: Any) -> None:
    await _watch(connection)
    _give_way(connection.get_server_pid())


async def _lane_giving_way(connection: LaneConnection) -> None:
    _give_way(connection.info.backend_pid)


def _give_way(backend: int) -> None:
    """Let a process of the server's be as nice as this one is."""
    niceness = os.getpriority(os.PRIO_PROCESS, 0)
    if niceness > 0:
        with contextlib.suppress(
            ProcessLookupError, PermissionError
        ):  # it is gone, or another user's
            os.setpriority(os.PRIO_PROCESS, backend, niceness)


@asynccontextmanager
async def open_database(
    dsn: str, size: int = 8, role: str | None = None, *, is_ours: bool = False
) -> AsyncIterator[Database]:
    """Open both pools; prove that the database answers.

    Shape:  all sessions work as `role`, which the login must have been granted. On a server of ours, which runs on
            this machine, they give way to others as this process does.
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
        init=_watched_and_giving_way if is_ours else _watch,
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
            **KEEPALIVES,
            "cursor_factory": psycopg.AsyncRawCursor,  # $1, as everywhere
        },
        configure=_lane_giving_way if is_ours else None,
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
    database = Database(dsn=dsn, pool=pool, lanes=lanes, role=role)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        stack.push_async_callback(lanes.close)
        await lanes.open()
        yield database


def _unreachable(error: BaseException) -> DatabaseUnreachable:
    return DatabaseUnreachable(
        f"The database did not answer ({type(error).__name__}). Check ATLAS_DATABASE_URL, "
        "or unset it to let Atlas run its own."
    )


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
