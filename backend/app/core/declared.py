"""The fields of a stream that have columns of their own, as its schema declares them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from app.core.catalog import JsonSchema, Nested, Path
from app.core.findings import ITEMS
from app.core.json_schema import Schema
from app.core.schema import ColumnType


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    type: ColumnType
    is_required: bool = False


def declared(
    schema: JsonSchema, nested: Nested, left_out: Collection[str] = ()
) -> Mapping[Path, Declared]:
    """What a schema says of each field that has a column, by its path.

    Shape: the record's own fields in the schema's order, but for those that are left out; then, of a stream
           that is flattened, those that lie directly in an object among them. These are never required:
           the object may not be there.
    """
    record = Schema.of(schema)
    properties, required = _read(record.properties, left_out), record.required
    found: dict[Path, Declared] = {
        (name,): Declared(
            type=field.column_type, is_required=name in required and not field.allows_null
        )
        for name, field in properties.items()
    }
    return found | dict(_inner(properties)) if nested is Nested.FLATTEN else found


def declared_items(
    schema: JsonSchema, left_out: Collection[str] = ()
) -> Mapping[str, Mapping[Path, ColumnType]]:
    """What a schema says of the items of each of the record's own fields that has arrays.

    Shape: by field, then by path: of objects (field, ITEMS, inner), of all other items (field, ITEMS).
    """
    found: dict[str, Mapping[Path, ColumnType]] = {}
    for name, field in _read(Schema.of(schema).properties, left_out).items():
        if (item := field.items) is not None:
            columns: dict[Path, ColumnType] = {
                (name, ITEMS, inner): part.column_type for inner, part in item.properties.items()
            }
            found[name] = columns or {(name, ITEMS): item.column_type}
    return found


def _read(properties: Mapping[str, Schema], left_out: Collection[str]) -> Mapping[str, Schema]:
    return {name: field for name, field in properties.items() if name not in left_out}


def _inner(properties: Mapping[str, Schema]) -> Iterator[tuple[Path, Declared]]:
    for name, field in properties.items():
        if field.column_type is ColumnType.JSONB:
            for inner, below in field.properties.items():
                yield (name, inner), Declared(type=below.column_type)
