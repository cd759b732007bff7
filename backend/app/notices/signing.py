"""What webhooks are signed with, and what this room needs of whoever keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.core.ids import WorkspaceId
from app.database.pool import Connection as Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A rule's secret as it is kept. Shape: `reference` stands for it, and holds nothing of it."""

    workspace_id: WorkspaceId
    rule_id: UUID
    reference: object


class SigningSecrets(Protocol):
    """Where secrets of rules are locked away."""

    async def seal(
        self, session: Session, workspace_id: WorkspaceId, rule_id: UUID, secret: str
    ) -> Mapping[str, object]:
        """Lock a rule's secret away in the caller's transaction; the reference to keep in its place."""

    async def reveal(self, key: SigningKey) -> str:
        """The secret, for one signature. Errors: NotDelivered, with why it does not open."""

    async def let_go(self, session: Session, rule_id: UUID) -> None:
        """Keep a rule's secret no more."""
