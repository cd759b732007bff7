"""/v1/connections. Source: Airbyte's public API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import ConfigDict, Field

from app.api.dependencies import (
    Connectors,
    Database,
    Session,
    Settings,
    Transaction,
    Unhurried,
    Workspaces,
)
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.public.schedules import ScheduleBody, ScheduleView
from app.api.views import Body, View, epoch
from app.core.catalog import Catalog, ConfiguredStream, ReadMode, Stream, SyncMode
from app.core.connections import ConnectedStream, Connection
from app.core.errors import (
    ConnectionNotFound,
    ConnectorFailed,
    CronInvalid,
    DestinationNotFound,
    InvalidRequest,
    ScheduleInvalid,
    SourceNotFound,
    StreamNotInCatalog,
    SyncModeNotSupported,
    TimeZoneUnknown,
)
from app.core.ids import ConnectionId, DestinationId, SourceId
from app.core.schedules import Timetable
from app.sync import connection_store, schedules

router = APIRouter(prefix="/connections", tags=["Connections"])


class StreamConfiguration(Body):
    """One stream as a connection wants it; what is left out is the source's own default."""

    name: str
    namespace: str | None = None
    sync_mode: SyncMode | None = None
    cursor_field: list[str] = Field(default_factory=list)
    primary_key: list[list[str]] = Field(default_factory=list)


class StreamConfigurations(Body):
    streams: list[StreamConfiguration] = Field(default_factory=list)


class ConnectionCreate(Body):
    name: str | None = None
    source_id: UUID
    destination_id: UUID
    configurations: StreamConfigurations = Field(default_factory=StreamConfigurations)
    schedule: ScheduleBody | None = None


class ConnectionPatch(Body):
    """What changes of a connection; the rest stays."""

    model_config = ConfigDict(extra="forbid")

    schedule: ScheduleBody


class StreamView(View):
    name: str
    namespace: str | None
    sync_mode: SyncMode
    cursor_field: list[str]
    primary_key: list[list[str]]

    @classmethod
    def of(cls, stream: ConnectedStream) -> "StreamView":
        configured = stream.configured
        return cls(
            name=configured.descriptor.name,
            namespace=configured.descriptor.namespace,
            sync_mode=configured.sync_mode,
            cursor_field=list(configured.cursor_field),
            primary_key=[list(path) for path in configured.primary_key],
        )


class StreamViews(View):
    streams: list[StreamView]


class ConnectionView(View):
    connection_id: UUID
    name: str
    source_id: UUID
    destination_id: UUID
    workspace_id: UUID
    status: str
    schedule: ScheduleView
    data_residency: str = "auto"
    configurations: StreamViews
    namespace_definition: str = "destination"
    non_breaking_schema_updates_behavior: str = "ignore"
    created_at: int
    tags: list[object]

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
            configurations=StreamViews(streams=[StreamView.of(s) for s in connection.streams]),
            created_at=epoch(connection.created_at),
            tags=[],
        )


@router.get("", operation_id="listConnections")
async def list_connections(
    session: Session, paged: Paged, workspaces: Workspaces
) -> Page[ConnectionView]:
    found = await connection_store.list_connections(session, workspaces, paged.wanted, paged.offset)
    kept = await schedules.of_connections(session, [one.connection_id for one in found])
    return paged.page(
        [ConnectionView.of(one, kept.get(one.connection_id, schedules.MANUAL)) for one in found]
    )


@router.get("/{connectionId}", operation_id="getConnection", responses=problems(ConnectionNotFound))
async def get_connection(
    session: Session, connection_id: Annotated[UUID, Path(alias="connectionId")]
) -> ConnectionView:
    found = await connection_store.get_connection(session, ConnectionId(connection_id))
    return ConnectionView.of(found, await schedules.get(session, found.connection_id))


@router.patch(
    "/{connectionId}",
    operation_id="patchConnection",
    responses=problems(ConnectionNotFound, CronInvalid, TimeZoneUnknown, ScheduleInvalid),
)
async def patch_connection(
    session: Transaction,
    settings: Settings,
    connection_id: Annotated[UUID, Path(alias="connectionId")],
    wanted: ConnectionPatch,
) -> ConnectionView:
    """Change a connection's schedule; what Atlas cannot change yet is refused."""
    found = await connection_store.get_connection(session, ConnectionId(connection_id))
    timetable = await schedules.keep(
        session,
        found.connection_id,
        wanted.schedule.wanted(),
        shortest_s=settings.schedule_shortest_s,
    )
    return ConnectionView.of(found, timetable)


@router.post(
    "",
    operation_id="createConnection",
    responses=problems(
        SourceNotFound,
        DestinationNotFound,
        StreamNotInCatalog,
        SyncModeNotSupported,
        ConnectorFailed,
        CronInvalid,
        TimeZoneUnknown,
        ScheduleInvalid,
    ),
)
async def create_connection(
    database: Database,
    connectors: Connectors,
    settings: Settings,
    wanted: ConnectionCreate,
    _: Unhurried,
) -> ConnectionView:
    """Connect a source with Atlas's layers. The source is asked for its streams; none named means all."""
    async with database.connection() as session:
        source = await connection_store.get_source(session, SourceId(wanted.source_id))
    connector = await connectors.open(source.connector)
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
        )
        timetable = schedules.MANUAL
        if wanted.schedule is not None:
            timetable = await schedules.keep(
                session,
                connection.connection_id,
                wanted.schedule.wanted(),
                shortest_s=settings.schedule_shortest_s,
            )
    return ConnectionView.of(connection, timetable)


def chosen(catalog: Catalog, wanted: list[StreamConfiguration]) -> list[ConfiguredStream]:
    """The wanted streams, or all. Errors: StreamNotInCatalog; InvalidRequest if one is there twice."""
    offered = {(s.descriptor.namespace, s.descriptor.name): s for s in catalog.streams}
    if not wanted:
        return [connection_store.configured(stream) for stream in catalog.streams]
    streams: list[ConfiguredStream] = []
    for choice in wanted:
        stream = offered.get((choice.namespace, choice.name))
        if stream is None:
            names = ", ".join(sorted(str(s.descriptor) for s in catalog.streams)[:20])
            raise StreamNotInCatalog(
                f"The source offers no stream {choice.name!r}. It offers: {names}.",
                stream=choice.name,
            )
        if any(one.descriptor == stream.descriptor for one in streams):
            raise InvalidRequest(f"The stream {choice.name!r} is named twice.", stream=choice.name)
        streams.append(_configured(stream, choice))
    return streams


def _configured(stream: Stream, choice: StreamConfiguration) -> ConfiguredStream:
    """An own cursor or key counts only where the source does not define its own."""
    default = connection_store.configured(stream)
    mode = choice.sync_mode or default.sync_mode
    cursor = default.cursor_field
    if choice.cursor_field and not stream.source_defined_cursor:
        cursor = tuple(choice.cursor_field)
    key = stream.source_defined_primary_key or tuple(tuple(path) for path in choice.primary_key)
    reads_on = mode.reads is ReadMode.INCREMENTAL
    return ConfiguredStream(
        stream=stream,
        sync_mode=mode,
        cursor_field=cursor if reads_on or choice.cursor_field else (),
        primary_key=key,
    )
