"""What a configured catalog wants of the streams that there are. Source: Airbyte protocol, ConfiguredAirbyteCatalog."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.catalog import Path, ReadMode, StreamDescriptor
from app.sources.postgres.discovery import Column, Relation
from app.sources.postgres.failing import Failed
from app.sources.postgres.selecting import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One stream as it is wanted. Shape: no `fields` are all; `cursor_field` counts where it is read incrementally."""

    descriptor: StreamDescriptor
    fields: frozenset[str]
    is_incremental: bool
    cursor_field: Path

    def lost(self, relation: Relation) -> Sequence[str]:
        """Fields that are wanted, and that the relation has not."""
        return sorted(self.fields - {column.name for column in relation.columns})

    def selection(self, relation: Relation) -> Selection:
        """The columns that are wanted, and those that tell rows apart."""
        needed = {*self.fields, *relation.key, *self.cursor_field}
        columns = [c for c in relation.columns if not self.fields or c.name in needed]
        return Selection(relation=relation, columns=columns)

    def cursor(self, relation: Relation) -> Column | None:
        """The cursor's column; none of a stream that is read as a whole. Errors: Failed."""
        if not self.is_incremental:
            return None
        column = relation.column(self.cursor_field[0]) if len(self.cursor_field) == 1 else None
        if column is None:
            raise Failed(
                f"{self.descriptor} is to be read incrementally: choose one of its columns as cursor."
            )
        if column.type.order is None:
            raise Failed(f"{self.descriptor}: {column.name} is of a type that cannot be a cursor.")
        return column


def chosen(catalog: object) -> Sequence[Chosen]:
    """The streams of a configured catalog, in its order. Errors: Failed for a name that nothing can have."""
    listed = _part(catalog, "streams")
    return [_chosen(one) for one in listed] if isinstance(listed, list) else []


def _chosen(given: object) -> Chosen:
    stream, cursor = _part(given, "stream"), _part(given, "cursor_field")
    name, namespace = _part(stream, "name"), _part(stream, "namespace")
    properties = _part(_part(stream, "json_schema"), "properties")
    if not isinstance(name, str) or "\0" in f"{name}{namespace}":
        raise Failed("The catalog has a stream whose name PostgreSQL cannot have.")
    return Chosen(
        descriptor=StreamDescriptor(name, namespace if isinstance(namespace, str) else None),
        fields=frozenset(properties if isinstance(properties, Mapping) else ()),
        is_incremental=_part(given, "sync_mode") == ReadMode.INCREMENTAL,
        cursor_field=tuple(map(str, cursor)) if isinstance(cursor, list) else (),
    )


def _part(given: object, name: str) -> object:
    return given.get(name) if isinstance(given, Mapping) else None
