"""A connection's troubles over time: since when and until when it was broken, late or unsafe."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.ids import ConnectionId, JobId
from app.database.pool import Connection
from app.database.queries import load
from app.sync.overview.troubles import Reason, Trouble

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One time that something was not as it should be.

    Shape: `until` none while it lasts; `count` of failures, windows, tries of a range or columns; `job_id` the
           newest job it is of, `mended_by` the job that made it good, where there is one.
    """

    kind: Trouble
    reason: Reason
    since: datetime
    until: datetime | None
    job_id: JobId | None
    mended_by: JobId | None
    stream: str | None
    namespace: str | None
    count: int
    detail: str


async def of_connection(
    connection: Connection, connection_id: ConnectionId, limit: int, offset: int
) -> Sequence[Incident]:
    """The newest first, by what the books hold.

    Shape: late by windows that were ticked, and by what its syncs take now.
    """
    rows = await connection.fetch(SQL["incidents"], connection_id, limit, offset)
    return [
        Incident(**{**row, "kind": Trouble(row["kind"]), "reason": Reason(row["reason"])})
        for row in rows
    ]
