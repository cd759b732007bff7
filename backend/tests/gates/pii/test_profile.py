import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.core.catalog import Path
from app.gates.pii.profile import (
    DEPTH_LIMIT,
    PATH_LIMIT,
    VALUE_LIMIT,
    PathProfile,
    profile,
    spread,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=5), below, max_size=4)
    ),
    max_leaves=20,
)


def profiled(*records: object) -> dict[Path, PathProfile]:
    return {each.path: each for each in profile([json.dumps(r).encode() for r in records])}


def test_nested_objects_and_arrays_have_paths_of_their_own() -> None:
    paths = profiled({"id": 1, "address": {"city": "Berlin"}, "tags": ["a", "b"], "l": [{"x": 1}]})

    assert set(paths) == {("id",), ("address", "city"), ("tags", "[]"), ("l", "[]", "x")}
    assert paths["tags", "[]"].distinct == 2


def test_types_nulls_and_lengths_are_counted() -> None:
    paths = profiled({"a": "four"}, {"a": None}, {"a": 7}, {})

    assert paths["a",].types == {"string": 1, "null": 1, "integer": 1}
    assert paths["a",].null_share == 0.25
    assert paths["a",].max_length == 4


def test_integers_of_any_size_and_whole_floats_keep_their_digits() -> None:
    card = 4111111111111111
    paths = profiled({"a": 10**40, "b": float(card), "c": 1.5})

    assert paths["a",].texts == [str(10**40)]
    assert paths["b",].texts == [str(card)]
    assert paths["c",].texts == ["1.5"]


def test_numbers_beyond_a_double_are_read_as_jsonb_takes_them() -> None:
    [found] = profile([b'{"a": 1e400}'])

    assert found.types == {"number": 1}


def test_values_come_from_the_whole_sample_not_from_its_head() -> None:
    paths = profiled(*({"a": f"value {index}"} for index in range(2_000)))

    assert len(paths["a",].values) == VALUE_LIMIT
    assert paths["a",].distinct == 2_000
    assert paths["a",].texts[-1] == "value 1990"


def test_no_value_is_in_a_repr() -> None:
    assert "Anna Berg" not in repr(profiled({"name": "Anna Berg"}))


def test_an_object_with_unbounded_keys_is_one_path_with_its_keys_as_values() -> None:
    records = [{"by_user": {f"user{index}@example.org": index}} for index in range(100)]

    paths = profiled(*records)

    assert set(paths) == {("by_user",)}
    assert paths["by_user",].is_whole
    assert "user7@example.org" in paths["by_user",].texts


def test_what_is_too_deep_is_judged_as_a_whole() -> None:
    record: dict[str, Any] = {"leaf": "Anna Berg"}
    for _ in range(DEPTH_LIMIT + 40):
        record = {"n": record}

    [found] = profiled(record).values()

    assert found.is_whole
    assert found.texts[-1] == "Anna Berg" or "Anna Berg" in found.texts


def test_too_many_paths_are_merged_and_none_is_lost() -> None:
    wide = {f"o{a}": {f"k{b}": f"{a}.{b}" for b in range(50)} for a in range(60)}

    paths = profiled(wide)

    assert len(paths) <= PATH_LIMIT
    assert {path[0] for path in paths} == set(wide)


@given(st.lists(st.dictionaries(st.text(min_size=1, max_size=5), JSON, max_size=5), max_size=5))
def test_any_json_is_profiled_the_same_each_time(records: list[dict[str, object]]) -> None:
    encoded = [json.dumps(record).encode() for record in records]

    found = profile(encoded)

    assert found == profile(encoded)
    assert [each.path for each in found] == sorted(each.path for each in found)


@given(st.lists(st.integers()), st.integers(1, 50))
def test_a_spread_keeps_order_and_limit(values: list[int], limit: int) -> None:
    chosen = spread(values, limit)

    assert len(chosen) == min(limit, len(values))
    assert list(chosen[:1]) == values[:1]
