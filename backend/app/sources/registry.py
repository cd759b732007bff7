"""Names of connectors, and the connector that stands behind a name."""

import importlib.util
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import NAMESPACE_OID, UUID, uuid5

from app.core.catalog import JsonSchema
from app.core.failures import ConnectorNotInstalled, ConnectorUnknown
from app.core.records import Mode
from app.core.settings import Settings, SourceMode
from app.sources import mock
from app.sources.port import Connector, Listener
from app.sources.protocol import CommandConnector
from app.sources.pyairbyte import Install, installed

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_MOCK_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A connector's package and the version that Atlas was tried with."""

    name: str
    package: str
    version: str
    definition_id: UUID | None = None


KNOWN: Mapping[str, Pinned] = {
    one.name: one
    for one in (
        Pinned(
            name="source-faker",
            package="airbyte-source-faker",
            version="7.2.1",
            definition_id=UUID("dfd88b22-b603-4c3d-aad7-3701784586b1"),
        ),
        Pinned(
            name="source-hardcoded-records",
            package="airbyte-source-hardcoded-records",
            version="0.0.48",
        ),
    )
}


def pinned(name: str) -> Pinned:
    """The package behind a connector's name. Errors: ConnectorUnknown."""
    if not _NAME.fullmatch(name):
        raise ConnectorUnknown("A connector's name has small letters, digits and dashes only.")
    if name not in KNOWN:
        known = ", ".join(sorted(KNOWN))
        raise ConnectorUnknown(f"No connector is pinned under this name; known: {known}.")
    return KNOWN[name]


def has_pyairbyte() -> bool:
    """True where PyAirbyte could be imported; it is not imported here."""
    return importlib.util.find_spec("airbyte") is not None


def definition_id(name: str) -> UUID:
    """The connector's id in Airbyte's registry; a stable one of its own for any other name."""
    known = KNOWN.get(name)
    return known.definition_id if known and known.definition_id else uuid5(NAMESPACE_OID, name)


def named(definition: UUID) -> str:
    """The name of the connector that has this id. Errors: ConnectorUnknown."""
    for name in KNOWN:
        if definition_id(name) == definition:
            return name
    raise ConnectorUnknown("No connector has this definitionId.", definition_id=str(definition))


def installation(settings: Settings, name: str) -> Install:
    """How and where a connector is installed. Errors: ConnectorUnknown."""
    package = pinned(name)
    return Install(
        home=settings.home / "connectors",
        name=name,
        package=package.package,
        version=package.version,
    )


def resolved_mode(
    mode: SourceMode, listener: Listener, is_there: Callable[[], bool] = has_pyairbyte
) -> Mode:
    """Real or mock. `auto` takes the mock only where PyAirbyte cannot be imported, and says so."""
    match mode:
        case SourceMode.REAL:
            return Mode.REAL
        case SourceMode.MOCK:
            return Mode.MOCK
        case SourceMode.AUTO:
            if is_there():
                return Mode.REAL
            listener.on_log("WARN", "PyAirbyte is not installed: records come from the mock.")
            return Mode.MOCK


def mock_connector(settings: Settings, name: str, listener: Listener) -> CommandConnector:
    """The mock under a connector's name."""
    return CommandConnector(
        command=mock.COMMAND,
        environment=mock.ENVIRONMENT,
        settings=settings,
        mode=Mode.MOCK,
        name=name,
        version=_MOCK_VERSION,
        listener=listener,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Connectors:
    """Opens connectors by name, installing those that are not there yet.

    Shape: `mode` of the settings decides between the connector and the mock, never a failure.
    """

    settings: Settings
    install_missing: bool = True
    listener: Listener = field(default_factory=Listener)
    catalogued: Callable[[str], JsonSchema | None] = lambda _: None
    specifications: dict[tuple[str, str], JsonSchema] = field(default_factory=dict, repr=False)

    async def specification(self, name: str) -> JsonSchema | None:
        """What a connector wants to be told: by itself where it is installed, else by the catalogue.

        Shape:  nothing is installed for it, and a connector is asked once. Of the mock's and the one that it
                stands for, either holds.
        Errors: ConnectorUnknown, ConnectorFailed and its children.
        """
        if resolved_mode(self.settings.source_mode, Listener()) is Mode.MOCK:
            both = [
                each for each in (self.catalogued(name), mock.SPECIFICATION) if each is not None
            ]
            definitions: dict[str, object] = {}
            for each in both:
                own = each.get("definitions")
                definitions.update(own if isinstance(own, Mapping) else {})
            return {"anyOf": both, "definitions": definitions}
        found = installed(installation(self.settings, name))
        if found is None:
            return self.catalogued(name)
        key = (name, found.sha256)
        if key not in self.specifications:
            connector = await self.open(name)
            self.specifications[key] = (await connector.spec()).connection_specification
        return self.specifications[key]

    async def open(
        self, name: str, mode: SourceMode | None = None, listener: Listener | None = None
    ) -> Connector:
        """A connector ready to be asked.

        Errors: ConnectorUnknown; ConnectorNotInstalled if it is missing and may not be
                installed; ConnectorInstallFailed.
        """
        install = installation(self.settings, name)
        hears = listener or self.listener
        if resolved_mode(mode or self.settings.source_mode, hears) is Mode.MOCK:
            return mock_connector(self.settings, name, hears)
        found = installed(install)
        if found is None and not self.install_missing:
            raise ConnectorNotInstalled(
                f"{name} is not installed. Run `atlas connectors install {name}`.", connector=name
            )
        found = found or await install.run(hears)
        return CommandConnector(
            command=found.command,
            settings=self.settings,
            mode=Mode.REAL,
            name=name,
            version=found.version,
            listener=hears,
        )


async def open_connector(
    name: str, settings: Settings, mode: SourceMode | None = None, listener: Listener | None = None
) -> Connector:
    """A connector by name, installed if need be; see `Connectors.open`."""
    return await Connectors(settings=settings).open(name, mode, listener)
