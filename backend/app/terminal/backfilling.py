"""A backfill in the terminal: what it would do, then how far it came, chunk by chunk."""

from collections.abc import Sequence

import typer
from rich.console import Console

from app.core.jobs import CursorRange, JobOptions, JobType
from app.main import Atlas
from app.sync import backfills
from app.sync.backfills import Chunk
from app.sync.connections import connection_store
from app.terminal import acts
from app.terminal.changing import chosen_streams
from app.terminal.finishing import finish
from app.terminal.tables import plain_table


async def backfill_and_show(
    console: Console, atlas: Atlas, name_or_id: str, stream: str, wanted: CursorRange, *, is_sure: bool
) -> bool:  # fmt: skip
    """Show what a backfill would read, ask, and see it through; true if it was done.

    Errors: ConnectionNotFound, ConnectionInactive, InvalidRequest, SyncAlreadyRunning.
    """
    async with atlas.database.connection() as session:
        found = await connection_store.find_connection(session, name_or_id)
        options = JobOptions(streams=chosen_streams(found, [stream]), backfill=wanted)
        await atlas.scheduler.require_possible(session, found.connection_id, JobType.BACKFILL, options)  # fmt: skip
        plan = await backfills.plan(session, found, options)
    rows = "an unknown number of" if plan.rows is None else f"{plan.rows:,}"
    console.print(
        f"{stream} of {found.name} will be read from {plan.bounds[0]} to before {plan.bounds[-1]}, in "
        f"{len(plan.bounds) - 1} part(s); its source is told to begin after {plan.begins_after}. Chart has {rows} rows "
        "of it now.",
        markup=False,
    )
    if not is_sure and not typer.confirm("Go on?", err=True):
        console.print("Nothing was changed.")
        return False
    job = await acts.start_job(atlas, "backfill", found, JobType.BACKFILL, options)
    async with atlas.working() as tasks:
        succeeded = await finish(console, atlas, job, tasks, as_json=False)
    async with atlas.database.connection() as session:
        done = await backfills.chunks(session, job.job_id)
    _show(console, done)
    return succeeded


def _show(console: Console, chunks: Sequence[Chunk]) -> None:
    table = plain_table("Parts", "from", "to", "explored", "out of range", "", numbers=("explored", "out of range"))  # fmt: skip
    for chunk in chunks:
        said = "read" if chunk.ended_at else f"as far as {chunk.reached}" if chunk.reached else "-"
        table.add_row(chunk.since, chunk.until, f"{chunk.explored:,}", f"{chunk.out_of_range:,}", said)  # fmt: skip
    console.print(table)
