"""/v1/queue: what waits to be run, for how long, and who runs."""

from uuid import UUID

from fastapi import APIRouter

from app.api.access import Viewer
from app.api.dependencies import Session, Settings
from app.api.views import View, instant
from app.sync.queue import queue_figures
from app.sync.queue.queue_figures import QueueDepth, WorkerFigures

router = APIRouter(prefix="/queue", tags=["Queue"])


class QueueView(View):
    """The jobs of a queue that are not over, each counted once. Shape: without `oldestWaitingS` none waits.

    Units: jobs; seconds.
    """

    queue: str
    running: int
    waiting: int
    later: int
    held_back: int
    oldest_waiting_s: float | None
    workers: int

    @classmethod
    def of(cls, depth: QueueDepth) -> "QueueView":
        return cls(
            queue=depth.queue,
            running=depth.running,
            waiting=depth.waiting,
            later=depth.later,
            held_back=depth.held_back,
            oldest_waiting_s=None if depth.oldest_s is None else round(depth.oldest_s, 1),
            workers=depth.workers,
        )


class RunView(View):
    job_id: int
    connection_id: UUID
    attempt: int


class WorkerView(View):
    """Units: `heartbeatAgeS` seconds since it last said that it lives."""

    worker_id: int
    host: str
    process_id: int
    queues: list[str]
    is_living: bool
    heartbeat_age_s: float
    started_at: str
    runs: list[RunView]

    @classmethod
    def of(cls, worker: WorkerFigures) -> "WorkerView":
        return cls(
            worker_id=worker.worker_id,
            host=worker.host,
            process_id=worker.process_id,
            queues=list(worker.queues),
            is_living=worker.is_living,
            heartbeat_age_s=round(worker.silent_s, 1),
            started_at=instant(worker.started_at),
            runs=[
                RunView(job_id=run.job_id, connection_id=run.connection_id, attempt=run.number)
                for run in worker.runs
            ],
        )


class QueueFiguresView(View):
    queues: list[QueueView]
    workers: list[WorkerView]


@router.get("", operation_id="getQueue")
async def get_queue(caller: Viewer, session: Session, settings: Settings) -> QueueFiguresView:
    """The queues that have a job or a worker, and all workers: a queue with jobs and no worker that
    lives shows 0."""
    depths = await queue_figures.queues(session, settings.stall_s)
    found = await queue_figures.workers(session, settings.stall_s)
    return QueueFiguresView(
        queues=[QueueView.of(depth) for depth in depths],
        workers=[WorkerView.of(worker) for worker in found],
    )
