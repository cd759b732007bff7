"""The connector's state: saved with the records it stands for, or not at all."""

from collections.abc import Collection, Sequence

from app.core.catalog import StreamDescriptor
from app.core.ids import AttemptId, BatchId, ConnectionId, JobId, StreamId
from app.core.records import State, StateKind
from app.database.pool import Connection, LaneConnection
from app.database.queries import load

SQL = load(__file__)


async def newest(
    connection: Connection, connection_id: ConnectionId, streams: Collection[StreamDescriptor]
) -> Sequence[State]:
    """What the connector needs to go on: the newest state of each of the streams, or of all together.

    Shape: a GLOBAL or LEGACY state alone where it is the newest of all; empty at the first sync.
    """
    rows = await connection.fetch(SQL["newest"], connection_id)
    if rows and rows[0]["kind"] != StateKind.STREAM:
        return [State(kind=StateKind(rows[0]["kind"]), message=rows[0]["message"].encode())]
    states = [
        State(
            kind=StateKind.STREAM,
            message=row["message"].encode(),
            descriptor=StreamDescriptor(row["name"], row["namespace"] or None),
        )
        for row in rows
        if row["kind"] == StateKind.STREAM
    ]
    return [state for state in states if state.descriptor in streams]


async def save(
    lane: LaneConnection, connection_id: ConnectionId, attempt_id: AttemptId, state: State
) -> None:
    """Keep a state, in the transaction of the records before it."""
    namespace = (state.descriptor.namespace or "") if state.descriptor else ""
    name = state.descriptor.name if state.descriptor else ""
    await lane.cursor().execute(
        SQL["save"],
        (connection_id, attempt_id, state.kind, namespace, name, state.message.decode()),
    )


async def cover(
    lane: LaneConnection,
    attempt_id: AttemptId,
    stream_id: StreamId,
    through: BatchId,
    *,
    is_complete: bool,
) -> None:
    """Note that a stream's batches up to `through` need not be read again: they may be published."""
    await lane.cursor().execute(SQL["cover"], (stream_id, attempt_id, through, is_complete))


async def is_complete(connection: Connection, job_id: JobId, stream_id: StreamId) -> bool:
    """True if an attempt of this job has read the stream to its end."""
    found: bool = await connection.fetchval(SQL["is_complete"], job_id, stream_id)
    return found
