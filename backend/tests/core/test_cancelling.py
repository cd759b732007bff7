"""Who goes on after failures ends all the same when asked, whatever its cancellation meets."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.core.failures import DatabaseUnreachable
from app.database.rounds import repeat
from app.lineage.transport import Dispatcher
from app.sync import scheduler
from app.sync.scheduler import SyncScheduler

Breaks = Callable[..., Awaitable[None]]


async def _of_rounds(breaks: Breaks, patch: pytest.MonkeyPatch) -> None:
    await repeat("a round", breaks, every_s=0.01)


async def _of_lineage(breaks: Breaks, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Dispatcher, "drain", breaks)
    await Dispatcher(transport=cast(Any, None), every_s=0.01).run(cast(Any, None))


async def _of_an_attempt(breaks: Breaks, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(scheduler, "_LOOK_S", 0.01)
    watching = SimpleNamespace(_require_wanted=breaks)
    await SyncScheduler._until_unwanted(cast(Any, watching), cast(Any, None))


@pytest.mark.parametrize("going_on", [_of_rounds, _of_lineage, _of_an_attempt])
async def test_a_cancellation_that_a_broken_connection_swallows_is_heard(
    going_on: Callable[[Breaks, pytest.MonkeyPatch], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = asyncio.Event()

    async def breaks(*_: object) -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise DatabaseUnreachable("It broke while it was given back.") from None

    task = asyncio.ensure_future(partial(going_on, breaks, monkeypatch)())
    async with asyncio.timeout(10):
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
