"""/v1/connections/{connectionId}/…: who changed its settings, and when it was broken, late or unsafe."""

from fastapi import APIRouter

from app.access import audit
from app.access.audit import Entry
from app.api.access import Viewer
from app.api.dependencies import Session
from app.api.pagination import Page, Paged, UpTo
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.views import View, instant
from app.core.errors import ConnectionNotFound
from app.core.ids import ConnectionId
from app.sync.connections import connection_store
from app.sync.overview import incidents
from app.sync.overview.incidents import Incident
from app.sync.overview.troubles import Reason, Trouble

router = APIRouter(prefix="/connections/{connectionId}", tags=["Connections"])


class SettingsActView(View):
    """Shape: `action` is the operation's id; `fields` those that were sent, by name, never a value; `of` what was
    changed: the connection, or the source it reads."""

    act_id: int
    done_at: str
    done_by: str
    action: str
    of: str
    fields: list[str]

    @classmethod
    def of_entry(cls, entry: Entry) -> "SettingsActView":
        fields = entry.facts.get("fields")
        return cls(
            act_id=entry.entry_id,
            done_at=instant(entry.recorded_at),
            done_by=entry.actor_name,
            action=entry.action,
            of="source" if "/sources/" in entry.subject else "connection",
            fields=[str(field) for field in fields] if isinstance(fields, list) else [],
        )


class IncidentView(View):
    """Shape: as the overview's troubles, `until` absent while it lasts. `count` of failures in a row, windows, tries of
    a range, or columns; `mendedBy` the job that made it good; `stream` where it is about one alone."""

    kind: Trouble
    reason: Reason
    detail: str
    since: str
    until: str | None
    count: int
    job_id: int | None
    mended_by: int | None
    stream: str | None
    namespace: str | None

    @classmethod
    def of(cls, found: Incident) -> "IncidentView":
        return cls(
            kind=found.kind,
            reason=found.reason,
            detail=found.detail,
            since=instant(found.since),
            until=instant(found.until) if found.until else None,
            count=found.count,
            job_id=found.job_id,
            mended_by=found.mended_by,
            stream=found.stream,
            namespace=found.namespace,
        )


@router.get(
    "/settings-acts", operation_id="listSettingsActs", responses=problems(ConnectionNotFound)
)
async def list_settings_acts(
    caller: Viewer,
    session: Session,
    paged: Paged,
    connection_id: ConnectionPath,
    up_to: UpTo = None,
) -> Page[SettingsActView]:
    """Who changed the connection's settings, its schedule or its source, and when; the newest first."""
    found = await connection_store.get_connection(session, ConnectionId(connection_id))
    acts = await audit.settings_acts(
        session,
        found.workspace_id,
        connection_id,
        found.source_id,
        paged.wanted,
        paged.offset,
        up_to,
    )
    kept = paged.up_to(up_to, acts[0].entry_id if acts else None)
    return paged.page([SettingsActView.of_entry(entry) for entry in acts], **kept)


@router.get("/incidents", operation_id="listIncidents", responses=problems(ConnectionNotFound))
async def list_incidents(
    caller: Viewer, session: Session, paged: Paged, connection_id: ConnectionPath
) -> Page[IncidentView]:
    """When the connection was broken by failures, late, or unsafe by what a gate held or doubted; the newest first.

    Derived from jobs, windows of the schedule, ranges and decisions that were recorded, as the overview does it for now.
    """
    await connection_store.get_connection(session, ConnectionId(connection_id))
    found = await incidents.of_connection(
        session, ConnectionId(connection_id), paged.wanted, paged.offset
    )
    return paged.page([IncidentView.of(one) for one in found])
