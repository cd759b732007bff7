"""Tests of app/sources/registry.py."""

import importlib.metadata
from pathlib import Path

import msgspec
import pytest

from app.core.failures import (
    ConnectorBuiltIn,
    ConnectorNotInstalled,
    ConnectorNotRunnable,
    ConnectorUnknown,
)
from app.core.records import Mode
from app.core.settings import SourceMode
from app.secrets.places import secret_places
from app.secrets.specification import wrongs
from app.sources.catalogue import shipped
from app.sources.port import Listener
from app.sources.pyairbyte import Installed, fingerprint
from app.sources.registry import (
    KNOWN,
    Connectors,
    installation,
    open_connector,
    pinned,
    require_runnable,
    resolved_mode,
)
from tests.sources.reading import settings

HOSTILE = [
    "", "Source", "a b", "../etc", "a;b", "a\n", "-a", "ä", "x; rm -rf", "source-x; rm -rf /", "$(id)", "a`id`", "a|b", "a&&b",
    "source-faker==*", "source-faker@latest", "https://example.org/x.whl", "git+https://example.org/x", "file:///etc/passwd",
    "..%2fetc", "a\0b", "source-faker\u202e", "a" * 10_000,
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:20]))
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ConnectorUnknown, match="small letters"):
        pinned(name)


def test_a_name_that_is_not_pinned_is_unknown() -> None:
    with pytest.raises(ConnectorUnknown, match="connectors search"):
        pinned("source-nobody")


def test_every_pin_names_a_version() -> None:
    assert all(one.version and one.package.startswith("airbyte-") for one in KNOWN.values())
    assert KNOWN.keys() <= shipped().entries.keys()
    packaged = [entry.name for entry in shipped().entries.values() if entry.pypi]
    assert len([pinned(name) for name in packaged]) == 287


def test_a_package_of_the_catalogue_is_pinned_by_it_and_old_ones_want_an_older_python() -> None:
    old, new = pinned("source-declarative-manifest"), pinned("source-salesforce")

    assert (old.package, old.version) == ("airbyte-source-declarative-manifest", "6.5.2")
    assert (old.pythons[0], new.pythons[0]) == ("3.11", "3.12")


def test_an_image_alone_cannot_be_pinned() -> None:
    with pytest.raises(ConnectorNotRunnable, match="no Python package"):
        pinned("source-mysql")


async def test_one_that_comes_with_atlas_is_opened_as_it_is_and_has_no_package(
    tmp_path: Path,
) -> None:
    connectors = Connectors(
        settings=settings(home=tmp_path, source_mode="real"), install_missing=False
    )

    found = await connectors.open("source-postgres")
    wanted = await connectors.accepted("source-postgres")
    mocked = await connectors.open("source-postgres", SourceMode.MOCK)

    assert (found.mode, found.version) == (Mode.REAL, importlib.metadata.version("atlas"))
    assert wanted is not None
    assert "replication_method" in str(wanted["properties"])
    assert mocked.mode is Mode.MOCK
    require_runnable("source-postgres")
    with pytest.raises(ConnectorBuiltIn, match="nothing to install"):
        pinned("source-postgres")


async def test_the_mock_is_opened_under_the_connectors_name() -> None:
    connector = await open_connector("source-faker", settings(), SourceMode.MOCK)

    assert (connector.mode, connector.name) == (Mode.MOCK, "source-faker")


async def test_a_real_connector_that_is_missing_is_not_replaced_by_the_mock(tmp_path: Path) -> None:
    connectors = Connectors(settings=settings(home=tmp_path), install_missing=False)

    with pytest.raises(ConnectorNotInstalled):
        await connectors.open("source-faker", SourceMode.REAL)


def test_auto_is_real_where_pyairbyte_is_there() -> None:
    assert resolved_mode(SourceMode.AUTO, Listener()) is Mode.REAL


def test_auto_says_so_when_it_takes_the_mock() -> None:
    logs: list[str] = []
    listener = Listener(on_log=lambda level, text: logs.append(text))

    mode = resolved_mode(SourceMode.AUTO, listener, is_there=lambda: False)

    assert mode is Mode.MOCK
    assert logs == ["PyAirbyte is not installed: records come from the mock."]


async def test_a_connector_that_is_installed_is_asked_once_what_it_wants_to_be_told(
    tmp_path: Path,
) -> None:
    real = settings(home=tmp_path, source_mode="real")
    connectors = Connectors(settings=real)
    before = await connectors.accepted("source-faker")
    install = installation(real, "source-faker")
    program, asked = install.environment / "bin" / "source", tmp_path / "asked"
    program.parent.mkdir(parents=True)
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {asked}\n'
        'echo \'{"type": "SPEC", "spec": {"connectionSpecification": {"title": "own"}}}\'\n'
    )
    program.chmod(0o755)
    told = Installed(
        name="source-faker", version=install.version, command=(str(program),),
        sha256=fingerprint(install.environment), python="3",
    )  # fmt: skip
    install.marker.write_bytes(msgspec.json.encode(told))

    found = [await connectors.accepted("source-faker") for _ in range(2)]

    assert before == shipped().entry("source-faker").connection_specification
    assert found == [{"title": "own"}] * 2
    assert asked.read_text() == "spec\n"


async def test_the_mock_wants_what_it_wants_or_what_the_connector_does() -> None:
    found = await Connectors(settings=settings()).accepted("source-s3")

    assert found is not None
    sent = {"aws_secret_access_key": "x", "records": 5}
    assert secret_places(sent, found) == [("aws_secret_access_key",)]
    assert not wrongs({"records": 5}, found), "the mock takes it"
