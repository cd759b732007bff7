"""The versions of a connection's state: what was saved when, what differs, and a way back.

A version is the number of a saved state; the connection's state at a version is the newest of each
stream up to it. Nothing is ever changed: going back is a new version, with who and why.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.catalog import StreamDescriptor
from app.core.connections import Connection
from app.core.errors import InvalidRequest
from app.core.failures import (
    StateNotFound,
)
from app.core.ids import AttemptId, ConnectionId, JobId
from app.core.records import Sender, State, StateKind
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load
from app.sync import state_forms, state_guard, state_store

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A state as it was saved. Shape: `attempt_id` of the one whose connector saved it; none of one from outside."""

    version: int
    state: State
    attempt_id: AttemptId | None
    saved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One line of the history. Shape: `act`, who and why are of what a person did, job and attempt of what a sync did."""

    version: int
    kind: StateKind
    descriptor: StreamDescriptor | None
    saved_at: datetime
    is_cleared: bool
    size_bytes: int
    job_id: JobId | None
    attempt: int | None
    act: str | None
    asked_by: str | None
    reason: str | None
    to_version: int | None


class Fate(StrEnum):
    """What becomes of one stream's state."""

    STAYS = "stays"
    CHANGES = "changes"
    CLEARED = "cleared"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Back to a version, to a state that was given, or to none. Shape: `streams` alone, where some are named."""

    version: int | None = None
    given: Sequence[State] | None = None
    streams: Collection[StreamDescriptor] = ()

    @property
    def act(self) -> str:
        if self.version is not None:
            return "set_back"
        return "given" if self.given else "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One state that is now, and the one that it would be. Shape: `descriptor` none is all streams together."""

    descriptor: StreamDescriptor | None
    kind: StateKind
    fate: Fate
    before: Saved | None
    after: State | None
    after_version: int | None
    after_saved_at: datetime | None
    attempt_id: AttemptId | None


async def at(session: Session, connection_id: ConnectionId, version: int | None) -> Sequence[Saved]:
    """The state at a version, or now.

    Shape:  a GLOBAL or LEGACY state alone where it was the newest of all; empty where there was none.
    Errors: StateNotFound if the connection never had this version.
    """
    if version is not None and not await session.fetchval(
        SQL["is_version"], connection_id, version
    ):
        raise StateNotFound(
            "The connection's state has no such version.", connection_id=str(connection_id)
        )
    found = await _all(session, connection_id, version)
    if not found:
        return []
    if found[0].state.kind is not StateKind.STREAM:
        return found[:1]
    streams = [saved for saved in found if saved.state.kind is StateKind.STREAM]
    return sorted(streams, key=lambda saved: str(saved.state.descriptor))


async def _all(
    session: Session, connection_id: ConnectionId, version: int | None
) -> Sequence[Saved]:
    """Of each kind and stream the newest that was not cleared, the newest of all first."""
    return [_saved(row) for row in await session.fetch(SQL["at"], connection_id, version)]


async def newest_version(session: Session, connection_id: ConnectionId) -> int | None:
    found: int | None = await session.fetchval(SQL["newest_version"], connection_id)
    return found


async def listed(
    session: Session,
    connection_id: ConnectionId,
    stream: StreamDescriptor | None,
    limit: int,
    offset: int,
    *,
    acts: bool = False,
    up_to: int | None = None,
) -> Sequence[Version]:
    """What was saved, the newest first; of one stream, if it is named; with `acts` what somebody did alone."""
    name = stream.name if stream else None
    namespace = (stream.namespace or "") if stream else ""
    rows = await session.fetch(
        SQL["listed"], connection_id, name, namespace, limit, offset, acts, up_to
    )
    return [_version(row) for row in rows]


async def turns(session: Session, connection: Connection, wish: Wish) -> Sequence[Turn]:
    """What a wish would do to each state, and to what.

    Errors: StateNotFound, StateRefused; InvalidRequest if streams were named that have one state with others.
    """
    connection_id = connection.connection_id
    if wish.streams:
        await state_store.require_own(session, connection_id, wish.streams)
    # also what an older kind left: it would count again if what is newer were cleared
    before = {_key(saved.state): saved for saved in await _all(session, connection_id, None)}
    after = await _wanted(session, connection, wish)
    chosen = [
        key
        for key in {**before, **after}
        if not wish.streams or (key[1] is not None and key[1] in wish.streams)
    ]
    return [_turn(key, before.get(key), after.get(key)) for key in chosen]


async def take(
    session: Session, connection: Connection, wish: Wish, asked_by: str, reason: str
) -> Sequence[Turn]:
    """Do it, in the caller's transaction; what was done.

    Shape:  rows are inserted, and none is lost.
    Errors: SyncAlreadyRunning while a job of the connection is not over; as of `turns`.
    """
    connection_id = connection.connection_id
    await state_store.require_idle(session, connection_id)
    found = await turns(session, connection, wish)
    changed = [turn for turn in found if turn.fate is not Fate.STAYS]
    if not changed:
        return found
    act_id = await session.fetchval(
        SQL["act"], connection_id, wish.act, wish.version, asked_by, reason
    )
    # what is cleared goes first: the newest of all tells of which kind the state is
    for turn in sorted(changed, key=lambda turn: turn.after is not None):
        descriptor = turn.descriptor or StreamDescriptor("")
        message = turn.after.message.decode() if turn.after else "null"
        await session.execute(
            SQL["save"],
            connection_id,
            act_id,
            turn.attempt_id,
            turn.kind,
            descriptor.namespace or "",
            descriptor.name,
            message,
        )
    return found


async def read_since(
    session: Session, connection: Connection, turn: Turn
) -> Mapping[StreamDescriptor, int | None]:
    """How many records were read of each stream since the state that a turn goes back to.

    Shape: none where nobody knows: a state from outside stands at no known place.
    """
    streams = {
        stream.stream_id: stream.layout.descriptor
        for stream in connection.streams
        if turn.descriptor in (None, stream.layout.descriptor)
    }
    if turn.after is not None and turn.after_saved_at is None:
        return dict.fromkeys(streams.values())
    rows = await session.fetch(SQL["read_since"], list(streams), turn.after_saved_at)
    records = {row["stream_id"]: row["records"] for row in rows}
    return {name: records.get(stream_id, 0) for stream_id, name in streams.items()}


async def _wanted(
    session: Session, connection: Connection, wish: Wish
) -> "Mapping[_Key, Saved | State]":
    if wish.version is not None:
        found = await at(session, connection.connection_id, wish.version)
        states: Sequence[State] = [saved.state for saved in found]
    else:
        found, states = [], wish.given or []
    known = {stream.layout.descriptor for stream in connection.streams}
    for state in states:
        state_guard.require_state(state, connection.connection_id, known)
    if wish.version is not None:
        return {_key(saved.state): saved for saved in found}
    return {_key(state): state for state in states}


_Key = tuple[StateKind, StreamDescriptor | None]


def _key(state: State) -> _Key:
    named = state.descriptor
    plain = StreamDescriptor(named.name, named.namespace or None) if named else None
    return state.kind, plain


def _turn(key: _Key, before: Saved | None, after: Saved | State | None) -> Turn:
    state = after.state if isinstance(after, Saved) else after
    if before is not None and state is not None and _same(before.state, state):
        fate, after = Fate.STAYS, before
    elif state is None:
        fate = Fate.CLEARED
    else:
        fate = Fate.CHANGES if before else Fate.ADDED
    saved = after if isinstance(after, Saved) else None
    return Turn(
        kind=key[0],
        descriptor=key[1],
        fate=fate,
        before=before,
        after=state,
        after_version=saved.version if saved else None,
        after_saved_at=saved.saved_at if saved else None,
        attempt_id=saved.attempt_id if saved else None,
    )


def _same(one: State, other: State) -> bool:
    """Shape: counts that a connector sent beside a state are no part of it."""
    return state_forms.airbyte([one]) == state_forms.airbyte([other])


def _saved(row: Row) -> Saved:
    kind = StateKind(row["kind"])
    named = StreamDescriptor(row["name"], row["namespace"] or None)
    return Saved(
        version=row["state_id"],
        attempt_id=row["attempt_id"],
        saved_at=row["committed_at"],
        state=State(
            kind=kind,
            message=row["message"].encode(),
            descriptor=named if kind is StateKind.STREAM else None,
            sent_by=Sender(row["connector"], row["version"]) if row["connector"] else None,
        ),
    )


def _version(row: Row) -> Version:
    kind = StateKind(row["kind"])
    named = StreamDescriptor(row["name"], row["namespace"] or None)
    return Version(
        version=row["state_id"],
        kind=kind,
        descriptor=named if kind is StateKind.STREAM else None,
        saved_at=row["committed_at"],
        is_cleared=row["is_cleared"],
        size_bytes=row["size_bytes"],
        job_id=row["job_id"],
        attempt=row["attempt"],
        act=row["act"],
        asked_by=row["asked_by"],
        reason=row["reason"],
        to_version=row["to_version"],
    )


def require_one(version: int | None, given: object, clear: bool) -> Wish:
    """The wish of a request. Errors: InvalidRequest unless it says exactly one thing."""
    if sum((version is not None, given is not None, clear)) != 1:
        raise InvalidRequest("Say one of: a version to go back to, a state, or that it is cleared.")
    if given is not None:
        return Wish(given=state_forms.read(given))
    return Wish(version=version)
