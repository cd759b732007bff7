"""Reads navigate as it was: at an instant, by what was known until another, and between two."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.core.layout import Layout
from app.database.identifiers import Table
from app.database.pool import Connection
from app.database.queries import load
from app.layers.tables import Tables, column_list

SQL = load(__file__)

MOMENT_ROWS = 1_000
"""The most rows that one reading gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What became of one key between two moments.

    Shape: `kind` is `added`, `removed` or `changed`; `before` and `after` are its rows as JSON, as chart
           shows them; `fields` the columns that differ.
    """

    key_hash: str
    kind: str
    fields: Sequence[str]
    before: str | None
    after: str | None


async def as_of(
    connection: Connection,
    layout: Layout,
    at: datetime,
    recorded: datetime | None,
    limit: int,
    offset: int = 0,
) -> Sequence[str]:
    """The rows that were valid at an instant, as JSON objects, in the order of their keys' hashes.

    Shape: by what was recorded until `recorded`; by all that is known, without it.
    """
    statement = SQL["as_of"].format(**_fields(layout))
    rows = await connection.fetch(statement, at, recorded, limit, offset)
    return [row["row"] for row in rows]


async def counted(
    connection: Connection, layout: Layout, since: datetime, until: datetime
) -> Mapping[str, int]:
    """How many keys were added, removed, changed, or stayed between two moments."""
    row = await connection.fetchrow(SQL["counted"].format(**_fields(layout)), since, until)
    assert row is not None  # noqa: S101  an aggregate has a row
    return dict(row)


async def differences(
    connection: Connection,
    layout: Layout,
    since: datetime,
    until: datetime,
    limit: int,
    offset: int = 0,
) -> Sequence[Difference]:
    """The keys that differ between two moments, in the order of their hashes."""
    statement = SQL["differences"].format(**_fields(layout))
    rows = await connection.fetch(statement, since, until, limit, offset)
    return [
        Difference(
            key_hash=str(row["key_hash"]),
            kind=row["kind"],
            fields=row["fields"] or [],
            before=row["before"],
            after=row["after"],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row of chart, and what joins it to the other layers.

    Shape: `row` is its JSON; `key_hash` none in a stream without a key; `batch_id` and `seq` of the record in
           explore that brought it.
    """

    row: str
    key_hash: str | None
    batch_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as it was sent. Shape: `data` is its JSON."""

    batch_id: int
    seq: int
    data: str


async def some_rows(
    connection: Connection, layout: Layout, table: Table, limit: int
) -> Sequence[str]:
    """A few rows of chart, or of navigate's current ones, as JSON objects: masked, as those are."""
    statement = SQL["some_rows"].format(columns=column_list(layout, "v."), table=table)
    return [row["row"] for row in await connection.fetch(statement, limit)]


async def some_chart_rows(
    connection: Connection, layout: Layout, limit: int
) -> Sequence[PlacedRow]:
    """A few rows of chart, masked as they are, each with its key's hash and its record's place."""
    statement = SQL["some_chart_rows"].format(
        columns=column_list(layout, "v."), chart=Tables.of(layout.table).chart
    )
    return [PlacedRow(**row) for row in await connection.fetch(statement, limit)]


async def some_records(
    connection: Connection, layout: Layout, batch_id: int, limit: int
) -> Sequence[RawRecord]:
    """The first records of a batch in explore, unmasked: who asks for them is admin, and it is noted."""
    statement = SQL["some_records"].format(explore=Tables.of(layout.table).explore)
    return [RawRecord(**row) for row in await connection.fetch(statement, batch_id, limit)]


async def one_record(
    connection: Connection, layout: Layout, batch_id: int, seq: int
) -> Sequence[RawRecord]:
    """The record at a place of explore, unmasked; empty if it is there no more. Who asks is admin, and it is noted."""
    statement = SQL["one_record"].format(explore=Tables.of(layout.table).explore)
    return [RawRecord(**row) for row in await connection.fetch(statement, batch_id, seq)]


def values_of(row: str) -> dict[str, object]:
    """A row's JSON by column. Shape: a number is text where no double is the same, or where it has more digits than
    Python reads."""
    found: dict[str, object] = json.loads(row, parse_float=_exact, parse_int=_whole)
    return found


def _exact(text: str) -> float | str:
    number = float(text)
    return number if Decimal(repr(number)) == Decimal(text) else text


def _whole(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text


def _fields(layout: Layout) -> dict[str, object]:
    names = {"as_of": Tables.of(layout.table).as_of, "columns": column_list(layout, "v.")}
    return names | {"both": SQL["both"].format(**names)}
