"""What the layers know of one row by its key; every step is a probe of an index."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.errors import InvalidRequest
from app.core.layout import Layout
from app.database.pool import Connection
from app.database.queries import load
from app.layers.mending import mend
from app.layers.projection import Projection
from app.layers.reader import values_of
from app.layers.tables import Tables, column_list

SQL = load(__file__)

_INSTANT = re.compile(r"(\d+)(-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?\+00:00( BC)?")
"""As PostgreSQL writes one in JSON, in UTC."""

Key = Mapping[str, object] | Sequence[object]
"""A key's clear values: by field as in a record, or in the order of the primary key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRow:
    """A row as chart shows it, typed and masked. Shape: `values` by column."""

    batch_id: int
    seq: int
    extracted_at: datetime
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version as navigate's view has it, typed and masked. Shape: `valid_to` none while it is the newest, unless
    the stream was cleared since: the key ended then; `values` by column. Both instants are ISO 8601 in UTC, for one of
    the year 1 or 9999 in another zone may be of no year that a datetime has."""

    valid_from: str
    valid_to: str | None
    is_current: bool
    is_deleted: bool
    recorded_at: datetime
    schema_version: int
    batch_id: int
    seq: int
    values: Mapping[str, object]


async def look_by_probes(connection: Connection) -> None:
    """Until the transaction ends, read one snapshot, and no table as a whole.

    Explore is seldom analyzed, and small books are read whole by a planner that does not know how
    they will grow. Shape: the first statement of its transaction.
    """
    await connection.execute(SQL["look_by_probes"])


async def key_hash_of(connection: Connection, projection: Projection, key: Key) -> UUID:
    """What a key is called in chart and navigate, made of its clear values as the projection does.

    Errors: InvalidRequest, naming the fields of the key, if these are not they, or a value does not fit.
    """
    record, _ = mend(json.dumps(record_of(projection.layout, key)).encode())
    statement = projection.key_statement(record.decode())
    found: UUID | None = await connection.fetchval(statement.text, *statement.parameters)
    if found is None:
        raise InvalidRequest(f"A value of the key is missing, or does not fit. {_fields_of(projection.layout)}")  # fmt: skip
    return found


def require_key(layout: Layout) -> None:
    """Errors: InvalidRequest, if the stream has no key to be asked by."""
    if not layout.has_key:
        raise InvalidRequest("The stream has no primary key: its rows cannot be told apart by one.")


def record_of(layout: Layout, key: Key) -> Mapping[str, object]:
    """A record that has the fields of its key and no others. Errors: InvalidRequest."""
    require_key(layout)
    if isinstance(key, Mapping):
        if set(key) != {path[0] for path in layout.primary_key}:
            raise InvalidRequest(_fields_of(layout))
        return key
    if len(key) != len(layout.primary_key):
        raise InvalidRequest(_fields_of(layout))
    record: dict[str, object] = {}
    for path, value in zip(layout.primary_key, key, strict=True):
        *above, last = path
        place = record
        for field in above:
            inner = place.setdefault(field, {})
            assert isinstance(inner, dict)  # noqa: S101  no path of a key goes through another
            place = inner
        place[last] = value
    return record


async def chart_rows(
    connection: Connection, layout: Layout, key_hash: UUID, limit: int
) -> Sequence[ChartRow]:
    """The key's rows in chart, the newest landed first; at most one where chart is deduplicated."""
    statement = SQL["chart_rows"].format(
        chart=Tables.of(layout.table).chart, names=column_list(layout, "c.")
    )
    rows = await connection.fetch(statement, key_hash, limit)
    return [
        ChartRow(
            batch_id=row["batch_id"],
            seq=row["seq"],
            extracted_at=row["extracted_at"],
            values=values_of(row["values"]),
        )
        for row in rows
    ]


async def versions(
    connection: Connection, layout: Layout, key_hash: UUID, limit: int
) -> Sequence[Version]:
    """The key's versions, the newest first."""
    tables = Tables.of(layout.table)
    in_chart = SQL["schema_version_in_chart"].format(chart=tables.chart)
    statement = SQL["versions"].format(
        navigate=tables.navigate,
        history=tables.history,
        in_chart=in_chart if layout.keeps_newest_in_chart else "",
        names=column_list(layout, "v."),
    )
    rows = await connection.fetch(statement, key_hash, limit)
    return [
        Version(
            **{
                **row,
                "valid_from": _instant(row["valid_from"]),
                "valid_to": _instant(row["valid_to"]) if row["valid_to"] else None,
                "values": values_of(row["values"]),
            }
        )
        for row in rows
    ]


async def source_message(
    connection: Connection, layout: Layout, batch_id: int, seq: int
) -> str | None:
    """The record as its source sent it, in clear: JSON text; none if explore has it no more.

    The one door to it: who may look, and that somebody did, belongs in front of this function.
    """
    statement = SQL["source_message"].format(explore=Tables.of(layout.table).explore)
    found: str | None = await connection.fetchval(statement, batch_id, seq)
    return found


def _fields_of(layout: Layout) -> str:
    fields = ", ".join(".".join(path) for path in layout.primary_key)
    return f"The key of this stream is: {fields}."


def _instant(text: str) -> str:
    """ISO 8601, with the microseconds by which versions differ, and a sign before a year that has not four digits."""
    found = _INSTANT.fullmatch(text)
    assert found is not None  # noqa: S101  PostgreSQL has written it, and no version begins at its infinity
    year, time, fraction, is_bc = found.groups()
    number = 1 - int(year) if is_bc else int(year)
    shown = f"{number:04}" if 0 <= number <= 9_999 else f"{number:+07}"
    return f"{shown}{time}{f'.{fraction:0<6}' if fraction else ''}Z"
