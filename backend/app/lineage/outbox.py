"""Events between the transaction that made them and whoever is told of them.

A delivered event stays: Atlas's own graph is read from here. How long is for the retention job to
decide; an event that is not delivered must never be taken.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.catalog import StreamDescriptor
from app.core.ids import RunId
from app.database.pool import Connection
from app.database.queries import load
from app.lineage.events import Event, EventType, stream_run_id

SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that is not delivered yet. Shape: `event` is one line of JSON, in UTF-8."""

    event_id: int
    event: bytes


@dataclass(frozen=True, slots=True)
class Occasion:
    """A promotion that may have been told of: from when it was booked, up to when its run's next was."""

    promotion_id: int
    run_id: RunId
    since: datetime
    before: datetime | None


@dataclass(frozen=True, slots=True)
class Told:
    """An event that was left here. Shape: `delivered_at` none while it waits."""

    event_id: int
    event_type: EventType
    created_at: datetime
    delivered_at: datetime | None


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


async def of_promotions(
    connection: Connection, stream: StreamDescriptor, promotions: Sequence[Occasion]
) -> Mapping[int, Sequence[Told]]:
    """The events of a stream's runs: how they began and ended, and what was left with each promotion.

    Shape: by promotion, in the order they were added; a promotion of which nothing was told is left out.
    """
    rows = await connection.fetch(
        SQL["of_promotions"],
        [occasion.promotion_id for occasion in promotions],
        [occasion.run_id for occasion in promotions],
        [str(stream_run_id(occasion.run_id, stream)) for occasion in promotions],
        [occasion.since for occasion in promotions],
        [occasion.before for occasion in promotions],
        f".{stream}",
    )
    found: dict[int, list[Told]] = {}
    for row in rows:
        told = Told(
            row["event_id"], EventType(row["event_type"]), row["created_at"], row["delivered_at"]
        )
        found.setdefault(row["promotion_id"], []).append(told)
    return found


async def mark_delivered(connection: Connection, event_ids: Sequence[int]) -> None:
    await connection.execute(SQL["mark_delivered"], list(event_ids))
