"""Tests of app/sources/pyairbyte.py; what needs a connector is in journeys/test_real_connector.py."""

import shutil
from pathlib import Path

import msgspec
import pytest

from app.core.failures import (
    ConnectorInstallFailed,
)
from app.sources.pyairbyte import Install, Installed, fingerprint, installed
from app.sources.pyairbyte import _Output as Output


def made_up(home: Path) -> Install:
    """An installation as a helper leaves it."""
    install = Install(home=home, name="source-x", package="airbyte-source-x", version="1.0")
    distribution = install.environment / "lib/python3.12/site-packages/x-1.0.dist-info"
    distribution.mkdir(parents=True)
    (distribution / "RECORD").write_text("x.py,sha256=abc,3\n")
    program = install.environment / "bin" / "source-x"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    found = Installed(
        name="source-x",
        version="1.0",
        command=(str(program),),
        sha256=fingerprint(install.environment),
        python="3.12.1",
    )
    install.marker.write_bytes(msgspec.json.encode(found))
    return install


async def test_what_is_installed_is_found_without_a_process(tmp_path: Path) -> None:
    install = made_up(tmp_path)

    found = await install.run()

    assert found == installed(install)
    assert found.command == (str(install.environment / "bin" / "source-x"),)


@pytest.mark.parametrize("change", ["marker", "command", "files", "version", "half"])
def test_what_has_changed_is_not_taken_for_installed(tmp_path: Path, change: str) -> None:
    install = made_up(tmp_path)

    match change:
        case "marker":
            install.marker.unlink()
        case "command":
            (install.environment / "bin" / "source-x").unlink()
        case "files":
            record = next(install.environment.glob("lib/*/*/*/RECORD"))
            record.write_text("x.py,sha256=other,3\n")
        case "version":
            install = Install(home=tmp_path, name="source-x", package="x", version="2.0")
        case _:
            install.marker.write_bytes(install.marker.read_bytes()[:20])

    assert installed(install) is None


def test_a_folder_that_was_copied_is_installed_anew(tmp_path: Path) -> None:
    made = made_up(tmp_path / "old")

    shutil.copytree(made.home, tmp_path / "new")

    copied = Install(home=tmp_path / "new", name="source-x", package="x", version="1.0")
    assert installed(made) is not None
    assert installed(copied) is None, "its programs are those of the old folder"


async def test_a_folder_that_is_there_keeps_its_permissions(tmp_path: Path) -> None:
    home = tmp_path / "connectors"
    home.mkdir(mode=0o755)
    made_up(home)

    await Install(home=home, name="source-x", package="x", version="1.0").run()

    assert home.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        (b"error: Failed to fetch: dns error", "cannot be reached"),
        (b"x No solution found when resolving dependencies", "no such package or version"),
        (b"ModuleNotFoundError: No module named 'airbyte'", "PyAirbyte is not installed"),
        (b"something else", "installer's own words"),
    ],
)
def test_a_failure_says_what_to_do(said: bytes, advice: str) -> None:
    output = Output()

    output.note(said)

    assert advice in output.advice()
    assert output.answer() is None


async def test_an_installation_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    install = Install(
        home=tmp_path, name="source-x", package="airbyte-x", version="1", timeout_s=0.05
    )

    with pytest.raises(ConnectorInstallFailed, match="longer"):
        await install.run()
