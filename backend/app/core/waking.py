"""Time limits that hold of the time in which this process was awake."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_LATE_S = 0.1


@asynccontextmanager
async def awake_timeout(seconds: float) -> AsyncIterator[None]:
    """As `asyncio.timeout`, but once more as long where this process slept as the time ran out.

    A process that was stopped, or whose loop was blocked, wakes up with all of its timers due, and with answers that
    it has not read: it would take what answered in time for dead.
    Errors: TimeoutError.
    """
    loop = asyncio.get_running_loop()
    due_at = loop.time() + seconds

    def ran_out() -> None:
        now = loop.time()
        slept = now - due_at > _LATE_S
        limit.reschedule(now + seconds if slept else now)

    async with asyncio.timeout(None) as limit:
        timer = loop.call_at(due_at, ran_out)
        try:
            yield
        finally:
            timer.cancel()
