"""Names of connectors, and the connector that stands behind a name."""

import importlib.util
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from uuid import NAMESPACE_OID, UUID, uuid5

from app.core.catalog import JsonSchema
from app.core.failures import (
    ConnectorBuiltIn,
    ConnectorNotInstalled,
    ConnectorNotRunnable,
    ConnectorUnknown,
)
from app.core.records import Mode
from app.core.settings import Settings, SourceMode
from app.sources import catalogue, interpreters, mock
from app.sources.built_in import BUILT_IN
from app.sources.catalogue import NAME, Catalogue, Package, shipped
from app.sources.port import Connector, Listener
from app.sources.protocol import CommandConnector
from app.sources.pyairbyte import Install, Installed, installed

_PACKAGE = re.compile(r"airbyte-[a-z0-9][a-z0-9-]{0,99}")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+]{0,39}")
"""A requirement is made of these: what a fetched list says else is no name or version."""
_MOCK_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A connector's package, in the version that is installed, and what it needs beside.

    Shape: `pythons` are tried in this order; `also` are requirements that the package forgets, `overrides`
           replace those of which it names a version that does not exist.
    """

    name: str
    package: str
    version: str
    pythons: tuple[str, ...] = interpreters.VERSIONS
    also: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()


KNOWN: Mapping[str, Pinned] = {
    one.name: one
    for one in (
        Pinned(name="source-faker", package="airbyte-source-faker", version="7.2.1"),
        Pinned(
            name="source-hardcoded-records",
            package="airbyte-source-hardcoded-records",
            version="0.0.48",
        ),
        Pinned(
            name="source-s3",
            package="airbyte-source-s3",
            version="4.16.1",
            overrides=("smart-open[s3]>=6,<8",),
        ),
        Pinned(
            name="source-azure-blob-storage",
            package="airbyte-source-azure-blob-storage",
            version="0.8.40",
            overrides=("smart-open[azure]>=6,<8",),
        ),
        Pinned(
            name="source-file",
            package="airbyte-source-file",
            version="0.6.0",
            pythons=("3.11",),
            also=("azure-storage-blob>=12,<13",),
            overrides=("smart-open[all]>=6,<8",),
        ),
    )
}
"""Those that Atlas was tried with, in that version; the last three name a release of smart-open by their own number."""


def pinned(name: str, listed: Catalogue | None = None) -> Pinned:
    """The package behind a connector's name: as it was tried, or as the catalogue has it.

    Errors: ConnectorUnknown; ConnectorNotRunnable for one that has no Python package, ConnectorBuiltIn for one
            that needs none.
    """
    if not NAME.fullmatch(name):
        raise ConnectorUnknown("A connector's name has small letters, digits and dashes only.")
    if name in BUILT_IN:
        raise ConnectorBuiltIn(
            f"{name} comes with Atlas, and there is nothing to install.", connector=name
        )
    if name in KNOWN:
        return KNOWN[name]
    entry = (listed or shipped()).entry(name)
    if entry.pypi is None:
        raise ConnectorNotRunnable(
            f"{name} has no Python package, and Atlas starts no images or bare manifests.",
            connector=name,
        )
    if not _PACKAGE.fullmatch(entry.pypi.package) or not _VERSION.fullmatch(entry.pypi.version):
        raise ConnectorNotRunnable(
            f"The package that the {(listed or shipped()).origin} list names for {name} is not one of Airbyte's.",
            connector=name,
        )
    return Pinned(
        name=name,
        package=entry.pypi.package,
        version=entry.pypi.version,
        pythons=_pythons(entry.pypi),
    )


def require_runnable(name: str) -> None:
    """Errors: ConnectorUnknown; ConnectorNotRunnable for one that neither has a package nor comes with Atlas."""
    if name not in BUILT_IN:
        pinned(name)


def _pythons(package: Package) -> tuple[str, ...]:
    """Packages of before 2025 were made for Python 3.11 and older."""
    is_old = package.month is not None and package.month < "2025"
    return tuple(reversed(interpreters.VERSIONS)) if is_old else interpreters.VERSIONS


def has_pyairbyte() -> bool:
    """True where PyAirbyte could be imported; it is not imported here."""
    return importlib.util.find_spec("airbyte") is not None


def definition_id(name: str) -> UUID:
    """The connector's id in Airbyte's registry; a stable one of its own for any other name."""
    entry = shipped().entries.get(name)
    return entry.definition_id if entry and entry.definition_id else uuid5(NAMESPACE_OID, name)


def named(definition: UUID) -> str:
    """The name of the connector that has this id. Errors: ConnectorUnknown."""
    for name in (*KNOWN, *shipped().entries):
        if definition_id(name) == definition:
            return name
    raise ConnectorUnknown("No connector has this definitionId.", definition_id=str(definition))


def installation(settings: Settings, name: str) -> Install:
    """How and where a connector is installed. Errors: ConnectorUnknown, ConnectorNotRunnable."""
    package = pinned(name, catalogue.current(settings.home))
    return Install(
        home=settings.home / "connectors",
        name=name,
        package=package.package,
        version=package.version,
        pythons=package.pythons,
        also=package.also,
        overrides=package.overrides,
    )


def installed_here(settings: Settings, name: str) -> Installed | None:
    """The connector as it is installed on this machine; none if it is not, or has no package."""
    try:
        return installed(installation(settings, name))
    except ConnectorNotRunnable:
        return None


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
    specifications: "dict[tuple[str, str], JsonSchema]" = field(default_factory=dict)
    """By name and what exactly is installed: to ask a connector costs it seconds."""

    async def open(
        self, name: str, mode: SourceMode | None = None, listener: Listener | None = None
    ) -> Connector:
        """A connector ready to be asked.

        Errors: ConnectorUnknown, ConnectorNotRunnable; ConnectorNotInstalled if it is missing and may
                not be installed; ConnectorInstallFailed.
        """
        hears = listener or self.listener
        if resolved_mode(mode or self.settings.source_mode, hears) is Mode.MOCK:
            catalogue.current(self.settings.home).entry(name)
            return mock_connector(self.settings, name, hears)
        if name in BUILT_IN:
            return BUILT_IN[name].opened(self.settings, hears)
        install = installation(self.settings, name)
        found = installed(install)
        if found is None and not self.install_missing:
            raise ConnectorNotInstalled(
                f"{name} is not installed. Run `atlas connectors install {name}`, or "
                f"POST /v1/connectors/{name}/installation.",
                connector=name,
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

    async def opened(self, name: str) -> Connector:
        """A connector that is there already. Errors: as of `open`, which may not install it."""
        return await replace(self, install_missing=False).open(name)

    async def specification(self, name: str) -> JsonSchema:
        """What a connector that is there says it wants to be told. Errors: as of `opened` and `Connector.spec`."""
        connector = await self.opened(name)
        found = installed_here(self.settings, name) if connector.mode is Mode.REAL else None
        exactly = name, found.sha256 if found else connector.version
        if exactly not in self.specifications:
            self.specifications[exactly] = (await connector.spec()).connection_specification
        return self.specifications[exactly]

    async def accepted(self, name: str) -> JsonSchema | None:
        """What a configuration that is sent is held to: by the connector where it is installed, else by the
        catalogue; none where neither says it.

        Shape:  nothing is installed for it. The mock takes its own fields and those of what it stands for.
        Errors: ConnectorUnknown, ConnectorNotRunnable, ConnectorFailed and its children.
        """
        if resolved_mode(self.settings.source_mode, Listener()) is Mode.MOCK:
            return _both(self._listed(name), mock.SPECIFICATION)
        if name not in BUILT_IN and installed(installation(self.settings, name)) is None:
            return self._listed(name)
        return await self.specification(name)

    def _listed(self, name: str) -> JsonSchema | None:
        entry = catalogue.current(self.settings.home).entries.get(name)
        return None if entry is None else entry.connection_specification


def _both(*specifications: JsonSchema | None) -> JsonSchema:
    """A schema of the fields of all of these, none of which must be there."""
    known = [each for each in specifications if each is not None]
    found: dict[str, object] = {"type": "object", "additionalProperties": True}
    for part in ("properties", "definitions"):
        merged: dict[str, object] = {}
        for each in known:
            own = each.get(part)
            merged.update(own if isinstance(own, Mapping) else {})
        found[part] = merged
    return found


async def open_connector(
    name: str, settings: Settings, mode: SourceMode | None = None, listener: Listener | None = None
) -> Connector:
    """A connector by name, installed if need be; see `Connectors.open`."""
    return await Connectors(settings=settings).open(name, mode, listener)
