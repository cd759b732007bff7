"""Passwords, as argon2id hashes. Source: RFC 9106, by argon2-cffi's defaults."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from app.core.errors import InvalidRequest

SHORTEST, LONGEST = 12, 200

_HASHER = PasswordHasher()


async def hashed(password: str) -> str:
    """The hash of a new password; off the event loop, for it takes its time. Errors: InvalidRequest."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidRequest(f"A password has {SHORTEST} to {LONGEST} characters.")
    return await asyncio.to_thread(_HASHER.hash, password)


async def is_right(password: str, password_hash: str | None) -> bool:
    """Whether a password is the hash's; as slow where there is none."""
    if len(password) > LONGEST:
        return False
    try:
        await asyncio.to_thread(_verify, password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False
    return password_hash is not None


def _verify(password_hash: str | None, password: str) -> None:
    """Errors: Argon2Error, InvalidHashError."""
    nobodys = (
        _nobodys()
    )  # also where it is not needed: the first answer takes as long for everybody
    _HASHER.verify(password_hash or nobodys, password)


@cache
def _nobodys() -> str:
    """Checked where there is no user, so that an answer's time does not tell who there is."""
    return _HASHER.hash("nobody has this password")
