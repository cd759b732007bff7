"""The connector's state: saved with the records it stands for, or not at all."""

from collections.abc import Collection, Sequence

from app.core.catalog import StreamDescriptor
from app.core.errors import (
    ConnectionLocked,
    ConnectionNotFound,
    InvalidRequest,
    SyncAlreadyRunning,
)
from app.core.failures import (
    StateNotFound,
)
from app.core.ids import AttemptId, BatchId, ConnectionId, JobId, StreamId
from app.core.jobs import Attempt
from app.core.records import Sender, State, StateKind
from app.database.pool import Connection, LaneConnection, Row
from app.database.queries import load
from app.sync import state_guard
from app.sync.jobs import job_store

SQL = load(__file__)


async def newest(
    connection: Connection, connection_id: ConnectionId, streams: Collection[StreamDescriptor]
) -> Sequence[State]:
    """What the connector needs to go on: the newest state of each of the streams, or of all together.

    Shape:  a GLOBAL or LEGACY state alone where it is the newest of all; empty at the first sync.
    Errors: StateRefused for one that is no state, or of a stream that the connection never had.
    """
    states = [_state(row) for row in await connection.fetch(SQL["newest"], connection_id)]
    if not states:
        return []
    known = {
        StreamDescriptor(row["name"], row["namespace"] or None)
        for row in await connection.fetch(SQL["streams"], connection_id)
    }
    if states[0].kind is not StateKind.STREAM:
        used = states[:1]
    else:
        found = [state for state in states if state.kind is StateKind.STREAM]
        used = [s for s in found if s.descriptor in streams or s.descriptor not in known]
    for state in used:
        state_guard.require_state(state, connection_id, known)
    return used


async def note_connector(connection: Connection, attempt: Attempt, sender: Sender) -> None:
    """Note which connector an attempt reads with: the states that it saves are that one's."""
    await connection.execute(
        SQL["note_connector"], attempt.attempt_id, sender.connector, sender.version
    )


async def require_idle(connection: Connection, connection_id: ConnectionId) -> None:
    """Hold a connection that no job runs of, until the transaction ends: none begins meanwhile.

    Errors: ConnectionNotFound; SyncAlreadyRunning while a job of the connection is not over.
    """
    if await connection.fetchval(SQL["hold_connection"], connection_id) is None:
        raise ConnectionNotFound("No connection has this id.", connection_id=str(connection_id))
    if (active := await job_store.lock_active(connection, connection_id)) is not None:
        raise SyncAlreadyRunning(
            f"Job {active[0]} of this connection is not over. Cancel it, or wait for its end.",
            job_id=active[0],
        )


async def clear(
    connection: Connection, connection_id: ConnectionId, stream: str | None = None
) -> Sequence[str]:
    """Forget where a connection's source stands, or one stream of it, which is then read from its
    beginning; what was cleared.

    Shape:  rows are inserted, and none is lost: what was saved before stays to be looked up.
    Errors: ConnectionNotFound; SyncAlreadyRunning while a job of the connection is not over;
            StateNotFound if nothing is saved under this name.
    """
    await require_idle(connection, connection_id)
    states = [_state(row) for row in await connection.fetch(SQL["newest"], connection_id)]
    chosen = [state for state in states if stream in (None, state_guard.name_of(state))]
    if stream is not None and not chosen:
        others = ", ".join(state_guard.name_of(state) for state in states) or "nothing"
        raise StateNotFound(
            f"No state is saved under this name; what is saved is of: {others}.",
            connection_id=str(connection_id),
        )
    await _forget(connection, connection_id, chosen)
    return [state_guard.name_of(state) for state in chosen]


async def put(
    connection: Connection,
    connection_id: ConnectionId,
    states: Sequence[State],
    forgotten: Collection[StreamDescriptor] | None = (),
) -> None:
    """Let a connection's source go on from these states, by somebody's word and no attempt's.

    Shape:  rows are inserted, and none is lost; `forgotten` streams are read from their beginning, all if it
            is None.
    Errors: ConnectionNotFound; ConnectionLocked while a job of the connection is not over; StateRefused.
    """
    if await connection.fetchval(SQL["hold_connection"], connection_id) is None:
        raise ConnectionNotFound("No connection has this id.", connection_id=str(connection_id))
    if (active := await job_store.lock_active(connection, connection_id)) is not None:
        raise ConnectionLocked(
            f"Job {active[0]} of this connection is not over, and moves its state.",
            job_id=active[0],
        )
    known = {
        StreamDescriptor(row["name"], row["namespace"] or None)
        for row in await connection.fetch(SQL["streams"], connection_id)
    }
    for state in states:
        state_guard.require_state(state, connection_id, known)
    saved = [_state(row) for row in await connection.fetch(SQL["newest"], connection_id)]
    gone = [one for one in saved if forgotten is None or one.descriptor in forgotten]
    await _forget(connection, connection_id, gone)
    for state in states:
        named = state.descriptor or StreamDescriptor("")
        await connection.execute(
            SQL["save"], connection_id, None, state.kind, named.namespace or "", named.name,
            state.message.decode(),
        )  # fmt: skip


async def forget(
    connection: Connection, connection_id: ConnectionId, streams: Collection[StreamDescriptor]
) -> None:
    """Forget where some streams stand, for the job that has the connection; those that have one state
    together, all.

    Errors: InvalidRequest if others have their state with these.
    """
    await require_own(connection, connection_id, streams)
    states = [_state(row) for row in await connection.fetch(SQL["newest"], connection_id)]
    await _forget(
        connection,
        connection_id,
        [state for state in states if state.descriptor is None or state.descriptor in streams],
    )


async def forget_own(
    connection: Connection, connection_id: ConnectionId, stream: StreamDescriptor
) -> None:
    """Forget where one stream stands by itself, for the job that has the connection; a state that streams have
    together stays."""
    states = [_state(row) for row in await connection.fetch(SQL["newest"], connection_id)]
    own = [state for state in states if state.descriptor == stream]
    await _forget(connection, connection_id, own)


async def require_own(
    connection: Connection, connection_id: ConnectionId, streams: Collection[StreamDescriptor]
) -> None:
    """Errors: InvalidRequest if the source keeps one state for all its streams, and these are not all."""
    states = await connection.fetch(SQL["newest"], connection_id)
    if not states or StateKind(states[0]["kind"]) is StateKind.STREAM:
        return
    known = {
        StreamDescriptor(row["name"], row["namespace"] or None)
        for row in await connection.fetch(SQL["selected"], connection_id)
    }
    if others := known - set(streams):
        raise InvalidRequest(
            "This source keeps one state for all its streams, so they can only be read from the beginning "
            f"together; {len(others)} more of the connection's streams were not named.",
            connection_id=str(connection_id),
        )


async def _forget(
    connection: Connection, connection_id: ConnectionId, states: Sequence[State]
) -> None:
    named = [state.descriptor or StreamDescriptor("") for state in states]
    await connection.execute(
        SQL["clear"],
        connection_id,
        [state.kind for state in states],
        [descriptor.namespace or "" for descriptor in named],
        [descriptor.name for descriptor in named],
    )


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


def _state(row: Row) -> State:
    kind = StateKind(row["kind"])
    return State(
        kind=kind,
        message=row["message"].encode(),
        descriptor=StreamDescriptor(row["name"], row["namespace"] or None)
        if kind is StateKind.STREAM
        else None,
        sent_by=Sender(row["connector"], row["version"]) if row["connector"] else None,
    )
