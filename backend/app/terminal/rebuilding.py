"""`atlas rebuild`: whether chart and navigate are what explore makes of them."""

import asyncio

from rich.console import Console
from rich.table import Table

from app.core.jobs import JobOptions, JobStatus, JobType
from app.layers.shadow import Comparison
from app.main import Atlas
from app.sync import rebuilding
from app.sync.connections import connection_store
from app.terminal import acts, progress
from app.terminal.changing import chosen_streams


async def rebuild_and_show(
    console: Console,
    atlas: Atlas,
    worker: "asyncio.Future[list[None]]",
    name_or_id: str,
    streams: list[str],
    *,
    swap: bool,
) -> bool:
    """Rebuild streams, and show how they stand to what is published; true if all are equal.

    Errors: ConnectionNotFound, ConnectionInactive, InvalidRequest, SyncAlreadyRunning.
    """
    async with atlas.database.connection() as session:
        found = await connection_store.find_connection(session, name_or_id)
    options = JobOptions(streams=chosen_streams(found, streams), swaps=swap)
    job = await acts.start_job(atlas, "rebuild", found, JobType.REBUILD, options)
    ended = await progress.follow(console, atlas.database, job.job_id, worker)
    async with atlas.database.connection() as session:
        rebuilt = await rebuilding.found(session, job.job_id)
    table = Table(title=f"rebuild {found.name}", title_justify="left")
    for heading in ("stream", "chart", "navigate", ""):
        table.add_column(heading)
    for one in rebuilt:
        said = one.why_not or ("swapped" if one.is_swapped else "")
        table.add_row(one.stream, _said(one.chart), _said(one.history), said)
    console.print(table)
    for one in rebuilt:
        if one.examples:
            console.print(f"{one.stream}: not equal are, among others: {', '.join(one.examples[:5])}", markup=False)  # fmt: skip
    return ended.status is JobStatus.SUCCEEDED and all(one.is_equal for one in rebuilt)


def _said(found: Comparison) -> str:
    parts = {
        "equal": found.equal, "different": found.different, "missing": found.missing, "extra": found.extra,
    }  # fmt: skip
    return ", ".join(f"{count:,} {word}" for word, count in parts.items() if count) or "-"
