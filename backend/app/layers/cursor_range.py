"""A range of a stream's cursor: what chart has of it, and what explore is not to have beside it."""

from app.core.ids import BatchId
from app.core.layout import Column, Layout
from app.database.identifiers import quote
from app.database.pool import Connection, LaneConnection
from app.database.queries import load
from app.layers import casts, tables
from app.layers.explore import Appended
from app.layers.tables import Tables

SQL = load(__file__)


async def rows_in_chart(
    connection: Connection, layout: Layout, since: str, until: str
) -> int | None:
    """How many rows chart has whose cursor is in [since, until).

    Shape: none if the cursor's column was masked once, and has tokens still, which have no order; it is not masked now.
    """
    column = _cursor_column(layout)
    if column.name in await tables.kept_as_text(connection, layout):
        return None
    statement = SQL["rows"].format(
        chart=Tables.of(layout.table).chart, column=quote(column.name), type=column.type
    )
    found: int = await connection.fetchval(statement, since, until)
    return found


async def take_out(
    lane: LaneConnection, layout: Layout, batch_id: BatchId, appended: Appended, since: str, until: str
) -> int:  # fmt: skip
    """Take the records out of a batch that was just copied whose cursor is not in [since, until); how many.

    Shape: a record whose cursor cannot be read stays, to be judged as any is.
    """
    if not appended.explored:
        return 0
    column = _cursor_column(layout)
    read = casts.read("e.data", column.path, column.type)
    statement = SQL["take_out"].format(
        explore=Tables.of(layout.table).explore,
        cursor=casts.cast(f"({read})", column.type, guarded=True),
        type=column.type,
    )
    cursor = lane.cursor()
    await cursor.execute(SQL["find_by_batch"])
    done = await cursor.execute(statement, (batch_id, since, until))
    gone = {row[0] for row in await done.fetchall()}
    appended.explored -= len(gone)
    appended.mended = [(seq, record) for seq, record in appended.mended if seq not in gone]
    return len(gone)


def _cursor_column(layout: Layout) -> Column:
    column = layout.column_of(layout.cursor_field)
    assert column is not None  # noqa: S101  a cursor that has an order has a column
    return column
