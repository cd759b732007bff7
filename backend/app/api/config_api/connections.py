"""Connections of the Config API: read, and synced. Source: Airbyte's Config API."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter

from app.api.access import Operator, Viewer
from app.api.config_api.jobs import JobInfoRead, job_info
from app.api.config_api.routes import post
from app.api.dependencies import Database, Scheduler, Session
from app.api.public.destinations import DestinationView
from app.api.public.sources import SourceView
from app.api.public.tags import TagView
from app.api.views import Body, View, epoch
from app.core.connections import ConnectedStream, Connection
from app.core.errors import ConnectionInactive, ConnectionNotFound, SyncAlreadyRunning
from app.core.ids import ConnectionId
from app.core.schedules import Schedule, ScheduleKind
from app.database.pool import Connection as DatabaseSession
from app.sync import tags
from app.sync.connections import connection_store
from app.sync.jobs import job_store
from app.sync.timetables import schedules

router = APIRouter(tags=["Config API"])

_NAMESPACES = {"custom_format": "customformat"}
"""The Config API writes it without a dash."""


class ConnectionIdBody(Body):
    connection_id: UUID


class CatalogStream(View):
    """Shape: `stream` as the source offers it, `config` as it is read and written."""

    stream: Mapping[str, object]
    config: Mapping[str, object]

    @classmethod
    def of(cls, connected: ConnectedStream) -> "CatalogStream":
        configured = connected.configured
        offered: dict[str, object] = {
            "name": configured.descriptor.name,
            "jsonSchema": configured.stream.json_schema,
            "supportedSyncModes": list(configured.stream.supported),
            "sourceDefinedCursor": configured.stream.source_defined_cursor,
            "defaultCursorField": list(configured.stream.default_cursor_field),
            "sourceDefinedPrimaryKey": [
                list(path) for path in configured.stream.source_defined_primary_key
            ],
        }
        if configured.descriptor.namespace is not None:
            offered["namespace"] = configured.descriptor.namespace
        return cls(
            stream=offered,
            config={
                "syncMode": configured.sync_mode.reads,
                "destinationSyncMode": configured.sync_mode.destination_mode,
                "cursorField": list(configured.cursor_field),
                "primaryKey": [list(path) for path in configured.primary_key],
                "aliasName": configured.descriptor.name,
                "selected": True,
            },
        )


class SyncCatalog(View):
    streams: list[CatalogStream]


class ConnectionRead(View):
    connection_id: UUID
    name: str
    source_id: UUID
    destination_id: UUID
    workspace_id: UUID
    status: str
    prefix: str
    namespace_definition: str
    namespace_format: str | None
    schedule_type: str
    schedule_data: Mapping[str, object] | None
    non_breaking_changes_preference: str
    created_at: int
    tags: list[TagView]
    sync_catalog: SyncCatalog


class WebConnectionRead(ConnectionRead):
    """Shape: with its ends, and true while a job of it is not over."""

    source: SourceView
    destination: DestinationView
    is_syncing: bool


@post(router, "/connections/get", "configGetConnection", ConnectionNotFound)
async def get_connection(
    caller: Viewer, session: Session, wanted: ConnectionIdBody
) -> ConnectionRead:
    found = await connection_store.present(session, ConnectionId(wanted.connection_id))
    return ConnectionRead.model_validate(await _members(session, found))


@post(router, "/web_backend/connections/get", "configGetWebConnection", ConnectionNotFound)
async def get_web_connection(
    caller: Viewer, session: Session, wanted: ConnectionIdBody
) -> WebConnectionRead:
    """A connection with its ends; the catalogue is the configured one, whatever is asked for beside."""
    found = await connection_store.present(session, ConnectionId(wanted.connection_id))
    source = await connection_store.get_source(session, found.source_id)
    destination = await connection_store.get_destination(session, found.destination_id)
    active = await job_store.active(session, found.connection_id)
    return WebConnectionRead.model_validate(
        {
            **await _members(session, found),
            "source": SourceView.of(source),
            "destination": DestinationView.of(destination),
            "isSyncing": active is not None,
        }
    )


@post(
    router,
    "/connections/sync",
    "configSyncConnection",
    ConnectionNotFound,
    ConnectionInactive,
    SyncAlreadyRunning,
)
async def sync_connection(
    caller: Operator, database: Database, scheduler: Scheduler, wanted: ConnectionIdBody
) -> JobInfoRead:
    """Start a sync and answer at once, as `POST /v1/jobs` does."""
    connection_id = ConnectionId(wanted.connection_id)
    async with database.connection() as session:
        await connection_store.present(session, connection_id)
    job = await scheduler.start(connection_id, by=f"{caller.kind}:{caller.id}")
    async with database.connection() as session:
        return await job_info(session, job)


async def _members(session: DatabaseSession, connection: Connection) -> Mapping[str, object]:
    found, sent = connection.connection_id, connection.as_sent
    timetable = await schedules.get(session, found)
    tagged = await tags.of_connections(session, [found])
    namespace = str(sent.get("namespaceDefinition", "destination"))
    kind = timetable.schedule.kind
    return {
        "connectionId": found,
        "name": connection.name,
        "sourceId": connection.source_id,
        "destinationId": connection.destination_id,
        "workspaceId": connection.workspace_id,
        "status": connection.status,
        "prefix": sent.get("prefix", connection.prefix),
        "namespaceDefinition": _NAMESPACES.get(namespace, namespace),
        "namespaceFormat": sent.get("namespaceFormat"),
        "scheduleType": "manual" if kind is ScheduleKind.AFTER else kind,
        "scheduleData": _schedule_data(timetable.schedule),
        "nonBreakingChangesPreference": _preference(connection),
        "createdAt": epoch(connection.created_at),
        "tags": [TagView.of(tag) for tag in tagged.get(found, ())],
        "syncCatalog": SyncCatalog(
            streams=[CatalogStream.of(stream) for stream in connection.streams]
        ),
    }


def _preference(connection: Connection) -> str:
    """The Config API's older word for disabling."""
    return str(connection.on_schema_change).removesuffix("_connection")


def _schedule_data(schedule: Schedule) -> Mapping[str, object] | None:
    if schedule.kind is ScheduleKind.BASIC and schedule.unit is not None:
        basic = {"units": schedule.every, "timeUnit": schedule.unit}
        return {"basicSchedule": basic}
    if schedule.kind is ScheduleKind.CRON:
        cron = {"cronExpression": schedule.cron, "cronTimeZone": schedule.time_zone}
        return {"cron": cron}
    return None
