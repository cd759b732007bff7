"""A new connection takes over tables of one that was deleted, with their history, quarantine and books."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.connections import ConnectedStream, Connection, ConnectionStatus
from app.core.errors import TablesInUse
from app.core.ids import ConnectionId
from app.database.pool import Connection as Session
from app.database.queries import load
from app.sync.connections import connection_store, table_acts
from app.sync.connections.table_acts import StreamTables

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What a stream would take over. Shape: `tables` of the deleted connection's stream, `new` is to have them."""

    new: ConnectedStream
    found: StreamTables


async def foresee(
    session: Session, into: ConnectionId, deleted: ConnectionId
) -> Sequence[Adoption]:
    """Which streams would take tables over: those of the same name.

    Errors: ConnectionNotFound; TablesInUse, with what lacks, unless the one was deleted, no job of the other
            has run, and each of these streams is read by the same mode, key and cursor.
    """
    taking = await connection_store.present(session, into)
    giving = await connection_store.get_connection(session, deleted)
    if giving.status is not ConnectionStatus.DEPRECATED:
        raise TablesInUse(
            f"{giving.name} reads its streams itself: delete it first; its tables stay."
        )
    if not await session.fetchval(SQL["is_new"], into):
        raise TablesInUse(f"{taking.name} has tables of its own by now: make a connection anew.")
    return await _pairs(session, taking, giving)


async def adopt(
    session: Session, into: ConnectionId, deleted: ConnectionId, *, with_state: bool
) -> Sequence[Adoption]:
    """Let streams take tables over, all that can or none; `with_state` they go on where the other stood in
    its source, else they are read from their beginning.

    Errors: as of `foresee`; SyncAlreadyRunning.
    """
    for each in sorted((into, deleted)):
        await table_acts.hold(session, each)
    pairs = await foresee(session, into, deleted)
    for pair in pairs:
        new, old = pair.new, pair.found.stream
        await session.execute(SQL["forget_new"], new.stream_id)
        position = await session.fetchval(SQL["remove_new"], new.stream_id)
        await session.execute(SQL["take_over"], old.stream_id, into, position)
        descriptor = old.configured.descriptor
        if with_state:
            place = (descriptor.namespace or "", descriptor.name)
            await session.execute(SQL["take_state"], deleted, into, *place)
        facts = {"from": str(deleted), "tables": pair.found.facts(), "withState": with_state}
        await table_acts.note(session, into, old.layout, "adopted", facts)
    return pairs


async def _pairs(session: Session, taking: Connection, giving: Connection) -> Sequence[Adoption]:
    new = {stream.configured.descriptor: stream for stream in taking.streams}
    pairs = [
        Adoption(new=new[found.stream.configured.descriptor], found=found)
        for found in await table_acts.standing(session, giving.connection_id)
        if found.stream.configured.descriptor in new
    ]
    if not pairs:
        raise TablesInUse(f"{giving.name} has left no tables of streams that {taking.name} reads.")
    if reasons := [reason for pair in pairs if (reason := _why_not(pair)) is not None]:
        raise TablesInUse(" ".join(reasons))
    return pairs


def _why_not(pair: Adoption) -> str | None:
    new, old = pair.new.configured, pair.found.stream.configured
    differing = [
        name
        for name, before, now in (
            ("sync mode", old.sync_mode, new.sync_mode),
            ("primary key", old.primary_key, new.primary_key),
            ("cursor", old.cursor_field, new.cursor_field),
            ("nested", old.nested, new.nested),
        )
        if before != now
    ]
    if not differing:
        return None
    table = pair.found.stream.layout.table
    return f"{old.descriptor} was read into {table} by another {' and '.join(differing)}."
