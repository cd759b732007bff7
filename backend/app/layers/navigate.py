"""Navigate (gold): the history of a stream's rows, by insert only (SCD type 2).

Where chart has one row a key, that row is the newest version: history gets it when a newer one takes
its place, so no version is stored twice (decision 0018).
"""

from collections.abc import Sequence
from datetime import datetime

from app.core.layout import Layout, Strategy
from app.database.identifiers import quote
from app.database.pool import Connection
from app.database.queries import load
from app.layers.staging import Staged
from app.layers.tables import Tables, column_list, kept_as_text, newest_versions

SQL = load(__file__)


async def find(connection: Connection, staged: Staged) -> int:
    """Find what a range adds to history, in a temporary table `facts`; how many.

    Shape: under `timestamp` every fact counts, also one equal to its predecessor, because a late
           row may come between; under `check` an unchanged row is no fact. A range that was
           merged before has none.
    """
    layout = staged.layout
    fields = _fields(layout) | {"staging": staged.table}
    if layout.strategy is Strategy.TIMESTAMP:
        made = await connection.execute(SQL["facts_by_time"].format(**fields))
    else:
        statement = "facts_by_columns" if layout.check_cols else "facts_by_check"
        looks = SQL["looks"].format(**fields)
        made = await connection.execute(SQL[statement].format(**fields, looks=looks))
    return int(made.rpartition(" ")[2])


async def retire(connection: Connection, staged: Staged, recorded_at: datetime) -> None:
    """Take over from chart the versions that `facts` replace, before chart loses them."""
    fields = _fields(staged.layout) | {"staging": staged.table}
    if staged.layout.check_cols:
        as_kept = await _as_kept(connection, staged.layout)
        await connection.execute(SQL["touch_chart"].format(**fields, s_as_kept=as_kept))
    await connection.execute(SQL["retire"].format(**fields), recorded_at)


async def merge(
    connection: Connection, staged: Staged, recorded_at: datetime, *, goes_on: bool
) -> None:
    """Insert the versions of `facts`, but for those whose values chart has, and move the keys.

    Shape: `recorded_at` rises from promotion to promotion of a stream; `goes_on` if a range before this one was
           published with it, and recorded at the same instant.
    """
    layout = staged.layout
    fields = _fields(layout) | {"staging": staged.table}
    if layout.check_cols and not layout.keeps_newest_in_chart:
        as_kept = await _as_kept(connection, layout)
        await connection.execute(SQL["touch_history"].format(**fields, s_as_kept=as_kept))
        await connection.execute(SQL["touch_keys"].format(**fields))
    await connection.execute(
        SQL["insert_versions"].format(**fields), recorded_at, layout.schema_version
    )
    await connection.execute(SQL["move_keys"].format(**fields), recorded_at, layout.schema_version)
    if layout.keeps_newest_in_chart:
        await connection.execute(SQL["forget_gone"].format(**fields))
        if goes_on:
            await connection.execute(SQL["forget_same"].format(**fields), recorded_at)


async def versions_by_batch(connection: Connection) -> dict[int, int]:
    """The versions that a range brings, by batch. Shape: needs `facts`."""
    found = await connection.fetch(SQL["versions_by_batch"])
    return {row["batch_id"]: row["versions"] for row in found}


async def bring_back(
    connection: Connection,
    layout: Layout,
    staged: Sequence[Staged],
    recorded_at: datetime,
    back_at: datetime,
) -> None:
    """Begin anew the keys that were gone and are in a full refresh, by an instant that is not newer.

    Shape: `staged` is the whole new generation, merged already; of a key that is in it more than once the row
           counts that chart has.
    """
    if not staged:
        return
    fields = _fields(layout)
    await connection.execute(SQL["start_returned"].format(**fields, staging=staged[0].table))
    for number, part in enumerate(staged):
        statement = SQL["note_returned"].format(**fields, staging=part.table)
        await connection.execute(statement, number, staged[0].after)
    await connection.execute(SQL["leave_newest_returned"].format(**fields))
    for number, part in enumerate(staged):
        statement = SQL["bring_back"].format(**fields, staging=part.table)
        await connection.execute(statement, recorded_at, back_at, layout.schema_version, number)


async def end_missing(
    connection: Connection,
    layout: Layout,
    staged: Sequence[Staged],
    recorded_at: datetime,
    gone_at: datetime,
) -> int:
    """End the keys of which a full refresh has no record, good or bad; how many.

    Shape: `staged` is the whole new generation.
    """
    fields = _fields(layout)
    await connection.execute(SQL["start_seen"])
    for part in staged:
        await connection.execute(SQL["note_seen"].format(staging=part.table))
    await connection.execute(SQL["find_missing"].format(**fields))
    ended = await connection.execute(
        SQL["end_versions"].format(**fields), recorded_at, gone_at, layout.schema_version
    )
    await connection.execute(
        SQL["end_keys"].format(**fields), recorded_at, gone_at, layout.schema_version
    )
    return int(ended.rpartition(" ")[2])


async def end_epoch(connection: Connection, layout: Layout) -> None:
    """Leave all versions to history, and begin with no key; chart is emptied by the caller.

    Shape: what was alive ends when the epoch does, which the view says, so nothing is written for it.
    """
    fields = _fields(layout)
    if layout.keeps_newest_in_chart:
        await connection.execute(SQL["retire_all"].format(**fields))
    await connection.execute(SQL["forget_keys"].format(**fields))


async def forget(connection: Connection, layout: Layout) -> None:
    """Remove all versions and keys: there is no history of what was before."""
    fields = _fields(layout)
    await connection.execute(SQL["forget_versions"].format(**fields))
    await connection.execute(SQL["forget_keys"].format(**fields))


async def _as_kept(connection: Connection, layout: Layout) -> str:
    """The columns of a staged row `s`, to be held against chart's or history's: as text where these are."""
    texts = {f"s.{quote(name)}" for name in await kept_as_text(connection, layout)}
    names = column_list(layout, "s.").split(", ")
    return ", ".join(f"{name}::text" if name in texts else name for name in names)


def _fields(layout: Layout) -> dict[str, object]:
    tables = Tables.of(layout.table)
    by_cursor = layout.orders_by_cursor
    names, order = column_list(layout), _order_column(layout)
    return {
        "history": tables.history,
        "keys": tables.keys,
        "newest": newest_versions(layout),
        "epoch": layout.epoch,
        "is_as_before": SQL["as_before"] if layout.has_old_hashes else "false",
        "chart": tables.chart,
        "names": names,
        "assignments": ", ".join(f"{name} = s.{name}" for name in names.split(", ")),
        "excluded": ", ".join(f"{name} = excluded.{name}" for name in names.split(", ")),
        "h_names": column_list(layout, "h."),
        "s_names": column_list(layout, "s."),
        "c_names": column_list(layout, "c."),
        "past": SQL["past"] if layout.keeps_newest_in_chart else "",
        "gone": SQL["gone"] if layout.keeps_newest_in_chart else "",
        "cursor": "_atlas_cursor, " if by_cursor else "",
        "f_cursor": "f._atlas_cursor, " if by_cursor else "",
        "s_cursor": "s._atlas_cursor, " if by_cursor else "",
        "k_cursor": "k._atlas_cursor, " if by_cursor else "",
        "l_cursor": "l._atlas_cursor, " if by_cursor else "",
        "t_cursor": "t._atlas_cursor, " if by_cursor else "",
        "c_cursor": "c._atlas_cursor, " if by_cursor else "",
        "touched_cursor": "_atlas_cursor = t._atlas_cursor, " if by_cursor else "",
        "set_cursor": "_atlas_cursor = excluded._atlas_cursor, " if by_cursor else "",
        "back_cursor": "_atlas_cursor = s._atlas_cursor, " if by_cursor else "",
        "newest_first": f"s.{order} DESC, " if order else "",
        "s_order": f"s.{order}, " if order else "",
        "o_order": f"o.{order}, " if order else "",
        "r_order": f"r.{order}, " if order else "",
        "marker": "is_deleted OR " if by_cursor else "",
    }


def _order_column(layout: Layout) -> str | None:
    """The staged column that says before all else which of a key's rows is the newest, as in chart."""
    if layout.strategy is Strategy.TIMESTAMP:
        return "_atlas_valid_from"
    return "_atlas_cursor" if layout.orders_by_cursor else None
