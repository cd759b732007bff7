"""Which batches of an attempt need not be read again: those that a state stands behind, or a stream's end.

The next sync reads an incremental stream on from its last state, wherever the stream said that it was complete.
So its end covers nothing: what follows the last state would be read, and appended, a second time (decision 0053).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.core.catalog import ReadMode, StreamDescriptor
from app.core.connections import ConnectedStream
from app.core.failures import StateMissing
from app.core.ids import BatchId
from app.core.records import Landing, State

_NOTHING = BatchId(0)


def is_incremental(stream: ConnectedStream) -> bool:
    return stream.configured.sync_mode.reads is ReadMode.INCREMENTAL


@dataclass(frozen=True, slots=True)
class Covered:
    """A stream need not be read again up to a batch."""

    stream: StreamDescriptor
    through: BatchId
    is_complete: bool


@dataclass(slots=True, kw_only=True)
class Coverage:
    """Follows the landings in the order in which the source sent them.

    Shape: `last_batch` is each stream's until now. `ends_cover` in a backfill, which reads a range once more and has
           no state to go on from. `stated` is the last batch before a stream's newest state; `ended` are streams
           that are complete while a state of theirs is still to come.
    """

    streams: Mapping[StreamDescriptor, ConnectedStream]
    last_batch: Mapping[StreamDescriptor, BatchId]
    ends_cover: bool = False
    stated: dict[StreamDescriptor, BatchId] = field(default_factory=dict)
    ended: set[StreamDescriptor] = field(default_factory=set)

    def named(self, state: State) -> Sequence[StreamDescriptor]:
        """The incremental streams that a state speaks of; a global one of all. Of a full refresh no state is kept."""
        named = [state.descriptor] if state.descriptor else list(self.streams)
        return [descriptor for descriptor in named if is_incremental(self.streams[descriptor])]

    def of(self, landing: Landing) -> Sequence[Covered]:
        """What is covered once the landing is there; its state comes before the ends that it brings."""
        found = []
        for descriptor in self.named(landing.state) if landing.state is not None else ():
            if descriptor in self.last_batch:
                self.stated[descriptor] = self.last_batch[descriptor]
                found.append(self._covered(descriptor, is_complete=descriptor in self.ended))
                self.ended.discard(descriptor)
        for descriptor in landing.completed:
            if self._is_whole(descriptor):
                found.append(self._covered(descriptor, is_complete=True))
            else:
                self.ended.add(descriptor)
        return found

    def rest(self) -> Sequence[Covered]:
        """What the end of the whole read covers besides: streams that may be read again without harm.

        Errors: StateMissing for those that would stand there twice.
        """
        harmed = sorted(
            str(each) for each in self.ended if not self.streams[each].configured.sync_mode.dedupes
        )
        if harmed:
            raise StateMissing(
                f"The connector completed {', '.join(harmed)} without a STATE behind the last records: the next sync "
                "would read them again and append them a second time. They are not published.",
                streams=harmed,
            )
        return [self._covered(descriptor, is_complete=True) for descriptor in self.ended]

    def _is_whole(self, descriptor: StreamDescriptor) -> bool:
        """Whether a stream's end leaves nothing that would be read again."""
        return (
            self.ends_cover
            or not is_incremental(self.streams[descriptor])
            or self.stated.get(descriptor) == self.last_batch.get(descriptor)
        )

    def _covered(self, descriptor: StreamDescriptor, *, is_complete: bool) -> Covered:
        return Covered(descriptor, self.last_batch.get(descriptor, _NOTHING), is_complete)
