"""Redis, where it is set: for what can be made again, never for what is true."""

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.failures import RedisUnreachable

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
