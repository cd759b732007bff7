"""/v1/destinations: Atlas's own layers, as genuine `postgres` destinations. Source: Airbyte's public API."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.api.access import Editor, Viewer
from app.api.dependencies import Session, Transaction, Workspaces
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.requests.editing import Edited, Editing
from app.api.views import Body, View, epoch, without_nulls
from app.core.configurations import merged
from app.core.connections import Destination
from app.core.errors import (
    DestinationNotAtlas,
    DestinationNotFound,
    EditedMeanwhile,
    InvalidRequest,
    StillNeeded,
    WorkspaceNotFound,
)
from app.core.ids import DestinationId, WorkspaceId
from app.database import turns
from app.database.pool import Connection
from app.processes.redaction import without_secrets
from app.sync.connections import connection_store, destination_life

router = APIRouter(prefix="/destinations", tags=["Destinations"])

POSTGRES_DEFINITION = UUID("25c5221d-dce2-4163-ade9-739ef790f503")
"""Source: Airbyte's connector registry, destination-postgres."""
SCHEMA = "chart"
"""Where Atlas publishes; a destination that names another schema changes nothing of that."""

DestinationPath = Annotated[UUID, Path(alias="destinationId")]
Name = Annotated[str, Field(min_length=1, max_length=250, pattern=r"\S")]
Json = dict[str, object]


class DestinationCreate(Body):
    name: Name
    workspace_id: UUID
    configuration: Json
    definition_id: UUID | None = None
    resource_allocation: Json | None = None


class DestinationPut(Body):
    name: Name
    configuration: Json


class DestinationPatch(Body):
    """What changes of a destination; the rest stays. Shape: of `configuration` too, member by member."""

    name: Name | None = None
    configuration: Json | None = None
    resource_allocation: Json | None = None


class AtlasDestinationView(View):
    """Shape: `notCarriedOut` the members that were written and change nothing of what Atlas does."""

    not_carried_out: list[str]


class DestinationView(View):
    destination_id: UUID
    name: str
    destination_type: str
    definition_id: UUID
    workspace_id: UUID
    configuration: Mapping[str, object]
    created_at: int
    resource_allocation: Mapping[str, object] | None
    atlas: AtlasDestinationView | None

    @classmethod
    def of(cls, destination: Destination) -> "DestinationView":
        configuration = destination.configuration
        elsewhere = configuration.get("schema", SCHEMA) != SCHEMA
        return cls(
            destination_id=destination.destination_id,
            name=destination.name,
            destination_type="postgres",
            definition_id=POSTGRES_DEFINITION,
            workspace_id=destination.workspace_id,
            configuration=without_secrets(configuration),
            created_at=epoch(destination.created_at),
            resource_allocation=destination.resource_allocation,
            atlas=AtlasDestinationView(not_carried_out=["configuration.schema"])
            if elsewhere
            else None,
        )


@router.get("", operation_id="listDestinations")
async def list_destinations(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    include_deleted: Annotated[bool, Query(alias="includeDeleted")] = False,
) -> Page[DestinationView]:
    found = await connection_store.list_destinations(
        session, workspaces, paged.wanted, paged.offset, with_deleted=include_deleted
    )
    return paged.page([DestinationView.of(destination) for destination in found])


@router.post(
    "",
    operation_id="createDestination",
    responses=problems(WorkspaceNotFound, DestinationNotAtlas, InvalidRequest),
)
async def create_destination(
    caller: Editor, session: Transaction, wanted: DestinationCreate
) -> DestinationView:
    """Another name for Atlas's own layers: of type postgres, and of this very server and database."""
    if wanted.definition_id not in (None, POSTGRES_DEFINITION):
        raise DestinationNotAtlas("Atlas's layers are a destination of postgres's definitionId.")
    made = await destination_life.create(
        session,
        WorkspaceId(wanted.workspace_id),
        wanted.name,
        without_nulls(wanted.configuration),
        wanted.resource_allocation,
    )
    return DestinationView.of(made)


@router.get(
    "/{destinationId}", operation_id="getDestination", responses=problems(DestinationNotFound)
)
async def get_destination(
    caller: Viewer, session: Session, edited: Edited, destination_id: DestinationPath
) -> DestinationView:
    found = await connection_store.get_destination(session, DestinationId(destination_id))
    return edited.shown(DestinationView.of(found))


@router.put(
    "/{destinationId}",
    operation_id="putDestination",
    responses=problems(DestinationNotFound, DestinationNotAtlas, EditedMeanwhile),
)
async def put_destination(
    caller: Editor,
    session: Transaction,
    edited: Edited,
    destination_id: DestinationPath,
    wanted: DestinationPut,
) -> DestinationView:
    """Give a destination a name and a configuration, whole."""
    found = await _in_turn(session, edited, destination_id)
    changed = await destination_life.change(
        session,
        found.destination_id,
        name=wanted.name,
        configuration=without_nulls(wanted.configuration),
    )
    return edited.shown(DestinationView.of(changed))


@router.patch(
    "/{destinationId}",
    operation_id="patchDestination",
    responses=problems(DestinationNotFound, DestinationNotAtlas, EditedMeanwhile),
)
async def patch_destination(
    caller: Editor,
    session: Transaction,
    edited: Edited,
    destination_id: DestinationPath,
    wanted: DestinationPatch,
) -> DestinationView:
    """Change what is given of a destination."""
    found = await _in_turn(session, edited, destination_id)
    configuration = None
    if wanted.configuration is not None:
        configuration = merged(found.configuration, without_nulls(wanted.configuration))
    changed = await destination_life.change(
        session,
        found.destination_id,
        name=wanted.name,
        configuration=configuration,
        resource_allocation=wanted.resource_allocation,
    )
    return edited.shown(DestinationView.of(changed))


@router.delete(
    "/{destinationId}",
    operation_id="deleteDestination",
    status_code=204,
    responses=problems(DestinationNotFound, StillNeeded, EditedMeanwhile),
)
async def delete_destination(
    caller: Editor, session: Transaction, edited: Edited, destination_id: DestinationPath
) -> None:
    """Delete a destination that no connection writes into; Atlas's own stays."""
    found = await _in_turn(session, edited, destination_id)
    await destination_life.delete(session, found.destination_id)


async def _in_turn(session: Connection, edited: Editing, destination_id: UUID) -> Destination:
    """What is edited now, and by nobody else. Errors: DestinationNotFound, EditedMeanwhile."""
    kept = DestinationId(destination_id)
    await turns.take(session, kept)
    found = await connection_store.get_destination(session, kept)
    edited.require(DestinationView.of(found))
    return found
