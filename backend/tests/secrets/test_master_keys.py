"""The master key: from a setting, a file or a command; and those from before."""

import stat
import sys
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.core.failures import (
    KeyFileRefused,
    MasterKeyMissing,
)
from app.core.settings import Settings
from app.secrets.master_keys import MasterKey, MasterKeys, load
from app.secrets.rotation import make_new_key

HEX = "5f" * 32


def settings(folder: Path, **more: object) -> Settings:
    return Settings.model_validate({"home": folder / ".atlas", **more})


def printing(*words: str) -> str:
    return f'{sys.executable} -c "{"; ".join(words)}"'


def test_the_file_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / ".atlas" / "keys" / "master.key"

    (made,) = load(settings(tmp_path))
    (again,) = load(settings(tmp_path))

    assert made == again
    assert made.where == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert made.master.hex() not in repr(made)
    path.chmod(0o640)
    with pytest.raises(KeyFileRefused, match="Others than its owner may read the master key"):
        load(settings(tmp_path))


def test_it_comes_from_a_setting_a_named_file_or_a_command_without_a_shell(tmp_path: Path) -> None:
    named = tmp_path / "elsewhere" / "k"
    command = printing(f"print('{HEX}')", "import sys", "print(sys.argv[1:], file=sys.stderr)") + " '$(touch x)' ; rm"  # fmt: skip

    (by_setting,) = load(settings(tmp_path, master_key=HEX))
    (by_file,) = load(settings(tmp_path, master_key_file=named))
    (by_command,) = load(settings(tmp_path, master_key_command=command))

    assert by_setting.master == by_command.master == bytes.fromhex(HEX)
    assert by_setting.kid == by_command.kid != by_file.kid
    assert named.exists()
    assert not (tmp_path / ".atlas" / "keys" / "master.key").exists(), (
        "none is made that is not used"
    )
    with pytest.raises(ValidationError, match="in one place"):
        settings(tmp_path, master_key=HEX, master_key_file=named)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (printing("print('hunter2')"), "The master key is not 64 hex digits."),
        (printing(f"print('{HEX}')", "raise SystemExit(3)"), "ended with exit code 3"),
        (printing("import time", "time.sleep(60)"), "did not end within 0.3 s"),
        ("/no/such/program", "was not started"),
        ("'", "was not started"),
        (" ", "was not started"),
    ],
)
def test_a_command_that_gives_none_is_refused(tmp_path: Path, command: str, why: str) -> None:
    began = time.monotonic()

    with pytest.raises(KeyFileRefused, match=why) as refusal:
        load(settings(tmp_path, master_key_command=command, master_key_timeout_s=0.3))

    assert "hunter2" not in str(refusal.value)
    assert HEX not in str(refusal.value)
    assert time.monotonic() - began < 30


async def test_a_key_that_came_later_is_read_where_it_is_met(tmp_path: Path) -> None:
    wanted = settings(tmp_path)
    keys = await MasterKeys.of(wanted)
    before = keys.newest

    make_new_key(wanted)
    (now, earlier) = load(wanted)
    with pytest.raises(MasterKeyMissing, match=now.kid):
        await keys.of_kid(now.kid)
    keys.read_at -= 60
    found = await keys.of_kid(now.kid)

    assert (found, earlier.kid) == (now, before.kid)
    assert keys.newest == now, "new secrets are locked with it from here on"
    assert await keys.of_kid(before.kid) == earlier
    with pytest.raises(MasterKeyMissing, match="0000"):
        await keys.of_kid("0000")


def test_a_new_key_is_not_made_of_one_that_is_in_no_file(tmp_path: Path) -> None:
    with pytest.raises(KeyFileRefused, match="not in a file"):
        make_new_key(settings(tmp_path, master_key=HEX))


def test_the_key_that_is_in_force_is_first_also_where_it_lies_among_the_earlier(
    tmp_path: Path,
) -> None:
    earlier = tmp_path / ".atlas" / "keys" / "earlier"
    (key,) = load(settings(tmp_path))
    make_new_key(settings(tmp_path))
    for number, text in enumerate((HEX, key.master.hex())):
        path = earlier / f"{number}.key"
        path.touch(mode=0o600)
        path.write_text(text)

    found = load(settings(tmp_path, master_key=HEX))

    assert found[0] == MasterKey(master=bytes.fromhex(HEX), where="ATLAS_MASTER_KEY")
    assert [each.kid for each in found].count(found[0].kid) == 1
