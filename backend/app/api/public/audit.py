"""/v1/audit: who did what, and who looked."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.access import audit
from app.access.audit import Entry
from app.api.access import Admin, Owner
from app.api.dependencies import Database, Session
from app.api.pagination import LARGEST_LIMIT
from app.api.views import View, instant
from app.core.access import Role

router = APIRouter(prefix="/audit", tags=["Audit"])

Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


class EntryView(View):
    """One act, or one look at personal data. Shape: `action` is the operation's id."""

    entry_id: int
    recorded_at: str
    workspace_id: str | None
    actor_kind: str
    actor_id: str
    actor_name: str
    action: str
    subject: str
    facts: Mapping[str, object]
    request_id: str

    @classmethod
    def of(cls, entry: Entry) -> "EntryView":
        return cls(
            entry_id=entry.entry_id,
            recorded_at=instant(entry.recorded_at),
            workspace_id=str(entry.workspace_id) if entry.workspace_id else None,
            actor_kind=entry.actor_kind,
            actor_id=entry.actor_id,
            actor_name=entry.actor_name,
            action=entry.action,
            subject=entry.subject,
            facts=entry.facts,
            request_id=entry.request_id,
        )


class EntryViews(View):
    """Shape: newest first; `next` is the `before` of those that follow, absent at the end."""

    data: list[EntryView]
    next: int | None


class VerdictView(View):
    """Shape: `brokenAt` is the first entry that is not as it was written, or is missing; `head` is of the
    whole log: kept elsewhere, it tells later that nothing was cut off."""

    entries: int
    head: str
    is_whole: bool
    broken_at: int | None


@router.get("", operation_id="listAudit")
async def list_audit(
    caller: Admin,
    session: Session,
    actor_id: Annotated[Text, Query(alias="actorId")] = None,
    action: Text = None,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_LIMIT)] = LARGEST_LIMIT,
) -> EntryViews:
    """What was done, and looked at, in the workspaces that the caller is admin of."""
    places = caller.workspaces(Role.ADMIN)
    found = await audit.listed(
        session,
        None if places is None else sorted(places),
        actor_id=actor_id,
        action=action,
        before=before,
        limit=limit + 1,
    )
    page = found[:limit]
    return EntryViews(
        data=[EntryView.of(entry) for entry in page],
        next=page[-1].entry_id if len(found) > limit else None,
    )


@router.post("/verify", operation_id="verifyAudit")
async def verify_audit(caller: Owner, request: Request, database: Database) -> VerdictView:
    """Read the whole log and say whether it is as it was written."""
    found = await request.app.state.audit.verify(database)
    return VerdictView(
        entries=found.entries,
        head=found.head,
        is_whole=found.broken_at is None,
        broken_at=found.broken_at,
    )
