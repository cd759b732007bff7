"""Records and states, in the order they were read, cut into landings."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.core.catalog import StreamDescriptor
from app.core.records import Batch, Landing, Refused, State

Batches = dict[StreamDescriptor, Batch]
_SANE_MS = (0, 7_258_118_400_000)  # 1970 to 2200


@dataclass(slots=True)
class _Waiting:
    """A state that waits with the records it stands for until a landing is worth its transaction."""

    batches: Batches
    state: State

    @property
    def read(self) -> int:
        return sum(batch.read for batch in self.batches.values())

    @property
    def size_bytes(self) -> int:
        return sum(map(held_by, self.batches.values()))


@dataclass(slots=True)
class Landings:
    """Gathers records until they are a landing.

    Shape:  states leave in the order they came; the newest of a stream replaces the one before.
            `ready` holds landings that are whole, in order.
    Units:  `batch_records` or `batch_bytes` of one stream (of all, for a GLOBAL or LEGACY state)
            after which a state ends a landing; `landing_bytes` of all streams together, after
            which everything is landed, with a state or without.
    """

    batch_records: int
    batch_bytes: int
    landing_bytes: int
    clock: Callable[[], float] = time.monotonic
    ready: list[Landing] = field(default_factory=list)
    held_bytes: int = 0
    _open: Batches = field(default_factory=dict)
    # by stream; a GLOBAL or LEGACY state waits alone, under None
    _waiting: dict[StreamDescriptor | None, _Waiting] = field(default_factory=dict)
    _since: float | None = None

    def batch(self, stream: StreamDescriptor, emitted_at: float | None = None) -> Batch:
        """The batch that takes this stream's next record.

        The caller appends to it and adds the bytes to `held_bytes`.
        Units: `emitted_at` in milliseconds, of the batch's first record.
        """
        batch = self._open.get(stream)
        if batch is None:
            batch = self._open[stream] = Batch(stream=stream, extracted_at=_instant(emitted_at))
            self._note_time()
        return batch

    def refuse(self, stream: StreamDescriptor, refused: Refused) -> None:
        """Keep a record that cannot be stored in its place, with its reason."""
        self.batch(stream).refused.append(refused)
        self.held_bytes += len(refused.head)

    def close_with(self, state: State) -> None:
        """A state stands for every record of its stream read before it."""
        key = state.descriptor
        if key is None or None in self._waiting:
            # states of one stream and states of all must not overtake each other
            self._land_waiting([other for other in self._waiting if other != key])
        waiting = self._waiting.pop(key, None) or _Waiting({}, state)
        waiting.state = state
        for batch in self._take(key):
            _append(waiting.batches, batch)
        self._waiting[key] = waiting
        self._note_time()
        if waiting.read >= self.batch_records or waiting.size_bytes >= self.batch_bytes:
            self._land_waiting(self._up_to(key))

    def complete(self, stream: StreamDescriptor) -> None:
        """A stream has ended: its last records leave, and the landing that has them says so."""
        key = None if None in self._waiting else stream
        at = len(self.ready)
        if key in self._waiting:
            self._land_waiting(self._up_to(key))
        rest = tuple(self._take(stream))
        if rest or len(self.ready) == at:
            self._land(Landing(batches=rest, completed=(stream,)))
        else:
            last = self.ready[-1]
            self.ready[-1] = Landing(
                batches=last.batches, state=last.state, completed=(*last.completed, stream)
            )

    def overflow(self) -> None:
        """Land everything once too many bytes are held."""
        if self.held_bytes >= self.landing_bytes:
            self.flush()

    def flush(self) -> None:
        """Land everything: states with their records, then the records after them, stateless."""
        self.flush_states()
        rest = tuple(self._open.values())
        self._open = {}
        if rest:
            self._land(Landing(batches=rest))
        self._since = None

    def flush_states(self) -> None:
        """Land what a state stands for; what was read after it stays."""
        self._land_waiting(tuple(self._waiting))

    @property
    def age_s(self) -> float:
        """How long the oldest of what is held has waited."""
        return 0.0 if self._since is None else self.clock() - self._since

    @property
    def is_empty(self) -> bool:
        return not self._open and not self._waiting

    def _take(self, key: StreamDescriptor | None) -> Sequence[Batch]:
        """The open batches of a stream, or of all."""
        if key is None:
            taken = tuple(self._open.values())
            self._open = {}
            return taken
        batch = self._open.pop(key, None)
        return () if batch is None else (batch,)

    def _up_to(self, key: StreamDescriptor | None) -> Sequence[StreamDescriptor | None]:
        """What waits up to this state, in the order the states came."""
        keys = tuple(self._waiting)
        return keys[: keys.index(key) + 1]

    def _land_waiting(self, keys: Iterable[StreamDescriptor | None]) -> None:
        for key in keys:
            waiting = self._waiting.pop(key)
            self._land(Landing(batches=tuple(waiting.batches.values()), state=waiting.state))
        if self.is_empty:
            self._since = None

    def _land(self, landing: Landing) -> None:
        self.ready.append(landing)
        for batch in landing.batches:
            self.held_bytes -= held_by(batch)

    def _note_time(self) -> None:
        if self._since is None:
            self._since = self.clock()


def held_by(batch: Batch) -> int:
    """Bytes of memory that a batch's content takes: its records and the heads of refused ones."""
    return batch.size_bytes + sum(len(refused.head) for refused in batch.refused)


def _append(batches: Batches, batch: Batch) -> None:
    first = batches.get(batch.stream)
    if first is None:
        batches[batch.stream] = batch
        return
    first.records += batch.records
    first.refused += batch.refused
    first.size_bytes += batch.size_bytes


def _instant(emitted_at: float | None) -> datetime:
    if emitted_at is None or not _SANE_MS[0] < emitted_at < _SANE_MS[1]:
        return datetime.now(UTC)
    return datetime.fromtimestamp(emitted_at / 1_000, UTC)
