"""/v1/sources. Source: Airbyte's public API."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import ConfigDict, Field

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
from app.api.views import Body, View, epoch
from app.core.connections import Source
from app.core.errors import (
    ConfigurationInvalid,
    ConfigurationTooLarge,
    InvalidRequest,
    SourceNotFound,
    WorkspaceNotFound,
)
from app.core.failures import ConnectorFailed, ConnectorUnknown
from app.core.ids import SourceId, WorkspaceId
from app.secrets.sealing import shown
from app.sources.registry import definition_id, pinned
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
            configuration={"sourceType": kind, **shown(source.configuration)},
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


SourceName = Annotated[str, Field(min_length=1, max_length=250, pattern=r"\S")]


class SourcePatch(Body):
    """What changes of a source; a configuration's fields that are not named stay, null takes one away."""

    model_config = ConfigDict(extra="forbid")

    name: SourceName | None = None
    configuration: dict[str, object] | None = None


class SourcePut(Body):
    """Shape: the configuration is replaced whole, but for secrets in whose place `**********` stands."""

    name: SourceName
    configuration: dict[str, object]


class DeletedConnection(View):
    connection_id: UUID
    name: str


class DeletionView(View):
    """Shape: the connections that go with a source; their tables stay."""

    connections: list[DeletedConnection]


_CHANGES = problems(
    SourceNotFound, ConfigurationInvalid, ConfigurationTooLarge, ConnectorUnknown, ConnectorFailed
)


@router.patch("/{sourceId}", operation_id="patchSource", responses=_CHANGES)
async def patch_source(
    caller: Editor,
    configurations: Configurations,
    source_id: Annotated[UUID, Path(alias="sourceId")],
    wanted: SourcePatch,
    _: Unhurried,
) -> SourceView:
    """Rename a source, or change some of its configuration; tables keep their names."""
    sent = None if wanted.configuration is None else _without_type(wanted.configuration)
    return SourceView.of(
        await configurations.change(SourceId(source_id), name=wanted.name, sent=sent, is_patch=True)
    )


@router.put("/{sourceId}", operation_id="putSource", responses=_CHANGES)
async def put_source(
    caller: Editor,
    configurations: Configurations,
    source_id: Annotated[UUID, Path(alias="sourceId")],
    wanted: SourcePut,
    _: Unhurried,
) -> SourceView:
    """Replace a source's name and configuration. `**********` in a secret's place keeps the secret."""
    sent = _without_type(wanted.configuration)
    return SourceView.of(
        await configurations.change(
            SourceId(source_id), name=wanted.name, sent=sent, is_patch=False
        )
    )


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
    responses=problems(
        WorkspaceNotFound,
        ConnectorUnknown,
        ConnectorFailed,
        InvalidRequest,
        ConfigurationInvalid,
        ConfigurationTooLarge,
    ),
)
async def create_source(
    caller: Editor, configurations: Configurations, wanted: SourceCreate, _: Unhurried
) -> SourceView:
    """Create a source; `configuration.sourceType` names its connector. Secrets are never given back."""
    kind = wanted.configuration.get("sourceType")
    if not isinstance(kind, str) or not wanted.name.strip():
        raise InvalidRequest(
            "A source needs a name, and configuration.sourceType names its connector."
        )
    connector = f"source-{kind.removeprefix('source-')}"
    pinned(connector)
    source = await configurations.create_source(
        WorkspaceId(wanted.workspace_id),
        wanted.name,
        connector,
        _without_type(wanted.configuration),
    )
    return SourceView.of(source)


def _without_type(configuration: Mapping[str, object]) -> Mapping[str, object]:
    return {name: value for name, value in configuration.items() if name != "sourceType"}
