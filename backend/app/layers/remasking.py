"""Masks that come late: what is published already is masked too."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from app.core.catalog import Path
from app.core.errors import ViewsInTheWay
from app.core.layout import Column, Layout
from app.database.identifiers import Table, quote
from app.database.pool import Connection
from app.database.queries import load
from app.layers import shadow, tables
from app.layers.masking import Masking, Parameters
from app.layers.tables import Masks, Tables

log = structlog.get_logger(__name__)

SQL = load(__file__)


async def mask_backwards(
    connection: Connection, layout: Layout, fresh: Masking, before: Masks, after: Masks
) -> None:
    """Replace by tokens what chart and history hold of paths that have just turned personal.

    Shape: what is being made beside them was masked before, and goes.
    """
    await shadow.sweep(connection, layout)
    published = Tables.of(layout.table)
    held_by = [published.chart, *([published.history] if layout.has_key else [])]
    await tables.drop_views(connection, layout)
    for column in (*layout.columns, *layout.variants):
        is_token = column.name in before.columns
        if is_token or not fresh.touches(column.path):
            continue
        parameters = Parameters()
        expression = fresh.published(column, before, parameters)
        if expression == quote(column.name):
            continue
        retype = before.type_of(column) is not after.type_of(column)
        for table in held_by:
            await _replace(
                connection, table, column.name, expression, parameters.values, retype=retype
            )
        log.info("masked_backwards", stream=str(layout.descriptor), column=column.name)
    if layout.has_rest:
        parameters = Parameters()
        fields = frozenset(layout.fields)
        expression = fresh.rest("_atlas_rest", fields, parameters)
        for table in held_by:
            await _replace(
                connection, table, "_atlas_rest", expression, parameters.values, retype=False
            )
    await tables.ensure_views(connection, layout)
    await tables.show_to_readers(connection, layout, after)


async def lift(connection: Connection, layout: Layout, lifted: frozenset[str]) -> bool:
    """Give columns that are masked no more their own types again where no row has a value in them; true if one had
    another.

    Shape: a column with values stays text, tokens and what comes beside them, until it is rebuilt; so does each
           while somebody else's views stand on the tables.
    """
    texts = lifted & await tables.kept_as_text(connection, layout)
    published = Tables.of(layout.table)
    held_by = [published.chart, *([published.history] if layout.has_key else [])]
    columns = [column for column in layout.columns if column.name in texts]
    empty = [c for c in columns if not await _has_value(connection, held_by, c)]
    if not empty:
        return False
    try:
        async with connection.transaction():
            await tables.drop_views(connection, layout)
            await tables.require_no_views(connection, *held_by)
            for table in held_by:
                for column in empty:
                    names = {"table": table, "column": quote(column.name), "type": column.type}
                    await connection.execute(SQL["retype_empty"].format(**names))
            await tables.ensure_views(connection, layout)
    except ViewsInTheWay:
        log.info("mask_lifted_from_text", stream=str(layout.descriptor), columns=len(empty))
        return False
    return True


@dataclass(frozen=True, slots=True)
class Held:
    """How many published rows have a value where a mask would come or go."""

    rows: int
    versions: int


async def held(connection: Connection, layout: Layout, path: Path) -> Held:
    """Shape: of what has no column of its own, of the column that it lies in; nothing before the first promotion."""
    column = next(
        (c for length in range(len(path), 0, -1) if (c := layout.column_at(path[:length]))), None
    )
    name = quote(column.name) if column else "_atlas_rest"
    published = Tables.of(layout.table)
    if not await tables.exists(connection, published.chart) or not (column or layout.has_rest):
        return Held(0, 0)
    statement = SQL["held"]
    rows = await connection.fetchval(statement.format(table=published.chart, column=name))
    versions = 0
    if layout.has_key:
        query = statement.format(table=published.history, column=name)
        versions = await connection.fetchval(query)
    return Held(rows, versions)


async def _has_value(connection: Connection, held_by: Sequence[Table], column: Column) -> bool:
    for table in held_by:
        statement = SQL["has_value"].format(table=table, column=quote(column.name))
        if await connection.fetchval(statement):
            return True
    return False


async def _replace(
    connection: Connection,
    table: Table,
    column: str,
    expression: str,
    values: list[object],
    *,
    retype: bool,
) -> None:
    """Replace a column's values by tokens in rows that are already published.

    Shape: `expression` is over the column itself; `retype` if the column must become text, which
           is done by a new column, because ALTER ... USING takes no bound key.
    """
    names = {"table": table, "column": quote(column), "expression": expression}
    if not retype:
        await connection.execute(SQL["remask"].format(**names), *values)
        return
    await connection.execute(SQL["add_masked"].format(**names))
    await connection.execute(SQL["fill_masked"].format(**names), *values)
    await connection.execute(SQL["replace_by_masked"].format(**names))
