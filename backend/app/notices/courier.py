"""Takes notices to whoever is told, again and later where nobody takes them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from app.core.failures import (
    NotDelivered,
)
from app.database.pool import Database
from app.database.rounds import repeat
from app.notices import outbox
from app.notices.outbox import Notice
from app.notices.rules import ChannelName

log = structlog.get_logger(__name__)

_FACTOR = 3.0
_LONGEST_WAIT_S = 3_600.0


class Channel(Protocol):
    """One way to tell somebody.

    Errors: NotDelivered, with why in its detail; it may have arrived all the same.
    """

    async def send(self, notice: Notice) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Delivers at least once: a try is counted before it is made, so a process that dies in the middle
    costs a try and never loops, and the notice is taken by another when its lease is over. While
    something is sent no transaction is open and no connection is held.

    Units: `timeout_s` seconds that one delivery may take; `wait_s` after the first try, then three
           times as long each, an hour at most; after `most_tries` a notice is dead.
    """

    database: Database
    channels: Mapping[ChannelName, Channel]
    timeout_s: float
    wait_s: float
    most_tries: int
    every_s: float = 2.0
    at_once: int = 16

    async def run(self) -> None:
        """Deliver what comes, until cancelled. Errors: none; the outbox waits while the database is away."""
        await repeat("notifications", self._once, every_s=self.every_s)

    async def _once(self) -> float | None:
        return 0.0 if await self.deliver() == self.at_once else None

    async def deliver(self) -> int:
        """Try what is due, once each, side by side; how many. Errors: the database's own, once all had
        their turn."""
        async with self.database.transaction() as session:
            given_up = await outbox.give_up(session, self.most_tries)
            notices = await outbox.take(session, self.at_once, self.timeout_s * 2 + 5)
        for notification_id in given_up:
            log.warning("notification_given_up", notification_id=notification_id)
        ends = await asyncio.gather(*map(self._try, notices), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end
        return len(notices)

    async def _try(self, notice: Notice) -> None:
        (end,) = await asyncio.gather(self._send(notice), return_exceptions=True)
        if end is not None:
            await self._failed(notice, self._why(end))
            return
        async with self.database.transaction() as session:
            await outbox.delivered(session, notice)

    async def _send(self, notice: Notice) -> None:
        async with asyncio.timeout(self.timeout_s):
            await self.channels[notice.channel].send(notice)

    def _why(self, end: BaseException) -> str:
        """What made a try fail, for a person; of what nobody foresaw the kind alone: its message may quote
        what was sent."""
        if isinstance(end, NotDelivered):
            return end.detail
        if isinstance(end, TimeoutError):
            return f"It took longer than {self.timeout_s:g} s."
        return f"It could not be sent ({type(end).__name__})."

    async def _failed(self, notice: Notice, why: str) -> None:
        is_last = notice.tries >= self.most_tries
        wait_s = min(self.wait_s * _FACTOR ** min(notice.tries - 1, 20), _LONGEST_WAIT_S)
        log.warning(
            "notification_not_delivered",
            notification_id=notice.notification_id,
            channel=notice.channel.value,
            tries=notice.tries,
            is_dead=is_last,
            detail=why,
        )
        async with self.database.transaction() as session:
            await outbox.failed(session, notice, why, wait_s=wait_s, is_last=is_last)
