"""The types that columns have, and which of them takes the values of two."""

from enum import StrEnum


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


NUMBERS = frozenset({ColumnType.BIGINT, ColumnType.NUMERIC})
_DATES = (ColumnType.DATE, ColumnType.TIMESTAMP, ColumnType.TIMESTAMPTZ)
"""Each takes what the one before it has."""


def joined(one: ColumnType, other: ColumnType) -> ColumnType:
    """The narrowest type that has the values of both, so that a column that grows loses none."""
    both = {one, other}
    if len(both) == 1:
        return one
    if ColumnType.JSONB in both:
        return ColumnType.JSONB
    if both <= NUMBERS:
        return ColumnType.NUMERIC
    if both <= set(_DATES):
        return max(both, key=_DATES.index)
    return ColumnType.TEXT
