"""The embedded PostgreSQL: one server for all processes of a home, stopped by the last that leaves."""

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.core.errors import AtlasError
from app.core.failures import (
    EmbeddedServerFailed,
    HomeLocked,
)
from app.database.cluster import POLL_S, Cluster, ServerState

LOCK_LIMIT_S = 30.0

log = structlog.get_logger()


@asynccontextmanager
async def embedded_server(home: Path, lock_limit_s: float = LOCK_LIMIT_S) -> AsyncIterator[str]:
    """Have PostgreSQL running under `home`/pg while the block lasts, and give its DSN.

    A server that already runs there is shared, one that a killed process left is taken over.
    Shape:  for asyncpg and psycopg as it is; its `host` is the socket's folder, for Soda.
    Errors: HomeLocked; EmbeddedServerFailed, with what to do.
    """
    arriving = asyncio.ensure_future(asyncio.to_thread(arrive, home, lock_limit_s))
    try:
        stay = await asyncio.shield(arriving)
    except asyncio.CancelledError:
        # The thread goes on: who is called away while arriving still has to leave.
        with suppress(AtlasError):
            await asyncio.to_thread((await arriving).leave)
        raise
    try:
        yield stay.cluster.dsn
    finally:
        await asyncio.to_thread(stay.leave)


@dataclass(frozen=True, slots=True)
class Stay:
    """One use of the server: a shared lock, which the kernel drops if the process is killed."""

    cluster: Cluster
    users: int
    lock_limit_s: float

    def leave(self) -> None:
        """Let go of the server, and stop it if nobody else uses it."""
        try:
            with explained(self.cluster.home), start_lock(self.cluster.home, self.lock_limit_s):
                fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self.cluster.stop():
                    log.info("embedded_server_stopped", home=str(self.cluster.home))
        except (BlockingIOError, HomeLocked):
            pass  # somebody uses it, or is about to: the last one stops it
        finally:
            os.close(self.users)


def arrive(home: Path, lock_limit_s: float = LOCK_LIMIT_S) -> Stay:
    """Begin to use the server of `home`, started first if nobody did.

    Errors: HomeLocked, EmbeddedServerFailed.
    """
    with explained(home):
        home = home.resolve()
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with start_lock(home, lock_limit_s):
            cluster = Cluster(home)
            began = time.monotonic()
            event = "embedded_server_started" if cluster.start() else "embedded_server_joined"
            log.info(event, home=str(home), took_s=round(time.monotonic() - began, 3))
            users = open_lock(home / "users.lock")
            fcntl.flock(users, fcntl.LOCK_SH)
            return Stay(cluster, users, lock_limit_s)


def stop(home: Path, lock_limit_s: float = LOCK_LIMIT_S) -> bool:
    """Stop the server of `home`, whoever uses it; False if none ran.

    Errors: HomeLocked, EmbeddedServerFailed.
    """
    with explained(home):
        cluster = Cluster(home.resolve())
        if cluster.state() is ServerState.ABSENT:
            return False
        with start_lock(cluster.home, lock_limit_s):
            return cluster.stop()


@dataclass(frozen=True, slots=True)
class ServerStatus:
    state: ServerState
    dsn: str
    data: Path
    log: Path


def status(home: Path) -> ServerStatus:
    """What the server of `home` answers right now; nothing is started, made or locked."""
    with explained(home):
        cluster = Cluster(home.resolve())
        return ServerStatus(cluster.state(), cluster.dsn, cluster.data, cluster.log)


@contextmanager
def start_lock(home: Path, limit_s: float) -> Iterator[None]:
    """Be the only process that starts or stops the server of `home`.

    Errors: HomeLocked if another one has been at it for `limit_s`.
    """
    lock = open_lock(home / "start.lock")
    deadline = time.monotonic() + limit_s
    try:
        while not locked(lock):
            if time.monotonic() > deadline:
                raise HomeLocked(
                    f"Another Atlas has been starting or stopping the server in {home} for more than"
                    f" {limit_s:g} s: wait for it, or end it.",
                    home=str(home),
                )
            time.sleep(POLL_S)
        yield
    finally:
        os.close(lock)


def open_lock(path: Path) -> int:
    """Open a lock file for writing, which locks over NFS want; no child process inherits it."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def locked(lock: int) -> bool:
    """Take the lock if it is free, at once."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def explained(home: Path) -> Iterator[None]:
    """Turn what the file system refuses into EmbeddedServerFailed, with what to do."""
    try:
        yield
    except BlockingIOError:
        raise
    except OSError as refused:
        raise EmbeddedServerFailed(
            f"{refused.filename or home}: {refused.strerror}. Atlas needs a folder that it may write"
            " to: set ATLAS_HOME to one, or set ATLAS_DATABASE_URL.",
            home=str(home),
        ) from refused
