"""The generations of streams: what was read from its beginning when, what chart shows, and how one is brought back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from app.core.catalog import StreamDescriptor
from app.core.connections import ConnectedStream, Connection
from app.core.errors import InvalidRequest
from app.core.ids import ConnectionId, JobId
from app.core.jobs import Attempt
from app.database.keys import Keys
from app.database.passing import out_of_the_way
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.database.queries import load
from app.gates.pii import decisions as pii_decisions
from app.layers import chart, children, explore, navigate, staging, tables
from app.layers.database_writer import DatabaseWriter
from app.layers.projection import projection_of
from app.sync import ledger
from app.sync.connections import stream_generations
from app.sync.datasets import profiles
from app.sync.jobs import job_store

log = structlog.get_logger(__name__)

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """Shape: `job_id` read it first; `is_published` if it ever was in chart, `is_shown` if it is there now;
    `removed_at` is when retention took records of it out of explore: it cannot be brought back any more.
    `same_as` is the generation that it was found to be, record for record: explore has that one alone. One
    was so `seen_again` a number of times, the last at `seen_at`.
    """

    stream: StreamDescriptor
    generation_id: int
    job_id: JobId
    landed_from: datetime
    landed_to: datetime
    explored: int
    is_published: bool
    is_shown: bool
    removed_at: datetime | None
    unchanged: int
    same_as: int | None
    seen_again: int
    seen_at: datetime | None


async def listed(session: Session, connection_id: ConnectionId) -> Sequence[Generation]:
    """A connection's generations of which something landed, each stream's newest first."""
    return [
        Generation(
            stream=StreamDescriptor(row["name"], row["namespace"] or None),
            generation_id=row["generation_id"],
            job_id=JobId(row["job_id"]),
            landed_from=row["landed_from"],
            landed_to=row["landed_to"],
            explored=row["explored"],
            is_published=row["is_published"],
            is_shown=row["is_shown"],
            removed_at=row["removed_at"],
            unchanged=row["unchanged"],
            same_as=row["same_as"],
            seen_again=row["seen_again"] or 0,
            seen_at=row["seen_at"],
        )
        for row in await session.fetch(SQL["listed"], connection_id)
    ]


async def ranges(
    session: Session, stream: ConnectedStream, generation: int
) -> Sequence[tuple[int, int]]:
    """The ranges (after, last] of batches in which a generation of a stream was published, in order."""
    rows = await session.fetch(SQL["ranges"], stream.stream_id, generation)
    return [(row["after_batch"], row["last_batch"]) for row in rows]


async def require_possible(session: Session, stream: ConnectedStream, generation: int) -> None:
    """Errors: InvalidRequest if chart cannot show this generation of the stream."""
    if not stream.layout.sync_mode.overwrites:
        raise InvalidRequest(
            f"{stream.layout.descriptor} adds to what it has: only a full refresh that overwrites has "
            "generations to bring back."
        )
    if not await ranges(session, stream, generation):
        raise InvalidRequest(f"Generation {generation} of {stream.layout.descriptor} was never published.")  # fmt: skip
    removed_at = await session.fetchval(SQL["removed"], stream.stream_id, generation)
    if removed_at is not None:
        raise InvalidRequest(
            f"Explore has generation {generation} of {stream.layout.descriptor} no more: its retention took "
            f"records of it out at {removed_at:%Y-%m-%d %H:%M:%S} UTC."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BringingBack:
    """One attempt at showing an older generation of a stream again, by today's decisions and columns.

    Shape: `connection` has the stream alone. The next sync replaces it, as it would have anyway.
    """

    database: Database
    attempt: Attempt
    connection: Connection
    writer: DatabaseWriter
    keys: Keys

    async def run(self) -> None:
        """Errors: Fenced; InvalidRequest if the generation is not there any more. Nothing is changed then."""
        (stream,) = self.connection.streams
        await out_of_the_way(partial(self._bring_back, stream))
        log.info(
            "generation_brought_back",
            stream=str(stream.layout.descriptor),
            generation=self.attempt.options.generation,
        )

    async def _bring_back(self, stream: ConnectedStream) -> None:
        generation = self.attempt.options.generation
        assert generation is not None  # noqa: S101  the job is about one
        layout = stream.layout
        async with job_store.fenced(self.database, self.attempt) as session:
            await session.execute("SET LOCAL work_mem = '64MB'")
            await explore.read_by_range(session)
            await require_possible(session, stream, generation)
            await stream_generations.open_generation(session, stream.stream_id, self.attempt.job_id)
            now = await ledger.next_recorded_at(session, stream.stream_id)
            if layout.has_key:
                await navigate.end_epoch(session, layout)
                layout = layout.cleared(now, now)
                await stream_generations.note_clear(session, layout, self.attempt.job_id)
            await chart.empty(session, layout)
            await tables.ensure_views(session, layout)
            decisions = await pii_decisions.current(session, stream.stream_id)
            projection = projection_of(layout, self.keys, decisions.values())
            for after, last in await ranges(session, stream, generation):
                staged = await staging.stage(session, projection, after, last)
                broken = await self.writer.rebuild(session, staged, now)
                if broken:
                    raise InvalidRequest(
                        f"{broken} records of generation {generation} break a rule by now: waive it first."
                    )
                await staging.drop(session, staged.table)
            await children.rebuild(session, layout, projection.masking.masked_items(layout))
            await session.execute(
                SQL["note"], stream.stream_id, generation, self.attempt.job_id, now
            )
            through = await ledger.watermark(session, stream.stream_id)
            await ledger.move_watermark(session, stream.stream_id, through, now)
            await profiles.outdate(session, stream.stream_id)
