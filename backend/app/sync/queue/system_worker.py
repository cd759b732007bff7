"""What every process does beside its jobs, again and again: sweep, tick, tidy up."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from app.database.rounds import repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemTask:
    """Something to do again and again. Shape: `run` is safe in several processes at the same time."""

    name: str
    every_s: float
    run: Callable[[], Awaitable[object]]

    async def once(self) -> None:
        await self.run()


async def work(tasks: Sequence[SystemTask]) -> None:
    """Do all tasks, each in its own rhythm, until cancelled; a failure of one stops none."""
    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(repeat(task.name, task.once, every_s=task.every_s), name=task.name)
