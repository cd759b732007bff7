"""Tests of app/core/json_schema.py: which column a JSON schema gets, in all forms that connectors use."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json_schema import Schema, with_fields
from app.core.schema import ColumnType

TEXT, JSONB, BIGINT, NUMERIC = (
    ColumnType.TEXT, ColumnType.JSONB, ColumnType.BIGINT, ColumnType.NUMERIC,
)  # fmt: skip
INSTANT, DAY = {"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}
NULL = {"type": "null"}

GOLDEN: list[tuple[object, ColumnType]] = [
    ({"type": "string"}, TEXT),
    ({"type": ["null", "string"]}, TEXT),
    ({"type": "integer"}, BIGINT),
    ({"type": "number"}, NUMERIC),
    ({"type": ["integer", "number", "null"]}, NUMERIC),
    ({"type": "boolean"}, ColumnType.BOOLEAN),
    ({"type": "object"}, JSONB),
    ({"type": "array", "items": {"type": "string"}}, JSONB),
    # formats
    (DAY, ColumnType.DATE),
    (INSTANT, ColumnType.TIMESTAMPTZ),
    ({"type": "string", "format": "time"}, ColumnType.TIME),
    ({"type": "integer", "format": "date"}, BIGINT),
    *(({"type": "string", "format": plain}, TEXT) for plain in ("email", "uri", "uuid", "binary", "byte", "datetime", 7)),
    *(({"type": "integer", "format": plain}, BIGINT) for plain in ("int32", "int64")),
    *(({"type": "number", "format": plain}, NUMERIC) for plain in ("float", "double", "decimal")),
    ({"type": "string", "contentEncoding": "base64"}, TEXT),
    # Airbyte's own types
    ({"type": "number", "airbyte_type": "integer"}, BIGINT),
    ({"type": "string", "airbyte_type": "big_integer"}, NUMERIC),
    ({"type": "string", "airbyte_type": "big_number"}, NUMERIC),
    ({"type": ["string", "number"], "airbyte_type": "big_number"}, NUMERIC),
    ({"type": "boolean", "airbyte_type": "integer"}, ColumnType.BOOLEAN),
    ({**INSTANT, "airbyte_type": "timestamp_with_timezone"}, ColumnType.TIMESTAMPTZ),
    ({**INSTANT, "airbyte_type": "timestamp_without_timezone"}, ColumnType.TIMESTAMP),
    ({"type": "string", "airbyte_type": "time_with_timezone"}, ColumnType.TIMETZ),
    ({"type": "string", "format": "time", "airbyte_type": "time_without_timezone"}, ColumnType.TIME),
    ({"type": "integer", "airbyte_type": "timestamp_with_timezone"}, BIGINT),
    ({"type": "string", "airbyte_type": "binary_data"}, TEXT),
    ({"type": "string", "airbyte_type": ["big_integer"]}, TEXT),
    # whole numbers, and those that 64 bits cannot hold
    ({"type": "number", "multipleOf": 1}, BIGINT),
    ({"type": "number", "multipleOf": 10.0}, BIGINT),
    ({"type": "number", "multipleOf": 0.01}, NUMERIC),
    ({"type": "number", "multipleOf": 0}, NUMERIC),
    ({"type": "integer", "maximum": 2**63 - 1}, BIGINT),
    ({"type": "integer", "maximum": 2**63}, NUMERIC),
    ({"type": "integer", "minimum": -1e30}, NUMERIC),
    # unions
    ({"oneOf": [{"type": "string"}, NULL]}, TEXT),
    ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, NUMERIC),
    ({"anyOf": [INSTANT, NULL, INSTANT]}, ColumnType.TIMESTAMPTZ),
    ({"oneOf": [{"oneOf": [{"anyOf": [INSTANT, NULL]}]}]}, ColumnType.TIMESTAMPTZ),
    ({"type": ["null", "string"], "anyOf": [{"format": "date"}, {"format": "date"}]}, ColumnType.DATE),
    ({"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, JSONB),
    ({"type": "string", "anyOf": [{"minLength": 1}, {"maxLength": 9}]}, TEXT),
    ({"oneOf": [INSTANT, {"type": "string"}]}, TEXT),
    ({"oneOf": [INSTANT, DAY]}, TEXT),
    ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, JSONB),
    ({"type": ["integer", "string"]}, JSONB),
    ({"type": ["boolean", "integer"]}, JSONB),
    ({"type": ["string", "object"]}, JSONB),
    ({"anyOf": [{"type": "string"}, {}]}, JSONB),
    ({"anyOf": []}, JSONB),
    # what must hold together
    ({"allOf": [{"type": "string"}, {"format": "date"}]}, ColumnType.DATE),
    ({"type": ["null", "number"], "allOf": [{"type": ["integer", "null"]}]}, BIGINT),
    ({"type": ["integer", "number"], "allOf": [{"type": "string"}]}, JSONB),
    ({"allOf": [{"anyOf": [{"type": "string"}, NULL]}, {"title": "name"}]}, TEXT),
    ({"allOf": [True, {"type": "boolean"}]}, ColumnType.BOOLEAN),
    # values alone
    ({"const": "a"}, TEXT),
    ({"const": None}, JSONB),
    ({"enum": ["a", "b", None]}, TEXT),
    ({"enum": [1, 2]}, BIGINT),
    ({"enum": [1, 2.5]}, NUMERIC),
    ({"enum": [True, False]}, ColumnType.BOOLEAN),
    ({"enum": [1, "a"]}, JSONB),
    ({"enum": []}, JSONB),
    ({"enum": [[1], {"a": 1}]}, JSONB),
    # no kinds said
    ({"properties": {"a": {}}}, JSONB),
    ({"items": {"type": "string"}}, JSONB),
    ({"additionalProperties": {"type": "string"}}, JSONB),
    ({"format": "date-time"}, JSONB),
    ({"type": []}, JSONB),
    ({"type": ["null"]}, JSONB),
    (NULL, JSONB),
    ({"type": 7}, JSONB),
    ({"type": "decimal"}, JSONB),
    ({}, JSONB),
    (True, JSONB),
    (False, JSONB),
    (None, JSONB),
    ("string", JSONB),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "expected"), GOLDEN)
def test_the_narrowest_type_that_every_value_fits(schema: object, expected: ColumnType) -> None:
    assert Schema.of(schema).column_type is expected


WHOLE = {
    "definitions": {
        "day": {"type": ["null", "string"], "format": "date"},
        "a/b~c": {"type": "integer"},
        "per cent": {"type": "number"},
        "again": {"$ref": "#/definitions/day"},
        "list": [{"type": "boolean"}],
        "circle": {"anyOf": [{"type": "string"}, {"$ref": "#/definitions/other"}]},
        "other": {"$ref": "#/definitions/circle"},
        "many0": {"type": "string"},
        **{
            f"many{n}": {"anyOf": [{"$ref": f"#/definitions/many{n - 1}"}] * 2}
            for n in range(1, 40)
        },
        "node": {"type": "object", "properties": {"next": {"$ref": "#/definitions/node"}}},
    },
    "$defs": {"yes": {"type": "boolean"}},
}


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("#/definitions/day", ColumnType.DATE),
        ("#/definitions/again", ColumnType.DATE),
        ("#/definitions/a~1b~0c", BIGINT),
        ("#/definitions/per%20cent", NUMERIC),
        ("#/definitions/list/0", ColumnType.BOOLEAN),
        ("#/$defs/yes", ColumnType.BOOLEAN),
        ("#/definitions/many3", TEXT),
        ("#/definitions/node", JSONB),
        ("#/definitions/circle", JSONB),
        ("#/definitions/many39", JSONB),
        ("#/definitions/list/one", JSONB),
        ("#/definitions/list/9", JSONB),
        ("#/definitions/day/format/0/1", JSONB),
        ("#/definitions/nowhere", JSONB),
        ("#somewhere", JSONB),
        ("#", JSONB),
        ("", JSONB),
        ("other.json#/definitions/day", JSONB),
        ("http://169.254.169.254/x#/definitions/day", JSONB),
        ("http://[", JSONB),
        ("file:///etc/passwd", JSONB),
        (7, JSONB),
    ],
)
def test_a_reference_within_the_schema_is_followed_and_no_other(
    reference: object, expected: ColumnType
) -> None:
    assert Schema({"$ref": reference}, WHOLE).column_type is expected


def test_what_stands_beside_a_reference_holds_too() -> None:
    said = {"$ref": "#/definitions/day", "type": "string"}

    assert Schema(said, WHOLE).column_type is ColumnType.DATE
    assert Schema({"$ref": "#/definitions/day"}, WHOLE).allows_null
    assert not Schema(said, WHOLE).allows_null


def test_fields_are_those_of_all_parts_that_must_hold_and_of_all_options() -> None:
    whole: Mapping[str, object] = {
        "$ref": "#/$defs/base",
        "allOf": [{"properties": {"a": {"type": "integer"}, "c": {"type": "string"}}}],
        "oneOf": [
            {"properties": {"d": INSTANT, "e": {"type": "string"}}, "required": ["d", "a"]},
            {"properties": {"d": INSTANT, "e": {"type": "integer"}}, "required": ["a"]},
        ],
        "required": ["c", 7],
        "$defs": {"base": {"type": "object", "properties": {"a": {"type": "number"}, "b": {}}}},
    }

    found = Schema.of(whole)

    assert {name: field.column_type for name, field in found.properties.items()} == {
        "a": BIGINT, "b": JSONB, "c": TEXT, "d": ColumnType.TIMESTAMPTZ, "e": JSONB,
    }  # fmt: skip
    assert found.required == {"a", "c"}


@pytest.mark.parametrize("schema", [
    {"type": ["null", "string"]}, NULL, {}, {"enum": ["a", None]}, {"properties": {}}, False,
    {"type": "string", "nullable": True}, {"anyOf": [{"type": "string"}, NULL]},
])  # fmt: skip
def test_a_field_may_be_null(schema: object) -> None:
    assert Schema.of(schema).allows_null


@pytest.mark.parametrize(
    "schema", [{"type": "string"}, {"type": ["string"]}, {"const": 1}, {"anyOf": [INSTANT]}]
)
def test_a_field_may_not_be_null_where_its_kinds_say_so(schema: object) -> None:
    assert not Schema.of(schema).allows_null


def test_fields_are_declared_beside_those_that_are() -> None:
    assert with_fields({"type": "object"}, {"a": {}}) == {"type": "object", "properties": {"a": {}}}
    assert with_fields({"properties": {"b": True}}, {"a": {}})["properties"] == {"b": True, "a": {}}
    assert with_fields({"properties": 7}, {"a": {}})["properties"] == {"a": {}}


WORDS = [
    "type", "oneOf", "anyOf", "allOf", "format", "airbyte_type", "properties", "items", "$ref", "enum", "const",
    "required", "multipleOf", "maximum", "nullable", "additionalProperties", "a",
]  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats()
    | st.sampled_from(["string", "null", "object", "number", "date", "#", "#/a", "#/properties/a", "#/oneOf/0", "#/anyOf/1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@given(ANYTHING)
def test_no_schema_breaks_it_or_takes_long(schema: object) -> None:
    """Hypothesis holds each example to its deadline of 200 ms."""
    found = Schema.of(schema)

    assert found.column_type in ColumnType
    assert found.allows_null in (True, False)
    assert isinstance(found.required, frozenset)
    for field in found.properties.values():
        assert field.column_type in ColumnType


VALUES: Mapping[str, list[object]] = {
    "string": ["", "1", "1.5", "true", "null", "2024-01-01", "[]"], "integer": [0, 1], "number": [1.0, 1.5],
    "boolean": [True, False], "array": [[]], "object": [{}],
}  # fmt: skip


@given(st.sets(st.sampled_from(sorted(VALUES)), min_size=1))
def test_no_two_values_become_one_in_their_column(kinds: set[str]) -> None:
    values = [value for kind in sorted(kinds) for value in VALUES[kind]]

    type_ = Schema.of({"anyOf": [{"type": kind} for kind in kinds]}).column_type

    if type_ is not JSONB:
        texts = {value if isinstance(value, str) else json.dumps(value) for value in values}
        assert len(texts) == len({json.dumps(value) for value in values})


@pytest.mark.parametrize("word", ["anyOf", "allOf", "oneOf"])
def test_a_schema_without_bottom_is_json(word: str) -> None:
    schema: object = {"type": "string"}
    for _ in range(5_000):
        schema = {word: [schema]}

    assert Schema.of(schema).column_type is JSONB
