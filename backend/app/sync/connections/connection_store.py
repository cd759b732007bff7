"""Sources, destinations, connections and their streams in PostgreSQL."""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from app.core.catalog import ConfiguredStream, Stream
from app.core.connections import (
    Connection,
    ConnectionStatus,
    Destination,
    HardDeletes,
    Source,
    WhenEmpty,
    WhenSchemaChanges,
    WhenUnchanged,
)
from app.core.errors import (
    ConnectionNotFound,
    DestinationNotFound,
    InvalidRequest,
    SourceNotFound,
    WorkspaceNotFound,
)
from app.core.ids import ConnectionId, DestinationId, JobId, SourceId, StreamId, WorkspaceId
from app.core.layout import Column, Misfit
from app.core.remotes import Elsewhere, Engine
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load
from app.sources.pyairbyte import Installed
from app.sources.wire.catalogs import stream_json
from app.sync.connections import child_tables, connected_streams, stream_choice, table_names
from app.sync.connections.as_sent import NOT_SENT, AsSent

SQL = load(__file__)

HOME_WORKSPACE = WorkspaceId(UUID("00000000-0000-0000-0000-000000000001"))
HOME_DESTINATION = DestinationId(UUID("00000000-0000-0000-0000-000000000002"))
"""The workspace, and the destination that is Atlas itself, which every database has."""


async def ensure_home(session: Session, configuration: Mapping[str, object]) -> None:
    """Make the default workspace and Atlas's own destination where they are not there."""
    await session.execute(SQL["ensure_workspace"], HOME_WORKSPACE, "default")
    destination = (HOME_DESTINATION, HOME_WORKSPACE, "atlas", json.dumps(configuration))
    await session.execute(SQL["ensure_destination"], *destination)


async def require_workspace(session: Session, workspace_id: WorkspaceId) -> None:
    """Errors: WorkspaceNotFound."""
    if await session.fetchval(SQL["has_workspace"], workspace_id) is None:
        raise WorkspaceNotFound("No workspace has this id.", workspace_id=str(workspace_id))


# ── Sources and destinations ──────────────────────────────────────────────────────────────────────


async def create_source(
    session: Session,
    workspace_id: WorkspaceId,
    name: str,
    connector: str,
    configuration: Mapping[str, object],
    resource_allocation: Mapping[str, object] | None = None,
) -> Source:
    """A source with a configuration as it is stored: without a secret. Errors: WorkspaceNotFound."""
    await require_workspace(session, workspace_id)
    source_id = SourceId(uuid4())
    await session.execute(
        SQL["create_source"], source_id, workspace_id, name, connector, json.dumps(configuration),
        json.dumps(resource_allocation) if resource_allocation else None,
    )  # fmt: skip
    return await get_source(session, source_id)


async def configure_source(
    session: Session,
    source_id: SourceId,
    configuration: Mapping[str, object],
    *,
    is_sealed: bool = False,
) -> None:
    """Replace a source's configuration, whole, by one as it is stored: without a secret.

    Shape: `is_sealed` once what its connector's specification marks was taken out.
    """
    await session.execute(SQL["configure_source"], source_id, json.dumps(configuration), is_sealed)


async def hold_source(session: Session, source_id: SourceId) -> Source:
    """A source that was not deleted, and that nobody else changes meanwhile. Errors: SourceNotFound."""
    row = await session.fetchrow(SQL["hold_source"], source_id)
    if row is None:
        raise SourceNotFound("No source has this id.", source_id=str(source_id))
    return _source(row)


async def unsealed_sources(session: Session) -> Sequence[Source]:
    """The sources whose configurations may still hold what is to be taken out of them."""
    return [_source(row) for row in await session.fetch(SQL["unsealed_sources"])]


async def get_source(session: Session, source_id: SourceId) -> Source:
    """Errors: SourceNotFound."""
    row = await session.fetchrow(SQL["get_source"], source_id)
    if row is None:
        raise SourceNotFound("No source has this id.", source_id=str(source_id))
    return _source(row)


async def list_sources(
    session: Session,
    workspaces: Sequence[WorkspaceId] | None,
    limit: int,
    offset: int,
    *,
    with_deleted: bool = False,
) -> Sequence[Source]:
    rows = await session.fetch(SQL["list_sources"], workspaces, limit, offset, with_deleted)
    return [_source(row) for row in rows]


async def get_destination(session: Session, destination_id: DestinationId) -> Destination:
    """Errors: DestinationNotFound, also if it was deleted."""
    row = await session.fetchrow(SQL["get_destination"], destination_id)
    if row is None:
        raise DestinationNotFound("No destination has this id.", destination_id=str(destination_id))
    return _destination(row)


async def list_destinations(
    session: Session,
    workspaces: Sequence[WorkspaceId] | None,
    limit: int,
    offset: int,
    *,
    with_deleted: bool = False,
) -> Sequence[Destination]:
    rows = await session.fetch(SQL["list_destinations"], workspaces, limit, offset, with_deleted)
    return [_destination(row) for row in rows]


async def note_connector(session: Session, found: Installed) -> None:
    """Keep which connector runs under a name: its version, command and hash."""
    await session.execute(
        SQL["note_connector"],
        found.name,
        found.version,
        list(found.command),
        found.sha256,
        found.python,
    )


# ── Connections ───────────────────────────────────────────────────────────────────────────────────


async def create_connection(
    session: Session,
    *,
    name: str,
    source: Source,
    destination_id: DestinationId,
    streams: Sequence[ConfiguredStream],
    column_limit: int,
    misfit: Misfit = Misfit.QUARANTINE,
    prefix: str = "",
    as_sent: AsSent = NOT_SENT,
) -> Connection:
    """Connect a source's chosen streams with Atlas's layers; each stream gets its table names now.

    Errors: DestinationNotFound; SyncModeNotSupported if a stream cannot be read or keyed so;
            InvalidRequest if its name cannot be kept; TableTaken.
    """
    if not streams:
        raise InvalidRequest("A connection needs at least one stream.")
    streams = [stream_choice.storable(stream) for stream in streams]
    await get_destination(session, destination_id)
    connection_id = ConnectionId(uuid4())
    await session.execute(
        SQL["create_connection"],
        connection_id, source.workspace_id, source.source_id, destination_id, name, misfit,
        prefix, json.dumps(as_sent.connection),
    )  # fmt: skip
    for position, stream in enumerate(streams):
        stream_choice.require_mode(stream)
        begins_with = prefix + source.name
        await create_stream(
            session, connection_id, begins_with, position, stream, column_limit,
            as_sent.streams.get(stream.descriptor),
        )  # fmt: skip
    return await get_connection(session, connection_id)


async def get_connection(
    session: Session, connection_id: ConnectionId, *, with_deselected: bool = False
) -> Connection:
    """A connection, deleted or not; with streams that it reads no more, if asked. Errors: ConnectionNotFound."""
    row = await session.fetchrow(SQL["get_connection"], connection_id)
    if row is None:
        raise ConnectionNotFound("No connection has this id.", connection_id=str(connection_id))
    return await _connection(session, row, with_deselected=with_deselected)


async def present(session: Session, connection_id: ConnectionId) -> Connection:
    """A connection that was not deleted. Errors: ConnectionNotFound."""
    found = await get_connection(session, connection_id)
    if found.status is ConnectionStatus.DEPRECATED:
        raise ConnectionNotFound("No connection has this id.", connection_id=str(connection_id))
    return found


async def find_connection(session: Session, name_or_id: str) -> Connection:
    """The connection of an id or, where it is the only one, of a name; none that was deleted.

    Errors: ConnectionNotFound.
    """
    rows = await session.fetch(SQL["find_connection"], name_or_id)
    if len(rows) != 1:
        how_many = "No connection has" if not rows else f"{len(rows)} connections have"
        raise ConnectionNotFound(f"{how_many} this name or id: {name_or_id}")
    return await _connection(session, rows[0])


async def list_connections(
    session: Session,
    workspaces: Sequence[WorkspaceId] | None,
    limit: int,
    offset: int,
    *,
    with_deleted: bool = False,
    tags: Sequence[UUID] | None = None,
) -> Sequence[Connection]:
    """Shape: of `tags`, those that have one of them."""
    rows = await session.fetch(
        SQL["list_connections"], workspaces, limit, offset, with_deleted, tags
    )
    return [await _connection(session, row) for row in rows]


async def create_stream(
    session: Session,
    connection_id: ConnectionId,
    begins_with: str,
    position: int,
    stream: ConfiguredStream,
    column_limit: int,
    as_sent: Mapping[str, object] | None = None,
) -> None:
    """Connect one stream that a connection never had. Errors: TableTaken."""
    descriptor = stream.descriptor
    identity = "\x1f".join((str(connection_id), descriptor.namespace or "", descriptor.name))
    table = (await table_names.choose(session, identity, begins_with, descriptor)).table
    columns, has_rest = stream_choice.columns_of(stream, column_limit)
    stream_id = await session.fetchval(
        SQL["create_stream"],
        connection_id,
        descriptor.namespace or "",
        descriptor.name,
        table,
        position,
        stream.sync_mode,
        list(stream.cursor_field),
        json.dumps(stream.primary_key),
        json.dumps(stream_json(stream.stream)),
        has_rest,
        stream.nested,
        list(stream.check_cols),
        list(stream.left_out),
        None if as_sent is None else json.dumps(as_sent),
    )
    said = json.dumps(stream_json(stream.stream))
    await note_version(session, stream_id, 1, said, "connected", None)
    await session.execute(
        SQL["create_columns"],
        stream_id,
        [json.dumps(column.path) for column in columns],
        [column.name for column in columns],
        [column.type.value for column in columns],
        [column.is_required for column in columns],
    )
    schema = stream.stream.json_schema
    await child_tables.keep(
        session, stream_id, table, (), schema, stream.nested, column_limit, stream.left_out
    )


async def add_stream(
    session: Session, connection: Connection, source: str, stream: Stream, column_limit: int
) -> bool:
    """Connect one more stream of the source by its own defaults; false if the connection had it once,
    or it cannot be read so."""
    chosen = stream_choice.storable(stream_choice.configured(stream))
    known = await session.fetch(SQL["stream_ids"], connection.connection_id)
    name = (chosen.descriptor.namespace or "", chosen.descriptor.name)
    if name in {(row["namespace"], row["name"]) for row in known}:
        return False
    stream_choice.require_mode(chosen)
    position = await session.fetchval(SQL["next_position"], connection.connection_id)
    begins_with = connection.prefix + source
    await create_stream(
        session, connection.connection_id, begins_with, position, chosen, column_limit
    )
    return True


async def note_version(
    session: Session, stream_id: StreamId, version: int, said: str, by: str, job_id: JobId | None
) -> None:
    """Keep a schema that a stream is read by: `said` as the source gave it, `by` whose word."""
    await session.execute(SQL["note_version"], stream_id, version, said, by, job_id)


async def deselect(session: Session, stream_id: StreamId) -> None:
    """Read a stream no more; its tables stay."""
    await session.execute(SQL["deselect"], stream_id)


async def _connection(session: Session, row: Row, *, with_deselected: bool = False) -> Connection:
    streams = await session.fetch(SQL["list_streams"], row["connection_id"], with_deselected)
    columns = await session.fetch(SQL["list_columns"], row["connection_id"])
    by_stream: dict[int, list[Column]] = {}
    for column in columns:
        by_stream.setdefault(column["stream_id"], []).append(connected_streams.column_of(column))
    misfit = Misfit(row["on_misfit"])
    return Connection(
        connection_id=ConnectionId(row["connection_id"]),
        workspace_id=WorkspaceId(row["workspace_id"]),
        source_id=SourceId(row["source_id"]),
        destination_id=DestinationId(row["destination_id"]),
        name=row["name"],
        status=ConnectionStatus(row["status"]),
        on_misfit=misfit,
        hard_deletes=HardDeletes(row["hard_deletes"]),
        on_empty=WhenEmpty(row["on_empty"]),
        on_held=WhenEmpty(row["on_held"]),
        on_schema_change=WhenSchemaChanges(row["on_schema_change"]),
        on_unchanged=WhenUnchanged(row["on_unchanged"]),
        prefix=row["prefix"],
        streams=[
            connected_streams.connected_stream(s, by_stream.get(s["stream_id"], []), misfit)
            for s in streams
        ],
        created_at=row["created_at"],
        as_sent=json.loads(row["as_sent"]),
        engine=Engine(row["engine"]),
        elsewhere=Elsewhere(**json.loads(row["elsewhere"])) if row["elsewhere"] else None,
    )


def _source(row: Row) -> Source:
    return Source(
        source_id=SourceId(row["source_id"]),
        workspace_id=WorkspaceId(row["workspace_id"]),
        name=row["name"],
        connector=row["connector"],
        configuration=json.loads(row["configuration"]),
        created_at=row["created_at"],
        resource_allocation=_optional(row["resource_allocation"]),
    )


def _destination(row: Row) -> Destination:
    return Destination(
        destination_id=DestinationId(row["destination_id"]),
        workspace_id=WorkspaceId(row["workspace_id"]),
        name=row["name"],
        configuration=json.loads(row["configuration"]),
        created_at=row["created_at"],
        resource_allocation=_optional(row["resource_allocation"]),
    )


def _optional(stored: str | None) -> Mapping[str, object] | None:
    found: Mapping[str, object] | None = None if stored is None else json.loads(stored)
    return found
