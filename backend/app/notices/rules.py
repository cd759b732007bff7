"""Who is told of which occasions of a connection."""

import base64
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from app.core.errors import (
    ConnectionNotFound,
    NotificationRuleInvalid,
    NotificationRuleNotFound,
)
from app.core.ids import ConnectionId, WorkspaceId
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load
from app.notices.signing import SigningKey, SigningSecrets

SQL = load(__file__)

SECRET_PREFIX = "whsec_"  # noqa: S105  what a secret begins with is none
"""Source: Standard Webhooks."""

_ADDRESS = re.compile(r"[^@\s<>(),;:\"\\]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")


class Occasion(StrEnum):
    """What somebody may want to be told of. `recovery` is the first success after a failure."""

    FAILURE = "failure"
    RECOVERY = "recovery"
    SCHEMA_CHANGE = "schema_change"
    QUARANTINE = "quarantine"


class ChannelName(StrEnum):
    WEBHOOK = "webhook"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Shape: `target` is a URL or an e-mail address; its secret is shown once, when it is made.

    Units: `quarantine_share` 0..1, excluding 1: of the records that a job read, above which it is told.
    """

    rule_id: UUID
    connection_id: ConnectionId
    occasions: Sequence[Occasion]
    channel: ChannelName
    target: str
    quarantine_share: float
    is_active: bool
    created_at: datetime


async def create(
    session: Session,
    signing: SigningSecrets,
    connection_id: ConnectionId,
    occasions: Sequence[Occasion],
    channel: ChannelName,
    target: str,
    *,
    quarantine_share: float = 0.0,
) -> tuple[Rule, str | None]:
    """A new rule, and the secret that its webhooks are signed with, which is locked away.

    Errors: NotificationRuleInvalid for a target that is no address of its channel; ConnectionNotFound.
    """
    if channel is ChannelName.WEBHOOK:
        require_url(target)
    elif not _ADDRESS.fullmatch(target) or len(target) > 254 or not target.isascii():
        raise NotificationRuleInvalid("The target of an e-mail is one address: name@example.org.")
    workspace_id = await session.fetchval(SQL["workspace"], connection_id)
    if workspace_id is None:
        raise ConnectionNotFound("No connection has this id.", connection_id=str(connection_id))
    rule_id, secret, reference = uuid4(), None, None
    if channel is ChannelName.WEBHOOK:
        secret = new_secret()
        reference = await signing.seal(session, WorkspaceId(workspace_id), rule_id, secret)
    await session.execute(
        SQL["create"], rule_id, connection_id, sorted(set(occasions)), channel, target,
        None if reference is None else json.dumps(reference), quarantine_share,
    )  # fmt: skip
    return await get(session, rule_id), secret


async def get(session: Session, rule_id: UUID) -> Rule:
    """Errors: NotificationRuleNotFound."""
    row = await session.fetchrow(SQL["get"], rule_id)
    if row is None:
        raise NotificationRuleNotFound("No notification rule has this id.", rule_id=str(rule_id))
    return _rule(row)


async def listed(
    session: Session, connection_id: ConnectionId | None, limit: int, offset: int
) -> Sequence[Rule]:
    rows = await session.fetch(SQL["list"], connection_id, limit, offset)
    return [_rule(row) for row in rows]


async def change(
    session: Session,
    rule_id: UUID,
    *,
    is_active: bool | None = None,
    quarantine_share: float | None = None,
) -> Rule:
    """The rule with what was given changed, from the next event on.

    Shape:  while it is not active nothing new is noted for it, and what was to be told waits.
    Errors: NotificationRuleNotFound.
    """
    await session.execute(SQL["change"], rule_id, is_active, quarantine_share)
    return await get(session, rule_id)


async def remove(session: Session, signing: SigningSecrets, rule_id: UUID) -> None:
    """Remove a rule, what it was still to tell, and its secret. Errors: NotificationRuleNotFound."""
    if await session.fetchval(SQL["remove"], rule_id) is None:
        raise NotificationRuleNotFound("No notification rule has this id.", rule_id=str(rule_id))
    await signing.let_go(session, rule_id)


async def remove_all(session: Session, connection_id: ConnectionId) -> Sequence[UUID]:
    """Remove a connection's rules and what they were still to tell; which, for their secrets to go too."""
    rows = await session.fetch(SQL["remove_all"], connection_id)
    return [row["rule_id"] for row in rows]


async def hold_clear(session: Session) -> Sequence[tuple[SigningKey, str]]:
    """Rules whose secrets are still in the clear, each with its secret; nobody removes them meanwhile."""
    rows = await session.fetch(SQL["hold_clear"])
    return [
        (
            SigningKey(
                workspace_id=WorkspaceId(row["workspace_id"]),
                rule_id=row["rule_id"],
                reference=None,
            ),
            row["secret"],
        )
        for row in rows
    ]


async def refer(session: Session, rule_id: UUID, reference: Mapping[str, object]) -> None:
    """Let a reference stand in the place of a rule's secret."""
    await session.execute(SQL["refer"], rule_id, json.dumps(reference))


def require_url(url: str) -> None:
    """Errors: NotificationRuleInvalid for what is no address of a web server, or holds a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotificationRuleInvalid("The target of a webhook is a URL.") from None
    is_plain = parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0
    if not is_plain or len(url) > 2_000 or not url.isprintable() or " " in url:
        raise NotificationRuleInvalid("The target of a webhook begins with https:// or http://.")
    if parts.username or parts.password:
        raise NotificationRuleInvalid(
            "The target of a webhook holds no user and no password: its signature proves who sends."
        )


def new_secret() -> str:
    """Source: Standard Webhooks: 24 to 64 random bytes in base64 behind `whsec_`."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _rule(row: Row) -> Rule:
    return Rule(
        rule_id=row["rule_id"],
        connection_id=ConnectionId(row["connection_id"]),
        occasions=[Occasion(occasion) for occasion in row["occasions"]],
        channel=ChannelName(row["channel"]),
        target=row["target"],
        quarantine_share=row["quarantine_share"],
        is_active=row["is_active"],
        created_at=row["created_at"],
    )
