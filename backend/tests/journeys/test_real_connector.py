"""The pinned source-faker: installed through PyAirbyte once, then read by Atlas itself."""

from pathlib import Path

import pytest

from app.core.records import Mode
from app.core.settings import SourceMode
from app.sources.port import Connector
from app.sources.pyairbyte import Install, installed
from app.sources.registry import open_connector, pinned
from tests.sources.reading import read, settings

HOME = Path(__file__).resolve().parents[3] / ".atlas"
CONFIG = {"count": 200, "seed": 1, "parallelism": 1, "always_updated": False}


@pytest.fixture
async def faker() -> Connector:
    return await open_connector("source-faker", settings(home=HOME), SourceMode.REAL)


async def test_source_faker_is_read_and_goes_on_from_its_state(faker: Connector) -> None:
    spec = await faker.spec()
    check = await faker.check(CONFIG)

    first = await read(faker, CONFIG)
    again = await read(faker, CONFIG, first.states)

    assert (faker.mode, faker.version) == (Mode.REAL, "7.2.1")
    assert "count" in str(spec.connection_specification)
    assert check.succeeded
    assert first.error is None
    assert len(first.records("users")) == 200
    assert len(first.records("products")) == 100
    assert first.completed == ["products", "users", "purchases"]
    assert first.rules == []
    assert again.error is None
    assert again.records("users") == again.records("purchases") == []


async def test_an_installed_connector_is_found_again_without_the_helper(faker: Connector) -> None:
    pin = pinned(faker.name)
    install = Install(
        home=HOME / "connectors", name=pin.name, package=pin.package, version=pin.version
    )

    found = installed(install)

    assert found is not None
    assert found.command[0].endswith("/bin/source-faker")
    assert len(found.sha256) == 64
