"""Quarantine: records kept out of chart, with rule and reason, so that they can come back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.ids import StreamId
from app.core.layout import Layout
from app.database.identifiers import Table
from app.database.pool import Connection
from app.database.queries import load
from app.layers.staging import Staged
from app.layers.tables import Tables

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A record that was kept out of chart, and why. Shape: `status` as the quarantine has it."""

    quarantine_id: int
    batch_id: int
    seq: int
    rules: Sequence[str]
    reason: str
    status: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A record that explore took with a character replaced."""

    batch_id: int
    seq: int
    rule: str
    reason: str
    seen_at: datetime


async def keep_out(connection: Connection, staged: Staged) -> int:
    """Leave in quarantine what it has of a range that is staged again; how many of the others break a rule
    that they did not break when they were published."""
    await connection.execute(SQL["keep_out"].format(staging=staged.table))
    broken: int = await connection.fetchval(SQL["newly_broken"].format(staging=staged.table))
    return broken


async def begin_barred(connection: Connection, layout: Layout) -> None:
    """An empty table for the records that another key keeps out of chart; one that was left over goes."""
    await connection.execute(SQL["begin_barred"].format(barred=_barred(layout)))


async def bar(connection: Connection, layout: Layout, staged: Staged) -> int:
    """Note which records of a range that is staged again may not be in chart, and by which key; how many."""
    await connection.execute(SQL["keep_out"].format(staging=staged.table))
    statement = SQL["bar"].format(staging=staged.table, barred=_barred(layout))
    done = await connection.execute(statement)
    return int(done.rpartition(" ")[2])


async def keep_barred(connection: Connection, layout: Layout) -> int:
    """Keep the records that were noted, as explore has them; how many quarantine did not have before.

    Shape: those that it had are found by their new key from now on; the note of them goes.
    """
    explore, barred = Tables.of(layout.table).explore, _barred(layout)
    await connection.execute(SQL["find_by_key"].format(barred=barred))
    done = await connection.execute(
        SQL["keep_barred"].format(barred=barred, explore=explore), layout.stream_id
    )
    await forget_barred(connection, layout)
    return int(done.rpartition(" ")[2])


async def forget_barred(connection: Connection, layout: Layout) -> None:
    """Drop the note of what another key would keep out."""
    await connection.execute(SQL["end_barred"].format(barred=_barred(layout)))


async def keep(connection: Connection, staged: Staged) -> int:
    """Keep the range's records that broke a rule, as explore has them; how many."""
    explore = Tables.of(staged.layout.table).explore
    statement = SQL["keep"].format(staging=staged.table, explore=explore)
    kept = await connection.execute(statement, staged.layout.stream_id, staged.after, staged.last)
    return int(kept.rpartition(" ")[2])


async def of_key(
    connection: Connection, stream_id: StreamId, key_hash: UUID, limit: int
) -> Sequence[Kept]:
    """A key's quarantined records, the newest first.

    Shape: records without a whole key, and those that explore refused, have none to be found by.
    """
    return [
        Kept(**row) for row in await connection.fetch(SQL["of_key"], stream_id, key_hash, limit)
    ]


async def has_unkeyed(connection: Connection, stream_id: StreamId) -> bool:
    """True if quarantine has records of the stream that no key leads to."""
    found: bool = await connection.fetchval(SQL["has_unkeyed"], stream_id)
    return found


async def mended(
    connection: Connection, stream_id: StreamId, places: Sequence[tuple[int, int]]
) -> Sequence[Mended]:
    """Which of some records were mended. Shape: `places` are (batch id, seq)."""
    rows = await connection.fetch(
        SQL["mended"], stream_id, [batch for batch, _ in places], [seq for _, seq in places]
    )
    return [Mended(**row) for row in rows]


def _barred(layout: Layout) -> Table:
    return Table("staging", f"{layout.table}__barred")
