"""Moves a connection from one engine to the other, in the middle of what it has read: the state goes along."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from app.core.catalog import StreamDescriptor
from app.core.configurations import at_pointer
from app.core.connections import Connection, Source
from app.core.errors import InvalidRequest, NotReadyToMove
from app.core.failures import (
    ConnectorNotRunnable,
    ConnectorUnknown,
    StateRefused,
)
from app.core.ids import ConnectionId
from app.core.records import Mode, State
from app.core.remote_failures import (
    RemoteLacks,
)
from app.core.remotes import Engine
from app.core.settings import Settings
from app.database.pool import Database
from app.remote.airbyte_cloud import AirbyteCloud
from app.remote.shapes import RemoteConnection
from app.sources import registry
from app.sources.port import Listener
from app.sync import state_forms, state_guard, state_store, state_versions
from app.sync.connections import connection_store, source_life
from app.sync.remotes import links
from app.sync.remotes.links import Link
from app.sync.remotes.remotes import Remotes
from app.sync.state_versions import Turn, Wish


class StateChoice(StrEnum):
    """Whether the remote's state comes along, or Atlas begins where its own stands, at the beginning if it has none."""

    TAKE = "take"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What stands between a connection and its other engine.

    Shape:  it is ready without `blockers`. `states` are the streams whose state goes along (`all streams` for one that
            they have in common); `schedule` is the remote's own, `goes_on` if it would start jobs there beside Atlas's.
    """

    engine: Engine
    to: Engine
    connector: str
    is_installed: bool
    missing: Sequence[str]
    states: Sequence[str]
    schedule: str
    goes_on: bool
    remote_job_id: int | None
    blockers: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A remote at one moment, at which nothing ran."""

    connection: RemoteConnection
    states: Sequence[State]
    newest: int | None
    running: int | None
    why_not: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """Shape: what is seen of the remote is seen again when it is done, and refused if anything runs."""

    database: Database
    settings: Settings
    remotes: Remotes

    async def preview(
        self, connection_id: ConnectionId, to: Engine, choice: StateChoice = StateChoice.TAKE
    ) -> Readiness:
        """What is needed, and what goes along; nothing is changed.

        Errors: ConnectionNotFound, RemoteNotFound; InvalidRequest if it is there; as of any question to the remote.
        """
        readiness, _ = await self._look(connection_id, to, choice)
        return readiness

    async def move(
        self,
        connection_id: ConnectionId,
        to: Engine,
        choice: StateChoice,
        by: str,
        reason: str,
    ) -> tuple[Readiness, Sequence[Turn]]:
        """Move it, state and engine in one transaction; what became of the state.

        Errors: NotReadyToMove, SyncAlreadyRunning while a job of it is not over; as of `preview`.
        """
        readiness, seen = await self._look(connection_id, to, choice)
        if readiness.blockers:
            raise NotReadyToMove(" ".join(readiness.blockers), blockers=list(readiness.blockers))
        async with self.database.transaction() as session:
            await links.set_engine(session, connection_id, to)  # nobody starts a job meanwhile
            await state_store.require_idle(session, connection_id)
            if not _takes(to, choice):
                return readiness, []
            connection = await connection_store.present(session, connection_id)
            wish = Wish(given=seen.states)
            return readiness, await state_versions.take(session, connection, wish, by, reason)

    async def _look(
        self, connection_id: ConnectionId, to: Engine, choice: StateChoice
    ) -> tuple[Readiness, _Seen]:
        async with self.database.connection() as session:
            connection = await connection_store.present(session, connection_id)
            link = await links.get(session, connection_id)
            source = await source_life.present(session, connection.source_id)
        if connection.engine is to:
            raise InvalidRequest(f"The connection's engine is {to} already.")
        async with self.remotes.asked(link.remote_id) as cloud:
            seen = await _seen(cloud, link, with_state=_takes(to, choice))
        seen = replace(seen, states=_own(connection, seen.states))
        blockers = [] if seen.why_not is None else [seen.why_not]
        missing: list[str] = []
        is_installed = True
        match to:
            case Engine.LOCAL:
                missing = _missing(link, source)
                is_installed = self._is_installed(source.connector, blockers)
                blockers += _local_blockers(link, missing, seen)
                blockers += await self._state_blockers(connection, seen)
            case Engine.AIRBYTE_CLOUD:
                if seen.connection.status != "active":
                    blockers.append("The connection is not active at the remote.")
            case _:
                assert_never(to)
        schedule = seen.connection.schedule
        return Readiness(
            engine=connection.engine, to=to, connector=source.connector, is_installed=is_installed,
            missing=missing, states=[state_guard.name_of(state) for state in seen.states],
            schedule=schedule.words, remote_job_id=seen.running, blockers=blockers,
            goes_on=to is Engine.LOCAL and schedule.schedule_type != "manual" and seen.connection.status == "active",
        ), seen  # fmt: skip

    def _is_installed(self, connector: str, blockers: list[str]) -> bool:
        """Whether the connector could be started here. Shape: with what is to be done about it, if it cannot."""
        if registry.resolved_mode(self.settings.source_mode, Listener()) is Mode.MOCK:
            return True
        try:
            found = registry.installed_here(self.settings, connector)
        except (ConnectorUnknown, ConnectorNotRunnable) as failure:
            blockers.append(f"{connector} cannot be run here. {failure.detail}")
            return False
        if found is None:
            blockers.append(f"{connector} is not installed here: atlas connectors install {connector}.")  # fmt: skip
        return found is not None

    async def _state_blockers(self, connection: Connection, seen: _Seen) -> Sequence[str]:
        if not seen.states:
            return []
        try:
            async with self.database.connection() as session:
                await state_versions.turns(session, connection, Wish(given=seen.states))
        except StateRefused as failure:
            return [failure.detail]
        return []


def _own(connection: Connection, states: Sequence[State]) -> Sequence[State]:
    """The states of streams that the connection has: Airbyte keeps those of streams that it reads no more."""
    known = {stream.layout.descriptor for stream in connection.streams}
    return [
        state
        for state in states
        if state.descriptor is None
        or StreamDescriptor(state.descriptor.name, state.descriptor.namespace or None) in known
    ]


def _takes(to: Engine, choice: StateChoice) -> bool:
    return to is Engine.LOCAL and choice is StateChoice.TAKE


async def _seen(cloud: AirbyteCloud, link: Link, *, with_state: bool) -> _Seen:
    """The remote while nothing runs: its state counts only if no job began while it was read."""
    there = link.remote_connection_id
    connection = await cloud.connection(there)
    before = await cloud.jobs(there)
    states: Sequence[State] = []
    why_not = None
    if with_state:
        try:
            states = state_forms.read(await cloud.state(there))
        except RemoteLacks as failure:
            why_not = f"The remote does not give its state. {failure.detail}"
        except InvalidRequest as failure:
            why_not = f"The remote's state cannot be used. {failure.detail}"
    after = await cloud.jobs(there)
    running = next((job.job_id for job in (*after, *before) if job.outcome is None), None)
    newest = max((job.job_id for job in after), default=None)
    if running is not None:
        why_not = f"Job {running} of the connection runs at the remote: wait for its end, or cancel it there."
    elif newest != max((job.job_id for job in before), default=None):
        why_not = "A job began at the remote meanwhile: try again."
    return _Seen(
        connection=connection, states=states, newest=newest, running=running, why_not=why_not
    )


def _missing(link: Link, source: Source) -> list[str]:
    """The places of secrets that the remote did not give and that nobody has given since.

    Shape: an object that is not there any more, such as an item that was taken out of its list, lacks nothing.
    """
    return [
        pointer
        for pointer in link.facts.missing
        if at_pointer(source.configuration, pointer) is None
        and at_pointer(source.configuration, pointer.rpartition("/")[0]) is not None
    ]


def _local_blockers(link: Link, missing: Sequence[str], seen: _Seen) -> Sequence[str]:
    found = []
    if missing:
        found.append(
            f"The source's configuration lacks what the remote does not tell: {', '.join(missing)}. Give it: "
            "PATCH /v1/sources/{sourceId}."
        )
    if not link.facts.has_schemas:
        found.append(
            "Atlas does not know the schemas of its streams: set configApiUrl of the remote, delete the connection and "
            "import it again."
        )
    return found
