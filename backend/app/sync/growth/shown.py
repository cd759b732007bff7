"""The generation that chart shows of a stream whose mode overwrites: what it is made of, and if explore has it."""

from collections.abc import Sequence

from app.core.connections import ConnectedStream
from app.database.pool import Connection as Session
from app.database.queries import load
from app.layers.tables import Tables
from app.sync import generations

SQL = load(__file__)


async def ranges_of_shown(session: Session, stream: ConnectedStream) -> Sequence[tuple[int, int]]:
    """The ranges (after, last] of batches that chart is made of, in order."""
    generation = await _shown(session, stream)
    return [] if generation is None else await generations.ranges(session, stream, generation)


async def lost_of_shown(session: Session, stream: ConnectedStream) -> int:
    """How many records of what chart shows the books say explore has, and it has no longer."""
    generation = await _shown(session, stream)
    statement = SQL["lost"].format(explore=Tables.of(stream.layout.table).explore)
    lost: int = await session.fetchval(statement, stream.stream_id, generation)
    return lost


async def _shown(session: Session, stream: ConnectedStream) -> int | None:
    connection_id = await session.fetchval(SQL["connection"], stream.stream_id)
    listed = await generations.listed(session, connection_id)
    named = [one for one in listed if one.stream == stream.layout.descriptor and one.is_shown]
    return named[0].generation_id if named else None
