"""/v1/applications: the programs that may ask. Source: Airbyte's public API."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from app.access import applications
from app.access.applications import Application
from app.api.access import Owner
from app.api.dependencies import Session, Transaction
from app.api.problems import problems
from app.api.public.roles import Grants, RoleView, grants_of
from app.api.views import AtlasBody, Body, View, epoch
from app.core.access import Role
from app.core.errors import ApplicationNotFound, WorkspaceNotFound
from app.core.ids import WorkspaceId

router = APIRouter(prefix="/applications", tags=["Applications"])

ApplicationPath = Annotated[UUID, Path(alias="applicationId")]
_SECRET_SHOWN_ONCE = "**********"  # noqa: S105  what stands where the secret was


class AtlasApplicationBody(AtlasBody):
    """Shape: with no role an application may do nothing."""

    roles: Grants = Field(default_factory=list)


class ApplicationCreate(Body):
    """Shape: without `atlas` an application is editor everywhere, as Airbyte's may do what its user may."""

    name: Annotated[str, Field(min_length=1, max_length=250, pattern=r"\S")]
    atlas: AtlasApplicationBody | None = None

    def roles(self) -> Mapping[WorkspaceId | None, Role]:
        return {None: Role.EDITOR} if self.atlas is None else grants_of(self.atlas.roles)


class AtlasApplication(View):
    roles: list[RoleView]


class ApplicationView(View):
    """Shape: `clientSecret` is shown when the application is made, and never again."""

    id: UUID
    name: str
    client_id: str
    client_secret: str
    created_at: int
    atlas: AtlasApplication

    @classmethod
    def of(cls, found: Application, secret: str = _SECRET_SHOWN_ONCE) -> "ApplicationView":
        return cls(
            id=found.application_id,
            name=found.name,
            client_id=found.client_id,
            client_secret=secret,
            created_at=epoch(found.created_at),
            atlas=AtlasApplication(roles=RoleView.listed(found.roles)),
        )


class ApplicationViews(View):
    applications: list[ApplicationView]


@router.get("", operation_id="listApplications")
async def list_applications(caller: Owner, session: Session) -> ApplicationViews:
    found = await applications.listed(session)
    return ApplicationViews(applications=[ApplicationView.of(each) for each in found])


@router.post("", operation_id="createApplication", responses=problems(WorkspaceNotFound))
async def create_application(
    caller: Owner, session: Transaction, wanted: ApplicationCreate
) -> ApplicationView:
    """Create an application; its secret is in this answer alone."""
    made, secret = await applications.create(session, wanted.name, wanted.roles())
    return ApplicationView.of(made, secret)


@router.get(
    "/{applicationId}", operation_id="getApplication", responses=problems(ApplicationNotFound)
)
async def get_application(
    caller: Owner, session: Session, application_id: ApplicationPath
) -> ApplicationView:
    return ApplicationView.of(await applications.get(session, application_id))


@router.delete(
    "/{applicationId}", operation_id="deleteApplication", responses=problems(ApplicationNotFound)
)
async def delete_application(
    caller: Owner, session: Transaction, application_id: ApplicationPath
) -> ApplicationView:
    """Delete an application: within seconds, what it has of tokens is worth nothing."""
    found = ApplicationView.of(await applications.get(session, application_id))
    await applications.delete(session, application_id)
    return found
