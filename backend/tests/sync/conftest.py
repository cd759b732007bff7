"""Connections without a connector, and jobs without a worker."""

import pytest

from app.database.pool import Database
from tests.fixtures.books import Books


@pytest.fixture
async def books(database: Database) -> Books:
    made = Books(database=database)
    await made.begin()
    return made
