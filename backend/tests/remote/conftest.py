"""A fake Airbyte, and a client that asks it without long waits."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.outgoing.addresses import Allowed
from app.outgoing.sending import Outgoing
from app.remote.airbyte_cloud import AirbyteCloud, airbyte_at
from app.remote.asking import Account, Pace
from tests.fixtures.airbyte_cloud import CLIENT_ID, CLIENT_SECRET, FakeCloud

PACE = Pace(timeout_s=2.0, start_timeout_s=0.5, tries=4, wait_s=0.01)
HERE = Outgoing(allowed=Allowed(names=frozenset({"127.0.0.1"})))


@pytest.fixture
def fake() -> Iterator[FakeCloud]:
    with FakeCloud().serving() as cloud:
        yield cloud


def account(fake: FakeCloud, secret: str = CLIENT_SECRET) -> Account:
    return Account(api_url=fake.url, client_id=CLIENT_ID, client_secret=secret)


@pytest.fixture
async def cloud(fake: FakeCloud) -> AsyncIterator[AirbyteCloud]:
    async with airbyte_at(account(fake), PACE, HERE) as opened:
        yield opened
