"""What a job is a part of, and what followed it: one statement gives the whole answer, made by PostgreSQL."""

from app.core.errors import JobNotFound
from app.core.ids import JobId
from app.database.pool import Connection
from app.database.queries import load

SQL = load(__file__)

_TREE = SQL["tree"].format(moment="""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")


async def of(connection: Connection, job_id: JobId) -> str:
    """A job's run tree as JSON. Errors: JobNotFound."""
    shown: str | None = await connection.fetchval(_TREE, job_id)
    if shown is None:
        raise JobNotFound("No job has this id.", job_id=job_id)
    return shown
