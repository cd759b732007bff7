"""A stream of a connection, and its columns, as they are read from their rows."""

import json
from collections.abc import Iterable

from msgspec import Raw

from app.core.catalog import ConfiguredStream, Nested, Path, SyncMode
from app.core.connections import ConnectedStream
from app.core.ids import StreamId
from app.core.layout import Clear, Column, Contract, Layout, Misfit
from app.core.schema import ColumnType
from app.database.pool import Row
from app.sources.wire.catalogs import catalog_of
from app.sync.connections import child_tables


def connected_stream(row: Row, columns: Iterable[Column], misfit: Misfit) -> ConnectedStream:
    (stream,) = catalog_of(Raw(f'{{"streams":[{row["stream"]}]}}'.encode())).streams
    stream_id = StreamId(row["stream_id"])
    mode, nested = SyncMode(row["sync_mode"]), Nested(row["nested"])
    primary_key = tuple(tuple(path) for path in json.loads(row["primary_key"]))
    cursor: Path = tuple(row["cursor_field"])
    return ConnectedStream(
        stream_id=stream_id,
        configured=ConfiguredStream(
            stream=stream,
            sync_mode=mode,
            cursor_field=cursor,
            primary_key=primary_key,
            generation_id=row["generation_id"],
            minimum_generation_id=row["generation_id"] if mode.overwrites else 0,
            nested=nested,
            check_cols=tuple(row["check_cols"]),
            left_out=tuple(row["left_out"]),
        ),
        layout=Layout(
            stream_id=stream_id,
            descriptor=stream.descriptor,
            table=row["table_name"],
            sync_mode=mode,
            columns=tuple(columns),
            primary_key=primary_key,
            cursor_field=cursor,
            schema_version=row["schema_version"],
            has_rest=row["has_rest"],
            rest_since=row["rest_since"],
            nested=nested,
            children=child_tables.read(row["children"]),
            misfit=misfit,
            clears=tuple(map(Clear, row["cleared_at"], row["clears_recorded_at"])),
            waived=frozenset(row["waived"]),
            check_cols=tuple(row["check_cols"]),
            left_out=tuple(row["left_out"]),
        ),
        as_sent=json.loads(row["as_sent"]) if row["as_sent"] else None,
    )


def column_of(row: Row) -> Column:
    return Column(
        path=tuple(json.loads(row["path"])),
        name=row["column_name"],
        type=ColumnType(row["type"]),
        is_required=row["is_required"],
        since=row["schema_version"],
        contract=Contract(row["contract"]),
        formerly=tuple(tuple(path) for path in json.loads(row["formerly"])),
        has_variant=row["has_variant"],
        json_since=row["json_since"],
    )
