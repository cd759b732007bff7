"""`atlas clear` and `atlas refresh`: what they would take away is shown before it is asked for."""

import typer
from rich.console import Console
from rich.table import Table

from app.core.catalog import StreamDescriptor
from app.core.connections import Connection
from app.core.errors import InvalidRequest
from app.core.jobs import Job, JobOptions, JobType
from app.core.settings import Settings
from app.main import Atlas, open_atlas
from app.sync.connections import connection_store
from app.sync.jobs import previews
from app.terminal import acts
from app.terminal.finishing import finish, finish_briefly


async def change(
    settings: Settings,
    console: Console,
    job_type: str,
    name_or_id: str,
    streams: list[str],
    removes_history: bool,
    is_sure: bool,
) -> bool:
    """Show what a job would take away, ask, and see it through; true if it was done."""
    async with open_atlas(settings) as atlas:
        job = await start_if_sure(
            console, atlas, job_type, name_or_id, streams,
            removes_history=removes_history, is_sure=is_sure,
        )  # fmt: skip
        if job is None:
            return False
        async with atlas.working() as tasks:
            if job.job_type.clears:
                return await finish_briefly(console, atlas, job, tasks)
            return await finish(console, atlas, job, tasks, as_json=False)


async def start_if_sure(
    console: Console,
    atlas: Atlas,
    job_type: str,
    name_or_id: str,
    streams: list[str],
    *,
    removes_history: bool,
    is_sure: bool,
) -> Job | None:
    """Start the job once somebody has seen what it does and said yes; none if not.

    Errors: ConnectionNotFound, ConnectionInactive, InvalidRequest, SyncAlreadyRunning.
    """
    kind = JobType(job_type)
    async with atlas.database.connection() as session:
        found = await connection_store.find_connection(session, name_or_id)
        options = JobOptions(
            streams=chosen_streams(found, streams), removes_history=removes_history
        )
        await atlas.scheduler.require_possible(session, found.connection_id, kind, options)
        shown = await previews.of(session, found, kind, options)
    table = Table(title=f"{job_type} {found.name}", title_justify="left")
    for heading in ("stream", "chart", "history", "rows", "past versions", "not published"):
        table.add_column(heading, justify="left" if heading in ("stream", "chart", "history") else "right")  # fmt: skip
    for each in shown:
        counts = (each.chart_rows, each.past_versions, each.unpublished)
        table.add_row(str(each.descriptor), each.chart, each.history, *(f"{n:,}" for n in counts))
    console.print(table)
    if not is_sure and not typer.confirm("Go on?", err=True):
        console.print("Nothing was changed.")
        return None
    return await acts.start_job(atlas, job_type, found, kind, options)


def chosen_streams(connection: Connection, names: list[str]) -> tuple[StreamDescriptor, ...]:
    """The streams of these names. Errors: InvalidRequest if the connection has not all of them."""
    known = {str(stream.configured.descriptor): stream for stream in connection.streams}
    if unknown := [name for name in names if name not in known]:
        raise InvalidRequest(f"{connection.name} has no stream {', '.join(unknown)}.")
    return tuple(known[name].configured.descriptor for name in names)
