"""/v1/connections/{connectionId}/state: how far its source was read, all that it was, and a way back."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from app.api.access import Editor, Viewer
from app.api.dependencies import Session, Transaction
from app.api.pagination import Page, Paged, UpTo
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.public.passports import moment
from app.api.requests.editing import Edited
from app.api.views import AtlasBody, View
from app.core.catalog import StreamDescriptor, SyncMode
from app.core.connections import Connection
from app.core.errors import (
    ConnectionNotFound,
    EditedMeanwhile,
    InvalidRequest,
    SyncAlreadyRunning,
)
from app.core.failures import (
    StateNotFound,
    StateRefused,
)
from app.core.ids import ConnectionId
from app.core.records import State
from app.sync import state_forms, state_store, state_versions
from app.sync.connections import connection_store
from app.sync.state_forms import StateForm
from app.sync.state_versions import Fate, Saved, Turn, Version, Wish

router = APIRouter(prefix="/connections/{connectionId}/state", tags=["State"])

_BY_KEY = "Rows that come again are known by their key: what has not changed changes nothing, what has is a new version."
_TWICE = "Rows that come again are added a second time: this mode keeps no row a key."
_WHOLE = "A full refresh reads all of it at each sync, whatever its state is."
OneVersion = Annotated[int | None, Query(ge=1, description="As it was then; else as it is now.")]


class StateView(View):
    """The state in one of the two forms. Shape: without `version` nothing was ever saved.

    `stateType` and what belongs to it are Airbyte's; `messages` are the protocol's, which `--state` takes.
    """

    connection_id: UUID
    version: int | None
    state_type: str | None = None
    stream_state: list[Mapping[str, object]] | None = None
    global_state: Mapping[str, object] | None = None
    state: object = None
    messages: list[Mapping[str, object]] | None = None


class NewestView(View):
    """What somebody sets back, whichever version he looks at."""

    version: int | None

    @classmethod
    async def of(cls, session: Session, connection_id: ConnectionId) -> "NewestView":
        return cls(version=await state_versions.newest_version(session, connection_id))


class StateVersionView(View):
    """One state that was saved. Shape: without `stream` it is of all streams together; `act`, `askedBy` and
    `reason` are of what somebody did, `jobId` and `attempt` of the sync whose connector made it."""

    version: int
    state_type: str
    stream: str | None
    namespace: str | None
    saved_at: str
    is_cleared: bool
    bytes: int
    job_id: int | None
    attempt: int | None
    act: str | None
    asked_by: str | None
    reason: str | None
    to_version: int | None

    @classmethod
    def of(cls, found: Version) -> "StateVersionView":
        named = found.descriptor
        return cls(
            version=found.version,
            state_type=found.kind.lower(),
            stream=named.name if named else None,
            namespace=named.namespace if named else None,
            saved_at=moment(found.saved_at),
            is_cleared=found.is_cleared,
            bytes=found.size_bytes,
            job_id=found.job_id,
            attempt=found.attempt,
            act=found.act,
            asked_by=found.asked_by,
            reason=found.reason,
            to_version=found.to_version,
        )


class StateDifferenceView(View):
    """Shape: `paths` within the state, as JSON pointers, at which it differs."""

    stream: str | None
    namespace: str | None
    status: str
    paths: list[str]
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None


class DiffView(View):
    from_version: int
    to_version: int
    data: list[StateDifferenceView]


class StateWish(AtlasBody):
    """Where to: a version, a state in either form, or none (`clear`); of some streams, where they are named."""

    model_config = ConfigDict(hide_input_in_errors=True)

    version: Annotated[int, Field(ge=1)] | None = None
    state: dict[str, object] | list[object] | None = None
    clear: bool = False
    streams: list["StreamChoice"] = Field(default_factory=list)

    def wish(self) -> Wish:
        """Errors: InvalidRequest."""
        found = state_versions.require_one(self.version, self.state, self.clear)
        named = [StreamDescriptor(one.name, one.namespace) for one in self.streams]
        return Wish(version=found.version, given=found.given, streams=named)


class StreamChoice(AtlasBody):
    name: str
    namespace: str | None = None


class StateChange(StateWish):
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class AgainView(View):
    """What the next sync reads again of a stream. Shape: `records` were read since, and will be if the source still
    has them; without it nobody knows."""

    stream: str
    namespace: str | None
    records: int | None
    rows: str


class TurnView(View):
    """Shape: without `stream` it is of all streams together."""

    stream: str | None
    namespace: str | None
    fate: Fate
    from_version: int | None
    to_version: int | None
    again: list[AgainView]


class ChangeView(View):
    """Shape: `version` is the newest, after what was done."""

    version: int | None
    data: list[TurnView]


@router.get("", operation_id="getState", responses=problems(ConnectionNotFound, StateNotFound))
async def get_state(
    caller: Viewer,
    session: Session,
    edited: Edited,
    connection_id: ConnectionPath,
    version: OneVersion = None,
    form: Annotated[StateForm, Query(alias="format")] = StateForm.AIRBYTE,
) -> StateView:
    """The state, now or as it was, in Airbyte's form or as the messages that a connector and PyAirbyte take.

    Its ETag is of the newest version, whichever is shown.
    """
    found = await connection_store.get_connection(session, ConnectionId(connection_id))
    saved = await state_versions.at(session, found.connection_id, version)
    newest = await NewestView.of(session, found.connection_id)
    shown = version or newest.version
    states = [one.state for one in saved]
    if form is StateForm.MESSAGES:
        view = StateView(
            connection_id=connection_id, version=shown, messages=state_forms.messages(states)
        )
    else:
        told: dict[str, Any] = dict(state_forms.airbyte(states))
        view = StateView(connection_id=connection_id, version=shown, **told)
    return edited.shown(view, edited=newest)


@router.get("/versions", operation_id="listStateVersions", responses=problems(ConnectionNotFound))
async def list_versions(
    caller: Viewer,
    session: Session,
    paged: Paged,
    connection_id: ConnectionPath,
    stream: str | None = None,
    namespace: str | None = None,
    acts: Annotated[
        bool, Query(description="What somebody did alone, not what connectors saved.")
    ] = False,
    up_to: UpTo = None,
) -> Page[StateVersionView]:
    """All that was saved, the newest first: by which sync, or by whom and why."""
    found = await connection_store.get_connection(session, ConnectionId(connection_id))
    named = StreamDescriptor(stream, namespace) if stream is not None else None
    versions = await state_versions.listed(
        session, found.connection_id, named, paged.wanted, paged.offset, acts=acts, up_to=up_to
    )
    kept = paged.up_to(up_to, versions[0].version if versions else None)
    return paged.page([StateVersionView.of(version) for version in versions], **kept)


@router.get(
    "/diff", operation_id="getStateDiff", responses=problems(ConnectionNotFound, StateNotFound)
)
async def get_diff(
    caller: Viewer,
    session: Session,
    connection_id: ConnectionPath,
    before: Annotated[int, Query(alias="from", ge=1)],
    after: Annotated[int, Query(alias="to", ge=1)],
) -> DiffView:
    """What differs between two versions, stream by stream."""
    found = await connection_store.get_connection(session, ConnectionId(connection_id))
    old = _by_stream(await state_versions.at(session, found.connection_id, before))
    new = _by_stream(await state_versions.at(session, found.connection_id, after))
    data = [_difference(name, old.get(name), new.get(name)) for name in {**old, **new}]
    return DiffView(from_version=before, to_version=after, data=data)


@router.post(
    "/preview",
    operation_id="previewState",
    responses=problems(ConnectionNotFound, StateNotFound, StateRefused, InvalidRequest),
)
async def preview_state(
    caller: Viewer, session: Session, connection_id: ConnectionPath, wanted: StateWish
) -> ChangeView:
    """What would be read again, as far as that can be said, and what the tables do with it; nothing changes."""
    found = await connection_store.present(session, ConnectionId(connection_id))
    turns = await state_versions.turns(session, found, wanted.wish())
    return await _change(session, found, turns)


@router.put(
    "",
    operation_id="putState",
    responses=problems(
        ConnectionNotFound,
        StateNotFound,
        StateRefused,
        SyncAlreadyRunning,
        InvalidRequest,
        EditedMeanwhile,
    ),
)
async def put_state(
    caller: Editor,
    session: Transaction,
    edited: Edited,
    connection_id: ConnectionPath,
    wanted: StateChange,
) -> ChangeView:
    """Go back to a version, take a state from elsewhere, or begin anew: a new version, with who and why.

    Not while a job of the connection is not over. Rows stay as they are.
    """
    found = await connection_store.present(session, ConnectionId(connection_id))
    wish = wanted.wish()
    await state_store.require_idle(session, found.connection_id)  # a sync moves it as well
    edited.require(await NewestView.of(session, found.connection_id))
    turns = await state_versions.take(session, found, wish, caller.name, wanted.reason)
    view = await _change(session, found, turns)
    return edited.shown(view, edited=await NewestView.of(session, found.connection_id))


async def _change(session: Session, connection: Connection, turns: Sequence[Turn]) -> ChangeView:
    return ChangeView(
        version=await state_versions.newest_version(session, connection.connection_id),
        data=[await _turn(session, connection, turn) for turn in turns],
    )


async def _turn(session: Session, connection: Connection, turn: Turn) -> TurnView:
    again = []
    if turn.fate is not Fate.STAYS:
        modes = {s.layout.descriptor: s.layout.sync_mode for s in connection.streams}
        records = await state_versions.read_since(session, connection, turn)
        again = [
            AgainView(
                stream=named.name,
                namespace=named.namespace,
                records=count,
                rows=_rows(modes[named]),
            )
            for named, count in records.items()
        ]
    named = turn.descriptor
    return TurnView(
        stream=named.name if named else None,
        namespace=named.namespace if named else None,
        fate=turn.fate,
        from_version=turn.before.version if turn.before else None,
        to_version=turn.after_version,
        again=again,
    )


def _rows(mode: SyncMode) -> str:
    if mode.overwrites:
        return _WHOLE
    return _BY_KEY if mode.dedupes else _TWICE


def _by_stream(saved: Sequence[Saved]) -> Mapping[StreamDescriptor | None, State]:
    return {one.state.descriptor: one.state for one in saved}


def _difference(
    named: StreamDescriptor | None, before: State | None, after: State | None
) -> StateDifferenceView:
    old = json.loads(before.message) if before else None
    new = json.loads(after.message) if after else None
    paths = list(_differing(old, new)) if old is not None and new is not None else []
    status = (
        "added" if old is None else "removed" if new is None else "changed" if paths else "same"
    )
    return StateDifferenceView(
        stream=named.name if named else None,
        namespace=named.namespace if named else None,
        status=status,
        paths=paths,
        before=old,
        after=new,
    )


def _differing(old: object, new: object, path: str = "") -> Iterator[str]:
    """Where two JSON values differ, as deep as both are objects. Source: RFC 6901."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}):
            inner = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
            if (name in old) != (name in new):
                yield inner
            elif name in old:
                yield from _differing(old[name], new[name], inner)
    elif old != new:
        yield path or "/"
