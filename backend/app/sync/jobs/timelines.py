"""When what of a job was done: one statement gives the whole answer, made by PostgreSQL."""

from enum import StrEnum

from app.core.errors import JobNotFound
from app.core.ids import JobId
from app.database.pool import Connection
from app.database.queries import load

SQL = load(__file__)

_TIMELINE = SQL["timeline"].format(moment="""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")


class AttemptStatus(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class PromotionOutcome(StrEnum):
    """What became of a range; `replayed` brought records back from quarantine, `rekeyed` booked them under
    another key."""

    PUBLISHED = "published"
    HELD = "held"
    REPLAYED = "replayed"
    REKEYED = "rekeyed"


async def of(connection: Connection, job_id: JobId) -> str:
    """A job's timeline as JSON. Errors: JobNotFound."""
    shown: str | None = await connection.fetchval(_TIMELINE, job_id)
    if shown is None:
        raise JobNotFound("No job has this id.", job_id=job_id)
    return shown
