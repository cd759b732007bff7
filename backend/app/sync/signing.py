"""Secrets that webhooks are signed with, locked away as those of configurations are."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog

from app.core.failures import (
    KeyFileRefused,
    MasterKeyMissing,
    NotDelivered,
    SecretGone,
)
from app.core.ids import ConnectionId, WorkspaceId
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.notices import rules
from app.notices.signing import SigningKey
from app.secrets import secret_store
from app.secrets.sealing import Sealing

log = structlog.get_logger(__name__)

_FIELD = "secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSigning:
    """Shape: a rule owns its secret, at the pointer `/secret`; the master key's rotation covers it."""

    database: Database
    sealing: Sealing

    async def seal(
        self, session: Session, workspace_id: WorkspaceId, rule_id: UUID, secret: str
    ) -> Mapping[str, object]:
        """Lock a rule's secret away; the reference to keep in its place."""
        stored = await self.sealing.seal(
            session, workspace_id, rule_id, {_FIELD: secret}, [(_FIELD,)]
        )
        reference = stored[_FIELD]
        assert isinstance(reference, Mapping)  # noqa: S101  it was put there
        return reference

    async def reveal(self, key: SigningKey) -> str:
        """Errors: NotDelivered where it does not open: nothing is sent without a signature."""
        async with self.database.connection() as session:
            kept = await secret_store.of_owner(session, key.rule_id)
        try:
            clear = await self.sealing.reveal(
                key.workspace_id, key.rule_id, {_FIELD: key.reference}, kept
            )
        except (KeyFileRefused, MasterKeyMissing, SecretGone) as failure:
            raise NotDelivered(
                "It could not be signed: the rule's secret does not open. Put its master key back from your "
                f"backup, among the earlier keys; or make the rule anew. ({failure.slug})"
            ) from failure
        secret = clear[_FIELD]
        if not isinstance(secret, str):
            raise NotDelivered("It could not be signed: the rule's secret is none.")
        return secret

    async def let_go(self, session: Session, rule_id: UUID) -> None:
        """Keep a rule's secret no more."""
        await secret_store.keep_only(session, rule_id, ())

    async def adopt(self) -> int:
        """Lock away what rules still have in the clear; how many. Shape: done again it does nothing."""
        async with self.database.transaction() as session:
            found = await rules.hold_clear(session)
            for key, secret in found:
                reference = await self.seal(session, key.workspace_id, key.rule_id, secret)
                await rules.refer(session, key.rule_id, reference)
        if found:
            log.info("signing_secrets_sealed", rules=len(found))
        return len(found)


async def remove_rules(session: Session, connection_id: ConnectionId) -> None:
    """Remove a connection's rules with what they were still to tell, and let go of their secrets."""
    for rule_id in await rules.remove_all(session, connection_id):
        await secret_store.keep_only(session, rule_id, ())
