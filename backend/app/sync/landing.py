"""The landing: batches and the state behind them enter explore in one transaction, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.catalog import ReadMode, StreamDescriptor
from app.core.connections import ConnectedStream, Connection, Source
from app.core.ids import BatchId
from app.core.jobs import Attempt, Route
from app.core.records import Batch, Landing
from app.database.pool import Database, LaneConnection
from app.layers import explore
from app.layers.database_writer import DatabaseWriter
from app.sync import job_store, state_store
from app.sync.promoter import Promoter
from app.sync.stopwatch import Stopwatch

_RESERVED_BATCHES = 50


@dataclass(slots=True, kw_only=True)
class Reading:
    """One attempt in progress: its streams, and where their batches stand."""

    attempt: Attempt
    connection: Connection
    source: Source
    route: Route
    streams: Mapping[StreamDescriptor, ConnectedStream]
    generations: Mapping[StreamDescriptor, int]
    last_batch: dict[StreamDescriptor, BatchId]
    landed: dict[StreamDescriptor, int]
    promoter: Promoter
    stopwatch: Stopwatch
    batch_ids: list[BatchId]

    async def next_batch(self, lane: LaneConnection) -> BatchId:
        if not self.batch_ids:
            reserved = await explore.reserve_batches(lane, _RESERVED_BATCHES)
            self.batch_ids = sorted(reserved, reverse=True)
        return self.batch_ids.pop()


def is_incremental(stream: ConnectedStream) -> bool:
    return stream.configured.sync_mode.reads is ReadMode.INCREMENTAL


async def land(
    database: Database, writer: DatabaseWriter, reading: Reading, landing: Landing
) -> None:
    """Append what was read to explore; the connector's state moves with it or not at all.

    After a crash the source is read again from the last saved state, and promotion goes on
    from its watermark: nothing is lost and nothing is there twice.
    """
    attempt = reading.attempt
    with reading.stopwatch.stage("land"):
        async with job_store.fenced_lane(database, attempt) as lane:
            landed = [
                (batch.stream, *await _land_batch(writer, lane, reading, batch))
                for batch in landing.batches
            ]
            covered = await _cover(lane, reading, landing)
    for stream, batch_id, explored in landed:
        reading.landed[stream] += explored
        reading.promoter.note(stream, batch_id, explored)
    for stream, through, is_complete in covered:
        reading.promoter.cover(stream, through, is_complete=is_complete)


async def _land_batch(
    writer: DatabaseWriter, lane: LaneConnection, reading: Reading, batch: Batch
) -> tuple[BatchId, int]:
    stream = reading.streams[batch.stream]
    batch_id = await reading.next_batch(lane)
    appended = await writer.write_to_explore(lane, stream.layout, batch_id, batch)
    await explore.close_batch(
        lane,
        batch_id,
        batch,
        appended,
        attempt_id=reading.attempt.attempt_id,
        stream_id=stream.stream_id,
        generation_id=reading.generations[batch.stream],
    )
    reading.last_batch[batch.stream] = batch_id
    return batch_id, appended.explored


async def _cover(
    lane: LaneConnection, reading: Reading, landing: Landing
) -> Sequence[tuple[StreamDescriptor, BatchId, bool]]:
    """Save the state, and note which batches need not be read again: (stream, through, is_complete).

    A full refresh is covered by its end alone: its state is not kept, so a new attempt starts anew.
    """
    attempt = reading.attempt
    covered: list[tuple[StreamDescriptor, BatchId, bool]] = []
    if (state := landing.state) is not None:
        named = [state.descriptor] if state.descriptor else list(reading.streams)
        incremental = [d for d in named if is_incremental(reading.streams[d])]
        if incremental:
            await state_store.save(lane, attempt.connection_id, attempt.attempt_id, state)
        covered += [
            (d, reading.last_batch[d], False) for d in incremental if d in reading.last_batch
        ]
    for descriptor in landing.completed:
        through = reading.last_batch.get(descriptor, BatchId(0))
        covered.append((descriptor, through, True))
    for descriptor, through, is_complete in covered:
        await state_store.cover(
            lane,
            attempt.attempt_id,
            reading.streams[descriptor].stream_id,
            through,
            is_complete=is_complete,
        )
    return covered
