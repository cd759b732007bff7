"""A scene for every scenario, on a database of its own; and a way to it that can be broken."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.database.pool import Database
from tests.faults.proxy import Proxy, socket_of
from tests.faults.scene import SETTINGS, Scene
from tests.fixtures.atlas import atlas_on


@pytest.fixture
def scene(database: Database, dsn: str, tmp_path: Path) -> Iterator[Scene]:
    here = {name: value for name, value in SETTINGS.items() if name != "log_format"}
    made = Scene(atlas=atlas_on(database, **here), dsn=dsn, folder=tmp_path)
    yield made
    made.abandon()
    for child in made.children:
        print(child.said, child.said.read_text(errors="replace")[-8_000:])  # shown if it failed


@pytest.fixture
async def proxy(dsn: str) -> AsyncIterator[Proxy]:
    async with Proxy(target=socket_of(dsn)).listening(dsn) as listening:
        yield listening
