"""/v1/workspaces/{workspaceId}/definitions: the connectors there are. Source: Airbyte's public API."""

from importlib.metadata import version
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from app.api.access import Viewer
from app.api.dependencies import Session, Settings
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.public.destinations import POSTGRES_DEFINITION
from app.api.public.workspaces import WorkspacePath
from app.api.views import View
from app.core.errors import DefinitionNotFound, WorkspaceNotFound
from app.core.ids import WorkspaceId
from app.core.settings import Settings as AtlasSettings
from app.sources import catalogue
from app.sources.catalogue import Entry
from app.sources.registry import definition_id
from app.sync.connections import connection_store

router = APIRouter(prefix="/workspaces/{workspaceId}/definitions", tags=["Connector definitions"])

DefinitionPath = Annotated[UUID, Path(alias="definitionId")]


class DefinitionView(View):
    """Shape: the image is the one that Airbyte runs of the same connector and version."""

    id: UUID
    name: str
    docker_repository: str
    docker_image_tag: str

    @classmethod
    def of(cls, connector: Entry) -> "DefinitionView":
        return cls(
            id=definition_id(connector.name),
            name=connector.kind,
            docker_repository=connector.docker_repository or f"airbyte/{connector.name}",
            docker_image_tag=connector.docker_image_tag or "latest",
        )


def _sources(settings: AtlasSettings) -> list[DefinitionView]:
    entries = catalogue.current(settings.home).entries
    return [DefinitionView.of(entries[name]) for name in sorted(entries)]


def _destinations() -> list[DefinitionView]:
    """Atlas itself, by the id of the destination that clients take it for."""
    return [
        DefinitionView(
            id=POSTGRES_DEFINITION,
            name="postgres",
            docker_repository="atlas",
            docker_image_tag=version("atlas"),
        )
    ]


def _part(paged: Paged, found: list[DefinitionView]) -> Page[DefinitionView]:
    return paged.page(found[paged.offset : paged.offset + paged.wanted])


def _one(found: list[DefinitionView], wanted: UUID) -> DefinitionView:
    """Errors: DefinitionNotFound."""
    for definition in found:
        if definition.id == wanted:
            return definition
    raise DefinitionNotFound("No connector has this id.", definition_id=str(wanted))


@router.get("/sources", operation_id="listSourceDefinitions", responses=problems(WorkspaceNotFound))
async def list_source_definitions(
    caller: Viewer, session: Session, settings: Settings, paged: Paged, workspace_id: WorkspacePath
) -> Page[DefinitionView]:
    await connection_store.require_workspace(session, WorkspaceId(workspace_id))
    return _part(paged, _sources(settings))


@router.get(
    "/sources/{definitionId}",
    operation_id="getSourceDefinition",
    responses=problems(WorkspaceNotFound, DefinitionNotFound),
)
async def get_source_definition(
    caller: Viewer,
    session: Session,
    settings: Settings,
    workspace_id: WorkspacePath,
    wanted: DefinitionPath,
) -> DefinitionView:
    await connection_store.require_workspace(session, WorkspaceId(workspace_id))
    return _one(_sources(settings), wanted)


@router.get(
    "/destinations",
    operation_id="listDestinationDefinitions",
    responses=problems(WorkspaceNotFound),
)
async def list_destination_definitions(
    caller: Viewer, session: Session, paged: Paged, workspace_id: WorkspacePath
) -> Page[DefinitionView]:
    await connection_store.require_workspace(session, WorkspaceId(workspace_id))
    return _part(paged, _destinations())


@router.get(
    "/destinations/{definitionId}",
    operation_id="getDestinationDefinition",
    responses=problems(WorkspaceNotFound, DefinitionNotFound),
)
async def get_destination_definition(
    caller: Viewer, session: Session, workspace_id: WorkspacePath, wanted: DefinitionPath
) -> DefinitionView:
    await connection_store.require_workspace(session, WorkspaceId(workspace_id))
    return _one(_destinations(), wanted)


@router.get(
    "/declarative_sources",
    operation_id="listDeclarativeSourceDefinitions",
    responses=problems(WorkspaceNotFound),
)
async def list_declarative_definitions(
    caller: Viewer, session: Session, paged: Paged, workspace_id: WorkspacePath
) -> Page[DefinitionView]:
    """None: Atlas runs connectors of its registry."""
    await connection_store.require_workspace(session, WorkspaceId(workspace_id))
    return _part(paged, [])


@router.get(
    "/declarative_sources/{definitionId}",
    operation_id="getDeclarativeSourceDefinition",
    responses=problems(WorkspaceNotFound, DefinitionNotFound),
)
async def get_declarative_definition(
    caller: Viewer, session: Session, workspace_id: WorkspacePath, wanted: DefinitionPath
) -> DefinitionView:
    await connection_store.require_workspace(session, WorkspaceId(workspace_id))
    return _one([], wanted)
