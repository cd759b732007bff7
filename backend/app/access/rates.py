"""How often a caller may ask: counted over a sliding window, in Redis where it is set, else in the process."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import TYPE_CHECKING

import structlog

from app.core.access import Caller
from app.core.settings import Settings

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.aio.strategies import RateLimiter

log = structlog.get_logger(__name__)

_REDIS_TIMEOUT_S = 0.25
_AWAY_S = 10.0


class Policy(StrEnum):
    """`sign_in`: what gives a token or a session."""

    DEFAULT = "default"
    SIGN_IN = "sign-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a caller has left. Units: `window_s` and `resets_s` whole seconds, at least one."""

    policy: Policy
    limit: int
    window_s: int
    remaining: int
    resets_s: int
    is_granted: bool


@dataclass(slots=True, kw_only=True)
class Rates:
    """Counts what callers ask.

    Shape: while Redis is away each process counts for itself, says so once, and looks again every ten seconds:
           a limit is no reason to refuse everybody.
    """

    rates: Mapping[Policy, "RateLimitItem"]
    own: "RateLimiter"
    shared: "RateLimiter | None" = None
    away_until: float = field(default=0.0, init=False)

    @classmethod
    def of(cls, settings: Settings, shared: "RateLimiter | None" = None) -> "Rates":
        from limits import parse
        from limits.aio.storage import MemoryStorage
        from limits.aio.strategies import SlidingWindowCounterRateLimiter

        return cls(
            rates={
                Policy.DEFAULT: parse(settings.rate_limit),
                Policy.SIGN_IN: parse(settings.sign_in_rate_limit),
            },
            own=SlidingWindowCounterRateLimiter(MemoryStorage()),
            shared=shared,
        )

    async def take(self, policy: Policy, who: str) -> Left:
        """Count one request of somebody's, and say what is left to him."""
        if self.shared is None or time.monotonic() < self.away_until:
            return await self._take(self.own, policy, who)
        from limits.errors import StorageError

        try:
            left = await self._take(self.shared, policy, who)
        except StorageError as error:
            if not self.away_until:
                log.warning(
                    "rates_without_redis", error=type(error.storage_error).__name__, again_s=_AWAY_S
                )
            self.away_until = time.monotonic() + _AWAY_S
            return await self._take(self.own, policy, who)
        if self.away_until:
            log.info("rates_with_redis_again")
            self.away_until = 0.0
        return left

    async def _take(self, limiter: "RateLimiter", policy: Policy, who: str) -> Left:
        rate = self.rates[policy]
        is_granted = await limiter.hit(rate, policy, who)
        stats = await limiter.get_window_stats(rate, policy, who)
        return Left(
            policy=policy,
            limit=rate.amount,
            window_s=rate.get_expiry(),
            remaining=stats.remaining,
            resets_s=max(1, ceil(stats.reset_time - time.time())),
            is_granted=is_granted,
        )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Rates]:
    """What counts as the settings have it; Redis need not be there."""
    if settings.redis_url is None:
        yield Rates.of(settings)
        return
    from limits.aio.storage import RedisStorage
    from limits.aio.strategies import SlidingWindowCounterRateLimiter

    from app.database import cache

    url = settings.redis_url.get_secret_value()
    async with cache.connections(url, _REDIS_TIMEOUT_S) as pool:
        storage = RedisStorage(
            f"async+{url}",
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix="atlas:rates",
            connection_pool=pool,  # type: ignore[arg-type]
        )
        yield Rates.of(settings, SlidingWindowCounterRateLimiter(storage))


def of_caller(caller: Caller) -> str:
    return f"{caller.kind}:{caller.id}"


def of_address(host: str | None) -> str:
    """By the network for IPv6: whoever has one address there has 2**64."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return "address:unknown"
    if isinstance(address, IPv6Address):
        return f"address:{int(address) >> 64:x}"
    return f"address:{address}"
