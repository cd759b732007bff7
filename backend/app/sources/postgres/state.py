"""How far a stream was read, in the forms that Airbyte's own source-postgres writes and reads.

Source: Airbyte's source-postgres 3, CtidStatus and CursorBasedStatus; 4, PostgresSourceJdbcStreamStateValue.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from app.core.catalog import StreamDescriptor
from app.sources.postgres.failing import Failed

_VERSION = 2
_CTID = re.compile(r"\((\d{1,10}),(\d{1,5})\)")
_ENDED: Mapping[str, object] = {"__ab_full_refresh_sync_complete": True}
"""What a full refresh says at its end that nobody can go on with. Source: Airbyte CDK, FULL_REFRESH_COMPLETE."""
_CLEAR = "Clear the stream's state to read it from the beginning."


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A cursor's value, as PostgreSQL writes it, and how many rows had it; none where nobody counted."""

    field: str
    value: str
    rows: int | None

    def content(self, stream: StreamDescriptor) -> Mapping[str, object]:
        return {**_of_cursor(stream, self.field, self.value), "cursor_record_count": self.rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How far a stream was read from its beginning.

    Shape: by `ctid`, which is of the file `filenode` alone, or by `key`, the values of `key_fields` as text;
           `horizon` is the oldest transaction that the last reader's snapshot may not have seen; `then` where
           the cursor was when it began.
    """

    ctid: str | None = None
    filenode: int | None = None
    key_fields: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    horizon: int | None = None
    then: Point | None = None

    @property
    def is_begun(self) -> bool:
        return self.ctid is not None or bool(self.key)

    def content(self, stream: StreamDescriptor) -> Mapping[str, object]:
        found: dict[str, object] = {"version": _VERSION}
        if self.ctid is not None:
            found |= {"state_type": "ctid", "ctid": self.ctid, "relation_filenode": self.filenode}
        else:
            found |= {
                "state_type": "primary_key",
                "pk_name": self.key_fields,
                "pk_val": self.key,
            }
        if self.horizon is not None:
            found["snapshot_xmin"] = self.horizon
        if self.then is not None:
            found["incremental_state"] = self.then.content(stream)
        return found


Saved = Load | Point | None


def ended(stream: StreamDescriptor, cursor: str | None) -> Mapping[str, object]:
    """The state of a stream of which nothing tells where to go on."""
    if cursor is None:
        return _ENDED
    return {**_of_cursor(stream, cursor, None), "cursor_record_count": 0}


def saved(given: object) -> Mapping[StreamDescriptor, Saved]:
    """The states of a `--state` file. Errors: Failed for what this connector cannot go on with."""
    if isinstance(given, Mapping):
        return _legacy(given)
    found: dict[StreamDescriptor, Saved] = {}
    for message in given if isinstance(given, list) else ():
        kind = _part(message, "type")
        if kind == "GLOBAL":
            raise Failed(f"The state is one of change data capture, which comes later. {_CLEAR}")
        stream = _part(message, "stream")
        if stream is None:
            found |= _legacy(_part(message, "data"))
            continue
        named = _part(stream, "stream_descriptor")
        name, namespace = _part(named, "name"), _part(named, "namespace")
        if isinstance(name, str):
            descriptor = StreamDescriptor(name, namespace if isinstance(namespace, str) else None)
            found[descriptor] = of(_part(stream, "stream_state"), descriptor)
    return found


def of(content: object, stream: StreamDescriptor) -> Saved:
    """A stream's state. Errors: Failed."""
    if not isinstance(content, Mapping) or not content or _ENDED.items() <= content.items():
        return None
    match content.get("state_type"):
        case "ctid" | "ctid_based":
            return _load(content, stream)
        case "primary_key":
            names, values = _key(content, stream)
            return replace(_load(content, stream), key_fields=names, key=values)
        case "cursor_based" | None:
            return _point(content)
        case _:
            raise Failed(
                f"The state of {stream} is of a kind that this connector does not read. {_CLEAR}"
            )


def read_file(text: bytes) -> object:
    """A `--state` file as JSON, its numbers as they are written. Errors: Failed."""
    try:
        found: object = json.loads(text, parse_float=Decimal)
    except ValueError:
        raise Failed("The state is no JSON.") from None
    return found


def page_of(ctid: str) -> int:
    found = _CTID.fullmatch(ctid)
    assert found is not None  # noqa: S101  it was held to this before
    return int(found[1])


def _of_cursor(stream: StreamDescriptor, field: str, value: str | None) -> Mapping[str, object]:
    return {
        "version": _VERSION,
        "state_type": "cursor_based",
        "stream_name": stream.name,
        "stream_namespace": stream.namespace,
        "cursor_field": [field],
        "cursor": value,
    }


def _load(content: Mapping[str, object], stream: StreamDescriptor) -> Load:
    ctid, filenode, horizon = (
        content.get(name) for name in ("ctid", "relation_filenode", "snapshot_xmin")
    )
    if ctid is not None and not (isinstance(ctid, str) and _CTID.fullmatch(ctid)):
        raise Failed(f"The state of {stream} has a ctid that is none. {_CLEAR}")
    then = content.get("incremental_state") or content  # version 4 has `cursors` beside the ctid
    return Load(
        ctid=ctid,
        filenode=filenode if isinstance(filenode, int) else None,
        horizon=horizon if isinstance(horizon, int) else None,
        then=_point(then),
    )


def _key(
    content: Mapping[str, object], stream: StreamDescriptor
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names, values = _texts(content.get("pk_name")), _texts(content.get("pk_val"))
    if not names or len(names) != len(values):
        raise Failed(f"The state of {stream} has a primary key that is none. {_CLEAR}")
    return names, values


def _point(content: object) -> Point | None:
    """The cursor of a state, in any of the forms that it had; none of one that has no value yet."""
    if not isinstance(content, Mapping):
        return None
    cursors = content.get("cursors")
    if isinstance(cursors, Mapping) and cursors:
        field, value = next(iter(cursors.items()))
    else:
        fields = content.get("cursor_field")
        field = fields[0] if isinstance(fields, list) and fields else fields
        value = content.get("cursor")
    if (
        not isinstance(field, str)
        or isinstance(value, bool)
        or not isinstance(value, str | int | Decimal)
    ):
        return None
    rows = content.get("cursor_record_count")
    return Point(field=field, value=str(value), rows=rows if isinstance(rows, int) else None)


def _legacy(given: object) -> Mapping[StreamDescriptor, Saved]:
    """The state of all streams in one, as it was before 2022. Source: Airbyte's DbState."""
    found: dict[StreamDescriptor, Saved] = {}
    if _part(given, "cdc") is True:
        raise Failed(f"The state is one of change data capture, which comes later. {_CLEAR}")
    streams = _part(given, "streams")
    for one in streams if isinstance(streams, list) else ():
        name, namespace = _part(one, "stream_name"), _part(one, "stream_namespace")
        if isinstance(name, str):
            descriptor = StreamDescriptor(name, namespace if isinstance(namespace, str) else None)
            found[descriptor] = _point(one)
    return found


def _part(given: object, name: str) -> object:
    return given.get(name) if isinstance(given, Mapping) else None


def _texts(given: object) -> tuple[str, ...]:
    """A list of texts; none of what is no such list."""
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        return ()
    return tuple(given)
