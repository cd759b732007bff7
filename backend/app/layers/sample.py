"""What the PII gate sees of a range: some raw records for the profile, every clean text for the scan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.layout import Column, Layout
from app.core.schema import ColumnType
from app.database.identifiers import Table, literal, quote
from app.database.pool import Connection
from app.database.queries import load
from app.layers.masking import Masking
from app.layers.tables import Masks, Tables

SQL = load(__file__)

_PART_BYTES = 4_000_000
_MOST_ARGUMENTS = 90
"""Of one call; PostgreSQL takes a hundred."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some pages of a staging table: from `first_page` on, up to `next_page`, which is not in it."""

    staging: Table
    first_page: int
    next_page: int


async def records(
    connection: Connection, layout: Layout, after: int, last: int, rows: int, wanted: int
) -> Sequence[bytes]:
    """About `wanted` raw records, taken evenly over a range that has `rows`."""
    stride = max(1, -(-rows // wanted))
    statement = SQL["sample"].format(explore=Tables.of(layout.table).explore)
    found = await connection.fetch(statement, after, last, stride)
    return [row["data"].encode() for row in found]


def clean_texts(layout: Layout, masks: Masks) -> Sequence[Column]:
    """The columns in which a value could still give a person away: text and JSON, not masked whole."""
    return [
        column
        for column in (*layout.columns, *layout.variants)
        if column.name not in masks.columns and column.type in (ColumnType.TEXT, ColumnType.JSONB)
    ]


async def parts_of(connection: Connection, staging: Table) -> Sequence[Part]:
    """A staging table in parts of a few megabytes, so that as much of its texts is in memory at once."""
    extent = await connection.fetchrow(SQL["extent"], str(staging))
    assert extent is not None  # noqa: S101  a function has an answer
    pages, size = extent["pages"], extent["size_bytes"]
    step = max(1, pages * _PART_BYTES // max(size, 1))
    return [Part(staging, start, start + step) for start in range(0, pages, step)]


async def text_of(
    connection: Connection, part: Part, columns: Sequence[Column], masking: Masking
) -> str:
    """All texts of a part, a line or more each; tokens within JSON stay behind, and what has its own column."""
    clear = [_clear(column, columns, masking) for column in columns]
    statement = SQL["text"].format(staging=part.staging, texts=_lines(clear))
    found: str | None = await connection.fetchval(statement, part.first_page, part.next_page)
    return found or ""


async def cells_of(
    connection: Connection, part: Part, columns: Sequence[Column], masking: Masking
) -> Mapping[str, Sequence[str | None]]:
    """The same texts apart, by column, in the order of the rows."""
    texts = ", ".join(f"({_clear(column, columns, masking)})::text" for column in columns)
    statement = SQL["cells"].format(staging=part.staging, texts=texts)
    rows = await connection.fetch(statement, part.first_page, part.next_page)
    names = [column.name for column in columns]
    return dict(zip(names, zip(*(row.values() for row in rows), strict=True), strict=True))


def _lines(texts: Sequence[str]) -> str:
    """The texts of a row that are there, a line each."""
    if len(texts) <= _MOST_ARGUMENTS:
        return f"concat_ws(E'\\n', {', '.join(texts)})"
    some = range(0, len(texts), _MOST_ARGUMENTS)
    return _lines([_lines(texts[start : start + _MOST_ARGUMENTS]) for start in some])


def _clear(column: Column, columns: Sequence[Column], masking: Masking) -> str:
    name = quote(column.name)
    apart = {*masking.leaves(column.path)}
    apart |= {inner.path[-1] for inner in columns if inner.path[:-1] == column.path}
    if not apart or column.type is not ColumnType.JSONB:
        return name
    listed = f"ARRAY[{', '.join(map(literal, sorted(apart)))}]::text[]"
    return f"CASE jsonb_typeof({name}) WHEN 'object' THEN {name} - {listed} ELSE {name} END"
