"""Promotes what lands while the source is still being read: one task an attempt.

A range is staged as soon as enough of it has landed, and published once a state or the stream's
end covers it: until then the source could send it again after a crash (decision 0009).
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field, replace

from app.core.catalog import StreamDescriptor
from app.core.connections import ConnectedStream
from app.sync.promotion import Promotion
from app.sync.taking import Audited, StreamState

_RANGES_AT_ONCE = 10
"""What has landed meanwhile is staged together, up to so many ranges: fewer are cheaper."""
_WORTH_A_LANE = 2
"""Ranges that must wait for each lane: a range more has its price, a smaller one no gain."""


@dataclass(slots=True, kw_only=True)
class Track:
    """How far one stream has come.

    Shape: batch ids; `waiting` is what is not staged yet, as (last batch, records), in order.
    """

    state: StreamState
    staged_through: int
    landed_through: int
    covered_through: int
    waiting: deque[tuple[int, int]] = field(default_factory=deque)
    is_complete: bool = False
    is_held: bool = False
    is_first: bool = True
    ranges: list[Audited] = field(default_factory=list)

    @property
    def pending(self) -> int:
        """Records not staged yet."""
        return sum(records for _, records in self.waiting)

    @property
    def replaces(self) -> bool:
        return self.state.replaces


@dataclass(slots=True, kw_only=True)
class Promoter:
    """Follows the landings of one attempt; `run` it as a task, `finish` it, await the task.

    Shape: `lanes` is how many ranges of a stream are staged side by side, where much of it waits.
    """

    promotion: Promotion
    first_records: int
    range_records: int
    lanes: int = 1
    tracks: dict[StreamDescriptor, Track] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    is_reading: bool = True
    is_failed: bool = False

    def follow(
        self, stream: ConnectedStream, state: StreamState, *, watermark: int, landed: int,
        covered: int, pending: int, is_complete: bool,
    ) -> None:  # fmt: skip
        """Begin with what an earlier attempt has landed and not published."""
        self.tracks[stream.configured.descriptor] = Track(
            state=state,
            staged_through=watermark,
            landed_through=landed,
            covered_through=covered,
            waiting=deque([(landed, pending)] if pending else []),
            is_complete=is_complete,
            is_first=not state.decisions,
        )

    def note(self, stream: StreamDescriptor, batch_id: int, records: int) -> None:
        """A batch has landed."""
        track = self.tracks[stream]
        track.landed_through = batch_id
        track.waiting.append((batch_id, records))
        self.wake.set()

    def cover(self, stream: StreamDescriptor, through: int, *, is_complete: bool) -> None:
        """The stream need not be read again up to here."""
        track = self.tracks[stream]
        track.covered_through = max(track.covered_through, through)
        track.is_complete = track.is_complete or is_complete
        self.wake.set()

    def finish(self, *, failed: bool) -> None:
        """Nothing more will land; after a failure only what is covered is still promoted."""
        self.is_reading = False
        self.is_failed = failed
        self.wake.set()

    async def run(self) -> None:
        """Promote until reading is over and all is done. Errors: the first AtlasError ends it."""
        while True:
            self.wake.clear()
            is_last = not self.is_reading
            for track in self.tracks.values():
                await self._advance(track, is_last)
            if is_last:
                return
            await self.wake.wait()

    async def _advance(self, track: Track, is_last: bool) -> None:
        if self.is_failed:
            self._give_back(track)
        while not track.is_held and self._is_due(track, is_last):
            await self._stage(track)
            await self._publish(track)
        if not track.is_held:
            await self._publish(track)

    def _is_due(self, track: Track, is_last: bool) -> bool:
        if self._limit(track) <= track.staged_through:
            return False
        if track.pending == 0:  # batches of which explore took nothing
            track.staged_through = self._limit(track)
            track.waiting.clear()
            return False
        wanted = self.first_records if track.is_first else self.range_records
        return is_last or track.is_complete or track.pending >= wanted

    def _give_back(self, track: Track) -> None:
        """Of a staged range that goes on past what is covered, the covered part is staged anew."""
        while track.ranges and track.ranges[-1].staged.last > track.covered_through:
            staged = track.ranges.pop().staged
            track.staged_through = staged.after
            track.waiting.appendleft((track.covered_through, staged.rows))

    def _limit(self, track: Track) -> int:
        if self.is_failed:
            return 0 if track.replaces and not track.is_complete else track.covered_through
        return track.landed_through

    def _next_ranges(self, track: Track) -> Sequence[tuple[int, int, int]]:
        """What is staged now, as (after, last, records): bounded, however far ahead reading is; where
        much waits, in parts that are staged side by side."""
        limit, after = self._limit(track), track.staged_through
        due = sum(records for last, records in track.waiting if last <= limit)
        worth = due // (_WORTH_A_LANE * self.range_records)
        lanes = 1 if track.is_first else max(1, min(self.lanes, worth))
        share = min(_RANGES_AT_ONCE * self.range_records, -(-due // lanes))
        found = []
        for _ in range(lanes):
            last, rows = after, 0
            while track.waiting and track.waiting[0][0] <= limit and rows < share:
                last, records = track.waiting.popleft()
                rows += records
            if rows:
                found.append((after, last, rows))
                after = last
        track.staged_through = max(last, after)
        return found

    async def _stage(self, track: Track) -> None:
        ranges = self._next_ranges(track)
        if not ranges:
            return
        staged = await _together(self.promotion.stage(track.state, *part) for part in ranges)
        track.is_first = False
        for part in staged:
            if part.held and not track.is_held:
                await self._hold(track, part)
            elif not track.is_held:
                track.ranges.append(part)

    async def _hold(self, track: Track, part: Audited) -> None:
        """What is held holds all behind it too, which builds on it."""
        track.is_held = True
        await self.promotion.hold(track.state, part)

    async def _publish(self, track: Track) -> None:
        """Publish what may be: of a generation that replaces another, all of it or nothing."""
        if track.replaces:
            everything_staged = track.is_complete and track.staged_through >= track.landed_through
            if everything_staged and not track.is_held and track.ranges:
                await self._publish_first(track, len(track.ranges))
            return
        while track.ranges and track.ranges[0].staged.last <= track.covered_through:
            await self._publish_first(track, 1)

    async def _publish_first(self, track: Track, many: int) -> None:
        """Publish the first so many ranges, masked by all that is decided by now; nothing if one is held then."""
        while stale := [
            place for place in range(many) if track.ranges[place].decided != track.state.decided
        ]:
            await self._again(track, stale[0])
            if len(track.ranges) < many:
                return
        await self.promotion.publish(track.state, track.ranges[:many])
        del track.ranges[:many]

    async def _again(self, track: Track, place: int) -> None:
        """Stage a range anew that was staged before a path turned personal."""
        part = track.ranges[place]
        staged = part.staged
        again = await self.promotion.stage(track.state, staged.after, staged.last, staged.rows)
        again = replace(again, began_at=part.began_at)
        if again.held:
            del track.ranges[place:]
            await self._hold(track, again)
        else:
            track.ranges[place] = again

    def held(self) -> Sequence[StreamDescriptor]:
        return [descriptor for descriptor, track in self.tracks.items() if track.is_held]


async def _together(works: Iterable[Coroutine[None, None, Audited]]) -> Sequence[Audited]:
    """Do all side by side; after a failure, or when we are cancelled, none goes on.

    Errors: the first that was raised.
    """
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
