"""Every scenario of PyAirbyte's smoke-test source, in every mode that it can be read in: what chart, navigate and
explore hold is what it sent, value by value."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import Raw

from app.core.catalog import Stream, SyncMode
from app.core.jobs import JobStatus
from app.core.schema import ColumnType
from app.database.pool import Database
from app.layers.tables import Tables
from app.sources.wire.catalogs import catalog_of
from tests.fixtures.atlas import Atlas, NoChecks, NothingPersonal, atlas_on
from tests.fixtures.scripted import saying

PROGRAM = Path(__file__).resolve().parents[1] / "fixtures" / "smoke_test_source.py"
SENDS_NOTHING_HOME = {"DO_NOT_TRACK": "1", "AIRBYTE_OFFLINE_MODE": "1"}
Record = Mapping[str, object]

pytestmark = pytest.mark.xdist_group("smoke_test_source")


@dataclass(frozen=True)
class Said:
    """What the connector offers, and all that it sends. Shape: `records` by stream, numbers as written."""

    streams: Sequence[Stream]
    records: Mapping[str, Sequence[Record]]
    lines: Sequence[bytes]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    folder = tmp_path_factory.mktemp("smoke")
    environment = {**os.environ, **SENDS_NOTHING_HOME}
    program = [sys.executable, str(PROGRAM), str(folder)]
    done = subprocess.run(program, check=True, env=environment, stdout=subprocess.PIPE)
    streams: Sequence[Stream] = ()
    records: dict[str, list[Record]] = {}
    lines = []
    for line in done.stdout.splitlines():
        message = json.loads(line, parse_float=Decimal)
        if message["type"] == "CATALOG":
            streams = catalog_of(Raw(json.dumps(json.loads(line)["catalog"]).encode())).streams
            records = {stream.descriptor.name: [] for stream in streams}
        else:
            lines.append(line)
        if message["type"] == "RECORD":
            records[message["record"]["stream"]].append(message["record"]["data"])
    return Said(streams, records, lines)


@pytest.mark.parametrize("mode", [mode for mode in SyncMode if mode.value.startswith("full")])
async def test_all_that_was_sent_is_there_as_it_was_sent(
    database: Database, said: Said, mode: SyncMode, tmp_path: Path
) -> None:
    atlas = atlas_on(database)
    atlas.pii, atlas.command = NothingPersonal(), saying(tmp_path, said.lines)
    if mode is not SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED:  # once by the real Soda
        atlas.scanner = NoChecks()
    keyless = {
        stream.descriptor.name: SyncMode.FULL_REFRESH_OVERWRITE
        for stream in said.streams
        if mode.dedupes and not stream.source_defined_primary_key
    }
    await atlas.connect({}, mode, streams=said.streams, modes=keyless, source="smoke")

    found = [await atlas.sync() for _ in range(2)]

    assert len(said.streams) == 22
    for report in found:
        assert report.job.status is JobStatus.SUCCEEDED, report.job.failure
        assert report.is_balanced
        books = {line.books.name: line.books for line in report.streams}
        assert {name: line.read for name, line in books.items()} == {
            name: len(records) for name, records in said.records.items()
        }
        assert [name for name, line in books.items() if line.quarantined or line.rejected] == []
    assert atlas.connection is not None
    for stream in atlas.connection.streams:
        name = stream.layout.descriptor.name
        sent = said.records[name]
        await assert_as_sent(atlas, stream.layout.table, stream.configured.stream, sent, stream.layout.sync_mode)  # fmt: skip


async def assert_as_sent(
    atlas: Atlas, table: str, stream: Stream, sent: Sequence[Record], mode: SyncMode
) -> None:
    tables, name = Tables.of(table), stream.descriptor.name
    explored = await atlas.values(f"SELECT data::text FROM {tables.explore} ORDER BY batch_id, seq")
    assert [json.loads(str(data), parse_float=Decimal) for data in explored] == [*sent, *sent], name
    newest = {json.dumps(record["id"]): record for record in sent if "id" in record}
    rows = list(newest.values()) if mode.dedupes else [*sent]
    times = 1 if mode.overwrites else 2

    columns = await columns_of(atlas, table)
    assert set(columns) == properties_of(stream).keys(), name
    expected = [{f: value_of(r.get(f), type_) for f, (_, type_) in columns.items()} for r in rows]
    assert await shown(atlas, str(tables.chart), columns) == ordered(expected * times), name
    if not stream.source_defined_primary_key:
        return
    alive = [{f: value_of(r.get(f), type_) for f, (_, type_) in columns.items()} for r in newest.values()]  # fmt: skip
    assert await shown(atlas, str(tables.current), columns) == ordered(alive), name
    versions = await atlas.values(f"SELECT is_current FROM {tables.navigate}")
    assert versions == [True] * len(newest), name


def properties_of(stream: Stream) -> Mapping[str, object]:
    properties = stream.json_schema["properties"]
    assert isinstance(properties, Mapping)
    return properties


async def columns_of(atlas: Atlas, table: str) -> dict[str, tuple[str, ColumnType]]:
    """By field: the column that holds it, and its type."""
    rows = await atlas.fetch(
        "SELECT c.field, c.column_name, c.type FROM pipeline.columns c JOIN pipeline.streams USING (stream_id) "
        "WHERE table_name = $1",
        table,
    )
    return {row["field"]: (row["column_name"], ColumnType(row["type"])) for row in rows}


async def shown(
    atlas: Atlas, table: str, columns: Mapping[str, tuple[str, ColumnType]]
) -> list[dict[str, object]]:
    rows = await atlas.rows(table)
    return ordered(
        [{f: stored(row[c], type_) for f, (c, type_) in columns.items()} for row in rows]
    )


def ordered(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(rows, key=repr)


def stored(value: object, type_: ColumnType) -> object:
    """A value as the database gives it; JSON as what it says."""
    if type_ is ColumnType.JSONB and value is not None:
        return read_json(json.loads(str(value), parse_float=Decimal))
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC)
    if isinstance(value, Decimal):
        return value.normalize()
    return (value.replace(tzinfo=None), value.utcoffset()) if isinstance(value, time) and value.tzinfo else value  # fmt: skip


def value_of(sent: object, type_: ColumnType) -> object:
    """What was sent as a value of a type, by rules of Python's own."""
    match type_:
        case _ if sent is None:
            return None
        case ColumnType.NUMERIC:
            return Decimal(str(sent)).normalize()
        case ColumnType.DATE:
            return date.fromisoformat(str(sent))
        case ColumnType.TIMESTAMPTZ:
            return datetime.fromisoformat(str(sent)).astimezone(UTC)
        case ColumnType.TIMESTAMP:
            return datetime.fromisoformat(str(sent))
        case ColumnType.TIME:
            return time.fromisoformat(str(sent))
        case ColumnType.TIMETZ:
            instant = time.fromisoformat(str(sent))
            return instant.replace(tzinfo=None), instant.utcoffset()
        case ColumnType.JSONB:
            return read_json(sent)
        case _:
            return sent


def read_json(value: object) -> object:
    """JSON with its numbers in one form: 1.0 and 1 are one number to jsonb."""
    if isinstance(value, Mapping):
        return {name: read_json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [read_json(part) for part in value]
    return Decimal(value).normalize() if isinstance(value, int | Decimal) and not isinstance(value, bool) else value  # fmt: skip
