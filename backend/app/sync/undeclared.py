"""Fields that records have and their schema does not declare, found in a range's sample."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from app.core.catalog import Stream
from app.core.json_schema import Schema, with_fields
from app.core.layout import Layout

_DECODER = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENOUGH = 50
"""More fields at once are no columns that somebody added, but keys that are values."""
_KINDS = {"{": "object", "[": "array", '"': "string", "t": "boolean", "f": "boolean"}


def with_undeclared(stream: Stream, layout: Layout, records: Sequence[bytes]) -> Stream | None:
    """The stream as its records are; none if they have no field that it does not declare.

    Shape: a field has the kinds that were seen of it, and may be null; one of which only null was seen,
           or that has no room, waits for more.
    """
    declared = Schema.of(stream.json_schema).properties.keys()
    known = {column.field for column in layout.columns} | {*layout.fields} | declared
    if layout.has_rest or not (seen := _kinds_of(records, known)) or len(seen) > _ENOUGH:
        return None
    fields = {field: {"type": ["null", *sorted(kinds)]} for field, kinds in seen.items()}
    return replace(stream, json_schema=with_fields(stream.json_schema, fields))


def _kinds_of(records: Sequence[bytes], known: set[str]) -> Mapping[str, set[str]]:
    """The JSON kinds of the fields that are not known, as far as they are not null."""
    found: dict[str, set[str]] = {}
    for record in records:
        for field, raw in _fields_of(record).items():
            if field not in known and (kind := _kind(bytes(raw))):
                found.setdefault(field, set()).add(kind)
    return found


def _fields_of(record: bytes) -> Mapping[str, msgspec.Raw]:
    try:
        return _DECODER.decode(record)
    except msgspec.ValidationError:  # a record that is no object has no fields
        return {}


def _kind(raw: bytes) -> str | None:
    first = raw[:1].decode()
    if first == "n":
        return None
    if first in _KINDS:
        return _KINDS[first]
    return "number" if any(sign in raw for sign in b".eE") else "integer"
