"""Bearer tokens: whoever did not get one from this Atlas has none."""

import time
from collections.abc import Callable

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


def signed(key: bytes | str = TOKENS.key, how: str = "HS256", **changed: object) -> str:
    return jwt.encode(claims(**changed), key, algorithm=how)


FORGED: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "no token": lambda: "x.y.z",
    "another's key": lambda: signed(bytes(32)),
    "another Atlas": lambda: Tokens.of(Keys(master=bytes([1] * 32))).make(CallerKind.USER, ID),
    "no signature": lambda: signed("", "none"),
    "another algorithm": lambda: signed(TOKENS.key * 2, "HS512"),
    "over": lambda: signed(exp=1),
    "endless": lambda: signed(exp=None),
    "not yet": lambda: signed(nbf=9_999_999_999),
    "for another audience": lambda: signed(aud="another"),
    "by another issuer": lambda: signed(iss="another"),
    "of no kind of caller": lambda: signed(sub="robot:1"),
    "of nobody": lambda: signed(sub="nobody:1"),
    "cut off": lambda: TOKENS.make(CallerKind.USER, ID)[:-1],
}


@pytest.mark.parametrize("forged", FORGED)
def test_what_is_none_of_ours_is_refused(forged: str) -> None:
    with pytest.raises(NotSignedIn):
        TOKENS.read(FORGED[forged]())


def test_a_token_that_is_known_is_over_when_it_says_so() -> None:
    soon = signed(exp=int(time.time()) + 1)
    assert TOKENS.read(soon) == TOKENS.read(soon) == (CallerKind.USER, ID)
    time.sleep(1.1)

    with pytest.raises(NotSignedIn, match="over"):
        TOKENS.read(soon)


def test_no_more_tokens_are_remembered_than_there_is_room_for() -> None:
    tokens = Tokens.of(Keys(master=bytes([7] * 32)))
    for number in range(3_000):
        tokens.read(tokens.make(CallerKind.USER, str(number)))

    assert len(tokens._known) <= 1_024
    assert tokens.read(tokens.make(CallerKind.USER, "1")) == (CallerKind.USER, "1")
