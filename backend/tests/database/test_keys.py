import stat
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.failures import (
    KeyFileRefused,
)
from app.core.findings import Entity
from app.core.settings import Settings
from app.database.keys import Keys, load_keys

KEYS = Keys(master=bytes(range(32)))


def settings(home: Path, key: str | None = None) -> Settings:
    return Settings.model_validate({"home": home, "mask_key": key})


@given(st.sampled_from(Entity), st.text(st.characters(codec="utf-8")))
def test_a_token_is_half_of_a_hash_over_key_and_value(entity: Entity, value: str) -> None:
    clear = value.strip(" ").encode().lower() if entity is Entity.EMAIL_ADDRESS else value.encode()

    whole = sha256(KEYS.token_key(entity) + clear).hexdigest()

    assert KEYS.token(entity, value) == f"{entity.lower()}_{KEYS.id}_{whole[:32]}"


def test_tokens_join_by_value_and_differ_by_entity_and_key() -> None:
    other = Keys(master=bytes(32))

    assert KEYS.token(Entity.EMAIL_ADDRESS, " A@b.org") == KEYS.token(
        Entity.EMAIL_ADDRESS, "a@B.org"
    )
    assert KEYS.token(Entity.PERSON, "a") != KEYS.token(Entity.USERNAME, "a")
    assert KEYS.token(Entity.PERSON, "a") != other.token(Entity.PERSON, "a")


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = {KEYS.hash_key("key_hash"), KEYS.hash_key("row_hash"), KEYS.derive("token:PERSON")}

    assert len(keys) == 3
    assert all(len(key) == 32 for key in keys)
    assert len({KEYS.token_key(entity) for entity in Entity}) == len(Entity)
    assert 0 <= KEYS.content_seed < 2**64


def test_the_key_is_in_no_repr() -> None:
    assert KEYS.master.hex() not in repr(KEYS)
    assert repr(KEYS.master) not in repr(KEYS)


def test_the_first_start_makes_a_private_file_and_the_next_reads_it(tmp_path: Path) -> None:
    home = tmp_path / "home"

    first = load_keys(settings(home))
    second = load_keys(settings(home))

    assert first == second
    assert stat.S_IMODE((home / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "keys" / "mask.key").stat().st_mode) == 0o600
    assert [path.name for path in (home / "keys").iterdir()] == ["mask.key"]


def test_starts_at_the_same_time_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: load_keys(settings(tmp_path)), range(16)))

    assert len({keys.master for keys in found}) == 1


def test_the_setting_goes_before_the_file(tmp_path: Path) -> None:
    assert load_keys(settings(tmp_path, "ab" * 32)).master == b"\xab" * 32
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("key", ["", "ab", "zz" * 32, "ab" * 33])
def test_a_key_that_is_not_32_bytes_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(KeyFileRefused):
        load_keys(settings(tmp_path, key))


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    load_keys(settings(tmp_path))
    (tmp_path / "keys" / "mask.key").chmod(0o644)

    with pytest.raises(KeyFileRefused):
        load_keys(settings(tmp_path))


def test_a_short_file_is_refused_and_not_replaced(tmp_path: Path) -> None:
    load_keys(settings(tmp_path))
    path = tmp_path / "keys" / "mask.key"
    path.write_text("ab\n")

    with pytest.raises(KeyFileRefused):
        load_keys(settings(tmp_path))
    assert path.read_text() == "ab\n"


def test_a_link_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    load_keys(settings(tmp_path / "other"))
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "mask.key").symlink_to(tmp_path / "other" / "keys" / "mask.key")

    with pytest.raises(KeyFileRefused):
        load_keys(settings(tmp_path))
