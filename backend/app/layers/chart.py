"""Chart (silver): typed, masked rows; in deduped mode one row a primary key."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.layout import Layout, Strategy
from app.database.identifiers import Table, quote
from app.database.pool import Connection
from app.database.queries import load
from app.layers import staging
from app.layers.staging import Staged
from app.layers.tables import Tables, column_list

SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Published:
    """What a range did to chart: rows written, rows taken out."""

    written: int
    deleted: int


@dataclass(frozen=True, slots=True)
class Fates:
    """What became of a batch's rows; their sum is what explore has of it."""

    charted: int
    superseded: int
    quarantined: int
    deleted: int


async def choose(connection: Connection, staged: Staged) -> None:
    """Say of every staged row what becomes of it, in a temporary table `choice`.

    Shape: `place` is the row's ctid, `fate` one of charted, superseded, quarantined, deleted.
           The newest of a key is the highest cursor, then the latest landed; a row that is older
           than the key's newest version is superseded also when it comes in a later range.
    """
    layout = staged.layout
    statement = "choose_newest" if layout.sync_mode.dedupes else "choose_all"
    order = _order_column(layout)
    await connection.execute(
        SQL[statement].format(
            staging=staged.table,
            keys=Tables.of(layout.table).keys,
            order=f"s.{order} DESC, " if order else "",
            stands=_is_newer(layout),
        )
    )


async def insert_new(connection: Connection, staged: Staged) -> dict[int, Fates]:
    """Write a range of which every row begins a key: nothing to look up; all charted, by batch."""
    layout = staged.layout
    fields = {
        "chart": Tables.of(layout.table).chart,
        "staging": staged.table,
        "names": column_list(layout),
        "s_names": column_list(layout, "s."),
        "chosen": "",
    }
    await connection.execute(SQL["insert"].format(**fields))
    counted = await staging.rows_by_batch(connection, staged)
    return {batch_id: Fates(rows, 0, 0, 0) for batch_id, rows in counted.items()}


async def upsert(connection: Connection, staged: Staged, fates: Mapping[int, Fates]) -> Published:
    """Write a range's chosen rows to chart. Shape: needs `choice`; a row equal to chart's stays."""
    layout = staged.layout
    is_whole = sum(fate.charted for fate in fates.values()) == staged.rows
    names = column_list(layout)
    statement = "upsert" if layout.sync_mode.dedupes else "insert"
    assignments = ", ".join(f"{name} = excluded.{name}" for name in names.split(", "))
    fields = {
        "chart": Tables.of(layout.table).chart,
        "staging": staged.table,
        "names": names,
        "s_names": column_list(layout, "s."),
        "assignments": assignments,
        "chosen": "" if is_whole else SQL["chosen"],
    }
    written = _count(await connection.execute(SQL[statement].format(**fields)))
    deleted = 0
    if layout.sync_mode.dedupes:
        deleted = _count(await connection.execute(SQL["delete_marked"].format(**fields)))
    return Published(written, deleted)


async def fates_by_batch(connection: Connection) -> dict[int, Fates]:
    """What became of a range's rows, by batch. Shape: needs `choice`."""
    found = await connection.fetch(SQL["fates_by_batch"])
    return {
        row["batch_id"]: Fates(
            row["charted"], row["superseded"], row["quarantined"], row["deleted"]
        )
        for row in found
    }


async def empty(connection: Connection, layout: Layout) -> None:
    """Take every row out, in the caller's transaction: readers see the old ones until it commits."""
    await connection.execute(SQL["empty"].format(chart=Tables.of(layout.table).chart))


async def mask_backwards(
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


def _is_newer(layout: Layout) -> str:
    """The condition under which a staged row `s` is at least as new as its key's newest, `k`."""
    order = _order_column(layout)
    if order is None:
        return "(s._atlas_batch_id, s._atlas_seq) >= (k._atlas_batch_id, k._atlas_seq)"
    stored = "valid_from" if layout.strategy is Strategy.TIMESTAMP else "_atlas_cursor"
    return f"(s.{order}, s._atlas_batch_id, s._atlas_seq) >= (k.{stored}, k._atlas_batch_id, k._atlas_seq)"


def _order_column(layout: Layout) -> str | None:
    if layout.strategy is Strategy.TIMESTAMP:
        return "_atlas_valid_from"
    return "_atlas_cursor" if layout.orders_by_cursor else None


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
