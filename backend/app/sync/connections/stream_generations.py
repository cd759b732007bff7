"""Generations of a stream as they are opened, and its clears: where its history has another beginning."""

from collections.abc import Sequence
from datetime import datetime

from app.core.ids import JobId, StreamId
from app.core.layout import Layout
from app.database.pool import Connection as Session
from app.database.queries import load

SQL = load(__file__)


async def open_generation(session: Session, stream_id: StreamId, job_id: JobId) -> int:
    """Open a stream's next generation, for a job that reads it from its beginning; its number."""
    generation: int = await session.fetchval(SQL["open_generation"], stream_id, job_id)
    return generation


async def opened_by(
    session: Session, stream_id: StreamId, job_id: JobId
) -> tuple[int, datetime] | None:
    """The newest generation that a job has opened of a stream, and when; none if it has not."""
    row = await session.fetchrow(SQL["opened_by"], stream_id, job_id)
    return None if row is None else (row["generation_id"], row["opened_at"])


async def any_opened_by(session: Session, stream_ids: Sequence[StreamId], job_id: JobId) -> bool:
    """True if a job has opened a generation of any of these streams."""
    found: bool = await session.fetchval(SQL["any_opened_by"], list(stream_ids), job_id)
    return found


async def note_clear(session: Session, layout: Layout, job_id: JobId) -> None:
    """Keep the newest clear of a stream: its history has another epoch from then on."""
    clear = layout.clears[-1]
    await session.execute(SQL["note_clear"], layout.stream_id, clear.at, clear.recorded_at, job_id)


async def forget_clears(session: Session, stream_id: StreamId) -> None:
    """There is no history from before any more."""
    await session.execute(SQL["forget_clears"], stream_id)
