"""The events of jobs: kept by the database itself, replayed and followed here."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence

from app.core.errors import JobNotFound
from app.core.events import JobEvent
from app.core.ids import AttemptId, ConnectionId, JobId
from app.database.announcements import Announcements
from app.database.pool import Connection as Session
from app.database.pool import Database, Row
from app.database.queries import load

SQL = load(__file__)

CHANNEL = "atlas_jobs"
"""Where a commit announces its events. Shape: JSON with `eventId` and `jobId`."""

_AT_ONCE = 500


async def add(
    session: Session,
    job_id: JobId,
    attempt_id: AttemptId | None,
    kind: str,
    payload: Mapping[str, object],
) -> None:
    """Keep an event that is no change of a job, an attempt or a promotion: those keep themselves.

    It is told if the caller's transaction commits. Add it last: until then, no other of the job is kept.
    """
    await session.execute(SQL["add"], job_id, attempt_id, kind, json.dumps(payload))


async def listed(
    session: Session, job_id: JobId, limit: int, offset: int, after_event_id: int = 0
) -> Sequence[JobEvent]:
    """A job's events that are newer than one, the oldest first."""
    rows = await session.fetch(SQL["listed"], job_id, limit, offset, after_event_id)
    return [_event(row) for row in rows]


async def after(
    session: Session, job_id: JobId, event_id: int, limit: int = _AT_ONCE
) -> Sequence[JobEvent]:
    """A job's events that are newer than one. Shape: in order, `limit` at most."""
    return [_event(row) for row in await session.fetch(SQL["after"], job_id, event_id, limit)]


async def follow(
    database: Database,
    announcements: Announcements,
    job_id: JobId,
    after_event_id: int = 0,
    *,
    poll_s: float = 5.0,
) -> AsyncGenerator[JobEvent, None]:
    """A job's events from after one on, as they happen, until nothing more can happen to the job.

    An announcement only says that it is worth looking: what is given was read from the table, so
    none is lost or given twice, and one that is not announced is found after `poll_s` seconds.

    Shape:  in order; no connection is held while nothing happens.
    Errors: JobNotFound, DatabaseUnreachable; who follows goes on from the last id.
    """
    last = after_event_id
    async with announcements.heard(str(job_id)) as heard:
        while True:
            async with database.connection() as session:
                is_over = await session.fetchval(SQL["is_over"], job_id)
                found = await after(session, job_id, last)
            if is_over is None:
                raise JobNotFound("No job has this id.", job_id=job_id)
            for event in found:
                last = event.event_id
                yield event
            if len(found) == _AT_ONCE:
                continue
            if is_over:
                return
            await heard.wait(poll_s)


def subject_of(payload: str) -> str:
    """The job that an announcement is about."""
    return str(json.loads(payload)["jobId"])


def _event(row: Row) -> JobEvent:
    attempt = row["attempt_id"]
    return JobEvent(
        event_id=row["event_id"],
        job_id=JobId(row["job_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        attempt_id=None if attempt is None else AttemptId(attempt),
        kind=row["kind"],
        payload=json.loads(row["payload"]),
        at=row["at"],
    )
