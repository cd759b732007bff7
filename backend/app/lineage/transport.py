"""Takes events from the outbox to whoever is told of them."""

import asyncio
import fcntl
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from app.core.cancelling import unless_cancelled
from app.database.pool import Database
from app.lineage import outbox

log = structlog.get_logger(__name__)


class Transport(Protocol):
    """Tells somebody of events.

    Shape:  each is one line of JSON in UTF-8, without its line end; at least one.
    Errors: OSError (a TimeoutError is one) if not all of them arrived; they are sent again.
    """

    async def send(self, events: Sequence[bytes]) -> None: ...


@dataclass(frozen=True, slots=True)
class FileTransport:
    """Appends events to a file, one a line (NDJSON), for its owner to read.

    Shape: processes take turns, so lines never mix. A line that a full disk cut short stays, and
           the next event begins a line of its own.
    """

    path: Path

    async def send(self, events: Sequence[bytes]) -> None:
        await asyncio.to_thread(self._append, b"".join(event + b"\n" for event in events))

    def _append(self, lines: bytes) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "rb+", buffering=0) as file:
            fcntl.flock(handle, fcntl.LOCK_EX)  # let go when the file is closed
            size = file.seek(0, os.SEEK_END)
            if size and os.pread(handle, 1, size - 1) != b"\n":
                lines = b"\n" + lines
            left = memoryview(lines)
            while left:
                left = left[os.write(handle, left) :]


@dataclass(slots=True, kw_only=True)
class Dispatcher:
    """Delivers the outbox's events, the oldest first, again and later if the transport fails.

    An event is sent, then marked, in one transaction that holds its row: of several dispatchers one
    sends it. If a process dies between the two it is sent again: at least once, never lost. Several
    dispatchers may overtake each other; `eventTime` has the order.

    Units: seconds; `every_s` between two looks; the pause after the nth failure in a row is `pause_s` * 2**(n-1), at most
           `longest_pause_s`.
    """

    transport: Transport
    batch_events: int = 100
    every_s: float = 1.0
    timeout_s: float = 30.0
    pause_s: float = 1.0
    longest_pause_s: float = 300.0
    clock: Callable[[], float] = time.monotonic
    failures: int = 0
    paused_until: float = 0.0

    async def run(self, database: Database) -> None:
        """Deliver what comes, until cancelled. Errors: none; the outbox waits while the database is away."""
        while True:
            try:
                await self.drain(database)
            except Exception as error:  # noqa: BLE001 - the witness's edge: the outbox can wait
                unless_cancelled()
                self._pause(error)
            await asyncio.sleep(self.every_s)

    async def drain(self, database: Database) -> int:
        """Deliver what waits; how many events. None, and at once, in the pause after a failure.

        Errors: the database's own alone; what was not marked is sent again.
        """
        if self.failures and self.clock() < self.paused_until:
            return 0
        delivered = 0
        while True:
            try:
                sent = await self._deliver(database)
            except OSError as error:
                self._pause(error)
                return delivered
            self.failures = 0
            delivered += sent
            if sent < self.batch_events:
                return delivered

    async def _deliver(self, database: Database) -> int:
        async with database.transaction() as connection:
            waiting = await outbox.undelivered(connection, self.batch_events)
            if waiting:
                async with asyncio.timeout(self.timeout_s):
                    await self.transport.send([one.event for one in waiting])
                await outbox.mark_delivered(connection, [one.event_id for one in waiting])
        return len(waiting)

    def _pause(self, error: Exception) -> None:
        pause_s = min(self.longest_pause_s, self.pause_s * 2 ** min(self.failures, 30))
        self.failures += 1
        self.paused_until = self.clock() + pause_s
        log.warning(
            "lineage_not_delivered",
            error=type(error).__name__,
            failures=self.failures,
            pause_s=pause_s,
        )
