"""/v1/connections. Source: Airbyte's public API."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from app.api.access import Editor, Viewer
from app.api.dependencies import (
    Database,
    OpenConnector,
    Scheduler,
    Session,
    Settings,
    Tags,
    Transaction,
    Unhurried,
    Workspaces,
)
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.public.connection_shapes import (
    ConnectionBody,
    ConnectionCreate,
    ConnectionPatch,
    ConnectionView,
)
from app.api.public.stream_choice import StreamConfigurations, chosen
from app.api.requests.editing import Edited
from app.core.catalog import Catalog, ConfiguredStream
from app.core.connections import Connection, ConnectionStatus
from app.core.errors import (
    ConnectionNotFound,
    CronInvalid,
    DestinationNotFound,
    EditedMeanwhile,
    InvalidRequest,
    ScheduleInvalid,
    SourceNotFound,
    StreamIsPublished,
    StreamNotInCatalog,
    SyncAlreadyRunning,
    SyncModeNotSupported,
    TableTaken,
    TagNotFound,
    TimeZoneUnknown,
)
from app.core.failures import (
    ConnectorFailed,
    ReferenceUnresolved,
)
from app.core.ids import ConnectionId, DestinationId, SourceId
from app.core.remotes import Engine
from app.database import turns
from app.database.pool import Connection as DatabaseSession
from app.sources.port import Listener
from app.sync import tags
from app.sync.connections import (
    carried_out,
    catalogs,
    connection_life,
    connection_store,
    source_life,
    stream_selection,
)
from app.sync.connections.as_sent import AsSent
from app.sync.timetables import schedules

router = APIRouter(prefix="/connections", tags=["Connections"])

ConnectionPath = Annotated[UUID, Path(alias="connectionId")]


@router.get("", operation_id="listConnections")
async def list_connections(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    tag_ids: Tags,
    include_deleted: Annotated[bool, Query(alias="includeDeleted")] = False,
) -> Page[ConnectionView]:
    """The connections; those that were deleted, as deprecated, where they are asked for."""
    found = await connection_store.list_connections(
        session, workspaces, paged.wanted, paged.offset, with_deleted=include_deleted, tags=tag_ids
    )
    return paged.page(await _views(session, found))


@router.get("/{connectionId}", operation_id="getConnection", responses=problems(ConnectionNotFound))
async def get_connection(
    caller: Viewer, session: Session, edited: Edited, connection_id: ConnectionPath
) -> ConnectionView:
    view = await view_of(session, ConnectionId(connection_id))
    return edited.shown(view, edited=view.edited())


@router.patch(
    "/{connectionId}",
    operation_id="patchConnection",
    responses=problems(
        ConnectionNotFound,
        EditedMeanwhile,
        CronInvalid,
        TimeZoneUnknown,
        ScheduleInvalid,
        TagNotFound,
        StreamNotInCatalog,
        SyncModeNotSupported,
        StreamIsPublished,
        SyncAlreadyRunning,
        ConnectorFailed,
        InvalidRequest,
    ),
)
async def patch_connection(
    caller: Editor,
    database: Database,
    open_connector: OpenConnector,
    scheduler: Scheduler,
    settings: Settings,
    edited: Edited,
    connection_id: ConnectionPath,
    wanted: ConnectionPatch,
    _: Unhurried,
) -> ConnectionView:
    """Change what is given of a connection; streams that are not named any more are read no more.

    An inactive one is paused: its schedule starts nothing, nor does anybody else; a job that runs goes on.
    A source is asked only for a stream that the connection never had and that is not remembered of it.
    """
    kept = ConnectionId(connection_id)
    streams = None
    async with database.connection() as session:
        found = await connection_store.present(session, kept)
        _require_same_ends(found, wanted)
        _require_own_streams(found, wanted)
        every = await connection_store.get_connection(session, kept, with_deselected=True)
    if wanted.configurations is not None:
        streams = await _chosen(
            database, open_connector, every, wanted.configurations, settings.stream_limit
        )
    async with database.transaction() as session:
        await turns.take(session, kept)
        edited.require((await view_of(session, kept)).edited())
        if streams is not None and wanted.configurations is not None:
            source = await source_life.present(session, found.source_id)
            await stream_selection.select(
                session, every, source.name, streams, wanted.configurations.as_sent,
                settings.column_limit,
            )  # fmt: skip
        await _keep(session, found, wanted, settings.schedule_shortest_s)
        if wanted.status is ConnectionStatus.DEPRECATED:
            await connection_life.delete(session, scheduler.transitions, kept)
        elif wanted.status is not None:
            await connection_life.set_status(session, kept, wanted.status)
        await connection_life.change(
            session,
            kept,
            name=wanted.name,
            on_schema_change=wanted.non_breaking_schema_updates_behavior,
            **wanted.atlas.model_dump(),
        )
        view = await _view(session, await connection_store.get_connection(session, kept))
    return edited.shown(view, edited=view.edited())


@router.delete(
    "/{connectionId}",
    operation_id="deleteConnection",
    status_code=204,
    responses=problems(ConnectionNotFound, EditedMeanwhile),
)
async def delete_connection(
    caller: Editor,
    session: Transaction,
    scheduler: Scheduler,
    edited: Edited,
    connection_id: ConnectionPath,
) -> None:
    """Delete a connection: its schedule stops and a job that is not over is cancelled; its tables stay."""
    kept = ConnectionId(connection_id)
    await turns.take(session, kept)
    edited.require((await view_of(session, kept)).edited())
    await connection_life.delete(session, scheduler.transitions, kept)


@router.post(
    "",
    operation_id="createConnection",
    responses=problems(
        SourceNotFound,
        DestinationNotFound,
        TagNotFound,
        StreamNotInCatalog,
        SyncModeNotSupported,
        ConnectorFailed,
        ReferenceUnresolved,
        CronInvalid,
        TimeZoneUnknown,
        ScheduleInvalid,
        TableTaken,
    ),
)
async def create_connection(
    caller: Editor,
    database: Database,
    open_connector: OpenConnector,
    settings: Settings,
    wanted: ConnectionCreate,
    _: Unhurried,
) -> ConnectionView:
    """Connect a source with Atlas's layers. The source is asked for its streams; none named means all."""
    async with database.connection() as session:
        source = await source_life.present(session, SourceId(wanted.source_id))
        await connection_store.get_destination(session, DestinationId(wanted.destination_id))
    connector = await open_connector(source, Listener())
    catalog = await connector.discover(source.configuration)
    streams = chosen(catalog, wanted.configurations, most=settings.stream_limit)
    async with database.transaction() as session:
        await catalogs.remember(session, source, catalog)
        connection = await connection_store.create_connection(
            session,
            name=wanted.name or f"{source.name} to atlas",
            source=source,
            destination_id=DestinationId(wanted.destination_id),
            streams=streams,
            column_limit=settings.column_limit,
            prefix=wanted.prefix,
            as_sent=AsSent(connection=wanted.as_sent, streams=wanted.configurations.as_sent),
        )
        made = connection.connection_id
        await _keep(session, connection, wanted, settings.schedule_shortest_s)
        await connection_life.change(
            session,
            made,
            on_schema_change=wanted.non_breaking_schema_updates_behavior,
            **wanted.atlas.model_dump(),
        )
        await connection_life.set_status(session, made, ConnectionStatus(wanted.status))
        return await _view(session, await connection_store.get_connection(session, made))


async def _keep(
    session: DatabaseSession, connection: Connection, wanted: ConnectionBody, shortest_s: float
) -> None:
    """What creating and changing have in common: the schedule, the tags, what is only kept, the masks."""
    made = connection.connection_id
    if wanted.schedule is not None:
        await schedules.keep(session, made, wanted.schedule.wanted(), shortest_s=shortest_s)
    if wanted.tags is not None:
        chosen_tags = [tag.tag_id for tag in wanted.tags]
        await tags.put_on(session, made, connection.workspace_id, chosen_tags)
    if wanted.as_sent:
        await connection_life.keep_as_sent(session, connection, wanted.as_sent)
    now = await connection_store.get_connection(session, made)
    await carried_out.mask_hashed(session, now)


async def _chosen(
    database: Database,
    open_connector: OpenConnector,
    connection: Connection,
    wanted: StreamConfigurations,
    most: int,
) -> list[ConfiguredStream]:
    """The streams that a connection shall read from now on, those that it has by the schema it has of them."""
    own = {stream.configured.descriptor: stream for stream in connection.streams}
    offered = {descriptor: stream.configured.stream for descriptor, stream in own.items()}
    if not wanted.streams or any(one.descriptor not in own for one in wanted.streams):
        catalog = await _catalog(database, open_connector, connection, wanted)
        by_source = {stream.descriptor: stream for stream in catalog.streams}
        if not wanted.streams:
            offered = {name: one for name, one in offered.items() if name in by_source}
        offered = by_source | offered
    columns = {name: [c.field for c in stream.layout.columns] for name, stream in own.items()}
    found = chosen(Catalog(streams=tuple(offered.values())), wanted, columns, most=most)
    written = wanted.written
    return [
        stream_selection.as_before(own[one.descriptor], one, written.get(one.descriptor, ()))
        if one.descriptor in own
        else one
        for one in found
    ]


async def _catalog(
    database: Database,
    open_connector: OpenConnector,
    connection: Connection,
    wanted: StreamConfigurations,
) -> Catalog:
    """What the source offers: as it is remembered, unless a stream is wanted that is not in there."""
    async with database.connection() as session:
        source = await source_life.present(session, connection.source_id)
        known = await catalogs.remembered(session, source.source_id)
    names = {one.descriptor for one in wanted.streams}
    if known is not None and names <= {stream.descriptor for stream in known.streams}:
        return known
    connector = await open_connector(source, Listener())
    catalog = await connector.discover(source.configuration)
    async with database.transaction() as session:
        await catalogs.remember(session, source, catalog)
    return catalog


def _require_same_ends(connection: Connection, wanted: ConnectionPatch) -> None:
    """Errors: InvalidRequest."""
    ends = (connection.source_id, connection.destination_id)
    if wanted.source_id not in (None, ends[0]) or wanted.destination_id not in (None, ends[1]):
        raise InvalidRequest("A connection stays between its ends: make another one.")


def _require_own_streams(connection: Connection, wanted: ConnectionPatch) -> None:
    """Errors: InvalidRequest."""
    if wanted.configurations is not None and connection.engine is not Engine.LOCAL:
        raise InvalidRequest("What a connection elsewhere reads is set there, and imported again.")


async def view_of(session: DatabaseSession, connection_id: ConnectionId) -> ConnectionView:
    """Errors: ConnectionNotFound, also for one that was deleted."""
    return await _view(session, await connection_store.present(session, connection_id))


async def _view(session: DatabaseSession, connection: Connection) -> ConnectionView:
    (view,) = await _views(session, [connection])
    return view


async def _views(
    session: DatabaseSession, connections: Sequence[Connection]
) -> list[ConnectionView]:
    ids = [connection.connection_id for connection in connections]
    timetables = await schedules.of_connections(session, ids)
    tagged = await tags.of_connections(session, ids)
    decisions = await carried_out.decisions_of(session, connections)
    return [
        ConnectionView.of(
            one,
            timetables.get(one.connection_id, schedules.MANUAL),
            tagged.get(one.connection_id, ()),
            carried_out.not_carried_out(one, decisions),
        )
        for one in connections
    ]
