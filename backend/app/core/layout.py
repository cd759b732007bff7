"""How a stream's records become columns: the words that layers and gates share."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.core.catalog import Nested, Path, StreamDescriptor, SyncMode
from app.core.ids import StreamId
from app.core.schema import ColumnType

VARIANT_SUFFIX = "__variant"


class Strategy(StrEnum):
    """Where a version's `valid_from` comes from: the cursor's time, or the time of extraction."""

    TIMESTAMP = "timestamp"
    CHECK = "check"


class Misfit(StrEnum):
    """What becomes of a value that does not fit its column."""

    QUARANTINE = "quarantine"
    NULL = "null"


class Contract(StrEnum):
    """What may become of a column whose field changes its type.

    Shape: `evolve` widens it; `freeze` keeps it, and what does not fit is a misfit as the connection
           says; the others keep it too, and discard the value, quarantine the row, or keep the value
           beside the column, in its variant.
    """

    EVOLVE = "evolve"
    FREEZE = "freeze"
    DISCARD_VALUE = "discard_value"
    DISCARD_ROW = "discard_row"
    VARIANT = "variant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One field of a stream, however deep, and the column that holds it.

    Shape: `path` is of object keys; `since` is the schema version that brought it; `formerly` are paths
           that are read where a record does not have its own, for the field was renamed, the newest first;
           `has_variant` if values that did not fit it stand beside it; `json_since` is the schema version by
           which one that is JSON became so.
    """

    path: Path
    name: str
    type: ColumnType
    is_required: bool = False
    since: int = 1
    contract: Contract = Contract.EVOLVE
    formerly: tuple[Path, ...] = ()
    has_variant: bool = False
    json_since: int = 1

    @property
    def paths(self) -> tuple[Path, ...]:
        """Where its values come from in a record, the first that is there."""
        return (self.path, *self.formerly)

    @property
    def field(self) -> str:
        """The record's own field that it is, or lies in."""
        return self.path[0]

    @property
    def is_inner(self) -> bool:
        return len(self.path) > 1


def variant_of(column: Column) -> Column:
    """The column, of JSON, for values of a column's field that do not fit it."""
    return Column(path=column.path, name=f"{column.name}{VARIANT_SUFFIX}", type=ColumnType.JSONB)


def type_rule(column: Column) -> str:
    """The rule that a value fits its column."""
    return f"type:{column.name}"


def required_rule(column: Column) -> str:
    """The rule that a required field has a value."""
    return f"required:{column.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A table in chart with a row for each item of a field's arrays.

    Shape: a column's `path` goes through ITEMS; that of an item that is no object ends there.
    """

    field: str
    table: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Clear:
    """An instant at which all that a stream's history held was ended, and when that was recorded.

    Shape: both are one but of a refresh, which ends history when its reading began, and records that once all is read.
    """

    at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A stream's columns, keys and order, as all layers see them.

    Shape: `table` is the stream's base name; `has_rest` if it has more fields than columns, since the
           schema version `rest_since`; `clears` are in order; `waived` rules need not
           be kept; `check_cols` are the fields whose change is a version, where these are not all; `left_out`
           are fields that are not read: a column that one of them had once stays, and gets no more values.
    """

    stream_id: StreamId
    descriptor: StreamDescriptor
    table: str
    sync_mode: SyncMode
    columns: tuple[Column, ...]
    primary_key: tuple[Path, ...]
    cursor_field: Path
    schema_version: int = 1
    has_rest: bool = False
    rest_since: int = 1
    nested: Nested = Nested.JSON
    children: tuple[Child, ...] = ()
    misfit: Misfit = Misfit.QUARANTINE
    waived: frozenset[str] = frozenset()
    clears: tuple[Clear, ...] = ()
    check_cols: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def read(self) -> tuple[Column, ...]:
        """The columns that get values of what is read."""
        return tuple(column for column in self.columns if column.field not in self.left_out)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the record itself that have columns, in order; those they once were with them."""
        own = (path for column in self.columns for path in column.paths if len(path) == 1)
        return tuple(dict.fromkeys(field for (field,) in own))

    @property
    def variants(self) -> tuple[Column, ...]:
        """The columns, of JSON, for values that did not fit their own."""
        return tuple(variant_of(column) for column in self.columns if column.has_variant)

    def columns_by_table(self) -> Iterator[tuple[str, Column]]:
        """Each column that chart has of the stream, with its table."""
        yield from ((self.table, column) for column in self.columns)
        for child in self.children:
            yield from ((child.table, column) for column in child.columns)

    @property
    def epoch(self) -> int:
        """Which beginning of its history the stream is in: 0, and one more with each clear."""
        return len(self.clears)

    def cleared(self, at: datetime, recorded_at: datetime) -> "Layout":
        """The layout in its next epoch."""
        return replace(self, clears=(*self.clears, Clear(at, recorded_at)))

    @property
    def has_key(self) -> bool:
        return bool(self.primary_key)

    @property
    def is_one_row_a_key(self) -> bool:
        """True if chart has at most one row a key."""
        return self.has_key and self.sync_mode.dedupes

    @property
    def keeps_newest_in_chart(self) -> bool:
        """True if chart's row is its key's newest version, and history has what is over.

        A generation that replaces another may have an older row than history's newest.
        """
        return self.is_one_row_a_key and not self.sync_mode.overwrites

    @property
    def cursor_type(self) -> ColumnType | None:
        """The cursor's type; none without a cursor, text where it lies deeper than a column."""
        if not self.cursor_field:
            return None
        column = self.column_of(self.cursor_field)
        return column.type if column else ColumnType.TEXT

    @property
    def strategy(self) -> Strategy:
        """Shape: columns to check are asked for by name, and then a cursor that is an instant gives the order alone."""
        if self.check_cols:
            return Strategy.CHECK
        kind = self.cursor_type
        return Strategy.TIMESTAMP if kind and kind.is_instant else Strategy.CHECK

    @property
    def orders_by_cursor(self) -> bool:
        """True if newest means the highest cursor, and that is not `valid_from`."""
        return self.cursor_type is not None and self.strategy is Strategy.CHECK

    @property
    def checked(self) -> tuple[Column, ...]:
        """The columns that tell a key's versions apart under `check`."""
        if not self.check_cols:
            return self.columns
        return tuple(c for c in self.columns if not c.is_inner and c.field in self.check_cols)

    @property
    def hashes_rest(self) -> bool:
        """True if fields without a column tell a key's versions apart too, under `check`."""
        return self.has_rest and not self.check_cols

    @property
    def has_old_hashes(self) -> bool:
        """True if rows were hashed when there was less to hash, or in another form, and are compared by their hashes."""
        has_grown = any(column.since > 1 or column.json_since > 1 for column in self.checked)
        has_grown = has_grown or (self.hashes_rest and self.rest_since > 1)
        return has_grown and self.has_key and self.strategy is Strategy.CHECK

    def nulls(self, column: Column) -> bool:
        """True if a value that does not fit the column becomes null, and its row stays good."""
        keeps_row = column.contract in (Contract.DISCARD_VALUE, Contract.VARIANT)
        if type_rule(column) in self.waived or keeps_row:
            return True
        return self.misfit is Misfit.NULL and column.contract is not Contract.DISCARD_ROW

    def requires(self, column: Column) -> bool:
        """True if a row without a value in the column is kept out."""
        return column.is_required and required_rule(column) not in self.waived

    def column_at(self, path: Path) -> Column | None:
        """The column of a path, however deep it lies."""
        return next((column for column in self.columns if column.path == path), None)

    def column_of(self, path: Path) -> Column | None:
        """The column of a path that is a field of the record itself.

        Shape: none for what lies deeper, also where it has a column: keys and cursors are read where
               they lie, so that a column that comes later changes nothing of them.
        """
        return self.column_at(path) if len(path) == 1 else None
