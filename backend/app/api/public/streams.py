"""/v1/streams: what a source offers, and how its streams can be synced. Source: Airbyte's public API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from app.api.access import Editor
from app.api.dependencies import Database, OpenConnector, Unhurried
from app.api.problems import problems
from app.api.views import View
from app.core.catalog import Nested, Stream, SyncMode
from app.core.declared import declared
from app.core.errors import DestinationNotFound, SourceNotFound
from app.core.failures import (
    ConnectorFailed,
)
from app.core.ids import DestinationId, SourceId
from app.sources.port import Listener
from app.sync.connections import catalogs, connection_store, source_life

router = APIRouter(prefix="/streams", tags=["Streams"])


class StreamProperties(View):
    """Shape: `streamnamespace` is written so by Airbyte."""

    model_config = ConfigDict(populate_by_name=True)

    name: str = Field(alias="streamName")
    namespace: str | None = Field(None, alias="streamnamespace")
    sync_modes: list[SyncMode] = Field(alias="syncModes")
    default_cursor_field: list[str] = Field(alias="defaultCursorField")
    source_defined_cursor: bool = Field(alias="sourceDefinedCursorField")
    source_defined_primary_key: list[list[str]] = Field(alias="sourceDefinedPrimaryKey")
    fields: list[list[str]] = Field(alias="propertyFields")

    @classmethod
    def of(cls, stream: Stream) -> "StreamProperties":
        return cls(
            name=stream.descriptor.name,
            namespace=stream.descriptor.namespace,
            sync_modes=[mode for mode in SyncMode if mode.reads in stream.supported],
            default_cursor_field=list(stream.default_cursor_field),
            source_defined_cursor=stream.source_defined_cursor,
            source_defined_primary_key=[list(path) for path in stream.source_defined_primary_key],
            fields=[list(path) for path in declared(stream.json_schema, Nested.FLATTEN)],
        )


@router.get(
    "",
    operation_id="getStreamProperties",
    responses=problems(SourceNotFound, DestinationNotFound, ConnectorFailed),
)
async def get_stream_properties(
    caller: Editor,
    database: Database,
    open_connector: OpenConnector,
    source_id: Annotated[UUID, Query(alias="sourceId")],
    _: Unhurried,
    destination_id: Annotated[UUID | None, Query(alias="destinationId")] = None,
    ignore_cache: Annotated[bool, Query(alias="ignoreCache")] = False,
) -> list[StreamProperties]:
    """A source's streams as it offered them when it was asked last, or, with `ignoreCache`, as it does now."""
    async with database.connection() as session:
        source = await source_life.present(session, SourceId(source_id))
        if destination_id is not None:
            await connection_store.get_destination(session, DestinationId(destination_id))
        catalog = None if ignore_cache else await catalogs.remembered(session, source.source_id)
    if catalog is None:
        connector = await open_connector(source, Listener())
        catalog = await connector.discover(source.configuration)
        async with database.transaction() as session:
            await catalogs.remember(session, source, catalog)
    return [StreamProperties.of(stream) for stream in catalog.streams]
