"""The SQL that reads a field's text as its column's type, and says where it does not fit.

A value that is not surely what PostgreSQL would make of it does not fit: 040506, 01/02/2024 and
12:00 IST are instants to PostgreSQL, and to everybody another one; 0x1f and 1_000 are numbers to it from
version 16 on. Nor does one fit of which a column would have a part alone: a time of day in a date.
"""

from collections.abc import Sequence

from app.core.catalog import Path
from app.core.schema import NUMBERS, ColumnType
from app.database.identifiers import literal

_DATES = frozenset({ColumnType.DATE, ColumnType.TIMESTAMP, ColumnType.TIMESTAMPTZ})
_TIMES = frozenset({ColumnType.TIME, ColumnType.TIMETZ})
AS_SENT = frozenset({ColumnType.TEXT, ColumnType.JSONB})
"""Types of which a field is read as what it is."""


def read(record: str, path: Path, type_: ColumnType) -> str:
    """A field of a record as text, or as JSON for JSONB; null where there is none, or no object."""
    *outer, last = (literal(part) for part in path)
    within = " -> ".join([record, *outer])
    if type_ is ColumnType.JSONB:
        return f"nullif({within} -> {last}, 'null')"
    return f"{within} ->> {last}"


def read_first(record: str, paths: Sequence[Path], type_: ColumnType) -> str:
    """The same of the first of some paths that a record has, also if it is null there."""
    path, *others = paths
    found = read(record, path, type_)
    if not others:
        return found
    *outer, last = (literal(part) for part in path)
    holder = f"({' -> '.join([record, *outer])})"
    return f"CASE WHEN {holder} ? {last} THEN {found} ELSE {read_first(record, others, type_)} END"


def cast(raw: str, type_: ColumnType, *, guarded: bool) -> str:
    """The text as a value of the type; null where it does not fit.

    Shape: unguarded it fails for a text that PostgreSQL cannot read. Without a zone, UTC is meant:
           a column without zones has what a clock in UTC shows.
    """
    if type_ in AS_SENT:
        return raw
    if type_ is ColumnType.BOOLEAN:
        return f"CASE {raw} WHEN 'true' THEN true WHEN 'false' THEN false END"
    condition, made = fits(raw, type_, guarded=guarded), f"{raw}::{type_}"
    if type_ is ColumnType.BIGINT and guarded:
        made = f"{raw}::numeric::bigint"
    if type_ is ColumnType.TIMESTAMP:
        made = f"{raw}::timestamptz::timestamp"
    if type_ in NUMBERS and not guarded:
        made = f"({_as_a_number(raw)})::{type_}"
    if type_ is ColumnType.TIME:  # 24:00 stays what it is where there is nothing to shift
        shifted = f"({raw}::timetz AT TIME ZONE 'UTC')::time"
        made = f"CASE WHEN {raw} ~ '[-+]' THEN {shifted} ELSE {made} END"
    return f"CASE WHEN {condition} THEN {made} END" if condition else made


def may_misfit(type_: ColumnType, *, guarded: bool) -> bool:
    """Whether a cast gives null for values that do not fit; else it fails, or takes whatever there is."""
    return type_ is ColumnType.BOOLEAN or fits("", type_, guarded=guarded) is not None


def fits(raw: str, type_: ColumnType, *, guarded: bool) -> str | None:
    """The condition under which the text is a value of the type; none if the cast itself shall say."""
    if type_ in AS_SENT or type_ is ColumnType.BOOLEAN:
        return None
    shape = _shape(raw, type_)
    if not guarded:
        return f"{shape} AND {_midnight(raw)}" if type_ is ColumnType.DATE else shape
    if type_ is ColumnType.BIGINT:  # 1.0 and 1e3 are integers too
        return (
            f"CASE WHEN {raw} !~* '[a-df-z_]' AND pipeline.fits({raw}, 'numeric') THEN "
            f"{raw}::numeric % 1 = 0 AND {raw}::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 "
            f"ELSE false END"
        )
    checked = f"pipeline.fits({raw}, '{type_}')"
    if type_ is ColumnType.NUMERIC:  # NaN and Infinity are numbers, which JSON has as texts
        return f"{raw} !~* '[box_]' AND {checked}"
    if type_ is ColumnType.DATE:
        midnight = (
            f"CASE WHEN pipeline.fits({raw}, 'timestamp') THEN {_midnight(raw)} ELSE false END"
        )
        return f"{shape} AND {checked} AND {midnight}"
    return f"{shape} AND {checked}" if shape else checked


def _as_a_number(raw: str) -> str:
    """The text, or where only some servers read a number in it one that none does.

    Shape: cheap where it looks as usual: no underscore, and a digit from 1 on at its beginning or behind a minus, or
           a 0 that no letter follows.
    """
    begins = [f"{raw} COLLATE \"C\" >= '1'"]
    begins += [
        f"{raw} COLLATE \"C\" BETWEEN '{low}' AND '{high}'"
        for low, high in (("-1", "0:"), ("-0", "-0:"))
    ]
    is_one = f"{raw} NOT LIKE '%\\_%' AND ({' OR '.join(begins)} OR {raw} !~* '[box]')"
    return f"CASE WHEN {is_one} THEN {raw} ELSE '?' || {raw} END"


def _midnight(raw: str) -> str:
    """The condition under which a date has no time of day but midnight, as it is written: the day is the same in
    every zone. Shape: cheap where it has ten bytes or less, in which there is no time."""
    return f"(octet_length({raw}) <= 10 OR {raw}::timestamp = {raw}::date)"


def _shape(raw: str, type_: ColumnType) -> str | None:
    """What a date or time must look like beyond what PostgreSQL takes; cheap where it looks as usual.

    Shape: a digit first (not `now`, ` today`, `-infinity`), then a year of four digits and a dash, or
           eight digits, or an hour; at the end a digit or Z, or a word that means one zone to all.
    """
    begins = f"{raw} COLLATE \"C\" BETWEEN '0' AND ':'"
    ends = (
        f"(right({raw}, 1) COLLATE \"C\" BETWEEN '0' AND '9' OR right({raw}, 1) = 'Z' "
        f"OR {raw} ~* '[0-9] ?(z|utc|gmt|am|pm)$')"
    )
    if type_ in _DATES:
        day = f"({raw} LIKE '____-__-%' OR {raw} ~ '^[0-9]{{4}}(-|[0-9]{{4}}(T|$))')"
        return f"{begins} AND {day} AND {ends}"
    if type_ in _TIMES:
        return f"{begins} AND ({raw} LIKE '__:%' OR {raw} LIKE '_:%') AND {ends}"
    return None
