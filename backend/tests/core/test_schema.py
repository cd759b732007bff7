"""Tests of app/core/schema.py: which column a JSON schema gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.schema import ColumnType, allows_null, column_type, properties, required

TEXT, JSONB = ColumnType.TEXT, ColumnType.JSONB

GOLDEN: list[tuple[object, ColumnType]] = [
    ({"type": "string"}, TEXT),
    ({"type": ["null", "string"]}, TEXT),
    ({"type": "integer"}, ColumnType.BIGINT),
    ({"type": "number"}, ColumnType.NUMERIC),
    ({"type": ["integer", "number", "null"]}, ColumnType.NUMERIC),
    ({"type": "number", "airbyte_type": "integer"}, ColumnType.BIGINT),
    ({"type": "string", "airbyte_type": "big_integer"}, ColumnType.NUMERIC),
    ({"type": "string", "airbyte_type": "big_number"}, ColumnType.NUMERIC),
    ({"type": "boolean"}, ColumnType.BOOLEAN),
    ({"type": "boolean", "airbyte_type": "integer"}, ColumnType.BOOLEAN),
    ({"type": "object"}, JSONB),
    ({"type": "array", "items": {"type": "string"}}, JSONB),
    ({"type": "string", "format": "date"}, ColumnType.DATE),
    ({"type": "string", "format": "date-time"}, ColumnType.TIMESTAMPTZ),
    ({"type": "string", "format": "date-time", "airbyte_type": "timestamp_without_timezone"}, ColumnType.TIMESTAMP),
    ({"type": "string", "airbyte_type": "time_with_timezone"}, ColumnType.TIMETZ),
    ({"type": "string", "format": "time"}, ColumnType.TIME),
    ({"type": "string", "format": "time", "airbyte_type": "time_without_timezone"}, ColumnType.TIME),
    ({"type": "string", "format": "email"}, TEXT),
    ({"type": "integer", "format": "date"}, ColumnType.BIGINT),
    ({"oneOf": [{"type": "string"}, {"type": "null"}]}, TEXT),
    ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, ColumnType.NUMERIC),
    ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, JSONB),
    ({"oneOf": [{"type": "string", "format": "date"}, {"type": "string"}]}, JSONB),
    ({"oneOf": [{"oneOf": [{"type": "string"}]}]}, JSONB),
    ({"$ref": "http://169.254.169.254/x"}, JSONB),
    ({"type": []}, JSONB),
    ({"type": ["null"]}, JSONB),
    ({"type": "null"}, JSONB),
    ({"type": ["string", "object"]}, JSONB),
    ({"type": 7}, JSONB),
    ({}, JSONB),
    (True, JSONB),
    (None, JSONB),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "expected"), GOLDEN)
def test_the_narrowest_type_that_every_value_fits(schema: object, expected: ColumnType) -> None:
    assert column_type(schema) is expected


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["string", "null", "object", "date"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["type", "oneOf", "anyOf", "format", "airbyte_type", "properties"]), inner),
    max_leaves=10,
)  # fmt: skip


@given(ANYTHING)
def test_no_schema_breaks_it(schema: object) -> None:
    assert column_type(schema) in ColumnType
    assert allows_null(schema) in (True, False)
    if isinstance(schema, dict):
        assert isinstance(properties(schema), dict)
        assert isinstance(required(schema), frozenset)


def test_a_field_may_be_null_unless_its_type_says_no() -> None:
    assert allows_null({"type": ["null", "string"]})
    assert allows_null({"type": "null"})
    assert allows_null({})
    assert not allows_null({"type": "string"})
    assert not allows_null({"type": ["string"]})
