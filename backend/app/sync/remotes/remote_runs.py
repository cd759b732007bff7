"""Jobs of remotes that jobs of Atlas began or adopted: noted before they are asked for, and as they are seen."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.ids import AttemptId, ConnectionId, JobId, RemoteId
from app.core.jobs import Attempt
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load
from app.remote.shapes import Outcome, RemoteJob
from app.remote.verification import Verdict, Verification
from app.sync.remotes.links import Link

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRun:
    """Shape: without a `remote_job_id` the remote was asked, or was about to be, and a job younger than `after_job` may be
    ours. Counts that are absent are not known.

    Units: `asked_for_s` seconds since it was asked for, by the database's clock.
    """

    remote_run_id: int
    job_id: JobId
    attempt_id: AttemptId
    connection_id: ConnectionId
    remote_id: RemoteId
    remote_connection_id: UUID
    after_job: int
    remote_job_id: int | None
    is_adopted: bool
    status: str | None
    rows: int | None
    size_bytes: int | None
    started_at: datetime | None
    asked_for_s: float
    seen_at: datetime | None
    ended_at: datetime | None
    verdict: Verdict | None
    reasons: Sequence[str]

    @property
    def is_success(self) -> bool:
        """True if the remote says that its job succeeded."""
        return (self.status or "").lower() == Outcome.SUCCEEDED


async def ask(session: Session, attempt: Attempt, link: Link, after_job: int) -> int:
    """Note that the remote is about to be asked for a job; the run's id."""
    run_id: int = await session.fetchval(
        SQL["ask"], attempt.job_id, attempt.attempt_id, link.connection_id, link.remote_id,
        link.remote_connection_id, after_job,
    )  # fmt: skip
    return run_id


async def newest(session: Session, job_id: JobId) -> RemoteRun | None:
    """The newest run of a job."""
    row = await session.fetchrow(SQL["newest"], job_id)
    return None if row is None else _run(row)


async def of_connection(
    session: Session, connection_id: ConnectionId, limit: int, offset: int
) -> Sequence[RemoteRun]:
    """The newest first."""
    rows = await session.fetch(SQL["of_connection"], connection_id, limit, offset)
    return [_run(row) for row in rows]


async def note_job(
    session: Session, remote_run_id: int, remote_job_id: int, *, is_adopted: bool
) -> None:
    """Note which job of the remote it is."""
    await session.execute(SQL["note_job"], remote_run_id, remote_job_id, is_adopted)


async def seen(session: Session, remote_run_id: int, job: RemoteJob) -> None:
    """Note how the remote's job stands, in the remote's words."""
    await session.execute(
        SQL["seen"], remote_run_id, job.reported, job.rows_synced, job.bytes_synced,
        job.started_at, job.outcome is not None,
    )  # fmt: skip


async def note_verification(session: Session, remote_run_id: int, found: Verification) -> None:
    await session.execute(
        SQL["verified"], remote_run_id, found.verdict, json.dumps(list(found.reasons))
    )


async def give_up(session: Session, remote_run_id: int) -> None:
    """Ask no more about a run: the remote has no such job, or it never began."""
    await session.execute(SQL["give_up"], remote_run_id)


async def earlier_rows(
    session: Session, connection_id: ConnectionId, before: int, limit: int
) -> Sequence[int]:
    """The rows of good runs before one, the newest first."""
    rows = await session.fetch(SQL["earlier"], connection_id, before, limit)
    return [row["rows"] for row in rows]


async def failures(session: Session, job_id: JobId) -> int:
    """How many jobs of the remote have failed of one of Atlas's."""
    found: int = await session.fetchval(SQL["failures"], job_id)
    return found


async def take_unwanted(session: Session, again_s: float) -> Sequence[RemoteRun]:
    """Runs that go on and that nobody wants, for this process to end. Units: `again_s` seconds until another may."""
    return [_run(row) for row in await session.fetch(SQL["take_unwanted"], again_s)]


def _run(row: Row) -> RemoteRun:
    return RemoteRun(
        remote_run_id=row["remote_run_id"],
        job_id=JobId(row["job_id"]),
        attempt_id=AttemptId(row["attempt_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        remote_id=RemoteId(row["remote_id"]),
        remote_connection_id=row["remote_connection_id"],
        after_job=row["after_job"],
        remote_job_id=row["remote_job_id"],
        is_adopted=row["is_adopted"],
        status=row["status"],
        rows=row["rows"],
        size_bytes=row["bytes"],
        started_at=row["started_at"],
        asked_for_s=row["asked_for_s"],
        seen_at=row["seen_at"],
        ended_at=row["ended_at"],
        verdict=Verdict(row["verified"]) if row["verified"] else None,
        reasons=json.loads(row["reasons"]),
    )
