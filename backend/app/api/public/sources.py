"""/v1/sources. Source: Airbyte's public API."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.api.access import Editor, Viewer
from app.api.dependencies import (
    Configurations,
    Scheduler,
    Session,
    Transaction,
    Unhurried,
    Workspaces,
)
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.requests.editing import Edited
from app.api.views import Body, View, epoch, without_nulls
from app.core.connections import Source
from app.core.errors import (
    ConfigurationInvalid,
    ConfigurationTooLarge,
    EditedMeanwhile,
    InvalidRequest,
    SourceNotFound,
    WorkspaceNotFound,
)
from app.core.failures import (
    ConnectorFailed,
    ConnectorNotRunnable,
    ConnectorUnknown,
)
from app.core.ids import SourceId, WorkspaceId
from app.database import turns
from app.secrets.sealing import shown
from app.sources import registry
from app.sync.connections import connection_store, source_life

router = APIRouter(prefix="/sources", tags=["Sources"])

SourcePath = Annotated[UUID, Path(alias="sourceId")]
Name = Annotated[str, Field(min_length=1, max_length=250, pattern=r"\S")]
Json = dict[str, object]


class SourceCreate(Body):
    """Shape: `configuration.sourceType` or, without it, `definitionId` names the connector."""

    name: Name
    workspace_id: UUID
    configuration: Json
    definition_id: UUID | None = None
    secret_id: str | None = None
    resource_allocation: Json | None = None


class SourcePut(Body):
    """Shape: the configuration is replaced whole, but for secrets in whose place `**********` stands."""

    name: Name
    configuration: Json


class SourcePatch(Body):
    """What changes of a source; the rest stays. Shape: of `configuration` too, member by member; null takes
    one away."""

    name: Name | None = None
    configuration: Json | None = None
    workspace_id: UUID | None = None
    secret_id: str | None = None
    resource_allocation: Json | None = None


class SourceView(View):
    source_id: UUID
    name: str
    source_type: str
    definition_id: UUID
    workspace_id: UUID
    configuration: Mapping[str, object]
    created_at: int
    resource_allocation: Mapping[str, object] | None

    @classmethod
    def of(cls, source: Source) -> "SourceView":
        kind = source.connector.removeprefix("source-")
        return cls(
            source_id=source.source_id,
            name=source.name,
            source_type=kind,
            definition_id=registry.definition_id(source.connector),
            workspace_id=source.workspace_id,
            configuration={"sourceType": kind, **shown(source.configuration)},
            created_at=epoch(source.created_at),
            resource_allocation=source.resource_allocation,
        )


class DeletedConnection(View):
    connection_id: UUID
    name: str


class DeletionView(View):
    """Shape: the connections that go with a source; their tables stay."""

    connections: list[DeletedConnection]


@router.get("", operation_id="listSources")
async def list_sources(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    include_deleted: Annotated[bool, Query(alias="includeDeleted")] = False,
) -> Page[SourceView]:
    """The sources; of those that were deleted, where they are asked for, without their configuration."""
    found = await connection_store.list_sources(
        session, workspaces, paged.wanted, paged.offset, with_deleted=include_deleted
    )
    return paged.page([SourceView.of(source) for source in found])


_REFUSED = (
    ConnectorUnknown,
    ConnectorNotRunnable,
    ConnectorFailed,
    InvalidRequest,
    ConfigurationInvalid,
    ConfigurationTooLarge,
)


@router.post("", operation_id="createSource", responses=problems(WorkspaceNotFound, *_REFUSED))
async def create_source(
    caller: Editor, configurations: Configurations, wanted: SourceCreate, _: Unhurried
) -> SourceView:
    """Create a source; `configuration.sourceType` names its connector. Secrets are never given back."""
    _require_no_secret_id(wanted.secret_id)
    source = await configurations.create_source(
        WorkspaceId(wanted.workspace_id),
        wanted.name,
        _connector(wanted.configuration, wanted.definition_id),
        without_nulls(_plain(wanted.configuration)),
        wanted.resource_allocation,
    )
    return SourceView.of(source)


@router.get("/{sourceId}", operation_id="getSource", responses=problems(SourceNotFound))
async def get_source(
    caller: Viewer, session: Session, edited: Edited, source_id: SourcePath
) -> SourceView:
    return edited.shown(SourceView.of(await source_life.present(session, SourceId(source_id))))


@router.put(
    "/{sourceId}",
    operation_id="putSource",
    responses=problems(SourceNotFound, EditedMeanwhile, *_REFUSED),
)
async def put_source(
    caller: Editor,
    session: Session,
    configurations: Configurations,
    edited: Edited,
    source_id: SourcePath,
    wanted: SourcePut,
    _: Unhurried,
) -> SourceView:
    """Give a source a name and a configuration, whole; `**********` in a secret's place keeps the secret."""
    source = await source_life.present(session, SourceId(source_id))
    _require_same_connector(source, wanted.configuration)
    sent = without_nulls(_plain(wanted.configuration))
    changed = await configurations.change(
        source.source_id,
        name=wanted.name,
        sent=sent,
        is_patch=False,
        look=lambda now: edited.require(SourceView.of(now)),
    )
    return edited.shown(SourceView.of(changed))


@router.patch(
    "/{sourceId}",
    operation_id="patchSource",
    responses=problems(SourceNotFound, EditedMeanwhile, *_REFUSED),
)
async def patch_source(
    caller: Editor,
    session: Session,
    configurations: Configurations,
    edited: Edited,
    source_id: SourcePath,
    wanted: SourcePatch,
    _: Unhurried,
) -> SourceView:
    """Change what is given of a source; tables keep their names."""
    source = await source_life.present(session, SourceId(source_id))
    _require_no_secret_id(wanted.secret_id)
    if wanted.workspace_id not in (None, source.workspace_id):
        raise InvalidRequest("A source stays in its workspace: make another one there.")
    if wanted.configuration is not None:
        _require_same_connector(source, wanted.configuration)
    changed = await configurations.change(
        source.source_id,
        name=wanted.name,
        sent=None if wanted.configuration is None else _plain(wanted.configuration),
        resource_allocation=wanted.resource_allocation,
        is_patch=True,
        look=lambda now: edited.require(SourceView.of(now)),
    )
    return edited.shown(SourceView.of(changed))


@router.get(
    "/{sourceId}/deletion", operation_id="previewSourceDeletion", responses=problems(SourceNotFound)
)
async def preview_deletion(caller: Viewer, session: Session, source_id: SourcePath) -> DeletionView:
    """What would be deleted with a source."""
    found = await source_life.connections(session, SourceId(source_id))
    listed = [DeletedConnection(connection_id=each, name=name) for each, name in found.items()]
    return DeletionView(connections=listed)


@router.delete(
    "/{sourceId}",
    operation_id="deleteSource",
    status_code=204,
    responses=problems(SourceNotFound, EditedMeanwhile),
)
async def delete_source(
    caller: Editor,
    session: Transaction,
    scheduler: Scheduler,
    edited: Edited,
    source_id: SourcePath,
) -> None:
    """Delete a source with its connections, as Airbyte does: their tables stay, its configuration does not."""
    kept = SourceId(source_id)
    await turns.take(session, kept)
    edited.require(SourceView.of(await source_life.present(session, kept)))
    await source_life.delete(session, scheduler.transitions, kept)


def _connector(configuration: Mapping[str, object], definition: UUID | None) -> str:
    """The connector that is named. Errors: ConnectorUnknown; InvalidRequest if two are, or none."""
    kind = configuration.get("sourceType")
    if kind is None and definition is not None:
        return registry.named(definition)
    if not isinstance(kind, str):
        raise InvalidRequest("configuration.sourceType or definitionId names a source's connector.")
    connector = f"source-{kind.removeprefix('source-')}"
    registry.require_runnable(connector)
    if definition not in (None, registry.definition_id(connector)):
        raise InvalidRequest(f"The definitionId is not the one of {connector}.")
    return connector


def _require_same_connector(source: Source, configuration: Mapping[str, object]) -> None:
    """Errors: InvalidRequest."""
    kind = configuration.get("sourceType")
    if kind is not None and f"source-{str(kind).removeprefix('source-')}" != source.connector:
        raise InvalidRequest(
            f"The source is read by {source.connector}; for another connector make another source."
        )


def _require_no_secret_id(secret_id: str | None) -> None:
    """Errors: InvalidRequest: such an id comes from an OAuth flow, which Atlas does not have."""
    if secret_id is not None:
        raise InvalidRequest("Atlas has no secret of this id: put secrets into the configuration.")


def _plain(configuration: Mapping[str, object]) -> Mapping[str, object]:
    """The configuration as the connector gets it."""
    return {name: value for name, value in configuration.items() if name != "sourceType"}
