"""Follows a job to its end, with a line for each stream that moves."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from app.core.ids import JobId
from app.core.jobs import Job
from app.core.remotes import Engine
from app.database.pool import Database
from app.sync.jobs import job_store, report
from app.sync.jobs.report import Progress
from app.sync.remotes import remote_runs
from app.terminal import elsewhere

_LOOK_S = 0.25
_LINE_S = 2.0


@dataclass(slots=True)
class Pace:
    """Records a second, of those read since somebody looks: an earlier attempt's are not counted."""

    began: float = field(default_factory=time.monotonic)
    before: dict[str, int] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def note(self, progress: Sequence[Progress]) -> None:
        for line in progress:
            self.before.setdefault(line.stream, line.landed)

    def of(self, line: Progress) -> float:
        return max(line.landed - self.before[line.stream], 0) / max(self.seconds, _LOOK_S)


async def follow(
    console: Console, database: Database, job_id: JobId, worker: asyncio.Future[list[None]]
) -> Job:
    """Show how far the job is until it is over; the job.

    Errors: what the worker raises if it ends before the job does.
    """
    pace = Pace()
    if console.is_terminal:
        with Live(console=console, refresh_per_second=4, transient=True) as live:
            return await _watch(
                database, job_id, worker, lambda p, said: live.update(_seen(p, said, pace))
            )
    last_line = [0.0]

    def print_lines(progress: Sequence[Progress], said: str) -> None:
        pace.note(progress)
        if time.monotonic() - last_line[0] < _LINE_S:
            return
        last_line[0] = time.monotonic()
        if said:
            console.print(f"{pace.seconds:6.1f} s  {said}", markup=False)
        for line in progress:
            console.print(
                f"{pace.seconds:6.1f} s  {line.stream}: {line.landed:,} read, "
                f"{line.size_bytes / 1e6:.1f} MB, {pace.of(line):,.0f} records/s, "
                f"{line.published:,} published, {line.stage}"
            )

    return await _watch(database, job_id, worker, print_lines)


async def _watch(
    database: Database,
    job_id: JobId,
    worker: asyncio.Future[list[None]],
    show: Callable[[Sequence[Progress], str], None],
) -> Job:
    """Shape: `show` is given a line for each stream, or what a remote says that does the job."""
    while True:
        async with database.connection() as session:
            job = await job_store.get(session, job_id)
            progress = await report.progress_of(session, job_id)
            run = None if job.engine is Engine.LOCAL else await remote_runs.newest(session, job_id)
        show(progress, "" if job.engine is Engine.LOCAL else elsewhere.words(run))
        if job.status.is_terminal:
            return job
        if worker.done():
            worker.result()
        await asyncio.sleep(_LOOK_S)


def _seen(progress: Sequence[Progress], said: str, pace: Pace) -> Table | Text:
    pace.note(progress)
    if said:
        return Text(f"{pace.seconds:.0f} s  {said}")
    table = Table(title=f"{pace.seconds:.0f} s", title_justify="left")
    table.add_column("stream")
    for column in ("read", "MB", "records/s", "published"):
        table.add_column(column, justify="right")
    table.add_column("stage")
    for line in progress:
        table.add_row(
            line.stream,
            f"{line.landed:,}",
            f"{line.size_bytes / 1e6:.1f}",
            f"{pace.of(line):,.0f}",
            f"{line.published:,}",
            line.stage,
        )
    return table
