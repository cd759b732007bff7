"""Explore's parts: a stream's table in ranges of batches, each the batches of one period of time.

Batch ids rise with time and leap to the next million when a period is over, so a part holds what landed
within one: it can be dropped as a whole, and the bounds of a part are known before anything lands in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.ids import BatchId
from app.database.identifiers import Table, quote
from app.database.pool import Connection
from app.database.queries import load

SQL = load(__file__)

PERIOD_BATCHES = 1_000_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """One part. Shape: its batches are below `end`, which is the next part's first."""

    table: Table
    period: int
    size_bytes: int

    @property
    def end(self) -> int:
        return (self.period + 1) * PERIOD_BATCHES


def period_of(batch_id: int) -> int:
    """The period that a batch is of."""
    return batch_id // PERIOD_BATCHES


async def ensure_open(connection: Connection, explore: Table) -> None:
    """Let a table have the part that the next batch belongs in."""
    last: int = await connection.fetchval(SQL["last_batch"])
    await ensure(connection, explore, BatchId(last))


async def ensure(connection: Connection, explore: Table, batch_id: BatchId) -> None:
    """Let a table have the part that a batch belongs in; who lands in another part goes on meanwhile."""
    period = period_of(batch_id)
    leaf = _leaf(explore, period)
    if await _kind(connection, leaf) is not None:
        return
    await connection.execute(SQL["one_at_a_time"], explore.dotted)
    if await _kind(connection, leaf) is not None:
        return
    first = period * PERIOD_BATCHES
    names = {"explore": explore, "leaf": leaf, "index": _index(explore, period)}
    await connection.execute(SQL["create"].format(**names, first=first, end=first + PERIOD_BATCHES))


async def is_whole(connection: Connection, explore: Table) -> bool:
    """True of a table from before there were parts."""
    return await _kind(connection, explore) == "r"


async def set_aside(connection: Connection, explore: Table) -> Leaf:
    """Give a table from before there were parts the name of one; the caller makes its table, and attaches it.

    Shape: readers and writers wait until the transaction ends; `attach_first` reads the part once.
    """
    last: int = await connection.fetchval(SQL["last_batch"])
    leaf = Leaf(_leaf(explore, period_of(last)), period_of(last), 0)
    old_index = quote(f"{explore.name}_brin")
    names = {"explore": explore, "leaf_name": quote(leaf.table.name), "old_index": old_index}
    await connection.execute(SQL["set_aside"].format(**names, index=_index(explore, leaf.period)))
    return leaf


async def attach_first(connection: Connection, explore: Table, leaf: Leaf) -> None:
    """Let what was set aside be the part of all batches from before."""
    await connection.execute(
        SQL["attach_first"].format(explore=explore, leaf=leaf.table, end=leaf.end)
    )


async def listed(connection: Connection, explore: Table) -> Sequence[Leaf]:
    """A table's parts, the oldest first; none of one from before there were parts."""
    rows = await connection.fetch(SQL["listed"], explore.schema, explore.name)
    return [
        Leaf(Table(explore.schema, row["name"]), int(row["name"].rpartition("_")[2]), row["size_bytes"])
        for row in rows
    ]  # fmt: skip


async def make_indexes_anew(connection: Connection, explore: Table, after: int) -> None:
    """Make the indexes of the parts anew that may have batches after one."""
    for leaf in await listed(connection, explore):
        if leaf.end > after:
            names = {"index": _index(explore, leaf.period)}
            await connection.execute(SQL["index_anew"].format(**names))


async def drop(connection: Connection, leaf: Leaf) -> None:
    """Drop a part; who reads or writes the table waits until the transaction ends."""
    await connection.execute(SQL["drop"].format(leaf=leaf.table))


async def take_out(connection: Connection, explore: Table, through: int) -> int:
    """Delete the records of all batches up to one; how many."""
    status = await connection.execute(SQL["take_out"].format(explore=explore), through)
    return int(status.rpartition(" ")[2])


async def rename(connection: Connection, explore: Table, new: Table) -> None:
    """Let a table's parts be called after its new name."""
    for leaf in await listed(connection, explore):
        await connection.execute(
            SQL["rename_leaf"].format(
                leaf=leaf.table,
                new_name=quote(_leaf(new, leaf.period).name),
                index=_index(explore, leaf.period),
                new_index=_index(new, leaf.period),
            )
        )


async def _kind(connection: Connection, table: Table) -> str | None:
    found: str | None = await connection.fetchval(SQL["kind"], table.schema, table.name)
    return found


def _leaf(explore: Table, period: int) -> Table:
    return explore.beside(f"_{period}")


def _index(explore: Table, period: int) -> str:
    return quote(f"{explore.name.removesuffix('_raw')}_{period}_brin")
