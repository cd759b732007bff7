"""Announcements by way of a real Redis, which may be away."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.failures import (
    RedisUnreachable,
)
from app.database.announcements import Announcements
from app.database.pool import Database
from app.database.relay import Relay
from tests.fixtures.redis import redis_server


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    with redis_server(tmp_path) as url:
        yield url


async def announce_until(database: Database, task: "asyncio.Task[bool]") -> bool:
    """Announce the same again and again, until somebody heard it."""
    while not task.done():
        async with database.transaction() as session:
            await session.execute("SELECT pg_notify('atlas_jobs', '7')")
        await asyncio.sleep(0.1)
    return task.result()


async def test_what_postgresql_announces_is_heard_over_redis(
    database: Database, redis: str
) -> None:
    relay = Relay(url=redis, channel="atlas_jobs")
    # its own way to PostgreSQL is another channel, on which nothing is said
    deaf = Announcements(database=database, channel="elsewhere", subject_of=str, relay=relay)
    forwarding = asyncio.create_task(relay.forward(database))

    async with deaf.heard("7") as ear, asyncio.timeout(20):
        await ear.wait(1.0)  # everybody looks once when the listening begins
        heard = await announce_until(database, asyncio.create_task(ear.wait(15.0)))
    forwarding.cancel()
    await asyncio.gather(forwarding, return_exceptions=True)

    assert heard


async def test_without_redis_postgresql_is_heard_all_the_same(database: Database) -> None:
    nowhere = Relay(url="redis://127.0.0.1:1/0", channel="atlas_jobs")
    announcements = Announcements(
        database=database, channel="atlas_jobs", subject_of=str, relay=nowhere
    )

    async with announcements.heard("7") as ear, asyncio.timeout(20):
        await ear.wait(1.0)
        heard = await announce_until(database, asyncio.create_task(ear.wait(15.0)))
    with pytest.raises(RedisUnreachable):
        await nowhere.hear(lambda payload: None)

    assert heard
    assert announcements.listening == []
