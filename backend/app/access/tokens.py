"""Bearer tokens of a quarter of an hour: they say who asks; what he may is looked up. Source: RFC 7519."""

import time
from dataclasses import dataclass, field
from hashlib import sha256

import jwt

from app.core.access import CallerKind
from app.core.errors import NotSignedIn
from app.database.keys import Keys

LIFETIME_S = 900
"""Dagster asks for a token each 150 s and the SDKs 60 s before the end; Airbyte's own live as long."""
_ALGORITHM, _ISSUER, _AUDIENCE = "HS256", "atlas", "atlas-api"
_REMEMBERED = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Makes and reads them, with a key of their own that all processes of an installation share."""

    key: bytes = field(repr=False)
    _known: dict[bytes, tuple[CallerKind, str, int]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """By a token's hash what it says and until when: who polls shows the same one again and again."""

    @classmethod
    def of(cls, keys: Keys) -> "Tokens":
        return cls(key=keys.derive("bearer tokens"))

    def make(self, kind: CallerKind, caller_id: str) -> str:
        now = int(time.time())
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": f"{kind}:{caller_id}",
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_S,
        }
        return jwt.encode(claims, self.key, algorithm=_ALGORITHM)

    def read(self, token: str) -> tuple[CallerKind, str]:
        """Who a token says asks. Errors: NotSignedIn, whatever is wrong with it."""
        digest = sha256(token.encode()).digest()
        known = self._known.get(digest)
        if known is not None and time.time() < known[2]:
            return known[0], known[1]
        try:
            claims = jwt.decode(
                token,
                self.key,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                options={"require": ["exp", "nbf", "sub", "iss", "aud"]},
            )
            name, _, caller_id = str(claims["sub"]).partition(":")
            kind, ends_at = CallerKind(name), int(claims["exp"])
            if kind is CallerKind.NOBODY:
                raise ValueError(kind)
        except jwt.ExpiredSignatureError:
            raise NotSignedIn("The token is over: ask for a new one.") from None
        except (jwt.InvalidTokenError, ValueError):
            raise NotSignedIn("The token is none of this Atlas.") from None
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[digest] = kind, caller_id, ends_at
        return kind, caller_id
