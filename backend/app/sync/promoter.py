"""Promotes what lands while the source is still being read: one task an attempt.

A range is staged as soon as enough of it has landed, and published once a state or the stream's
end covers it: until then the source could send it again after a crash (decision 0009). Some of this
is done at a time: ranges are staged beside each other and beside what is published, in order.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile

from app.core.catalog import StreamDescriptor
from app.core.connections import ConnectedStream
from app.sync.promotion import Promotion
from app.sync.taking import Audited, StreamState

_RANGES_AT_ONCE = 10
"""What has landed meanwhile is staged together, up to so many ranges: fewer are cheaper."""
_WORTH_A_LANE = 2
"""What part of a range is worth a lane of its own: a range more has its price, a smaller one no gain."""


@dataclass(slots=True)
class Part:
    """A range of a stream, (after, last], on its way from explore to chart. Shape: not `audited` while it is staged."""

    after: int
    last: int
    records: int
    began_at: datetime | None = None
    audited: Audited | None = None

    @property
    def is_good(self) -> bool:
        return self.audited is not None and not self.audited.held


@dataclass(slots=True, kw_only=True)
class Track:
    """How far one stream has come.

    Shape: batch ids; `waiting` is what is not staged yet, as (last batch, records), in order; `parts` what is, or is
           being staged, and not published.
    """

    state: StreamState
    staged_through: int
    landed_through: int
    covered_through: int
    waiting: deque[tuple[int, int]] = field(default_factory=deque)
    is_complete: bool = False
    is_held: bool = False
    is_first: bool = True
    parts: list[Part] = field(default_factory=list)

    @property
    def pending(self) -> int:
        """Records not staged yet."""
        return sum(records for _, records in self.waiting)

    @property
    def replaces(self) -> bool:
        return self.state.replaces

    @property
    def is_being_staged(self) -> bool:
        return any(part.audited is None for part in self.parts)

    def publishable(self) -> Sequence[Part]:
        """The first parts that may be published: of a generation that replaces another, all of it or nothing."""
        good = list(takewhile(lambda part: part.is_good, self.parts))
        if not self.replaces:
            return [part for part in good[:1] if part.last <= self.covered_through]
        is_whole = self.is_complete and self.staged_through >= self.landed_through
        return good if is_whole and not self.is_held and len(good) == len(self.parts) else []

    def stale(self, parts: Sequence[Part]) -> Sequence[Part]:
        """Those that were staged before a path turned personal."""
        decided = self.state.decided
        return [part for part in parts if part.audited and part.audited.decided != decided]


@dataclass(slots=True, kw_only=True)
class Promoter:
    """Follows the landings of one attempt; `run` it as a task, `finish` it, await the task.

    Shape: `lanes` is how much is done at a time: ranges that are staged, and one that is published.
    """

    promotion: Promotion
    first_records: int
    range_records: int
    lanes: int = 1
    tracks: dict[StreamDescriptor, Track] = field(default_factory=dict)
    works: set[asyncio.Task[None]] = field(default_factory=set)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    is_reading: bool = True
    is_failed: bool = False
    is_publishing: bool = False

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

    def held(self) -> Sequence[StreamDescriptor]:
        return [descriptor for descriptor, track in self.tracks.items() if track.is_held]

    async def run(self) -> None:
        """Promote until reading is over and all is done.

        Errors: the first AtlasError ends it; what is done beside it is broken off.
        """
        try:
            while True:
                self.wake.clear()
                self._see_ended()
                is_last = not self.is_reading
                for track in self.tracks.values():
                    await self._advance(track, is_last)
                if is_last and not self.works:
                    return
                await self.wake.wait()
        finally:
            for work in self.works:
                work.cancel()
            await asyncio.gather(*self.works, return_exceptions=True)

    # ── what is done at a time ────────────────────────────────────────────────────────────────

    @property
    def _has_room(self) -> bool:
        return len(self.works) < self.lanes

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(lambda _: self.wake.set())
        self.works.add(task)

    def _see_ended(self) -> None:
        """Errors: that of a work that failed."""
        for work in [work for work in self.works if work.done()]:
            self.works.remove(work)
            work.result()

    # ── one stream ────────────────────────────────────────────────────────────────────────────

    async def _advance(self, track: Track, is_last: bool) -> None:
        """Begin what can be done now, as far as there is room."""
        if self.is_failed:
            if track.is_being_staged:
                return
            self._give_back(track)
        self._pass_over_empty(track)
        await self._hold_back(track)
        self._begin_to_publish(track)
        while self._has_room and not track.is_held and self._is_due(track, is_last):
            self._begin_to_stage(track)

    def _is_due(self, track: Track, is_last: bool) -> bool:
        if self._limit(track) <= track.staged_through or (track.is_first and track.parts):
            return False
        wanted = self.first_records if track.is_first else self.range_records
        return is_last or track.is_complete or track.pending >= wanted

    def _pass_over_empty(self, track: Track) -> None:
        """Batches of which explore took nothing need not be staged."""
        limit = self._limit(track)
        if not track.pending and not track.is_held and limit > track.staged_through:
            track.staged_through = limit
            track.waiting.clear()

    def _give_back(self, track: Track) -> None:
        """Of a staged range that goes on past what is covered, the covered part is staged anew."""
        while track.parts and track.parts[-1].last > track.covered_through:
            part = track.parts.pop()
            track.staged_through = part.after
            track.waiting.appendleft((track.covered_through, part.records))

    def _limit(self, track: Track) -> int:
        if self.is_failed:
            return 0 if track.replaces and not track.is_complete else track.covered_through
        return track.landed_through

    def _begin_to_stage(self, track: Track) -> None:
        if (part := self._next_part(track)) is not None:
            track.parts.append(part)
            self._begin(self._stage(track, part))

    def _next_part(self, track: Track) -> Part | None:
        """What is staged next: bounded, however far ahead reading is; where much waits, a share of it for each
        lane that is free. None if explore took nothing of it."""
        limit, after = self._limit(track), track.staged_through
        due = sum(records for last, records in track.waiting if last <= limit)
        worth = due * _WORTH_A_LANE // self.range_records
        free = 1 if track.is_first else max(1, min(self.lanes - len(self.works), worth))
        share = min(_RANGES_AT_ONCE * self.range_records, -(-due // free))
        last, taken = after, 0
        while track.waiting and track.waiting[0][0] <= limit:
            if taken >= share and track.waiting[0][1]:
                break
            last, records = track.waiting.popleft()
            taken += records
        track.staged_through = last if taken else limit
        return Part(after, last, taken) if taken else None

    async def _stage(self, track: Track, part: Part) -> None:
        """Shape: a part that is staged anew has begun when it was staged first."""
        audited = await self.promotion.stage(track.state, part.after, part.last, part.records)
        part.began_at = part.began_at or audited.began_at
        part.audited = replace(audited, began_at=part.began_at)
        track.is_first = False

    async def _hold_back(self, track: Track) -> None:
        """Hold what a gate holds, and all behind it, which builds on it."""
        good = list(takewhile(lambda part: part.is_good, track.parts))
        behind = track.parts[len(good) :]
        if not behind or (first := behind[0].audited) is None:
            return
        track.is_held = True
        if all(part.audited for part in behind):
            track.parts = good
            await self.promotion.hold(track.state, first)

    def _begin_to_publish(self, track: Track) -> None:
        parts = track.publishable()
        if not parts or self.is_publishing or not self._has_room:
            return
        stale = track.stale(parts)
        for part in stale[: self.lanes - len(self.works)]:
            part.audited = None
            self._begin(self._stage(track, part))
        if not stale:
            self.is_publishing = True
            self._begin(self._publish(track, parts))

    async def _publish(self, track: Track, parts: Sequence[Part]) -> None:
        try:
            audited = [part.audited for part in parts if part.audited]
            if await self.promotion.publish(track.state, audited):
                del track.parts[: len(parts)]
        finally:
            self.is_publishing = False
