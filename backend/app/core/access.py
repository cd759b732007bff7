"""Who asks, and what may be done where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.ids import WorkspaceId


class Role(StrEnum):
    """What somebody may do in a workspace; each may do all that the ones before it may.

    Shape: a viewer looks, an operator also runs, cancels and replays, an editor also makes and changes,
           an admin also says who may, sees raw records and holds the keys.
    """

    VIEWER = "viewer"
    OPERATOR = "operator"
    EDITOR = "editor"
    ADMIN = "admin"

    def allows(self, needed: "Role") -> bool:
        return _RANK[self] >= _RANK[needed]


_RANK = {role: rank for rank, role in enumerate(Role)}


class CallerKind(StrEnum):
    """`machine` is whoever may run commands where Atlas runs; `nobody`, who could not say who he is: the audit log
    alone knows him."""

    USER = "user"
    APPLICATION = "application"
    MACHINE = "machine"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who is known. Shape: a role `everywhere` counts in each workspace, also in later ones."""

    kind: CallerKind
    id: str
    name: str
    roles: Mapping[WorkspaceId, Role] = field(default_factory=dict)
    everywhere: Role | None = None

    def may(self, needed: Role, workspace_id: WorkspaceId) -> bool:
        """Whether this role is the caller's in a workspace."""
        held = [role for role in (self.everywhere, self.roles.get(workspace_id)) if role]
        return any(role.allows(needed) for role in held)

    def workspaces(self, needed: Role) -> frozenset[WorkspaceId] | None:
        """Where the caller has this role. Shape: none of them named if it is everywhere."""
        if self.everywhere and self.everywhere.allows(needed):
            return None
        return frozenset(place for place, role in self.roles.items() if role.allows(needed))
