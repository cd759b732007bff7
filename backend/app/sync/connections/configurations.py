"""Configurations of sources: taken in, changed, shown, and opened when a connector starts."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from app.core.catalog import JsonSchema
from app.core.configurations import Clear, Place, at
from app.core.connections import Source
from app.core.errors import (
    AtlasError,
    ConfigurationInvalid,
    ConfigurationTooLarge,
    SourceNotFound,
)
from app.core.failures import (
    ConnectorProtocolBroken,
)
from app.core.ids import SourceId, WorkspaceId
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.secrets import secret_store
from app.secrets.accepting import Accepted, accept, require_bounds
from app.secrets.places import secret_places
from app.secrets.references import Keeper
from app.secrets.sealing import Sealing, references_in
from app.sources.port import Config, Connector, Listener
from app.sync.connections import catalogs, connection_store, source_life
from app.sync.connections.revealing import Handed, Revealing

log = structlog.get_logger(__name__)

SpecificationOf = Callable[[str], Awaitable[JsonSchema | None]]
"""What a connector wants to be told; none where neither it nor the catalogue says so."""
Keep = Callable[[Session], Awaitable[Source]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configurations:
    """The one way by which a configuration comes in and gets out."""

    database: Database
    sealing: Sealing
    specification_of: SpecificationOf

    async def create_source(
        self,
        workspace_id: WorkspaceId,
        name: str,
        connector: str,
        sent: Mapping[str, object],
        resource_allocation: Mapping[str, object] | None = None,
    ) -> Source:
        """A new source, its secrets locked away.

        Errors: WorkspaceNotFound, ConfigurationInvalid, ConfigurationTooLarge.
        """
        require_bounds(sent)
        specification = await self.specification_of(connector)
        accepted = accept(sent, specification, self.sealing.references)
        async with self.database.transaction() as session:
            source = await connection_store.create_source(
                session, workspace_id, name, connector, {}, resource_allocation
            )
            return await self._keep(session, source, accepted, is_sealed=specification is not None)

    async def take_in(
        self,
        session: Session,
        workspace_id: WorkspaceId,
        name: str,
        connector: str,
        sent: Mapping[str, object],
    ) -> Source:
        """A new source of a configuration that is not whole yet, in the caller's transaction.

        Shape:  what its connector wants to be told is looked at when the rest is given; secrets go by their names.
        Errors: WorkspaceNotFound, ConfigurationInvalid, ConfigurationTooLarge.
        """
        accepted = accept(sent, None, self.sealing.references)
        source = await connection_store.create_source(session, workspace_id, name, connector, {})
        return await self._keep(session, source, accepted, is_sealed=False)

    async def change(
        self,
        source_id: SourceId,
        *,
        name: str | None = None,
        sent: Mapping[str, object] | None = None,
        resource_allocation: Mapping[str, object] | None = None,
        is_patch: bool,
        look: Callable[[Source], None] = lambda _: None,
    ) -> Source:
        """The source with what is given of it changed.

        Shape:  another configuration counts for the jobs that begin after it; what the source offered under the
                old one is forgotten. `look` sees the source as it is, while nobody else changes it.
        Errors: what `look` raises; SourceNotFound, ConfigurationInvalid, ConfigurationTooLarge.
        """
        async with self.database.connection() as session:
            source = await source_life.present(session, source_id)
        specification = None if sent is None else await self.specification_of(source.connector)
        async with self.database.transaction() as session:
            look(await connection_store.hold_source(session, source_id))
            source = await source_life.change(
                session, source_id, name=name, resource_allocation=resource_allocation
            )
            if sent is not None:
                accepted = accept(
                    sent,
                    specification,
                    self.sealing.references,
                    kept=source.configuration,
                    is_patch=is_patch,
                )
                is_sealed = specification is not None
                source = await self._keep(session, source, accepted, is_sealed=is_sealed)
                await catalogs.forget(session, source_id)
            return source

    async def renewal(self, source: Source, config: Config) -> Keep:
        """Keeps a configuration that its connector has changed itself, in a transaction of the caller's.

        Shape:  what was locked away before is again, whatever the specification says of it.
        Errors: ConnectorProtocolBroken for what no configuration can be.
        """
        try:
            require_bounds(config)
        except (ConfigurationInvalid, ConfigurationTooLarge):
            raise ConnectorProtocolBroken(
                "The connector sent a configuration that is none."
            ) from None
        specification = await self._specification_or_none(
            source.connector
        )  # a new token is not lost

        async def keep(session: Session) -> Source:
            now = await connection_store.hold_source(session, source.source_id)
            places = _with(secret_places(config, specification), config, now.configuration)
            accepted = Accepted(configuration=config, places=places)
            is_sealed = specification is not None
            return await self._keep(session, now, accepted, is_sealed=is_sealed)

        return keep

    async def adopt(self) -> int:
        """Take secrets out of the configurations that still hold them; how many sources were looked at.

        Shape: done again it does nothing. What is of a connector that does not say what it wants to be told
               is judged by its names now, and again at the next start.
        """
        async with self.database.connection() as session:
            waiting = await connection_store.unsealed_sources(session)
        for each in waiting:
            specification = await self._specification_or_none(each.connector)
            with contextlib.suppress(SourceNotFound):  # it was deleted meanwhile
                async with self.database.transaction() as session:
                    source = await connection_store.hold_source(session, each.source_id)
                    places = secret_places(source.configuration, specification)
                    accepted = Accepted(configuration=source.configuration, places=places)
                    is_sealed = specification is not None
                    await self._keep(session, source, accepted, is_sealed=is_sealed)
        if waiting:
            log.info("configurations_sealed", sources=len(waiting))
        return len(waiting)

    def revealing(
        self, source: Source, listener: Listener
    ) -> tuple[Listener, Callable[[Connector], Connector]]:
        """For opening a source's connector: the listener to open it with, and what to make of it."""
        handed = Handed()

        def made(inner: Connector) -> Connector:
            return Revealing(
                inner=inner, reveal=lambda config: self._reveal(source, config), handed=handed
            )

        return handed.listening(listener), made

    async def _reveal(self, source: Source, config: Config) -> Clear:
        async with self.database.connection() as session:
            kept = await secret_store.of_owner(session, source.source_id)
        return await self.sealing.reveal(source.workspace_id, source.source_id, config, kept)

    async def _keep(
        self, session: Session, source: Source, accepted: Accepted, *, is_sealed: bool
    ) -> Source:
        stored = await self.sealing.seal(
            session, source.workspace_id, source.source_id, accepted.configuration, accepted.places
        )
        await connection_store.configure_source(
            session, source.source_id, stored, is_sealed=is_sealed
        )
        return await connection_store.get_source(session, source.source_id)

    async def _specification_or_none(self, connector: str) -> JsonSchema | None:
        try:
            return await self.specification_of(connector)
        except AtlasError as failure:
            log.warning("specification_not_read", connector=connector, reason=failure.slug)
            return None


def _with(places: Sequence[Place], config: Config, stored: Mapping[str, object]) -> Sequence[Place]:
    """These places, and those where a secret was kept before and something stands still."""
    before = [
        place
        for place, reference in references_in(stored)
        if reference.keeper is Keeper.ATLAS and at(config, place) not in (None, "")
    ]
    covered = {place[:length] for place in places for length in range(len(place) + 1)}
    return [*places, *(place for place in before if not _is_within(place, places, covered))]


def _is_within(place: Place, places: Sequence[Place], covered: set[Place]) -> bool:
    """Whether a place is one of these, in one of them, or has one of them in it."""
    return place in covered or any(place[: len(each)] == each for each in places)
