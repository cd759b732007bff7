"""How a process that runs until somebody stops it is stopped; a worker loads no more than this."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator

_ENDINGS = (signal.SIGINT, signal.SIGTERM)


async def until_stopped(tasks: "asyncio.Future[list[None]]") -> None:
    """Wait for Ctrl-C or SIGTERM. Errors: what a task raises if it breaks before."""
    stopped = asyncio.Event()
    waiting = asyncio.create_task(stopped.wait())
    try:
        with asked_to_end(stopped.set):
            waited: set[asyncio.Future[list[None]] | asyncio.Task[bool]] = {tasks, waiting}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    if tasks.done():
        tasks.result()


@contextlib.contextmanager
def asked_to_end(end: Callable[[], None]) -> Iterator[None]:
    """Let the first signal end what runs; from then on, and afterwards, one ends it at once."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101  a coroutine runs in one

    def at_once() -> None:
        for ending in _ENDINGS:
            loop.add_signal_handler(ending, task.cancel)

    def first() -> None:
        at_once()
        end()

    for ending in _ENDINGS:
        loop.add_signal_handler(ending, first)
    try:
        yield
    finally:
        at_once()
