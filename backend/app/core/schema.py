"""Which column holds what a JSON schema describes."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from app.core.catalog import JsonSchema


class ColumnType(StrEnum):
    """PostgreSQL's types that chart and navigate use."""

    TEXT = "text"
    BIGINT = "bigint"
    NUMERIC = "numeric"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMPTZ = "timestamptz"
    TIMESTAMP = "timestamp"
    TIME = "time"
    TIMETZ = "timetz"
    JSONB = "jsonb"

    @property
    def is_instant(self) -> bool:
        """True if its values can be a version's `valid_from`."""
        return self in (ColumnType.TIMESTAMPTZ, ColumnType.TIMESTAMP, ColumnType.DATE)


_NUMBERS = frozenset({ColumnType.BIGINT, ColumnType.NUMERIC})
_DATES = (ColumnType.DATE, ColumnType.TIMESTAMP, ColumnType.TIMESTAMPTZ)
"""Each takes what the one before it has."""


def joined(one: ColumnType, other: ColumnType) -> ColumnType:
    """The narrowest type that has the values of both, so that a column that grows loses none."""
    both = {one, other}
    if len(both) == 1:
        return one
    if ColumnType.JSONB in both:
        return ColumnType.JSONB
    if both <= _NUMBERS:
        return ColumnType.NUMERIC
    if both <= set(_DATES):
        return max(both, key=_DATES.index)
    return ColumnType.TEXT


_AIRBYTE = {
    "integer": ColumnType.BIGINT,
    "big_integer": ColumnType.NUMERIC,
    "big_number": ColumnType.NUMERIC,
    "timestamp_with_timezone": ColumnType.TIMESTAMPTZ,
    "timestamp_without_timezone": ColumnType.TIMESTAMP,
    "time_with_timezone": ColumnType.TIMETZ,
    "time_without_timezone": ColumnType.TIME,
}
_FORMAT = {
    "date": ColumnType.DATE,
    "date-time": ColumnType.TIMESTAMPTZ,
    "time": ColumnType.TIME,
}
_PLAIN = {
    "string": ColumnType.TEXT,
    "integer": ColumnType.BIGINT,
    "number": ColumnType.NUMERIC,
    "boolean": ColumnType.BOOLEAN,
    "object": ColumnType.JSONB,
    "array": ColumnType.JSONB,
}


def column_type(schema: object) -> ColumnType:
    """The narrowest type that every value of the schema fits; JSONB where only JSON does.

    Shape:  nothing is fetched: a `$ref`, `oneOf` of several kinds, `type: []` are JSONB.
    Source: Airbyte protocol, `airbyte_type`; JSON schema `type` and `format`.
    """
    if not isinstance(schema, Mapping):
        return ColumnType.JSONB
    kinds = _kinds(schema)
    if kinds == {"integer", "number"}:
        return ColumnType.NUMERIC
    if len(kinds) != 1:
        return ColumnType.JSONB
    (kind,) = kinds
    airbyte_type = schema.get("airbyte_type")
    if (
        isinstance(airbyte_type, str)
        and airbyte_type in _AIRBYTE
        and kind in ("string", "number", "integer")
    ):
        return _AIRBYTE[airbyte_type]
    format_ = schema.get("format")
    if kind == "string" and isinstance(format_, str) and format_ in _FORMAT:
        return _FORMAT[format_]
    return _PLAIN.get(kind, ColumnType.JSONB)


def allows_null(schema: object) -> bool:
    """True if the schema takes an explicit null, or says nothing of types."""
    if not isinstance(schema, Mapping):
        return True
    type_ = schema.get("type")
    if isinstance(type_, str):
        return type_ == "null"
    return not isinstance(type_, Sequence) or "null" in type_ or not type_


def properties(schema: JsonSchema) -> Mapping[str, object]:
    found = schema.get("properties")
    return (
        {k: v for k, v in found.items() if isinstance(k, str)} if isinstance(found, Mapping) else {}
    )


def required(schema: JsonSchema) -> frozenset[str]:
    found = schema.get("required")
    if not isinstance(found, Sequence) or isinstance(found, str):
        return frozenset()
    return frozenset(name for name in found if isinstance(name, str))


def _kinds(schema: Mapping[str, object]) -> set[str]:
    """The JSON kinds a schema allows, null aside."""
    type_ = schema.get("type")
    if isinstance(type_, str):
        return {type_} - {"null"}
    if isinstance(type_, Sequence):
        return {kind for kind in type_ if isinstance(kind, str)} - {"null"}
    for union in ("oneOf", "anyOf"):
        options = schema.get(union)
        if isinstance(options, Sequence) and not isinstance(options, str):
            return _union_kinds(options)
    return set()


def _union_kinds(options: Sequence[object]) -> set[str]:
    """One level of a union; a union in a union, or options of one kind but other formats, is JSON."""
    found: set[str] = set()
    for option in options:
        type_ = option.get("type") if isinstance(option, Mapping) else None
        if not isinstance(type_, str):
            return {"object"}
        if isinstance(option, Mapping) and ("format" in option or "airbyte_type" in option):
            return {"object"}
        found.add(type_)
    return found - {"null"}
