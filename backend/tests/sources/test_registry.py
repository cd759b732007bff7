"""Tests of app/sources/registry.py."""

from pathlib import Path

import pytest

from app.core.failures import ConnectorNotInstalled, ConnectorUnknown
from app.core.records import Mode
from app.core.settings import SourceMode
from app.sources.port import Listener
from app.sources.registry import KNOWN, Connectors, open_connector, pinned, resolved_mode
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
