"""/v1/connectors: what there is to connect, how it can be run here, and what it says of a configuration."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict

from app.api.access import Editor, Owner, Viewer
from app.api.dependencies import Connectors, Session, Settings, Unhurried
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.views import AtlasBody, View, instant
from app.core.errors import AtlasError
from app.core.failures import (
    CatalogueUnreachable,
    ConnectorFailed,
    ConnectorInstallFailed,
    ConnectorNotInstalled,
    ConnectorNotRunnable,
    ConnectorUnknown,
)
from app.core.records import Mode
from app.core.settings import Settings as AtlasSettings
from app.sources import catalogue, live_catalogue, ways
from app.sources.catalogue import Catalogue, Entry, Wanted
from app.sources.pyairbyte import Installed
from app.sources.registry import Connectors as Registry
from app.sources.registry import definition_id, installed_here
from app.sources.ways import Runs, Way
from app.sources.wire.catalogs import stream_json
from app.sync import installations
from app.sync.installations import Installation

router = APIRouter(prefix="/connectors", tags=["Connectors"])

ConnectorName = Annotated[str, Path(alias="name", max_length=100, examples=["source-faker"])]
ASKED: tuple[type[AtlasError], ...] = (
    ConnectorUnknown,
    ConnectorNotRunnable,
    ConnectorNotInstalled,
    ConnectorInstallFailed,
    ConnectorFailed,
)


class SpecFrom(StrEnum):
    """Who says what a connector wants to be told: it itself where it is installed, or comes with Atlas."""

    CONNECTOR = "connector"
    MOCK = "mock"
    CATALOGUE = "catalogue"


class RunsView(View):
    """Shape: `reason` is why it cannot be run here, or that its records are mock."""

    by: Way
    is_runnable: bool
    reason: str | None
    package: str | None
    version: str | None
    python: str | None

    @classmethod
    def of(cls, runs: Runs) -> "RunsView":
        return cls(
            by=runs.by,
            is_runnable=runs.is_runnable,
            reason=runs.reason,
            package=runs.package,
            version=runs.version,
            python=runs.python,
        )


class InstalledView(View):
    """Shape: `sha256` is over what the installed packages say of their files."""

    version: str
    python: str
    sha256: str

    @classmethod
    def of(cls, found: Installed) -> "InstalledView":
        return cls(version=found.version, python=found.python, sha256=found.sha256)


class StepView(View):
    name: str
    at: str


class FailureView(View):
    type: str
    title: str
    detail: str


class InstallationView(View):
    """A wish to install it. Shape: `output` are the installer's last lines, without passwords."""

    installation_id: int
    connector: str
    package: str
    version: str
    status: str
    asked_by: str
    asked_at: str
    started_at: str | None
    ended_at: str | None
    host: str | None
    python: str | None
    steps: list[StepView]
    output: list[str]
    failure: FailureView | None

    @classmethod
    def of(cls, found: Installation) -> "InstallationView":
        failure = found.failure
        return cls(
            installation_id=found.installation_id,
            connector=found.connector,
            package=found.package,
            version=found.version,
            status=found.status,
            asked_by=found.asked_by,
            asked_at=instant(found.asked_at),
            started_at=instant(found.started_at) if found.started_at else None,
            ended_at=instant(found.ended_at) if found.ended_at else None,
            host=found.host,
            python=found.python,
            steps=[StepView(name=step.name, at=instant(step.at)) for step in found.steps],
            output=list(found.output),
            failure=FailureView(
                type=f"/problems/{failure['slug']}",
                title=failure["title"],
                detail=failure["detail"],
            )
            if failure
            else None,
        )


class ConnectorView(View):
    """Shape: what nobody has stated of it is left out; `allowedHosts` are those that it may speak to."""

    name: str
    title: str
    source_type: str
    definition_id: UUID
    kind: str | None
    language: str | None
    support_level: str | None
    release_stage: str | None
    release_date: str | None
    license: str | None
    docker_image: str | None
    documentation_url: str | None
    allowed_hosts: list[str] | None
    runs: RunsView
    installed: InstalledView | None
    installation: InstallationView | None

    @classmethod
    def of(
        cls, entry: Entry, runs: Runs, found: Installed | None, wish: Installation | None
    ) -> "ConnectorView":
        image = entry.docker_repository
        return cls(
            name=entry.name,
            title=entry.title,
            source_type=entry.kind,
            definition_id=entry.definition_id or definition_id(entry.name),
            kind=entry.source_type,
            language=entry.language,
            support_level=entry.support_level,
            release_stage=entry.release_stage,
            release_date=entry.release_date,
            license=entry.license,
            docker_image=f"{image}:{entry.docker_image_tag}" if image else None,
            documentation_url=entry.documentation_url,
            allowed_hosts=None if entry.allowed_hosts is None else list(entry.allowed_hosts),
            runs=RunsView.of(runs),
            installed=InstalledView.of(found) if found else None,
            installation=InstallationView.of(wish) if wish else None,
        )


class CatalogueView(View):
    """Shape: `origin` is `shipped` or `live`, of the day `dated`."""

    origin: str
    dated: date
    connectors: int

    @classmethod
    def of(cls, listed: Catalogue) -> "CatalogueView":
        return cls(origin=listed.origin, dated=listed.dated, connectors=len(listed.entries))


class ConnectorPage(Page[ConnectorView]):
    catalogue: CatalogueView
    matches: int


class ConnectorDetail(ConnectorView):
    """Shape: no specification where neither the connector is there nor the catalogue has one."""

    catalogue: CatalogueView
    specification: Mapping[str, object] | None
    spec_from: SpecFrom | None


class Configuration(AtlasBody):
    """A configuration to try; it is kept nowhere, and no answer has its secrets."""

    model_config = ConfigDict(hide_input_in_errors=True)

    configuration: dict[str, object]


class ConnectorCheckView(View):
    """Shape: `status` and `message` are the connector's own; `mode` is `mock` if it was not asked itself."""

    status: str
    message: str
    mode: Mode
    version: str


class DiscoveredView(View):
    """Shape: `streams` as in the Airbyte protocol's catalog."""

    mode: Mode
    version: str
    streams: Sequence[Mapping[str, object]]


@router.get("", operation_id="listConnectors")
async def list_connectors(
    caller: Viewer,
    session: Session,
    settings: Settings,
    paged: Paged,
    q: Annotated[str | None, Query(max_length=100, description="In name or title.")] = None,
    language: str | None = None,
    kind: Annotated[str | None, Query(description="`api`, `database` or `file`.")] = None,
    support_level: Annotated[str | None, Query(alias="supportLevel")] = None,
    release_stage: Annotated[str | None, Query(alias="releaseStage")] = None,
    runs: Annotated[Way | None, Query(description="How it can be run.")] = None,
    is_installed: Annotated[
        bool | None,
        Query(alias="installed", description="Those that are installed here, or the others."),
    ] = None,
) -> ConnectorPage:
    """What there is to connect, the best match first; with what is installed here, and what is being."""
    listed = catalogue.current(settings.home)
    wanted = Wanted(
        text=q,
        language=language,
        source_type=kind,
        support_level=support_level,
        release_stage=release_stage,
    )

    def chosen() -> list[Entry]:
        return [
            entry
            for entry in listed.search(wanted)
            if (runs is None or runs in (ways.way_of(entry), ways.here(entry, settings, listed).by))
            and (is_installed is None or is_installed == _is_installed(settings, entry))
        ]

    found = await asyncio.to_thread(chosen)  # it looks at files, and asks interpreters
    shown = found[paged.offset : paged.offset + paged.wanted]
    views = await _views(session, settings, listed, shown)
    page = paged.page(views)
    return ConnectorPage(
        previous=page.previous,
        next=page.next,
        data=page.data,
        catalogue=CatalogueView.of(listed),
        matches=len(found),
    )


@router.post("/refresh", operation_id="refreshConnectors", responses=problems(CatalogueUnreachable))
async def refresh_connectors(
    caller: Owner, settings: Settings, unhurried: Unhurried
) -> CatalogueView:
    """Fetch Airbyte's own list; where it cannot be reached, the list that was there stays."""
    return CatalogueView.of(await live_catalogue.refresh(settings.home))


@router.get("/{name}", operation_id="getConnector", responses=problems(*ASKED))
async def get_connector(
    caller: Viewer,
    session: Session,
    settings: Settings,
    connectors: Connectors,
    unhurried: Unhurried,
    name: ConnectorName,
) -> ConnectorDetail:
    """One connector with its specification: its own where it is installed, else as the catalogue has it."""
    listed = catalogue.current(settings.home)
    entry = listed.entry(name)
    (view,) = await _views(session, settings, listed, [entry])
    specification, said_by = await _specification(entry, view, connectors)
    return ConnectorDetail(
        **{field: getattr(view, field) for field in ConnectorView.model_fields},
        catalogue=CatalogueView.of(listed),
        specification=specification,
        spec_from=said_by,
    )


@router.post("/{name}/check", operation_id="checkConnector", responses=problems(*ASKED))
async def check_connector(
    caller: Editor,
    connectors: Connectors,
    unhurried: Unhurried,
    name: ConnectorName,
    wanted: Configuration,
) -> ConnectorCheckView:
    """Let a connector try a configuration, within `ATLAS_CONNECTOR_TIMEOUT_S`; it must be installed."""
    connector = await connectors.opened(name)
    verdict = await connector.check(wanted.configuration)
    status = "succeeded" if verdict.succeeded else "failed"
    return ConnectorCheckView(
        status=status, message=verdict.message, mode=connector.mode, version=connector.version
    )


@router.post("/{name}/discover", operation_id="discoverConnector", responses=problems(*ASKED))
async def discover_connector(
    caller: Editor,
    connectors: Connectors,
    unhurried: Unhurried,
    name: ConnectorName,
    wanted: Configuration,
) -> DiscoveredView:
    """Ask a connector what a configuration offers, within `ATLAS_CONNECTOR_TIMEOUT_S`; it must be installed."""
    connector = await connectors.opened(name)
    found = await connector.discover(wanted.configuration)
    return DiscoveredView(
        mode=connector.mode,
        version=connector.version,
        streams=[stream_json(stream) for stream in found.streams],
    )


def _is_installed(settings: AtlasSettings, entry: Entry) -> bool:
    return installed_here(settings, entry.name) is not None


async def _views(
    session: Session, settings: AtlasSettings, listed: Catalogue, entries: Sequence[Entry]
) -> list[ConnectorView]:
    wishes = await installations.newest(session, [entry.name for entry in entries])

    def looked_at() -> list[ConnectorView]:
        return [
            ConnectorView.of(
                entry,
                ways.here(entry, settings, listed),
                installed_here(settings, entry.name),
                wishes.get(entry.name),
            )
            for entry in entries
        ]

    return await asyncio.to_thread(looked_at)


async def _specification(
    entry: Entry, view: ConnectorView, connectors: Registry
) -> tuple[Mapping[str, object] | None, SpecFrom | None]:
    if view.runs.by in (Way.MOCK, Way.BUILT_IN) or view.installed:
        said_by = SpecFrom.MOCK if view.runs.by is Way.MOCK else SpecFrom.CONNECTOR
        return await connectors.specification(entry.name), said_by
    if entry.connection_specification is None:
        return None, None
    return entry.connection_specification, SpecFrom.CATALOGUE
