"""Idempotency-Key on POST: a request that is sent again is answered as before, and done once.

Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

import asyncio
import contextlib
import re
from dataclasses import dataclass, field
from hashlib import sha256

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.answers import LEASE_S, Answer, Answers, Claim
from app.access.rates import of_caller
from app.api.authentication import caller_of
from app.api.problems import answer_to
from app.api.requests import rates
from app.api.requests.bodies import again
from app.core.access import Caller
from app.core.cancelling import unless_cancelled
from app.core.errors import AtlasError, NotSignedIn
from app.core.refusals import IdempotencyKeyInvalid
from app.database import scope as database_scope
from app.database.passing import passing_failures

log = structlog.get_logger(__name__)

HEADER = b"idempotency-key"
MOST_BYTES = 1_048_576
_KEY = re.compile(rb"[\x20-\x7e]{1,255}")
_REPLAYED = (b"idempotent-replayed", b"true")
_NOT_KEPT = (b"idempotency-kept", b"false")
_NOT_ANSWERED = frozenset({401, 408, 429})
"""What was said before the operation was looked at; it says nothing of how that ends."""


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Middleware: keeps answers below 500 that time does not change, and gives them again for the same key.

    Shape: without a key nothing happens at all. An answer above a mebibyte, or one that is a stream, is passed on
           with `Idempotency-Kept: false`: the same request again is done again. Who is not known has no keys.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        keys = [value for name, value in scope["headers"] if name == HEADER]
        if not keys:
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        try:
            caller, key = await _caller(request), _key(keys)
            if caller is None:
                await self.app(scope, receive, send)
                return
            body = await _whole(receive)
            answers: Answers = scope["app"].state.answers
            found = await _claimed(request, answers, caller, key, _hash(scope, body))
        except AtlasError as error:
            await answer_to(request, error)(scope, receive, send)
            return
        if isinstance(found, Answer):
            await _replay(found, send)
            return
        work = _Work(app=self.app, answers=answers, claim=found, send=send)
        await work.run(scope, again(body, receive))


@dataclass(slots=True, kw_only=True)
class _Work:
    """One claimed request on its way to an answer, which is kept before it is sent."""

    app: ASGIApp
    answers: Answers
    claim: Claim
    send: Send
    held: list[Message] = field(default_factory=list)
    size: int = 0
    is_passed_on: bool = False
    is_kept: bool = False

    async def run(self, scope: Scope, receive: Receive) -> None:
        state = scope["state"]
        state["is_passing"] = False

        async def answer(message: Message) -> None:
            await self._take(message, is_passing=state["is_passing"])

        renewing = asyncio.create_task(self._renew())
        try:
            await self.app(scope, receive, answer)
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing
            if not self.is_kept:
                await self.answers.release(self.claim)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            try:
                with passing_failures():
                    await self.answers.renew(self.claim)
            except AtlasError as failure:  # there is time for two more tries
                unless_cancelled()
                log.warning("claim_not_renewed", reason=failure.detail)

    async def _take(self, message: Message, *, is_passing: bool) -> None:
        """Hold an answer back until it is there whole and kept."""
        if self.is_passed_on:
            await self.send(message)
            return
        self.held.append(message)
        self.size += len(message.get("body", b""))
        if self.size > MOST_BYTES or self._is_stream():
            self.held[0]["headers"] = [*self.held[0]["headers"], _NOT_KEPT]
            await self._pass_on()
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            await self._keep(is_passing=is_passing)
            await self._pass_on()

    def _is_stream(self) -> bool:
        return _header(self.held[0], b"content-type").startswith("text/event-stream")

    async def _keep(self, *, is_passing: bool) -> None:
        start, *rest = self.held
        status = start["status"]
        if status >= 500 or status in _NOT_ANSWERED or is_passing:
            return
        body = b"".join(part.get("body", b"") for part in rest)
        media_type = _header(start, b"content-type")
        await self.answers.keep(self.claim, Answer(status=status, media_type=media_type, body=body))
        self.is_kept = True

    async def _pass_on(self) -> None:
        self.is_passed_on = True
        for message in self.held:
            await self.send(message)
        self.held.clear()


async def _claimed(
    request: Request, answers: Answers, caller: Caller, key: str, request_hash: bytes
) -> Claim | Answer:
    """What is not worked on is counted here: the operation that counts its callers is not reached.

    Errors: as of a claim; TooManyRequests.
    """
    try:
        found = await answers.claim(of_caller(caller), key, request_hash)
    except AtlasError:
        await rates.count(request, caller)
        raise
    if isinstance(found, Answer):
        await rates.count(request, caller)
    return found


async def _caller(request: Request) -> Caller | None:
    """Who asks; none where the operation is anybody's, or says 401 itself."""
    try:
        with database_scope.everything():
            return await caller_of(request)
    except NotSignedIn:
        return None


def _key(given: list[bytes]) -> str:
    """Errors: IdempotencyKeyInvalid."""
    if len(given) > 1:
        raise IdempotencyKeyInvalid("There are several of them.")
    if not _KEY.fullmatch(given[0]):
        raise IdempotencyKeyInvalid("It is empty, too long, or has other characters.")
    return given[0].decode()


def _hash(scope: Scope, body: bytes) -> bytes:
    """What makes two requests the same: method, path with its query, body."""
    parts = (scope["method"].encode(), scope["path"].encode(), scope["query_string"], body)
    return sha256(b"".join(sha256(part).digest() for part in parts)).digest()


async def _whole(receive: Receive) -> bytes:
    """A request's body; it is there already, and not too long."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _replay(answer: Answer, send: Send) -> None:
    headers = [_REPLAYED, (b"content-length", str(len(answer.body)).encode())]
    if answer.media_type:
        headers.append((b"content-type", answer.media_type.encode()))
    if answer.status in (204, 304):
        headers = [_REPLAYED]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _header(start: Message, wanted: bytes) -> str:
    return next((value.decode() for name, value in start["headers"] if name == wanted), "")
