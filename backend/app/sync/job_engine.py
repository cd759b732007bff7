"""The durable queue behind a narrow port: Procrastinate, in the same PostgreSQL."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import procrastinate

from app.core.ids import ConnectionId, JobId
from app.database.pool import Connection
from app.database.queries import load

SQL = load(__file__)

QUEUE = "sync"
TASK = "sync"

RunJob = Callable[[JobId], Awaitable[None]]


class JobEngine(Protocol):
    """What the scheduler needs of a queue."""

    async def enqueue(
        self, session: Connection, job_id: JobId, connection_id: ConnectionId
    ) -> None:
        """Queue a job in the caller's transaction: it starts after the commit, or never."""

    async def requeue(
        self, session: Connection, job_id: JobId, connection_id: ConnectionId
    ) -> None:
        """Queue a job anew whose worker is dead; what the queue still has of it is closed."""

    async def withdraw(self, session: Connection, job_id: JobId) -> None:
        """Take a job that nobody has taken yet out of the queue."""

    async def is_waiting(self, session: Connection, job_id: JobId) -> bool:
        """True if the job is queued and nobody has taken it."""

    async def work(self, run_job: RunJob, concurrency: int) -> None:
        """Take jobs and run them until cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcrastinateEngine:
    """Procrastinate in schema `jobs`; a connection's jobs share a lock and run one after the other."""

    dsn: str

    async def enqueue(
        self, session: Connection, job_id: JobId, connection_id: ConnectionId
    ) -> None:
        lock = f"connection:{connection_id}"
        # a cancelled job may wait in the queue yet: it must not keep the next one out
        once = f"job:{job_id}"
        await session.execute(SQL["defer"], QUEUE, TASK, lock, json.dumps({"job_id": job_id}), once)

    async def requeue(
        self, session: Connection, job_id: JobId, connection_id: ConnectionId
    ) -> None:
        await session.execute(SQL["close_doing"], job_id)
        if not await self.is_waiting(session, job_id):
            await self.enqueue(session, job_id, connection_id)

    async def withdraw(self, session: Connection, job_id: JobId) -> None:
        await session.execute(SQL["withdraw"], job_id)

    async def is_waiting(self, session: Connection, job_id: JobId) -> bool:
        waiting: bool = await session.fetchval(SQL["is_waiting"], job_id)
        return waiting

    async def work(self, run_job: RunJob, concurrency: int) -> None:
        connector = procrastinate.PsycopgConnector(
            conninfo=self.dsn, kwargs={"options": "-c search_path=jobs"}, min_size=1, max_size=4
        )
        app = procrastinate.App(connector=connector)

        @app.task(name=TASK, queue=QUEUE)
        async def sync(job_id: int) -> None:
            await run_job(JobId(job_id))

        async with app.open_async():
            await app.run_worker_async(
                queues=[QUEUE],
                concurrency=concurrency,
                install_signal_handlers=False,
                listen_notify=True,
            )
