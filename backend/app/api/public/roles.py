"""Roles as users and applications have them."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.views import AtlasBody, View
from app.core.access import Role
from app.core.ids import WorkspaceId


class Grant(AtlasBody):
    """Shape: without a workspace the role counts in all of them."""

    role: Role
    workspace_id: UUID | None = None


Grants = Annotated[list[Grant], Field(max_length=1_000)]


class RoleView(View):
    role: Role
    workspace_id: UUID | None = None

    @classmethod
    def listed(cls, roles: Mapping[WorkspaceId | None, Role]) -> "list[RoleView]":
        places = sorted(roles, key=str)
        return [cls(role=roles[place], workspace_id=place) for place in places]


def grants_of(wanted: Sequence[Grant]) -> Mapping[WorkspaceId | None, Role]:
    return {
        WorkspaceId(each.workspace_id) if each.workspace_id else None: each.role for each in wanted
    }
