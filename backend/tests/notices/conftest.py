"""Connections and jobs to tell of, and somebody who is told."""

from collections.abc import AsyncIterator

import pytest

from app.database.pool import Database
from tests.fixtures.books import Books
from tests.fixtures.receivers import WebhookReceiver


@pytest.fixture
async def books(database: Database) -> Books:
    made = Books(database=database)
    await made.begin()
    return made


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver().listening() as receiver:
        yield receiver
