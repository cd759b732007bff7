"""Child tables: the items of arrays as rows of their own, beside the JSON, in chart alone.

A child table is a function of chart: it is made of the JSON that chart's rows hold, masked already. Its
rows say which row they lie in by its key and its place, so that what has changed is found by these.
"""

from collections.abc import Collection, Iterator

from app.core.catalog import Path
from app.core.findings import ITEMS
from app.core.layout import Child, Column, Layout
from app.core.schema import ColumnType
from app.database.identifiers import Table, quote
from app.database.pool import Connection
from app.database.queries import load
from app.layers import casts
from app.layers.staging import Staged
from app.layers.tables import Tables, exists

SQL = load(__file__)


async def follow(connection: Connection, staged: Staged) -> None:
    """Bring a stream's child tables in step with what of a range was just written to chart.

    Shape: a row that is replaced or deleted loses its items; an item that is no object, where objects
           are declared, and a value that does not fit its column are null: the row's JSON has them.
    """
    layout = staged.layout
    of_key = SQL["of_key"] if layout.is_one_row_a_key else ""
    written = SQL["written"].format(staging=staged.table, of_key=of_key)
    for child, column in _held(layout):
        names = _names(layout, child, column, staged.masked_items)
        if not await exists(connection, Table("chart", child.table)):
            await connection.execute(SQL["create"].format(**names))
        if layout.is_one_row_a_key:
            await connection.execute(SQL["forget"].format(**names, staging=staged.table))
        await connection.execute(SQL["fill"].format(**names, written=written))


async def rebuild(connection: Connection, layout: Layout, masked: Collection[Path]) -> None:
    """Make a stream's child tables anew of chart: their columns or masks are others than before.

    Shape: a table whose columns stay the same stays itself, for views may stand on it; `masked` are the paths within arrays that are tokens; nothing is done where chart is not made yet.
    """
    if not await exists(connection, Tables.of(layout.table).chart):
        return
    for child, column in _held(layout):
        names = _names(layout, child, column, masked)
        wanted = [(each.name, _type(each, masked)) for each in child.columns]
        if await connection.fetchval(SQL["is_as"], str(names["child"]), *zip(*wanted, strict=True)):
            await connection.execute(SQL["empty"].format(**names))
        else:
            await connection.execute(SQL["drop"].format(**names))
            await connection.execute(SQL["create"].format(**names))
        await connection.execute(SQL["fill"].format(**names, written=""))


async def empty(connection: Connection, layout: Layout) -> None:
    """Take every row out, as chart loses all of its own."""
    for child in layout.children:
        table = Table("chart", child.table)
        if await exists(connection, table):
            await connection.execute(SQL["empty"].format(child=table))


def _held(layout: Layout) -> Iterator[tuple[Child, Column]]:
    """The child tables whose arrays chart has in a column of their own, as JSON."""
    for child in layout.children:
        column = layout.column_of((child.field,))
        if column is not None and column.type is ColumnType.JSONB:
            yield child, column


def _names(
    layout: Layout, child: Child, column: Column, masked: Collection[Path]
) -> dict[str, object]:
    key = layout.is_one_row_a_key
    types = [_type(each, masked) for each in child.columns]
    named = list(zip(child.columns, types, strict=True))
    return {
        "child": Table("chart", child.table),
        "chart": Tables.of(layout.table).chart,
        "column": quote(column.name),
        "parent": "_atlas_key_hash" if key else "_atlas_batch_id, _atlas_seq",
        "columns": ",\n    ".join(f"{quote(each.name)} {type_}" for each, type_ in named),
        "names": ", ".join(quote(each.name) for each in child.columns),
        "values": ", ".join(_value(each, type_) for each, type_ in named),
    }


def _type(column: Column, masked: Collection[Path]) -> ColumnType:
    is_token = column.path in masked and column.type is not ColumnType.JSONB
    return ColumnType.TEXT if is_token else column.type


def _value(column: Column, type_: ColumnType) -> str:
    """What a column holds of an item, which PostgreSQL is never asked to cast where it does not fit."""
    inner = column.path[column.path.index(ITEMS) + 1 :]
    if inner:
        raw = casts.read("e.item", inner, type_)
    else:
        raw = "nullif(e.item, 'null')" if type_ is ColumnType.JSONB else "(e.item #>> '{}')"
    return casts.cast(f"({raw})", type_, guarded=True)
