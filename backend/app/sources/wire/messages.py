"""What a connector says beside its records: states, traces, logs, verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from app.core.catalog import StreamDescriptor
from app.core.errors import Failure
from app.core.failures import (
    ConnectorConfigRefused,
    ConnectorFailed,
    ConnectorFailedTransiently,
    ConnectorProtocolBroken,
)
from app.core.records import State, StateKind
from app.processes.redaction import Redaction
from app.sources.wire.limits import measure

MESSAGE_CHARACTERS = 2_000
_FAILURES: Mapping[str, type[ConnectorFailed]] = {
    Failure.CONFIG: ConnectorConfigRefused,
    Failure.TRANSIENT: ConnectorFailedTransiently,
    Failure.SYSTEM: ConnectorFailed,
}
_CONTROL_DEPTH = 64


class _Descriptor(Struct):
    name: str
    namespace: str | None = None

    def word(self) -> StreamDescriptor:
        return StreamDescriptor(self.name, self.namespace)


class _StreamState(Struct):
    stream_descriptor: _Descriptor


class _Counts(Struct, rename={"record_count": "recordCount"}):
    record_count: float | None = None


class _StateMessage(
    Struct,
    rename={"scope": "global", "source_stats": "sourceStats"},
):
    type: StateKind | None = None
    stream: _StreamState | None = None
    scope: Mapping[str, object] | None = None
    data: Mapping[str, object] | None = None
    source_stats: _Counts | None = None


class _StreamStatus(Struct):
    stream_descriptor: _Descriptor
    status: str


class _Estimate(Struct):
    name: str | None = None
    namespace: str | None = None
    type: str | None = None
    row_estimate: float | None = None


class _Failed(Struct):
    message: str | None = None
    failure_type: str | None = None


class _Trace(Struct):
    type: str
    stream_status: _StreamStatus | None = None
    estimate: _Estimate | None = None
    error: _Failed | None = None


class _Log(Struct):
    level: str = "INFO"
    message: str = ""


class _Control(Struct, rename={"connector_config": "connectorConfig"}):
    connector_config: Mapping[str, Mapping[str, object]] | None = None


@dataclass(frozen=True, slots=True)
class StateSent:
    """A state and the records that its sender counts since the one before."""

    state: State
    records: int | None


@dataclass(frozen=True, slots=True)
class StreamStatus:
    stream: StreamDescriptor
    status: str


@dataclass(frozen=True, slots=True)
class Estimate:
    stream: StreamDescriptor
    rows: int


Trace = StreamStatus | Estimate | ConnectorFailed | None
T = TypeVar("T")


def state_sent(raw: Raw) -> StateSent:
    """Errors: ConnectorProtocolBroken if it is no state of a kind the protocol knows."""
    message = _decode(raw, _StateMessage, "STATE")
    kind = message.type or StateKind.LEGACY
    descriptor = message.stream.stream_descriptor.word() if message.stream else None
    stated = {
        StateKind.STREAM: descriptor,
        StateKind.GLOBAL: message.scope,
        StateKind.LEGACY: message.data,
    }[kind]
    if stated is None:
        raise ConnectorProtocolBroken(f"The connector sent a {kind} state without its content.")
    counts = message.source_stats.record_count if message.source_stats else None
    state = State(
        kind=kind,
        message=bytes(raw),
        descriptor=descriptor if kind is StateKind.STREAM else None,
    )
    return StateSent(state, None if counts is None else int(counts))


def trace(raw: Raw, redact: Redaction) -> Trace:
    """What a TRACE tells; None for a kind that nobody needs."""
    sent = _decode(raw, _Trace, "TRACE")
    if sent.type == "STREAM_STATUS" and sent.stream_status:
        status = sent.stream_status
        return StreamStatus(status.stream_descriptor.word(), status.status)
    if sent.type == "ESTIMATE" and sent.estimate:
        estimate = sent.estimate
        if estimate.name is not None and estimate.row_estimate is not None:
            stream = StreamDescriptor(estimate.name, estimate.namespace)
            return Estimate(stream, int(estimate.row_estimate))
    if sent.type == "ERROR":
        return _failure(sent.error or _Failed(), redact)
    return None


def log_line(raw: Raw, redact: Redaction) -> tuple[str, str]:
    """Level and message, redacted and capped."""
    sent = _decode(raw, _Log, "LOG")
    return sent.level, redact(sent.message)[:MESSAGE_CHARACTERS]


def changed_config(raw: Raw) -> Mapping[str, object] | None:
    """The configuration that a CONTROL message brings, if it brings one.

    Errors: ConnectorProtocolBroken, also of one that is nested deeper than any configuration.
    """
    if measure(bytes(raw))[0] > _CONTROL_DEPTH:
        raise ConnectorProtocolBroken("The connector sent a configuration that is none.")
    sent = _decode(raw, _Control, "CONTROL")
    return sent.connector_config.get("config") if sent.connector_config else None


def _failure(failed: _Failed, redact: Redaction) -> ConnectorFailed:
    error = _FAILURES.get(failed.failure_type or "", ConnectorFailed)
    message = redact(failed.message or "")[:MESSAGE_CHARACTERS]
    return error(message or "The connector reports an error and says nothing about it.")


def _decode(raw: Raw, kind: type[T], name: str) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # the decoder's own words may quote the message, so they are not chained
        raise ConnectorProtocolBroken(f"The connector sent a malformed {name} message.") from None
