"""Jobs as the API shows them: one statement gives the whole answer, made by PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.errors import JobNotFound
from app.core.ids import ConnectionId, JobId, WorkspaceId
from app.core.jobs import JobType
from app.database.pool import Connection
from app.database.queries import load

SQL = load(__file__)

ORDERS = {
    "created_asc": "j.created_at, j.job_id",
    "created_desc": "j.created_at DESC, j.job_id DESC",
    "updated_asc": "j.updated_at, j.job_id",
    "updated_desc": "j.updated_at DESC, j.job_id DESC",
}
_ONE = SQL["shown"].format(jobs=SQL["one"], place="1")
_LISTS = {
    name: SQL["together"].format(
        shown=SQL["shown"].format(
            jobs=SQL["page"].format(order=order), place=f"row_number() OVER (ORDER BY {order})"
        )
    )
    for name, order in ORDERS.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Shape: a None filters nothing; Atlas's own types only where they are asked for: Airbyte's clients do
    not know them; a status that no job has finds none."""

    connection_ids: Sequence[ConnectionId] | None = None
    workspace_ids: Sequence[WorkspaceId] | None = None
    status: StrEnum | None = None
    job_type: JobType | None = None
    all_types: bool = False
    created_from: datetime | None = None
    created_to: datetime | None = None
    updated_from: datetime | None = None
    updated_to: datetime | None = None


async def one(connection: Connection, job_id: JobId) -> str:
    """A job as JSON. Errors: JobNotFound."""
    row = await connection.fetchrow(_ONE, job_id)
    if row is None:
        raise JobNotFound("No job has this id.", job_id=job_id)
    shown: str = row["shown"]
    return shown


async def polled(connection: Connection, job_id: JobId) -> str:
    """The same for who asks by the job's id: he knows of it, which is noted the first time.

    Errors: JobNotFound.
    """
    row = await connection.fetchrow(_ONE, job_id)
    if row is None:
        raise JobNotFound("No job has this id.", job_id=job_id)
    if row["is_unheard"]:
        await note_poll(connection, job_id)
    shown: str = row["shown"]
    return shown


async def note_poll(connection: Connection, job_id: JobId) -> None:
    """Note that somebody has asked for a job by its id; the first time counts."""
    await connection.execute(SQL["note_poll"], job_id)


async def listed(
    connection: Connection, chosen: JobFilter, *, order_by: str, limit: int, offset: int
) -> tuple[bytes, bool]:
    """Jobs in order of `{created,updated}_{asc,desc}`; and true if there are more.

    Shape: what stands between the brackets of a JSON array, in UTF-8.
    """
    row = await connection.fetchrow(
        _LISTS[order_by], chosen.connection_ids, chosen.status, chosen.job_type, chosen.created_from,
        chosen.created_to, chosen.updated_from, chosen.updated_to, limit + 1, offset, chosen.workspace_ids,
        chosen.all_types,
    )  # fmt: skip
    assert row is not None  # noqa: S101  it counts
    return row["shown"], row["found"] > limit
