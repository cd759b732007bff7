"""What every command of `atlas` shares; it imports what help needs, and no more."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from app.core.settings import Settings

T = TypeVar("T")


def queues_of_option(listed: str | None) -> tuple[str, ...] | None:
    """The queues of an option, or a line that says what is wrong with it."""
    from app.core.setting_words import queues_of

    try:
        return None if listed is None else queues_of(listed)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--queues") from None


def open_console(*, stdout: bool = False) -> "Console":
    """Where people read: stderr, so that stdout stays for what programs read."""
    from rich.console import Console

    stream = sys.stdout if stdout else sys.stderr
    return Console(file=stream, width=None if stream.isatty() else 120, highlight=False)


def run(coroutine: Coroutine[object, object, T], *, is_fast: bool = False) -> T:
    """Run to the end; SIGTERM and Ctrl-C unwind everything that is open. Shape: `is_fast` for what answers requests."""

    async def supervised() -> T:
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        if task is not None:
            for ending in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(ending, task.cancel)
        return await coroutine

    if is_fast:
        import uvloop

        found: T = uvloop.run(supervised())
        return found
    return asyncio.run(supervised())


def for_jobs(settings: "Settings", concurrency: int | None) -> "Settings":
    """The settings for so many jobs at the same time: the pools are as large as those need."""
    return (
        settings.model_copy(update={"sync_concurrency": concurrency}) if concurrency else settings
    )
