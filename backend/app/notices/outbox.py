"""What is to be told, between the transaction that it is about and whoever is told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.core.errors import NotificationNotDead
from app.core.ids import ConnectionId, WorkspaceId
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load
from app.notices.rules import ChannelName, Occasion
from app.notices.signing import SigningKey

SQL = load(__file__)


class DeliveryStatus(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell. Shape: `facts` hold names, ids and counts; no value of a record."""

    notification_id: int
    occasion: Occasion
    facts: Mapping[str, object]
    tries: int
    created_at: datetime
    channel: ChannelName
    target: str
    key: SigningKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How it stands with a notice."""

    notification_id: int
    rule_id: UUID
    connection_id: ConnectionId
    event_id: int
    occasion: Occasion
    status: DeliveryStatus
    tries: int
    next_try_at: datetime
    last_failure: str | None
    created_at: datetime
    ended_at: datetime | None


async def give_up(session: Session, most_tries: int) -> Sequence[int]:
    """Let what has had all its tries be dead, where whoever made the last never said so; which."""
    rows = await session.fetch(SQL["give_up"], most_tries)
    return [row["notification_id"] for row in rows]


async def take(session: Session, limit: int, lease_s: float) -> Sequence[Notice]:
    """Notices whose time has come, now this caller's for `lease_s` seconds: then others may take them.

    Shape: no target has more than three of them, so a slow one does not keep all others waiting.
    """
    rows = await session.fetch(SQL["take"], limit, lease_s)
    return [
        Notice(
            notification_id=row["notification_id"],
            occasion=Occasion(row["occasion"]),
            facts=json.loads(row["facts"]),
            tries=row["tries"],
            created_at=row["created_at"],
            channel=ChannelName(row["channel"]),
            target=row["target"],
            key=_key(row),
        )
        for row in sorted(rows, key=lambda row: row["notification_id"])
    ]


async def delivered(session: Session, notice: Notice) -> None:
    await session.execute(SQL["delivered"], notice.notification_id)


async def failed(
    session: Session, notice: Notice, why: str, *, wait_s: float, is_last: bool
) -> None:
    await session.execute(SQL["failed"], notice.notification_id, notice.tries, why, wait_s, is_last)


async def listed(
    session: Session,
    *,
    connection_id: ConnectionId | None,
    status: DeliveryStatus | None,
    limit: int,
    offset: int,
    up_to: int | None = None,
) -> Sequence[Delivery]:
    """Notices and how it stands with them, the newest first."""
    rows = await session.fetch(SQL["list"], connection_id, status, limit, offset, up_to)
    return [
        Delivery(
            notification_id=row["notification_id"],
            rule_id=row["rule_id"],
            connection_id=ConnectionId(row["connection_id"]),
            event_id=row["event_id"],
            occasion=Occasion(row["occasion"]),
            status=DeliveryStatus(row["status"]),
            tries=row["tries"],
            next_try_at=row["next_try_at"],
            last_failure=row["last_failure"],
            created_at=row["created_at"],
            ended_at=row["ended_at"],
        )
        for row in rows
    ]


async def revive(session: Session, notification_id: int) -> None:
    """Let a dead notice be tried again from the beginning. Errors: NotificationNotDead."""
    if await session.fetchval(SQL["revive"], notification_id) is None:
        raise NotificationNotDead(
            "No notification that was given up has this id.", notification_id=notification_id
        )


def _key(row: Row) -> SigningKey | None:
    if row["secret"] is None:
        return None
    return SigningKey(
        workspace_id=WorkspaceId(row["workspace_id"]),
        rule_id=row["rule_id"],
        reference=json.loads(row["secret"]),
    )
