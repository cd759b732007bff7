"""The six dimensions of a staged range, and the figures of its columns, measured in one scan."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.layout import Column, Layout, Strategy
from app.core.schema import ColumnType
from app.database.identifiers import Table, quote
from app.database.pool import Connection
from app.gates.quality import figures
from app.gates.quality.figures import ColumnFigures

_ORDERED = (("created", "updated"), ("start", "end"), ("started", "ended"), ("opened", "closed"))
_FRESH_S = 86_400
_LANDED = "SELECT batch_id AS _atlas_batch_id, landed_at AS _atlas_landed_at FROM pipeline.batches"
"""When each batch landed, under names that no column of a source can have."""


class Dimension(StrEnum):
    COMPLETENESS = "completeness"
    UNIQUENESS = "uniqueness"
    VALIDITY = "validity"
    CONSISTENCY = "consistency"
    ACCURACY = "accuracy"
    TIMELINESS = "timeliness"


_METHODS = {
    Dimension.COMPLETENESS: "share of cells that are not null",
    Dimension.UNIQUENESS: "share of records that repeat no other of the range",
    Dimension.VALIDITY: "share of records that broke no row rule",
    Dimension.CONSISTENCY: "share of ordered pairs of instants that are in order",
    Dimension.ACCURACY: "share of created and updated instants that lie before their record landed",
    Dimension.TIMELINESS: "1 while the newest cursor is at most a day old, then a day over its age",
}


@dataclass(frozen=True, slots=True)
class Score:
    """One dimension of a range. Units: 0..1, 1 is best; none where nothing could be measured.

    Shape: `measured` is how many cells, records, pairs or instants the score rests on.
    """

    dimension: Dimension
    score: float | None
    measured: int

    @property
    def method(self) -> str:
        return _METHODS[self.dimension]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one scan of a range gives: its scores, and the figures of its columns."""

    scores: Sequence[Score]
    figures: Sequence[ColumnFigures]


async def measure(
    connection: Connection,
    layout: Layout,
    staging: Table,
    masked: frozenset[str],
    shown: frozenset[str] = frozenset(),
) -> Measured:
    """Score a staged range and take its figures; masked columns count for completeness alone.

    Shape: `shown` are the columns of which values may be kept.
    """
    clear = [column for column in layout.columns if column.name not in masked]
    pairs = _pairs(clear)
    past = [
        c for c in clear if c.type is ColumnType.TIMESTAMPTZ and _stem(c) in ("created", "updated")
    ]
    row = await connection.fetchrow(
        f"""
        SELECT count(*) AS rows,
               {figures.scanned(layout, shown)},
               (SELECT count(*) FROM (SELECT FROM {staging} GROUP BY {_whole(layout)}) hashes) AS distinct_rows,
               count(*) FILTER (WHERE _atlas_violations IS NULL) AS valid,
               {_sum(f"count(*) FILTER (WHERE {a} <= {b})" for a, b in pairs)} AS in_order,
               {_sum(f"count(*) FILTER (WHERE ({a} <= {b}) IS NOT NULL)" for a, b in pairs)} AS ordered,
               {_sum(f"count(*) FILTER (WHERE {quote(c.name)} <= _atlas_landed_at)" for c in past)} AS plausible,
               {_sum(f"count({quote(c.name)})" for c in past)} AS dated,
               extract(epoch FROM max(_atlas_extracted_at) - max(_atlas_valid_from))::float8 AS age_s
        FROM {staging} JOIN ({_LANDED}) landed USING (_atlas_batch_id)
        """
    )
    assert row is not None  # noqa: S101  an aggregate has a row
    read = frozenset(column.name for column in layout.read)
    filled = sum(
        count
        for column, count in zip(layout.columns, row["filled"], strict=True)
        if column.name in read
    )
    rows, dated = row["rows"], row["age_s"] is not None and layout.strategy is Strategy.TIMESTAMP
    scores = (
        _share(Dimension.COMPLETENESS, filled, rows * len(read)),
        _share(Dimension.UNIQUENESS, row["distinct_rows"], rows),
        _share(Dimension.VALIDITY, row["valid"], rows),
        _share(Dimension.CONSISTENCY, row["in_order"], row["ordered"]),
        _share(Dimension.ACCURACY, row["plausible"], row["dated"]),
        Score(
            Dimension.TIMELINESS, _freshness(row["age_s"]) if dated else None, rows if dated else 0
        ),
    )
    found = figures.of_scan(layout, row)
    return Measured(
        scores=scores,
        figures=await figures.with_texts(connection, layout, staging, shown, found),
    )


def _share(dimension: Dimension, part: int, whole: int) -> Score:
    return Score(dimension, part / whole if whole else None, whole)


def _freshness(age_s: float) -> float:
    return 1.0 if age_s <= _FRESH_S else _FRESH_S / age_s


def _whole(layout: Layout) -> str:
    """What tells rows apart; the row's hash, unless it is of some columns only."""
    if not layout.check_cols:
        return "_atlas_row_hash"
    return f"ROW({', '.join(quote(column.name) for column in layout.columns)})::text"


def _sum(terms: Iterable[str]) -> str:
    return " + ".join(terms) or "0"


def _stem(column: Column) -> str:
    return column.name.removesuffix("_at").removesuffix("_date").removesuffix("_time")


def _pairs(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """Columns of one type whose names say which comes first."""
    dates = (ColumnType.TIMESTAMPTZ, ColumnType.TIMESTAMP, ColumnType.DATE)
    by_stem = {_stem(column): column for column in columns if column.type in dates}
    return [
        (quote(by_stem[first].name), quote(by_stem[second].name))
        for first, second in _ORDERED
        if first in by_stem and second in by_stem and by_stem[first].type is by_stem[second].type
    ]
