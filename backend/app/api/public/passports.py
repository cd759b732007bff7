"""/v1/datasets/{connectionId}/{stream}/passport: where one row came from, and what became of it.

The key may be personal, so it stands in the body: addresses are written into logs.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from app.api.access import Viewer, require
from app.api.audit_trail import note_look
from app.api.dependencies import Database, MaskKeys
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.public.finding_shapes import DecidedPath, ScoreView, decided
from app.api.public.looks import note_look_at_rows
from app.api.views import View
from app.core.access import Role
from app.core.errors import (
    ConnectionNotFound,
    Forbidden,
    InvalidRequest,
    RowNotFound,
    StreamNotFound,
)
from app.core.findings import PathDecision
from app.core.ids import ConnectionId
from app.gates.quality.gate import Audit
from app.layers.passport import ChartRow, Version
from app.layers.quarantine import Kept, Mended
from app.sync.datasets import passport
from app.sync.datasets.passport import Passport, Promoted, Trail, Wanted
from app.sync.quarantine.records import Boundary

router = APIRouter(prefix="/datasets", tags=["Datasets"])

StreamPath = Annotated[str, Path(alias="stream", description="The stream's name.")]
Namespace = Annotated[str | None, Query(description="The stream's namespace, where it has one.")]


class PassportRequest(BaseModel):
    """The key in clear, by field or in the order of the primary key; or its hash.

    Shape: a number that no double holds may be written as a string. `withSource` asks for the record as it
           was sent, unmasked.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", hide_input_in_errors=True
    )

    key: dict[str, object] | list[object] | None = Field(default=None, examples=[{"id": 7}, [7]])
    key_hash: UUID | None = None
    with_source: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> "PassportRequest":
        if (self.key is None) == (self.key_hash is None):
            raise ValueError("Give either key or keyHash.")
        return self


class RowView(View):
    batch_id: int
    seq: int
    extracted_at: str
    values: dict[str, object]

    @classmethod
    def of(cls, row: ChartRow) -> "RowView":
        """Shape: a column that is null is left out."""
        return cls(
            batch_id=row.batch_id,
            seq=row.seq,
            extracted_at=moment(row.extracted_at),
            values=_without_none(row.values),
        )


class VersionView(View):
    """Shape: of `values` a column that is null is left out."""

    valid_from: str
    valid_to: str | None
    is_current: bool
    is_deleted: bool
    recorded_at: str
    schema_version: int
    batch_id: int
    seq: int
    values: dict[str, object]

    @classmethod
    def of(cls, version: Version) -> "VersionView":
        return cls(
            valid_from=version.valid_from,
            valid_to=version.valid_to,
            is_current=version.is_current,
            is_deleted=version.is_deleted,
            recorded_at=moment(version.recorded_at),
            schema_version=version.schema_version,
            batch_id=version.batch_id,
            seq=version.seq,
            values=_without_none(version.values),
        )


class BatchView(View):
    batch_id: int
    extracted_at: str
    landed_at: str
    job_id: int
    attempt: int
    run_id: UUID
    mode: str | None
    connector: str | None
    connector_version: str | None
    promotion_id: int | None
    removed_from_explore_at: str | None

    @classmethod
    def of(cls, trail: Trail) -> "BatchView":
        return cls(
            batch_id=trail.batch_id,
            extracted_at=moment(trail.extracted_at),
            landed_at=moment(trail.landed_at),
            job_id=trail.job_id,
            attempt=trail.attempt,
            run_id=trail.run_id,
            mode=trail.mode,
            connector=trail.connector,
            connector_version=trail.connector_version,
            promotion_id=trail.promotion_id,
            removed_from_explore_at=moment(trail.removed_at) if trail.removed_at else None,
        )


class CheckView(View):
    check: str
    column: str | None
    outcome: str
    measured: float | None


class LineageEventView(View):
    event_id: int
    event_type: str
    created_at: str
    delivered_at: str | None


class LineageView(View):
    run_id: UUID
    events: list[LineageEventView]


class PromotionView(View):
    promotion_id: int
    job_id: int
    run_id: UUID
    recorded_at: str
    scores: list[ScoreView]
    checks: list[CheckView]
    lineage: LineageView

    @classmethod
    def of(cls, promoted: Promoted) -> "PromotionView":
        audit = promoted.audit or Audit(scores=(), checks=())
        events = [
            LineageEventView(
                event_id=told.event_id,
                event_type=told.event_type.value,
                created_at=moment(told.created_at),
                delivered_at=moment(told.delivered_at) if told.delivered_at else None,
            )
            for told in promoted.events
        ]
        return cls(
            promotion_id=promoted.promotion_id,
            job_id=promoted.job_id,
            run_id=promoted.run_id,
            recorded_at=moment(promoted.recorded_at),
            scores=[ScoreView(dimension=s.dimension, score=s.score, measured=s.measured) for s in audit.scores],
            checks=[CheckView(check=c.check, column=c.column, outcome=c.outcome, measured=c.measured) for c in audit.checks],
            lineage=LineageView(run_id=promoted.lineage_run_id, events=events),
        )  # fmt: skip


class PiiDecisionView(DecidedPath):
    action: str
    decided_at: str

    @classmethod
    def of(cls, decision: PathDecision, decided_at: datetime) -> "PiiDecisionView":
        return cls(**decided(decision), action=decision.action, decided_at=moment(decided_at))


class QuarantinedView(View):
    record_id: str
    batch_id: int
    seq: int
    rules: list[str]
    reason: str
    status: str
    seen_at: str

    @classmethod
    def of(cls, kept: Kept) -> "QuarantinedView":
        return cls(
            record_id=f"{Boundary.CHART}-{kept.quarantine_id}",
            batch_id=kept.batch_id,
            seq=kept.seq,
            rules=list(kept.rules),
            reason=kept.reason,
            status=kept.status,
            seen_at=moment(kept.seen_at),
        )


class MendedView(View):
    batch_id: int
    seq: int
    rule: str
    reason: str

    @classmethod
    def of(cls, mended: Mended) -> "MendedView":
        return cls(batch_id=mended.batch_id, seq=mended.seq, rule=mended.rule, reason=mended.reason)


class QuarantineView(View):
    """Shape: `hasUnkeyed` if records of the stream are in quarantine that no key leads to."""

    records: list[QuarantinedView]
    mended: list[MendedView]
    has_unkeyed: bool


class SourceRecordView(View):
    """The record as the source sent it. Shape: `text` is its JSON, so that no number is changed."""

    text: str


class PassportView(View):
    """Shape: rows, versions and quarantined records the newest first; `inChart` if there is a row."""

    connection_id: UUID
    stream: str
    namespace: str | None
    table: str
    key_hash: UUID
    in_chart: bool
    rows: list[RowView]
    versions: list[VersionView]
    has_more: bool
    batches: list[BatchView]
    promotions: list[PromotionView]
    decisions: list[PiiDecisionView]
    quarantine: QuarantineView
    source: SourceRecordView | None

    @classmethod
    def of(cls, connection_id: UUID, found: Passport) -> "PassportView":
        descriptor = found.stream.layout.descriptor
        return cls(
            connection_id=connection_id,
            stream=descriptor.name,
            namespace=descriptor.namespace,
            table=found.stream.layout.table,
            key_hash=found.key_hash,
            in_chart=bool(found.rows),
            rows=[RowView.of(row) for row in found.rows],
            versions=[VersionView.of(version) for version in found.versions],
            has_more=found.has_more,
            batches=[BatchView.of(trail) for trail in found.batches.values()],
            promotions=[PromotionView.of(promoted) for promoted in found.promotions.values()],
            decisions=[PiiDecisionView.of(decision, at) for decision, at in found.decisions],
            quarantine=QuarantineView(
                records=[QuarantinedView.of(kept) for kept in found.quarantined],
                mended=[MendedView.of(mended) for mended in found.mended],
                has_unkeyed=found.has_unkeyed,
            ),
            source=None if found.source is None else SourceRecordView(text=found.source),
        )


@router.post(
    "/{connectionId}/{stream:path}/passport",
    operation_id="getPassport",
    responses=problems(ConnectionNotFound, StreamNotFound, RowNotFound, InvalidRequest, Forbidden),
)
async def get_passport(
    caller: Viewer,
    request: Request,
    database: Database,
    keys: MaskKeys,
    connection_id: ConnectionPath,
    stream: StreamPath,
    wanted: PassportRequest,
    namespace: Namespace = None,
) -> PassportView:
    """One row by its key: its place in chart and navigate, and everything that led there.

    The record as the source sent it is shown to an admin alone, and the look is recorded; so is one at a column that
    a person has unmasked.
    """
    if wanted.with_source:
        await require(request, caller, Role.ADMIN, "connectionId", connection_id)
    found = await passport.of_row(
        database,
        keys,
        Wanted(
            connection_id=ConnectionId(connection_id),
            stream=stream,
            namespace=namespace,
            key=wanted.key,
            key_hash=wanted.key_hash,
            with_source=wanted.with_source,
        ),
    )
    async with database.transaction() as session:
        if found.source is not None:
            await note_look(request, session, caller, keyHash=str(found.key_hash))
        else:
            values = len(found.rows) + len(found.versions)
            await note_look_at_rows(request, session, caller, found.stream, values)
    return PassportView.of(connection_id, found)


def _without_none(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def moment(at: datetime) -> str:
    """ISO 8601 in UTC, with the microseconds by which versions differ."""
    return at.isoformat().replace("+00:00", "Z")
