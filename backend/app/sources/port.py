"""What the conductor needs of a source, whatever connector stands behind it."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.core.catalog import Catalog, ConfiguredCatalog, JsonSchema, StreamDescriptor
from app.core.records import Landing, Mode, State

Config = Mapping[str, object]
OnLog = Callable[[str, str], None]
OnEstimate = Callable[[StreamDescriptor, int], None]
OnConfig = Callable[[Config], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What a connector wants to be told. Source: Airbyte protocol, ConnectorSpecification."""

    connection_specification: JsonSchema
    documentation_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A connector's own verdict on its configuration."""

    succeeded: bool
    message: str = ""


def _ignore(*_: object) -> None:
    """Take what nobody listens to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who hears what a connector says beside its records; must not block.

    Shape: `on_log` gets (level, message), already redacted and capped; `on_estimate` the rows
           that a stream expects to send; `on_config` a configuration that the connector changed
           itself (a rotated token), which replaces the one it was given.
    """

    on_log: OnLog = _ignore
    on_estimate: OnEstimate = _ignore
    on_config: OnConfig = _ignore


class Connector(Protocol):
    """One source's connector; each call starts it anew and ends it."""

    @property
    def mode(self) -> Mode: ...

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    async def spec(self) -> Spec:
        """The connector's specification. Errors: ConnectorFailed and its children."""

    async def check(self, config: Config) -> Check:
        """Try the configuration. Errors: ConnectorFailed if the connector gives no verdict."""

    async def discover(self, config: Config) -> Catalog:
        """The streams on offer. Errors: ConnectorFailed and its children."""

    def read(
        self, config: Config, catalog: ConfiguredCatalog, states: Sequence[State]
    ) -> AsyncGenerator[Landing, None]:
        """Read the chosen streams from the given states on, landing by landing.

        Used under `contextlib.aclosing`: leaving ends the connector and all it has started. At
        most one more landing is prepared while the last one is in the consumer's hands; then the
        connector waits.
        Shape:  states in the order they were sent, each never before the records it stands for;
                refused records stay in their batch.
        Errors: ConnectorFailed and its children, after every landing that a state closed has been
                given; records after the last state are then left to the next attempt.
        Source: Airbyte protocol, 0.2 and later.
        """
