"""What the PII gate sees of a range: some raw records for the profile, every clean text for the scan."""

from collections.abc import Sequence

from app.core.layout import Column, Layout
from app.core.schema import ColumnType
from app.database.identifiers import Table, literal, quote
from app.database.pool import Connection
from app.database.queries import load
from app.layers.masking import Masking
from app.layers.tables import Masks, Tables

SQL = load(__file__)


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
        for column in layout.columns
        if column.name not in masks.columns and column.type in (ColumnType.TEXT, ColumnType.JSONB)
    ]


def texts_query(staging: Table, columns: Sequence[Column], masking: Masking) -> str:
    """What COPY sends to the leak scan; the tokens within JSON stay behind."""
    texts = []
    for column in columns:
        name, tokens = quote(column.name), masking.leaves(column.field)
        if tokens and column.type is ColumnType.JSONB:
            listed = f"ARRAY[{', '.join(map(literal, tokens))}]::text[]"
            name = f"CASE jsonb_typeof({name}) WHEN 'object' THEN {name} - {listed} ELSE {name} END"
        texts.append(name)
    return f"SELECT {', '.join(texts)} FROM {staging}"
