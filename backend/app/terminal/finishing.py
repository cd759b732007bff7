"""A job followed to its end, and what it came to."""

import asyncio
import json

from rich.console import Console

from app.core.jobs import Job, JobStatus
from app.main import Atlas
from app.sync.jobs import report
from app.terminal import progress, summary


async def finish(
    console: Console,
    atlas: Atlas,
    job: Job,
    worker: "asyncio.Future[list[None]]",
    *,
    as_json: bool,
) -> bool:
    """Follow a job to its end and show its report; true if it succeeded."""
    ended = await progress.follow(console, atlas.database, job.job_id, worker)
    async with atlas.database.connection() as session:
        found = await report.of_job(session, job.job_id)
    summary.show(console, found)
    if as_json:
        print(json.dumps(summary.as_json(found)), flush=True)
    return ended.status is JobStatus.SUCCEEDED


async def finish_briefly(
    console: Console, atlas: Atlas, job: Job, worker: "asyncio.Future[list[None]]"
) -> bool:
    """The same of a job that reads nothing, and has no books to report."""
    ended = await progress.follow(console, atlas.database, job.job_id, worker)
    why = f" {ended.failure.title}. {ended.failure.detail}" if ended.failure else ""
    console.print(f"Job {ended.job_id} ({ended.job_type}): {ended.status}.{why}", markup=False)
    return ended.status is JobStatus.SUCCEEDED
