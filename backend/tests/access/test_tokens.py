"""Bearer tokens: whoever did not get one from this Atlas has none."""

import time

import jwt
import pytest

from app.access.tokens import LIFETIME_S, Tokens
from app.core.access import CallerKind
from app.core.errors import NotSignedIn
from app.database.keys import Keys

TOKENS = Tokens.of(Keys(master=bytes(32)))
ID = "00000000-0000-4000-8000-000000000001"


def claims(**changed: object) -> dict[str, object]:
    now = int(time.time())
    right = {"iss": "atlas", "aud": "atlas-api", "sub": f"user:{ID}", "nbf": now, "exp": now + 60}
    return {name: value for name, value in (right | changed).items() if value is not None}


def test_a_token_says_who_asks() -> None:
    token = TOKENS.make(CallerKind.APPLICATION, ID)

    assert TOKENS.read(token) == (CallerKind.APPLICATION, ID)
    told = jwt.decode(token, options={"verify_signature": False})
    assert told["exp"] - told["iat"] == LIFETIME_S
    assert told.keys() == {"iss", "aud", "sub", "iat", "nbf", "exp"}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x.y.z",
        jwt.encode(claims(), bytes(32), algorithm="HS256"),
        jwt.encode(claims(), "", algorithm="none"),
        jwt.encode(claims(exp=1), TOKENS.key, algorithm="HS256"),
        jwt.encode(claims(exp=None), TOKENS.key, algorithm="HS256"),
        jwt.encode(claims(nbf=9_999_999_999), TOKENS.key, algorithm="HS256"),
        jwt.encode(claims(aud="another"), TOKENS.key, algorithm="HS256"),
        jwt.encode(claims(iss="another"), TOKENS.key, algorithm="HS256"),
        jwt.encode(claims(sub="nobody:1"), TOKENS.key, algorithm="HS256"),
        jwt.encode(claims(), TOKENS.key * 2, algorithm="HS512"),
        jwt.encode(claims(), TOKENS.key, algorithm="HS256", headers={"kid": "../../etc/passwd"})[:-2],
        TOKENS.make(CallerKind.USER, ID)[:-1],
        Tokens.of(Keys(master=bytes([1] * 32))).make(CallerKind.USER, ID),
    ],
)  # fmt: skip
def test_what_is_none_of_ours_is_refused(token: str) -> None:
    with pytest.raises(NotSignedIn):
        TOKENS.read(token)
