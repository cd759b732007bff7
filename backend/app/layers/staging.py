"""Staging: a range of explore as chart would hold it, committed but published nowhere.

Unlogged, because a crash may forget it: the range is projected again from explore. Committed,
because the quality engine looks at it over a connection of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.core.catalog import Path
from app.core.ids import StreamId
from app.core.layout import Layout
from app.database.identifiers import Table, quote
from app.database.pool import Connection, ValueDoesNotFit, run
from app.database.queries import load
from app.layers import explore, sent_again
from app.layers.masking import Masking
from app.layers.projection import Projection, Records
from app.layers.tables import Tables

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A range in staging.

    Shape: batches in (after, last]; `rows` staged, good and bad; `new_rows` by batch, once it is
           known that every row is good and begins a key of its own; `masked_items` as masking has them;
           `sent_again` are records that were not staged, for chart has them as they are, by batch.
    """

    layout: Layout
    table: Table
    after: int
    last: int
    rows: int
    new_rows: Mapping[int, int] | None = None
    masked_items: frozenset[Path] = frozenset()
    sent_again: Mapping[int, int] = field(default_factory=dict)


async def stage(
    connection: Connection,
    projection: Projection,
    after: int,
    last: int,
    *,
    sent_as: Layout | None = None,
    judged_by: str | None = None,
) -> Staged:
    """Project the batches in (after, last] into a staging table of their own.

    Shape:  `sent_as` is the layout whose explore they are in, where it is not the projection's own;
            `judged_by` are the rules by which records that chart has as they are need not be staged.
    Errors: what PostgreSQL raises; no table is left then. A value that does not fit its column
            is no error: the range is projected again in the guarded form.
    """
    layout = projection.layout
    table = _table_of(layout, last)
    records = await records_of(connection, sent_as or layout, after, last)
    await drop(connection, sent_again.table_of(layout, last))
    apart: Mapping[int, int] = {}
    if judged_by is not None:
        apart = await sent_again.set_apart(connection, projection, records, judged_by)
        await explore.read_by_range(connection)
    if apart:
        records = replace(records, without=sent_again.table_of(layout, last))
    await create(connection, projection, table)
    rows = await fill(connection, projection, table, records)
    items = projection.masking.masked_items(layout)
    return Staged(
        layout=layout, table=table, after=after, last=last, rows=rows, masked_items=items,
        sent_again=apart,
    )  # fmt: skip


async def records_of(connection: Connection, layout: Layout, after: int, last: int) -> Records:
    """The records of the batches in (after, last] as they count: a correction in its record's place."""
    explore = Tables.of(layout.table).explore
    found = await connection.fetchrow(SQL["has_changed"], layout.stream_id, after, last)
    assert found is not None  # noqa: S101  a query without a table has a row
    relation = SQL["corrected"].format(explore=explore) if found["fixed"] else str(explore)
    return Records(relation=relation, after=after, last=last, mended=found["mended"])


async def create(connection: Connection, projection: Projection, table: Table) -> None:
    """An empty staging table; one that a dead attempt left under its name goes."""
    columns = _definition(projection.layout, projection.masking)
    await connection.execute(SQL["create"].format(staging=table, columns=columns))


async def fill(
    connection: Connection, projection: Projection, table: Table, records: Records
) -> int:
    """Project records into a staging table, in the guarded form if a value does not fit; how many."""
    try:
        return await _fill(connection, projection, table, records)
    except ValueDoesNotFit:
        return await _fill(connection, replace(projection, guarded=True), table, records)


async def rows_by_batch(connection: Connection, staged: Staged) -> dict[int, int]:
    """The staged rows of each batch; a batch without any is left out."""
    found = await connection.fetch(SQL["rows_by_batch"].format(staging=staged.table))
    return {row["batch_id"]: row["rows"] for row in found}


async def drop(connection: Connection, table: Table) -> None:
    await connection.execute(SQL["drop"].format(staging=table))


async def drop_range(connection: Connection, staged: Staged) -> None:
    """Drop all that staging has of a range."""
    await drop(connection, staged.table)
    if staged.sent_again:
        await drop(connection, sent_again.table_of(staged.layout, staged.last))


async def sweep(connection: Connection, layout: Layout) -> None:
    """Drop what an attempt that died has left of this stream in staging."""
    for name in await connection.fetch(SQL["left_over"], layout.table):
        await drop(connection, Table("staging", name["relname"]))


async def last_covered(connection: Connection, stream_id: StreamId, *, complete: bool) -> int:
    """The newest batch that may be published: covered by a state, or by the stream's end.

    Shape: `complete` asks for the stream's end alone, as full refreshes do; 0 for none.
    """
    found: int = await connection.fetchval(SQL["last_covered"], stream_id, complete)
    return found


async def _fill(
    connection: Connection, projection: Projection, table: Table, records: Records
) -> int:
    statement = projection.statement(table, records)
    return await run(connection, statement.text, *statement.parameters)


def _table_of(layout: Layout, last_batch: int) -> Table:
    """The staging table of a range; the range's last batch makes its name unique."""
    return Table("staging", f"{layout.table}_{last_batch}")


def _definition(layout: Layout, masking: Masking) -> str:
    """`name type` of all staged columns, for CREATE TABLE."""
    masks = masking.masks(layout)
    own = [f"{quote(column.name)} {masks.type_of(column)}" for column in layout.columns]
    own += ["_atlas_rest jsonb"] if layout.has_rest else []
    own += [f"{quote(variant.name)} jsonb" for variant in layout.variants]
    cursor = [f"_atlas_cursor {layout.cursor_type}"] if layout.orders_by_cursor else []
    return ",\n    ".join([
        "_atlas_batch_id bigint NOT NULL",
        "_atlas_seq integer NOT NULL",
        "_atlas_extracted_at timestamptz NOT NULL",
        "_atlas_key_hash uuid",
        "_atlas_row_hash uuid NOT NULL",
        *(["_atlas_old_hashes uuid[] NOT NULL"] if layout.has_old_hashes else []),
        "_atlas_valid_from timestamptz",
        *cursor,
        "_atlas_is_deleted boolean NOT NULL",
        "_atlas_violations text[]",
        *own,
        "_airbyte_meta jsonb",
    ])  # fmt: skip
