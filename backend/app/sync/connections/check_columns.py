"""The columns of a stream whose change makes a version, chosen after it was connected."""

from collections.abc import Sequence
from dataclasses import replace

from app.core.catalog import StreamDescriptor, shown
from app.core.connections import ConnectedStream, Connection
from app.core.errors import InvalidRequest, SyncAlreadyRunning
from app.core.ids import ConnectionId
from app.database.pool import Connection as Session
from app.database.queries import load
from app.layers import tables
from app.sync.connections import connection_store, stream_choice
from app.sync.jobs import job_store

SQL = load(__file__)


async def choose(
    session: Session,
    connection_id: ConnectionId,
    descriptor: StreamDescriptor,
    fields: Sequence[str],
) -> ConnectedStream:
    """Let only a change in these fields be a version of the stream's rows from now on; of none, one in any.

    Errors: ConnectionNotFound; SyncAlreadyRunning; InvalidRequest if the stream has no such columns, or rows:
            what is published was told apart by others, and every row would be taken for a change.
    """
    await connection_store.present(session, connection_id)
    await session.execute(SQL["hold"], connection_id)
    if (active := await job_store.lock_active(session, connection_id)) is not None:
        raise SyncAlreadyRunning(
            f"Job {active[0]} of this connection is not over. Cancel it, or wait for its end.",
            job_id=active[0],
        )
    connection = await connection_store.present(session, connection_id)
    stream = _named(connection, descriptor)
    name, wanted = shown(str(descriptor)), tuple(dict.fromkeys(fields))
    stream_choice.require_check_cols(replace(stream.configured, check_cols=wanted))
    if missing := [field for field in wanted if stream.layout.column_of((field,)) is None]:
        listed = ", ".join(map(shown, missing))
        raise InvalidRequest(f"{name} has no column for {listed}: it has too many fields.")
    if await tables.holds_anything(session, stream.layout):
        raise InvalidRequest(
            f"{name} has rows or history, which were told apart by other columns. Clear it first, with its "
            f"history: POST /v1/jobs with clear and atlas.removeHistory, or `atlas clear CONNECTION "
            f"--stream {name} --remove-history`. The next sync reads it from its beginning.",
            stream=name,
        )
    await tables.unmake(session, stream.layout)
    await session.execute(SQL["keep"], stream.stream_id, list(wanted))
    return _named(await connection_store.present(session, connection_id), descriptor)


def _named(connection: Connection, descriptor: StreamDescriptor) -> ConnectedStream:
    found = [s for s in connection.streams if s.configured.descriptor == descriptor]
    if not found:
        raise InvalidRequest(f"The connection has no stream {shown(str(descriptor))}.")
    return found[0]
