"""Records that are sent again as they were: chart has the rows that they make.

A cursor that overlaps, or a source that tells all of its records each time, sends much that has not
changed. Such a record is charted like any that brings nothing new, without being typed, masked and audited
once more: what tells it apart is compared with the row that stands (decision 0057). It must stand still when
its range is published, for the range before it may have been published meanwhile.
"""

from collections.abc import Mapping
from dataclasses import replace

from app.core.layout import Layout, Strategy
from app.database.identifiers import Table
from app.database.pool import Connection, ValueDoesNotFit, run
from app.database.queries import load
from app.layers import explore
from app.layers.projection import Projection, Records
from app.layers.tables import Tables

SQL = load(__file__)

_TRIED = 200
"""Records by which it is told whether a range is worth being looked through."""


class NoLongerStands(Exception):
    """Another row has taken the place of one that a record was told by."""


def table_of(layout: Layout, last_batch: int) -> Table:
    """Where they are kept of a range; no staging table's name begins with a digit."""
    return Table("staging", f"{last_batch}_{layout.table}")


def can_be_told(layout: Layout) -> bool:
    """True of streams whose chart has each key's newest version, told apart by its record's hash."""
    return layout.keeps_newest_in_chart and layout.strategy is Strategy.TIMESTAMP


async def set_apart(
    connection: Connection, projection: Projection, records: Records, judged_by: str
) -> Mapping[int, int]:
    """Keep in a table of theirs which records are sent again as they stand; how many, by batch.

    Shape: nothing is kept, and no table made, where fewer than half of the first records are. A record that is
           not the only one of its key is none, and neither is one whose row was judged by other rules.
    """
    layout = projection.layout
    await connection.execute(SQL["begin"])
    names = {"chart": Tables.of(layout.table).chart, "sent_again": table_of(layout, records.last)}
    judged = (layout.stream_id, judged_by)
    tried = await _look(connection, projection, replace(records, first=_TRIED))
    found = await connection.fetchval(SQL["count_standing"].format(**names), *judged)
    if found * 2 < tried or not found:
        return {}
    await connection.execute(SQL["forget"])
    await _look(connection, projection, records)
    await connection.execute(SQL["create"].format(**names))
    await connection.execute(SQL["fill"].format(**names), *judged)
    by_batch = await connection.fetch(SQL["by_batch"].format(**names))
    return {row["batch_id"]: row["records"] for row in by_batch}


async def require_standing(connection: Connection, layout: Layout, last_batch: int) -> None:
    """Errors: NoLongerStands."""
    names = {"chart": Tables.of(layout.table).chart, "sent_again": table_of(layout, last_batch)}
    if await connection.fetchval(SQL["has_moved"].format(**names)):
        raise NoLongerStands


async def _look(connection: Connection, projection: Projection, records: Records) -> int:
    """Fill `looked`; how many."""
    await explore.read_by_range(connection)
    try:
        looked = await _fill(connection, projection, records)
    except ValueDoesNotFit:
        looked = await _fill(connection, replace(projection, guarded=True), records)
    await connection.execute(SQL["read_as_planned"])
    return looked


async def _fill(connection: Connection, projection: Projection, records: Records) -> int:
    statement = projection.hashes("looked", records)
    return await run(connection, statement.text, *statement.parameters)
