"""/v1/destinations: Atlas's own layers, as a genuine `postgres` destination."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from app.api.access import Viewer
from app.api.dependencies import Session, Workspaces
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.views import View, epoch
from app.core.connections import Destination
from app.core.errors import DestinationNotFound
from app.core.ids import DestinationId
from app.sync.connections import connection_store

router = APIRouter(prefix="/destinations", tags=["Destinations"])

POSTGRES_DEFINITION = UUID("25c5221d-dce2-4163-ade9-739ef790f503")
"""Source: Airbyte's connector registry, destination-postgres."""


class DestinationView(View):
    destination_id: UUID
    name: str
    destination_type: str
    definition_id: UUID
    workspace_id: UUID
    configuration: Mapping[str, object]
    created_at: int

    @classmethod
    def of(cls, destination: Destination) -> "DestinationView":
        return cls(
            destination_id=destination.destination_id,
            name=destination.name,
            destination_type="postgres",
            definition_id=POSTGRES_DEFINITION,
            workspace_id=destination.workspace_id,
            configuration=destination.configuration,
            created_at=epoch(destination.created_at),
        )


@router.get("", operation_id="listDestinations")
async def list_destinations(
    caller: Viewer, session: Session, paged: Paged, workspaces: Workspaces
) -> Page[DestinationView]:
    found = await connection_store.list_destinations(
        session, workspaces, paged.wanted, paged.offset
    )
    return paged.page([DestinationView.of(destination) for destination in found])


@router.get(
    "/{destinationId}", operation_id="getDestination", responses=problems(DestinationNotFound)
)
async def get_destination(
    caller: Viewer, session: Session, destination_id: Annotated[UUID, Path(alias="destinationId")]
) -> DestinationView:
    found = await connection_store.get_destination(session, DestinationId(destination_id))
    return DestinationView.of(found)
