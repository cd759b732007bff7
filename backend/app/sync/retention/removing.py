"""Takes out of explore what policies say: whole parts where that is possible, else some batches at a time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.core.catalog import StreamDescriptor
from app.core.errors import AtlasError
from app.core.failures import (
    DatabaseUnreachable,
)
from app.core.ids import ConnectionId
from app.database.passing import passing_failures
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.database.queries import load
from app.layers import explore, leaves, tables
from app.layers.leaves import Leaf
from app.sync.retention import horizon, policies
from app.sync.retention.horizon import KeptStream, Reach
from app.sync.retention.policies import RetentionPolicy

log = structlog.get_logger(__name__)

SQL = load(__file__)

_RECORDS_AT_ONCE = 50_000
_STEPS_AT_ONCE = 1_000
_NOTHING_LEFT = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that was taken out. Shape: `policy` are the bounds that were in force, by name; `how` is
    `dropped` of a whole part, else `deleted`; `asked_by` is `policy` or `person`."""

    act_id: int
    stream: StreamDescriptor
    asked_by: str
    policy: Mapping[str, int]
    how: str
    batches: int
    records: int
    size_bytes: int
    landed_from: datetime
    landed_to: datetime
    removed_at: datetime


async def acts(
    session: Session,
    connection_id: ConnectionId,
    limit: int,
    offset: int = 0,
    up_to: int | None = None,
) -> Sequence[Act]:
    """What was taken out of a connection's streams, the newest first."""
    return [
        Act(
            act_id=row["act_id"],
            stream=StreamDescriptor(row["name"], row["namespace"] or None),
            asked_by=row["asked_by"],
            policy=json.loads(row["policy"]),
            how=row["how"],
            batches=row["batches"],
            records=row["records"],
            size_bytes=row["size_bytes"],
            landed_from=row["landed_from"],
            landed_to=row["landed_to"],
            removed_at=row["removed_at"],
        )
        for row in await session.fetch(SQL["acts"], connection_id, limit, offset, up_to)
    ]


async def taken_out(session: Session, stream_id: int) -> tuple[int, datetime | None]:
    """How many records of a stream were taken out of explore so far, and when the last of them."""
    row = await session.fetchrow(SQL["taken_out"], stream_id)
    assert row is not None  # noqa: S101  an aggregate has a row
    return row["records"], row["removed_at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Lets periods of explore end, and takes out what policies say.

    Shape: safe in several processes at a time: each step holds its connection. Units: `period_h` hours.
    """

    database: Database
    period_h: int

    async def run(self) -> None:
        """One round over all connections.

        Errors: the last connection's that could not be served; the others were.
        """
        async with self.database.transaction() as session:
            await session.execute(SQL["turn_period"], self.period_h)
            served = await policies.in_force(session)
        failure: AtlasError | None = None
        for connection_id in served:
            try:
                await self.apply(connection_id, asked_by="policy")
            except DatabaseUnreachable as error:  # a lock that was not to be had, say
                failure = error
        if failure is not None:
            raise failure

    async def apply(self, connection_id: ConnectionId, asked_by: str) -> int:
        """Take out what the connection's policy says; how many records.

        Shape:  a transaction a part, or some batches; what a job may read meanwhile waits for the next round.
        Errors: DatabaseUnreachable, also where a lock was not to be had; what was taken out is booked.
        """
        async with self.database.connection() as session:
            policy = await policies.of_connection(session, connection_id)
            found = await horizon.streams(session, connection_id)
        taken = 0
        for stream in found:
            for _ in range(_STEPS_AT_ONCE):
                with passing_failures():
                    records = await self._step(connection_id, stream, policy, asked_by)
                if records is None:
                    break
                taken += records
        return taken

    async def _step(
        self,
        connection_id: ConnectionId,
        stream: KeptStream,
        policy: RetentionPolicy,
        asked_by: str,
    ) -> int | None:
        """Take out a part or some batches; how many records, none if there is nothing to take out."""
        async with self.database.transaction() as session:
            await session.execute(SQL["no_longer_than"])
            await session.execute(SQL["hold"], connection_id)
            if await session.fetchval(SQL["is_read"], connection_id):
                return None
            if not await tables.exists(session, stream.explore):
                return None
            parts = await leaves.listed(session, stream.explore)
            await self._drop_emptied(session, stream, parts)
            reach = await horizon.of_stream(session, stream, policy)
            if not reach.batches:
                return None
            how, last = await self._take_out(session, reach, parts)
            row = await session.fetchrow(
                SQL["note"], stream.stream_id, last, asked_by, json.dumps(policy.said()), how
            )
        assert row is not None  # noqa: S101  there was a batch
        log.info(
            "explore_taken_out", stream=str(stream.descriptor), how=how, records=row["records"]
        )
        records: int = row["records"]
        return records

    async def _drop_emptied(
        self, session: Session, stream: KeptStream, parts: Sequence[Leaf]
    ) -> None:
        """Drop parts of which all was taken out before, and in which nothing will land any more."""
        first = await session.fetchval(SQL["first_left"], stream.stream_id)
        for leaf in parts:
            if first is not None and leaf.end <= first:
                await leaves.drop(session, leaf)

    async def _take_out(
        self, session: Session, reach: Reach, parts: Sequence[Leaf]
    ) -> tuple[str, int]:
        """How, and up to which batch.

        Shape: a part is dropped once something has landed in a later one: ids of batches rise, so none is on
               its way into it.
        """
        stream = reach.stream
        first = await session.fetchval(SQL["first_left"], stream.stream_id)
        left = [leaf for leaf in parts if leaf.end > first]
        oldest = left[0] if left else None
        after = await session.fetchval(SQL["first_after"], stream.stream_id, reach.last_batch)
        if oldest is not None and oldest.end <= (after or 0):
            await leaves.drop(session, oldest)
            return "dropped", oldest.end - 1
        end = _NOTHING_LEFT if oldest is None else oldest.end - 1
        last: int = await session.fetchval(
            SQL["some"], stream.stream_id, min(reach.last_batch, end), _RECORDS_AT_ONCE
        )
        await explore.read_by_range(session)
        await leaves.take_out(session, stream.explore, last)
        return "deleted", last
