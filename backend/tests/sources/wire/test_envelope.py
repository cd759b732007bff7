"""Tests of app/sources/wire/envelope.py."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.sources.wire import envelope
from app.sources.wire.envelope import BadRecord, Garbage, Heard, Message, messages, read_line
from tests.fixtures.in_time import in_time

TEXTS = st.text(
    alphabet=st.sampled_from([*'{}[]",:\\ a\u00e9\u4e2d', "\u0000", "\n", "\U0001f600"]), max_size=8
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["emitted_at", "data", "stream", "namespace", "record", "type", "a", "meta"])
DATA = st.dictionaries(KEYS | TEXTS, VALUES, max_size=4)
MEMBERS = st.lists(
    st.sampled_from(
        [
            '"stream":"users"',
            '"stream": "or\\"ders"',
            '"namespace":"public"',
            '"namespace":null',
            '"emitted_at":5',
            '"emitted_at": 17',
            '"meta":{"changes":[]}',
        ]
    ),
    max_size=5,
)


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """Lines that are RECORDs, nearly so, or look so: any order of keys, doubled and missing ones."""
    spaces = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    ascii_only = draw(st.booleans())
    data = json.dumps(draw(DATA), separators=spaces, ensure_ascii=ascii_only)
    before, after = draw(MEMBERS), draw(MEMBERS)
    record = "{" + spaces[0].join([*before, f'"data"{spaces[1]}{data}', *after]) + "}"
    outer = draw(st.sampled_from(["", ',"x":{"b":{},"emitted_at":7}', ',"record":null']))
    return f'{{"type"{spaces[1]}"RECORD"{spaces[0]}"record"{spaces[1]}{record}{outer}}}'.encode()


def told(heard: Heard) -> object:
    """What a heard line comes to, comparable."""
    if isinstance(heard, Message) and heard.record is not None:
        record = heard.record
        return record.stream, record.namespace, bytes(record.data), record.emitted_at
    if isinstance(heard, BadRecord):
        return "bad", heard.stream, heard.namespace
    if isinstance(heard, Message) and heard.type == "RECORD":
        return "bad", None, None  # as the conversation takes it
    return type(heard).__name__


@given(lines())
@example(
    b'{"type":"RECORD","record":{"namespace":"a","stream":"u","data":{},"emitted_at":1,"namespace":"b"}}'
)
@example(b'{"type":"RECORD","record":{"stream":"u","data":{"a":1}},"x":{"b":{},"emitted_at":7}}')
@example(
    b'{"type":"RECORD","record":{"stream":"u","data":{"a":"},\\"emitted_at\\":1}}"},"emitted_at":2}}'
)
def test_the_careful_cut_never_gives_another_answer_than_the_decoder(line: bytes) -> None:
    decoded = read_line(line)

    cut = envelope._cut(line)

    if isinstance(cut, Message):
        assert told(cut) == told(decoded)


@given(st.lists(lines(), max_size=6))
def test_a_block_says_what_its_lines_say(said: list[bytes]) -> None:
    block = b"".join(line + b"\n" for line in said)

    together = [told(heard) for heard in messages(block)]

    assert together == [told(read_line(line)) for line in said]


@given(DATA)
def test_the_bytes_of_data_pass_untouched(data: dict[str, object]) -> None:
    sent = json.dumps(data, separators=(", ", " : ")).encode()
    line = b'{"type":"RECORD","record":{"stream":"u","data":%s,"emitted_at":1}}' % sent

    heard = read_line(line)

    assert isinstance(heard, Message)
    assert heard.record is not None
    assert bytes(heard.record.data) == sent


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":NaN}',
        b'{"a":-Infinity,"b":"}"}',
        b'{"a":"\xff\xfe"}',
        b'{"a":"\\u0000"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\x01"}',
        b'{"a":01,"b":1e400}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_data_that_is_not_quite_json_passes_for_explore_to_judge(data: bytes) -> None:
    line = b'{"type": "RECORD", "record": {"stream": "u", "data": %s, "emitted_at": 1}}' % data

    heard = read_line(line)

    assert isinstance(heard, Message)
    assert heard.record is not None
    assert bytes(heard.record.data) == data


def test_a_string_that_is_not_closed_is_looked_at_once() -> None:
    cut = b'{"type":"RECORD","record":{"stream":"u","data":{"a":"' + b'\\"' * 2_000_000

    with in_time():
        heard = read_line(cut)

    assert isinstance(heard, BadRecord)
    assert heard.stream == "u"


@pytest.mark.parametrize(
    ("line", "stream"),
    [
        (b'{"type":"RECORD","record":{"stream":"u","data":{}}}', "u"),
        (b'{"type":"RECORD","record":{"stream":"u","data":{},"emitted_at":"now"}}', "u"),
        (b'{"type":"RECORD","record":{"stream":"u","data":{"a":NaN}}}', "u"),
        (b'{"type":"RECORD","record":{"stream":"u","data":{"a":"cut o', "u"),
        (b'{"type":"RECORD","record":{"data":{},"emitted_at":1}}', None),
        (b'{"type":"RECORD","record":null}', None),
        (b'{"type":"RECORD","reco', None),
    ],
)
def test_a_broken_record_is_kept_as_one(line: bytes, stream: str | None) -> None:
    heard = read_line(line)

    assert isinstance(heard, BadRecord)
    assert heard.stream == stream


@pytest.mark.parametrize(
    "line", [b"hello", b"123", b"[]", b'{"a":1}', b'{"type":1}', b"\xff\xfe{\x00"]
)
def test_what_is_no_message_is_garbage(line: bytes) -> None:
    assert isinstance(read_line(line), Garbage)


def test_a_bad_line_does_not_change_its_neighbours() -> None:
    good = b'{"type":"RECORD","record":{"stream":"u","data":{},"emitted_at":1}}'

    heard = list(messages(b"\n".join([good, b"oops", b"", good, b""])))

    assert [type(one) for one in heard] == [Message, Garbage, Message]


def test_two_messages_on_one_line_are_no_message() -> None:
    good = b'{"type":"RECORD","record":{"stream":"u","data":{},"emitted_at":1}}'

    heard = list(messages(good + good + b"\n"))

    assert [type(one) for one in heard] == [BadRecord]
