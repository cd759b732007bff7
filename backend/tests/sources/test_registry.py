"""Tests of app/sources/registry.py."""

from pathlib import Path

import msgspec
import pytest

from app.core.failures import ConnectorNotInstalled, ConnectorUnknown
from app.core.records import Mode
from app.core.settings import SourceMode
from app.secrets.places import secret_places
from app.secrets.specification import wrongs
from app.sources.port import Listener
from app.sources.pyairbyte import Installed, fingerprint
from app.sources.registry import (
    KNOWN,
    Connectors,
    installation,
    open_connector,
    pinned,
    resolved_mode,
)
from tests.sources.reading import settings


@pytest.mark.parametrize("name", ["", "Source", "a b", "../etc", "a;b", "a\n", "-a", "ä"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ConnectorUnknown, match="small letters"):
        pinned(name)


def test_a_name_that_is_not_pinned_is_unknown() -> None:
    with pytest.raises(ConnectorUnknown, match="source-faker"):
        pinned("source-nobody")


def test_every_pin_names_a_version() -> None:
    assert all(one.version and one.package.startswith("airbyte-") for one in KNOWN.values())


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
    connectors = Connectors(settings=real, catalogued=lambda _: {"title": "catalogue"})
    before = await connectors.specification("source-faker")
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

    found = [await connectors.specification("source-faker") for _ in range(2)]

    assert before == {"title": "catalogue"}, "nothing was installed for it"
    assert found == [{"title": "own"}] * 2
    assert asked.read_text() == "spec\n"


async def test_the_mock_wants_what_it_wants_or_what_the_connector_does() -> None:
    secret = {"properties": {"pin": {"type": "integer", "airbyte_secret": True}}}
    connectors = Connectors(settings=settings(), catalogued=lambda _: secret)

    found = await connectors.specification("source-faker")

    assert found is not None
    assert secret_places({"pin": 1234, "count": 5}, found) == [("pin",)]
    assert not wrongs({"pin": "x", "count": 5}, found), "the mock takes it"
