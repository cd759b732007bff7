"""What PostgreSQL's types are in a stream's JSON schema, and the SQL that makes such JSON of their values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

_DEEPEST = 16
ANYTHING = ("object", "array", "string", "number", "boolean", "null")
_WHOLE = {"type": "integer"}
_NUMBER = {"type": "number"}
_TEXT = {"type": "string"}


class Order(StrEnum):
    """Of values that a cursor may have: how far before one is told."""

    INSTANT = "instant"
    DATE = "date"
    NUMBER = "number"
    OTHER = "other"


_SCHEMAS: Mapping[str, Mapping[str, object]] = {
    "bool": {"type": "boolean"},
    "int2": _WHOLE,
    "int4": _WHOLE,
    "int8": _WHOLE,
    "oid": _WHOLE,
    "float4": _NUMBER,
    "float8": _NUMBER,
    "numeric": _NUMBER,
    "money": _NUMBER,
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time", "airbyte_type": "time_without_timezone"},
    "timetz": {"type": "string", "format": "time", "airbyte_type": "time_with_timezone"},
    "timestamp": {
        "type": "string",
        "format": "date-time",
        "airbyte_type": "timestamp_without_timezone",
    },
    "timestamptz": {
        "type": "string",
        "format": "date-time",
        "airbyte_type": "timestamp_with_timezone",
    },
    "bytea": {"type": "string", "contentEncoding": "base64"},
    "json": {"type": list(ANYTHING)},
    "jsonb": {"type": list(ANYTHING)},
}
"""All others are text, as PostgreSQL writes them."""
_ORDERS = {
    "int2": Order.NUMBER,
    "int4": Order.NUMBER,
    "int8": Order.NUMBER,
    "float4": Order.NUMBER,
    "float8": Order.NUMBER,
    "numeric": Order.NUMBER,
    "date": Order.DATE,
    "timestamp": Order.INSTANT,
    "timestamptz": Order.INSTANT,
    "time": Order.OTHER,
    "timetz": Order.OTHER,
    "text": Order.OTHER,
    "varchar": Order.OTHER,
    "bpchar": Order.OTHER,
    "name": Order.OTHER,
    "uuid": Order.OTHER,
}
_MAY_BE_NO_NUMBER = ("float4", "float8", "numeric")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnType:
    """A type with all that it is made of, domains looked through.

    Shape: `name` is empty for a type that PostgreSQL does not bring itself; `element` of an array;
           `fields` of a composite; `is_json` if JSON of somebody's making is in it, with line ends.
    """

    name: str
    element: "ColumnType | None" = None
    fields: Sequence[tuple[str, "ColumnType"]] = ()
    is_json: bool = False
    is_too_deep: bool = False

    @property
    def schema(self) -> Mapping[str, object]:
        """The JSON schema of its values; nulls are not spoken of, as Airbyte's sources have it."""
        if self.is_too_deep:
            return {"type": list(ANYTHING)}
        if self.element is not None:
            is_money = self.element.name == "money"
            items = _NUMBER if is_money else self.element._within()
            return {"type": "array", "items": items}
        if self.fields:
            properties = {name: type_._within() for name, type_ in self.fields}
            return {"type": "object", "properties": properties}
        if self.is_json:
            return {"type": list(ANYTHING)}
        return _SCHEMAS.get(self.name, _TEXT)

    @property
    def order(self) -> Order | None:
        """None of a type whose values cannot be a cursor."""
        return _ORDERS.get(self.name)

    def as_json(self, value: str) -> str:
        """The SQL of what row_to_json shall be given, so that nothing of a value is lost and no line ends in it.

        Shape: within arrays and composites bytes stay in hexadecimal, and money as it is written.
        """
        if self.is_json:
            return f"translate(to_json({value})::text, E'\\n\\r\\t', '   ')::json"
        if self.element is not None:
            return f"{value}::numeric[]" if self.element.name == "money" else value
        match self.name:
            case "bytea":
                return f"translate(encode({value}, 'base64'), E'\\n', '')"
            case "money":
                return f"{value}::numeric"
            case "oid":
                return f"{value}::bigint"
            case _:
                return value

    def is_cursor(self, value: str) -> str | None:
        """The SQL that is true of a value that others can come after; none if it is true of all."""
        if self.order in (Order.INSTANT, Order.DATE):
            return f"isfinite({value})"
        if self.name in _MAY_BE_NO_NUMBER:
            return f"{value}::text NOT IN ('NaN', 'Infinity', '-Infinity')"
        return None

    def _within(self) -> Mapping[str, object]:
        return _TEXT if self.name in ("bytea", "money", "oid") else self.schema


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeRow:
    """A type as the catalog has it: of what it is made by oid, 0 or nothing if of nothing."""

    name: str
    element: int
    base: int
    fields: Sequence[tuple[str, int]]
    has_json_cast: bool


def resolved(oid: int, known: Mapping[int, TypeRow], depth: int = 0) -> ColumnType:
    """A type by its oid, with what it is made of; what is nested without end is any JSON."""
    row = known[oid]
    if depth > _DEEPEST:
        return ColumnType(name=row.name, is_json=True, is_too_deep=True)
    if row.base:
        base = resolved(row.base, known, depth + 1)
        return replace(base, is_json=True) if row.has_json_cast else base
    if row.element:
        element = resolved(row.element, known, depth + 1)
        return ColumnType(name="", element=element, is_json=element.is_json)
    if row.fields:
        fields = [(name, resolved(type_, known, depth + 1)) for name, type_ in row.fields]
        return ColumnType(name="", fields=fields, is_json=any(type_.is_json for _, type_ in fields))
    return ColumnType(name=row.name, is_json=row.name == "json" or row.has_json_cast)
