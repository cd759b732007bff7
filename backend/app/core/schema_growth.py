"""What a schema that changed means for a stream's columns, and whether it breaks anything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.catalog import ConfiguredStream, Stream
from app.core.json_schema import Schema
from app.core.layout import Contract, Layout
from app.core.schema import ColumnType, joined


class GrowthKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    RETYPED = "retyped"
    KEY_CHANGED = "key_changed"
    STREAM_GONE = "stream_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """One thing that is other than before.

    Shape: `field` none for the stream as a whole; `was` and `will_be` are types of columns: a column
           that takes what it had and what comes is `will_be`, so that no value is lost.
    """

    kind: GrowthKind
    field: str | None = None
    was: ColumnType | None = None
    will_be: ColumnType | None = None
    is_breaking: bool = False


def growth(
    layout: Layout, configured: ConfiguredStream, offered: Stream | None
) -> Sequence[Growth]:
    """What changes for the columns of a stream, in order of its fields; empty if nothing does.

    Shape: breaking is what takes a key or cursor away, changes its type, declares another key than
           the one before, or takes the stream away.
    """
    if offered is None:
        return [Growth(kind=GrowthKind.STREAM_GONE, is_breaking=True)]
    found = list(_of_fields(layout, configured.stream, offered))
    declared = configured.stream.source_defined_primary_key
    if declared != offered.source_defined_primary_key and configured.primary_key == declared:
        found.append(Growth(kind=GrowthKind.KEY_CHANGED, is_breaking=True))
    return found


def _of_fields(layout: Layout, before: Stream, offered: Stream) -> Iterator[Growth]:
    fields = Schema.of(offered.json_schema).properties
    declared = Schema.of(before.json_schema).properties
    needed = {path[0] for path in (*layout.primary_key, layout.cursor_field) if path}
    known = {column.field: column for column in layout.columns}
    for field, column in known.items():
        if field not in fields:
            if field in declared:  # else only records ever had it
                yield Growth(
                    kind=GrowthKind.REMOVED, field=field, was=column.type,
                    is_breaking=field in needed,
                )  # fmt: skip
            continue
        offered_type = fields[field].column_type
        if offered_type is not column.type and joined(column.type, offered_type) is not column.type:
            will_be = joined(column.type, offered_type)
            if column.contract is not Contract.EVOLVE:
                will_be = column.type
            yield Growth(
                kind=GrowthKind.RETYPED, field=field, was=column.type, will_be=will_be,
                is_breaking=field in needed,
            )  # fmt: skip
    for field, schema in fields.items():
        if field not in known:
            yield Growth(kind=GrowthKind.ADDED, field=field, will_be=schema.column_type)
