"""The worker of `atlas serve` is a process of its own that gives way to it: no sync makes an answer wait."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial

import structlog

from app.core.settings import Settings
from app.database.rounds import repeat

log = structlog.get_logger(__name__)

NICENESS = 15
"""Who answers goes first where both want the processor; with it to itself, a worker is as fast as ever."""
_AGAIN_S, _STEADY_S = 1.0, 60.0
_LAST_STEPS_S = 10.0


@contextlib.asynccontextmanager
async def worker_beside(
    settings: Settings, queues: str | None = None, concurrency: int | None = None
) -> AsyncIterator[None]:
    """Have `atlas worker` run meanwhile, and again where it ends by itself.

    Leaving it stops it as SIGTERM does; being cancelled meanwhile, or running out of `stop_grace_s`, as a kill.
    """
    options = [("--queues", queues), ("--concurrency", concurrency)]
    given = [part for name, value in options if value for part in (name, str(value))]
    command = [sys.executable, "-m", "app.cli", "worker", "--beside", *given]
    once = partial(_work, command, settings.stop_grace_s + _LAST_STEPS_S)
    keeping = asyncio.create_task(repeat("worker", once, every_s=_AGAIN_S))
    try:
        yield
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


async def _work(command: Sequence[str], grace_s: float) -> None:
    """One life of the worker. Errors: WorkerEnded for one that was short, so that the next ones begin later."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        await _end(process, grace_s)
        raise
    log.error("worker_ended", code=code, to_mend="It is started again; what it said last is above.")
    if time.monotonic() - began < _STEADY_S:
        raise WorkerEnded


class WorkerEnded(Exception):
    """A worker ended by itself, soon after it was started."""


async def _end(process: asyncio.subprocess.Process, grace_s: float) -> None:
    with contextlib.suppress(ProcessLookupError):  # it may have ended at this moment
        process.terminate()
        try:
            async with asyncio.timeout(grace_s):
                await process.wait()
        except TimeoutError:
            log.warning("worker_killed", after_s=grace_s)
        finally:
            if process.returncode is None:
                process.kill()


@contextlib.contextmanager
def giving_way() -> Iterator[None]:
    """Be such a worker: behind the service in the processor's queue, deaf to its terminal, ended when it is gone."""
    os.setpgid(0, 0)
    os.nice(NICENESS)
    loop, lifeline = asyncio.get_running_loop(), sys.stdin.fileno()

    def end() -> None:
        loop.remove_reader(lifeline)
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(lifeline, end)  # nothing is ever written to it: it is readable at its end
    try:
        yield
    finally:
        loop.remove_reader(lifeline)
