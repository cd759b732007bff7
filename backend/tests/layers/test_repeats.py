"""Tests of app/layers/repeats.py."""

import pytest

from app.layers.repeats import repeats_a_key, with_repeated_keys

PLAIN = b'{"id": 1, "name": "a", "extra": {"note": "b"}}'
REPEATED = b'{"id": 1, "name": "a", "extra": {"note": "b", "note": "c"}}'


@pytest.mark.parametrize("place", [0, 1_234, 1_999])
def test_one_in_a_batch_is_found_wherever_it_stands(place: int) -> None:
    records = [PLAIN] * 2_000
    records[place] = REPEATED

    assert list(with_repeated_keys(records)) == [place]


def test_all_are_found_where_all_repeat() -> None:
    assert list(with_repeated_keys([REPEATED] * 100)) == list(range(100))


def test_optional_fields_repeat_nothing() -> None:
    records = [b'{"id": %d%s}' % (n, b', "name": "a"' * (n % 2)) for n in range(100)]

    assert list(with_repeated_keys(records)) == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1, "a": 1}', True),
        (b'{"a": {"a": {"a": 1}}}', False),
        (b'[{"a": 1}, {"a": 2}]', False),
        (b'{"a": "\\"a\\": 1"}', False),
        (b'{"\\u0061": 1, "a": 2}', True),
        (b"no JSON", False),
        (b"[" * 100_000, False),
    ],
)
def test_a_key_is_repeated_within_one_object_alone(data: bytes, expected: bool) -> None:
    assert repeats_a_key(data) is expected
