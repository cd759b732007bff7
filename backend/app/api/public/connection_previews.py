"""/v1/connections/preview: which tables a connection would get, before there is one."""

from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import ConfigDict

from app.api.access import Editor
from app.api.dependencies import Database, OpenConnector, Settings, Unhurried
from app.api.problems import problems
from app.api.public.connection_shapes import ConnectionCreate
from app.api.public.stream_choice import chosen
from app.api.views import View
from app.core.errors import SourceNotFound, StreamNotInCatalog, TableTaken
from app.core.failures import (
    ConnectorFailed,
    ReferenceUnresolved,
)
from app.core.ids import SourceId
from app.sources.port import Listener
from app.sync.connections import source_life, table_names

router = APIRouter(prefix="/connections", tags=["Connections"])


class ConnectionPreviewed(ConnectionCreate):
    """A connection that is only asked about, on a route of Atlas's own."""

    model_config = ConfigDict(extra="forbid")


class StreamNamesView(View):
    """Shape: `taken`, if another connection has the stream's plain name: then the tables get a digest, so that
    the two are kept apart; of a deleted connection they can be adopted instead."""

    stream: str
    namespace: str | None
    table: str
    taken: str | None
    taken_by: str | None
    taken_by_connection_id: UUID | None
    adoptable: bool


class NamesView(View):
    streams: list[StreamNamesView]


@router.post(
    "/preview",
    operation_id="previewConnection",
    responses=problems(
        SourceNotFound, StreamNotInCatalog, ConnectorFailed, ReferenceUnresolved, TableTaken
    ),
)
async def preview_connection(
    caller: Editor,
    database: Database,
    open_connector: OpenConnector,
    settings: Settings,
    wanted: ConnectionPreviewed,
    _: Unhurried,
) -> NamesView:
    """Which tables the streams of a new connection would get, and who has their names already."""
    async with database.connection() as session:
        source = await source_life.present(session, SourceId(wanted.source_id))
    connector = await open_connector(source, Listener())
    catalog = await connector.discover(source.configuration)
    found = []
    async with database.connection() as session:
        for stream in chosen(catalog, wanted.configurations, most=settings.stream_limit):
            descriptor = stream.descriptor
            choice = await table_names.choose(
                session, str(uuid4()), wanted.prefix + source.name, descriptor
            )
            holder = choice.holder
            found.append(
                StreamNamesView(
                    stream=descriptor.name,
                    namespace=descriptor.namespace,
                    table=choice.plain if holder is None else f"{choice.plain} with a digest",
                    taken=choice.plain if holder else None,
                    taken_by=holder.connection if holder else None,
                    taken_by_connection_id=holder.connection_id if holder else None,
                    adoptable=holder is not None and holder.is_deleted,
                )
            )
    return NamesView(streams=found)
