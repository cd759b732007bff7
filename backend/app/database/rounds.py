"""What a process does again and again beside its work, and goes on doing whatever fails."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from app.core.cancelling import unless_cancelled
from app.core.errors import AtlasError

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
            unless_cancelled()
            failures += 1
            wait_s = min(every_s * 2 ** min(failures, 10), max(every_s, _LONGEST_PAUSE_S))
            detail = error.detail if isinstance(error, AtlasError) else type(error).__name__
            log.warning("round_failed", round=name, reason=detail, failures=failures)
        # processes that were started together do not all come round together
        await asyncio.sleep(wait_s * random.uniform(0.9, 1.0))  # noqa: S311
