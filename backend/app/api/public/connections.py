"""/v1/connections. Source: Airbyte's public API."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from app.api.access import Editor, Viewer
from app.api.dependencies import (
    Database,
    OpenConnector,
    Scheduler,
    Session,
    Settings,
    Transaction,
    Unhurried,
    Workspaces,
)
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.public.schedules import ScheduleBody, ScheduleView
from app.api.public.stream_choice import StreamConfigurations, chosen
from app.api.views import Body, View, epoch
from app.core.catalog import Nested, SyncMode
from app.core.connections import (
    ConnectedStream,
    Connection,
    ConnectionStatus,
    HardDeletes,
    WhenEmpty,
    WhenSchemaChanges,
    WhenUnchanged,
)
from app.core.errors import (
    ConnectionNotFound,
    CronInvalid,
    DestinationNotFound,
    ScheduleInvalid,
    SourceNotFound,
    StreamNotInCatalog,
    SyncModeNotSupported,
    TableTaken,
    TimeZoneUnknown,
)
from app.core.failures import ConnectorFailed, ReferenceUnresolved
from app.core.ids import ConnectionId, DestinationId, SourceId
from app.core.layout import Misfit
from app.core.schedules import Timetable
from app.sources.port import Listener
from app.sync.connections import connection_life, connection_store, source_life
from app.sync.timetables import schedules

router = APIRouter(prefix="/connections", tags=["Connections"])

ConnectionPath = Annotated[UUID, Path(alias="connectionId")]


class AtlasPolicies(Body):
    """What Airbyte's shape has no place for; what is left out stays, or is the default.

    Shape: `onEmpty`: a full refresh returns nothing where the last one had rows; `onHeld`: a gate holds
           records back; `onMisfit`: a value does not fit its column; `hardDeletes`: a full refresh lacks keys;
           `onUnchanged`: a full refresh that overwrites reads again just what explore has.
    """

    model_config = ConfigDict(extra="forbid")

    on_empty: WhenEmpty | None = None
    on_held: WhenEmpty | None = None
    on_misfit: Misfit | None = None
    hard_deletes: HardDeletes | None = None
    on_unchanged: WhenUnchanged | None = None


Name = Annotated[str, Field(min_length=1, max_length=250, pattern=r"\S")]


Prefix = Annotated[str, Field(max_length=30, pattern=r"^[a-z0-9_]*$")]
"""What begins the names of a connection's tables."""


class ConnectionCreate(Body):
    name: Name | None = None
    prefix: Prefix = ""
    source_id: UUID
    destination_id: UUID
    configurations: StreamConfigurations = Field(default_factory=StreamConfigurations)
    schedule: ScheduleBody | None = None
    status: Literal["active", "inactive"] = "active"
    non_breaking_schema_updates_behavior: WhenSchemaChanges = WhenSchemaChanges.IGNORE
    atlas: AtlasPolicies = Field(default_factory=AtlasPolicies)


class ConnectionPatch(Body):
    """What changes of a connection; the rest stays. Shape: `deprecated` deletes it."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    status: ConnectionStatus | None = None
    non_breaking_schema_updates_behavior: WhenSchemaChanges | None = None
    schedule: ScheduleBody | None = None
    atlas: AtlasPolicies = Field(default_factory=AtlasPolicies)


class AtlasStreamView(View):
    nested: Nested
    check_cols: list[str]


class StreamView(View):
    name: str
    namespace: str | None
    sync_mode: SyncMode
    cursor_field: list[str]
    primary_key: list[list[str]]
    atlas: AtlasStreamView

    @classmethod
    def of(cls, stream: ConnectedStream) -> "StreamView":
        configured = stream.configured
        return cls(
            name=configured.descriptor.name,
            namespace=configured.descriptor.namespace,
            sync_mode=configured.sync_mode,
            cursor_field=list(configured.cursor_field),
            primary_key=[list(path) for path in configured.primary_key],
            atlas=AtlasStreamView(nested=configured.nested, check_cols=list(configured.check_cols)),
        )


class StreamViews(View):
    streams: list[StreamView]


class AtlasPoliciesView(View):
    on_empty: WhenEmpty
    on_held: WhenEmpty
    on_misfit: Misfit
    hard_deletes: HardDeletes
    on_unchanged: WhenUnchanged


class ConnectionView(View):
    connection_id: UUID
    name: str
    source_id: UUID
    destination_id: UUID
    workspace_id: UUID
    status: ConnectionStatus
    schedule: ScheduleView
    data_residency: str = "auto"
    prefix: str
    configurations: StreamViews
    namespace_definition: str = "destination"
    non_breaking_schema_updates_behavior: WhenSchemaChanges
    created_at: int
    tags: list[object]
    atlas: AtlasPoliciesView

    @classmethod
    def of(cls, connection: Connection, timetable: Timetable) -> "ConnectionView":
        return cls(
            connection_id=connection.connection_id,
            name=connection.name,
            source_id=connection.source_id,
            destination_id=connection.destination_id,
            workspace_id=connection.workspace_id,
            status=connection.status,
            schedule=ScheduleView.of(timetable),
            prefix=connection.prefix,
            configurations=StreamViews(streams=[StreamView.of(s) for s in connection.streams]),
            non_breaking_schema_updates_behavior=connection.on_schema_change,
            created_at=epoch(connection.created_at),
            tags=[],
            atlas=AtlasPoliciesView(
                on_empty=connection.on_empty,
                on_held=connection.on_held,
                on_misfit=connection.on_misfit,
                hard_deletes=connection.hard_deletes,
                on_unchanged=connection.on_unchanged,
            ),
        )


@router.get("", operation_id="listConnections")
async def list_connections(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    include_deleted: Annotated[bool, Query(alias="includeDeleted")] = False,
) -> Page[ConnectionView]:
    """The connections; those that were deleted, as deprecated, where they are asked for."""
    found = await connection_store.list_connections(
        session, workspaces, paged.wanted, paged.offset, with_deleted=include_deleted
    )
    kept = await schedules.of_connections(session, [one.connection_id for one in found])
    return paged.page(
        [ConnectionView.of(one, kept.get(one.connection_id, schedules.MANUAL)) for one in found]
    )


@router.get("/{connectionId}", operation_id="getConnection", responses=problems(ConnectionNotFound))
async def get_connection(
    caller: Viewer, session: Session, connection_id: ConnectionPath
) -> ConnectionView:
    found = await connection_store.present(session, ConnectionId(connection_id))
    return ConnectionView.of(found, await schedules.get(session, found.connection_id))


@router.patch(
    "/{connectionId}",
    operation_id="patchConnection",
    responses=problems(ConnectionNotFound, CronInvalid, TimeZoneUnknown, ScheduleInvalid),
)
async def patch_connection(
    caller: Editor,
    session: Transaction,
    scheduler: Scheduler,
    settings: Settings,
    connection_id: ConnectionPath,
    wanted: ConnectionPatch,
) -> ConnectionView:
    """Change a connection; what Atlas cannot change yet is refused.

    An inactive one is paused: its schedule starts nothing, nor does anybody else; a job that runs goes on.
    """
    kept = ConnectionId(connection_id)
    await connection_store.present(session, kept)
    if wanted.schedule is not None:
        await schedules.keep(
            session, kept, wanted.schedule.wanted(), shortest_s=settings.schedule_shortest_s
        )
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
    found = await connection_store.get_connection(session, kept)
    return ConnectionView.of(found, await schedules.get(session, kept))


@router.delete(
    "/{connectionId}",
    operation_id="deleteConnection",
    status_code=204,
    responses=problems(ConnectionNotFound),
)
async def delete_connection(
    caller: Editor, session: Transaction, scheduler: Scheduler, connection_id: ConnectionPath
) -> None:
    """Delete a connection: its schedule stops and a job that is not over is cancelled; its tables stay."""
    await connection_life.delete(session, scheduler.transitions, ConnectionId(connection_id))


@router.post(
    "",
    operation_id="createConnection",
    responses=problems(
        SourceNotFound,
        DestinationNotFound,
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
    connector = await open_connector(source, Listener())
    catalog = await connector.discover(source.configuration)
    streams = chosen(catalog, wanted.configurations.streams)
    async with database.transaction() as session:
        connection = await connection_store.create_connection(
            session,
            name=wanted.name or f"{source.name} to atlas",
            source=source,
            destination_id=DestinationId(wanted.destination_id),
            streams=streams,
            column_limit=settings.column_limit,
            prefix=wanted.prefix,
        )
        made = connection.connection_id
        timetable = schedules.MANUAL
        if wanted.schedule is not None:
            timetable = await schedules.keep(
                session, made, wanted.schedule.wanted(), shortest_s=settings.schedule_shortest_s
            )
        await connection_life.change(
            session,
            made,
            on_schema_change=wanted.non_breaking_schema_updates_behavior,
            **wanted.atlas.model_dump(),
        )
        await connection_life.set_status(session, made, ConnectionStatus(wanted.status))
        connection = await connection_store.get_connection(session, made)
    return ConnectionView.of(connection, timetable)
