"""A scene for every scenario, on a database of its own; and a way to it that can be broken.

`make faults` runs all scenarios, marked `faults` or not, with another seed each time.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.database.pool import Database
from tests.faults.chance import SEED, chance
from tests.faults.proxy import Proxy, socket_of
from tests.faults.scene import SETTINGS, Scene
from tests.fixtures.atlas import atlas_on

HERE = Path(__file__).parent
LONGEST = "test_nemesis.py"


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is here as a scenario, and begin with the longest."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("scenario")
    items.sort(key=lambda item: item.path.name != LONGEST)


@pytest.fixture
def scene(
    database: Database, dsn: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Scene]:
    here = {name: value for name, value in SETTINGS.items() if name != "log_format"}
    drawn = chance(request.node.name)
    made = Scene(atlas=atlas_on(database, **here), dsn=dsn, folder=tmp_path, chance=drawn)
    yield made
    made.abandon()
    print(f"ATLAS_FAULTS_SEED={SEED}")
    for child in made.children:
        print(child.said, child.said.read_text(errors="replace")[-8_000:])  # shown if it failed


@pytest.fixture
async def proxy(dsn: str) -> AsyncIterator[Proxy]:
    async with Proxy(target=socket_of(dsn)).listening(dsn) as listening:
        yield listening
