"""What travels: records as bytes, in batches; the source's state; the landing that takes both in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.core.catalog import StreamDescriptor


class Mode(StrEnum):
    """Where records came from; stands in every answer, log line and lineage event."""

    REAL = "real"
    MOCK = "mock"


class StateKind(StrEnum):
    """Source: Airbyte protocol, AirbyteStateMessage.type."""

    STREAM = "STREAM"
    GLOBAL = "GLOBAL"
    LEGACY = "LEGACY"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A STATE message: what the source needs to go on from here; opaque to Atlas.

    Shape: `message` is the AirbyteStateMessage object as JSON bytes, as it was sent, and goes
           back to the connector as it is; `descriptor` is set for kind STREAM alone; `sent_by`
           of one that was saved, as far as that is known.
    """

    kind: StateKind
    message: bytes
    descriptor: StreamDescriptor | None = None
    sent_by: "Sender | None" = None


@dataclass(frozen=True, slots=True)
class Sender:
    """The connector that a state is of."""

    connector: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A record that was read but cannot be stored: kept at the boundary `explore`, with its reason.

    Shape: `head` is at most the first 64 KiB of the record's bytes, or of the line where it holds no
           record that could be cut out; `size_bytes` is the whole.
    """

    rule: str
    reason: str
    head: bytes
    size_bytes: int


@dataclass(slots=True, kw_only=True)
class Batch:
    """A run of records of one stream, in order, never empty (refused records count).

    Shape: `records` are the bytes of `data` as they were sent, untouched.
    Units: `size_bytes` of the records alone.
    """

    stream: StreamDescriptor
    extracted_at: datetime
    records: list[bytes] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    size_bytes: int = 0

    @property
    def read(self) -> int:
        """RECORD messages read, stored or not."""
        return len(self.records) + len(self.refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """One transaction's worth: none or more batches (one a stream), at most one state.

    Shape: `completed` names streams that the connector has just said to be complete; their last
           records are in this landing or in an earlier one.
    """

    batches: Sequence[Batch] = ()
    state: State | None = None
    completed: Sequence[StreamDescriptor] = ()
