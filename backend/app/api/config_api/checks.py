"""Whether the ends of a connection can be reached. Source: Airbyte's Config API.

Shape: without Airbyte's `jobInfo`: to ask is no job here.
"""

from uuid import UUID

from fastapi import APIRouter

from app.api.access import Operator, Viewer
from app.api.config_api.routes import post
from app.api.dependencies import Database, OpenConnector, Session, Unhurried
from app.api.views import Body, View
from app.core.errors import DestinationNotFound, SourceNotFound
from app.core.failures import (
    ConnectorFailed,
    ConnectorNotInstalled,
)
from app.core.ids import DestinationId, SourceId
from app.sources.port import Listener
from app.sync.connections import connection_store, source_life

router = APIRouter(tags=["Config API"])


class SourceIdBody(Body):
    source_id: UUID


class DestinationIdBody(Body):
    destination_id: UUID


class CheckRead(View):
    """Shape: `status` is `succeeded` or `failed`, and then the connector's own `message`."""

    status: str
    message: str | None = None


@post(
    router,
    "/sources/check_connection",
    "configCheckSource",
    SourceNotFound,
    ConnectorNotInstalled,
    ConnectorFailed,
)
async def check_source(
    caller: Operator,
    database: Database,
    open_connector: OpenConnector,
    wanted: SourceIdBody,
    _: Unhurried,
) -> CheckRead:
    """Let a source's connector try the configuration that is kept of it."""
    async with database.connection() as session:
        source = await source_life.present(session, SourceId(wanted.source_id))
    connector = await open_connector(source, Listener())
    verdict = await connector.check(source.configuration)
    return CheckRead(
        status="succeeded" if verdict.succeeded else "failed", message=verdict.message or None
    )


@post(router, "/destinations/check_connection", "configCheckDestination", DestinationNotFound)
async def check_destination(
    caller: Viewer, session: Session, wanted: DestinationIdBody
) -> CheckRead:
    """Atlas's layers are in the database that answers here: that it answers is the check."""
    await connection_store.get_destination(session, DestinationId(wanted.destination_id))
    return CheckRead(status="succeeded")
