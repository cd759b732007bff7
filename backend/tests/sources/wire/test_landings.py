"""Tests of app/sources/wire/landings.py."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.core.catalog import StreamDescriptor
from app.core.records import Landing, Refused, State, StateKind
from app.sources.wire.landings import Landings

A, B = StreamDescriptor("a"), StreamDescriptor("b")


def landings(records: int = 3, landing_bytes: int = 1_000_000) -> Landings:
    return Landings(batch_records=records, batch_bytes=100_000, landing_bytes=landing_bytes)


def add(to: Landings, stream: StreamDescriptor, *records: bytes) -> None:
    batch = to.batch(stream, 1_700_000_000_000)
    for record in records:
        batch.records.append(record)
        batch.size_bytes += len(record)
        to.held_bytes += len(record)


def state(stream: StreamDescriptor | None, position: int = 0) -> State:
    kind = StateKind.STREAM if stream else StateKind.GLOBAL
    return State(kind=kind, message=json.dumps(position).encode(), descriptor=stream)


def summary(ready: Sequence[Landing]) -> list[tuple[dict[str, int], str | None, list[str]]]:
    return [
        (
            {batch.stream.name: batch.read for batch in landing.batches},
            landing.state.message.decode() if landing.state else None,
            [stream.name for stream in landing.completed],
        )
        for landing in ready
    ]


def test_a_landing_ends_at_the_first_state_once_it_is_large_enough() -> None:
    into = landings(records=3)

    add(into, A, b"1", b"2")
    into.close_with(state(A, 2))
    early = summary(into.ready)
    add(into, A, b"3")
    into.close_with(state(A, 3))

    assert early == []
    assert summary(into.ready) == [({"a": 3}, "3", [])]


def test_states_leave_in_the_order_they_came_each_with_its_own_records() -> None:
    into = landings(records=3)

    add(into, A, b"1")
    into.close_with(state(A, 1))
    add(into, A, b"2")
    add(into, B, b"1", b"2", b"3")
    into.close_with(state(B, 3))
    into.flush()

    assert summary(into.ready) == [({"a": 1}, "1", []), ({"b": 3}, "3", []), ({"a": 1}, None, [])]


def test_a_state_without_records_is_a_landing_without_batches() -> None:
    into = landings()

    into.close_with(state(A, 7))
    into.flush()

    assert summary(into.ready) == [({}, "7", [])]


def test_a_global_state_takes_all_streams_and_follows_states_of_streams() -> None:
    into = landings(records=10)

    add(into, A, b"1")
    into.close_with(state(A, 1))
    add(into, A, b"2")
    add(into, B, b"1")
    into.close_with(state(None, 9))
    add(into, B, b"2")
    into.close_with(state(B, 2))
    into.flush()

    assert summary(into.ready) == [
        ({"a": 1}, "1", []),
        ({"a": 1, "b": 1}, "9", []),
        ({"b": 1}, "2", []),
    ]


def test_a_complete_stream_is_said_by_the_landing_with_its_last_records() -> None:
    into = landings(records=10)

    add(into, A, b"1")
    into.close_with(state(A, 1))
    into.complete(A)
    add(into, B, b"1")
    into.close_with(state(B, 1))
    add(into, B, b"2")
    into.complete(B)

    assert summary(into.ready) == [
        ({"a": 1}, "1", ["a"]),
        ({"b": 1}, "1", []),
        ({"b": 1}, None, ["b"]),
    ]


def test_a_complete_stream_without_records_is_said_alone() -> None:
    into = landings()

    into.complete(A)

    assert summary(into.ready) == [({}, None, ["a"])]


def test_too_many_bytes_are_landed_without_a_state() -> None:
    into = landings(records=100, landing_bytes=10)

    add(into, A, b"12345")
    into.close_with(state(A, 1))
    add(into, B, b"12345")
    into.overflow()

    assert summary(into.ready) == [({"a": 1}, "1", []), ({"b": 1}, None, [])]
    assert into.held_bytes == 0


def test_a_batch_is_dated_by_its_first_record() -> None:
    into = landings()

    add(into, A, b"1")

    assert into.batch(A).extracted_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


EVENTS = st.lists(
    st.sampled_from(["record a", "record b", "refuse a", "state a", "state b", "global"])
    | st.sampled_from(["overflow", "flush", "complete a"]),
    max_size=40,
)


@given(EVENTS, st.integers(1, 4), st.integers(1, 40))
def test_no_state_ever_leaves_before_its_records_nor_takes_later_ones(
    events: list[str], records: int, landing_bytes: int
) -> None:
    into = landings(records, landing_bytes)
    sent: list[tuple[str, int]] = []

    for number, event in enumerate(events):
        verb, _, name = event.partition(" ")
        stream = B if name == "b" else A
        match verb:
            case "record":
                add(into, stream, b"%d" % number)
                sent.append((stream.name, number))
            case "refuse":
                refused = Refused(rule="r", reason="", head=b"%d" % number, size_bytes=1)
                into.refuse(stream, refused)
                sent.append((stream.name, number))
            case "state":
                into.close_with(state(stream, number))
            case "global":
                into.close_with(state(None, number))
            case "overflow":
                into.overflow()
            case "flush":
                into.flush()
            case _:
                into.complete(stream)
    into.flush()

    landed: list[tuple[str, int]] = []
    states: list[int] = []
    for landing in into.ready:
        for batch in landing.batches:
            assert batch.read > 0
            numbers = [int(one) for one in [*batch.records, *(r.head for r in batch.refused)]]
            landed += [(batch.stream.name, number) for number in numbers]
        if landing.state is not None:
            position = int(landing.state.message)
            states.append(position)
            key = landing.state.descriptor
            due = {one for one in sent if one[1] < position and (not key or one[0] == key.name)}
            there = {one for one in landed if not key or one[0] == key.name}
            assert there == due
    assert sorted(landed) == sorted(sent)
    assert states == sorted(states)
    assert into.held_bytes == 0
    assert into.is_empty
