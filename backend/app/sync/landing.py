"""The landing: batches and the state behind them enter explore in one transaction, or not at all.

Two landings are under way at a time, for building jsonb keeps the server busy longer than framing
keeps us; they commit in the order in which the source sent them.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.core.catalog import StreamDescriptor
from app.core.connections import ConnectedStream, Connection, Source
from app.core.errors import AtlasError
from app.core.ids import BatchId
from app.core.jobs import Attempt, Route
from app.core.records import Batch, Landing
from app.database.pool import Database, LaneConnection
from app.layers import explore, leaves
from app.layers.database_writer import DatabaseWriter
from app.layers.explore import Appended
from app.layers.tables import Tables
from app.sync import rereading, state_store
from app.sync.backfills import Window
from app.sync.coverage import Coverage, Covered
from app.sync.jobs import job_store
from app.sync.promoter import Promoter
from app.sync.rereading import Rereading
from app.sync.stopwatch import Stopwatch

_RESERVED_BATCHES = 50
_LANDINGS_AT_ONCE = 2


@dataclass(slots=True, kw_only=True)
class Reading:
    """One attempt in progress: its streams, and where their batches stand.

    Shape: `window` is the chunk that a backfill reads now.
    """

    attempt: Attempt
    connection: Connection
    source: Source
    route: Route
    streams: Mapping[StreamDescriptor, ConnectedStream]
    generations: Mapping[StreamDescriptor, int]
    last_batch: dict[StreamDescriptor, BatchId]
    promoter: Promoter
    stopwatch: Stopwatch
    window: Window | None = None


@dataclass(slots=True, kw_only=True)
class _Plan:
    """A landing whose place among the others is settled before anything of it is written.

    Shape: batches that are `seen` again, explore has already; `same` are streams that were read to their end,
           and are what they were.
    """

    landing: Landing
    batch_ids: Sequence[BatchId]
    covered: Sequence[Covered]
    seen: set[BatchId] = field(default_factory=set)
    same: list[Rereading] = field(default_factory=list)
    is_fenced: asyncio.Event = field(default_factory=asyncio.Event)
    explored: list[int] = field(default_factory=list)
    out_of_range: int = 0


@dataclass(slots=True, kw_only=True)
class Lander:
    """Appends what is read to explore; the connector's state moves with it or not at all.

    After a crash the source is read again from the last saved state, and promotion goes on
    from its watermark: nothing is lost and nothing is there twice.
    """

    database: Database
    writer: DatabaseWriter
    reading: Reading
    batch_ids: list[BatchId] = field(default_factory=list)
    parts: set[tuple[StreamDescriptor, int]] = field(default_factory=set)
    reread: dict[StreamDescriptor, Rereading] = field(default_factory=dict)
    under_way: deque[tuple[_Plan, asyncio.Task[None]]] = field(default_factory=deque)
    coverage: Coverage = field(init=False)

    def __post_init__(self) -> None:
        reading = self.reading
        self.coverage = Coverage(
            streams=reading.streams,
            last_batch=reading.last_batch,
            ends_cover=reading.window is not None,
        )

    async def land_all(self, landings: AsyncIterator[Landing]) -> AsyncGenerator[None, None]:
        """Land one after the other; a turn for the caller between any two.

        Errors: the first failure, of the source or of a landing. What the source sent before its
                own failure still lands; what follows a landing that failed does not.
        """
        async with self._nothing_left():
            await self._open_rereadings()
            try:
                async for landing in landings:
                    await self._begin(landing)
                    await self._end(but=_LANDINGS_AT_ONCE - 1)
                    yield
            except AtlasError:
                await self._end(but=0)
                raise
            await self._end(but=0)
            await self._cover_rest()

    async def _begin(self, landing: Landing) -> None:
        """Settle the landing's place, and write it as soon as the one before it is fenced."""
        plan = await self._plan(landing)
        before, task_before = self.under_way[-1] if self.under_way else (None, None)
        if before is not None and task_before is not None:
            fenced = asyncio.create_task(before.is_fenced.wait())
            await asyncio.wait({fenced, task_before}, return_when=asyncio.FIRST_COMPLETED)
            fenced.cancel()
        task = asyncio.create_task(self._write(plan, task_before))
        self.under_way.append((plan, task))

    async def _plan(self, landing: Landing) -> _Plan:
        reading = self.reading
        if len(self.batch_ids) < len(landing.batches):
            async with self.database.lane() as lane:
                wanted = _RESERVED_BATCHES + len(landing.batches)
                self.batch_ids += sorted(await explore.reserve_batches(lane, wanted))
        ids = self.batch_ids[: len(landing.batches)]
        del self.batch_ids[: len(landing.batches)]
        for batch, batch_id in zip(landing.batches, ids, strict=True):
            reading.last_batch[batch.stream] = batch_id
            await self._have_part(batch.stream, batch_id)
        plan = _Plan(landing=landing, batch_ids=ids, covered=self.coverage.of(landing))
        if self.reread:
            await self._hold_against(plan)
        return plan

    # ── what explore has already ──────────────────────────────────────────────────────────────

    async def _open_rereadings(self) -> None:
        reading = self.reading
        promotion = reading.promoter.promotion
        for descriptor, stream in reading.streams.items():
            decisions = reading.promoter.tracks[descriptor].state.decisions.values()
            async with self.database.connection() as session:
                found = await rereading.opened(
                    session, reading.attempt, stream, reading.generations[descriptor], decisions,
                    keys=promotion.keys, policy=reading.connection.on_unchanged,
                )  # fmt: skip
            if found is not None:
                self.reread[descriptor] = found

    async def _hold_against(self, plan: _Plan) -> None:
        """See which batches are what explore has, and what becomes of streams of which that is over."""
        landing = plan.landing
        for batch, batch_id in zip(landing.batches, plan.batch_ids, strict=True):
            held = self.reread.get(batch.stream)
            if held is None:
                continue
            is_same = await held.is_same(self.database, batch)
            if is_same and (batch.stream not in landing.completed or held.is_at_end):
                plan.seen.add(batch_id)
                held.seen.append((batch_id, len(batch.records)))
            else:
                await self._record_all(batch.stream)
        for descriptor in landing.completed:
            held = self.reread.get(descriptor)
            if held is not None and held.is_at_end and held.seen:
                plan.same.append(self.reread.pop(descriptor))
            elif held is not None:
                await self._record_all(descriptor)

    async def _record_all(self, stream: StreamDescriptor) -> None:
        """The stream is not what it was: explore gets what was only seen, before anything more lands."""
        held = self.reread.pop(stream)
        await self._end(but=0)
        for batch_id, records in await held.record(self.database, self.reading.attempt):
            self.reading.promoter.note(stream, batch_id, records)

    async def _have_part(self, stream: StreamDescriptor, batch_id: BatchId) -> None:
        """Let explore have the part that a batch belongs in: a period may end while a source is read."""
        part = (stream, leaves.period_of(batch_id))
        if part not in self.parts:
            table = self.reading.streams[stream].layout.table
            async with self.database.transaction() as session:
                await leaves.ensure(session, Tables.of(table).explore, batch_id)
            self.parts.add(part)

    async def _write(self, plan: _Plan, before: asyncio.Task[None] | None) -> None:
        """One transaction, and the promoter told of it; it commits only after the one before it."""
        reading = self.reading
        with reading.stopwatch.stage("land"):
            async with job_store.fenced_lane(self.database, reading.attempt) as lane:
                plan.is_fenced.set()
                for batch, batch_id in zip(plan.landing.batches, plan.batch_ids, strict=True):
                    plan.explored.append(await self._append(lane, plan, batch, batch_id))
                if before is not None:
                    await asyncio.shield(before)
                await self._save(lane, plan)  # states are numbered in the order of their landings
        self._tell(plan)

    async def _append(
        self, lane: LaneConnection, plan: _Plan, batch: Batch, batch_id: BatchId
    ) -> int:
        reading, outside = self.reading, 0
        stream = reading.streams[batch.stream]
        if batch_id in plan.seen:
            appended = Appended(unchanged=len(batch.records))
        else:
            appended = await self.writer.write_to_explore(lane, stream.layout, batch_id, batch)
        if reading.window is not None:
            outside = await reading.window.take_out(lane, batch_id, appended)
            plan.out_of_range += outside
        await explore.close_batch(
            lane,
            batch_id,
            batch,
            appended,
            attempt_id=reading.attempt.attempt_id,
            stream_id=stream.stream_id,
            generation_id=reading.generations[batch.stream],
            out_of_range=outside,
        )
        return appended.explored

    async def _save(self, lane: LaneConnection, plan: _Plan) -> None:
        """Save the state, and note which batches need not be read again.

        Shape: a backfill's states are its chunk's, and never the connection's.
        """
        reading, attempt = self.reading, self.reading.attempt
        state = plan.landing.state
        if reading.window is not None:
            await reading.window.note(lane, plan.landing, sum(plan.explored), plan.out_of_range)
        elif state is not None and self.coverage.named(state):
            await state_store.save(lane, attempt.connection_id, attempt.attempt_id, state)
        await self._cover(lane, plan.covered)
        for same in plan.same:
            await rereading.note_same(lane, same)

    async def _cover(self, lane: LaneConnection, covered: Sequence[Covered]) -> None:
        for each in covered:
            await state_store.cover(
                lane,
                self.reading.attempt.attempt_id,
                self.reading.streams[each.stream].stream_id,
                each.through,
                is_complete=each.is_complete,
            )

    async def _cover_rest(self) -> None:
        """The source has sent all and ended well. Errors: StateMissing."""
        rest = self.coverage.rest()
        if rest:
            async with job_store.fenced_lane(self.database, self.reading.attempt) as lane:
                await self._cover(lane, rest)
            self._tell_covered(rest)

    @contextlib.asynccontextmanager
    async def _nothing_left(self) -> AsyncIterator[None]:
        """Leave no landing behind: after a failure, or when we are cancelled, the others go too."""
        try:
            yield
        finally:
            tasks = [task for _, task in self.under_way]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.under_way.clear()

    async def _end(self, *, but: int) -> None:
        """See the oldest landings through, until so many are left."""
        while len(self.under_way) > but:
            _, task = self.under_way[0]
            await task
            self.under_way.popleft()

    def _tell(self, plan: _Plan) -> None:
        reading = self.reading
        for batch, batch_id, explored in zip(
            plan.landing.batches, plan.batch_ids, plan.explored, strict=True
        ):
            if batch_id not in plan.seen:
                reading.promoter.note(batch.stream, batch_id, explored)
        self._tell_covered(plan.covered)

    def _tell_covered(self, covered: Sequence[Covered]) -> None:
        for each in covered:
            self.reading.promoter.cover(each.stream, each.through, is_complete=each.is_complete)
