"""Which role somebody has in which workspace."""

import json
from collections.abc import Mapping
from uuid import UUID

from app.core.access import Role
from app.core.errors import WorkspaceNotFound
from app.core.ids import WorkspaceId
from app.database.pool import Connection
from app.database.queries import load

SQL = load(__file__)


async def replace(
    session: Connection,
    roles: Mapping[WorkspaceId | None, Role],
    *,
    user_id: UUID | None = None,
    application_id: UUID | None = None,
) -> None:
    """Give somebody these roles and no others. Errors: WorkspaceNotFound."""
    named = [place for place in roles if place is not None]
    if await session.fetchval(SQL["workspaces"], named) != len(named):
        raise WorkspaceNotFound("A role is for a workspace that is not there.")
    await session.execute(SQL["remove"], user_id, application_id)
    await session.execute(
        SQL["add"], user_id, application_id, list(roles), [role.value for role in roles.values()]
    )


def of(text: str) -> Mapping[WorkspaceId | None, Role]:
    """The roles that a statement gave. Shape: of JSON, with "" for all workspaces."""
    return {
        WorkspaceId(UUID(place)) if place else None: Role(role)
        for place, role in json.loads(text).items()
    }
