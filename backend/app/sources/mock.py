"""A connector that needs no outside system: Airbyte's protocol, spoken by a child program.

It imports only the standard library and its three neighbours, so that it starts at once. With
`"kind": "ledger"` in its configuration it is the ledger source of `mock_ledger`; else it makes
realistic records of any catalog, by default of one like source-faker's.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.sources import mock_ledger, mock_sending
from app.sources.mock_values import Template

COMMAND = (sys.executable, "-S", "-m", "app.sources.mock")
ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}

Object = Mapping[str, object]
_TIME = {"type": "string", "format": "date-time", "airbyte_type": "timestamp_with_timezone"}
_WHOLE, _TEXT = {"type": "integer"}, {"type": "string"}
_SCHEMAS: Mapping[str, Object] = {
    "products": {
        "id": _WHOLE,
        "make": _TEXT,
        "model": _TEXT,
        "year": {"type": "integer", "minimum": 1990, "maximum": 2025},
        "price": {"type": "number", "minimum": 500, "maximum": 60_000},
        "created_at": _TIME,
        "updated_at": _TIME,
    },
    "users": {
        "id": _WHOLE,
        "created_at": _TIME,
        "updated_at": _TIME,
        "name": _TEXT,
        "title": _TEXT,
        "age": {"type": "integer", "minimum": 18, "maximum": 90},
        "email": {"type": "string", "format": "email"},
        "telephone": _TEXT,
        "gender": {"enum": ["Female", "Male", "Other"]},
        "language": _TEXT,
        "academic_degree": {"enum": ["Bachelor", "Master", "PhD"]},
        "nationality": _TEXT,
        "occupation": _TEXT,
        "height": _TEXT,
        "blood_type": {"enum": ["O+", "A+", "B+", "AB+", "O-", "A-", "B-", "AB-"]},
        "weight": {"type": "integer", "minimum": 45, "maximum": 120},
        "address": {
            "type": "object",
            "properties": {
                "street_number": _TEXT,
                "street_name": _TEXT,
                "city": _TEXT,
                "state": _TEXT,
                "province": _TEXT,
                "postal_code": _TEXT,
                "country_code": _TEXT,
            },
        },
    },
    "purchases": {
        "id": _WHOLE,
        "user_id": {"type": "integer", "minimum": 1, "maximum": 1_000},
        "product_id": {"type": "integer", "minimum": 1, "maximum": 100},
        "created_at": _TIME,
        "updated_at": _TIME,
        "added_to_cart_at": {**_TIME, "type": ["null", "string"]},
        "purchased_at": {**_TIME, "type": ["null", "string"]},
        "returned_at": {**_TIME, "type": ["null", "string"]},
    },
}
SPECIFICATION = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Mock source",
    "type": "object",
    "additionalProperties": True,
    "properties": {
        "count": {"type": "integer", "minimum": 0, "default": 1000},
        "seed": {"type": "integer", "default": 1},
        "records_per_slice": {"type": "integer", "minimum": 1, "default": 1000},
        "streams": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"$ref": "#/definitions/plain"}},
        },
    },
    "definitions": {  # nothing in a stream is a secret, whatever it is called
        "plain": {
            "additionalProperties": {"$ref": "#/definitions/plain"},
            "items": {"$ref": "#/definitions/plain"},
        }
    },
}
_PRODUCTS = 100


def default_streams() -> list[dict[str, object]]:
    """The catalog that is offered when none is configured: source-faker's."""
    return [
        {
            "name": name,
            "json_schema": {"type": "object", "properties": properties},
            "supported_sync_modes": ["full_refresh", "incremental"],
            "source_defined_cursor": True,
            "default_cursor_field": ["updated_at"],
            "source_defined_primary_key": [["id"]],
            "is_resumable": True,
        }
        for name, properties in _SCHEMAS.items()
    ]


def records(config: Object, stream: Object, start: int = 0) -> Iterator[bytes]:
    """The data of a stream's records from a number on: the same seed gives the same bytes."""
    template = Template.of(stream, _whole(config.get("seed"), 1))
    for number in range(start, _count(config, stream)):
        yield template.record(number)


def _count(config: Object, stream: Object) -> int:
    count = _whole(stream.get("count", config.get("count")), 1_000)
    offered = "streams" in config
    return min(count, _PRODUCTS) if stream["name"] == "products" and not offered else count


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _offered(config: Object) -> list[dict[str, object]]:
    if config.get("kind") == "ledger":
        return mock_ledger.Ledger.of(config).catalog()
    streams = config.get("streams")
    return [dict(stream) for stream in streams] if isinstance(streams, list) else default_streams()


def _read(config: Object, catalog: Object, states: Sequence[Object]) -> int:
    if config.get("kind") == "ledger":
        return mock_sending.read(mock_ledger.Ledger.of(config), catalog, states)
    offered = {stream["name"]: stream for stream in _offered(config)}
    chosen = catalog["streams"]
    assert isinstance(chosen, list)  # noqa: S101
    for configured in chosen:
        name = configured["stream"]["name"]
        stream = offered.get(name, configured["stream"])
        _send_stream(config, stream, mock_ledger.next_number(states, name))
    return 0


def _send_stream(config: Object, stream: Object, start: int) -> None:
    say, name = mock_sending.Voice(), str(stream["name"])
    emitted_at = int(time.time() * 1_000)
    head, tail = mock_sending.envelope(name, None, emitted_at)
    every, sent = max(1, _whole(config.get("records_per_slice"), 1_000)), 0
    say.status(name, None, "STARTED")
    say.estimate(name, max(0, _count(config, stream) - start))
    for sent, data in enumerate(records(config, stream, start), 1):
        if sent == 1:
            say.status(name, None, "RUNNING")
        say.raw(head + data + tail)
        if sent % every == 0:
            say.state(name, None, start + sent, every)
    if sent % every or not sent:
        say.state(name, None, start + sent, sent % every)
    say.status(name, None, "COMPLETE")
    say.flush()


def main(arguments: Sequence[str]) -> int:
    """spec, check, discover or read, with the protocol's options; the exit code."""
    action, options = arguments[0], dict(zip(arguments[1::2], arguments[2::2], strict=True))
    files: dict[str, Any] = {
        name.removeprefix("--"): json.loads(Path(path).read_bytes())
        for name, path in options.items()
    }
    config: Object = files.get("config", {})
    if action == "read":
        states = files.get("state", [])
        return _read(config, files["catalog"], states if isinstance(states, list) else [states])
    if action == "discover" and config.get("mute"):
        return mock_sending.refuse("The streams cannot be listed.")
    if action == "discover" and config.get("new_config"):
        mock_sending.Voice().renew(config["new_config"])
    answers: Mapping[str, Object] = {
        "spec": {"type": "SPEC", "spec": {"connectionSpecification": SPECIFICATION}},
        "check": {"type": "CONNECTION_STATUS", "connectionStatus": _verdict(config)},
        "discover": {"type": "CATALOG", "catalog": {"streams": _offered(config)}},
    }
    sys.stdout.write(json.dumps(answers[action], separators=(",", ":")) + "\n")
    return 0


def _verdict(config: Object) -> Object:
    count = config.get("count", 0)
    if isinstance(count, int) and count >= 0:
        return {"status": "SUCCEEDED"}
    return {"status": "FAILED", "message": "count must be a whole number, 0 or more."}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
