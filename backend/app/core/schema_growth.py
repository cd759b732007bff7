"""What a schema that changed means for a stream's columns, and whether it breaks anything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.catalog import ConfiguredStream, Path, Stream
from app.core.declared import declared
from app.core.layout import Contract, Layout
from app.core.schema import ColumnType, joined

_WRITTEN_ALIKE = frozenset({
    (ColumnType.BIGINT, ColumnType.NUMERIC),
    (ColumnType.BIGINT, ColumnType.TEXT),
    (ColumnType.BOOLEAN, ColumnType.TEXT),
})  # fmt: skip
"""Types that write what a column had as it was written before, so that a key stays the same key."""


class GrowthKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    RETYPED = "retyped"
    KEY_CHANGED = "key_changed"
    STREAM_GONE = "stream_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """One thing that is other than before.

    Shape: `path` none for the stream as a whole; `was` and `will_be` are types of columns: a column
           that takes what it had and what comes is `will_be`, so that no value is lost.
    """

    kind: GrowthKind
    path: Path | None = None
    was: ColumnType | None = None
    will_be: ColumnType | None = None
    is_breaking: bool = False

    @property
    def field(self) -> str | None:
        """The field as people write it: a dot before what lies in it."""
        return None if self.path is None else ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Rename:
    """A field that goes on under another name: the column of `old` gets the values of `new`."""

    old: Path
    new: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a person says of a change beyond yes.

    Shape: `primary_key` where the source declares none, or another is meant; `backfills` if rows that are
           there shall have the values that explore has of new columns.
    """

    renames: tuple[Rename, ...] = ()
    primary_key: tuple[Path, ...] = ()
    backfills: bool = False


YES = Word()


def possible_renames(found: Sequence[Growth]) -> Sequence[Rename]:
    """The pairs of a field that is gone and one that came, of one type and in one place, in order."""
    gone = [one for one in found if one.kind is GrowthKind.REMOVED and one.path]
    came = [one for one in found if one.kind is GrowthKind.ADDED and one.path]
    return [
        Rename(old.path, new.path)
        for old in gone
        for new in came
        if old.path and new.path and old.path[:-1] == new.path[:-1] and old.was is new.will_be
    ]


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


def tells_otherwise(before: Layout, after: Layout) -> bool:
    """True if rows would be told apart or ordered otherwise, for columns of the key or the cursor have other types.

    Shape: both have the same key and cursor.
    """
    if not before.has_key:
        return False
    if before.strategy is not after.strategy:
        return True
    if after.orders_by_cursor and before.cursor_type is not after.cursor_type:
        return True
    keys = [(before.column_of(path), after.column_of(path)) for path in after.primary_key]
    types = [(was.type, will_be.type) for was, will_be in keys if was and will_be]
    return any(
        was is not will_be and (was, will_be) not in _WRITTEN_ALIKE for was, will_be in types
    )


def _of_fields(layout: Layout, before: Stream, offered: Stream) -> Iterator[Growth]:
    fields = declared(offered.json_schema, layout.nested, layout.left_out)
    said = declared(before.json_schema, layout.nested, layout.left_out)
    needed = {path[:1] for path in (*layout.primary_key, layout.cursor_field) if path}
    known = {column.path: column for column in layout.columns}
    once = {path for column in layout.columns for path in column.formerly}
    for path, column in known.items():
        if path not in fields:
            if path in said:  # else only records ever had it
                yield Growth(
                    kind=GrowthKind.REMOVED, path=path, was=column.type,
                    is_breaking=path in needed,
                )  # fmt: skip
            continue
        offered_type = fields[path].type
        if offered_type is not column.type and joined(column.type, offered_type) is not column.type:
            will_be = joined(column.type, offered_type)
            if column.contract is not Contract.EVOLVE:
                will_be = column.type
            yield Growth(
                kind=GrowthKind.RETYPED, path=path, was=column.type, will_be=will_be,
                is_breaking=path in needed,
            )  # fmt: skip
    for path, field in fields.items():
        if path not in known and path not in once:
            yield Growth(kind=GrowthKind.ADDED, path=path, will_be=field.type)
