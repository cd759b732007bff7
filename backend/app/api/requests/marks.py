"""What stands on every answer: the request's id, and headers that tell a browser what it may do with it.

Source: OWASP HTTP Headers; RFC 9110 for the characters of a header.
"""

import base64
import re
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from app.api.requests.proxies import way_of

_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
Header = tuple[bytes, bytes]

_ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),  # for browsers that do not know frame-ancestors
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_NOTHING = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_HTTPS: Header = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


@dataclass(frozen=True, slots=True)
class Marks:
    """Middleware, the outermost: its marks stand on what a broken request is answered as well.

    Shape: a request brings its id in X-Request-Id, or is given one; it is bound to all log lines meanwhile.
           What an inner part notes in `state.headers` joins the answer's headers.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = id_of(scope["headers"])
        noted: list[Header] = [(b"x-request-id", request_id.encode())]
        state = scope.setdefault("state", {})
        state["request_id"], state["headers"] = request_id, noted

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                message["headers"] = [*given, *_ALWAYS, *noted]
                if all(name != b"content-security-policy" for name, _ in given):
                    message["headers"].append((b"content-security-policy", _NOTHING))
                if way_of(scope).scheme == "https":
                    message["headers"].append(_HTTPS)
            await send(message)

        with bound_contextvars(request_id=request_id):
            await self.app(scope, receive, marked)


def id_of(headers: list[Header]) -> str:
    """The id that a request brings, where it is one and could not be read as anything else in a log; else a new one."""
    for name, value in headers:
        if name == b"x-request-id" and _ID.fullmatch(value):
            return value.decode()
    return str(uuid4())


def policy_of(page: str) -> str:
    """What a page of ours may load: its own scripts and styles, and of those inline just what stands there now."""
    digests = [
        base64.b64encode(sha256(script.encode()).digest()).decode()
        for script in _INLINE_SCRIPT.findall(page)
    ]
    scripts = " ".join(["'self'", *(f"'sha256-{each}'" for each in digests)])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
