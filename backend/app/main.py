"""Composition root: settings in, the whole service out; the only file that knows every room."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from app.access import rates
from app.access.answers import Answers
from app.access.audit import Audit
from app.access.belonging import Belonging
from app.access.callers import Callers
from app.access.tokens import Tokens
from app.core.connections import Source
from app.core.errors import AtlasError
from app.core.logging import heard_by
from app.core.records import Mode
from app.core.settings import Settings
from app.database import mask_key
from app.database.announcements import Announcements
from app.database.embedded import embedded_server
from app.database.keys import Keys, load_keys
from app.database.migrate import migrate
from app.database.pool import SERVICE_ROLE, Database, open_database
from app.gates.pii.detectors import DetectorPool
from app.gates.pii.gate import PiiGate
from app.gates.pii.scan import LeakScan
from app.gates.quality.gate import QualityGate
from app.gates.quality.soda import SodaScanner
from app.layers.database_writer import DatabaseWriter
from app.layers.explore import Explore
from app.lineage.transport import Dispatcher, FileTransport
from app.outgoing.sending import Outgoing
from app.parts import (
    courier_of,
    dbt_of,
    environments_of,
    lineage_of,
    own_destination,
    relay_of,
    remote_sync_of,
    rescue_of,
    soda_connection,
    transitions_of,
    unwanted_of,
)
from app.processes.child import sweep_private_folders
from app.secrets import closed
from app.secrets.master_keys import MasterKeys
from app.secrets.references import References
from app.secrets.sealing import Sealing
from app.sources.port import Connector, Listener
from app.sources.pyairbyte import Installed
from app.sources.registry import Connectors, installation, installed_here, resolved_mode
from app.sync.connections import connection_store
from app.sync.connections.configurations import Configurations
from app.sync.installations import Installer
from app.sync.jobs import events
from app.sync.jobs.attempt_log import AttemptLog
from app.sync.log_retention import LogRetention
from app.sync.orchestrator import SyncOrchestrator
from app.sync.ports import OpenConnector
from app.sync.queue import system_worker, workers
from app.sync.queue.rescue import Rescue
from app.sync.queue.system_worker import SystemTask
from app.sync.queue.workers import Worker
from app.sync.remotes.remotes import Remotes
from app.sync.retention.removing import Retention
from app.sync.scheduler import SyncScheduler
from app.sync.signing import SealedSigning
from app.sync.timetables.ticker import Ticker
from app.sync.transformations.environments import Environments
from app.sync.transformations.runner import TransformationRunner

if TYPE_CHECKING:
    from fastapi import FastAPI

log = structlog.get_logger(__name__)

_TIDY_S = 3_600.0
_LAST_WORDS_S = 5.0
_SPARE_SESSIONS, _SESSIONS_A_JOB = 6, 4
"""A job promotes, supervises and writes its end; requests and system tasks have some of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """Everything that was built, for the API and the CLI to ask."""

    settings: Settings
    database: Database
    keys: Keys
    connectors: Connectors
    configurations: Configurations
    signing: SealedSigning
    remotes: Remotes
    environments: Environments
    open_connector: OpenConnector
    detectors: DetectorPool
    scheduler: SyncScheduler
    rescue: Rescue
    retention: Retention
    dispatcher: Dispatcher
    announcements: Announcements
    attempt_log: AttemptLog
    answers: Answers
    tasks: Sequence[SystemTask] = ()
    """What every process does again and again, beside the sweep and the tidying up."""

    @property
    def mode(self) -> Mode:
        return resolved_mode(self.settings.source_mode, Listener())

    @asynccontextmanager
    async def working(
        self, queues: Sequence[str] | None = None, concurrency: int | None = None
    ) -> AsyncIterator["asyncio.Future[list[None]]"]:
        """Run this process's workers meanwhile: `sync` takes jobs of the queues, `system` sweeps,
        ticks and tidies up, so that no job can keep it from that; and the lineage outbox.

        Shape:  a future that ends only if a worker breaks. Leaving it stops the jobs at what they
                have committed and puts them back for another worker; being cancelled meanwhile, or
                running out of `stop_grace_s`, ends them as a kill does.
        """
        settings = self.settings
        queues = queues or settings.queues
        present = workers.present(self.database, heartbeat_s=settings.heartbeat_s, queues=queues)
        async with present as worker:
            jobs = asyncio.create_task(
                self.scheduler.work(worker, queues, concurrency or settings.sync_concurrency)
            )
            others = [
                asyncio.create_task(system_worker.work(self._system_tasks(worker))),
                asyncio.create_task(self.dispatcher.run(self.database)),
            ]
            together = asyncio.gather(jobs, *others)
            try:
                yield together
            finally:
                worker.stopping.set()
                try:
                    await asyncio.wait({jobs}, timeout=settings.stop_grace_s)
                finally:
                    together.cancel()
                    await asyncio.gather(jobs, *others, return_exceptions=True)
                    with contextlib.suppress(asyncio.CancelledError):
                        await together
                await self.dispatcher.drain(self.database)

    def _system_tasks(self, worker: Worker) -> Sequence[SystemTask]:
        async def tidy_up() -> None:
            async with self.database.transaction() as session:
                await self.scheduler.engine.forget(session, self.settings.queue_keep_h)

        return (
            SystemTask(
                name="sweep", every_s=self.settings.sweep_s, run=partial(self.rescue.sweep, worker)
            ),
            SystemTask(name="tidy_up", every_s=_TIDY_S, run=tidy_up),
            *self.tasks,
        )


@asynccontextmanager
async def open_atlas(settings: Settings) -> AsyncIterator[Atlas]:
    """Start or reach the database, bring it up to date, build every part; close in reverse.

    Errors: QueueSchemaMismatch, also where only the API is to be served: it queues jobs.
    """
    async with contextlib.AsyncExitStack() as stack:
        sweep_private_folders()
        dsn = await stack.enter_async_context(database_server(settings))
        await migrate(dsn)
        size = _SPARE_SESSIONS + _SESSIONS_A_JOB * settings.sync_concurrency
        is_ours = settings.database_url is None
        database = await stack.enter_async_context(
            open_database(dsn, size, SERVICE_ROLE, is_ours=is_ours)
        )
        keys, master_keys = load_keys(settings), await MasterKeys.of(settings)
        detectors = DetectorPool(
            processes=settings.detector_processes, timeout_s=settings.detector_timeout_s
        )
        stack.callback(detectors.close)
        atlas = build(settings, database, keys, master_keys, detectors)
        async with database.transaction() as session:
            await atlas.scheduler.engine.require_schema(session)
            await connection_store.ensure_home(session, own_destination(database))
            if await mask_key.is_right(session, keys) is False:
                log.error("mask_key_is_another", to_mend=mask_key.TO_MEND)
        await atlas.configurations.adopt()
        await atlas.signing.adopt()
        await atlas.remotes.adopt()
        await warn_of_closed_secrets(database, master_keys)
        stack.push_async_callback(atlas.announcements.close)
        await stack.enter_async_context(listening_to_attempts(atlas))
        yield atlas


async def warn_of_closed_secrets(database: Database, master_keys: MasterKeys) -> None:
    """Say once, at start, that secrets do not open: else nobody knows until a connector needs one."""
    count, found = await closed.closed_secrets(database, master_keys)
    if found:
        kids = sorted({kept.locked.kid for kept in found})
        log.error(
            "secrets_do_not_open", secrets=len(found), of=count, kids=kids, to_mend=closed.TO_MEND
        )


@asynccontextmanager
async def listening_to_attempts(atlas: Atlas) -> AsyncIterator[None]:
    """Keep what attempts say meanwhile; what was said last is written at the end."""
    with heard_by(atlas.attempt_log.keep, atlas.settings.log_level):
        yield
    try:
        async with asyncio.timeout(_LAST_WORDS_S):
            await atlas.attempt_log.flush()
    except (AtlasError, TimeoutError, OSError) as failure:
        log.warning("last_words_lost", error=type(failure).__name__)


@asynccontextmanager
async def database_server(settings: Settings) -> AsyncIterator[str]:
    """The database of the settings, or Atlas's own."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    async with embedded_server(settings.home) as dsn:
        yield dsn


def build(
    settings: Settings,
    database: Database,
    keys: Keys,
    master_keys: MasterKeys,
    detectors: DetectorPool,
) -> Atlas:
    """Wire the rooms."""
    connectors = Connectors(settings=settings)
    outgoing = Outgoing.of(settings)
    sealing = Sealing.of(keys, master_keys, References.of(settings, outgoing))
    signing = SealedSigning(database=database, sealing=sealing)
    remotes = Remotes(database=database, settings=settings, sealing=sealing, outgoing=outgoing)
    unwanted = unwanted_of(settings, database, remotes)
    configurations = Configurations(
        database=database,
        sealing=sealing,
        specification_of=connectors.accepted,
    )

    async def open_connector(source: Source, listener: Listener) -> Connector:
        hears, with_secrets = configurations.revealing(source, listener)
        connector = await connectors.open(source.connector, listener=hears)
        found = installed_here(settings, source.connector)
        if connector.mode is Mode.REAL and found is not None:
            async with database.connection() as session:
                await connection_store.note_connector(session, found)
        return with_secrets(connector)

    lineage = lineage_of(settings, database)
    explore = Explore(seed=keys.content_seed, timeout_s=settings.copy_timeout_s)
    orchestrator = SyncOrchestrator(
        database=database,
        open_connector=open_connector,
        configurations=configurations,
        writer=DatabaseWriter(explore),
        keys=keys,
        pii=PiiGate(detectors=detectors),
        scan=LeakScan(),
        quality=QualityGate(scanner=SodaScanner(connection=soda_connection(database))),
        lineage=lineage,
        other_engine=remote_sync_of(settings, database, remotes, lineage),
        first_records=settings.first_promotion_records,
        range_records=settings.promotion_records,
        lanes=settings.promotion_lanes,
        schema_check_h=settings.schema_check_h,
        column_limit=settings.column_limit,
    )
    transitions = transitions_of(settings, database, lineage)
    scheduler = SyncScheduler(
        database=database,
        transitions=transitions,
        orchestrator=orchestrator,
        mode=lambda: resolved_mode(settings.source_mode, Listener()),
        heartbeat_s=settings.heartbeat_s,
    )
    attempt_log = AttemptLog(database=database, limit_bytes=settings.log_limit_bytes)
    old_logs = LogRetention(database=database, keep_d=settings.log_keep_d)
    ticker = Ticker(database=database, start_job=scheduler.start_in, every_s=settings.tick_s)
    retention = Retention(database=database, period_h=settings.explore_period_h)
    courier = courier_of(settings, database, outgoing, signing)

    async def install_connector(name: str, listener: Listener) -> Installed:
        return await installation(settings, name).run(listener)

    installer = Installer(database=database, install=install_connector, lease_s=settings.stall_s)
    environments = environments_of(settings, database, sealing)
    transforming = TransformationRunner(
        database=database,
        dbt=dbt_of(settings),
        environments=environments,
        lineage=lineage,
        lease_s=settings.stall_s,
        wait_s=settings.retry_wait_s,
        log_limit_bytes=settings.log_limit_bytes,
    )
    answers = Answers.of(database, keys, settings.idempotency_keep_h)
    relay, forwarding = relay_of(settings, database)
    return Atlas(
        settings=settings,
        database=database,
        keys=keys,
        connectors=connectors,
        configurations=configurations,
        signing=signing,
        remotes=remotes,
        environments=environments,
        open_connector=open_connector,
        detectors=detectors,
        scheduler=scheduler,
        rescue=rescue_of(settings, database, transitions),
        retention=retention,
        announcements=Announcements(
            database=database, channel=events.CHANNEL, subject_of=events.subject_of, relay=relay
        ),
        attempt_log=attempt_log,
        answers=answers,
        tasks=(
            SystemTask(name="tick", every_s=settings.tick_s, run=ticker.run),
            SystemTask(name="notifications", every_s=settings.tick_s, run=courier.run),
            SystemTask(name="retention", every_s=settings.retention_s, run=retention.run),
            SystemTask(name="remotes", every_s=settings.tick_s, run=unwanted.run),
            SystemTask(name="installations", every_s=settings.tick_s, run=installer.run),
            SystemTask(name="transformations", every_s=settings.tick_s, run=transforming.run),
            SystemTask(name="log_retention", every_s=settings.retention_s, run=old_logs.run),
            SystemTask(name="attempt_log", every_s=settings.tick_s, run=attempt_log.run),
            SystemTask(name="kept_answers", every_s=_TIDY_S, run=answers.forget),
            *forwarding,
        ),
        dispatcher=Dispatcher(transport=FileTransport(settings.home / "lineage" / "events.ndjson")),
    )


def app_of(atlas: Atlas) -> "FastAPI":
    """The API in front of what is built already; a worker has none, and does not load it."""
    from app.api.app import build_app

    @asynccontextmanager
    async def lifespan(app: "FastAPI") -> AsyncIterator[None]:
        async with rates.opened(atlas.settings) as app.state.rates:
            show(app, atlas)
            yield

    return build_app(lifespan, atlas.settings)


def create_app(settings: Settings, *, with_workers: bool = True) -> "FastAPI":
    """The API; everything behind it is built when it starts and closed when it stops."""
    from app.api.app import build_app

    @asynccontextmanager
    async def lifespan(app: "FastAPI") -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            atlas = await stack.enter_async_context(open_atlas(settings))
            if with_workers:
                await stack.enter_async_context(atlas.working())
            app.state.rates = await stack.enter_async_context(rates.opened(settings))
            show(app, atlas)
            yield

    return build_app(lifespan, settings)


def show(app: "FastAPI", atlas: Atlas) -> None:
    """Give the endpoints what they may ask for."""
    app.state.database = atlas.database
    app.state.keys = atlas.keys
    app.state.belonging = Belonging(database=atlas.database)
    app.state.callers = Callers(database=atlas.database, tokens=Tokens.of(atlas.keys))
    app.state.answers = atlas.answers
    app.state.audit = Audit.of(atlas.keys)
    app.state.scheduler = atlas.scheduler
    app.state.announcements = atlas.announcements
    app.state.attempt_log = atlas.attempt_log
    app.state.connectors = atlas.connectors
    app.state.configurations = atlas.configurations
    app.state.signing = atlas.signing
    app.state.remotes = atlas.remotes
    app.state.environments = atlas.environments
    app.state.dbt = dbt_of(atlas.settings)
    app.state.open_connector = atlas.open_connector
    app.state.settings = atlas.settings
    app.state.mode = atlas.mode
