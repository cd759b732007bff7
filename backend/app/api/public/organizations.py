"""/v1/organizations: the one that all workspaces belong to. Source: Airbyte's public API."""

from uuid import UUID

from fastapi import APIRouter

from app.api.access import Viewer
from app.api.views import View

router = APIRouter(prefix="/organizations", tags=["Organizations"])

_ORGANIZATION = UUID(int=0)
"""Source: Airbyte's own default organization, where there is only one."""


class OrganizationView(View):
    """Shape: `email` is empty: clients expect it, and Atlas has none."""

    organization_id: UUID
    organization_name: str
    email: str


class OrganizationList(View):
    data: list[OrganizationView]


@router.get("", operation_id="listOrganizations")
async def list_organizations(caller: Viewer) -> OrganizationList:
    """One: Atlas knows workspaces, and nothing above them."""
    return OrganizationList(
        data=[OrganizationView(organization_id=_ORGANIZATION, organization_name="atlas", email="")]
    )
