"""What adopting a changed schema would touch: columns, masks, checks, who reads them, and rows under another key."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.catalog import Path
from app.core.connections import ConnectedStream
from app.core.failures import (
    StatementTookTooLong,
)
from app.core.layout import Column, Layout
from app.core.schema_growth import Growth, GrowthKind, Rename, possible_renames
from app.database.passing import passing_failures
from app.database.pool import Connection as Session
from app.database.queries import load
from app.gates.pii import decisions as pii_decisions
from app.layers import tables
from app.layers.tables import Tables
from app.sync.connections import connection_store, schema_changes
from app.sync.connections.schema_changes import SchemaChange

SQL = load(__file__)

LIMIT_S = 2.0
"""For each look into explore: an answer of the API has ten seconds by default."""
COMPARED = 1_000
"""Records with the new field that are held against those of their keys from before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What adopting one thing would touch.

    Shape: names of columns, masks as `entity: action`, checks; `views` of the database that read the column,
           also through others. Who else reads it Atlas cannot know: it keeps no lineage but its own.
    """

    growth: Growth
    columns: Sequence[str]
    mask: str | None
    checks: Sequence[str]
    views: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleRename:
    """A field that may go on under another name.

    Shape: of `compared` records with the new field that have a record of their key with the old one, the
           two values are one in `agreeing`; both none if that could not be counted.
    """

    rename: Rename
    column: str
    compared: int | None
    agreeing: int | None

    @property
    def is_likely(self) -> bool:
        """False if most records that could be compared say no."""
        return not self.compared or 2 * (self.agreeing or 0) >= self.compared


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyImpact:
    """What another key means for the records that chart is made of.

    Shape: of `records` in explore so many have no whole key under it, and go to quarantine; `keys` tell the
           others apart. All none if that took too long.
    """

    before: Sequence[Path]
    after: Sequence[Path]
    records: int | None
    without_key: int | None
    keys: int | None


async def impact(session: Session, change: SchemaChange) -> Sequence[Impact]:
    """What adopting a change would touch, one thing after the other."""
    stream = await _stream_of(session, change)
    if stream is None:
        return []
    decisions = await pii_decisions.current(session, stream.stream_id)
    found = []
    for one in change.growth:
        column = stream.layout.column_at(one.path) if one.path else None
        names = Tables.of(stream.layout.table)
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
                views=await _views(session, stream.layout, one, column),
            )
        )
    return found


async def renames(session: Session, change: SchemaChange) -> Sequence[PossibleRename]:
    """The fields of a change that may only have another name now, those of which records speak against left out."""
    stream = await _stream_of(session, change)
    if stream is None:
        return []
    found = []
    for rename in possible_renames(change.growth):
        column = stream.layout.column_at(rename.old)
        if column is None:
            continue
        compared, agreeing = await _agreement(session, stream.layout, rename)
        found.append(
            PossibleRename(rename=rename, column=column.name, compared=compared, agreeing=agreeing)
        )
    return [one for one in found if one.is_likely]


async def key_impact(
    session: Session, change: SchemaChange, key: Sequence[Path] = ()
) -> KeyImpact | None:
    """What another key would mean: the one that is given, or that the source declares now; none if it is none."""
    stream = await _stream_of(session, change)
    declared = change.offered.source_defined_primary_key if change.offered else ()
    after = key or change.primary_key or declared
    if stream is None or not after or tuple(after) == stream.layout.primary_key:
        return None
    before = stream.layout.primary_key
    explore = Tables.of(stream.layout.table).explore
    if not await tables.exists(session, explore):
        return KeyImpact(before=before, after=after, records=0, without_key=0, keys=0)
    statement = SQL["keys"].format(explore=explore, parts=", ".join(_parts(len(after))))
    try:
        async with session.transaction():
            with passing_failures():
                await _limit(session)
                row = await session.fetchrow(statement, *map(list, after))
    except StatementTookTooLong:
        return KeyImpact(before=before, after=after, records=None, without_key=None, keys=None)
    assert row is not None  # noqa: S101  an aggregate has a row
    return KeyImpact(before=before, after=after, **row)


async def _agreement(
    session: Session, layout: Layout, rename: Rename
) -> tuple[int | None, int | None]:
    """How many records can be compared, and in how many of them the two fields have one value."""
    explore = Tables.of(layout.table).explore
    key = [path for path in layout.primary_key if path != rename.old]
    if not key or not await tables.exists(session, explore):
        return 0, 0
    parts = ", ".join(f"e.data #> ${place}::text[]" for place in range(4, 4 + len(key)))
    statement = SQL["agreement"].format(explore=explore, key=f"jsonb_build_array({parts})")
    try:
        async with session.transaction():
            with passing_failures():
                await _limit(session)
                row = await session.fetchrow(
                    statement, list(rename.old), list(rename.new), COMPARED, *map(list, key)
                )
    except StatementTookTooLong:
        return None, None
    assert row is not None  # noqa: S101  an aggregate has a row
    return row["compared"], row["agreeing"]


async def _views(
    session: Session, layout: Layout, one: Growth, column: Column | None
) -> Sequence[str]:
    """The views that read a column, or the stream's tables where a change is of the stream as a whole."""
    if column is None and one.kind is GrowthKind.ADDED:
        return []
    names = Tables.of(layout.table)
    read = [names.chart.dotted, names.navigate.dotted, names.current.dotted, names.history.dotted]
    own = [names.navigate.dotted, names.current.dotted]
    rows = await session.fetch(SQL["views"], read, column.name if column else None, own)
    return [row["name"] for row in rows]


async def _stream_of(session: Session, change: SchemaChange) -> ConnectedStream | None:
    connection = await connection_store.get_connection(session, change.connection_id)
    return schema_changes.stream_of(connection, change)


async def _limit(session: Session) -> None:
    await session.execute(SQL["limit"].format(limit_ms=round(1_000 * LIMIT_S)))


def _parts(count: int) -> list[str]:
    """Shape: a JSON null is no key."""
    return [f"e.data #>> ${place}::text[]" for place in range(1, count + 1)]
