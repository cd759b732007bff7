"""What every process does beside its jobs, again and again: sweep, tick, tidy up."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from app.core.errors import AtlasError, DatabaseUnreachable
from app.database.pool import passing_failures

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemTask:
    """Something to do again and again. Shape: `run` is safe in several processes at the same time."""

    name: str
    every_s: float
    run: Callable[[], Awaitable[object]]


async def work(tasks: Sequence[SystemTask]) -> None:
    """Do all tasks, each in its own rhythm, until cancelled; a failure of one stops none."""
    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(_repeat(task), name=task.name)


async def _repeat(task: SystemTask) -> None:
    while True:
        try:
            with passing_failures():
                await task.run()
        except DatabaseUnreachable as failure:
            log.warning("system_task_waits_for_the_database", task=task.name, detail=failure.detail)
        except AtlasError as failure:
            log.error("system_task_failed", task=task.name, reason=failure.slug)
        except Exception as error:  # noqa: BLE001  the edge: a bug in one task must not end the sweep
            log.error("system_task_broke", task=task.name, error=type(error).__name__)
        # processes that were started together do not sweep together
        await asyncio.sleep(task.every_s * random.uniform(0.9, 1.1))  # noqa: S311
