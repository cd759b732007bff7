"""/v1/sources. Source: Airbyte's public API."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import ConfigDict, Field

from app.api.access import Editor, Viewer
from app.api.dependencies import Scheduler, Session, Transaction, Workspaces
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.views import Body, View, epoch
from app.core.connections import Source
from app.core.errors import InvalidRequest, SourceNotFound, WorkspaceNotFound
from app.core.failures import ConnectorUnknown
from app.core.ids import SourceId, WorkspaceId
from app.sources.registry import definition_id, pinned
from app.sources.wire.redaction import without_secrets
from app.sync.connections import connection_store, source_life

router = APIRouter(prefix="/sources", tags=["Sources"])


class SourceCreate(Body):
    name: str
    workspace_id: UUID
    configuration: dict[str, object]


class SourceView(View):
    source_id: UUID
    name: str
    source_type: str
    definition_id: UUID
    workspace_id: UUID
    configuration: Mapping[str, object]
    created_at: int

    @classmethod
    def of(cls, source: Source) -> "SourceView":
        kind = source.connector.removeprefix("source-")
        return cls(
            source_id=source.source_id,
            name=source.name,
            source_type=kind,
            definition_id=definition_id(source.connector),
            workspace_id=source.workspace_id,
            configuration={"sourceType": kind, **without_secrets(source.configuration)},
            created_at=epoch(source.created_at),
        )


@router.get("", operation_id="listSources")
async def list_sources(
    caller: Viewer, session: Session, paged: Paged, workspaces: Workspaces
) -> Page[SourceView]:
    found = await connection_store.list_sources(session, workspaces, paged.wanted, paged.offset)
    return paged.page([SourceView.of(source) for source in found])


@router.get("/{sourceId}", operation_id="getSource", responses=problems(SourceNotFound))
async def get_source(
    caller: Viewer, session: Session, source_id: Annotated[UUID, Path(alias="sourceId")]
) -> SourceView:
    return SourceView.of(await source_life.present(session, SourceId(source_id)))


class SourcePatch(Body):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=250, pattern=r"\S")]


class DeletedConnection(View):
    connection_id: UUID
    name: str


class DeletionView(View):
    """Shape: the connections that go with a source; their tables stay."""

    connections: list[DeletedConnection]


@router.patch("/{sourceId}", operation_id="patchSource", responses=problems(SourceNotFound))
async def patch_source(
    caller: Editor,
    session: Transaction,
    source_id: Annotated[UUID, Path(alias="sourceId")],
    wanted: SourcePatch,
) -> SourceView:
    """Rename a source; tables keep their names."""
    return SourceView.of(await source_life.rename(session, SourceId(source_id), wanted.name))


@router.get(
    "/{sourceId}/deletion", operation_id="previewSourceDeletion", responses=problems(SourceNotFound)
)
async def preview_deletion(
    caller: Viewer, session: Session, source_id: Annotated[UUID, Path(alias="sourceId")]
) -> DeletionView:
    """What would be deleted with a source."""
    found = await source_life.connections(session, SourceId(source_id))
    listed = [DeletedConnection(connection_id=each, name=name) for each, name in found.items()]
    return DeletionView(connections=listed)


@router.delete(
    "/{sourceId}",
    operation_id="deleteSource",
    status_code=204,
    responses=problems(SourceNotFound),
)
async def delete_source(
    caller: Editor,
    session: Transaction,
    scheduler: Scheduler,
    source_id: Annotated[UUID, Path(alias="sourceId")],
) -> None:
    """Delete a source with its connections, as Airbyte does: their tables stay, its configuration does not."""
    await source_life.delete(session, scheduler.transitions, SourceId(source_id))


@router.post(
    "",
    operation_id="createSource",
    responses=problems(WorkspaceNotFound, ConnectorUnknown, InvalidRequest),
)
async def create_source(caller: Editor, session: Transaction, wanted: SourceCreate) -> SourceView:
    """Create a source; `configuration.sourceType` names its connector."""
    kind = wanted.configuration.get("sourceType")
    if not isinstance(kind, str) or not wanted.name.strip():
        raise InvalidRequest(
            "A source needs a name, and configuration.sourceType names its connector."
        )
    connector = f"source-{kind.removeprefix('source-')}"
    pinned(connector)
    configuration = {
        name: value for name, value in wanted.configuration.items() if name != "sourceType"
    }
    source = await connection_store.create_source(
        session, WorkspaceId(wanted.workspace_id), wanted.name, connector, configuration
    )
    return SourceView.of(source)
