"""A connection's configured catalog, written whole. Source: Airbyte's Config API."""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from app.api.access import Editor
from app.api.config_api.connections import ConnectionIdBody, WebConnectionRead, get_web_connection
from app.api.config_api.routes import post
from app.api.dependencies import Database, OpenConnector, Scheduler, Settings, Unhurried
from app.api.public.connection_shapes import ConnectionPatch
from app.api.public.connections import patch_connection
from app.api.public.stream_choice import StreamConfiguration, StreamConfigurations
from app.api.requests.editing import Edited
from app.api.views import Body
from app.core.catalog import ReadMode, StreamDescriptor, SyncMode
from app.core.errors import (
    ConnectionNotFound,
    InvalidRequest,
    StreamIsPublished,
    StreamNotInCatalog,
    SyncAlreadyRunning,
    SyncModeNotSupported,
)
from app.core.failures import (
    ConnectorFailed,
)
from app.core.ids import ConnectionId
from app.sync.connections import connection_store

router = APIRouter(tags=["Config API"])

Modes = Mapping[StreamDescriptor, SyncMode]
_MODES = {
    (ReadMode.FULL_REFRESH, "overwrite"): SyncMode.FULL_REFRESH_OVERWRITE,
    (ReadMode.FULL_REFRESH, "overwrite_dedup"): SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED,
    (ReadMode.FULL_REFRESH, "append"): SyncMode.FULL_REFRESH_APPEND,
    (ReadMode.INCREMENTAL, "append"): SyncMode.INCREMENTAL_APPEND,
    (ReadMode.INCREMENTAL, "append_dedup"): SyncMode.INCREMENTAL_DEDUPED_HISTORY,
}


class OfferedStream(Body):
    """Shape: what else is written of a stream is the source's to say, and is not taken from here."""

    name: str
    namespace: str | None = None


class StreamConfig(Body):
    """Shape: what is chosen of fields, and mappers, is kept as it is of the public API, which says what of it is not
    carried out."""

    sync_mode: ReadMode
    destination_sync_mode: str
    cursor_field: list[str] = Field(default_factory=list)
    primary_key: list[list[str]] = Field(default_factory=list)
    selected: bool = True
    field_selection_enabled: bool = False
    selected_fields: list[dict[str, object]] = Field(default_factory=list)
    mappers: list[dict[str, object]] = Field(default_factory=list)


class WrittenStream(Body):
    stream: OfferedStream
    config: StreamConfig

    @property
    def descriptor(self) -> StreamDescriptor:
        return StreamDescriptor(self.stream.name, self.stream.namespace or None)

    def configuration(self, modes: Modes) -> StreamConfiguration:
        """In the words of the public API. Errors: InvalidRequest."""
        written: dict[str, object] = {
            "name": self.stream.name,
            "syncMode": self._mode(modes),
        }
        if self.stream.namespace:
            written["namespace"] = self.stream.namespace
        if self.config.cursor_field:
            written["cursorField"] = self.config.cursor_field
        if self.config.primary_key:
            written["primaryKey"] = self.config.primary_key
        if self.config.field_selection_enabled:
            written["selectedFields"] = self.config.selected_fields
        if self.config.mappers:
            written["mappers"] = self.config.mappers
        return StreamConfiguration.model_validate(written)

    def _mode(self, modes: Modes) -> SyncMode:
        """Two modes are shown as the same pair here: the one that the stream has stays."""
        pair = (self.config.sync_mode, self.config.destination_sync_mode)
        kept = modes.get(self.descriptor)
        if kept is not None and (kept.reads, kept.destination_mode) == pair:
            return kept
        if pair not in _MODES:
            raise InvalidRequest(
                f"Atlas does not write with {pair[1]} what is read by {pair[0]}.",
                stream=self.stream.name,
            )
        return _MODES[pair]


class WrittenCatalog(Body):
    streams: list[WrittenStream]


class ConnectionUpdate(Body):
    """Shape: the catalog alone; all else of a connection is changed by the public API. Nothing is ever reset by it."""

    model_config = ConfigDict(extra="forbid")

    connection_id: UUID
    sync_catalog: WrittenCatalog
    skip_reset: Literal[True]


@post(
    router,
    "/web_backend/connections/update",
    "configPutCatalog",
    ConnectionNotFound,
    StreamNotInCatalog,
    SyncModeNotSupported,
    StreamIsPublished,
    SyncAlreadyRunning,
    ConnectorFailed,
    InvalidRequest,
)
async def put_catalog(
    caller: Editor,
    database: Database,
    open_connector: OpenConnector,
    scheduler: Scheduler,
    settings: Settings,
    edited: Edited,
    wanted: ConnectionUpdate,
    unhurried: Unhurried,
) -> WebConnectionRead:
    """Read those streams from now on that are selected, and no others; as by `PATCH /v1/connections/{id}`."""
    selected = [each for each in wanted.sync_catalog.streams if each.config.selected]
    if not selected:
        raise InvalidRequest("A connection reads at least one stream: set it inactive to pause it.")
    async with database.connection() as session:
        found = await connection_store.get_connection(
            session, ConnectionId(wanted.connection_id), with_deselected=True
        )
    modes = {stream.configured.descriptor: stream.configured.sync_mode for stream in found.streams}
    streams = [each.configuration(modes) for each in selected]
    patch = ConnectionPatch(configurations=StreamConfigurations(streams=streams))
    await patch_connection(
        caller, database, open_connector, scheduler, settings, edited, wanted.connection_id, patch,
        unhurried,
    )  # fmt: skip
    async with database.connection() as session:
        return await get_web_connection(
            caller, session, ConnectionIdBody(connection_id=wanted.connection_id)
        )
