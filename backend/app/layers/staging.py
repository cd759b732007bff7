"""Staging: a range of explore as chart would hold it, committed but published nowhere.

Unlogged, because a crash may forget it: the range is projected again from explore. Committed,
because the quality engine looks at it over a connection of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.core.ids import StreamId
from app.core.layout import Layout
from app.database.identifiers import Table
from app.database.pool import Connection, ValueDoesNotFit, run
from app.database.queries import load
from app.layers.projection import Projection, staging_definition, staging_table

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A range in staging.

    Shape: batches in (after, last]; `rows` staged, good and bad; `new_rows` by batch, once it is
           known that every row is good and begins a key of its own.
    """

    layout: Layout
    table: Table
    after: int
    last: int
    rows: int
    new_rows: Mapping[int, int] | None = None


async def stage(connection: Connection, projection: Projection, after: int, last: int) -> Staged:
    """Project the batches in (after, last] into a staging table of their own.

    Errors: what PostgreSQL raises; no table is left then. A value that does not fit its column
            is no error: the range is projected again in the guarded form.
    """
    layout = projection.layout
    table = staging_table(layout, last)
    mended = await connection.fetchval(SQL["has_mended"], layout.stream_id, after, last)
    await connection.execute(
        SQL["create"].format(staging=table, columns=staging_definition(layout, projection.masking))
    )
    try:
        rows = await _fill(connection, projection, table, after, last, mended)
    except ValueDoesNotFit:
        guarded = replace(projection, guarded=True)
        rows = await _fill(connection, guarded, table, after, last, mended)
    return Staged(layout=layout, table=table, after=after, last=last, rows=rows)


async def rows_by_batch(connection: Connection, staged: Staged) -> dict[int, int]:
    """The staged rows of each batch; a batch without any is left out."""
    found = await connection.fetch(SQL["rows_by_batch"].format(staging=staged.table))
    return {row["batch_id"]: row["rows"] for row in found}


async def drop(connection: Connection, table: Table) -> None:
    await connection.execute(SQL["drop"].format(staging=table))


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
    connection: Connection,
    projection: Projection,
    table: Table,
    after: int,
    last: int,
    mended: bool,
) -> int:
    statement = projection.statement(table, after, last, mended=mended)
    return await run(connection, statement.text, *statement.parameters)
