"""/v1/jobs/{jobId}/events: what happened to a job, and what happens to it while one looks."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from app.api.access import Viewer
from app.api.dependencies import Announced, Database, Settings
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.public.job_shapes import JobPath
from app.api.views import View
from app.core.errors import AtlasError, JobNotFound
from app.core.events import JobEvent
from app.core.ids import JobId
from app.database.announcements import Announcements
from app.database.passing import passing_failures
from app.database.pool import Database as AtlasDatabase
from app.sync.jobs import events, job_store

router = APIRouter(prefix="/jobs", tags=["Jobs"])

MEDIA_TYPE = "text/event-stream"
LARGEST_ID = 2**63 - 1


class JobEventView(View):
    """One transition. Shape: `at` in UTC, to the microsecond; `eventId` ascends within a job."""

    event_id: int
    job_id: int
    attempt_id: int | None
    kind: str
    at: str
    payload: dict[str, object]

    @classmethod
    def of(cls, event: JobEvent) -> "JobEventView":
        return cls(
            event_id=event.event_id,
            job_id=event.job_id,
            attempt_id=event.attempt_id,
            kind=event.kind,
            at=event.at.isoformat().replace("+00:00", "Z"),
            payload=dict(event.payload),
        )


@router.get(
    "/{jobId}/events",
    operation_id="listJobEvents",
    response_model=Page[JobEventView],
    responses={
        **problems(JobNotFound),
        200: {
            "description": "The events so far, or with Accept: text/event-stream as they happen.",
            "content": {MEDIA_TYPE: {}},
        },
    },
)
async def list_job_events(
    caller: Viewer,
    request: Request,
    database: Database,
    announced: Announced,
    settings: Settings,
    paged: Paged,
    job_id: JobPath,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID, description="The last event seen.")] = 0,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
) -> Response:
    """A job's events that are newer than `Last-Event-ID`, or `after`, the oldest first.

    As an event stream it replays them, goes on with what happens, and ends when nothing more can
    happen; a comment shows every few seconds that it lives.
    """
    seen = after
    if last_event_id is not None and last_event_id.isdecimal() and last_event_id.isascii():
        digits = last_event_id.lstrip("0") or "0"  # Python reads no number of thousands of digits
        seen = min(int(digits[: len(str(LARGEST_ID)) + 1]), LARGEST_ID)
    async with database.connection() as session:
        await job_store.get(session, JobId(job_id))
        if MEDIA_TYPE not in request.headers.get("accept", ""):
            found = await events.listed(session, JobId(job_id), paged.wanted, paged.offset, seen)
            page = paged.page([JobEventView.of(event) for event in found], after=seen)
            return JSONResponse(page.model_dump(by_alias=True))
    return StreamingResponse(
        _stream(database, announced, JobId(job_id), seen, settings.event_heartbeat_s),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(
    database: AtlasDatabase,
    announced: Announcements,
    job_id: JobId,
    after: int,
    heartbeat_s: float,
) -> AsyncIterator[bytes]:
    """Source: the HTML standard's event stream; a line that begins with a colon is a comment."""
    yield b": follows\n\n"
    followed = events.follow(database, announced, job_id, after)
    async with contextlib.aclosing(followed):
        upcoming: asyncio.Task[JobEvent | None] | None = None
        try:
            while True:
                upcoming = upcoming or asyncio.create_task(_next(followed))
                done, _ = await asyncio.wait({upcoming}, timeout=heartbeat_s)
                if not done:
                    yield b": still here\n\n"
                    continue
                event, upcoming = upcoming.result(), None
                if event is None:
                    yield b"event: end\ndata: {}\n\n"
                    return
                yield _message(event)
        except AtlasError:
            return  # the answer has begun: who follows comes back with the last id
        finally:
            if upcoming is not None:
                upcoming.cancel()
                with contextlib.suppress(asyncio.CancelledError, AtlasError):
                    await upcoming


async def _next(followed: AsyncGenerator[JobEvent, None]) -> JobEvent | None:
    """The next event; none at the end: a task cannot raise StopAsyncIteration."""
    with passing_failures():
        return await anext(followed, None)


def _message(event: JobEvent) -> bytes:
    data = json.dumps(JobEventView.of(event).model_dump(by_alias=True), separators=(",", ":"))
    return f"id: {event.event_id}\nevent: {event.kind}\ndata: {data}\n\n".encode()
