"""What becomes of streams that a job has read to their end without a record."""

from app.core.connections import WhenEmpty
from app.core.failures import (
    StreamEmptied,
)
from app.database.pool import Connection, Database
from app.layers import tables
from app.layers.tables import Tables
from app.sync import ledger
from app.sync.coverage import is_incremental
from app.sync.landing import Reading
from app.sync.taking import Change, StreamState


async def publish_emptied(database: Database, reading: Reading) -> None:
    """A full refresh that returned nothing: an alarm where the last one had rows.

    Shape:  also of a stream that an earlier attempt of the job has read to its end. One that never had a
            record has its tables from then on, empty.
    Errors: StreamEmptied.
    """
    for stream in reading.connection.streams:
        track = reading.promoter.tracks[stream.configured.descriptor]
        if not track.is_complete:
            continue
        if not track.state.is_published:
            await reading.promoter.promotion.make_tables(track.state)
        if is_incremental(stream) and not track.replaces:
            continue
        async with database.connection() as session:
            generation = reading.generations[stream.configured.descriptor]
            landed = await ledger.landed(session, stream.stream_id, generation)
            left = await _left(session, track.state)
        if landed or left is None:
            continue
        descriptor = stream.configured.descriptor
        if reading.connection.on_empty is WhenEmpty.FAIL:
            raise StreamEmptied(
                f"{descriptor} returned no record, and {left} of it. They stay. "
                'If that is right, allow it: PATCH /v1/connections/{id} with {"atlas": {"onEmpty": "allow"}}.',
                stream=str(descriptor),
            )
        if track.replaces:
            await reading.promoter.promotion.empty(track.state)


async def _left(session: Connection, state: StreamState) -> str | None:
    """What would go that is there, in words; history counts where it shall be forgotten."""
    published = Tables.of(state.layout.table)
    if rows := await tables.size_of(session, published.chart):
        return f"chart has {rows} rows"
    if state.change is Change.FORGET and state.layout.has_key:
        versions = await tables.size_of(session, published.history)
        return f"navigate has {versions} versions" if versions else None
    return None
