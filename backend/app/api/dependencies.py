"""What an endpoint may ask for, as Annotated aliases."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request

from app.access.audit import Audit
from app.api.audit_trail import is_act, note_act
from app.core.errors import InvalidRequest
from app.core.ids import WorkspaceId
from app.core.settings import Settings as AtlasSettings
from app.database.announcements import Announcements
from app.database.keys import Keys
from app.database.pool import Connection
from app.database.pool import Database as AtlasDatabase
from app.notices.signing import SigningSecrets
from app.remote.dbt import Dbt
from app.sources.registry import Connectors as ConnectorRegistry
from app.sync import ports
from app.sync.connections.configurations import Configurations as SourceConfigurations
from app.sync.remotes.remotes import Remotes as SyncRemotes
from app.sync.scheduler import SyncScheduler
from app.sync.transformations.environments import Environments as DbtEnvironments


def database_of(request: Request) -> AtlasDatabase:
    """For an operation that is asked for so often that a dependency more would be felt."""
    database: AtlasDatabase = request.app.state.database
    return database


# none of them waits; but FastAPI would call a plain function on a thread of its own, which costs more than the answer
async def _database(request: Request) -> AtlasDatabase:
    return database_of(request)


async def _session(request: Request) -> AsyncIterator[Connection]:
    async with database_of(request).connection() as session:
        yield session


async def transaction(request: Request) -> AsyncIterator[Connection]:
    """An act, and that it was asked for, are committed together or not at all."""
    async with database_of(request).transaction() as session:
        yield session
        caller = getattr(request.state, "caller", None)
        if caller is not None and is_act(request):
            await note_act(request, session, caller)


async def _scheduler(request: Request) -> SyncScheduler:
    scheduler: SyncScheduler = request.app.state.scheduler
    return scheduler


async def _announced(request: Request) -> Announcements:
    announcements: Announcements = request.app.state.announcements
    return announcements


async def _unhurried(request: Request) -> None:
    request.state.is_unhurried = True


async def _connectors(request: Request) -> ConnectorRegistry:
    connectors: ConnectorRegistry = request.app.state.connectors
    return connectors


async def _open_connector(request: Request) -> ports.OpenConnector:
    open_connector: ports.OpenConnector = request.app.state.open_connector
    return open_connector


async def _configurations(request: Request) -> SourceConfigurations:
    configurations: SourceConfigurations = request.app.state.configurations
    return configurations


async def _signing(request: Request) -> SigningSecrets:
    signing: SigningSecrets = request.app.state.signing
    return signing


async def _remotes(request: Request) -> SyncRemotes:
    remotes: SyncRemotes = request.app.state.remotes
    return remotes


async def _environments(request: Request) -> DbtEnvironments:
    environments: DbtEnvironments = request.app.state.environments
    return environments


async def _transformer(request: Request) -> Dbt:
    dbt: Dbt = request.app.state.dbt
    return dbt


async def _mask_keys(request: Request) -> Keys:
    keys: Keys = request.app.state.keys
    return keys


async def _audit(request: Request) -> Audit:
    audit: Audit = request.app.state.audit
    return audit


async def _settings(request: Request) -> AtlasSettings:
    settings: AtlasSettings = request.app.state.settings
    return settings


async def _workspaces(
    workspace_ids: Annotated[
        list[str] | None,
        Query(alias="workspaceIds", description="Repeated, or separated by commas."),
    ] = None,
) -> list[WorkspaceId] | None:
    return workspaces_of(workspace_ids)


def workspaces_of(listed: list[str] | None) -> list[WorkspaceId] | None:
    """What `workspaceIds` names. Errors: InvalidRequest."""
    found = _ids("workspaceIds", listed)
    return None if found is None else [WorkspaceId(one) for one in found]


async def _tags(
    tag_ids: Annotated[
        list[str] | None, Query(alias="tagIds", description="Repeated, or separated by commas.")
    ] = None,
) -> list[UUID] | None:
    return _ids("tagIds", tag_ids)


def _ids(name: str, given: list[str] | None) -> list[UUID] | None:
    """Ids that a query has repeated, or separated by commas. Errors: InvalidRequest."""
    if not given:
        return None
    try:
        return [UUID(part) for listed in given for part in listed.split(",") if part]
    except ValueError:
        raise InvalidRequest(f"{name} holds something that is not a UUID.") from None


Database = Annotated[AtlasDatabase, Depends(_database)]
Session = Annotated[Connection, Depends(_session)]
Transaction = Annotated[Connection, Depends(transaction, scope="function")]
Scheduler = Annotated[SyncScheduler, Depends(_scheduler)]
Announced = Annotated[Announcements, Depends(_announced)]
Connectors = Annotated[ConnectorRegistry, Depends(_connectors)]
OpenConnector = Annotated[ports.OpenConnector, Depends(_open_connector)]
"""Opens a source's connector, which is handed its secrets when it starts."""
Configurations = Annotated[SourceConfigurations, Depends(_configurations)]
Signing = Annotated[SigningSecrets, Depends(_signing)]
"""Where secrets that webhooks are signed with are locked away."""
Remotes = Annotated[SyncRemotes, Depends(_remotes)]
"""Airbytes elsewhere, to be asked with their secrets."""
Environments = Annotated[DbtEnvironments, Depends(_environments)]
"""Where variables of transformations are kept."""
Transformer = Annotated[Dbt, Depends(_transformer)]
MaskKeys = Annotated[Keys, Depends(_mask_keys)]
Settings = Annotated[AtlasSettings, Depends(_settings)]
AuditLog = Annotated[Audit, Depends(_audit)]
Unhurried = Annotated[None, Depends(_unhurried)]
"""For an endpoint that asks a connector: it has a time limit of its own."""
Workspaces = Annotated[list[WorkspaceId] | None, Depends(_workspaces)]
Tags = Annotated[list[UUID] | None, Depends(_tags)]
