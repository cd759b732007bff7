"""/v1/quarantine: what was kept out, why, what was decided of it; and its replay.

Lists and single records hold no value of a record: only `?withRecord=true` does, and only for who may look.
"""

import base64
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import ConfigDict, Field

from app.api.access import Editor, Operator, Viewer, require
from app.api.audit_trail import note_look
from app.api.dependencies import Session, Transaction
from app.api.instants import Instant
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.public.job_shapes import LARGEST_ID
from app.api.views import Body, View, instant
from app.core.access import Role
from app.core.errors import FixInvalid, QuarantineRecordDecided, QuarantineRecordNotFound
from app.core.ids import ConnectionId, JobId
from app.sync.quarantine import decisions, records
from app.sync.quarantine.decisions import Correction
from app.sync.quarantine.records import (
    Boundary,
    Content,
    Decision,
    Filter,
    KeptRecord,
    RuleCount,
    Status,
)

router = APIRouter(prefix="/quarantine", tags=["Quarantine"])

RecordPath = Annotated[str, Path(alias="recordId", pattern=records.RECORD_ID)]
NO_NUL = r"^[^\x00]*$"
Note = Annotated[str | None, Field(max_length=2_000, pattern=NO_NUL)]
Name = Annotated[str | None, Query(max_length=1_000, pattern=NO_NUL)]


class DecisionView(View):
    """Shape: `decision` is fixed, dismissed, replayed, or refused (by a rule, in a replay)."""

    decision: str
    decided_by: str
    decided_at: str
    job_id: int | None
    note: str | None

    @classmethod
    def of(cls, decision: Decision) -> "DecisionView":
        return cls(
            decision=decision.decision,
            decided_by=decision.decided_by,
            decided_at=instant(decision.decided_at),
            job_id=decision.job_id,
            note=decision.note,
        )


class RecordView(View):
    """A record that was kept out, without a value of it.

    Shape: `times` it was sent just so; where more than once, `recordId` is the newest, and what is decided
           of it is decided of all. `seq` is its place in the batch.
    """

    record_id: str
    connection_id: UUID
    stream: str
    namespace: str | None
    boundary: Boundary
    rules: list[str]
    reason: str
    status: Status
    batch_id: int
    seq: int | None
    times: int
    first_seen_at: str
    last_seen_at: str

    @classmethod
    def of(cls, record: KeptRecord) -> "RecordView":
        return cls.model_validate(_facts(record))


class ContentView(View):
    """Shape: `text` where the bytes are UTF-8, else `base64`; `isWhole` is false where only the first of
    them were kept; `fixed` is the correction. Both texts are JSON as it is, numbers and all."""

    text: str | None
    base64: str | None
    is_whole: bool
    fixed: str | None

    @classmethod
    def of(cls, content: Content) -> "ContentView":
        try:
            text, encoded = content.sent.decode(), None
        except UnicodeDecodeError:
            text, encoded = None, base64.b64encode(content.sent).decode()
        return cls(text=text, base64=encoded, is_whole=content.is_whole, fixed=content.fixed)


class RecordDetail(RecordView):
    """Units: `sizeBytes` of the record as text. Shape: `record` only where it was asked for."""

    size_bytes: int
    decisions: list[DecisionView]
    record: ContentView | None


class RuleCountView(View):
    boundary: Boundary
    rule: str
    status: Status
    records: int

    @classmethod
    def of(cls, count: RuleCount) -> "RuleCountView":
        return cls(
            boundary=count.boundary, rule=count.rule, status=count.status, records=count.records
        )


class RecordPage(Page[RecordView]):
    """Shape: `rules` count all that the filter finds, not this page alone."""

    rules: list[RuleCountView]


class DismissBody(Body):
    model_config = ConfigDict(extra="forbid")

    note: Note = None


class Decided(View):
    """Units: `records` that were decided of: this one, and those that were sent just like it."""

    record_id: str
    status: Status
    records: int


_ABSENT = msgspec.Raw()


class FixBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Read by msgspec, not by the framework: the record's numbers stay as they are written."""

    record: msgspec.Raw = _ABSENT
    patch: msgspec.Raw = _ABSENT
    note: Annotated[str, msgspec.Meta(max_length=2_000, pattern=NO_NUL)] | None = None


_FIX_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "record": {"type": "object", "description": "The whole record, corrected."},
                        "patch": {
                            "type": "object",
                            "description": "A JSON merge patch (RFC 7396).",
                        },
                        "note": {"type": "string", "maxLength": 2_000},
                    },
                }
            }
        },
    }
}


async def _fix_body(request: Request) -> FixBody:
    try:
        return msgspec.json.decode(await request.body(), type=FixBody)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise FixInvalid(
            "The body is JSON with `record` or `patch`, and perhaps a `note`."
        ) from None


@router.get("", operation_id="listQuarantine")
async def list_quarantine(
    caller: Viewer,
    session: Session,
    paged: Paged,
    connection_id: Annotated[UUID | None, Query(alias="connectionId")] = None,
    stream: Name = None,
    namespace: Name = None,
    boundary: Boundary | None = None,
    rule: Name = None,
    status: Status | None = None,
    job_id: Annotated[
        int | None,
        Query(alias="jobId", ge=0, le=LARGEST_ID, description="Of what this job read alone."),
    ] = None,
    seen_until: Annotated[
        Instant | None,
        Query(
            alias="upTo",
            description="When the newest record to show was seen; `next` brings it along, so that nothing new "
            "moves the pages.",
        ),
    ] = None,
) -> RecordPage:
    """What was kept out, the newest seen first; one line for a record that was sent again just so."""
    wanted = Filter(
        connection_id=None if connection_id is None else ConnectionId(connection_id),
        stream=stream,
        namespace=namespace,
        boundary=boundary,
        rule=rule,
        status=status,
        seen_until=seen_until,
        job_id=None if job_id is None else JobId(job_id),
    )
    found = await records.listed(session, wanted, paged.wanted, paged.offset)
    kept = paged.up_to(seen_until, found[0].last_seen_at if found else None)
    page = paged.page(
        [RecordView.of(record) for record in found],
        **{name: moment.isoformat() for name, moment in kept.items()},
    )
    counts = await records.counts(session, wanted)
    return RecordPage(
        previous=page.previous,
        next=page.next,
        data=page.data,
        rules=[RuleCountView.of(count) for count in counts],
    )


@router.get(
    "/{recordId}", operation_id="getQuarantined", responses=problems(QuarantineRecordNotFound)
)
async def get_quarantined(
    caller: Viewer,
    request: Request,
    session: Transaction,
    record_id: RecordPath,
    with_record: Annotated[
        bool, Query(alias="withRecord", description="Show the record's own values.")
    ] = False,
) -> RecordDetail:
    """One record: why it was kept, and what was decided of it since."""
    kept = records.kept_of(record_id)
    found = await records.get(session, kept)
    content = None
    if with_record:
        await require(request, caller, Role.ADMIN, "recordId", record_id)
        content = ContentView.of(await records.look(session, kept, caller.name))
        await note_look(request, session, caller)
    return RecordDetail(
        **_facts(found),
        size_bytes=await records.size_of(session, kept),
        decisions=[DecisionView.of(one) for one in await records.decisions(session, kept)],
        record=content,
    )


@router.post(
    "/{recordId}/fix",
    operation_id="fixQuarantined",
    responses=problems(QuarantineRecordNotFound, QuarantineRecordDecided, FixInvalid),
    openapi_extra=_FIX_BODY,
)
async def fix_quarantined(
    caller: Editor,
    session: Transaction,
    record_id: RecordPath,
    wanted: Annotated[FixBody, Depends(_fix_body)],
) -> Decided:
    """Keep a correction for the next replay: the whole record, or what changes of it.

    Explore stays as it was sent. What explore could not take needs the whole record.
    """
    correction = Correction(record=_bytes(wanted.record), patch=_bytes(wanted.patch))
    fixed = await decisions.fix(
        session, records.kept_of(record_id), correction, caller.name, wanted.note
    )
    return Decided(record_id=record_id, status=Status.FIXED, records=fixed)


@router.post(
    "/{recordId}/dismiss",
    operation_id="dismissQuarantined",
    responses=problems(QuarantineRecordNotFound, QuarantineRecordDecided),
)
async def dismiss_quarantined(
    caller: Operator, session: Transaction, record_id: RecordPath, wanted: DismissBody
) -> Decided:
    """Leave a record out. It stays in quarantine and in the books, and a correction brings it back."""
    dismissed = await decisions.dismiss(
        session, records.kept_of(record_id), caller.name, wanted.note
    )
    return Decided(record_id=record_id, status=Status.DISMISSED, records=dismissed)


def _facts(record: KeptRecord) -> dict[str, Any]:  # a view's fields, of many types
    return {
        "record_id": str(record.kept),
        "connection_id": record.connection_id,
        "stream": record.stream,
        "namespace": record.namespace,
        "boundary": record.kept.boundary,
        "rules": list(record.rules),
        "reason": record.reason,
        "status": record.status,
        "batch_id": record.batch_id,
        "seq": record.seq,
        "times": record.times,
        "first_seen_at": instant(record.first_seen_at),
        "last_seen_at": instant(record.last_seen_at),
    }


def _bytes(raw: msgspec.Raw) -> bytes | None:
    return bytes(raw) or None
