"""/v1/notification-rules and /v1/notifications: who is told of what, and how it stands with it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from app.api.access import Editor, Operator, Viewer
from app.api.dependencies import Session, Settings, Signing, Transaction
from app.api.pagination import Page, Paged, UpTo
from app.api.problems import problems
from app.api.requests.editing import Edited
from app.api.views import Body, View, instant
from app.core.errors import (
    ConnectionNotFound,
    EditedMeanwhile,
    NotificationNotDead,
    NotificationRuleInvalid,
    NotificationRuleNotFound,
)
from app.core.ids import ConnectionId
from app.database import turns
from app.notices import outbox, rules
from app.notices.outbox import Delivery, DeliveryStatus
from app.notices.rules import ChannelName, Occasion, Rule
from app.sync.connections import connection_store

router = APIRouter(tags=["Notifications"])

RulePath = Annotated[UUID, Path(alias="ruleId")]
NoticePath = Annotated[int, Path(alias="notificationId", ge=0, le=2**63 - 1)]


class RuleCreate(Body):
    """Units: `quarantineShare` 0..1, of the records that a job read, above which it is told."""

    model_config = ConfigDict(extra="forbid")

    connection_id: UUID
    occasions: list[Occasion] = Field(min_length=1)
    channel: ChannelName
    target: str = Field(max_length=2_000)
    quarantine_share: float = Field(0.0, ge=0, lt=1)


class RulePatch(Body):
    """What changes of a rule; the rest stays. Another target is another rule, with a secret of its own."""

    model_config = ConfigDict(extra="forbid")

    is_active: bool | None = None
    quarantine_share: float | None = Field(None, ge=0, lt=1)


class RuleView(View):
    """Shape: `secret` only in the answer that made the rule: it is what webhooks are signed with."""

    rule_id: UUID
    connection_id: UUID
    occasions: list[Occasion]
    channel: ChannelName
    target: str
    quarantine_share: float
    is_active: bool
    created_at: str
    secret: str | None

    @classmethod
    def of(cls, rule: Rule, secret: str | None = None) -> "RuleView":
        return cls(
            rule_id=rule.rule_id,
            connection_id=rule.connection_id,
            occasions=list(rule.occasions),
            channel=rule.channel,
            target=rule.target,
            quarantine_share=rule.quarantine_share,
            is_active=rule.is_active,
            created_at=instant(rule.created_at),
            secret=secret,
        )


class NotificationView(View):
    notification_id: int
    rule_id: UUID
    connection_id: UUID
    event_id: int
    occasion: Occasion
    status: DeliveryStatus
    tries: int
    next_try_at: str | None
    last_failure: str | None
    created_at: str
    ended_at: str | None

    @classmethod
    def of(cls, delivery: Delivery) -> "NotificationView":
        waits = delivery.status is DeliveryStatus.WAITING
        return cls(
            notification_id=delivery.notification_id,
            rule_id=delivery.rule_id,
            connection_id=delivery.connection_id,
            event_id=delivery.event_id,
            occasion=delivery.occasion,
            status=delivery.status,
            tries=delivery.tries,
            next_try_at=instant(delivery.next_try_at) if waits else None,
            last_failure=delivery.last_failure,
            created_at=instant(delivery.created_at),
            ended_at=instant(delivery.ended_at) if delivery.ended_at else None,
        )


class Revived(View):
    notification_id: int
    status: DeliveryStatus = DeliveryStatus.WAITING


class Removed(View):
    rule_id: UUID


@router.post(
    "/notification-rules",
    operation_id="createNotificationRule",
    responses=problems(ConnectionNotFound, NotificationRuleInvalid),
)
async def create_rule(
    caller: Editor, session: Transaction, settings: Settings, signing: Signing, wanted: RuleCreate
) -> RuleView:
    """Let somebody be told of a connection. A webhook's secret is shown here, and never again."""
    connection_id = ConnectionId(wanted.connection_id)
    await connection_store.present(session, connection_id)
    if wanted.channel is ChannelName.EMAIL and settings.smtp_host is None:
        raise NotificationRuleInvalid("No mail server is set: ATLAS_SMTP_HOST names one.")
    rule, secret = await rules.create(
        session,
        signing,
        connection_id,
        wanted.occasions,
        wanted.channel,
        wanted.target,
        quarantine_share=wanted.quarantine_share,
    )
    return RuleView.of(rule, secret)


@router.get("/notification-rules", operation_id="listNotificationRules")
async def list_rules(
    caller: Viewer,
    session: Session,
    paged: Paged,
    connection_id: Annotated[UUID | None, Query(alias="connectionId")] = None,
) -> Page[RuleView]:
    of = None if connection_id is None else ConnectionId(connection_id)
    found = await rules.listed(session, of, paged.wanted, paged.offset)
    return paged.page([RuleView.of(rule) for rule in found])


@router.get(
    "/notification-rules/{ruleId}",
    operation_id="getNotificationRule",
    responses=problems(NotificationRuleNotFound),
)
async def get_rule(caller: Viewer, session: Session, edited: Edited, rule_id: RulePath) -> RuleView:
    return edited.shown(RuleView.of(await rules.get(session, rule_id)))


@router.patch(
    "/notification-rules/{ruleId}",
    operation_id="patchNotificationRule",
    responses=problems(NotificationRuleNotFound, EditedMeanwhile),
)
async def patch_rule(
    caller: Editor, session: Transaction, edited: Edited, rule_id: RulePath, wanted: RulePatch
) -> RuleView:
    """Switch a rule off or on, or set the share of quarantined records above which it tells.

    While it is off nothing new is noted for it, and what it was still to tell waits.
    """
    await turns.take(session, rule_id)
    edited.require(RuleView.of(await rules.get(session, rule_id)))
    changed = await rules.change(
        session, rule_id, is_active=wanted.is_active, quarantine_share=wanted.quarantine_share
    )
    return edited.shown(RuleView.of(changed))


@router.delete(
    "/notification-rules/{ruleId}",
    operation_id="deleteNotificationRule",
    responses=problems(NotificationRuleNotFound, EditedMeanwhile),
)
async def delete_rule(
    caller: Editor, session: Transaction, edited: Edited, signing: Signing, rule_id: RulePath
) -> Removed:
    """Take a rule away, and what it was still to tell with it."""
    await turns.take(session, rule_id)
    edited.require(RuleView.of(await rules.get(session, rule_id)))
    await rules.remove(session, signing, rule_id)
    return Removed(rule_id=rule_id)


@router.get("/notifications", operation_id="listNotifications")
async def list_notifications(
    caller: Viewer,
    session: Session,
    paged: Paged,
    connection_id: Annotated[UUID | None, Query(alias="connectionId")] = None,
    status: DeliveryStatus | None = None,
    up_to: UpTo = None,
) -> Page[NotificationView]:
    """What was told, is still to be, or was given up (`dead`); the newest first."""
    found = await outbox.listed(
        session,
        connection_id=None if connection_id is None else ConnectionId(connection_id),
        status=status,
        limit=paged.wanted,
        offset=paged.offset,
        up_to=up_to,
    )
    kept = paged.up_to(up_to, found[0].notification_id if found else None)
    return paged.page([NotificationView.of(delivery) for delivery in found], **kept)


@router.post(
    "/notifications/{notificationId}/retry",
    operation_id="retryNotification",
    responses=problems(NotificationNotDead),
)
async def retry_notification(
    caller: Operator, session: Transaction, notification_id: NoticePath
) -> Revived:
    """Try a notification again that was given up."""
    await outbox.revive(session, notification_id)
    return Revived(notification_id=notification_id)
