"""Announcements over Redis, where it is set: for processes whose way to PostgreSQL passes no NOTIFY on."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.failures import (
    RedisUnreachable,
)
from app.database.pool import Connection, Database

if TYPE_CHECKING:
    from redis.asyncio import Redis

_TIMEOUT_S = 2.0
_LOOK_S = 10.0
_MOST_WAITING = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Says on Redis what PostgreSQL announces, and hears what others said there.

    Several processes may say the same: an announcement only makes its hearer look. Nothing waits
    for Redis: while it is away, what was to be said there is forgotten.
    """

    url: str
    channel: str

    async def forward(self, database: Database) -> None:
        """Pass on what commits announce, until cancelled. Errors: RedisUnreachable, the database's own."""
        from redis.exceptions import RedisError

        heard: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)

        def on_notify(session: Connection, process: int, channel: str, payload: str) -> None:
            with contextlib.suppress(asyncio.QueueFull):
                heard.put_nowait(payload)

        try:
            async with database.own_connection() as session, self._client() as client:
                await session.add_listener(self.channel, on_notify)
                while True:
                    try:
                        async with asyncio.timeout(_LOOK_S):
                            payload = await heard.get()
                    except TimeoutError:
                        await session.fetchval("SELECT 1")
                        continue
                    await client.publish(self.channel, payload)
        except RedisError as error:
            raise RedisUnreachable("Redis does not answer at ATLAS_REDIS_URL.") from error

    async def hear(self, tell: Callable[[str], None]) -> None:
        """Tell what is said on Redis, until cancelled. Errors: RedisUnreachable."""
        from redis.exceptions import RedisError

        try:
            async with self._client() as client, client.pubsub() as said:
                await said.subscribe(self.channel)
                while True:
                    message = await said.get_message(
                        ignore_subscribe_messages=True, timeout=_LOOK_S
                    )
                    if message is not None:
                        tell(message["data"].decode())
        except RedisError as error:
            raise RedisUnreachable("Redis does not answer at ATLAS_REDIS_URL.") from error

    def _client(self) -> "Redis":
        from redis.asyncio import Redis

        return Redis.from_url(self.url, socket_connect_timeout=_TIMEOUT_S)
