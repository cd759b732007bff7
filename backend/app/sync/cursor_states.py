"""A saved state read for its cursor, and the same state with another: as far as its form is surely known."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.catalog import shown
from app.core.cursors import CursorValue, just_before, read, written_like
from app.core.errors import InvalidRequest
from app.core.layout import Layout
from app.core.records import State, StateKind

_BESIDE_A_CURSOR = frozenset(
    {"state_type", "version", "stream_name", "stream_namespace", "cursor_field", "cursor_record_count"}
)  # fmt: skip
"""What database sources keep beside a cursor. Source: Airbyte's bulk CDK, CursorBasedStatus."""
_COUNTED = "cursor_record_count"
"""How many records had the cursor's value: of another value nobody knows."""
_TO_DO = "Refresh the stream instead: it is read from its beginning, and what has not changed shows no seam."


@dataclass(frozen=True, slots=True)
class CursorState:
    """A stream's state, and the member of it that is the cursor.

    Shape: `sample` is the cursor as the source writes it; `is_number` if it is a JSON number.
    """

    state: State
    member: str
    sample: str
    is_number: bool
    value: CursorValue

    def before(self, value: CursorValue) -> State:
        """The state that lets the source begin with records of this cursor, or a little before them.

        Some sources send what is newer than their state, others what is as new as it too.
        """
        message = json.loads(self.state.message)
        content = message["stream"]["stream_state"]
        told = written_like(just_before(value), self.sample)
        content[self.member] = int(told) if self.is_number else told
        content.pop(_COUNTED, None)
        message.pop("sourceStats", None)
        return State(
            kind=self.state.kind,
            message=json.dumps(message).encode(),
            descriptor=self.state.descriptor,
            sent_by=self.state.sent_by,
        )


def of(state: State | None, layout: Layout) -> CursorState | None:
    """The cursor of a stream's state; none where it is not surely found."""
    if state is None or state.kind is not StateKind.STREAM or layout.cursor_type is None:
        return None
    stream = json.loads(state.message).get("stream")
    content = stream.get("stream_state") if isinstance(stream, Mapping) else None
    if not isinstance(content, Mapping) or (member := _member(content, layout)) is None:
        return None
    said = content[member]
    is_number = isinstance(said, int) and not isinstance(said, bool)
    if not is_number and not isinstance(said, str):
        return None
    sample = str(said)
    value = read(sample, layout.cursor_type)
    if value is None or (is_number and layout.cursor_type.is_instant):
        return None
    return CursorState(state, member, sample, is_number, value)


def require(state: State | None, layout: Layout) -> CursorState:
    """Errors: InvalidRequest, with what to do, if no cursor can be put into the stream's state."""
    stream = shown(str(layout.descriptor))
    if state is None:
        raise InvalidRequest(
            f"Nothing is saved yet of how far {stream} was read, so nobody knows how its source writes that "
            "down. Sync it first; a backfill is for what was read once.",
            stream=stream,
        )
    if state.kind is not StateKind.STREAM:
        raise InvalidRequest(
            f"This source keeps one state for all its streams, and no range of {stream} alone can be asked "
            f"for. {_TO_DO}",
            stream=stream,
        )
    if (found := of(state, layout)) is None:
        raise InvalidRequest(
            f"The state of {stream} is not just a cursor (it may be one for each partition, or count pages), "
            f"so a range's beginning cannot be put into it. {_TO_DO}",
            stream=stream,
        )
    return found


def _member(content: Mapping[str, object], layout: Layout) -> str | None:
    """The name under which a state has its cursor, where it has nothing that may contradict another one.

    Shape: `{"updated_at": …}`, or what database sources keep: `{"cursor": …, "cursor_field": ["updated_at"]}`.
    """
    (*_, field) = layout.cursor_field
    if set(content) == {field}:
        return field
    if content.get("cursor_field") in ([field], field) and set(content) <= _BESIDE_A_CURSOR | {"cursor"}:  # fmt: skip
        return "cursor" if "cursor" in content else None
    return None
