"""`atlas tables show, drop, rename, adopt`: what it does is shown before it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from app.core.catalog import StreamDescriptor
from app.core.connections import ConnectionStatus
from app.core.errors import ConnectionNotFound, StreamNotFound
from app.core.ids import ConnectionId
from app.database.pool import Connection as Session
from app.main import Atlas
from app.sync.connections import (
    adopting,
    connection_life,
    connection_store,
    stream_life,
    table_acts,
)
from app.sync.connections.table_acts import StreamTables
from app.terminal import acts

_MOST_ACTS = 20


async def show_tables(console: Console, atlas: Atlas, name_or_id: str) -> None:
    """Errors: ConnectionNotFound."""
    async with atlas.database.connection() as session:
        connection_id = await _find(session, name_or_id)
        _show(console, await table_acts.standing(session, connection_id))
        done = await table_acts.acts(session, connection_id, _MOST_ACTS)
    for act in done:
        console.print(f"{act.done_at:%Y-%m-%d %H:%M:%S} {act.stream}: {act.act}", markup=False)


async def drop_tables(
    console: Console,
    atlas: Atlas,
    name_or_id: str,
    names: Sequence[str],
    *,
    deletes: bool,
    is_sure: bool,
) -> bool:
    """Show what stands, and drop it; false if somebody said no.

    Errors: ConnectionNotFound, StreamNotFound, TablesInUse, SyncAlreadyRunning.
    """
    async with atlas.database.connection() as session:
        connection_id = await _find(session, name_or_id)
        found = await table_acts.standing(session, connection_id)
    known = {str(one.stream.layout.descriptor): one for one in found}
    if unknown := [name for name in names if name not in known]:
        raise StreamNotFound(f"{name_or_id} has no tables of {unknown[0]}.")
    chosen = [known[name] for name in names or known]
    _show(console, chosen)
    if not _is_sure(console, is_sure):
        return False
    async with atlas.database.transaction() as session:
        found_one = await connection_store.get_connection(session, connection_id)
        if deletes and found_one.status is not ConnectionStatus.DEPRECATED:
            await connection_life.delete(session, atlas.scheduler.transitions, connection_id)
            await _note(atlas, session, "tables drop", "deleteConnection", connection_id)
        descriptors = [one.stream.layout.descriptor for one in chosen] if names else []
        gone = await table_acts.drop(session, connection_id, descriptors)
        streams = [str(one.stream.layout.descriptor) for one in gone]
        await _note(atlas, session, "tables drop", "dropTables", connection_id, streams=streams)
    console.print(f"Dropped: {', '.join(name for one in gone for name in one.counts())}.", markup=False)  # fmt: skip
    return True


async def rename_tables(
    console: Console, atlas: Atlas, name_or_id: str, stream: str, table: str, *, is_sure: bool
) -> bool:
    """Show what would be called how, and rename it; false if somebody said no.

    Errors: ConnectionNotFound, StreamNotFound, InvalidRequest, TableTaken, SyncAlreadyRunning.
    """
    async with atlas.database.connection() as session:
        connection_id = await _find(session, name_or_id)
        found = await table_acts.standing(session, connection_id)
    named = [one for one in found if str(one.stream.layout.descriptor) == stream]
    if not named:
        raise StreamNotFound(f"{name_or_id} has no tables of {stream}.")
    descriptor = named[0].stream.layout.descriptor
    told: Mapping[str, str] = {}
    async with atlas.database.rehearsal() as session:
        told = await table_acts.rename(session, connection_id, descriptor, table)
    for old, new in told.items():
        console.print(f"{old} becomes {new}", markup=False)
    if not _is_sure(console, is_sure):
        return False
    async with atlas.database.transaction() as session:
        await table_acts.rename(session, connection_id, descriptor, table)
        await _note(
            atlas,
            session,
            "tables rename",
            "renameTables",
            connection_id,
            stream=stream,
            table=table,
        )
    return True


@dataclass(frozen=True, slots=True)
class StreamChange:
    """What is to become of a stream. Shape: `is_read` none leaves that as it is; `becomes` is its new name, in
    the namespace that it has."""

    stream: str
    is_read: bool | None
    becomes: str | None


async def change_stream(
    console: Console, atlas: Atlas, name_or_id: str, asked: StreamChange, *, is_sure: bool
) -> bool:
    """Show what stays of a stream, and change it; false if somebody said no.

    Errors: ConnectionNotFound, StreamNotFound, InvalidRequest, SyncAlreadyRunning.
    """
    async with atlas.database.connection() as session:
        connection_id = await _find(session, name_or_id)
        found = await table_acts.standing(session, connection_id)
    named = [one for one in found if str(one.stream.layout.descriptor) == asked.stream]
    if not named:
        raise StreamNotFound(f"{name_or_id} has no tables of {asked.stream}.")
    _show(console, named)
    descriptor = named[0].stream.layout.descriptor
    becomes = StreamDescriptor(asked.becomes, descriptor.namespace) if asked.becomes else None
    if becomes is not None:
        console.print(f"These stay, and take {becomes} from its beginning.", markup=False)
    if not _is_sure(console, is_sure):
        return False
    async with atlas.database.transaction() as session:
        if becomes is not None:
            await stream_life.rename(session, connection_id, descriptor, becomes)
            await _note(
                atlas, session, "tables stream", "renameStream", connection_id,
                stream=asked.stream, becomes=str(becomes),
            )  # fmt: skip
        if asked.is_read is not None:
            wanted = becomes or descriptor
            await stream_life.set_read(session, connection_id, wanted, is_read=asked.is_read)
            await _note(
                atlas, session, "tables stream", "setStreamRead", connection_id,
                stream=str(wanted), isRead=asked.is_read,
            )  # fmt: skip
    return True


async def adopt_tables(
    console: Console,
    atlas: Atlas,
    name_or_id: str,
    deleted: str,
    *,
    with_state: bool,
    is_sure: bool,
) -> bool:
    """Show what would be taken over, and take it over; false if somebody said no.

    Errors: ConnectionNotFound, TablesInUse, SyncAlreadyRunning, MaskKeyMismatch, ViewsInTheWay.
    """
    async with atlas.database.connection() as session:
        into, giving = await _find(session, name_or_id), await _find(session, deleted)
        pairs = await adopting.foresee(session, into, giving, with_state=with_state)
    _show(console, [pair.found for pair in pairs])
    if not _is_sure(console, is_sure):
        return False
    async with atlas.database.transaction() as session:
        await adopting.adopt(
            session, atlas.keys, into, giving,
            with_state=with_state, column_limit=atlas.settings.column_limit,
        )  # fmt: skip
        await _note(
            atlas,
            session,
            "tables adopt",
            "adoptTables",
            into,
            of=str(giving),
            withState=with_state,
        )
    return True


async def _note(
    atlas: Atlas, session: Session, command: str, action: str, connection_id: ConnectionId, **facts: object
) -> None:  # fmt: skip
    connection = await connection_store.get_connection(session, connection_id)
    subject = acts.path_of(connection_id)
    await acts.note(atlas.keys, session, command, action, subject, connection.workspace_id, **facts)


async def _find(session: Session, name_or_id: str) -> ConnectionId:
    """A connection by its id, deleted or not; by its name, one that is there."""
    try:
        wanted = ConnectionId(UUID(name_or_id))
    except ValueError:
        return (await connection_store.find_connection(session, name_or_id)).connection_id
    try:
        return (await connection_store.get_connection(session, wanted)).connection_id
    except ConnectionNotFound:  # somebody may have called one so
        return (await connection_store.find_connection(session, name_or_id)).connection_id


def _is_sure(console: Console, is_sure: bool) -> bool:
    if is_sure or typer.confirm("Go on?", err=True):
        return True
    console.print("Nothing was changed.")
    return False


def _show(console: Console, found: Sequence[StreamTables]) -> None:
    table = Table(title="tables", title_justify="left")
    for heading in ("stream", "table", "rows", "quarantined", "state", "read by views of others"):
        table.add_column(heading, justify="right" if heading in ("rows", "quarantined") else "left")
    for one in found:
        first = (str(one.stream.layout.descriptor), f"{one.quarantined:,}")
        state, others = "kept" if one.has_state else "", ", ".join(one.dependents)
        for name, rows in one.counts().items():
            shown = "" if rows is None else f"{rows:,}"
            table.add_row(first[0], name, shown, first[1], state, others)
            first, state, others = ("", ""), "", ""
    console.print(table)
