"""A stream's tables as a whole: renamed together, dropped together, and who else stands on them."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.layout import Layout
from app.database.identifiers import LONGEST_IDENTIFIER, Table, quote
from app.database.pool import Connection
from app.database.queries import load
from app.layers import leaves, shadow, staging, tables
from app.layers.tables import RowCount, Tables

SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Standing:
    """A table that is there. Shape: no `rows` of a view."""

    table: Table
    rows: RowCount | None


def relations(layout: Layout) -> Sequence[Table]:
    """All that a stream has in PostgreSQL or could have, but for its function."""
    own = Tables.of(layout.table)
    children = [Table("chart", child.table) for child in layout.children]
    return [own.explore, own.chart, *children, own.history, own.keys, own.navigate, own.current]


async def there(connection: Connection, layout: Layout) -> Sequence[Table]:
    """Those that exist, whoever has made them."""
    names = {str(table): table for table in relations(layout)}
    return [names[row["name"]] for row in await connection.fetch(SQL["there"], list(names))]


async def standing(connection: Connection, layout: Layout) -> Sequence[Standing]:
    """A stream's tables below navigate's views with their rows; those of explore are in the books."""
    own = Tables.of(layout.table)
    views = {own.navigate, own.current}
    return [
        Standing(
            table,
            None
            if table in views or table == own.explore
            else await tables.about(connection, table),
        )
        for table in await there(connection, layout)
    ]


async def dependents(connection: Connection, layout: Layout) -> Sequence[str]:
    """Views of others that would break if the tables went; a rename they follow."""
    names = [str(table) for table in relations(layout)]
    return [row["name"] for row in await connection.fetch(SQL["dependents"], names)]


async def rename(connection: Connection, old: Layout, new: Layout) -> None:
    """Let all tables, views and the function of a stream be called after its new name.

    Shape: `new` is `old` with other names; views of others go on; who reads waits until the transaction ends.
    """
    await _sweep(connection, old)
    was, becomes = Tables.of(old.table), Tables.of(new.table)
    await leaves.rename(connection, was.explore, becomes.explore)
    await connection.execute(
        SQL["rename"].format(
            explore=was.explore, new_explore=quote(becomes.explore.name),
            brin=quote(f"{was.explore.name}_brin"), new_brin=quote(f"{becomes.explore.name}_brin"),
            chart=was.chart, new_chart=quote(becomes.chart.name),
            key_index=quote(was.keys.name), new_key_index=quote(becomes.keys.name),
            history=was.history, new_history=quote(becomes.history.name),
            keys=was.keys, new_keys=quote(becomes.keys.name),
            navigate=was.navigate, new_navigate=quote(becomes.navigate.name),
            current=was.current, new_current=quote(becomes.current.name),
        )
    )  # fmt: skip
    function = f"{was.as_of}(timestamptz, timestamptz)"
    if await connection.fetchval(SQL["has_function"], function):
        await connection.execute(
            SQL["rename_as_of"].format(as_of=was.as_of, new_as_of=quote(becomes.as_of.name))
        )
    for child, renamed in zip(old.children, new.children, strict=True):
        names = {"child": Table("chart", child.table), "new_child": quote(renamed.table)}
        await connection.execute(SQL["rename_child"].format(**names))
    if await tables.exists(connection, becomes.chart):
        await tables.ensure_views(connection, new)


async def drop(connection: Connection, layout: Layout) -> None:
    """Drop all that a stream has; the caller has made sure that nobody else stands on it."""
    await _sweep(connection, layout)
    own = Tables.of(layout.table)
    views = (own.navigate, own.current)
    everything = ", ".join(str(table) for table in relations(layout) if table not in views)
    await connection.execute(
        SQL["drop"].format(
            as_of=own.as_of, navigate=own.navigate, current=own.current, everything=everything
        )
    )


async def _sweep(connection: Connection, layout: Layout) -> None:
    """Drop what an attempt that died has left under the stream's name."""
    await staging.sweep(connection, layout)
    if len(shadow.shadow_of(layout).table) + len("__history") <= LONGEST_IDENTIFIER:
        await shadow.drop(connection, layout)
