"""A connection's state in the two forms that others know: Airbyte's API, and the protocol's messages.

Shape:  messages are what a connector takes by `--state`, and what PyAirbyte keeps.
Source: Airbyte's Config API, ConnectionState; Airbyte protocol, AirbyteStateMessage.
"""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Raw

from app.core.errors import InvalidRequest
from app.core.failures import (
    ConnectorProtocolBroken,
)
from app.core.records import State, StateKind
from app.sources.wire.messages import state_sent

LARGEST_BYTES = 16_000_000
Json = Mapping[str, object]


class StateForm(StrEnum):
    """`airbyte` is that of its API, `messages` a list of the protocol's."""

    AIRBYTE = "airbyte"
    MESSAGES = "messages"


def messages(states: Sequence[State]) -> list[Json]:
    return [json.loads(state.message) for state in states]


def airbyte(states: Sequence[State]) -> Json:
    """Shape: `stateType` is `not_set` where there is none."""
    if not states:
        return {"stateType": "not_set"}
    told = messages(states)
    match states[0].kind:
        case StateKind.STREAM:
            return {
                "stateType": "stream",
                "streamState": [_of_stream(one["stream"]) for one in told],
            }
        case StateKind.GLOBAL:
            whole = _object(told[0].get("global"))
            parts = whole.get("stream_states")
            listed = [_of_stream(part) for part in parts] if isinstance(parts, list) else []
            return {
                "stateType": "global",
                "globalState": _without_none(
                    {"sharedState": whole.get("shared_state"), "streamStates": listed}
                ),
            }
        case StateKind.LEGACY:
            return {"stateType": "legacy", "state": told[0].get("data")}


def read(given: object) -> Sequence[State]:
    """A state in either form. Errors: InvalidRequest, and nothing of what it holds is told."""
    if len(json.dumps(given)) > LARGEST_BYTES:
        raise InvalidRequest("The state is larger than any that Atlas keeps.")
    sent = _messages_of(given)
    try:
        states = [state_sent(Raw(json.dumps(one).encode())).state for one in sent]
    except ConnectorProtocolBroken:
        raise InvalidRequest(
            "This is no state: give `stateType` with what belongs to it, or a list of Airbyte state messages."
        ) from None
    kinds = {state.kind for state in states}
    named = [state.descriptor for state in states]
    if len(kinds) > 1 or len(set(named)) < len(named):
        raise InvalidRequest("A state is of one kind, and has each stream once.")
    return states


def _messages_of(given: object) -> list[object]:
    if isinstance(given, list):
        return given
    whole = _object(given)
    match whole.get("stateType"):
        case "not_set":
            return []
        case "stream":
            parts = whole.get("streamState")
            listed = parts if isinstance(parts, list) else [None]
            return [{"type": "STREAM", "stream": _to_stream(part)} for part in listed]
        case "global":
            told = _object(whole.get("globalState"))
            parts = told.get("streamStates")
            listed = [_to_stream(part) for part in parts] if isinstance(parts, list) else []
            inner = {"shared_state": told.get("sharedState"), "stream_states": listed}
            return [{"type": "GLOBAL", "global": _without_none(inner)}]
        case "legacy":
            return [{"type": "LEGACY", "data": whole.get("state")}]
        case _:
            return [whole]


def _of_stream(part: object) -> Json:
    told = _object(part)
    return _without_none(
        {"streamDescriptor": _descriptor(told, "stream_descriptor"), "streamState": told.get("stream_state")}
    )  # fmt: skip


def _to_stream(part: object) -> Json:
    told = _object(part)
    return _without_none(
        {"stream_descriptor": _descriptor(told, "streamDescriptor"), "stream_state": told.get("streamState")}
    )  # fmt: skip


def _descriptor(told: Json, name: str) -> Json:
    return _without_none(_object(told.get(name)))


def _object(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _without_none(members: Json) -> Json:
    return {name: value for name, value in members.items() if value is not None}
