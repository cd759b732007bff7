"""What people say of a dataset: what it is, who answers for it, and words to find it by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.ids import StreamId
from app.database.pool import Connection
from app.database.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Shape: nothing is said of a dataset until somebody does."""

    description: str | None = None
    tags: Sequence[str] = ()
    owners: Sequence[str] = ()
    changed_by: str | None = None
    changed_at: datetime | None = None


async def of_stream(connection: Connection, stream_id: StreamId) -> Labels:
    row = await connection.fetchrow(SQL["of_stream"], stream_id)
    return Labels(**row) if row else Labels()


async def keep(connection: Connection, stream_id: StreamId, labels: Labels, by: str) -> Labels:
    """Let these be the dataset's labels, each tag and owner once; as they are kept."""
    tags, owners = (list(dict.fromkeys(some)) for some in (labels.tags, labels.owners))
    await connection.execute(SQL["keep"], stream_id, labels.description, tags, owners, by)
    return await of_stream(connection, stream_id)
