"""A connection on a schedule, another after it, whoever is told of them, and what they said: in one process."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from app.core.jobs import JobStatus
from app.core.schedules import Schedule, ScheduleKind
from app.core.settings import Settings
from app.database.pool import Database
from app.gates.pii.gate import PiiGate
from app.main import open_atlas
from app.notices import rules
from app.notices.rules import ChannelName, Occasion
from app.secrets.master_keys import MasterKeys
from app.sync import ledger
from app.sync.jobs import attempt_log, events, job_store
from app.sync.timetables import schedules
from tests.fixtures.atlas import Atlas, atlas_on, signing_on
from tests.fixtures.detectors import KnownNames
from tests.fixtures.receivers import WebhookReceiver
from tests.sources.reading import ledger as ledger_of
from tests.sync.test_orchestrator import orders

SECRET = "s3cr3t-token-value"
TALKING = ledger_of(orders(40), logs=[f"reading with {SECRET}"], api_token=SECRET)


async def test_scheduled_jobs_run_are_followed_told_of_and_heard(
    database: Database, dsn: str, tmp_path: Path
) -> None:
    made = atlas_on(database)
    first = (await made.connect(TALKING, source="first")).connection_id
    second = (await made.connect(TALKING, source="second")).connection_id
    await made.execute("UPDATE pipeline.sources SET connector = 'source-faker'")
    settings = Settings.model_validate(
        {"database_url": dsn, "home": tmp_path / ".atlas", "source_mode": "mock", "tick_s": 0.2, "outgoing_allow": "127.0.0.1", "schedule_shortest_s": 1.0, "queue_poll_s": 0.2}
    )  # fmt: skip
    async with WebhookReceiver(answers=["hang"] * 99).listening() as receiver:
        async with database.transaction() as session:
            await schedules.keep(session, first, Schedule(kind=ScheduleKind.CRON, cron="0/3 * * * * ?"), shortest_s=1.0)  # fmt: skip
            await schedules.keep(session, second, Schedule(kind=ScheduleKind.AFTER, after_connection=first), shortest_s=1.0)  # fmt: skip
            signing = signing_on(database, master_keys=await MasterKeys.of(settings))
            await rules.create(
                session, signing, first, list(Occasion), ChannelName.WEBHOOK, receiver.url
            )
        await made.execute(
            "INSERT INTO pipeline.jobs (connection_id, job_type, status, ended_at) VALUES ($1, 'sync', 'failed', now())",
            first,
        )
        async with open_atlas(settings) as atlas:
            orchestrator = replace(
                atlas.scheduler.orchestrator, pii=PiiGate(detectors=KnownNames())
            )
            quick = replace(atlas, scheduler=replace(atlas.scheduler, orchestrator=orchestrator))
            async with quick.working():
                await until_succeeded(made, times=2)
        was_told = len(receiver.received)

    jobs = await made.fetch("SELECT job_id, connection_id, status FROM pipeline.jobs WHERE mode IS NOT NULL ORDER BY job_id")  # fmt: skip
    fired = await made.fetch("SELECT window_at, connection_id FROM pipeline.schedule_events WHERE kind = 'fired' ORDER BY event_id")  # fmt: skip
    windows = [row["window_at"] for row in fired if row["connection_id"] == first]
    async with database.connection() as session:
        for job in jobs:
            if job["status"] == JobStatus.SUCCEEDED:
                assert all(line.is_balanced for line in await ledger.books(session, job["job_id"]))
        told = [event.kind for event in await events.listed(session, jobs[0]["job_id"], 99, 0)]
        said = await attempt_log.lines(session, jobs[0]["job_id"], text="reading with", limit=9, offset=0)  # fmt: skip
        status = (await job_store.get(session, jobs[0]["job_id"])).status
    assert status is JobStatus.SUCCEEDED
    assert {row["connection_id"] for row in fired} == {first, second}
    assert all((later - earlier) % timedelta(seconds=3) == timedelta() for earlier, later in pairwise(windows))  # fmt: skip
    assert told == ["job_pending", "job_running", "attempt_started", "range_published", "attempt_succeeded", "job_succeeded"]  # fmt: skip
    assert [line.message for line in said] == ["reading with [redacted]"]
    assert was_told >= 1  # of the recovery, and nobody waited for its answer


async def until_succeeded(made: Atlas, times: int) -> None:
    async with asyncio.timeout(60):
        while True:
            counts = await made.values("SELECT count(*) FROM pipeline.jobs WHERE status = 'succeeded' GROUP BY connection_id")  # fmt: skip
            if len(counts) == 2 and all(int(str(count)) >= times for count in counts):
                return
            await asyncio.sleep(0.1)
