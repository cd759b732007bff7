"""/v1/jobs/{jobId}/logs: what the connector and Atlas said during a job's attempts."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.access import Viewer
from app.api.dependencies import Session
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.public.job_shapes import JobPath
from app.api.views import View, instant
from app.core.errors import InvalidRequest, JobNotFound
from app.core.ids import JobId
from app.sync.jobs import attempt_log, job_store
from app.sync.jobs.attempt_log import KeptLine, Level, LogTotal

router = APIRouter(prefix="/jobs", tags=["Jobs"])


class LineView(View):
    line_id: int
    attempt: int
    at: str
    level: str
    speaker: str
    message: str
    facts: dict[str, object] | None

    @classmethod
    def of(cls, line: KeptLine) -> "LineView":
        return cls(
            line_id=line.line_id,
            attempt=line.attempt,
            at=line.at.isoformat().replace("+00:00", "Z"),
            level=line.level.name,
            speaker=line.speaker,
            message=line.message,
            facts=dict(line.facts) if line.facts else None,
        )


class LogTotalView(View):
    """Shape: `dropped` lines were over the limit, and are only counted; `forgottenAt` once the others were let go of
    for their age (`ATLAS_LOG_KEEP_D`)."""

    attempt: int
    lines: int
    size_bytes: int
    dropped: int
    forgotten_at: str | None

    @classmethod
    def of(cls, total: LogTotal) -> "LogTotalView":
        return cls(
            attempt=total.attempt,
            lines=total.lines,
            size_bytes=total.size_bytes,
            dropped=total.dropped,
            forgotten_at=total.forgotten_at and instant(total.forgotten_at),
        )


class LogPage(Page[LineView]):
    attempts: list[LogTotalView]


@router.get(
    "/{jobId}/logs", operation_id="listJobLogs", responses=problems(JobNotFound, InvalidRequest)
)
async def list_job_logs(
    caller: Viewer,
    session: Session,
    paged: Paged,
    job_id: JobPath,
    attempt: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    level: Annotated[str | None, Query(description="DEBUG, INFO, WARNING, ERROR or FATAL.")] = None,
    text: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
) -> LogPage:
    """A job's log lines, the oldest first: of one attempt, from a level on, or with a text in them."""
    if level is not None and level.upper() not in Level.__members__:
        raise InvalidRequest("level is DEBUG, INFO, WARNING, ERROR or FATAL.")
    job = await job_store.get(session, JobId(job_id))
    found = await attempt_log.lines(
        session,
        job.job_id,
        attempt=attempt,
        level=Level[level.upper()] if level else None,
        text=text,
        limit=paged.wanted,
        offset=paged.offset,
    )
    page = paged.page([LineView.of(line) for line in found])
    totals = await attempt_log.totals(session, job.job_id)
    return LogPage(
        previous=page.previous,
        next=page.next,
        data=page.data,
        attempts=[LogTotalView.of(total) for total in totals],
    )
