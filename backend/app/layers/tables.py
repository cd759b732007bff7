"""The tables of a stream: their names, how they are made, who may read them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core.errors import ViewsInTheWay
from app.core.layout import Column, Layout
from app.core.schema import ColumnType
from app.database.identifiers import Table, literal, quote
from app.database.pool import Connection
from app.database.queries import load
from app.layers import casts, leaves

SQL = load(__file__)


COUNTED_BYTES = 8 * 2**20
"""A table up to this size is counted in some milliseconds."""


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many rows a table has. Shape: an estimate is by how many stand on a page."""

    rows: int
    is_estimate: bool


@dataclass(frozen=True, slots=True)
class Tables:
    """Every table of one stream."""

    explore: Table
    chart: Table
    navigate: Table
    history: Table
    keys: Table
    current: Table
    as_of: Table
    """A function, not a table: `as_of(instant, recorded until)`."""

    @classmethod
    def of(cls, name: str) -> "Tables":
        navigate = Table("navigate", name)
        return cls(
            explore=Table("explore", f"{name}_raw"),
            chart=Table("chart", name),
            navigate=navigate,
            history=navigate.beside("__history"),
            keys=navigate.beside("__keys"),
            current=navigate.beside("__current"),
            as_of=navigate.beside("__as_of"),
        )


@dataclass(frozen=True, slots=True)
class Masks:
    """Which columns hold tokens, and are text for that reason. Shape: `has_cursor` if the cursor is masked."""

    columns: frozenset[str] = frozenset()
    has_cursor: bool = False

    def beside(self, columns: frozenset[str]) -> "Masks":
        """These, and columns that are text because they held tokens once."""
        return replace(self, columns=self.columns | columns)

    def type_of(self, column: Column) -> ColumnType:
        if column.name in self.columns and column.type is not ColumnType.JSONB:
            return ColumnType.TEXT
        return column.type


async def ensure_explore(connection: Connection, layout: Layout) -> None:
    """Make the stream's explore table where it is not there, with the part that is filled now.

    Shape: a table from before there were parts becomes the first of them, and is read once for that.
    """
    explore = Tables.of(layout.table).explore
    before = None
    if await leaves.is_whole(connection, explore):
        before = await leaves.set_aside(connection, explore)
    await connection.execute(SQL["create_explore"].format(**_names(layout)))
    if before is not None:
        await leaves.attach_first(connection, explore, before)
    await leaves.ensure_open(connection, explore)


async def ensure_published(connection: Connection, layout: Layout, masks: Masks) -> None:
    """Make the stream's chart and navigate tables and views where they are not there.

    Errors: none that a caller can mend; it is idempotent and runs in the caller's transaction.
    """
    names = _names(layout) | {
        "columns": definitions(layout, masks),
        "chart_key": "_atlas_key_hash"
        if layout.is_one_row_a_key
        else "_atlas_batch_id, _atlas_seq",
        "cursor": f"_atlas_cursor {layout.cursor_type}," if layout.orders_by_cursor else "",
    }
    names["version"] = SQL["version"].format(**names) if layout.is_one_row_a_key else ""
    await connection.execute(SQL["create_chart"].format(**names))
    await ensure_way_by_key(connection, layout)
    if layout.has_key:
        await connection.execute(SQL["create_history"].format(**names))
    await ensure_views(connection, layout)
    await show_to_readers(connection, layout, masks)


async def show_to_readers(connection: Connection, layout: Layout, masks: Masks) -> None:
    """Let who may read what is masked read chart, but not beside the token of a cursor the order that it has in clear:
    navigate has these rows without it."""
    has_order = layout.is_one_row_a_key and layout.orders_by_cursor
    statement = SQL["hide_chart" if has_order and masks.has_cursor else "show_chart"]
    await connection.execute(statement.format(chart=Tables.of(layout.table).chart))


async def catch_up(connection: Connection, layout: Layout, masks: Masks) -> None:
    """Bring tables that an older Atlas has made to what is made today."""
    await ensure_way_by_key(connection, layout)
    if masks.has_cursor:
        await show_to_readers(connection, layout, masks)


async def ensure_way_by_key(connection: Connection, layout: Layout) -> None:
    """Let chart's rows be found by their key, where the key is not chart's own already."""
    if layout.has_key and not layout.is_one_row_a_key:
        await connection.execute(SQL["create_way_by_key"].format(**_names(layout)))


async def ensure_views(connection: Connection, layout: Layout) -> None:
    """Make the views of navigate; a stream without a key shows chart itself."""
    names = _names(layout)
    if not layout.has_key:
        await connection.execute(SQL["create_plain_view"].format(**names))
        return
    in_chart = layout.keeps_newest_in_chart
    versions = SQL["past_and_newest_versions" if in_chart else "all_versions"].format(**names)
    newest = SQL["newest_in_chart" if in_chart else "newest_in_history"].format(**names)
    await connection.execute(
        SQL["create_history_views"].format(
            **names, intervals=_intervals(layout, versions, "{at}"), newest=newest
        )
    )
    recorded = SQL["recorded_until"].format(versions=versions)
    # an epoch goes on whose end was not recorded by then
    until_then = "CASE WHEN {recorded_at} <= $2 THEN {at} END"
    await connection.execute(
        SQL["create_as_of"].format(
            **names, intervals_recorded=_intervals(layout, recorded, until_then)
        )
    )


async def grow(
    connection: Connection, old: Layout, new: Layout, before: Masks, after: Masks
) -> None:
    """Bring a stream's published tables from one layout to the next: columns are added or widened.

    Shape: nothing is done where there are none yet; readers wait until the transaction ends.
    """
    names = Tables.of(new.table)
    if not await exists(connection, names.chart):
        return
    await drop_views(connection, old)
    known = {column.path: column for column in old.columns}
    kinds = [(known.get(column.path), after.type_of(column)) for column in new.columns]
    if any(was and before.type_of(was) is not wanted for was, wanted in kinds):
        await require_no_views(connection, names.chart, names.history)
    for table in [names.chart, *([names.history] if new.has_key else [])]:
        for column in new.columns:
            wanted = after.type_of(column)
            was = known.get(column.path)
            if was is None:
                await _alter(connection, "add_column", table, column, wanted)
            elif before.type_of(was) is not wanted:
                await _alter(connection, "retype_column", table, column, wanted)
        for variant in new.variants:
            if variant not in old.variants:
                await _alter(connection, "add_column", table, variant, variant.type)
        if new.has_rest and not old.has_rest:
            rest = {"table": table, "column": "_atlas_rest", "type": ColumnType.JSONB}
            await connection.execute(SQL["add_column"].format(**rest))
    await ensure_views(connection, new)


async def _alter(
    connection: Connection, statement: str, table: Table, column: Column, wanted: ColumnType
) -> None:
    name = quote(column.name)
    cast = f"to_jsonb({name})" if wanted is ColumnType.JSONB else f"{name}::{wanted}"
    await connection.execute(
        SQL[statement].format(table=table, column=name, type=wanted, cast=cast)
    )


async def holds_anything(connection: Connection, layout: Layout) -> bool:
    """True if chart or history have a row."""
    for table in (Tables.of(layout.table).chart, Tables.of(layout.table).history):
        if await exists(connection, table) and await connection.fetchval(
            SQL["has_rows"].format(table=table)
        ):
            return True
    return False


async def unmake(connection: Connection, layout: Layout) -> None:
    """Drop the stream's published tables, which have no rows: the next that is published makes them anew."""
    await drop_views(connection, layout)
    await connection.execute(SQL["drop_published"].format(**_names(layout)))


async def drop_views(connection: Connection, layout: Layout) -> None:
    """Drop navigate's views, to be made again: a column under them is about to change its type.

    Errors: ViewsInTheWay if somebody else's stand on them.
    """
    names = Tables.of(layout.table)
    await require_no_views(connection, names.navigate, names.current)
    await connection.execute(SQL["drop_views"].format(**_names(layout)))


async def require_no_views(connection: Connection, *read: Table) -> None:
    """Errors: ViewsInTheWay if views stand on some tables or views."""
    found = await connection.fetch(SQL["views_on"], [str(table) for table in read])
    if found:
        listed = ", ".join(row["name"] for row in found)
        raise ViewsInTheWay(
            f"{listed} read what is to be made anew. Drop them, let it be done, and make them again.",
            views=listed,
        )


def column_list(layout: Layout, prefix: str = "") -> str:
    """The stream's own columns, `_atlas_rest`, variants and `_airbyte_meta`, quoted, in order."""
    names = [column.name for column in layout.columns]
    names += ["_atlas_rest"] if layout.has_rest else []
    names += [variant.name for variant in layout.variants]
    return ", ".join(prefix + quote(name) for name in [*names, "_airbyte_meta"])


def newest_versions(layout: Layout) -> str:
    """A relation with the newest version of every key that history knows, without its values.

    Shape: key_hash, valid_from, `_atlas_cursor` where versions are in its order, row_hash,
           is_deleted, schema_version, `_atlas_batch_id`, `_atlas_seq`.
    """
    if not layout.keeps_newest_in_chart:
        return str(Tables.of(layout.table).keys)
    alive, gone = (_narrow(layout, SQL[name]) for name in ("rows_of_chart", "rows_of_keys"))
    return f"({alive} UNION ALL {gone})"


def standing_rows(layout: Layout) -> str:
    """The same of what a row must be newer than to get into chart: where a generation replaces
    another, of the rows of its own that are there already."""
    if layout.sync_mode.overwrites:
        return "(" + _narrow(layout, SQL["rows_of_chart"]) + ")"
    return newest_versions(layout)


def _narrow(layout: Layout, statement: str) -> str:
    tables = Tables.of(layout.table)
    cursor = "_atlas_cursor, " if layout.orders_by_cursor else ""
    return statement.format(chart=tables.chart, keys=tables.keys, cursor=cursor)


def definitions(layout: Layout, masks: Masks) -> str:
    """`name type` of the stream's own columns, for CREATE TABLE."""
    lines = [f"{quote(column.name)} {masks.type_of(column)}" for column in layout.columns]
    lines += ["_atlas_rest jsonb"] if layout.has_rest else []
    lines += [f"{quote(variant.name)} jsonb" for variant in layout.variants]
    return ",\n    ".join([*lines, "_airbyte_meta jsonb"])


def _names(layout: Layout) -> dict[str, object]:
    tables = Tables.of(layout.table)
    return {
        "explore": tables.explore,
        "key_index": quote(f"{layout.table}__keys"),  # no table of chart is called so
        "chart": tables.chart,
        "navigate": tables.navigate,
        "history": tables.history,
        "keys": tables.keys,
        "current": tables.current,
        "as_of": tables.as_of,
        "names": column_list(layout),
        "h_names": column_list(layout, "h."),
        "c_names": column_list(layout, "c."),
        "epoch": layout.epoch,
    }


def _intervals(layout: Layout, versions: str, ended: str) -> str:
    """The statement that makes intervals of versions; `ended` is what an epoch's end is written as: `at`, `recorded_at`."""
    statement = SQL["intervals_in_epochs" if layout.epoch else "intervals"]
    return statement.format(**_names(layout), versions=versions, epochs=_epochs(layout, ended))


def _epochs(layout: Layout, ended: str) -> str:
    """The epochs as rows of VALUES: number, when it began, when it ended or null."""
    since, rows = _instant("-infinity"), []
    for number, clear in enumerate(layout.clears):
        at, recorded_at = (_instant(each.isoformat()) for each in (clear.at, clear.recorded_at))
        rows.append(f"({number}, {since}, {ended.format(at=at, recorded_at=recorded_at)})")
        since = at
    return ", ".join([*rows, f"({layout.epoch}, {since}, NULL::timestamptz)"])


def _instant(text: str) -> str:
    return f"{literal(text)}::timestamptz"


async def exists(connection: Connection, table: Table) -> bool:
    return await connection.fetchval(SQL["exists"], table.schema, table.name) is not None


async def kept_as_text(connection: Connection, layout: Layout) -> frozenset[str]:
    """The columns that are text in chart, and in history with it, though they are of another type: those
    that are masked, and those that were masked once and have tokens still.

    Shape: none where chart is not made yet.
    """
    rows = await connection.fetch(SQL["texts"], str(Tables.of(layout.table).chart))
    texts = {row["name"] for row in rows}
    typed = {column.name for column in layout.columns if column.type not in casts.AS_SENT}
    return frozenset(typed & texts)


async def has_rows(connection: Connection, table: Table) -> bool:
    """True if a table is made and has a row."""
    if not await exists(connection, table):
        return False
    found: bool = await connection.fetchval(SQL["has_rows"].format(table=table))
    return found


async def size_of(connection: Connection, table: Table) -> int:
    """The rows of a table or view, counted; 0 where it is not made yet."""
    if not await exists(connection, table):
        return 0
    count: int = await connection.fetchval(SQL["count"].format(table=table))
    return count


async def about(connection: Connection, table: Table) -> RowCount | None:
    """The rows of a table, counted while that is cheap, else estimated; none where it is not made yet."""
    extent = await connection.fetchrow(SQL["extent"], table.schema, table.name)
    if extent is None:
        return None
    rows, size_bytes = extent["rows"], extent["size_bytes"]
    if size_bytes <= COUNTED_BYTES:
        rows = await connection.fetchval(SQL["count"].format(table=table))
        return RowCount(rows, is_estimate=False)
    if rows < 0:
        share = COUNTED_BYTES / size_bytes
        rows = await connection.fetchval(SQL["count_some"].format(table=table), 100 * share) / share
    return RowCount(round(rows), is_estimate=True)


async def sizes(connection: Connection, names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Per stream table: rows of chart, and current rows of navigate."""
    found = {}
    for name in names:
        tables = Tables.of(name)
        current = await size_of(connection, tables.current)
        found[name] = (await size_of(connection, tables.chart), current)
    return found
