"""Tests of app/processes/lines.py."""

from hypothesis import given
from hypothesis import strategies as st

from app.processes.lines import HEAD_BYTES, Lines, LongLine


def heard(lines: Lines, chunks: list[bytes]) -> list[bytes | LongLine]:
    found: list[bytes | LongLine] = []
    for chunk in chunks:
        found += lines.feed(chunk)
    found += lines.rest()
    return found


def whole(found: list[bytes | LongLine]) -> bytes:
    assert all(isinstance(block, bytes) for block in found)
    return b"".join(block for block in found if isinstance(block, bytes))


@given(st.lists(st.sampled_from([b"", b"a", b"bc", b"\n", b"d\ne", b"\n\n", b"f\n"]), max_size=12))
def test_however_the_bytes_are_cut_the_same_lines_come_out(chunks: list[bytes]) -> None:
    sent = b"".join(chunks)

    found = heard(Lines(100), [chunk for chunk in chunks if chunk])

    expected = sent if sent.endswith(b"\n") or not sent else sent + b"\n"
    assert whole(found) == expected
    assert all(isinstance(block, bytes) and block.endswith(b"\n") for block in found)


def test_a_byte_order_mark_at_the_start_is_taken_off() -> None:
    found = heard(Lines(100), [b'\xef\xbb\xbf{"a":1}\n', b"\xef\xbb\xbfb\n"])

    assert found == [b'{"a":1}\n', b"\xef\xbb\xbfb\n"]


def test_a_line_over_the_limit_leaves_its_head_and_its_size() -> None:
    line = b"x" * 300_000
    chunks = [
        b"first\n" + line[:1_000],
        *(line[i : i + 1_000] for i in range(1_000, 300_000, 1_000)),
    ]

    found = heard(Lines(100_000), [*chunks, b"\nlast\n"])

    assert found == [b"first\n", LongLine(line[:HEAD_BYTES], 300_000), b"last\n"]


def test_a_long_line_within_one_chunk_is_refused_alone() -> None:
    found = heard(Lines(10), [b"short\n" + b"y" * 20 + b"\nshort\n"])

    assert found == [b"short\n", LongLine(b"y" * 20, 20), b"short\n"]


def test_no_more_than_the_limit_is_held_of_a_line_that_never_ends() -> None:
    lines = Lines(100_000)

    for _ in range(100):
        assert list(lines.feed(b"z" * 10_000)) == []

    held = sum(len(part) for part in lines._parts)
    assert held <= 110_000
