"""Whether a saved state may go back to the source: a state that is not understood is no state to read
everything anew by."""

import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from typing import NoReturn

import msgspec
from msgspec import Raw

from app.core.catalog import StreamDescriptor, shown
from app.core.failures import (
    ConnectorProtocolBroken,
    StateRefused,
)
from app.core.ids import ConnectionId
from app.core.records import Sender, State
from app.sources.wire.messages import state_sent

ALL = "all streams"
_MAJOR = re.compile(r"v?(\d+)(?:\.|$)")


def name_of(state: State) -> str:
    """What a state goes by among those of its connection."""
    return ALL if state.descriptor is None else shown(str(state.descriptor))


def require_state(
    state: State, connection_id: ConnectionId, known: Collection[StreamDescriptor]
) -> None:
    """Let through what the protocol calls a state, and what stands under its own stream.

    Errors: StateRefused. What a connector may send passes, so a state that was kept is a state again.
    """
    try:
        sent = state_sent(Raw(state.message)).state
    except ConnectorProtocolBroken:
        _refuse(state, connection_id, "it is no Airbyte state message")
    if sent.kind is not state.kind:
        _refuse(state, connection_id, f"it is of kind {sent.kind}, and was kept as {state.kind}")
    if sent.descriptor is not None and _plain(sent.descriptor) != state.descriptor:
        _refuse(state, connection_id, "it speaks of another stream")
    named = [sent.descriptor] if sent.descriptor else _streams_of(state.message)
    if named and not any(_plain(descriptor) in known for descriptor in named):
        _refuse(state, connection_id, "the connection has no such stream")


def require_own(states: Sequence[State], connector: Sender, connection_id: ConnectionId) -> None:
    """Let through what this connector saved, in this major version or an older one.

    Shape:  of a state that is older than this rule nobody knows the connector, and it passes; so does
            any version that does not begin with a number.
    Errors: StateRefused.
    """
    for state in states:
        sender = state.sent_by
        if sender is None:
            continue
        if sender.connector != connector.connector:
            _refuse(state, connection_id, f"it was saved by another connector, {sender.connector}")
        saved, now = _major(sender.version), _major(connector.version)
        if saved is not None and now is not None and saved > now:
            _refuse(
                state,
                connection_id,
                f"it was saved by {sender.connector} {sender.version}, and version {connector.version} "
                "is older. Install that version again",
            )


def _refuse(state: State, connection_id: ConnectionId, why: str) -> NoReturn:
    name = name_of(state)
    one = "" if state.descriptor is None else f" --stream {shlex.quote(name)}"
    of_what = name if state.descriptor is None else f"stream {name}"
    raise StateRefused(
        f"The saved state of {of_what} cannot be used: {why}. Nothing was read. To read {of_what} from the "
        f"beginning, clear it: atlas state clear {connection_id}{one}",
        stream=name,
    )


def _plain(descriptor: StreamDescriptor) -> StreamDescriptor:
    """The descriptor as tables have it, where no namespace and an empty one are the same."""
    return StreamDescriptor(descriptor.name, descriptor.namespace or None)


def _streams_of(message: bytes) -> Sequence[StreamDescriptor]:
    """The streams that a GLOBAL state names, as far as they can be read."""
    scope = msgspec.json.decode(message).get("global")
    listed = scope.get("stream_states") if isinstance(scope, Mapping) else None
    found = []
    for one in listed if isinstance(listed, list) else []:
        descriptor = one.get("stream_descriptor") if isinstance(one, Mapping) else None
        if isinstance(descriptor, Mapping) and isinstance(descriptor.get("name"), str):
            namespace = descriptor.get("namespace")
            found.append(
                StreamDescriptor(
                    descriptor["name"], namespace if isinstance(namespace, str) else None
                )
            )
    return found


def _major(version: str) -> int | None:
    found = _MAJOR.match(version)
    return int(found[1]) if found else None
