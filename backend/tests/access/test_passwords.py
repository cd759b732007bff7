"""Passwords."""

import pytest

from app.access import passwords
from app.core.errors import InvalidRequest


async def test_a_password_is_known_by_its_hash_alone() -> None:
    kept = await passwords.hashed("correct horse battery")

    assert kept.startswith("$argon2id$")
    assert await passwords.is_right("correct horse battery", kept)
    assert not await passwords.is_right("correct horse batterx", kept)
    assert not await passwords.is_right("correct horse battery", None)
    assert not await passwords.is_right("correct horse battery", "no hash")


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
async def test_a_password_is_neither_short_nor_endless(password: str) -> None:
    with pytest.raises(InvalidRequest):
        await passwords.hashed(password)
    assert not await passwords.is_right(password, None)
