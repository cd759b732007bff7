"""What a connection makes of a stream that a source offers: its mode, its names, its columns."""

import json
from collections.abc import Sequence
from dataclasses import replace

from app.core.catalog import ConfiguredStream, ReadMode, Stream, SyncMode, shown
from app.core.declared import declared
from app.core.errors import InvalidRequest, SyncModeNotSupported
from app.core.layout import Column
from app.database.identifiers import column_name
from app.layers.mending import mend


def configured(stream: Stream) -> ConfiguredStream:
    """A stream by its own defaults: read on where it can be, with history where it has a key."""
    key, cursor = stream.source_defined_primary_key, stream.default_cursor_field
    if ReadMode.INCREMENTAL not in stream.supported:
        mode = SyncMode.FULL_REFRESH_OVERWRITE
    else:
        mode = SyncMode.INCREMENTAL_DEDUPED_HISTORY if key else SyncMode.INCREMENTAL_APPEND
    return ConfiguredStream(stream=stream, sync_mode=mode, cursor_field=cursor, primary_key=key)


def require_mode(stream: ConfiguredStream) -> None:
    """Errors: SyncModeNotSupported, with what to choose instead."""
    mode, descriptor = stream.sync_mode, stream.descriptor
    if mode.reads not in stream.stream.supported:
        raise SyncModeNotSupported(
            f"The source cannot read {descriptor} as {mode.reads}; it offers "
            f"{', '.join(stream.stream.supported)}.",
            stream=str(descriptor),
        )
    if mode.dedupes and not stream.primary_key:
        raise SyncModeNotSupported(
            f"{mode} needs a primary key, and {descriptor} has none: declare one, or choose "
            f"{SyncMode.INCREMENTAL_APPEND}.",
            stream=str(descriptor),
        )
    require_check_cols(stream)


def require_check_cols(stream: ConfiguredStream) -> None:
    """Errors: InvalidRequest for columns to check of a stream without a key, or that its schema does not have."""
    if not stream.check_cols:
        return
    name = str(stream.descriptor)
    if not stream.primary_key:
        raise InvalidRequest(
            f"{name} has no primary key, so it has no versions to check.", stream=name
        )
    fields = declared(stream.stream.json_schema, stream.nested, stream.left_out)
    if unknown := [field for field in stream.check_cols if (field,) not in fields]:
        raise InvalidRequest(
            f"{name} has no field {', '.join(map(shown, unknown))} to check.", stream=name
        )


def storable(configured: ConfiguredStream) -> ConfiguredStream:
    """The stream with the fields of its schema called as explore will call them.

    Errors: InvalidRequest for a name that only the source may change: of the stream, its key, its cursor.
    """
    stream, name = configured.stream, configured.descriptor
    fixed = (
        name.name, name.namespace, configured.cursor_field, configured.primary_key, configured.check_cols,
    )  # fmt: skip
    if mend(json.dumps(fixed).encode())[1]:
        raise InvalidRequest("The name of a stream, or of its key or cursor, cannot be stored.")
    schema, _ = mend(json.dumps(stream.json_schema).encode())
    left_out, _ = mend(json.dumps(configured.left_out).encode())
    return replace(
        configured,
        stream=replace(stream, json_schema=json.loads(schema)),
        left_out=tuple(json.loads(left_out)),
    )


def columns_of(configured: ConfiguredStream, limit: int) -> tuple[Sequence[Column], bool]:
    """The columns of a stream's fields in the schema's order, at most `limit`; true if fields are left.

    Shape: where some are left, the fields of key and cursor, and those to check, have theirs first; what lies in objects
           comes last, for their JSON has it as well.
    """
    fields = declared(configured.stream.json_schema, configured.nested, configured.left_out)
    paths = list(fields)
    if len(paths) > limit:
        needed = {path[:1] for path in (configured.cursor_field, *configured.primary_key)}
        needed |= {(field,) for field in configured.check_cols}
        paths.sort(key=lambda path: path not in needed)
    columns: list[Column] = []
    taken: set[str] = set()
    for path in paths[:limit]:
        name = column_name("__".join(path), taken)
        taken.add(name)
        field = fields[path]
        columns.append(Column(path=path, name=name, type=field.type, is_required=field.is_required))
    return columns, any(len(path) == 1 for path in paths[limit:])
