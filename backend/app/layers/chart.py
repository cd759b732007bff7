"""Chart (silver): typed, masked rows; in deduped mode one row a primary key."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.layout import Layout, Strategy
from app.database.pool import Connection, RowIsThere, run
from app.database.queries import load
from app.layers import children
from app.layers.staging import Staged
from app.layers.tables import Tables, column_list, standing_rows

SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Fates:
    """What became of a batch's rows; their sum is what explore has of it."""

    charted: int
    superseded: int
    quarantined: int
    deleted: int


async def insert_new(connection: Connection, staged: Staged, recorded_at: datetime) -> bool:
    """Write a range if each of its rows is good and begins a key; false: nothing is written."""
    fields = _fields(staged.layout) | {"staging": staged.table}
    if not await connection.fetchval(SQL["looks_new"].format(**fields)):
        return False
    statement = SQL["insert_new"].format(**fields)
    try:
        await run(connection, statement, recorded_at, staged.layout.schema_version)
    except RowIsThere:
        return False
    return True


async def find_by_key(connection: Connection) -> None:
    """Until the transaction ends, let a range's rows find those of chart by their keys."""
    await connection.execute(SQL["find_by_key"])


async def choose(connection: Connection, staged: Staged) -> None:
    """Say of every staged row what becomes of it, in a temporary table `choice`.

    Shape: `place` is the row's ctid, `fate` one of charted, superseded, quarantined, deleted.
           The newest of a key is the highest cursor, then the latest landed; a row that is older
           than the key's newest version is superseded also when it comes in a later range.
    """
    layout = staged.layout
    statement = "choose_newest" if layout.is_one_row_a_key else "choose_all"
    order = _order_column(layout)
    await connection.execute(
        SQL[statement].format(
            staging=staged.table,
            standing=standing_rows(layout),
            order=f"s.{order} DESC, " if order else "",
            stands=_is_newer(layout),
        )
    )


async def write(
    connection: Connection, staged: Staged, fates: Mapping[int, Fates], recorded_at: datetime
) -> None:
    """Write a range's chosen rows to chart; one equal to chart's stays.

    Shape: needs `choice`, and `facts` where chart has the newest versions.
    """
    layout = staged.layout
    is_whole = sum(fate.charted for fate in fates.values()) == staged.rows
    fields = _fields(layout) | {
        "staging": staged.table,
        "chosen": "" if is_whole else SQL["chosen"],
    }
    if not layout.is_one_row_a_key:
        await connection.execute(SQL["insert"].format(**fields))
        return
    await connection.execute(SQL["upsert"].format(**fields), recorded_at, layout.schema_version)
    await connection.execute(SQL["delete_marked"].format(**fields))


async def fates_by_batch(connection: Connection) -> dict[int, Fates]:
    """What became of a range's rows, by batch. Shape: needs `choice`."""
    found = await connection.fetch(SQL["fates_by_batch"])
    return {
        row["batch_id"]: Fates(
            row["charted"], row["superseded"], row["quarantined"], row["deleted"]
        )
        for row in found
    }


def with_sent_again(
    fates: Mapping[int, Fates], sent_again: Mapping[int, int]
) -> Mapping[int, Fates]:
    """What became of a range's rows, and of its records that chart has as they are, by batch."""
    nothing = Fates(0, 0, 0, 0)
    whole = dict(fates)
    for batch_id, records in sent_again.items():
        found = whole.get(batch_id, nothing)
        whole[batch_id] = replace(found, charted=found.charted + records)
    return whole


async def empty(connection: Connection, layout: Layout) -> None:
    """Take every row out, and the items of its arrays, in the caller's transaction: readers see the old ones until it commits."""
    await connection.execute(SQL["empty"].format(chart=Tables.of(layout.table).chart))
    await children.empty(connection, layout)


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


def _fields(layout: Layout) -> dict[str, object]:
    tables, names = Tables.of(layout.table), column_list(layout)
    by_cursor = layout.orders_by_cursor
    in_facts = layout.keeps_newest_in_chart
    by_look = in_facts and layout.strategy is Strategy.CHECK
    return {
        "chart": tables.chart,
        "keys": tables.keys,
        "names": names,
        "s_names": column_list(layout, "s."),
        "assignments": ", ".join(f"{name} = excluded.{name}" for name in names.split(", ")),
        "cursor": "_atlas_cursor, " if by_cursor else "",
        "s_cursor": "s._atlas_cursor, " if by_cursor else "",
        "set_cursor": "_atlas_cursor = excluded._atlas_cursor, " if by_cursor else "",
        "valid_from": "facts.valid_from" if by_look else "s._atlas_valid_from",
        "as_facts": SQL["as_facts"] if in_facts else "",
    }
