"""What the connector says on stdout. Source: Airbyte protocol, AirbyteMessage."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from app.core.catalog import StreamDescriptor
from app.core.errors import Failure

_STDOUT = 1


@dataclass(frozen=True, slots=True)
class Voice:
    """Writes whole lines to a pipe; who does not read makes it wait, and the server behind it."""

    descriptor: int = _STDOUT

    def say(self, kind: str, member: str, content: object) -> None:
        self.lines(msgspec.json.encode({"type": kind, member: content}) + b"\n")

    def lines(self, block: bytes) -> None:
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]

    def log(self, level: str, message: str) -> None:
        self.say("LOG", "log", {"level": level, "message": message})

    def status(self, stream: StreamDescriptor, status: str) -> None:
        content = {"stream_descriptor": descriptor(stream), "status": status}
        self._trace("STREAM_STATUS", "stream_status", content)

    def estimate(self, stream: StreamDescriptor, rows: int, size_bytes: int) -> None:
        content = {"type": "STREAM", "row_estimate": rows, "byte_estimate": size_bytes}
        self._trace("ESTIMATE", "estimate", {**descriptor(stream), **content})

    def error(self, message: str, failure: Failure) -> None:
        self._trace("ERROR", "error", {"message": message, "failure_type": failure.value})

    def state(self, stream: StreamDescriptor, content: Mapping[str, object], records: int) -> None:
        """Units: `records` since the stream's last state."""
        told = {"stream_descriptor": descriptor(stream), "stream_state": content}
        counts = {"recordCount": float(records)}
        self.say("STATE", "state", {"type": "STREAM", "stream": told, "sourceStats": counts})

    def catalog(self, streams: Sequence[Mapping[str, object]]) -> None:
        self.say("CATALOG", "catalog", {"streams": streams})

    def _trace(self, kind: str, member: str, content: Mapping[str, object]) -> None:
        now = time.time() * 1_000
        self.say("TRACE", "trace", {"type": kind, "emitted_at": now, member: content})


def descriptor(stream: StreamDescriptor) -> Mapping[str, str]:
    if stream.namespace is None:
        return {"name": stream.name}
    return {"name": stream.name, "namespace": stream.namespace}


def envelope(stream: StreamDescriptor) -> tuple[str, str]:
    """What stands before and after the data of records that are sent now."""
    named = {"stream": stream.name, "namespace": stream.namespace, "data": None}
    head = msgspec.json.encode({"type": "RECORD", "record": named}).decode()
    return head.removesuffix("null}}"), f',"emitted_at":{int(time.time() * 1_000)}}}}}'
