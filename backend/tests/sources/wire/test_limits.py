"""Tests of app/sources/wire/limits.py."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sources.wire.limits import Limits, measure
from tests.sources.reading import settings

VALUES = st.recursive(
    st.none() | st.integers() | st.text(alphabet='{}[]:"\\a', max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('{}":\\b'), inner, max_size=3)
    ),
    max_leaves=12,
)


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


def keys_of(value: object) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(keys_of, value.values()))
    return sum(map(keys_of, value)) if isinstance(value, list) else 0


@given(VALUES)
def test_depth_and_keys_are_counted_as_a_parser_would(value: object) -> None:
    data = json.dumps({"a": value}).encode()

    depth, keys = measure(data)

    assert (depth, keys) == (1 + depth_of(value), 1 + keys_of(value))


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b'{"a":' * 256 + b"1" + b"}" * 256, None),
        (b'{"a":' * 257 + b"1" + b"}" * 257, "too_deep"),
        (b'{"a":' + b"[" * 256 + b"]" * 256 + b"}", "too_deep"),
        (b'{"a":[' + b",".join([b"{}"] * 1_000) + b"]}", None),
        (b'{"a":"' + b"[" * 1_000 + b"]" * 1_000 + b'"}', None),
        (json.dumps({str(n): n for n in range(5_000)}).encode(), None),
        (json.dumps({str(n): n for n in range(5_001)}).encode(), "too_many_keys"),
        (json.dumps({"a": ":" * 50_000}).encode(), None),
        (b'{"a":"' + b"x" * 16_777_216 + b'"}', "value_too_large"),
    ],
)
def test_a_record_over_a_limit_is_named(data: bytes, rule: str | None) -> None:
    broken = Limits.of(settings()).broken(data)

    assert (broken and broken[0]) == rule
