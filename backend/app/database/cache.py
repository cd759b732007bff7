"""Redis, where it is set: for what can be made again, never for what is true."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import RedisError

from app.core.failures import (
    RedisUnreachable,
)

_TIMEOUT_S = 2.0


async def reach(url: str) -> str:
    """The server's version. Errors: RedisUnreachable."""
    client = Redis.from_url(url, socket_connect_timeout=_TIMEOUT_S, socket_timeout=_TIMEOUT_S)
    try:
        info = await client.info("server")
        return f"Redis {info['redis_version']}"
    except (RedisError, OSError) as error:
        raise RedisUnreachable("Redis does not answer at ATLAS_REDIS_URL.") from error
    finally:
        await client.aclose()


@asynccontextmanager
async def connections(url: str, timeout_s: float) -> AsyncIterator[ConnectionPool]:
    """Connections for somebody else's client; made when they are needed, closed at the end."""
    pool = ConnectionPool.from_url(url, socket_connect_timeout=timeout_s, socket_timeout=timeout_s)
    try:
        yield pool
    finally:
        await pool.disconnect()
