"""A connection's state by the Config API: read, and written while no job has it. Source: Airbyte's Config API."""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from app.api.access import Editor
from app.api.config_api.connections import ConnectionIdBody
from app.api.config_api.routes import post
from app.api.dependencies import Session, Transaction
from app.api.views import Body, View
from app.core.catalog import StreamDescriptor
from app.core.errors import ConnectionLocked, ConnectionNotFound, InvalidRequest
from app.core.failures import (
    StateRefused,
)
from app.core.ids import ConnectionId
from app.core.records import State, StateKind
from app.database.pool import Connection as DatabaseSession
from app.sync import state_store
from app.sync.connections import connection_store

router = APIRouter(tags=["Config API"])

Json = dict[str, object]
Member = TypeVar("Member")


class StateType(StrEnum):
    STREAM = "stream"
    GLOBAL = "global"
    LEGACY = "legacy"
    NOT_SET = "not_set"


class Descriptor(Body):
    name: str
    namespace: str | None = None

    @property
    def is_of(self) -> StreamDescriptor:
        return StreamDescriptor(self.name, self.namespace or None)


class StreamStateBody(Body):
    """Shape: without a `streamState`, where the stream stands is forgotten."""

    stream_descriptor: Descriptor
    stream_state: Json | None = None


class GlobalStateBody(Body):
    """Shape: `shared_state` is written so by Airbyte."""

    shared_state: Json | None = Field(None, alias="shared_state")
    stream_states: list[StreamStateBody] = Field(default_factory=list)


class ConnectionStateBody(Body):
    state_type: StateType
    connection_id: UUID
    state: Json | None = None
    stream_state: list[StreamStateBody] | None = None
    global_state: GlobalStateBody | None = None


class StateUpdate(Body):
    connection_id: UUID
    connection_state: ConnectionStateBody


class DescriptorView(View):
    name: str
    namespace: str | None


class StreamStateView(View):
    stream_descriptor: DescriptorView
    stream_state: object


class ConnectionStateView(View):
    """Shape: of a GLOBAL state `globalState`, of an older kind `state`, else `streamState`."""

    state_type: StateType
    connection_id: UUID
    state: object | None = None
    stream_state: list[StreamStateView] | None = None
    global_state: Mapping[str, object] | None = None


@post(router, "/state/get", "configGetState", ConnectionNotFound, StateRefused)
async def get_state(
    caller: Editor, session: Session, wanted: ConnectionIdBody
) -> ConnectionStateView:
    """Where a connection's source stands, as its next job would go on from."""
    return await _shown(session, ConnectionId(wanted.connection_id))


@post(
    router,
    "/state/create_or_update_safe",
    "configPutState",
    ConnectionNotFound,
    ConnectionLocked,
    StateRefused,
    InvalidRequest,
)
async def put_state(
    caller: Editor, session: Transaction, wanted: StateUpdate
) -> ConnectionStateView:
    """Let a source go on from somewhere else; what was saved before stays to be looked up.

    Of a state by streams, the streams that are named; those that are not stay where they are.
    """
    if wanted.connection_state.connection_id != wanted.connection_id:
        raise InvalidRequest("The state is of another connection.")
    connection_id = ConnectionId(wanted.connection_id)
    await connection_store.present(session, connection_id)
    states, forgotten = _written(wanted.connection_state)
    is_cleared = wanted.connection_state.state_type is StateType.NOT_SET
    await state_store.put(session, connection_id, states, None if is_cleared else forgotten)
    return await _shown(session, connection_id)


def _written(state: ConnectionStateBody) -> tuple[Sequence[State], Sequence[StreamDescriptor]]:
    """The states that are written as connectors send them, and the streams whose state is taken away.

    Errors: InvalidRequest if the member that the type stands for is not there.
    """
    match state.state_type:
        case StateType.STREAM:
            listed = _there(state.stream_state, "streamState")
            written = [each for each in listed if each.stream_state is not None]
            gone = [each.stream_descriptor.is_of for each in listed if each.stream_state is None]
            return [_stream_state(each) for each in written], gone
        case StateType.GLOBAL:
            message = _global_message(_there(state.global_state, "globalState"))
            return [State(kind=StateKind.GLOBAL, message=message)], []
        case StateType.LEGACY:
            data = {"type": "LEGACY", "data": _there(state.state, "state")}
            return [State(kind=StateKind.LEGACY, message=json.dumps(data).encode())], []
        case StateType.NOT_SET:
            return [], []


async def _shown(session: DatabaseSession, connection_id: ConnectionId) -> ConnectionStateView:
    connection = await connection_store.present(session, connection_id)
    streams = [stream.configured.descriptor for stream in connection.streams]
    states = await state_store.newest(session, connection_id, streams)
    if not states:
        return ConnectionStateView(state_type=StateType.NOT_SET, connection_id=connection_id)
    messages = [json.loads(state.message) for state in states]
    match states[0].kind:
        case StateKind.STREAM:
            shown = [_stream_view(message["stream"]) for message in messages]
            shown.sort(key=lambda each: each.stream_descriptor.name)
            return ConnectionStateView(
                state_type=StateType.STREAM, connection_id=connection_id, stream_state=shown
            )
        case StateKind.GLOBAL:
            return ConnectionStateView(
                state_type=StateType.GLOBAL,
                connection_id=connection_id,
                global_state=_global_view(messages[0]["global"]),
            )
        case StateKind.LEGACY:
            return ConnectionStateView(
                state_type=StateType.LEGACY,
                connection_id=connection_id,
                state=messages[0].get("data"),
            )


def _stream_state(written: StreamStateBody) -> State:
    message = {"type": "STREAM", "stream": _stream_message(written)}
    return State(
        kind=StateKind.STREAM,
        message=json.dumps(message).encode(),
        descriptor=written.stream_descriptor.is_of,
    )


def _stream_message(written: StreamStateBody) -> Json:
    named = written.stream_descriptor.is_of
    descriptor = {"name": named.name}
    if named.namespace is not None:
        descriptor["namespace"] = named.namespace
    return {"stream_descriptor": descriptor, "stream_state": written.stream_state}


def _global_message(written: GlobalStateBody) -> bytes:
    streams = [_stream_message(each) for each in written.stream_states]
    content: Json = {"stream_states": streams}
    if written.shared_state is not None:
        content["shared_state"] = written.shared_state
    return json.dumps({"type": "GLOBAL", "global": content}).encode()


def _stream_view(stream: Mapping[str, object]) -> StreamStateView:
    """Shape: of the protocol's object, whose names are in snake case."""
    descriptor = stream["stream_descriptor"]
    return StreamStateView(
        stream_descriptor=DescriptorView.model_validate({"namespace": None} | dict(descriptor)),  # type: ignore[call-overload]
        stream_state=stream.get("stream_state"),
    )


def _global_view(content: Mapping[str, object]) -> Mapping[str, object]:
    shown: Json = {"streamStates": list(_streams_of(content))}
    if content.get("shared_state") is not None:
        shown["shared_state"] = content["shared_state"]
    return shown


def _streams_of(content: Mapping[str, object]) -> Iterator[StreamStateView]:
    listed = content.get("stream_states")
    for each in listed if isinstance(listed, list) else []:
        yield _stream_view(each)


def _there(member: Member | None, name: str) -> Member:
    """Errors: InvalidRequest."""
    if member is None:
        raise InvalidRequest(f"A state of this type has the member {name}.")
    return member
