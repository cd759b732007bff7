"""Hearing of one's own cancellation where something else was raised in its place."""

import asyncio


def unless_cancelled() -> None:
    """For whoever goes on after a failure, again and again.

    A cancellation that meets a connection just as it breaks is lost: to roll back, or to give the connection back, fails,
    and that is raised instead. Whoever took it for a failure that passes would never end.
    Errors: CancelledError if this task was asked to end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
