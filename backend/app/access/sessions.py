"""Sessions of the dashboard, by cookie; and the links by which a user sets a password, each good once."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest, digest
from uuid import UUID

from app.access import users
from app.core.errors import LinkUsed, NotSignedIn
from app.database.pool import Connection
from app.database.queries import load

SQL = load(__file__)

LIFETIME_H = 12
LINK_LIFETIME_H = 24
_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """Shape: `token` goes into the cookie, `csrf_token` into a header of each request that changes something."""

    token: str
    csrf_token: str
    expires_at: datetime


async def start(session: Connection, user_id: UUID) -> OpenSession:
    token = secrets.token_urlsafe(32)
    await session.execute(SQL["forget"])
    expires_at: datetime = await session.fetchval(SQL["start"], _hash(token), user_id, LIFETIME_H)
    return OpenSession(token=token, csrf_token=csrf_token_of(token), expires_at=expires_at)


async def user_of(session: Connection, token: str) -> UUID:
    """Whose session a cookie is of. Errors: NotSignedIn."""
    found = await session.fetchval(SQL["user_of"], _hash(token)) if len(token) < _LONGEST else None
    if found is None:
        raise NotSignedIn("The session is over: sign in again.")
    user_id: UUID = found
    return user_id


async def end(session: Connection, token: str) -> None:
    await session.execute(SQL["end"], _hash(token))


def csrf_token_of(token: str) -> str:
    """What only who could read the cookie's answer knows; another site that makes a browser ask does not."""
    return digest(token.encode("utf-8", "surrogatepass"), b"atlas csrf", "sha256").hex()


def is_csrf_token(token: str, given: str | None) -> bool:
    return given is not None and compare_digest(csrf_token_of(token).encode(), given.encode())


async def make_link(session: Connection, user_id: UUID) -> str:
    """The token of a link; links of this user that were not followed are void."""
    token = secrets.token_urlsafe(32)
    await session.execute(SQL["void_links"], user_id)
    await session.execute(SQL["make_link"], _hash(token), user_id, LINK_LIFETIME_H)
    return token


async def follow_link(session: Connection, token: str, password: str) -> UUID:
    """Set the password of the link's user, in a transaction of the caller's. Errors: LinkUsed, InvalidRequest."""
    user_id = await session.fetchval(SQL["use_link"], _hash(token))
    if user_id is None:
        raise LinkUsed(
            "This link was followed before, or its time is over: ask an admin for another."
        )
    await users.set_password(session, user_id, password)
    found: UUID = user_id
    return found


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
