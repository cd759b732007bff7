"""Events between the transaction that made them and whoever is told of them.

A delivered event stays: Atlas's own graph is read from here. How long is for the retention job to
decide; an event that is not delivered must never be taken.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from app.database.pool import Connection
from app.database.queries import load
from app.lineage.events import Event

SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that is not delivered yet. Shape: `event` is one line of JSON, in UTF-8."""

    event_id: int
    event: bytes


async def add(connection: Connection, event: Event) -> None:
    """Leave an event in the caller's transaction: it is told if that commits, and only then.

    Errors: as the driver raises them; the savepoint leaves the caller's transaction as it was.
    """
    async with connection.transaction():
        await connection.execute(
            SQL["add"], event.run_id, event.job_name, event.event_type, json.dumps(event.body)
        )


async def undelivered(connection: Connection, limit: int) -> Sequence[Waiting]:
    """The oldest undelivered events, locked for the caller's transaction; others pass them by.

    Shape: in the order they were added, `limit` at most.
    """
    rows = await connection.fetch(SQL["undelivered"], limit)
    return [Waiting(row["event_id"], row["event"].encode()) for row in rows]


async def mark_delivered(connection: Connection, event_ids: Sequence[int]) -> None:
    await connection.execute(SQL["mark_delivered"], list(event_ids))
