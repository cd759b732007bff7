"""What arrived of each column: the figures of a range, a by-product of the scan that scores it.

Rows, nulls, and the bounds of numbers and instants come out of that scan; texts are looked at in a sample of
the range, because ordering and measuring each would cost more than all scores together (decision 0024).
Values are kept only of columns that are decided clean.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.core.ids import StreamId
from app.core.layout import Column, Layout
from app.core.schema import ColumnType
from app.database.identifiers import Table, quote
from app.database.pool import Connection, Row
from app.database.queries import load

SQL = load(__file__)

SAMPLED_ROWS = 500
LONGEST_VALUE = 100
"""Characters of a text that are kept as one of its bounds."""
_NUMBERS = (ColumnType.BIGINT, ColumnType.NUMERIC)
_INSTANTS = (
    ColumnType.DATE,
    ColumnType.TIMESTAMPTZ,
    ColumnType.TIMESTAMP,
    ColumnType.TIME,
    ColumnType.TIMETZ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFigures:
    """What arrived of one column, in a range or in all of a stream's.

    Shape: all bounds and lengths are none of a column that is not decided clean. Numbers have `low_number` and
           `high_number`; instants (ISO 8601) and texts, cut, have `low_text` and `high_text`, in the order of
           their bytes. Those of texts, and lengths, are of `sampled` rows.
    Units: lengths in bytes of UTF-8, `length_sum` their sum.
    """

    column: str
    rows: int
    nulls: int
    sampled: int | None = None
    low_number: Decimal | None = None
    high_number: Decimal | None = None
    low_text: str | None = None
    high_text: str | None = None
    shortest: int | None = None
    longest: int | None = None
    length_sum: int | None = None

    @property
    def mean_length(self) -> float | None:
        """Of the sampled texts that are there; estimated by the nulls of all."""
        if self.length_sum is None or not self.sampled or self.rows == self.nulls:
            return None
        return self.length_sum / (self.sampled * (self.rows - self.nulls) / self.rows)

    @property
    def without_values(self) -> "ColumnFigures":
        return ColumnFigures(column=self.column, rows=self.rows, nulls=self.nulls)


def scanned(layout: Layout, clean: frozenset[str]) -> str:
    """The expressions that the scan of a range computes for its figures."""
    numbers = [c if c.type in _NUMBERS and c.name in clean else None for c in layout.columns]
    instants = [c if c.type in _INSTANTS and c.name in clean else None for c in layout.columns]
    results = {
        "filled": _array(layout.columns, "bigint", _aggregate("count")),
        "low_numbers": _array(numbers, "numeric", _aggregate("min")),
        "high_numbers": _array(numbers, "numeric", _aggregate("max")),
        "low_instants": _array(instants, "text", _iso("min")),
        "high_instants": _array(instants, "text", _iso("max")),
    }
    return ",\n".join(f"{expression} AS {name}" for name, expression in results.items())


def of_scan(layout: Layout, row: Row) -> Sequence[ColumnFigures]:
    """The figures of a range's scan; those of its texts are not known yet."""
    return [
        ColumnFigures(
            column=column.name,
            rows=row["rows"],
            nulls=row["rows"] - row["filled"][i],
            low_number=row["low_numbers"][i],
            high_number=row["high_numbers"][i],
            low_text=row["low_instants"][i],
            high_text=row["high_instants"][i],
        )
        for i, column in enumerate(layout.columns)
    ]


async def with_texts(
    connection: Connection,
    layout: Layout,
    staging: Table,
    clean: frozenset[str],
    figures: Sequence[ColumnFigures],
) -> Sequence[ColumnFigures]:
    """The figures, with what a sample of some hundred rows shows of the clean texts."""
    texts = [c if c.type is ColumnType.TEXT and c.name in clean else None for c in layout.columns]
    if not any(texts) or not figures[0].rows:
        return figures
    statement = SQL["texts"].format(
        staging=staging,
        low=_array(texts, "text", _cut("min")),
        high=_array(texts, "text", _cut("max")),
        shortest=_array(texts, "bigint", _length("min")),
        longest=_array(texts, "bigint", _length("max")),
        length_sum=_array(texts, "bigint", _length("sum")),
    )
    percent = min(100.0, 100 * SAMPLED_ROWS / figures[0].rows)
    row = await connection.fetchrow(statement, percent)
    assert row is not None  # noqa: S101  an aggregate has a row
    return [
        known
        if text is None
        else replace(
            known,
            sampled=row["sampled"],
            low_text=row["low"][i],
            high_text=row["high"][i],
            shortest=row["shortest"][i],
            longest=row["longest"][i],
            length_sum=row["length_sum"][i],
        )
        for i, (known, text) in enumerate(zip(figures, texts, strict=True))
    ]


async def add(
    connection: Connection,
    stream_id: StreamId,
    promotion_id: int,
    figures: Sequence[ColumnFigures],
    clean: frozenset[str],
) -> None:
    """Keep a range's figures with its promotion; values only of the columns that are clean by now."""
    kept = [each if each.column in clean else each.without_values for each in figures]
    await connection.execute(
        SQL["add"],
        promotion_id,
        stream_id,
        *(
            [getattr(each, field) for each in kept]
            for field in (
                "column", "rows", "nulls", "sampled", "low_number", "high_number", "low_text", "high_text",
                "shortest", "longest", "length_sum",
            )
        ),
    )  # fmt: skip


async def arrived(connection: Connection, stream_id: StreamId) -> Mapping[str, ColumnFigures]:
    """What arrived of each column in all promotions of a stream: counts added, bounds widened."""
    rows = await connection.fetch(SQL["arrived"], stream_id)
    return {row["column"]: ColumnFigures(**row) for row in rows}


async def forget(connection: Connection, stream_id: StreamId, clean: frozenset[str]) -> None:
    """Drop the values of every column that is not clean, in all ranges; counts stay."""
    await connection.execute(SQL["forget"], stream_id, sorted(clean))


def _array(columns: Sequence[Column | None], type_: str, expression: Callable[[str], str]) -> str:
    """One array for all columns, as a statement cannot have as many results as a table columns."""
    parts = ("NULL" if column is None else expression(quote(column.name)) for column in columns)
    return f"ARRAY[{', '.join(parts)}]::{type_}[]"


def _aggregate(function: str) -> Callable[[str], str]:
    return lambda name: f"{function}({name})"


def _iso(function: str) -> Callable[[str], str]:
    return lambda name: f"to_jsonb({function}({name})) #>> '{{}}'"


def _length(function: str) -> Callable[[str], str]:
    return lambda name: f"{function}(octet_length({name}))"


def _cut(function: str) -> Callable[[str], str]:
    """A bound of texts, in the order of their bytes: another order costs more, and not all servers have it."""
    return lambda name: f'left({function}({name} COLLATE "C"), {LONGEST_VALUE})'
