"""Brings the streams of a connection to what was said of their schemas: another key, old records' values."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.core.connections import ConnectedStream, Connection
from app.core.schema_growth import Word
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.database.queries import load
from app.layers.database_writer import DatabaseWriter
from app.sync.connections import backfills, connection_store, schema_changes, schema_words
from app.sync.connections.schema_changes import ChangeStatus, SchemaChange
from app.sync.growth import rekeying
from app.sync.growth.backfilling import Backfilling
from app.sync.growth.regenerating import Regenerating
from app.sync.growth.rekeying import Rekeying
from app.sync.promotion import Promotion

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    """What a job does before it reads. Shape: `promotion` makes one."""

    database: Database
    promotion: Callable[[], Promotion]
    writer: DatabaseWriter
    connection: Connection

    async def run(self) -> bool:
        """True if something was done, and the connection is not as it was.

        Errors: what one of them ends by; those before it stay done.
        """
        ids = [stream.stream_id for stream in self.connection.streams]
        async with self.database.connection() as session:
            waiting = {row["stream_id"] for row in await session.fetch(SQL["waiting"], ids)}
        for stream in self.connection.streams:
            if stream.stream_id in waiting:
                await self._grow(stream)
        return bool(waiting)

    async def _grow(self, stream: ConnectedStream) -> None:
        """Fill columns first: that is by the key that the rows have."""
        async with self.database.connection() as session:
            change = await schema_changes.accepted(session, stream)
            asked = await backfills.pending(session, stream.stream_id)
        promotion = replace(self.promotion(), follows_schema=False)  # that is of what is read
        for one in asked:
            await Backfilling(promotion=promotion, stream=stream, asked=one).run()
        if change is not None:
            by = Regenerating if stream.layout.sync_mode.overwrites else Rekeying
            await by(promotion=promotion, writer=self.writer, stream=stream, change=change).run()


async def adopt(session: Session, change_id: int, column_limit: int, word: Word) -> SchemaChange:
    """Adopt a change by a person's word, if what it asks for of rows that are there can be done.

    Errors: as of `schema_words.adopt`; KeyNeedsTheSource.
    """
    change = await schema_words.adopt(session, change_id, column_limit, word)
    if change.status is ChangeStatus.ACCEPTED:
        connection = await connection_store.get_connection(session, change.connection_id)
        stream = schema_changes.stream_of(connection, change)
        assert stream is not None  # noqa: S101  it was just adopted
        await rekeying.require_in_explore(session, stream)
    return change
