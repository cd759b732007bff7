"""What a policy would take out of explore, and what it may not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.catalog import StreamDescriptor, SyncMode
from app.core.ids import ConnectionId, StreamId
from app.database.identifiers import Table
from app.database.pool import Connection as Session
from app.database.queries import load
from app.layers.tables import Tables
from app.sync.retention.policies import RetentionPolicy

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStream:
    """A stream that explore has something of."""

    stream_id: StreamId
    descriptor: StreamDescriptor
    table: str
    overwrites: bool

    @property
    def explore(self) -> Table:
        return Tables.of(self.table).explore


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a policy reaches into a stream.

    Shape: the batches up to `last_batch` would go, with so many records, which landed between two instants;
           `stay` would stay. `held_back` of these are beyond the policy's bounds, and stay `because` of what
           they are needed for.
    """

    stream: KeptStream
    last_batch: int
    batches: int
    records: int
    size_bytes: int
    landed_from: datetime | None
    landed_to: datetime | None
    stay: int
    held_back: int
    because: str | None


async def streams(session: Session, connection_id: ConnectionId) -> Sequence[KeptStream]:
    """All streams that a connection has or had, in its order."""
    return [
        KeptStream(
            stream_id=StreamId(row["stream_id"]),
            descriptor=StreamDescriptor(row["name"], row["namespace"] or None),
            table=row["table_name"],
            overwrites=SyncMode(row["sync_mode"]).overwrites,
        )
        for row in await session.fetch(SQL["streams"], connection_id)
    ]


async def of_stream(session: Session, stream: KeptStream, policy: RetentionPolicy) -> Reach:
    """What a policy would take out of one stream now.

    Shape: a prefix of its batches, all published, none that quarantine may still need, none of the
           generation that chart shows.
    """
    bounds = (policy.max_age_days, policy.max_generations, policy.max_rows)
    row = await session.fetchrow(SQL["of_stream"], stream.stream_id, stream.overwrites, *bounds)
    assert row is not None  # noqa: S101  there is a bound always
    return Reach(stream=stream, **row)


async def of_connection(
    session: Session, connection_id: ConnectionId, policy: RetentionPolicy
) -> Sequence[Reach]:
    """The same of each of a connection's streams."""
    found = await streams(session, connection_id)
    return [await of_stream(session, stream, policy) for stream in found]
