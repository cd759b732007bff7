"""A fake Airbyte, and a connection of it that Atlas drives."""

from collections.abc import Iterator

import pytest

from app.database.pool import Database
from tests.fixtures.airbyte_cloud import FakeCloud
from tests.fixtures.driven import Driven, drive


@pytest.fixture
def fake() -> Iterator[FakeCloud]:
    with FakeCloud().serving() as cloud:
        yield cloud


@pytest.fixture
async def driven(database: Database, fake: FakeCloud) -> Driven:
    return await drive(database, fake)
