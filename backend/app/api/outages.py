"""What a client is told while the database is away: 503 and to come again; never a 500, never nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import answer_to
from app.core.errors import AtlasError
from app.core.failures import (
    DatabaseUnreachable,
)
from app.database.passing import passing_failure

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outages:
    """Middleware: an answer that has not begun when its time is up, or in whose middle the database
    failed, is DatabaseUnreachable; who waits for a connection that nobody gives back is told as well.

    Shape: an endpoint that asks somebody else than the database says so (`Unhurried`).
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, answer = Request(scope), _Answer(send)
        request.state.is_unhurried = False
        work = self.app(scope, receive, answer.send)
        limit_s = scope["app"].state.settings.answer_timeout_s
        try:
            await in_time(work, limit_s, unless=lambda: _may_take_longer(request, answer))
        except AtlasError as failure:
            if answer.has_begun:
                raise
            answer.is_given = True
            log.warning("request_met_an_outage", path=request.url.path, reason=failure.detail)
            await answer_to(request, failure)(scope, receive, send)


async def in_time(
    work: Awaitable[T], limit_s: float, *, unless: Callable[[], bool] = lambda: False
) -> T:
    """What some work with the database gives.

    What takes longer is cancelled and left behind: a server that is silent may keep it from ending.
    Units:  seconds, unless `unless` says then that it may go on.
    Errors: DatabaseUnreachable if the database failed in the middle, or the time is up.
    """
    task = asyncio.ensure_future(work)
    task.add_done_callback(_look_at)
    try:
        await asyncio.wait({task}, timeout=limit_s)
        if not task.done():
            if not unless():
                raise DatabaseUnreachable(f"The database did not answer within {limit_s:g} s.")
            await asyncio.wait({task})
        error = task.exception()
        if error is not None and (outage := _outage(error)) is not None:
            raise outage from error
        return task.result()
    finally:
        task.cancel()


@dataclass(slots=True)
class _Answer:
    """What an endpoint sends, until something is answered in its place."""

    to: Send
    has_begun: bool = False
    is_given: bool = False

    async def send(self, message: Message) -> None:
        if self.is_given:
            return
        self.has_begun = True
        await self.to(message)


def _may_take_longer(request: Request, answer: _Answer) -> bool:
    return answer.has_begun or request.state.is_unhurried


def _outage(error: BaseException) -> AtlasError | None:
    """The database's failure; none for another's, such as of a file."""
    if isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError):
        return None
    return passing_failure(error)


def _look_at(task: asyncio.Future[T]) -> None:
    """What is left behind may fail unseen."""
    if not task.cancelled():
        task.exception()
