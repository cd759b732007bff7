"""Catalogs and states between the protocol's JSON and Atlas' words."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from app.core.catalog import (
    Catalog,
    ConfiguredCatalog,
    ConfiguredStream,
    JsonSchema,
    ReadMode,
    Stream,
    StreamDescriptor,
)
from app.core.failures import (
    ConnectorProtocolBroken,
)
from app.core.records import State, StateKind


class _Stream(Struct):
    name: str
    json_schema: dict[str, Any]
    namespace: str | None = None
    supported_sync_modes: list[str] | None = None
    source_defined_cursor: bool | None = None
    default_cursor_field: list[str] | None = None
    source_defined_primary_key: list[list[str]] | None = None
    is_resumable: bool | None = None


class _Catalog(Struct):
    streams: list[_Stream]


class _Legacy(Struct):
    data: Raw


def catalog_of(raw: Raw) -> Catalog:
    """Errors: ConnectorProtocolBroken. Source: Airbyte protocol, AirbyteCatalog."""
    try:
        sent = msgspec.json.decode(raw, type=_Catalog)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ConnectorProtocolBroken("The connector sent a malformed CATALOG message.") from None
    return Catalog(streams=tuple(_stream_of(stream) for stream in sent.streams))


def _stream_of(sent: _Stream) -> Stream:
    known = {mode.value for mode in ReadMode}
    modes = tuple(ReadMode(mode) for mode in sent.supported_sync_modes or () if mode in known)
    return Stream(
        descriptor=StreamDescriptor(sent.name, sent.namespace),
        json_schema=sent.json_schema,
        supported=modes or (ReadMode.FULL_REFRESH,),
        source_defined_cursor=bool(sent.source_defined_cursor),
        default_cursor_field=tuple(sent.default_cursor_field or ()),
        source_defined_primary_key=tuple(map(tuple, sent.source_defined_primary_key or ())),
        is_resumable=bool(sent.is_resumable),
    )


def stream_json(stream: Stream) -> dict[str, object]:
    """One stream of a catalog as the protocol writes it; what was not said stays away."""
    sent: dict[str, object] = {
        "name": stream.descriptor.name,
        "json_schema": stream.json_schema,
        "supported_sync_modes": list(stream.supported),
        "source_defined_cursor": stream.source_defined_cursor,
        "is_resumable": stream.is_resumable,
    }
    if stream.descriptor.namespace is not None:
        sent["namespace"] = stream.descriptor.namespace
    if stream.default_cursor_field:
        sent["default_cursor_field"] = stream.default_cursor_field
    if stream.source_defined_primary_key:
        sent["source_defined_primary_key"] = stream.source_defined_primary_key
    return sent


def configured_json(catalog: ConfiguredCatalog) -> bytes:
    """The `--catalog` file. Source: Airbyte protocol, ConfiguredAirbyteCatalog."""
    streams = [_configured(stream, catalog.sync_id) for stream in catalog.streams]
    return msgspec.json.encode({"streams": streams})


def _configured(chosen: ConfiguredStream, sync_id: int) -> dict[str, object]:
    sent: dict[str, object] = {
        "stream": stream_json(chosen.stream) | {"json_schema": _without_left_out(chosen)},
        "sync_mode": chosen.sync_mode.reads,
        "destination_sync_mode": chosen.sync_mode.destination_mode,
        "generation_id": chosen.generation_id,
        "minimum_generation_id": chosen.minimum_generation_id,
        "sync_id": sync_id,
    }
    cursor = chosen.cursor_field or chosen.stream.default_cursor_field
    if cursor:
        sent["cursor_field"] = cursor
    key = chosen.primary_key or chosen.stream.source_defined_primary_key
    if key:
        sent["primary_key"] = key
    return sent


def _without_left_out(chosen: ConfiguredStream) -> JsonSchema:
    """The schema of the fields that are wanted: a source may read no others, and many read them all the same."""
    schema = chosen.stream.json_schema
    own = schema.get("properties")
    if not chosen.left_out or not isinstance(own, Mapping):
        return schema
    return {
        **schema,
        "properties": {name: own[name] for name in own if name not in chosen.left_out},
    }


def states_json(states: Sequence[State]) -> bytes:
    """The `--state` file: a list of state messages as they were sent; of a legacy one, its data."""
    for state in states:
        if state.kind is StateKind.LEGACY:
            return bytes(msgspec.json.decode(state.message, type=_Legacy).data)
    return b"[" + b",".join(state.message for state in states) + b"]"
