"""Follows a job to its end, with a line for each stream that moves."""

import asyncio
import time
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table

from app.core.ids import JobId
from app.core.jobs import Job
from app.database.pool import Database
from app.sync import job_store, report
from app.sync.report import Progress

_LOOK_S = 0.25
_LINE_S = 2.0


async def follow(
    console: Console, database: Database, job_id: JobId, worker: asyncio.Future[list[None]]
) -> Job:
    """Show how far the job is until it is over; the job.

    Errors: what the worker raises if it ends before the job does.
    """
    began = time.monotonic()
    if console.is_terminal:
        with Live(console=console, refresh_per_second=4, transient=True) as live:
            return await _watch(database, job_id, worker, lambda p: live.update(_table(p, began)))
    last_line = [0.0]

    def print_line(progress: Sequence[Progress]) -> None:
        seconds = time.monotonic() - began
        if time.monotonic() - last_line[0] < _LINE_S:
            return
        last_line[0] = time.monotonic()
        for line in progress:
            console.print(
                f"{seconds:6.1f} s  {line.stream}: {line.landed:,} read, {line.size_bytes / 1e6:.1f} MB, "
                f"{line.landed / max(seconds, 0.001):,.0f} records/s, {line.published:,} published, {line.stage}"
            )

    return await _watch(database, job_id, worker, print_line)


async def _watch(
    database: Database,
    job_id: JobId,
    worker: asyncio.Future[list[None]],
    show: Callable[[Sequence[Progress]], None],
) -> Job:
    while True:
        async with database.connection() as session:
            job = await job_store.get(session, job_id)
            show(await report.progress_of(session, job_id))
        if job.status.is_terminal:
            return job
        if worker.done():
            worker.result()
        await asyncio.sleep(_LOOK_S)


def _table(progress: Sequence[Progress], began: float) -> Table:
    seconds = max(time.monotonic() - began, 0.001)
    table = Table(title=f"{seconds:.0f} s", title_justify="left")
    table.add_column("stream")
    for column in ("read", "MB", "records/s", "published"):
        table.add_column(column, justify="right")
    table.add_column("stage")
    for line in progress:
        table.add_row(
            line.stream,
            f"{line.landed:,}",
            f"{line.size_bytes / 1e6:.1f}",
            f"{line.landed / seconds:,.0f}",
            f"{line.published:,}",
            line.stage,
        )
    return table
