"""What stands in PostgreSQL of a connection's streams, and what is done with it at somebody's word: each act
is looked at first, done in one transaction, and kept in the books."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.catalog import StreamDescriptor
from app.core.connections import ConnectedStream, ConnectionStatus
from app.core.errors import (
    InvalidRequest,
    StreamNotFound,
    SyncAlreadyRunning,
    TablesInUse,
    TableTaken,
)
from app.core.ids import ConnectionId
from app.core.layout import Layout
from app.database.identifiers import child_name, is_table_name
from app.database.pool import Connection as Session
from app.database.queries import load
from app.layers import moving
from app.layers.moving import Standing
from app.layers.tables import Tables
from app.sync.connections import connection_store, table_names
from app.sync.jobs import job_store

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTables:
    """What stands of one stream.

    Shape: `explored` records are in explore, `quarantined` in quarantine; `dependents` are views of others
           that read its tables; a stream that is not `is_read` was one of the connection's.
    """

    stream: ConnectedStream
    is_read: bool
    tables: Sequence[Standing]
    explored: int
    quarantined: int
    has_state: bool
    dependents: Sequence[str]

    def facts(self) -> Mapping[str, int]:
        """Each table with its rows, as the books of an act keep them."""
        return {name: rows for name, rows in self.counts().items() if rows is not None}

    def counts(self) -> Mapping[str, int | None]:
        """Each table and view with its rows; none of a view."""
        explore = Tables.of(self.stream.layout.table).explore
        return {
            one.table.dotted: self.explored
            if one.table == explore
            else one.rows.rows
            if one.rows
            else None
            for one in self.tables
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    act_id: int
    stream: StreamDescriptor
    act: str
    facts: Mapping[str, object]
    done_at: datetime


async def standing(
    session: Session, connection_id: ConnectionId, chosen: Sequence[StreamDescriptor] = ()
) -> Sequence[StreamTables]:
    """What stands of a connection's streams, also of those it reads no more, and if it was deleted.

    Errors: ConnectionNotFound; StreamNotFound if one is chosen of which nothing stands.
    """
    found = await connection_store.get_connection(session, connection_id, with_deselected=True)
    known = {stream.configured.descriptor: stream for stream in found.streams}
    if unknown := [descriptor for descriptor in chosen if descriptor not in known]:
        raise StreamNotFound(f"{found.name} has no tables of {unknown[0]}.")
    return [await _of_stream(session, known[descriptor]) for descriptor in chosen or known]


async def acts(
    session: Session,
    connection_id: ConnectionId,
    limit: int,
    offset: int = 0,
    up_to: int | None = None,
) -> Sequence[Act]:
    """What was done with a connection's tables, the newest first."""
    return [
        Act(
            act_id=row["act_id"],
            stream=StreamDescriptor(row["name"], row["namespace"] or None),
            act=row["act"],
            facts=json.loads(row["facts"]),
            done_at=row["done_at"],
        )
        for row in await session.fetch(SQL["listed"], connection_id, limit, offset, up_to)
    ]


# ── dropping ──────────────────────────────────────────────────────────────────────────────────────


async def drop(
    session: Session, connection_id: ConnectionId, chosen: Sequence[StreamDescriptor] = ()
) -> Sequence[StreamTables]:
    """Drop the tables of streams, with their history, quarantine, profiles and state; what stood there.

    Shape:  all of a connection that was deleted, or some; of one that was not, only streams it reads no more.
    Errors: ConnectionNotFound, StreamNotFound; TablesInUse if a stream is read still, or somebody else's view
            stands on a table; SyncAlreadyRunning. Nothing is dropped then.
    """
    await hold(session, connection_id)
    connection = await connection_store.get_connection(session, connection_id)
    found = await standing(session, connection_id, chosen)
    is_deleted = connection.status is ConnectionStatus.DEPRECATED
    for one in found:
        _require_unused(one, is_deleted)
    for one in found:
        layout = one.stream.layout
        await moving.drop(session, layout)
        await session.execute(SQL["forget"], layout.stream_id)
        facts = {"tables": one.facts(), "quarantined": one.quarantined}
        await note(session, connection_id, layout, "dropped", facts)
    await session.execute(SQL["forget_states"], connection_id)
    return found


def _require_unused(one: StreamTables, is_deleted: bool) -> None:
    descriptor = one.stream.layout.descriptor
    if one.is_read and not is_deleted:
        raise TablesInUse(
            f"{descriptor} is read into these tables: delete the connection first, or leave the stream out of it.",
            stream=str(descriptor),
        )
    if one.dependents:
        names = ", ".join(one.dependents)
        raise TablesInUse(
            f"{names} reads tables of {descriptor}: drop it first.", stream=str(descriptor)
        )


# ── renaming ──────────────────────────────────────────────────────────────────────────────────────


async def rename(
    session: Session, connection_id: ConnectionId, descriptor: StreamDescriptor, name: str
) -> Mapping[str, str]:
    """Let a stream's tables be called after another name: explore, chart with its child tables, navigate's
    views, history and function; each with what it is called then. Who calls rolls back to only look.

    Errors: ConnectionNotFound, StreamNotFound; InvalidRequest for what is no plain name; TableTaken;
            SyncAlreadyRunning. Nothing is renamed then.
    """
    await hold(session, connection_id)
    (found,) = await standing(session, connection_id, [descriptor])
    old = found.stream.layout
    if not is_table_name(name):
        raise InvalidRequest(
            "A table name has up to 50 small letters, digits and underscores, begins with a letter, and has no "
            "suffix that Atlas gives itself."
        )
    await _require_free(session, name, descriptor)
    new = await _renamed(session, old, name)
    before = await moving.there(session, old)
    await moving.rename(session, old, new)
    await session.execute(SQL["rename"], old.stream_id, name)
    for child in new.children:
        await session.execute(SQL["rename_child"], old.stream_id, child.field, child.table)
    named = dict(zip(moving.relations(old), moving.relations(new), strict=True))
    told = {table.dotted: named[table].dotted for table in before}
    await note(session, connection_id, old, "renamed", {"tables": told})
    return told


async def _require_free(session: Session, name: str, descriptor: StreamDescriptor) -> None:
    holder = await table_names.holder_of(session, name)
    if holder is not None:
        raise TableTaken(f"{holder.connection} has tables of the name {name}.", tables=name)
    if found := await moving.there(session, table_names.nameless(name, descriptor)):
        names = ", ".join(one.dotted for one in found)
        raise TableTaken(f"{names} is there and not of this Atlas.", tables=names)


async def _renamed(session: Session, old: Layout, name: str) -> Layout:
    taken: set[str] = set()
    children = []
    for child in old.children:
        wanted = child_name(name, child.field, taken)
        while await table_names.holder_of(session, wanted) is not None:
            taken.add(wanted)
            wanted = child_name(name, child.field, taken)
        taken.add(wanted)
        children.append(replace(child, table=wanted))
    return replace(old, table=name, children=tuple(children))


# ── what all acts share ───────────────────────────────────────────────────────────────────────────


async def hold(session: Session, connection_id: ConnectionId) -> None:
    """Let no job of a connection begin until the transaction ends. Errors: SyncAlreadyRunning if one has."""
    await session.execute(SQL["hold"], connection_id)
    if (active := await job_store.lock_active(session, connection_id)) is not None:
        raise SyncAlreadyRunning(
            f"Job {active[0]} of this connection is not over. Cancel it, or wait for its end.",
            job_id=active[0],
        )


async def note(
    session: Session, connection_id: ConnectionId, layout: Layout, act: str, facts: object
) -> None:
    """Keep in the books what was done. Shape: names and counts, no values."""
    await session.execute(SQL["note"], connection_id, layout.stream_id, act, json.dumps(facts))


async def _of_stream(session: Session, stream: ConnectedStream) -> StreamTables:
    row = await session.fetchrow(SQL["of_stream"], stream.stream_id)
    assert row is not None  # noqa: S101  the stream was just read
    return StreamTables(
        stream=stream,
        is_read=row["selected"],
        tables=await moving.standing(session, stream.layout),
        explored=row["explored"],
        quarantined=row["quarantined"],
        has_state=row["has_state"],
        dependents=await moving.dependents(session, stream.layout),
    )
