"""A whole Atlas with its workers, which drives the Airbyte that its environment names."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from app.core.ids import JobId
from app.core.jobs import JobStatus
from app.core.settings import Settings
from app.database.pool import Database
from app.main import open_atlas
from app.sync.jobs import job_store
from app.sync.remotes import importing, remote_store
from app.sync.remotes.remote_store import ENVIRONMENTS
from tests.fixtures.airbyte_cloud import CLIENT_ID, CLIENT_SECRET, CONNECTION, FakeCloud
from tests.fixtures.driven import QUICK, USERS

LIMIT_S = 60.0


async def _status(database: Database, job_id: JobId) -> JobStatus:
    async with database.connection() as session:
        return (await job_store.get(session, job_id)).status


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not wanted():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_job_is_taken_from_the_queue_done_there_and_the_next_is_cancelled_there(
    dsn: str, tmp_path: Path, fake: FakeCloud
) -> None:
    fake.connect([USERS])
    settings = Settings.model_validate({
        **QUICK, "database_url": dsn, "home": tmp_path / ".atlas", "source_mode": "mock", "tick_s": 0.2,
        "queue_poll_s": 0.2, "outgoing_allow": "", "airbyte_api_url": fake.url, "airbyte_client_id": CLIENT_ID,
        "airbyte_client_secret": CLIENT_SECRET,
    })  # fmt: skip
    async with open_atlas(settings) as atlas:
        async with atlas.database.transaction() as session:
            remote = await remote_store.get(session, ENVIRONMENTS)
        async with atlas.remotes.asked(ENVIRONMENTS) as cloud:
            found = await importing.look(cloud, UUID(CONNECTION))
        async with atlas.database.transaction() as session:
            made = await importing.take(session, remote, found, atlas.configurations, 300)

        async with atlas.working():
            done = await atlas.scheduler.start(made.connection_id)
            await until(lambda: bool(fake.jobs) and fake.jobs[0].is_over(fake.now))
            async with asyncio.timeout(LIMIT_S):
                while await _status(atlas.database, done.job_id) is not JobStatus.SUCCEEDED:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            fake.next_life = ((0.0, "running"),)
            unwanted = await atlas.scheduler.start(made.connection_id)
            await until(lambda: len(fake.jobs) == 2)
            await atlas.scheduler.cancel(unwanted.job_id)
            await until(lambda: fake.jobs[1].cancelled)

    assert [job.cancelled for job in fake.jobs] == [False, True]
