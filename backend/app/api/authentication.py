"""Who asks: by a bearer token, by an application's id and secret, or by the dashboard's cookie."""

import base64
import binascii

from fastapi import Request

from app.access import sessions
from app.access.callers import Callers
from app.core.access import Caller
from app.core.errors import CsrfTokenMissing, NotSignedIn

COOKIE = "atlas_session"
CSRF_HEADER = "X-Atlas-CSRF"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def caller_of(request: Request) -> Caller:
    """Errors: NotSignedIn; CsrfTokenMissing where a cookie alone would change something."""
    callers: Callers = request.app.state.callers
    shown = request.headers.get("authorization")
    if shown is not None:
        scheme, _, given = shown.partition(" ")
        if scheme.lower() == "bearer":
            return await callers.by_token(given.strip())
        if scheme.lower() == "basic":
            return await callers.by_secret(*basic(given))
        raise NotSignedIn("The Authorization header is of a kind that Atlas does not know.")
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        raise NotSignedIn(
            "Sign in, or send a bearer token: POST /v1/applications/token gives one for a client id and "
            "its secret, and `atlas token` for who may run commands here."
        )
    caller = await callers.by_session(cookie)
    is_safe = request.method in _SAFE
    if not is_safe and not sessions.is_csrf_token(cookie, request.headers.get(CSRF_HEADER)):
        raise CsrfTokenMissing(f"Send the session's csrfToken in the header {CSRF_HEADER}.")
    return caller


def basic(given: str) -> tuple[str, str]:
    """The id and the secret. Source: RFC 7617. Errors: NotSignedIn."""
    try:
        name, colon, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        name, colon, secret = "", "", ""
    if not colon:
        raise NotSignedIn("The Authorization header is no client id and secret.")
    return name, secret
