"""What there is to read: every relation that the account may select from, with its columns, in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from app.core.catalog import StreamDescriptor
from app.database.identifiers import Table, quote
from app.database.outside import OutsideSession
from app.database.queries import load
from app.sources.postgres.column_types import ColumnType, Order, TypeRow, resolved

SQL = load(__file__)

_CURSORS = ("updated_at", "modified_at", "last_modified_at", "last_updated_at", "changed_at")
"""Names of which nobody doubts what they mean; of a column that is called otherwise a person must say it."""
_TID_RANGES = 14_00_00
"""The first version of PostgreSQL that reads a range of a table's pages by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    type: ColumnType

    @property
    def sql(self) -> str:
        return quote(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table, partitioned table, view, materialised view or foreign table.

    Shape: `rows` is PostgreSQL's own estimate, below 0 if it has none; `has_pages` if ranges of its pages
           can be read, `has_key_order` if a key is unique and can be followed; `is_filtered` if row level
           security keeps rows from this account.
    """

    descriptor: StreamDescriptor
    columns: Sequence[Column]
    key: Sequence[str]
    rows: int
    size_bytes: int
    filenode: int | None
    has_pages: bool
    has_key_order: bool
    is_filtered: bool

    @property
    def table(self) -> Table:
        return Table(self.descriptor.namespace or "", self.descriptor.name)

    @property
    def is_resumable(self) -> bool:
        return self.has_pages or self.has_key_order

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


def relations(session: OutsideSession, schemas: Sequence[str]) -> Sequence[Relation]:
    """What can be read, by schema and name. Errors: OutsideFailed."""
    rows = [
        _ColumnRow(*row)  # type: ignore[arg-type]  # the statement gives them so
        for row in session.rows(SQL["columns"], [list(schemas)])
    ]
    types = _types(session, {row.type for row in rows})
    reads_pages = session.server_version >= _TID_RANGES
    found = groupby(rows, key=lambda row: (row.schema, row.relation))
    return [_relation(list(columns), types, reads_pages) for _, columns in found]


def stream(relation: Relation) -> dict[str, Any]:
    """A relation as the protocol's catalog has it."""
    properties = {column.name: column.type.schema for column in relation.columns}
    may_be_cursor = any(column.type.order for column in relation.columns)
    found: dict[str, Any] = {
        "name": relation.descriptor.name,
        "namespace": relation.descriptor.namespace,
        "json_schema": {"type": "object", "properties": properties},
        "supported_sync_modes": ["full_refresh", *(["incremental"] if may_be_cursor else [])],
        "source_defined_cursor": False,
        "is_resumable": relation.is_resumable,
    }
    if relation.key:
        found["source_defined_primary_key"] = [[name] for name in relation.key]
    if cursor := _usual_cursor(relation):
        found["default_cursor_field"] = [cursor]
    return found


@dataclass(frozen=True, slots=True)
class _ColumnRow:
    schema: str
    relation: str
    column: str
    type: int
    key_place: int | None
    key_columns: int | None
    kind: str
    rows: int
    size_bytes: int
    filenode: int | None
    is_heap: bool
    has_children: bool
    is_whole: bool
    is_filtered: bool


def _types(session: OutsideSession, oids: set[int]) -> Mapping[int, ColumnType]:
    known = {}
    for oid, name, element, base, names, types, has_cast in session.rows(
        SQL["types"], [sorted(oids)]
    ):
        fields = list(zip(names or (), types or (), strict=True))  # type: ignore[call-overload]
        known[oid] = TypeRow(
            name=str(name), element=element, base=base, fields=fields, has_json_cast=bool(has_cast)  # type: ignore[arg-type]
        )  # fmt: skip
    return {oid: resolved(oid, known) for oid in oids}  # type: ignore[arg-type]


def _relation(
    rows: Sequence[_ColumnRow], types: Mapping[int, ColumnType], reads_pages: bool
) -> Relation:
    first = rows[0]
    places = {row.key_place: row.column for row in rows if row.key_place is not None}
    key = [places[place] for place in sorted(places)]
    # a part of a key is none, and neither is one that inheriting tables do not keep to
    is_key = bool(key) and len(key) == first.key_columns and not first.has_children
    return Relation(
        descriptor=StreamDescriptor(first.relation, first.schema),
        columns=[Column(name=row.column, type=types[row.type]) for row in rows],
        key=key if is_key else (),
        rows=first.rows,
        size_bytes=first.size_bytes,
        filenode=first.filenode,
        has_pages=(
            reads_pages and first.kind in "rm" and first.is_heap and first.is_whole
            and not first.has_children
        ),
        has_key_order=is_key and first.is_whole and first.kind in "rp",
        is_filtered=first.is_filtered,
    )  # fmt: skip


def _usual_cursor(relation: Relation) -> str | None:
    by_name = {column.name.lower(): column for column in relation.columns}
    found = (by_name[name] for name in _CURSORS if name in by_name)
    return next((column.name for column in found if column.type.order is Order.INSTANT), None)
