"""Tests of app/sync/queue/system_worker.py: what a process does again and again."""

import asyncio

from app.core.failures import (
    DatabaseUnreachable,
)
from app.sync.queue import system_worker
from app.sync.queue.system_worker import SystemTask


async def test_a_task_that_fails_is_done_again_and_stops_no_other() -> None:
    failures = [OSError("gone"), DatabaseUnreachable("It is away."), ValueError("a bug")]
    done: list[str] = []

    async def breaks() -> None:
        done.append("breaks")
        if failures:
            raise failures.pop()

    async def sweep() -> None:
        done.append("sweep")

    tasks = [
        SystemTask(name="breaks", every_s=0.01, run=breaks),
        SystemTask(name="sweep", every_s=0.01, run=sweep),
    ]
    working = asyncio.create_task(system_worker.work(tasks))
    await asyncio.sleep(0.3)

    assert not working.done()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert done.count("breaks") > 4
    assert done.count("sweep") > 4


async def test_a_task_that_takes_long_keeps_no_other_waiting() -> None:
    done: list[str] = []

    async def long() -> None:
        await asyncio.sleep(60)

    async def sweep() -> None:
        done.append("sweep")

    tasks = [
        SystemTask(name="long", every_s=0.01, run=long),
        SystemTask(name="sweep", every_s=0.01, run=sweep),
    ]
    working = asyncio.create_task(system_worker.work(tasks))
    await asyncio.sleep(0.2)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)

    assert len(done) > 4
