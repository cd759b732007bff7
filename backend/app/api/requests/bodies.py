"""How much of a request Atlas takes, and how long it waits for it; what arrives whole is well-formed JSON.

Source: RFC 9110 for the statuses, RFC 8259 for JSON.
"""

import asyncio
import json
import re
from dataclasses import dataclass
from typing import NoReturn

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import answer_to
from app.core.errors import AtlasError
from app.core.json_strings import STRING
from app.core.refusals import (
    BodyTooLarge,
    HeadersTooLarge,
    MediaTypeNotSupported,
    RequestMalformed,
    RequestTimeout,
    UrlTooLong,
)

URL_BYTES = 8_192
HEADER_BYTES = 32_768
DEPTH = 64
_FORM = b"application/x-www-form-urlencoded"
_STRING = re.compile(STRING, re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


@dataclass(frozen=True, slots=True)
class Bodies:
    """Middleware: refuses what is too much, too slow or malformed before anything is made of it.

    Shape: a request without a body costs a look at its headers; one with a body is passed on when it is there
           whole, so nobody holds a session of the database while it trickles in.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        settings = scope["app"].state.settings
        try:
            announced = _announced(scope)
            if announced is not None:
                body = await _read(receive, announced, settings.body_bytes, settings.body_timeout_s)
                _require_well_formed(scope, body)
                receive = again(body, receive)
        except AtlasError as error:
            answer = answer_to(Request(scope), error)
            answer.headers["Connection"] = "close"  # the rest of the body may still be on its way
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


def again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body that was read already, and then what comes after it."""
    is_given = False

    async def given() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return given


def _announced(scope: Scope) -> int | None:
    """The length that a body is said to have, 0 where it is not said; None if there is no body.

    Errors: UrlTooLong, HeadersTooLarge, RequestMalformed.
    """
    path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    if len(path) + len(query) > URL_BYTES:
        raise UrlTooLong(f"A path with its query has at most {URL_BYTES} bytes.")
    if b"%00" in path or b"%00" in query:
        raise RequestMalformed("The URL holds a NUL.")
    size, announced, is_chunked = 0, 0, False
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name == b"content-length":
            announced = _length(value)
        elif name == b"transfer-encoding":
            is_chunked = True
    if size > HEADER_BYTES:
        raise HeadersTooLarge(f"Headers have at most {HEADER_BYTES} bytes together.")
    return announced if announced or is_chunked else None


def _length(value: bytes) -> int:
    if not value.isdigit() or len(value) > 18:
        raise RequestMalformed("Content-Length is no number.")
    return int(value)


async def _read(receive: Receive, announced: int, limit: int, timeout_s: float) -> bytes:
    """Errors: BodyTooLarge, before it is read where it says so; RequestTimeout, also where the client is gone."""
    if announced > limit:
        raise BodyTooLarge(f"A body has at most {limit} bytes.")
    parts, size = [], 0
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise RequestTimeout("The client went before the body was there.")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > limit:
                    raise BodyTooLarge(f"A body has at most {limit} bytes.")
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise RequestTimeout(f"A body is there within {timeout_s:g} s.") from None


def _require_well_formed(scope: Scope, body: bytes) -> None:
    """Errors: MediaTypeNotSupported, RequestMalformed. Shape: a form is let through to who takes one;
    without a type it is JSON."""
    if not body:
        return
    headers = dict(scope["headers"])
    media = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if media == _FORM:
        return
    is_json = media.startswith(b"application/") and media.endswith((b"/json", b"+json"))
    if media and not is_json:
        raise MediaTypeNotSupported("The Content-Type of a body is application/json.")
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise MediaTypeNotSupported("A body is sent as it is, without a Content-Encoding.")
    if is_deeper(body, DEPTH):
        raise RequestMalformed(f"The body's JSON is not closed, or deeper than {DEPTH} levels.")
    _parse(body)


def is_deeper(body: bytes, most: int) -> bool:
    """Whether JSON is nested deeper, told without parsing it: a parser recurses. Shape: also what is not closed.

    Each round takes the innermost brackets away, at the speed of `replace`.
    """
    if body.count(b"[") + body.count(b"{") <= most:
        return False
    left = _STRING.sub(b"", body).translate(_ONE_KIND, _NOT_BRACKETS)
    for _ in range(most):
        left = left.replace(b"[]", b"")
    return bool(left)


def _parse(body: bytes) -> None:
    """Errors: RequestMalformed for what is no JSON, or what parsers do not agree about."""
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_refuse
        )
    except json.JSONDecodeError as error:
        raise RequestMalformed(
            f"The body is no JSON: {error.msg} at character {error.pos}."
        ) from None
    except ValueError:
        raise RequestMalformed(
            "The body is no JSON in UTF-8, or a number in it is too long."
        ) from None
    if _SUSPICIOUS.search(body) and not _is_text(value):
        raise RequestMalformed("A text in the body holds a NUL, or half of a surrogate pair.")


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RequestMalformed("An object in the body has a name twice.")
    return found


def _refuse(constant: str) -> NoReturn:
    raise RequestMalformed(f"{constant} is no JSON.")


def _is_text(value: object) -> bool:
    """Whether all texts in a value are ones that PostgreSQL and UTF-8 can hold."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return all(_is_text(name) and _is_text(inner) for name, inner in value.items())
    if isinstance(value, list):
        return all(_is_text(inner) for inner in value)
    return True
