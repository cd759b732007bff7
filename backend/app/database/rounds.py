"""What a process does again and again beside its work, and goes on doing whatever fails."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

_LONGEST_PAUSE_S = 30.0


async def repeat(name: str, once: Callable[[], Awaitable[float | None]], *, every_s: float) -> None:
    """Do something until cancelled; what fails is logged, and done again after a pause that grows.

    Shape:  `once` gives the seconds until it is wanted next; none, or more than `every_s`, is `every_s`.
    Errors: none.
    """
    failures = 0
    while True:
        try:
            wanted_s = await once()
            failures = 0
            wait_s = every_s if wanted_s is None else min(max(wanted_s, 0.0), every_s)
        except Exception as error:  # noqa: BLE001  an edge: its message may quote what was sent
            failures += 1
            wait_s = min(every_s * 2 ** min(failures, 10), max(every_s, _LONGEST_PAUSE_S))
            log.warning("round_failed", round=name, error=type(error).__name__, failures=failures)
        await asyncio.sleep(wait_s)
