"""What was asked for of old records' values: columns that came later, and how far they were filled from explore."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.ids import StreamId
from app.database.pool import Connection as Session
from app.database.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnBackfill:
    """Columns of a schema version that rows from before shall have values of.

    Shape: `through_batch` is the last batch that was looked at; `rows` of chart and `versions` of history
           have a value by it, `misfits` are values that do not fit; `done_at` none while a job shall go on.
    """

    schema_version: int
    columns: Sequence[str]
    through_batch: int
    rows: int
    versions: int
    misfits: int
    asked_at: datetime
    done_at: datetime | None


async def ask(
    session: Session, stream_id: StreamId, schema_version: int, columns: Sequence[str]
) -> None:
    """Let the next job fill columns before it reads."""
    if columns:
        await session.execute(SQL["ask"], stream_id, schema_version, columns)


async def pending(session: Session, stream_id: StreamId) -> Sequence[ColumnBackfill]:
    """A stream's that are not done, the oldest first."""
    return [ColumnBackfill(**row) for row in await session.fetch(SQL["pending"], stream_id)]


async def of_version(
    session: Session, stream_id: StreamId, schema_version: int | None
) -> ColumnBackfill | None:
    """What was asked for with a schema version; none if nothing was."""
    row = await session.fetchrow(SQL["of_version"], stream_id, schema_version)
    return None if row is None else ColumnBackfill(**row)


async def note(
    session: Session,
    stream_id: StreamId,
    schema_version: int,
    through_batch: int,
    *,
    rows: int,
    versions: int,
    misfits: int,
) -> None:
    """Keep how far a backfill is, and what this part of it has filled, in the transaction that fills it."""
    await session.execute(
        SQL["note"], stream_id, schema_version, through_batch, rows, versions, misfits
    )


async def end(session: Session, stream_id: StreamId, schema_version: int) -> None:
    """There is nothing more to fill."""
    await session.execute(SQL["end"], stream_id, schema_version)
