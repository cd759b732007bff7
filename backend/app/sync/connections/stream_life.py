"""A stream after it was connected: left out, taken up again, called otherwise by its source."""

import json
from dataclasses import replace

from app.core.catalog import StreamDescriptor
from app.core.errors import InvalidRequest
from app.core.ids import ConnectionId
from app.database.pool import Connection as Session
from app.database.queries import load
from app.sources.wire.catalogs import stream_json
from app.sync import state_store
from app.sync.connections import connection_store, table_acts
from app.sync.connections.table_acts import StreamTables

SQL = load(__file__)


async def set_read(
    session: Session, connection_id: ConnectionId, descriptor: StreamDescriptor, *, is_read: bool
) -> StreamTables:
    """Leave a stream out of its connection, or read it again; its tables, history and state stay.

    Errors: ConnectionNotFound, StreamNotFound; InvalidRequest for a connection's last stream; SyncAlreadyRunning.
    """
    await connection_store.present(session, connection_id)
    await table_acts.hold(session, connection_id)
    (found,) = await table_acts.standing(session, connection_id, [descriptor])
    stream_id = found.stream.stream_id
    if not is_read and not await session.fetchval(SQL["others_read"], connection_id, stream_id):
        raise InvalidRequest(
            "A connection needs at least one stream: pause or delete the connection."
        )
    await session.execute(SQL["set_read"], stream_id, is_read)
    return replace(found, is_read=is_read)


async def rename(
    session: Session,
    connection_id: ConnectionId,
    descriptor: StreamDescriptor,
    becomes: StreamDescriptor,
) -> StreamTables:
    """Let a stream be the one that its source calls otherwise by now: tables keep name and rows.

    Shape:  its state is forgotten, for it speaks of the old name: the stream is read from its beginning, into
            what is there. Who calls rolls back to only look.
    Errors: ConnectionNotFound, StreamNotFound; InvalidRequest if the connection has a stream of the new name;
            SyncAlreadyRunning.
    """
    await connection_store.present(session, connection_id)
    await table_acts.hold(session, connection_id)
    (found,) = await table_acts.standing(session, connection_id, [descriptor])
    place = (becomes.namespace or "", becomes.name)
    if await session.fetchval(SQL["has"], connection_id, *place):
        raise InvalidRequest(
            f"The connection has a stream {becomes}, with tables of its own: drop or leave it out."
        )
    stream = replace(found.stream.configured.stream, descriptor=becomes)
    said = json.dumps(stream_json(stream))
    await state_store.forget(session, connection_id, [descriptor])
    await session.execute(SQL["rename"], found.stream.stream_id, *place, said)
    facts = {"from": str(descriptor), "to": str(becomes), "tables": found.facts()}
    await table_acts.note(session, connection_id, found.stream.layout, "renamed", facts)
    (after,) = await table_acts.standing(session, connection_id, [becomes])
    return after
