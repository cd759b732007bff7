"""A new connection takes over tables of one that was deleted, with their history, quarantine and books."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core.connections import ConnectedStream, Connection, ConnectionStatus
from app.core.errors import TablesInUse
from app.core.findings import mask_of
from app.core.ids import ConnectionId, StreamId
from app.core.records import StateKind
from app.database.keys import Keys
from app.database.pool import Connection as Session
from app.database.queries import load
from app.gates.pii import decisions as pii_decisions
from app.gates.pii.decisions import Decided
from app.sync import personal_data, state_versions
from app.sync.connections import connection_store, field_choice, table_acts
from app.sync.connections.table_acts import StreamTables
from app.sync.state_versions import Saved

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What a stream would take over. Shape: `tables` of the deleted connection's stream, `new` is to have them."""

    new: ConnectedStream
    found: StreamTables


async def foresee(
    session: Session, into: ConnectionId, deleted: ConnectionId, *, with_state: bool
) -> Sequence[Adoption]:
    """Which streams would take tables over: those of the same name.

    Errors: ConnectionNotFound; TablesInUse, with what lacks, unless the one was deleted, no job of the other
            has run, each of these streams is read by the same mode, key and cursor, and has a state to take over
            that is its own, or that of just these streams.
    """
    taking, giving = await _ends(session, into, deleted)
    pairs = await _pairs(session, taking, giving)
    if with_state:
        await _states(session, taking, giving, pairs)
    return pairs


async def _ends(
    session: Session, into: ConnectionId, deleted: ConnectionId
) -> tuple[Connection, Connection]:
    taking = await connection_store.present(session, into)
    giving = await connection_store.get_connection(session, deleted)
    if giving.status is not ConnectionStatus.DEPRECATED:
        raise TablesInUse(
            f"{giving.name} reads its streams itself: delete it first; its tables stay."
        )
    if not await session.fetchval(SQL["is_new"], into):
        raise TablesInUse(f"{taking.name} has tables of its own by now: make a connection anew.")
    return taking, giving


async def adopt(
    session: Session,
    keys: Keys,
    into: ConnectionId,
    deleted: ConnectionId,
    *,
    with_state: bool,
    column_limit: int,
) -> Sequence[Adoption]:
    """Let streams take tables over, all that can or none; `with_state` they go on where the other stood in
    its source, else they are read from their beginning.

    Shape:  the fields are those that the new connection reads; the columns of others stay. What either masks is masked,
            also in what is there; of the labels those of the new one count.
    Errors: as of `foresee`; SyncAlreadyRunning; MaskKeyMismatch and ViewsInTheWay where there is something to mask.
    """
    for each in sorted((into, deleted)):
        await table_acts.hold(session, each)
    taking, giving = await _ends(session, into, deleted)
    pairs = await _pairs(session, taking, giving)
    states = await _states(session, taking, giving, pairs) if with_state else []
    for saved in states:
        await session.execute(SQL["take_state"], into, saved.version)
    for pair in pairs:
        new, old = pair.new, pair.found.stream
        masks = await _masks(session, new.stream_id)
        await session.execute(SQL["take_labels"], new.stream_id, old.stream_id)
        await session.execute(SQL["take_acts"], new.stream_id, old.stream_id)
        await session.execute(SQL["forget_new"], new.stream_id)
        written = await session.fetchrow(SQL["remove_new"], new.stream_id)
        assert written is not None  # noqa: S101  the connection is held
        await session.execute(
            SQL["take_over"], old.stream_id, into, written["position"], written["as_sent"]
        )
        await _read_as_wanted(session, into, pair, column_limit)
        await _mask_as_wanted(session, keys, into, old.stream_id, masks)
        facts = {"from": str(deleted), "tables": pair.found.facts(), "withState": with_state}
        await table_acts.note(session, into, old.layout, "adopted", facts)
    return pairs


async def _read_as_wanted(
    session: Session, into: ConnectionId, pair: Adoption, column_limit: int
) -> None:
    """Leave out what the new connection does not read, and read what the old one has left out."""
    left_out = pair.new.configured.left_out
    connection = await connection_store.get_connection(session, into)
    stream = _stream(connection, pair.found.stream.stream_id)
    if {*left_out} != {*stream.configured.left_out}:
        wanted = replace(stream.configured, left_out=left_out)
        await field_choice.choose(session, connection, stream, wanted, column_limit)


async def _masks(session: Session, stream_id: StreamId) -> Sequence[Decided]:
    """What people let a stream that nothing was read of be masked by; what holds another path comes before it."""
    known = await pii_decisions.current(session, stream_id)
    masked = [path for path, decision in known.items() if decision.is_masked]
    return [(await pii_decisions.history(session, stream_id, path, 1, 0))[0] for path in masked]


async def _mask_as_wanted(
    session: Session, keys: Keys, into: ConnectionId, stream_id: StreamId, masks: Sequence[Decided]
) -> None:
    """Mask what the new connection masks and the old one has not, from the first row on."""
    for decided in masks:
        known = await pii_decisions.current(session, stream_id)
        if mask_of(known, decided.decision.path) is not None:
            continue
        stream = _stream(await connection_store.get_connection(session, into), stream_id)
        wanted = (decided.decision, decided.actor, decided.reason)
        await personal_data.keep(session, keys, stream, *wanted)


def _stream(connection: Connection, stream_id: StreamId) -> ConnectedStream:
    (stream,) = [each for each in connection.streams if each.stream_id == stream_id]
    return stream


async def _states(
    session: Session, taking: Connection, giving: Connection, pairs: Sequence[Adoption]
) -> Sequence[Saved]:
    """The states to go on from. Errors: TablesInUse for one that other streams have as well."""
    found = await state_versions.at(session, giving.connection_id, None)
    adopted = {pair.new.configured.descriptor for pair in pairs}
    if not found or found[0].state.kind is StateKind.STREAM:
        return [saved for saved in found if saved.state.descriptor in adopted]
    every = {each.configured.descriptor for each in (*taking.streams, *giving.streams)}
    if adopted != every:
        raise TablesInUse(
            f"{giving.name} has one state of all its streams together, which goes on only with just these. Adopt "
            "without the state: the streams are read from their beginning, into what is there."
        )
    return found


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
            ("choice of columns that make a version", old.check_cols, new.check_cols),
        )
        if before != now
    ]
    if not differing:
        return None
    table = pair.found.stream.layout.table
    return f"{old.descriptor} was read into {table} by another {' and '.join(differing)}."
