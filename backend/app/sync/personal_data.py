"""What is decided about personal data, stream by stream; and a person's word, which outweighs Atlas's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.catalog import Path, shown
from app.core.connections import ConnectedStream
from app.core.errors import InvalidRequest
from app.core.failures import (
    MaskKeyMismatch,
)
from app.core.findings import (
    Action,
    DecidedBy,
    Entity,
    Evidence,
    PathDecision,
    Verdict,
    mask_of,
)
from app.core.ids import ConnectionId, WorkspaceId
from app.database import mask_key
from app.database.keys import Keys
from app.database.pool import Connection as Session
from app.database.queries import load
from app.gates.pii import decisions as pii_decisions
from app.gates.pii.decisions import Decided
from app.layers import children, remasking, tables
from app.layers.masking import Masking
from app.layers.remasking import Held
from app.layers.tables import Tables
from app.sync import state_store
from app.sync.datasets import profiles

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which decisions are listed. Shape: what is none does not matter."""

    connection_id: UUID | None = None
    stream: str | None = None
    namespace: str | None = None
    entity: Entity | None = None
    action: Action | None = None
    decided_by: DecidedBy | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A decision in force, and where it holds. Shape: `column` none of what has none of its own."""

    connection_id: ConnectionId
    connection: str
    stream: str
    namespace: str | None
    table: str
    column: str | None
    type: str | None
    decided: Decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a person says of a path: mask it, as an entity, or let it pass."""

    path: Path
    action: Action
    entity: Entity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a word does. Shape: `masked` are published rows that would get tokens now; `kept` those whose tokens stay
    as they are, for what was clear is in explore alone."""

    before: PathDecision | None
    after: PathDecision
    masked: Held
    kept: Held


async def listed(
    session: Session,
    workspaces: Sequence[WorkspaceId] | None,
    wanted: Wanted,
    limit: int,
    offset: int,
) -> Sequence[Listed]:
    """The decisions in force, by connection, stream and path."""
    rows = await session.fetch(
        SQL["listed"],
        workspaces,
        wanted.connection_id,
        wanted.stream,
        wanted.namespace,
        wanted.entity,
        wanted.action,
        wanted.decided_by,
        wanted.verdict,
        limit,
        offset,
    )
    return [
        Listed(
            connection_id=ConnectionId(row["connection_id"]),
            connection=row["connection"],
            stream=row["stream"],
            namespace=row["namespace"],
            table=row["table_name"],
            column=row["column_name"],
            type=row["type"],
            decided=Decided.of(row),
        )
        for row in rows
    ]


async def effect(session: Session, stream: ConnectedStream, word: Word) -> Effect:
    """What a word would do to what is published, changing nothing. Errors: InvalidRequest."""
    known = await pii_decisions.current(session, stream.stream_id)
    before, after = known.get(word.path), _decision(stream, known, word)
    count = await remasking.held(session, stream.layout, word.path)
    nothing = Held(0, 0)
    was_masked = mask_of(known, word.path) is not None
    is_new = after.is_masked and not was_masked
    return Effect(
        before=before,
        after=after,
        masked=count if is_new else nothing,
        kept=count if was_masked and _differs(before, after) else nothing,
    )


async def decide(
    session: Session,
    keys: Keys,
    connection_id: ConnectionId,
    stream: ConnectedStream,
    word: Word,
    actor: str,
    reason: str,
) -> Effect:
    """Keep a person's word, and mask what is published already, in the caller's transaction.

    Shape:  a mask that is taken off lets rows be clear from the next promotion on.
    Errors: InvalidRequest; SyncAlreadyRunning while a job of the connection is not over; MaskKeyMismatch;
            ViewsInTheWay.
    """
    await state_store.require_idle(session, connection_id)
    found = await effect(session, stream, word)
    await keep(session, keys, stream, found.after, actor, reason)
    return found


async def keep(
    session: Session,
    keys: Keys,
    stream: ConnectedStream,
    decision: PathDecision,
    actor: str | None,
    reason: str | None,
) -> None:
    """Keep a decision of a stream that no job runs of, and mask what is published already.

    Errors: MaskKeyMismatch, ViewsInTheWay.
    """
    if await mask_key.is_right(session, keys) is False:
        raise MaskKeyMismatch(f"The mask key is not this database's. {mask_key.TO_MEND}")
    layout = stream.layout
    known = dict(await pii_decisions.current(session, stream.stream_id))
    before = Masking.of(keys, known.values())
    is_new = decision.is_masked and mask_of(known, decision.path) is None
    known[decision.path] = decision
    after = Masking.of(keys, known.values())
    await pii_decisions.add(session, stream.stream_id, [decision], actor, reason)
    await profiles.forget_values(session, layout, known.values())
    await profiles.outdate(session, stream.stream_id)
    if is_new and await tables.exists(session, Tables.of(layout.table).chart):
        fresh = Masking.of(keys, [decision])
        await remasking.mask_backwards(
            session, layout, fresh, before.masks(layout), after.masks(layout)
        )
        await children.rebuild(session, layout, after.masked_items(layout))
    lifted = before.masks(layout).columns - after.masks(layout).columns
    await remasking.lift(session, layout, lifted)
    if await tables.exists(session, Tables.of(layout.table).chart):
        await tables.show_to_readers(session, layout, after.masks(layout))


def _decision(
    stream: ConnectedStream, known: Mapping[Path, PathDecision], word: Word
) -> PathDecision:
    """Errors: InvalidRequest for a path that is none of the stream's, or lies in what is masked as a whole."""
    layout = stream.layout
    is_known = word.path in known or any(column.path == word.path for _, column in layout.columns_by_table())  # fmt: skip
    if not is_known:
        raise InvalidRequest(
            "The stream has no such path: nothing was decided of it, and no column is it."
        )
    whole = mask_of(known, word.path[:-1]) if len(word.path) > 1 else None
    if whole is not None:
        raise InvalidRequest(
            f"{shown('.'.join(whole.path))} is masked as a whole, and this lies in it: decide about that."
        )
    earlier = known.get(word.path)
    is_masked = word.action is Action.MASK
    entity = word.entity or (earlier.entity if earlier else None)
    return PathDecision(
        path=word.path,
        verdict=Verdict.PERSONAL if is_masked else Verdict.CLEAN,
        entity=(entity or Entity.PERSONAL) if is_masked else None,
        confidence=1.0,
        action=word.action,
        evidence=earlier.evidence if earlier else Evidence(),
        decided_by=DecidedBy.PERSON,
    )


def _differs(before: PathDecision | None, after: PathDecision) -> bool:
    """True if tokens that are there are no longer what would be made now."""
    return before is not None and (before.action, before.entity) != (after.action, after.entity)
