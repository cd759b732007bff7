"""What committed transactions announce, over one connection of this process, to all who listen here."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import structlog

from app.database.pool import Connection, Database
from app.database.relay import Relay
from app.database.rounds import repeat

log = structlog.get_logger(__name__)

_LOOK_S = 10.0
"""How often it is looked whether the connection is alive."""


@dataclass(slots=True, eq=False)
class Ear:
    """Waits until something about its subject was announced since it last waited."""

    event: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, at_most_s: float) -> bool:
        """True if something was announced; false if nothing was for so long."""
        try:
            async with asyncio.timeout(at_most_s):
                await self.event.wait()
        except TimeoutError:
            return False
        self.event.clear()
        return True


@dataclass(slots=True, kw_only=True)
class Announcements:
    """LISTEN on one channel, for as long as somebody here listens.

    It promises nothing: what is announced while the connection is away is not heard. So whoever
    listens looks in a table, now and then without having heard anything.

    Shape: `subject_of` gives what an announcement is about; its errors (ValueError, KeyError) are
           logged, and everybody is woken. `relay` is a second way to hear the same.
    """

    database: Database
    channel: str
    subject_of: Callable[[str], str]
    relay: Relay | None = None
    ears: dict[str, set[Ear]] = field(default_factory=lambda: defaultdict(set))
    listening: "list[asyncio.Task[None]]" = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def heard(self, subject: str) -> AsyncIterator[Ear]:
        """Listen for one subject meanwhile."""
        ear = Ear()
        self.ears[subject].add(ear)
        if not self.listening:
            self._begin()
        try:
            yield ear
        finally:
            self.ears[subject].discard(ear)
            if not self.ears[subject]:
                del self.ears[subject]
            if not self.ears:
                await self.close()

    async def close(self) -> None:
        """Give the connection back; who still listens hears nothing more."""
        listening, self.listening = self.listening, []
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)

    def tell(self, payload: str) -> None:
        """Wake who listens for what an announcement is about."""
        try:
            subject = self.subject_of(payload)
        except (ValueError, KeyError, TypeError):
            log.warning("announcement_not_understood", channel=self.channel)
            self._tell_all()
            return
        for ear in self.ears.get(subject, ()):
            ear.event.set()

    def _begin(self) -> None:
        ways: dict[str, Callable[[], Awaitable[None]]] = {self.channel: self._listen}
        if self.relay is not None:
            ways["redis"] = partial(self.relay.hear, self.tell)
        self.listening = [
            asyncio.create_task(repeat(name, listen, every_s=1.0)) for name, listen in ways.items()
        ]

    async def _listen(self) -> None:
        async with self.database.own_connection() as session:
            await session.add_listener(self.channel, self._on_notify)
            self._tell_all()  # what was announced before is not heard
            while True:
                await asyncio.sleep(_LOOK_S)
                async with asyncio.timeout(_LOOK_S):
                    await session.fetchval("SELECT 1")

    def _on_notify(self, session: Connection, process: int, channel: str, payload: str) -> None:
        self.tell(payload)

    def _tell_all(self) -> None:
        for ears in self.ears.values():
            for ear in ears:
                ear.event.set()
