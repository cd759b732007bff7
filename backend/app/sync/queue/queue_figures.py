"""What waits in the queues, and who takes from them; only looked at here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.ids import ConnectionId, JobId, WorkerId
from app.database.pool import Connection as Session
from app.database.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepth:
    """The jobs of a queue that are not over, each counted once.

    Shape: `waiting` could begin now; `later` wait for their time; `held_back` for room in their workspace;
           `workers` that live and take from it.
    Units: `oldest_s` seconds that the oldest of `waiting` and `held_back` has waited; none if none waits.
    """

    queue: str
    running: int
    waiting: int
    later: int
    held_back: int
    oldest_s: float | None
    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    job_id: JobId
    connection_id: ConnectionId
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerFigures:
    """A worker as the others see it. Shape: one without queues runs a job of its own, as `atlas sync` does.

    Units: `silent_s` seconds since its last heartbeat.
    """

    worker_id: WorkerId
    host: str
    process_id: int
    queues: Sequence[str]
    started_at: datetime
    silent_s: float
    is_living: bool
    runs: Sequence[Run]


async def queues(session: Session, stall_s: float) -> Sequence[QueueDepth]:
    """The queues that have a job, or somebody who takes from them. Units: seconds of a stalled worker."""
    return [
        QueueDepth(
            queue=row["queue"],
            running=row["running"],
            waiting=row["waiting"],
            later=row["later"],
            held_back=row["held_back"],
            oldest_s=row["oldest_s"],
            workers=row["workers"],
        )
        for row in await session.fetch(SQL["queues"], stall_s)
    ]


async def workers(session: Session, stall_s: float) -> Sequence[WorkerFigures]:
    """All workers that were not forgotten yet, the oldest first. Units: seconds of a stalled worker."""
    return [
        WorkerFigures(
            worker_id=WorkerId(row["worker_id"]),
            host=row["host"],
            process_id=row["process_id"],
            queues=row["queues"],
            started_at=row["started_at"],
            silent_s=row["silent_s"],
            is_living=row["is_living"],
            runs=[_run(run) for run in json.loads(row["runs"])],
        )
        for row in await session.fetch(SQL["workers"], stall_s)
    ]


async def hindered(session: Session, slug: str) -> Sequence[JobId]:
    """The jobs that wait for another try since the last one failed for this reason, the oldest first."""
    return [JobId(row["job_id"]) for row in await session.fetch(SQL["hindered"], slug)]


def _run(found: dict[str, object]) -> Run:
    return Run(
        job_id=JobId(int(str(found["job_id"]))),
        connection_id=ConnectionId(UUID(str(found["connection_id"]))),
        number=int(str(found["number"])),
    )
