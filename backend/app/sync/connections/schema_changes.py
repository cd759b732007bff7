"""Changes of a source's schemas that were seen: kept, adopted by policy or by a person's word, or rejected."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from msgspec import Raw

from app.core.catalog import Path, Stream, StreamDescriptor, shown
from app.core.connections import ConnectedStream, Connection, WhenSchemaChanges
from app.core.errors import InvalidRequest, SchemaBreaks, SchemaChangeNotFound, SyncAlreadyRunning
from app.core.events import SCHEMA_ADOPTED
from app.core.ids import ConnectionId, JobId, StreamId
from app.core.jobs import Attempt
from app.core.layout import Layout
from app.core.schema import ColumnType
from app.core.schema_growth import (
    Growth,
    GrowthKind,
    Rename,
    growth,
)
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load
from app.layers import tables
from app.layers.tables import Tables
from app.sources.wire.catalogs import catalog_of, stream_json
from app.sync.connections import backfills, connection_store, stream_growth, stream_tables
from app.sync.jobs import events, job_store

SQL = load(__file__)


class ChangeStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    """A person has said yes to another key: the next job makes chart and history anew by it, then reads."""
    ADOPTED = "adopted"
    REJECTED = "rejected"
    OVERTAKEN = "overtaken"
    """The source has changed again before anybody decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """Shape: `offered` none if the source has the stream no more; `version` once it is adopted; `primary_key`
    is the one that an accepted change waits for."""

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
    primary_key: tuple[Path, ...] = ()


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
    up_to: int | None = None,
) -> Sequence[SchemaChange]:
    """A connection's changes, the newest first."""
    rows = await session.fetch(SQL["listed"], connection_id, status, limit, offset, up_to)
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
        stream = stream_of(connection, change)
        if stream is None or change.is_breaking or change.offered is None:
            continue
        layout = await take(session, stream, change, column_limit, "policy", attempt.job_id)
        if connection.on_schema_change is WhenSchemaChanges.PROPAGATE_FULLY:
            await ask_backfill(session, stream, layout)
        await tell_adopted(session, attempt, change.descriptor, layout.schema_version)


async def adopt_undeclared(
    session: Session, stream: ConnectedStream, grown: Stream, column_limit: int, attempt: Attempt
) -> Layout:
    """Adopt the fields that a stream's records have beyond its schema, by policy; its new layout."""
    await note(session, attempt.job_id, stream, grown)
    (row,) = await session.fetch(SQL["pending_of"], stream.stream_id)
    change = await get(session, row["change_id"])
    layout = await take(
        session, stream, change, column_limit, "policy", attempt.job_id, is_declared=False
    )
    if await session.fetchval(SQL["fills"], stream.stream_id):
        await ask_backfill(session, stream, layout)
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
        if broken and stream_of(connection, change) is not None:
            named = ", ".join(shown(one.field) if one.field else "its key" for one in broken)
            raise SchemaBreaks(
                f"{change.descriptor} is told apart or read on by {named}, which is not what it was. Adopt or "
                f"reject change {change.change_id}: POST /v1/schema-changes/{change.change_id}/adopt or /reject.",
                stream=str(change.descriptor),
                change_id=change.change_id,
            )


async def require_idle(session: Session, connection_id: ConnectionId) -> None:
    """No job of the connection begins until the transaction ends. Errors: SyncAlreadyRunning."""
    await session.execute(SQL["hold_connection"], connection_id)
    if (active := await job_store.lock_active(session, connection_id)) is not None:
        raise SyncAlreadyRunning(
            f"Job {active[0]} of this connection is not over. Cancel it, or wait for its end.",
            job_id=active[0],
        )


async def undecided(
    session: Session, change_id: int, *statuses: ChangeStatus
) -> tuple[SchemaChange, Connection]:
    """A change that waits for a word, and its connection, of which no job begins until the transaction ends.

    Errors: SchemaChangeNotFound; InvalidRequest if it was decided; SyncAlreadyRunning.
    """
    change = await get(session, change_id)
    await session.execute(SQL["hold_connection"], change.connection_id)
    change = await get(session, change_id)
    if change.status not in (statuses or (ChangeStatus.PENDING,)):
        raise InvalidRequest(f"This change is {change.status} already.", change_id=change_id)
    await require_idle(session, change.connection_id)
    return change, await connection_store.get_connection(session, change.connection_id)


async def take(
    session: Session,
    stream: ConnectedStream,
    change: SchemaChange,
    column_limit: int,
    by: str,
    job_id: JobId | None,
    *,
    is_declared: bool = True,
    renames: Sequence[Rename] = (),
) -> Layout:
    """Read a stream as a change offers it, with columns for what is new; its new layout.

    Shape: `offered` is there; keys stay as they are.
    """
    assert change.offered is not None  # noqa: S101  the callers have looked
    layout = await stream_growth.adopt(
        session, stream, change.offered, column_limit=column_limit, by=by, job_id=job_id,
        is_declared=is_declared, renames=renames,
    )  # fmt: skip
    old = stream_growth.renamed(stream.layout, renames)
    await stream_tables.follow(session, old, layout)
    await session.execute(
        SQL["decide"], change.change_id, ChangeStatus.ADOPTED, layout.schema_version
    )
    return layout


async def decide(session: Session, change: SchemaChange, status: ChangeStatus) -> None:
    """Keep what a person has said of a change."""
    await session.execute(SQL["decide"], change.change_id, status, change.version)


async def accept(session: Session, change: SchemaChange, version: int, key: Sequence[Path]) -> None:
    """Keep that a change waits for the next job, which brings the stream's rows under another key."""
    await session.execute(SQL["accept"], change.change_id, version, json.dumps(key))


async def accepted(session: Session, stream: ConnectedStream) -> SchemaChange | None:
    """The change of a stream that waits for a job to see to it; none if there is none."""
    change_id = await session.fetchval(SQL["accepted_of"], stream.stream_id)
    return None if change_id is None else await get(session, change_id)


async def settle(session: Session, attempt: Attempt, change: SchemaChange) -> None:
    """An accepted change is adopted: the stream's tables are by the key that it waited for."""
    await session.execute(SQL["decide"], change.change_id, ChangeStatus.ADOPTED, change.version)
    assert change.version is not None  # noqa: S101  its fields were adopted when it was accepted
    await tell_adopted(session, attempt, change.descriptor, change.version)


async def ask_backfill(
    session: Session, stream: ConnectedStream, layout: Layout, *, is_all: bool = True
) -> None:
    """Let rows that are there have the values that explore has of new columns, and of renamed ones."""
    if not await tables.has_rows(session, Tables.of(layout.table).chart):
        return
    known = {column.path for column in stream.layout.columns}
    wanted = [c.name for c in layout.columns if c.path not in known and (is_all or c.formerly)]
    await backfills.ask(session, layout.stream_id, layout.schema_version, wanted)


def stream_of(connection: Connection, change: SchemaChange) -> ConnectedStream | None:
    """The stream that a change is of; none if the connection reads it no more."""
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
        primary_key=tuple(tuple(path) for path in json.loads(row["primary_key"] or "[]")),
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
