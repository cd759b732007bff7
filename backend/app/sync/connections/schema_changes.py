"""Changes of a source's schemas that were seen: kept, adopted by policy or by a person's word, or rejected."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from msgspec import Raw

from app.core.catalog import Path, Stream, StreamDescriptor, shown
from app.core.connections import ConnectedStream, Connection, WhenSchemaChanges
from app.core.errors import InvalidRequest, SchemaBreaks, SchemaChangeNotFound, SyncAlreadyRunning
from app.core.events import SCHEMA_ADOPTED
from app.core.findings import PathDecision, mask_of
from app.core.ids import ConnectionId, JobId, StreamId
from app.core.jobs import Attempt
from app.core.layout import Layout
from app.core.schema import ColumnType
from app.core.schema_growth import Growth, GrowthKind, growth
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load
from app.gates.pii import decisions as pii_decisions
from app.layers import children, tables
from app.layers.tables import Masks
from app.sources.wire.catalogs import catalog_of, stream_json
from app.sync.connections import connection_store, stream_growth
from app.sync.jobs import events, job_store

SQL = load(__file__)


class ChangeStatus(StrEnum):
    PENDING = "pending"
    ADOPTED = "adopted"
    REJECTED = "rejected"
    OVERTAKEN = "overtaken"
    """The source has changed again before anybody decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """Shape: `offered` none if the source has the stream no more; `version` once it is adopted."""

    change_id: int
    stream_id: StreamId
    connection_id: ConnectionId
    descriptor: StreamDescriptor
    offered: Stream | None
    growth: Sequence[Growth]
    is_breaking: bool
    status: ChangeStatus
    version: int | None
    found_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What adopting one thing would touch. Shape: names of columns, masks as `entity: action`, checks."""

    growth: Growth
    columns: Sequence[str]
    mask: str | None
    checks: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaVersion:
    stream: StreamDescriptor
    version: int
    adopted_by: str
    job_id: JobId | None
    adopted_at: datetime
    fields: Sequence[str]


# ── seen ──────────────────────────────────────────────────────────────────────────────────────────


async def note(
    session: Session, job_id: JobId, stream: ConnectedStream, offered: Stream | None
) -> None:
    """Keep what a stream is offered as now; what waited of it before is overtaken."""
    found = growth(stream.layout, stream.configured, offered)
    await session.execute(SQL["overtake"], stream.stream_id)
    if (
        offered is not None
        and not found
        and offered.json_schema == stream.configured.stream.json_schema
    ):
        return  # it is as it was
    await session.execute(
        SQL["note"],
        stream.stream_id,
        job_id,
        None if offered is None else json.dumps(stream_json(offered)),
        json.dumps([asdict(one) for one in found]),
        any(one.is_breaking for one in found),
    )


async def listed(
    session: Session,
    connection_id: ConnectionId,
    status: ChangeStatus | None,
    limit: int,
    offset: int = 0,
) -> Sequence[SchemaChange]:
    """A connection's changes, the newest first."""
    rows = await session.fetch(SQL["listed"], connection_id, status, limit, offset)
    return [_change(row) for row in rows]


async def get(session: Session, change_id: int) -> SchemaChange:
    """Errors: SchemaChangeNotFound."""
    row = await session.fetchrow(SQL["get"], change_id)
    if row is None:
        raise SchemaChangeNotFound("No schema change has this id.", change_id=change_id)
    return _change(row)


async def versions(session: Session, connection_id: ConnectionId) -> Sequence[SchemaVersion]:
    """The schemas that a connection's streams were read by, each stream's newest first."""
    rows = await session.fetch(SQL["versions"], connection_id)
    return [
        SchemaVersion(
            stream=StreamDescriptor(row["name"], row["namespace"] or None),
            version=row["version"],
            adopted_by=row["adopted_by"],
            job_id=row["job_id"],
            adopted_at=row["adopted_at"],
            fields=[
                shown(field)
                for field in json.loads(row["stream"]).get("json_schema", {}).get("properties", {})
            ],
        )
        for row in rows
    ]


# ── decided ───────────────────────────────────────────────────────────────────────────────────────


async def follow_policy(
    session: Session, connection: Connection, attempt: Attempt, column_limit: int
) -> None:
    """Adopt what waits and breaks nothing, if the connection says so."""
    if not connection.on_schema_change.propagates:
        return
    for change in await listed(session, connection.connection_id, ChangeStatus.PENDING, 10_000):
        stream = _stream_of(connection, change)
        if stream is None or change.is_breaking or change.offered is None:
            continue
        layout = await _adopt(session, stream, change, column_limit, "policy", attempt.job_id)
        await tell_adopted(session, attempt, change.descriptor, layout.schema_version)


async def adopt_undeclared(
    session: Session, stream: ConnectedStream, grown: Stream, column_limit: int, attempt: Attempt
) -> Layout:
    """Adopt the fields that a stream's records have beyond its schema, by policy; its new layout."""
    await note(session, attempt.job_id, stream, grown)
    (row,) = await session.fetch(SQL["pending_of"], stream.stream_id)
    change = await get(session, row["change_id"])
    layout = await _adopt(
        session, stream, change, column_limit, "policy", attempt.job_id, is_declared=False
    )
    await tell_adopted(session, attempt, change.descriptor, layout.schema_version)
    return layout


async def tell_adopted(
    session: Session, attempt: Attempt, descriptor: StreamDescriptor, version: int
) -> None:
    """Keep the event of a schema that is adopted."""
    facts: dict[str, object] = {"stream": shown(descriptor.name), "version": version}
    if descriptor.namespace:
        facts["namespace"] = shown(descriptor.namespace)
    await events.add(session, attempt.job_id, attempt.attempt_id, SCHEMA_ADOPTED, facts)


async def require_unbroken(session: Session, connection: Connection) -> None:
    """Errors: SchemaBreaks while a key or cursor is not what it was, and nobody has decided."""
    for change in await listed(session, connection.connection_id, ChangeStatus.PENDING, 10_000):
        broken = [
            one
            for one in change.growth
            if one.is_breaking and one.kind is not GrowthKind.STREAM_GONE
        ]
        if broken and _stream_of(connection, change) is not None:
            named = ", ".join(shown(one.field) if one.field else "its key" for one in broken)
            raise SchemaBreaks(
                f"{change.descriptor} is told apart or read on by {named}, which is not what it was. Adopt or "
                f"reject change {change.change_id}: POST /v1/schema-changes/{change.change_id}/adopt or /reject.",
                stream=str(change.descriptor),
                change_id=change.change_id,
            )


async def adopt(session: Session, change_id: int, column_limit: int) -> SchemaChange:
    """Read the stream as it is offered now, by a person's word, from the next job on.

    Errors: SchemaChangeNotFound; InvalidRequest if it was decided, or nothing could be read so;
            SyncAlreadyRunning while a job of the connection is not over.
    """
    change, connection = await _undecided(session, change_id)
    stream = _stream_of(connection, change)
    taken = [one for one in change.growth if one.is_breaking and one.kind is not GrowthKind.RETYPED]
    if change.offered is None or stream is None or taken:
        raise InvalidRequest(
            "What tells this stream's records apart is gone: connect the stream anew with another key and "
            "cursor, or reject the change to go on as before.",
            change_id=change_id,
        )
    await _adopt(session, stream, change, column_limit, "person", None)
    return await get(session, change_id)


async def reject(session: Session, change_id: int) -> SchemaChange:
    """Go on reading the stream as it is configured.

    Errors: SchemaChangeNotFound; InvalidRequest if it was decided; SyncAlreadyRunning.
    """
    await _undecided(session, change_id)
    await session.execute(SQL["decide"], change_id, ChangeStatus.REJECTED, None)
    return await get(session, change_id)


async def impact(session: Session, change: SchemaChange) -> Sequence[Impact]:
    """What adopting a change would touch, one thing after the other."""
    connection = await connection_store.get_connection(session, change.connection_id)
    stream = _stream_of(connection, change)
    if stream is None:
        return []
    decisions = await pii_decisions.current(session, stream.stream_id)
    found = []
    for one in change.growth:
        column = stream.layout.column_at(one.path) if one.path else None
        names = tables.Tables.of(stream.layout.table)
        held_by = [names.chart, *([names.history] if stream.layout.has_key else [])]
        decision = decisions.get(one.path) if one.path else None
        found.append(
            Impact(
                growth=one,
                columns=[f"{table.dotted}.{column.name}" for table in held_by] if column else [],
                mask=f"{decision.entity or 'personal'}: {decision.action}" if decision else None,
                checks=await session.fetchval(
                    SQL["checks"], stream.stream_id, column.name if column else None
                ),
            )
        )
    return found


async def _undecided(session: Session, change_id: int) -> tuple[SchemaChange, Connection]:
    change = await get(session, change_id)
    await session.execute(SQL["hold_connection"], change.connection_id)
    change = await get(session, change_id)
    if change.status is not ChangeStatus.PENDING:
        raise InvalidRequest(f"This change is {change.status} already.", change_id=change_id)
    if (active := await job_store.lock_active(session, change.connection_id)) is not None:
        raise SyncAlreadyRunning(
            f"Job {active[0]} of this connection is not over. Cancel it, or wait for its end.",
            job_id=active[0],
        )
    return change, await connection_store.get_connection(session, change.connection_id)


async def _adopt(
    session: Session,
    stream: ConnectedStream,
    change: SchemaChange,
    column_limit: int,
    by: str,
    job_id: JobId | None,
    *,
    is_declared: bool = True,
) -> Layout:
    assert change.offered is not None  # noqa: S101  the callers have looked
    layout = await stream_growth.adopt(
        session, stream, change.offered, column_limit=column_limit, by=by, job_id=job_id,
        is_declared=is_declared,
    )  # fmt: skip
    decisions = await pii_decisions.current(session, stream.stream_id)
    before, after = _masks(stream.layout, decisions), _masks(layout, decisions)
    await tables.grow(session, stream.layout, layout, before, after)
    if layout.children != stream.layout.children:
        await children.rebuild(session, layout, _masked_items(layout, decisions))
    await session.execute(
        SQL["decide"], change.change_id, ChangeStatus.ADOPTED, layout.schema_version
    )
    return layout


def _masked_items(layout: Layout, decisions: Mapping[Path, PathDecision]) -> Collection[Path]:
    paths = [column.path for child in layout.children for column in child.columns]
    return [path for path in paths if mask_of(decisions, path)]


def _masks(layout: Layout, decisions: Mapping[Path, PathDecision]) -> Masks:
    return Masks(frozenset(c.name for c in layout.columns if mask_of(decisions, c.path)))


def _stream_of(connection: Connection, change: SchemaChange) -> ConnectedStream | None:
    return next((s for s in connection.streams if s.stream_id == change.stream_id), None)


def _change(row: Row) -> SchemaChange:
    offered = None
    if row["stream"] is not None:
        (offered,) = catalog_of(Raw(f'{{"streams":[{row["stream"]}]}}'.encode())).streams
    return SchemaChange(
        change_id=row["change_id"],
        stream_id=StreamId(row["stream_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        descriptor=StreamDescriptor(row["name"], row["namespace"] or None),
        offered=offered,
        growth=[_growth(one) for one in json.loads(row["changes"])],
        is_breaking=row["is_breaking"],
        status=ChangeStatus(row["status"]),
        version=row["version"],
        found_at=row["found_at"],
        decided_at=row["decided_at"],
    )


def _path(kept: Mapping[str, object]) -> Path | None:
    """Shape: a change that was kept when there were no deeper fields has `field` alone."""
    match kept:
        case {"path": [*parts]}:
            return tuple(map(str, parts))
        case {"field": str(field)}:
            return (field,)
        case _:
            return None


def _growth(kept: Mapping[str, object]) -> Growth:
    def type_of(name: str) -> ColumnType | None:
        return ColumnType(str(kept[name])) if kept[name] else None

    return Growth(
        kind=GrowthKind(str(kept["kind"])),
        path=_path(kept),
        was=type_of("was"),
        will_be=type_of("will_be"),
        is_breaking=bool(kept["is_breaking"]),
    )


def disables(connection: Connection, changes: int) -> bool:
    """True if a connection pauses itself for what was just seen."""
    return changes > 0 and connection.on_schema_change is WhenSchemaChanges.DISABLE_CONNECTION
