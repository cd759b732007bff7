"""What chart holds, column by column: one pass over the table, or over a sample of its pages.

A column whose values may be shown has its bounds, lengths and most frequent values; any other has nulls
and distinct values alone.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.layout import Column, Layout
from app.core.schema import NUMBERS, ColumnType
from app.database.identifiers import quote
from app.database.pool import Connection
from app.database.queries import load
from app.layers import tables
from app.layers.tables import Tables

SQL = load(__file__)

READ_ROWS = 100_000
"""A table of up to so many rows is read whole; of a larger one, pages that have about so many."""
COUNTED_ROWS = 30_000
"""Rows that distinct and frequent values are counted in. Source: as many as ANALYZE takes by default."""
LONGEST_VALUE = 100
FREQUENT = 5
BINS = 12
"""Parts of equal width that a column of numbers or instants is counted in."""
_INSTANTS = frozenset(each for each in ColumnType if each.is_instant)
_BOUNDED = frozenset(ColumnType) - {ColumnType.JSONB, ColumnType.BOOLEAN, ColumnType.TEXT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a column's values lie between the least and the most of the counted rows.

    Shape: `counts` of rows in parts of equal width, the last with its end; one part where all are the same. `low` and
           `high` as text: numbers as they are, instants in ISO 8601.
    """

    low: str
    high: str
    counts: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column of chart.

    Shape: `counted` rows, null or not, are what `distinct` and `top` rest on; where the table has more,
           `distinct` is an estimate. `low` and `high` as text: instants in ISO 8601, texts cut, in the order
           of their bytes. `top` is (value, rows of those counted), of values that come more than once; `spread` of
           numbers and instants.
    Units: lengths of texts in bytes of UTF-8.
    """

    column: str
    nulls: int
    counted: int
    distinct: int
    low: str | None = None
    high: str | None = None
    shortest: int | None = None
    longest: int | None = None
    mean_length: float | None = None
    top: Sequence[tuple[str, int]] | None = None
    spread: Spread | None = None

    @property
    def without_values(self) -> "ColumnProfile":
        return ColumnProfile(
            column=self.column, nulls=self.nulls, counted=self.counted, distinct=self.distinct
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartProfile:
    """What chart holds. Shape: `sampled` rows are what all figures of the columns rest on, none if all were
    read; `rows` is then PostgreSQL's own estimate, and nulls are in proportion to it."""

    rows: int
    sampled: int | None
    columns: Sequence[ColumnProfile]


async def of_chart(connection: Connection, layout: Layout, shown: frozenset[str]) -> ChartProfile:
    """Profile chart. Shape: `shown` are the columns of which values may be told, but for those that have tokens
    beside them; no columns before the first promotion."""
    chart = Tables.of(layout.table).chart
    size = await tables.about(connection, chart)
    if size is None:
        return ChartProfile(rows=0, sampled=None, columns=())
    shown -= await tables.kept_as_text(connection, layout)
    is_whole = size.rows <= READ_ROWS
    read = await connection.fetchrow(
        _figures(layout, shown, sampled=not is_whole),
        *(() if is_whole else (100 * READ_ROWS / size.rows,)),
    )
    assert read is not None  # noqa: S101  an aggregate has a row
    rows = read["rows"] if is_whole else size.rows
    counted = await connection.fetch(
        _counts(layout, shown),
        min(100.0, 100 * COUNTED_ROWS / max(rows, 1)),
        COUNTED_ROWS,
        _places(layout, shown, NUMBERS),
        _places(layout, shown, _INSTANTS),
    )
    by_place = {row["place"]: row for row in counted}
    taken = counted[0]["taken"] if counted else 0
    columns = []
    for i, column in enumerate(layout.columns):
        filled = round(read["filled"][i] * rows / max(read["rows"], 1))
        found = by_place.get(i)
        columns.append(
            ColumnProfile(
                column=column.name,
                nulls=rows - filled,
                counted=taken,
                distinct=0
                if found is None
                else distinct(found["different"], found["single"], found["filled"], filled),
                low=read["low"][i],
                high=read["high"][i],
                shortest=read["shortest"][i],
                longest=read["longest"][i],
                mean_length=read["mean_length"][i],
                top=_top(found["top"]) if found is not None and column.name in shown else None,
                spread=_spread(found["spread"]) if found is not None else None,
            )
        )
    return ChartProfile(rows=rows, sampled=None if is_whole else read["rows"], columns=columns)


def distinct(different: int, single: int, sample: int, total: int) -> int:
    """How many different values `total` have, of which a sample has so many, and so many but once.

    Shape:  a sample that is all gives what it has; never less than that, nor more than `total`.
    Source: Haas and Stokes, IBM Research Report RJ 10025, the estimator Duj1, as ANALYZE uses it.
    """
    if sample >= total:
        return different
    estimate = sample * different / (sample - single + single * sample / total)
    return max(different, min(total, round(estimate)))


def _figures(layout: Layout, shown: frozenset[str], *, sampled: bool) -> str:
    bounded = [c if c.name in shown and c.type in _BOUNDED else None for c in layout.columns]
    texts = [c if c.name in shown and c.type is ColumnType.TEXT else None for c in layout.columns]
    both = [each or text for each, text in zip(bounded, texts, strict=True)]
    return SQL["figures"].format(
        chart=Tables.of(layout.table).chart,
        filled=_array(layout.columns, "bigint", lambda column: f"count({quote(column.name)})"),
        low=_array(both, "text", _bound("min")),
        high=_array(both, "text", _bound("max")),
        shortest=_array(texts, "bigint", _length("min")),
        longest=_array(texts, "bigint", _length("max")),
        mean_length=_array(texts, "float8", _length("avg")),
        pages=SQL["some_pages"] if sampled else "",
    )


def _counts(layout: Layout, shown: frozenset[str]) -> str:
    """Shape: a value that may not be told, or is long by nature, is counted by its hash."""
    cells = []
    for i, column in enumerate(layout.columns):
        text = f"s.{quote(column.name)}::text"
        if column.name not in shown or column.type is ColumnType.JSONB:
            text = f"hashtextextended({text}, 0)::text"
        cells.append(f"({i}, {text})")
    return SQL["counts"].format(
        chart=Tables.of(layout.table).chart,
        names=", ".join(quote(column.name) for column in layout.columns),
        cells=", ".join(cells),
        longest=LONGEST_VALUE,
        frequent=FREQUENT,
        bins=BINS,
    )


def _places(layout: Layout, shown: frozenset[str], types: frozenset[ColumnType]) -> list[int]:
    return [i for i, column in enumerate(layout.columns) if column.name in shown and column.type in types]  # fmt: skip


def _spread(found: str | None) -> Spread | None:
    return None if found is None else Spread(**json.loads(found))


def _top(listed: str | None) -> Sequence[tuple[str, int]]:
    return [(value, times) for value, times in json.loads(listed or "[]")]


def _array(
    columns: Sequence[Column | None], type_: str, expression: Callable[[Column], str]
) -> str:
    parts = ("NULL" if column is None else expression(column) for column in columns)
    return f"ARRAY[{', '.join(parts)}]::{type_}[]"


def _bound(function: str) -> Callable[[Column], str]:
    def expression(column: Column) -> str:
        name = quote(column.name)
        if column.type is ColumnType.TEXT:
            return f'left({function}({name} COLLATE "C"), {LONGEST_VALUE})'
        return f"to_jsonb({function}({name})) #>> '{{}}'"

    return expression


def _length(function: str) -> Callable[[Column], str]:
    return lambda column: f"{function}(octet_length({quote(column.name)}))"
