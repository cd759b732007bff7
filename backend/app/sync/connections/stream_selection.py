"""The streams that a connection reads, chosen anew after it was made."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from app.core.catalog import ConfiguredStream, Nested, StreamDescriptor, SyncMode, shown
from app.core.connections import ConnectedStream, Connection
from app.core.errors import InvalidRequest, StreamIsPublished
from app.database.pool import Connection as Session
from app.database.queries import load
from app.layers import tables
from app.layers.tables import Tables
from app.sync.connections import (
    connection_store,
    field_choice,
    stream_choice,
    table_acts,
)

SQL = load(__file__)

_ADDED_TO = frozenset({SyncMode.FULL_REFRESH_APPEND, SyncMode.INCREMENTAL_APPEND})
"""Modes that write the same: only how the source is read differs."""
Sent = Mapping[StreamDescriptor, Mapping[str, object]]


async def select(
    session: Session,
    connection: Connection,
    source: str,
    wanted: Sequence[ConfiguredStream],
    sent: Sent,
    column_limit: int,
) -> None:
    """Let a connection read these streams, in this order, and no others.

    Shape:  what it reads no more keeps tables, history and state, and goes on from there when it is chosen
            again; so does a field's column; `connection` with the streams that it once had.
    Errors: SyncModeNotSupported; InvalidRequest, also for what is chosen elsewhere or cannot be taken back;
            StreamIsPublished for another mode, key or cursor than the tables that are there were made for;
            SyncAlreadyRunning if anything changes for a job that runs.
    """
    if not wanted:
        raise InvalidRequest("A connection needs at least one stream.")
    before = {stream.configured.descriptor: stream for stream in connection.streams}
    chosen = [stream_choice.storable(stream) for stream in wanted]
    reading = await _reading(session, connection)
    changes = [stream for stream in chosen if _differs(before.get(stream.descriptor), stream)]
    names = [stream.descriptor for stream in chosen]
    if changes or set(names) != reading:
        await table_acts.hold(session, connection.connection_id)
    for stream in changes:
        stream_choice.require_mode(stream)
        if (known := before.get(stream.descriptor)) is not None:
            await _require_changeable(session, known, stream)
    await session.execute(SQL["leave_out_all"], connection.connection_id)
    for position, stream in enumerate(chosen):
        known, as_sent = before.get(stream.descriptor), sent.get(stream.descriptor)
        if known is not None:
            await _change(session, known, stream, position, as_sent)
            if _laid_out(stream) != _laid_out(known.configured):
                await field_choice.choose(session, connection, known, stream, column_limit)
            continue
        await _require_new(session, connection, stream.descriptor)
        await connection_store.create_stream(
            session, connection.connection_id, connection.prefix + source, position, stream,
            column_limit, as_sent,
        )  # fmt: skip


def as_before(
    known: ConnectedStream, wanted: ConfiguredStream, written: Collection[str]
) -> ConfiguredStream:
    """The wanted stream with what it has where nothing was written. Shape: `written` names members as the API does."""
    own = known.configured
    return replace(
        wanted,
        sync_mode=wanted.sync_mode if "syncMode" in written else own.sync_mode,
        cursor_field=wanted.cursor_field if "cursorField" in written else own.cursor_field,
        primary_key=wanted.primary_key if "primaryKey" in written else own.primary_key,
        nested=wanted.nested if "nested" in written else own.nested,
        check_cols=wanted.check_cols if "checkCols" in written else own.check_cols,
        left_out=wanted.left_out if "selectedFields" in written else own.left_out,
    )


async def _reading(session: Session, connection: Connection) -> set[StreamDescriptor]:
    rows = await session.fetch(SQL["reading"], connection.connection_id)
    return {StreamDescriptor(row["name"], row["namespace"] or None) for row in rows}


def _differs(known: ConnectedStream | None, wanted: ConfiguredStream) -> bool:
    if known is None:
        return True
    own = known.configured
    return (_written(own), _laid_out(own), own.check_cols) != (
        _written(wanted), _laid_out(wanted), wanted.check_cols,
    )  # fmt: skip


def _written(stream: ConfiguredStream) -> tuple[object, ...]:
    """What the tables of a stream are made by."""
    return stream.sync_mode, stream.cursor_field, stream.primary_key


def _laid_out(stream: ConfiguredStream) -> tuple[object, ...]:
    """Which columns and child tables they have."""
    return stream.left_out, stream.nested


async def _require_changeable(
    session: Session, known: ConnectedStream, wanted: ConfiguredStream
) -> None:
    """Errors: InvalidRequest, StreamIsPublished."""
    old, name = known.configured, shown(str(wanted.descriptor))
    if old.check_cols != wanted.check_cols:
        raise InvalidRequest(
            f"The columns of {name} whose change makes a version are chosen by PUT /v1/connections/{{id}}/check-cols, or "
            "`atlas check-cols`, while it has neither rows nor history.",
            stream=name,
        )
    if old.nested not in (Nested.JSON, wanted.nested):
        raise InvalidRequest(
            f"{name} is laid out already ({old.nested}), and its columns and tables stay: what stands on them would "
            "break. Connect the source once more to have it otherwise.",
            stream=name,
        )
    if _written(old) == _written(wanted):
        return
    only_mode = _written(replace(old, sync_mode=wanted.sync_mode)) == _written(wanted)
    if only_mode and {old.sync_mode, wanted.sync_mode} <= _ADDED_TO:
        return
    if await tables.exists(session, Tables.of(known.layout.table).explore):
        raise StreamIsPublished(
            f"{wanted.descriptor} has tables that were made by {old.sync_mode}, with its key and cursor.",
            stream=str(wanted.descriptor),
        )


async def _require_new(
    session: Session, connection: Connection, descriptor: StreamDescriptor
) -> None:
    """Errors: InvalidRequest for a stream whose tables were dropped."""
    place = (descriptor.namespace or "", descriptor.name)
    if await session.fetchval(SQL["was_dropped"], connection.connection_id, *place):
        raise InvalidRequest(
            f"The tables of {descriptor} were dropped: connect the source once more to read it again.",
            stream=str(descriptor),
        )


async def _change(
    session: Session,
    known: ConnectedStream,
    wanted: ConfiguredStream,
    position: int,
    as_sent: Mapping[str, object] | None,
) -> None:
    await session.execute(
        SQL["change"],
        known.stream_id,
        position,
        wanted.sync_mode,
        list(wanted.cursor_field),
        json.dumps(wanted.primary_key),
        None if as_sent is None else json.dumps(as_sent),
    )
