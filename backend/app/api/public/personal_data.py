"""/v1/personal-data: what is decided about which path, why, by whom; and another word on it."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.access import Admin, Viewer, within
from app.api.dependencies import MaskKeys, Session, Transaction, Unhurried, Workspaces
from app.api.pagination import Page, Paged, UpTo
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.public.finding_shapes import DecidedPath, decided
from app.api.public.passports import Namespace, StreamPath, moment
from app.api.requests.editing import Edited
from app.api.views import AtlasBody, View
from app.core.access import Role
from app.core.catalog import Path
from app.core.errors import (
    ConnectionNotFound,
    EditedMeanwhile,
    InvalidRequest,
    StreamNotFound,
    SyncAlreadyRunning,
    ViewsInTheWay,
)
from app.core.failures import (
    MaskKeyMismatch,
)
from app.core.findings import Action, DecidedBy, Entity, PathDecision, Verdict
from app.core.ids import ConnectionId, StreamId
from app.database.pool import Connection
from app.gates.pii import decisions as pii_decisions
from app.gates.pii.decisions import Decided
from app.layers.remasking import Held
from app.sync import personal_data, state_store
from app.sync.datasets import dataset_store
from app.sync.personal_data import Effect, Listed, Wanted, Word

router = APIRouter(prefix="/personal-data", tags=["Personal data"])

JsonPath = Annotated[
    list[str],
    Field(min_length=1, max_length=64, description="Keys; `[]` is each item of an array."),
]


class Wish(StrEnum):
    MASK = "mask"
    PASS = "pass"  # noqa: S105


class EvidenceView(View):
    """Counts and shares, never a value. Units: shares in 0..1."""

    distinct: int
    share: float
    header_words: int
    model_share: float | None
    detector: str
    is_judged: bool


class PathDecisionView(DecidedPath):
    """Shape: `actor` and `reason` of a person's decision; `evidence` is what Atlas had found."""

    decision_id: int | None
    action: str
    decided_at: str | None
    actor: str | None
    reason: str | None
    evidence: EvidenceView

    @classmethod
    def of(cls, decision: PathDecision, by: Decided | None = None) -> "PathDecisionView":
        evidence = decision.evidence
        return cls(
            **decided(decision),
            decision_id=by.decision_id if by else None,
            action=decision.action,
            decided_at=moment(by.decided_at) if by else None,
            actor=by.actor if by else None,
            reason=by.reason if by else None,
            evidence=EvidenceView(
                distinct=evidence.distinct,
                share=evidence.share,
                header_words=evidence.header_words,
                model_share=evidence.model_share,
                detector=evidence.detector,
                is_judged=evidence.is_judged,
            ),
        )


class ListedView(View):
    """A decision in force. Shape: without `column` the path has none of its own."""

    connection_id: UUID
    connection: str
    stream: str
    namespace: str | None
    table: str
    column: str | None
    type: str | None
    decision: PathDecisionView

    @classmethod
    def of(cls, found: Listed) -> "ListedView":
        return cls(
            connection_id=found.connection_id,
            connection=found.connection,
            stream=found.stream,
            namespace=found.namespace,
            table=found.table,
            column=found.column,
            type=found.type,
            decision=PathDecisionView.of(found.decided.decision, found.decided),
        )


class InForceView(View):
    """What a word takes the place of: two decisions that say the same are two."""

    decision_id: int | None

    @classmethod
    async def of(cls, session: Connection, stream_id: StreamId, path: Path) -> "InForceView":
        newest = await pii_decisions.history(session, stream_id, path, 1, 0)
        return cls(decision_id=newest[0].decision_id if newest else None)


class WordBody(AtlasBody):
    """Shape: `entity` of a mask; else the one that was found, or PERSONAL."""

    path: JsonPath
    action: Wish
    entity: Entity | None = None

    def word(self) -> Word:
        return Word(path=tuple(self.path), action=Action(self.action), entity=self.entity)


class DecisionBody(WordBody):
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class HeldView(View):
    """Published rows with a value there, and versions of history beside chart's rows."""

    rows: int
    versions: int

    @classmethod
    def of(cls, held: Held) -> "HeldView":
        return cls(rows=held.rows, versions=held.versions)


class EffectView(View):
    """Shape: `maskedNow` get tokens in the same transaction; `tokensKept` stay as they are until the stream is rebuilt
    from explore (a job of type `rebuild`, with a swap)."""

    before: PathDecisionView | None
    after: PathDecisionView
    masked_now: HeldView
    tokens_kept: HeldView
    from_now_on: str

    @classmethod
    def of(cls, effect: Effect) -> "EffectView":
        return cls(
            before=PathDecisionView.of(effect.before) if effect.before else None,
            after=PathDecisionView.of(effect.after),
            masked_now=HeldView.of(effect.masked),
            tokens_kept=HeldView.of(effect.kept),
            from_now_on=_from_now_on(effect),
        )


def _from_now_on(effect: Effect) -> str:
    if effect.after.is_masked:
        return f"Rows that are promoted have tokens of {effect.after.entity} here."
    return "Rows that are promoted have this in clear; a row that comes again and has not changed may keep its token."


@router.get("", operation_id="listPersonalData")
async def list_personal_data(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    connection_id: Annotated[UUID | None, Query(alias="connectionId")] = None,
    stream: str | None = None,
    namespace: str | None = None,
    entity: Entity | None = None,
    action: Wish | None = None,
    decided_by: Annotated[DecidedBy | None, Query(alias="decidedBy")] = None,
    verdict: Verdict | None = None,
) -> Page[ListedView]:
    """What is decided about every path of all streams, with its evidence; `verdict=review` is what waits for a word."""
    wanted = Wanted(
        connection_id=connection_id,
        stream=stream,
        namespace=namespace,
        entity=entity,
        action=Action(action) if action else None,
        decided_by=decided_by,
        verdict=verdict,
    )
    found = await personal_data.listed(
        session, within(caller, Role.VIEWER, workspaces), wanted, paged.wanted, paged.offset
    )
    return paged.page([ListedView.of(one) for one in found])


@router.get(
    "/{connectionId}/{stream:path}/history",
    operation_id="listPersonalDataHistory",
    responses=problems(ConnectionNotFound, StreamNotFound),
)
async def list_history(
    caller: Viewer,
    session: Session,
    paged: Paged,
    edited: Edited,
    connection_id: ConnectionPath,
    stream: StreamPath,
    path: Annotated[list[str], Query(min_length=1, description="Repeated, a key each.")],
    namespace: Namespace = None,
    up_to: UpTo = None,
) -> Page[PathDecisionView]:
    """All that was ever decided of a path, the newest first. Its ETag is of the decision in force."""
    found = await dataset_store.find(session, ConnectionId(connection_id), stream, namespace)
    decided = await pii_decisions.history(
        session, found.stream_id, tuple(path), paged.wanted, paged.offset, up_to
    )
    kept = paged.up_to(up_to, decided[0].decision_id if decided else None)
    page = paged.page([PathDecisionView.of(one.decision, one) for one in decided], **kept)
    in_force = await InForceView.of(session, found.stream_id, tuple(path))
    return edited.shown(page, edited=in_force)


@router.post(
    "/{connectionId}/{stream:path}/preview",
    operation_id="previewPersonalData",
    responses=problems(ConnectionNotFound, StreamNotFound, InvalidRequest),
)
async def preview_decision(
    caller: Viewer,
    session: Session,
    unhurried: Unhurried,
    edited: Edited,
    connection_id: ConnectionPath,
    stream: StreamPath,
    wanted: WordBody,
    namespace: Namespace = None,
) -> EffectView:
    """How many rows would get tokens now, and what holds from then on; nothing changes. Its ETag is of the decision
    in force, for If-Match of the word that follows."""
    found = await dataset_store.find(session, ConnectionId(connection_id), stream, namespace)
    in_force = await InForceView.of(session, found.stream_id, tuple(wanted.path))
    effect = await personal_data.effect(session, found, wanted.word())
    return edited.shown(EffectView.of(effect), edited=in_force)


@router.put(
    "/{connectionId}/{stream:path}",
    operation_id="putPersonalData",
    responses=problems(
        ConnectionNotFound,
        StreamNotFound,
        InvalidRequest,
        SyncAlreadyRunning,
        MaskKeyMismatch,
        ViewsInTheWay,
        EditedMeanwhile,
    ),
)
async def put_decision(
    caller: Admin,
    session: Transaction,
    keys: MaskKeys,
    unhurried: Unhurried,
    edited: Edited,
    connection_id: ConnectionPath,
    stream: StreamPath,
    wanted: DecisionBody,
    namespace: Namespace = None,
) -> EffectView:
    """Decide about a path: a person's word outweighs Atlas's for good, and a mask reaches what is published."""
    owner, path = ConnectionId(connection_id), tuple(wanted.path)
    found = await dataset_store.find(session, owner, stream, namespace)
    await state_store.require_idle(session, owner)  # a promotion decides as well
    edited.require(await InForceView.of(session, found.stream_id, path))
    effect = await personal_data.decide(
        session, keys, owner, found, wanted.word(), caller.name, wanted.reason
    )
    in_force = await InForceView.of(session, found.stream_id, path)
    return edited.shown(EffectView.of(effect), edited=in_force)
