"""The attempts of jobs with what each of them read: the older API of Airbyte tells of jobs so."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.ids import JobId
from app.core.jobs import FailureReport
from app.core.remotes import Engine
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStats:
    """Units: records read, and of them in explore; bytes of these."""

    name: str
    namespace: str | None
    read: int
    explored: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStats:
    """Shape: `status` running, succeeded, failed or interrupted; `states` counts the states it saved. What is
    `reported` is a remote's word, of an attempt whose records are elsewhere; none where it says nothing.
    """

    number: int
    status: str
    started_at: datetime
    ended_at: datetime | None
    failure: FailureReport | None
    states: int
    streams: Sequence[StreamStats]
    is_elsewhere: bool
    reported_rows: int | None
    reported_bytes: int | None


async def of_jobs(
    session: Session, job_ids: Sequence[JobId]
) -> Mapping[JobId, Sequence[AttemptStats]]:
    """Each job's attempts, in order; none of a job that waits for its first."""
    found: dict[JobId, list[AttemptStats]] = {}
    for row in await session.fetch(SQL["of_jobs"], job_ids):
        found.setdefault(JobId(row["job_id"]), []).append(_attempt(row))
    return found


def _attempt(row: Row) -> AttemptStats:
    failure = row["failure"]
    return AttemptStats(
        number=row["number"],
        status=row["status"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        failure=FailureReport(**json.loads(failure)) if failure else None,
        states=row["states"],
        streams=[StreamStats(**stream) for stream in json.loads(row["streams"])],
        is_elsewhere=row["engine"] != Engine.LOCAL,
        reported_rows=row["reported_rows"],
        reported_bytes=row["reported_bytes"],
    )
