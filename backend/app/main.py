"""Composition root: settings in, the whole service out; the only file that knows every room."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

from fastapi import FastAPI

from app.api.app import build_app
from app.core.connections import Source
from app.core.records import Mode
from app.core.settings import Settings
from app.database.address import address_of
from app.database.embedded import embedded_server
from app.database.keys import Keys, load_keys
from app.database.migrate import migrate
from app.database.pool import Database, open_database
from app.gates.pii.detectors import DetectorPool
from app.gates.pii.gate import PiiGate
from app.gates.pii.scan import LeakScan
from app.gates.quality.gate import QualityGate
from app.gates.quality.soda import SodaScanner
from app.layers.database_writer import DatabaseWriter
from app.layers.explore import Explore
from app.lineage.emitter import LineageWriter
from app.lineage.transport import Dispatcher, FileTransport
from app.sources.port import Connector, Listener
from app.sources.pyairbyte import installed
from app.sources.registry import Connectors, installation, resolved_mode
from app.sources.wire.process import sweep_private_folders
from app.sync import connection_store
from app.sync.job_engine import ProcrastinateEngine
from app.sync.orchestrator import SyncOrchestrator
from app.sync.scheduler import SyncScheduler


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """Everything that was built, for the API and the CLI to ask."""

    settings: Settings
    database: Database
    keys: Keys
    connectors: Connectors
    detectors: DetectorPool
    scheduler: SyncScheduler
    dispatcher: Dispatcher

    @property
    def mode(self) -> Mode:
        return resolved_mode(self.settings.source_mode, Listener())

    @asynccontextmanager
    async def working(self) -> AsyncIterator["asyncio.Future[list[None]]"]:
        """Run this process's workers meanwhile: jobs, and the lineage outbox.

        Shape: a future that ends only if a worker breaks.
        """
        tasks = [
            asyncio.create_task(self.scheduler.work(self.settings.sync_concurrency)),
            asyncio.create_task(self.dispatcher.run(self.database)),
        ]
        together = asyncio.gather(*tasks)
        try:
            yield together
        finally:
            together.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(asyncio.CancelledError):
                await together
            await self.dispatcher.drain(self.database)


@asynccontextmanager
async def open_atlas(settings: Settings) -> AsyncIterator[Atlas]:
    """Start or reach the database, bring it up to date, build every part; close in reverse."""
    async with contextlib.AsyncExitStack() as stack:
        sweep_private_folders()
        dsn = await stack.enter_async_context(database_server(settings))
        await migrate(dsn)
        database = await stack.enter_async_context(open_database(dsn))
        keys = load_keys(settings)
        detectors = DetectorPool(
            processes=settings.detector_processes, timeout_s=settings.detector_timeout_s
        )
        stack.callback(detectors.close)
        atlas = build(settings, database, keys, detectors)
        async with database.transaction() as session:
            await connection_store.ensure_home(session, own_destination(database))
        yield atlas


@asynccontextmanager
async def database_server(settings: Settings) -> AsyncIterator[str]:
    """The database of the settings, or Atlas's own."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    async with embedded_server(settings.home) as dsn:
        yield dsn


def build(settings: Settings, database: Database, keys: Keys, detectors: DetectorPool) -> Atlas:
    """Wire the rooms."""
    connectors = Connectors(settings=settings)

    async def open_connector(source: Source, listener: Listener) -> Connector:
        connector = await connectors.open(source.connector, listener=listener)
        found = installed(installation(settings, source.connector))
        if connector.mode is Mode.REAL and found is not None:
            async with database.connection() as session:
                await connection_store.note_connector(session, found)
        return connector

    address = address_of(database.dsn)
    lineage = LineageWriter(
        address=address, namespace=settings.lineage_namespace, version=version("atlas")
    )
    explore = Explore(seed=keys.content_seed, timeout_s=settings.copy_timeout_s)
    orchestrator = SyncOrchestrator(
        database=database,
        open_connector=open_connector,
        writer=DatabaseWriter(explore),
        keys=keys,
        pii=PiiGate(detectors=detectors),
        scan=LeakScan(),
        quality=QualityGate(scanner=SodaScanner(connection=soda_connection(database))),
        lineage=lineage,
        first_records=settings.first_promotion_records,
        range_records=settings.promotion_records,
    )
    scheduler = SyncScheduler(
        database=database,
        engine=ProcrastinateEngine(dsn=database.dsn),
        orchestrator=orchestrator,
        lineage=lineage,
        mode=lambda: resolved_mode(settings.source_mode, Listener()),
        retry_wait_s=settings.retry_wait_s,
    )
    return Atlas(
        settings=settings,
        database=database,
        keys=keys,
        connectors=connectors,
        detectors=detectors,
        scheduler=scheduler,
        dispatcher=Dispatcher(transport=FileTransport(settings.home / "lineage" / "events.ndjson")),
    )


def soda_connection(database: Database) -> Mapping[str, object]:
    """How Soda reaches the database; it needs host, port and names apart."""
    parts = database.parameters()
    found = {
        "host": parts.get("host", "localhost"),
        "port": int(str(parts.get("port", 5432))),
        "username": parts.get("user", ""),
        "password": parts.get("password", ""),
        "database": parts.get("dbname", "postgres"),
    }
    return {name: value for name, value in found.items() if value != ""}


def own_destination(database: Database) -> Mapping[str, object]:
    """Atlas's own layers as the `postgres` destination that Airbyte's clients know."""
    address = address_of(database.dsn)
    return {
        "destinationType": "postgres",
        "host": address.host,
        "port": address.port,
        "database": address.database,
        "schema": "chart",
        "username": str(database.parameters().get("user", "")),
    }


def app_of(atlas: Atlas) -> FastAPI:
    """The API in front of what is built already."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        show(app, atlas)
        yield

    return build_app(lifespan)


def create_app(settings: Settings, *, with_workers: bool = True) -> FastAPI:
    """The API; everything behind it is built when it starts and closed when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            atlas = await stack.enter_async_context(open_atlas(settings))
            if with_workers:
                await stack.enter_async_context(atlas.working())
            show(app, atlas)
            yield

    return build_app(lifespan)


def show(app: FastAPI, atlas: Atlas) -> None:
    """Give the endpoints what they may ask for."""
    app.state.database = atlas.database
    app.state.scheduler = atlas.scheduler
    app.state.connectors = atlas.connectors
    app.state.settings = atlas.settings
    app.state.mode = atlas.mode
