"""A second set of a stream's published tables, made again from explore, held against the first, and put in
its place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.layout import Column, Layout
from app.database.identifiers import Table, quote
from app.database.pool import Connection
from app.database.queries import load
from app.layers import casts, staging, tables
from app.layers.tables import Masks, Tables, column_list

SQL = load(__file__)

SUFFIX = "__rebuilt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two tables of rows stand to each other, by their keys and the values of their columns.

    Shape: `missing` are in the published table alone, `extra` in the rebuilt one alone; `examples` are keys
           of some of those that are not equal: hashes, or a batch and a place in it.
    """

    equal: int
    different: int
    missing: int
    extra: int
    examples: Sequence[str] = ()

    @property
    def is_equal(self) -> bool:
        return not (self.different or self.missing or self.extra)

    @property
    def would_empty(self) -> bool:
        """True if the rebuilt table has no row, and the published one has."""
        return bool(self.missing) and not (self.equal or self.different or self.extra)


def shadow_of(layout: Layout) -> Layout:
    """The layout of the second set: the same stream under another name, without child tables.

    Shape: the stream's number, for its own name may be as long as a name can be.
    """
    return replace(layout, table=f"{layout.stream_id}{SUFFIX}", children=())


async def make(
    connection: Connection, layout: Layout, masks: Masks, *, since: datetime | None = None, has_history: bool = True
) -> None:  # fmt: skip
    """Make the second set, empty but for history that is not made again, which is as it is: that of epochs that
    are over, and what was recorded before `since`, whose newest versions stand then.

    Shape: what an attempt before has left of it goes; `has_history` is false of a stream that gets its key now.
    """
    shadow, names = shadow_of(layout), _names(layout)
    has_past = layout.has_key and has_history and bool(layout.epoch or since)
    texts = (await tables.kept_as_text(connection, layout)) - masks.columns if has_past else ()
    lifted = [column for column in layout.columns if column.name in texts]
    hidden = [c.name for c in lifted if await has_tokens(connection, layout, c, since)]
    await drop(connection, layout)
    await tables.ensure_published(connection, shadow, masks.beside(frozenset(hidden)))
    if has_past:
        typed = [column for column in lifted if column.name not in hidden]
        await connection.execute(SQL["copy_past"].format(**names, past=_past(layout, typed)), since)
    if layout.has_key and since:
        await connection.execute(SQL["stand_again"].format(**names))


async def has_tokens(
    connection: Connection, layout: Layout, column: Column, since: datetime | None
) -> bool:
    """True if history that is not made again has tokens, or what else is no value of its type, in a column that
    was masked once. Shape: `since` as of `make`."""
    fields = _names(layout) | {"column": quote(column.name), "value": _typed(column)}
    found: bool = await connection.fetchval(SQL["has_tokens"].format(**fields), since)
    return found


async def drop(connection: Connection, layout: Layout) -> None:
    shadow = shadow_of(layout)
    await tables.drop_views(connection, shadow)
    await connection.execute(SQL["drop"].format(**_names(layout)))


async def sweep(connection: Connection, layout: Layout) -> None:
    """Drop what was made by an attempt that did not end, and staged for it: readers could read it for ever, and no mask
    that comes later would reach it."""
    shadow = shadow_of(layout)
    if await tables.exists(connection, Tables.of(shadow.table).chart):
        await staging.sweep(connection, shadow)
        await drop(connection, layout)


async def compare_charts(connection: Connection, layout: Layout) -> Comparison:
    """Chart against its rebuilt twin."""
    keys = ["_atlas_key_hash"] if layout.is_one_row_a_key else ["_atlas_batch_id", "_atlas_seq"]
    old, new = Tables.of(layout.table), Tables.of(shadow_of(layout).table)
    return await _compare(connection, layout, str(old.chart), str(new.chart), keys)


async def compare_histories(connection: Connection, layout: Layout) -> Comparison:
    """The versions that navigate shows against their rebuilt twins, by key and `valid_from`."""
    old, new = Tables.of(layout.table), Tables.of(shadow_of(layout).table)
    keys = ["key_hash", "valid_from"]
    return await _compare(connection, layout, str(old.navigate), str(new.navigate), keys)


async def swap(connection: Connection, layout: Layout) -> None:
    """Put the second set in the first one's place, which goes; readers wait until this commits.

    Errors: ViewsInTheWay.
    """
    await tables.drop_views(connection, layout)
    await tables.drop_views(connection, shadow_of(layout))
    published = Tables.of(layout.table)
    await tables.require_no_views(connection, published.chart, published.history)
    await connection.execute(SQL["replace_chart"].format(**_names(layout)))
    if layout.has_key and not layout.is_one_row_a_key:
        await connection.execute(SQL["rename_way_by_key"].format(**_names(layout)))
    if layout.has_key:
        await connection.execute(SQL["replace_history"].format(**_names(layout)))
    await tables.ensure_views(connection, layout)


async def _compare(
    connection: Connection, layout: Layout, old: str, new: str, keys: list[str]
) -> Comparison:
    fields = {
        "old": old,
        "new": new,
        "keys": ", ".join(keys),
        "values": f"ROW({column_list(layout)})::text",
    }
    row = await connection.fetchrow(SQL["compare"].format(**fields))
    assert row is not None  # noqa: S101  an aggregate has a row
    found = Comparison(**row)
    if found.is_equal:
        return found
    examples = await connection.fetch(SQL["examples"].format(**fields))
    return replace(found, examples=[example["key"] for example in examples])


def _past(layout: Layout, typed: Sequence[Column]) -> str:
    """The columns of a version as the second set has them: some are text in the first alone."""
    values = {quote(column.name): _typed(column) for column in typed}
    return ", ".join(values.get(name, name) for name in column_list(layout).split(", "))


def _typed(column: Column) -> str:
    return casts.cast(quote(column.name), column.type, guarded=True)


def _cursor_column(layout: Layout) -> str:
    column = layout.column_of(layout.cursor_field)
    return quote(column.name) if column else "_atlas_cursor"


def _names(layout: Layout) -> dict[str, object]:
    old, new = Tables.of(layout.table), Tables.of(shadow_of(layout).table)
    return {
        "chart": old.chart, "history": old.history, "keys": old.keys,
        "new_chart": new.chart, "new_history": new.history, "new_keys": new.keys,
        "epoch": layout.epoch, "names": column_list(layout),
        "cursor": "_atlas_cursor, " if layout.orders_by_cursor else "",
        "h_cursor": f"h.{_cursor_column(layout)}, " if layout.orders_by_cursor else "",
        "key_index": quote(f"{layout.table}__keys"),
        "new_key_index": Table("chart", f"{shadow_of(layout).table}__keys"),
        "chart_name": quote(old.chart.name), "history_name": quote(old.history.name),
        "keys_name": quote(old.keys.name),
    }  # fmt: skip
