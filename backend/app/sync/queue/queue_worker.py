"""Procrastinate's worker, kept alive through every failure of its database."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

import procrastinate
import structlog
from procrastinate import jobs
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager, NotificationCallback
from procrastinate.worker import Worker

from app.core.cancelling import unless_cancelled
from app.core.failures import (
    DatabaseUnreachable,
)
from app.database.pool import KEEPALIVES

log = structlog.get_logger(__name__)

Run = Callable[[int], Awaitable[None]]
NoteWorker = Callable[[int], Awaitable[None]]
"""Told the id that the queue gives a worker, before it takes a job."""

_AGAIN_S = (0.5, 1.0, 2.0, 5.0)
_NOT_DOING = "P0001"  # what Procrastinate's functions raise for a row that somebody has closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Units: seconds. `stall_s` is what Procrastinate forgets a silent worker after."""

    poll_s: float = 2.0
    heartbeat_s: float = 10.0
    stall_s: float = 45.0


async def work(
    dsn: str,
    task: str,
    run: Run,
    *,
    role: str | None,
    stopping: asyncio.Event,
    note: NoteWorker,
    queues: Sequence[str],
    concurrency: int,
    timing: Timing,
) -> None:
    """Take jobs of the queues and run them until `stopping` is set and they have ended.

    Shape: goes on through every failure of the database. Cancelled, it cancels what it runs.
    """
    failures = 0
    while not stopping.is_set():
        running: set[asyncio.Task[object]] = set()
        connector = _connector(dsn, role)
        worker = _worker(connector, task, run, running, note, queues, concurrency, timing)
        try:
            async with worker.app.open_async():
                failures = 0
                await _until_stopped(worker, stopping, running)
        except (ConnectorException, DatabaseUnreachable) as error:
            log.warning("queue_unreachable", cause=type(error.__cause__).__name__)
        if not stopping.is_set():
            log.warning("queue_worker_begins_again")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_S[min(failures, len(_AGAIN_S) - 1)]):
                    await stopping.wait()
            failures += 1


def _connector(dsn: str, role: str | None) -> procrastinate.PsycopgConnector:
    options = "-c search_path=jobs" + (f" -c role={role}" if role else "")
    return procrastinate.PsycopgConnector(
        conninfo=dsn, kwargs={"options": options, **KEEPALIVES}, min_size=1, max_size=4
    )


def _worker(
    connector: procrastinate.PsycopgConnector,
    task: str,
    run: Run,
    running: set[asyncio.Task[object]],
    note: NoteWorker,
    queues: Sequence[str],
    concurrency: int,
    timing: Timing,
) -> Worker:
    app = procrastinate.App(connector=connector)
    app.job_manager = _Manager(connector, note)

    @app.task(name=task)
    async def named(job_id: int) -> None:
        current = asyncio.current_task()
        assert current is not None  # noqa: S101  Procrastinate runs each job in a task
        running.add(current)
        try:
            await run(job_id)
        finally:
            running.discard(current)

    return Worker(
        app=app,
        queues=list(queues),
        concurrency=concurrency,
        install_signal_handlers=False,
        listen_notify=True,
        fetch_job_polling_interval=timing.poll_s,
        update_heartbeat_interval=timing.heartbeat_s,
        stalled_worker_timeout=timing.stall_s,
    )


async def _until_stopped(
    worker: Worker, stopping: asyncio.Event, running: set[asyncio.Task[object]]
) -> None:
    working = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]
    asked = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({working, asked}, return_when=asyncio.FIRST_COMPLETED)
        worker.stop()  # type: ignore[no-untyped-call]
        await asyncio.shield(working)
    except asyncio.CancelledError:
        worker.stop()  # type: ignore[no-untyped-call]
        for one in running:
            one.cancel()
        await asyncio.wait({working})
        if not working.cancelled() and (error := working.exception()) is not None:
            log.warning("queue_worker_broke_off", cause=type(error.__cause__ or error).__name__)
        raise
    finally:
        asked.cancel()


class _Manager(JobManager):
    """Tells who the worker is before it takes a job, and sees to it that what has ended is closed.

    Procrastinate's worker does not notice when its heartbeat or its listener ends with an error, and
    goes on without them; so neither ends here.
    """

    def __init__(self, connector: procrastinate.PsycopgConnector, note: NoteWorker) -> None:
        super().__init__(connector)
        self._note = note

    async def register_worker(self) -> int:
        worker_id = await super().register_worker()
        await self._note(worker_id)
        return worker_id

    async def update_heartbeat(self, worker_id: int) -> None:
        try:
            await super().update_heartbeat(worker_id)
        except ConnectorException as error:
            unless_cancelled()
            log.warning("queue_heartbeat_missed", cause=type(error.__cause__).__name__)

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        while True:
            try:
                await super().listen_for_jobs(on_notification=on_notification, queues=queues)
            except ConnectorException as error:
                unless_cancelled()
                log.warning("queue_not_heard", cause=type(error.__cause__).__name__)
            await asyncio.sleep(_AGAIN_S[0])

    async def finish_job(self, job: jobs.Job, status: jobs.Status, delete_job: bool) -> None:
        """A row that stays open holds its connection's lock: close it even if a connection breaks."""
        for wait_s in (*_AGAIN_S, 0.0):
            try:
                return await super().finish_job(job, status, delete_job)
            except ConnectorException as error:
                if getattr(error.__cause__, "sqlstate", None) == _NOT_DOING:
                    log.warning("queue_row_was_closed", row=job.id)
                    return None
                log.warning("queue_row_not_closed", row=job.id, again_in_s=wait_s)
                await asyncio.sleep(wait_s)
        log.error("queue_row_left_to_rescue", row=job.id)
        return None
