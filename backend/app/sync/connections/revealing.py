"""A connector that is handed its secrets when it starts, and by nobody before."""

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from app.core.catalog import Catalog, ConfiguredCatalog
from app.core.configurations import Clear, at, with_values
from app.core.failures import (
    ConnectorProtocolBroken,
)
from app.core.records import Landing, Mode, State
from app.secrets.accepting import has_references
from app.sources.port import Check, Config, Connector, Listener, Spec

Reveal = Callable[[Config], Awaitable[Clear]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealing:
    """A connector as the rest of Atlas sees it: asked with a configuration as it is stored, it opens the
    secrets and looks the others up at each start.

    Errors: beside the connector's own, those of opening: SecretGone, MasterKeyMissing, ReferenceUnresolved.
    """

    inner: Connector
    reveal: Reveal
    handed: "Handed"

    @property
    def mode(self) -> Mode:
        return self.inner.mode

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def version(self) -> str:
        return self.inner.version

    async def spec(self) -> Spec:
        return await self.inner.spec()

    async def check(self, config: Config) -> Check:
        return await self.inner.check(await self._opened(config))

    async def discover(self, config: Config) -> Catalog:
        return await self.inner.discover(await self._opened(config))

    async def read(
        self, config: Config, catalog: ConfiguredCatalog, states: Sequence[State]
    ) -> AsyncGenerator[Landing, None]:
        landings = self.inner.read(await self._opened(config), catalog, states)
        async with contextlib.aclosing(landings):
            async for landing in landings:
                yield landing

    async def _opened(self, config: Config) -> Clear:
        self.handed.last = await self.reveal(config)
        return self.handed.last


@dataclass(slots=True)
class Handed:
    """What a connector was handed last, and hears of the configuration that it sends back."""

    last: Clear | None = field(default=None, repr=False)

    def listening(self, listener: Listener) -> Listener:
        """The listener, who gets a renewed configuration with references where they stood.

        Errors: ConnectorProtocolBroken, of a configuration in which the connector has put a reference.
        """
        return replace(listener, on_config=lambda config: listener.on_config(self.returned(config)))

    def returned(self, config: Config) -> Config:
        if has_references(config):
            raise ConnectorProtocolBroken("The connector sent a configuration with a reference.")
        if self.last is None:
            return config
        stood = self.last.opened.references.items()
        same = {place: each for place, each in stood if at(config, place) == at(self.last, place)}
        found = with_values(config, same)
        assert isinstance(found, dict)  # noqa: S101  a copy of an object
        return found
