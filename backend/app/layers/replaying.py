"""Replaying: records of quarantine come back at the place in the order where they were sent.

They are staged as any range is. Where a key has a version that a record contests, what came of the key
after that record is staged again beside it: which of them is the last word then follows from their places,
as if all had come at once (decision 0023). What was published before changes nothing the second time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.core.ids import JobId
from app.core.layout import Layout, Strategy
from app.database.identifiers import Table
from app.database.pool import Connection, run
from app.database.queries import load
from app.layers import explore, staging
from app.layers.chart import Fates
from app.layers.projection import Projection, Records
from app.layers.staging import Staged
from app.layers.tables import Tables, exists, newest_versions

SQL = load(__file__)

_LAST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Kept:
    """A record's place in quarantine. Shape: `boundary` is `explore` or `chart`."""

    boundary: str
    quarantine_id: int

    def __str__(self) -> str:
        return f"{self.boundary}-{self.quarantine_id}"


@dataclass(frozen=True, slots=True)
class BatchFates:
    """What became of a batch's records that came back; `landed` of them are new in explore."""

    fates: Fates
    landed: int


def replay_table(layout: Layout) -> Table:
    """Where a replay is staged: no range ends at batch 0, and a stream has one replay at a time."""
    return Table("staging", f"{layout.table}_0")


async def begin(connection: Connection) -> None:
    """Make the temporary table `wanted` (boundary, quarantine_id), for the caller to fill."""
    await connection.execute(SQL["begin"])


async def pick(connection: Connection, layout: Layout) -> int:
    """Pick of `wanted` what can come back of a stream, into a temporary table `picked`; how many."""
    overwrites = layout.sync_mode.overwrites
    status = await connection.execute(SQL["pick"], layout.stream_id, overwrites)
    return int(status.rpartition(" ")[2])


async def pick_of_job(connection: Connection, layout: Layout, job_id: JobId) -> int:
    """The same of what a job replays."""
    await begin(connection)
    await connection.execute(SQL["want_of_job"], job_id)
    return await pick(connection, layout)


async def sample(connection: Connection, wanted: int) -> Sequence[bytes]:
    """About `wanted` of the picked records, raw."""
    return [row["data"].encode() for row in await connection.fetch(SQL["sample"], wanted)]


async def stage(connection: Connection, projection: Projection, table: Table) -> Staged:
    """Project what was picked, and what came after it of contested keys.

    Shape:  needs `picked`; no batch is in (after, last] of what is given.
    Errors: what PostgreSQL raises; no table is left then.
    """
    layout = projection.layout
    await staging.create(connection, projection, table)
    picked = Records(relation=SQL["picked_records"], after=0, last=_LAST, mended=True)
    rows = await staging.fill(connection, projection, table, picked)
    if layout.has_key and await exists(connection, Tables.of(layout.table).chart):
        rows += await _stage_known(connection, projection, table)
    items = projection.masking.masked_items(layout)
    return Staged(layout=layout, table=table, after=0, last=0, rows=rows, masked_items=items)


async def set_known_apart(connection: Connection, staged: Staged) -> None:
    """Say in `choice` that rows which chart has already are not written a second time."""
    await connection.execute(SQL["leave_known"].format(staging=staged.table))


async def fates(connection: Connection, staged: Staged) -> Mapping[int, BatchFates]:
    """What becomes of the picked records, by batch. Shape: needs `choice`; makes `fated`."""
    await connection.execute(SQL["note_fates"].format(staging=staged.table))
    return {
        row["batch_id"]: BatchFates(
            Fates(row["charted"], row["superseded"], row["quarantined"], row["deleted"]),
            row["landed"],
        )
        for row in await connection.fetch(SQL["fates"])
    }


async def broken_rules(connection: Connection) -> Mapping[str, int]:
    """The rules that picked records still break, with how many do. Shape: needs `fated`."""
    return {row["rule"]: row["records"] for row in await connection.fetch(SQL["broken_rules"])}


async def land(connection: Connection, layout: Layout) -> None:
    """Give explore the records it could not take when they were sent, as they were corrected."""
    await connection.execute(SQL["land"].format(explore=Tables.of(layout.table).explore))


async def settle(connection: Connection, layout: Layout, job_id: JobId) -> None:
    """Write down in quarantine what became of each picked record. Shape: needs `fated`."""
    await connection.execute(SQL["settle_chart"], job_id)
    await connection.execute(SQL["settle_explore"])
    await connection.execute(SQL["keep_landed"], layout.stream_id, job_id)
    await connection.execute(SQL["apply_fixes"])
    await connection.execute(SQL["note_decisions"], job_id, layout.stream_id)
    await connection.execute(SQL["note_in_replay"], job_id)


async def _stage_known(connection: Connection, projection: Projection, table: Table) -> int:
    """Project what is known of the contested keys from the first picked record on."""
    layout = projection.layout
    by_time = layout.strategy is Strategy.TIMESTAMP
    cursor = "_atlas_cursor, " if layout.orders_by_cursor else ""
    await connection.execute(
        SQL["contested_by_time" if by_time else "contested_by_check"].format(
            staging=table,
            newest=newest_versions(layout),
            history=Tables.of(layout.table).history,
            s_cursor=f"s.{cursor}" if cursor else "",
            k_cursor=f"k.{cursor}" if cursor else "",
        )
    )
    span = await connection.fetchrow(SQL["first_contested"], layout.stream_id)
    if span is None or span["first"] is None or span["last"] is None:
        return 0
    await explore.read_by_range(connection)
    after, last = span["first"] - 1, span["last"]
    records = await staging.records_of(connection, layout, after, last)
    asking = replace(projection, guarded=True)  # a record that was kept out may not fit at all
    keys = asking.of_keys("known", SQL["contested_keys"], records)
    await run(connection, keys.text, *keys.parameters)
    await connection.execute(SQL["forget_others"])
    known = Records(relation=SQL["known_records"], after=0, last=_LAST, mended=records.mended)
    return await staging.fill(connection, projection, table, known)
