"""Tests of app/core/schema_difference.py: any two schemas, told apart by the names of fields."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.schema_difference import (
    DEEPEST,
    LISTED,
    SchemaDifference,
    difference,
    digest_of,
    shape_of,
)

Schema = dict[str, object]
NAMES = st.text(max_size=6)
LEAVES = st.builds(
    lambda kinds, more: {"type": kinds, **more},
    st.lists(st.sampled_from(["string", "integer", "null", "boolean"]), min_size=1, unique=True),
    st.sampled_from([{}, {"format": "date"}, {"airbyte_type": "big_integer"}]),
)


def objects(fields: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    return st.dictionaries(NAMES, fields, max_size=5).map(
        lambda properties: {"type": "object", "properties": properties}
    )


FIELDS: st.SearchStrategy[Schema] = st.recursive(
    LEAVES,
    lambda inner: objects(inner) | inner.map(lambda items: {"type": "array", "items": items}),
    max_leaves=12,
)
SCHEMAS = objects(FIELDS)


def compared(old: Schema, new: Schema) -> SchemaDifference:
    return difference(shape_of(old), shape_of(new))


@given(SCHEMAS, SCHEMAS)
def test_two_schemas_differ_exactly_if_their_digests_do(old: Schema, new: Schema) -> None:
    same = digest_of(shape_of(old)) == digest_of(shape_of(new))

    assert bool(compared(old, new)) is not same


@given(SCHEMAS, SCHEMAS)
def test_the_way_back_is_the_other_way_round(old: Schema, new: Schema) -> None:
    there, back = compared(old, new), compared(new, old)

    assert (there.added, there.removed, there.retyped) == (back.removed, back.added, back.retyped)


@given(SCHEMAS, st.data())
def test_one_field_that_goes_is_all_that_is_told(schema: Schema, data: st.DataObject) -> None:
    properties = schema["properties"]
    assert isinstance(properties, dict)
    name = data.draw(st.sampled_from([*properties, "new"]))
    others = {n: f for n, f in properties.items() if n != name}
    fewer = {**schema, "properties": others}
    more = {**schema, "properties": {**others, name: data.draw(FIELDS)}}

    assert compared(more, fewer) == SchemaDifference(removed=((name,),))
    assert compared(fewer, more) == SchemaDifference(added=((name,),))


@given(SCHEMAS)
def test_order_and_words_are_no_difference(schema: Schema) -> None:
    other = json.loads(json.dumps(schema, sort_keys=True))
    other |= {"title": "Orders", "description": "…", "additionalProperties": True}

    assert not compared(schema, other)


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ({"type": "integer"}, {"type": "string"}, {"retyped": ["a"]}),
        ({"type": "integer"}, {"type": ["null", "integer"]}, {"retyped": ["a"]}),
        ({"type": ["null", "integer"]}, {"type": ["integer", "null"]}, {}),
        ({"type": "string"}, {"type": "string", "format": "date-time"}, {"retyped": ["a"]}),
        ({"oneOf": [{"type": "null"}, {"type": "integer"}]}, {"type": ["null", "integer"]}, {}),
        (
            {"type": "object", "properties": {"b": {"type": "string"}}},
            {"type": "object", "properties": {"b": {"type": "integer"}, "c": {}}},
            {"added": ["a.c"], "retyped": ["a.b"]},
        ),
        (
            {"type": "array", "items": {"properties": {"b": {"type": "string"}}}},
            {"type": "array", "items": {"properties": {}}},
            {"removed": ["a.[].b"]},
        ),
        (
            {"type": "object", "properties": {"b": {"properties": {"c": {}}}}},
            {"type": "string"},
            {"retyped": ["a"]},
        ),
        ({"additionalProperties": {"type": "string"}}, {"additionalProperties": {"type": "number"}}, {"retyped": ["a.*"]}),
        ({"$ref": "#/one"}, {"$ref": "#/two"}, {"retyped": ["a"]}),
    ],
)  # fmt: skip
def test_what_is_told(old: Schema, new: Schema, names: dict[str, list[str]]) -> None:
    found = compared({"properties": {"a": old}}, {"properties": {"a": new}})

    assert found.named() == names


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(), lambda inner: (
    st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["type", "properties", "items", "oneOf", "format", "a"]), inner)
)))  # fmt: skip
def test_no_schema_is_too_odd(odd: object) -> None:
    shape = shape_of({"properties": {"a": odd}, "type": odd})

    assert digest_of(shape) == digest_of(shape)


def test_a_schema_without_bottom_ends_somewhere() -> None:
    schema: Schema = {"type": "string"}
    for number in range(5_000):
        schema = {"anyOf": [schema]} if number < 2_500 else {"properties": {"a": schema}}

    assert max(map(len, shape_of(schema))) == DEEPEST


def test_names_are_cut_and_their_number_said() -> None:
    many: Schema = {f"{number:03}{'x' * 500}\u202e\n": {} for number in range(LISTED + 5)}

    added = difference({}, shape_of({"properties": many})).named()["added"]

    assert len(added) == LISTED + 1
    assert added[-1] == "and 5 more"
    assert all(len(name) <= 101 and name.isprintable() for name in added)
