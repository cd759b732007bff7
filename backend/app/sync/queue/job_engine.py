"""The durable queue behind a narrow port: Procrastinate, in the same PostgreSQL."""

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Protocol

from procrastinate.schema import SchemaManager

from app.core.failures import (
    QueueSchemaMismatch,
)
from app.core.ids import ConnectionId, JobId
from app.database.pool import Connection
from app.database.queries import load
from app.sync.queue import queue_worker
from app.sync.queue.queue_worker import NoteWorker, Timing
from app.sync.queue.workers import Worker

SQL = load(__file__)

TASK = "sync"

RunJob = Callable[[JobId], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A place in the queue for one attempt of a job. Shape: `due_at` none is now."""

    job_id: JobId
    connection_id: ConnectionId
    queue: str
    priority: int
    due_at: datetime | None


class JobEngine(Protocol):
    """What the scheduler needs of a queue."""

    async def require_schema(self, session: Connection) -> None:
        """Errors: QueueSchemaMismatch if the queue's tables are not what its program expects."""

    async def enqueue(self, session: Connection, ticket: Ticket) -> None:
        """Queue an attempt in the caller's transaction: it starts after the commit, or never.

        Shape: what waits of the same connection gives way to it, so queueing anew moves a job.
               Who calls it holds the row of the connection's one job that is not over.
        """

    async def withdraw(self, session: Connection, job_id: JobId) -> None:
        """Take a job that nobody has taken yet out of the queue."""

    async def close(self, session: Connection, job_id: JobId) -> None:
        """Close what a dead worker was doing of a job, so that its connection is free."""

    async def settle(self, session: Connection, stall_s: float) -> None:
        """Close what the queue has of jobs that are over, and what nobody works on.

        Units: seconds after which a silent worker has stalled.
        """

    async def unqueued(self, session: Connection) -> Sequence[JobId]:
        """The jobs that the queue should have and has not."""

    async def forget(self, session: Connection, hours: int) -> None:
        """Remove what has been over for so many hours."""

    async def work(
        self,
        run_job: RunJob,
        worker: Worker,
        note: NoteWorker,
        queues: Sequence[str],
        concurrency: int,
    ) -> None:
        """Take jobs and run them until `worker.stopping` is set and they have ended.

        Shape: goes on through every failure of the database. Cancelled, it cancels what it runs.
        """  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcrastinateEngine:
    """Procrastinate in schema `jobs`.

    Shape: a row of the queue is one attempt. A connection's rows share a lock, so they run one
           after the other, and a queueing lock, so at most one of them waits. Its sessions work as `role`.
    """

    dsn: str
    role: str | None = None
    timing: Timing = field(default_factory=Timing)

    async def require_schema(self, session: Connection) -> None:
        folder = files("procrastinate") / "sql" / "migrations"
        needed = max(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
        found = await session.fetchval(SQL["schema"])
        functions = {row["proname"] for row in await session.fetch(SQL["functions"])}
        missing = _functions() - functions
        if found != needed or missing:
            raise QueueSchemaMismatch(
                f"The queue's tables are at {found}, the installed Procrastinate needs {needed}"
                f"{' and misses ' + ', '.join(sorted(missing)) if missing else ''}. Install the "
                "Procrastinate that this Atlas names (requirements.lock), or the Atlas that goes with it.",
                found=found,
                needed=needed,
            )

    async def enqueue(self, session: Connection, ticket: Ticket) -> None:
        lock = f"connection:{ticket.connection_id}"
        arguments = json.dumps({"job_id": ticket.job_id})
        await session.execute(SQL["clear"], lock)
        await session.execute(
            SQL["defer"], ticket.queue, TASK, ticket.priority, lock, arguments, ticket.due_at
        )

    async def withdraw(self, session: Connection, job_id: JobId) -> None:
        await session.execute(SQL["withdraw"], job_id)

    async def close(self, session: Connection, job_id: JobId) -> None:
        await session.execute(SQL["close"], job_id)

    async def settle(self, session: Connection, stall_s: float) -> None:
        await session.execute(SQL["close_waiting"])
        await session.execute(SQL["close_abandoned"], stall_s)

    async def unqueued(self, session: Connection) -> Sequence[JobId]:
        return [JobId(row["job_id"]) for row in await session.fetch(SQL["unqueued"])]

    async def forget(self, session: Connection, hours: int) -> None:
        await session.execute(SQL["forget_rows"], hours)

    async def work(
        self, run_job: RunJob, worker: Worker, note: NoteWorker, queues: Sequence[str], concurrency: int
    ) -> None:  # fmt: skip
        async def run(job_id: int) -> None:
            await run_job(JobId(job_id))

        await queue_worker.work(
            self.dsn,
            TASK,
            run,
            role=self.role,
            stopping=worker.stopping,
            note=note,
            queues=queues,
            concurrency=concurrency,
            timing=self.timing,
        )


def _functions() -> set[str]:
    """The functions that the installed Procrastinate's schema has."""
    return set(re.findall(r"CREATE (?:OR REPLACE )?FUNCTION (\w+)", SchemaManager.get_schema()))
