"""Takes one attempt at a sync through the house, station by station."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

import structlog

from app.core.catalog import ConfiguredCatalog, ReadMode, StreamDescriptor
from app.core.connections import ConnectedStream, Connection, Source, WhenEmpty
from app.core.errors import AtlasError, Fenced
from app.core.failures import (
    BooksDoNotBalance,
    RangeHeld,
)
from app.core.jobs import Attempt, JobType, Route
from app.core.records import Sender, State
from app.core.remotes import Engine
from app.database import mask_key
from app.database.keys import Keys
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.layers import explore, staging, tables
from app.layers.database_writer import DatabaseWriter
from app.layers.tables import Tables
from app.sources.port import Config, Listener
from app.sync import ledger, state_guard, state_store
from app.sync.attempts import SyncReport, route_of
from app.sync.backfills import windows
from app.sync.connections import connection_store, stream_generations
from app.sync.connections.catalog_watch import CatalogWatch
from app.sync.coverage import is_incremental
from app.sync.emptied import publish_emptied
from app.sync.growth.growing import Growing
from app.sync.jobs import job_store
from app.sync.landing import Lander, Reading
from app.sync.ports import (
    Configurations,
    Lineage,
    OpenConnector,
    OtherEngine,
    PathGate,
    QualityAudit,
    TextScan,
)
from app.sync.promoter import Promoter
from app.sync.promotion import Promotion
from app.sync.quarantine import limits
from app.sync.sourceless import Sourceless, is_sourceless
from app.sync.stopwatch import Stopwatch

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOrchestrator:
    """Knows the order of the stations and nothing of their insides."""

    database: Database
    open_connector: OpenConnector
    configurations: Configurations
    writer: DatabaseWriter
    keys: Keys
    pii: PathGate
    scan: TextScan
    quality: QualityAudit
    lineage: Lineage
    other_engine: OtherEngine
    first_records: int
    range_records: int
    lanes: int
    schema_check_h: float
    column_limit: int

    async def run(self, attempt: Attempt) -> SyncReport:
        """Read the source once, land all of it in explore, promote what has landed.

        One connector process serves all streams of the catalog, so batches of several streams
        arrive mixed. A stream is promoted in sets, while the next batches are still being read.
        Shape:  the job has not ended yet: that is up to who signs the report off.
        Errors: the first AtlasError ends the attempt; what was committed stays, and what a state
                covers is still promoted.
        """
        connection = await self._chosen(attempt)
        async with self.database.connection() as session:
            source = await connection_store.get_source(session, connection.source_id)
            if not attempt.job_type.clears and attempt.engine is Engine.LOCAL:
                await job_store.require_mode(session, attempt)
                await mask_key.require(session, self.keys, attempt.attempt_id)
        if attempt.engine is not Engine.LOCAL:
            return await self.other_engine.run(attempt, connection, source)
        if is_sourceless(attempt):
            stations = Sourceless(
                database=self.database, writer=self.writer, keys=self.keys, lineage=self.lineage
            )
            return await stations.run(attempt, connection, source)
        source = await self._watch().look(attempt, connection, source)
        connection = await self._chosen(attempt)  # its streams may have grown
        promotion = partial(self._promotion, attempt, connection, source, Stopwatch())
        growing = Growing(
            database=self.database, promotion=promotion, writer=self.writer, connection=connection
        )
        if await growing.run():
            connection = await self._chosen(attempt)
        reading, states = await self._prepare(attempt, connection, source)
        async with self._warming(reading), self._promoting(reading.promoter):
            await self._read_all(reading, states)
        await publish_emptied(self.database, reading)
        return SyncReport(
            seconds=reading.stopwatch.totals, sign_off=partial(self._sign_off, reading)
        )

    def _watch(self) -> CatalogWatch:
        return CatalogWatch(
            database=self.database, open_connector=self.open_connector,
            configurations=self.configurations, every_h=self.schema_check_h,
            column_limit=self.column_limit, on_log=_log_connector,
        )  # fmt: skip

    async def _chosen(self, attempt: Attempt) -> Connection:
        """The connection with the streams that the job is about."""
        async with self.database.connection() as session:
            connection = await connection_store.get_connection(session, attempt.connection_id)
        return connection.only(attempt.options.streams)

    def _promotion(
        self, attempt: Attempt, connection: Connection, source: Source, stopwatch: Stopwatch
    ) -> Promotion:
        return Promotion(
            database=self.database, attempt=attempt, writer=self.writer, keys=self.keys, pii=self.pii,
            scan=self.scan, quality=self.quality, hard_deletes=connection.hard_deletes,
            follows_schema=connection.on_schema_change.propagates, column_limit=self.column_limit,
            route=route_of(connection, source), lineage=self.lineage, stopwatch=stopwatch,
        )  # fmt: skip

    # ── before ────────────────────────────────────────────────────────────────────────────────

    async def _prepare(
        self, attempt: Attempt, connection: Connection, source: Source
    ) -> tuple[Reading, Sequence[State]]:
        """Take back what no state covers, open generations, and begin with what was left over."""
        stopwatch, route = Stopwatch(), route_of(connection, source)
        promotion = self._promotion(attempt, connection, source, stopwatch)
        promoter = Promoter(
            promotion=promotion,
            first_records=self.first_records,
            range_records=self.range_records,
            lanes=self.lanes,
        )
        streams, generations = {}, {}
        together = await self._forgotten_together(attempt, connection)
        for stream in connection.streams:
            descriptor = stream.configured.descriptor
            generations[descriptor], was_read = await self._begin_stream(
                attempt, route, stream, together
            )
            await self._follow(promoter, promotion, stream, generations[descriptor], was_read)
            if not was_read:
                streams[descriptor] = stream
        incremental = [
            descriptor for descriptor, stream in streams.items() if is_incremental(stream)
        ]
        async with self.database.connection() as session:
            states = await state_store.newest(session, connection.connection_id, incremental)
        reading = Reading(
            attempt=attempt, connection=connection, source=source, route=route, streams=streams, generations=generations,
            last_batch={}, promoter=promoter, stopwatch=stopwatch,
        )  # fmt: skip
        return reading, states

    async def _forgotten_together(
        self, attempt: Attempt, connection: Connection
    ) -> Collection[StreamDescriptor]:
        """The streams whose states a refresh forgets when it begins: all of them; none once it has begun, for it
        has saved states of its own since then."""
        read_on = [stream.stream_id for stream in connection.streams if is_incremental(stream)]
        async with self.database.connection() as session:
            if await stream_generations.any_opened_by(session, read_on, attempt.job_id):
                return ()
        return [stream.configured.descriptor for stream in connection.streams]

    async def _begin_stream(
        self,
        attempt: Attempt,
        route: Route,
        stream: ConnectedStream,
        together: Collection[StreamDescriptor],
    ) -> tuple[int, bool]:
        """A stream's generation; and true if this job has read the stream to its end already.

        Shape: `together` are the streams whose states, also one that they have in common, are forgotten with this
               stream's; none if it is one that came to the job later: of that, only its own.
        """
        configured = stream.configured
        async with job_store.fenced(self.database, attempt) as session:
            await tables.ensure_explore(session, stream.layout)
            await explore.void_uncovered(
                session, stream.stream_id, Tables.of(stream.layout.table).explore
            )
            await self.lineage.started(session, attempt, route, stream.layout)
            is_read_on = configured.sync_mode.reads is ReadMode.INCREMENTAL
            if is_read_on and attempt.job_type is not JobType.REFRESH:
                return configured.generation_id, False
            if await state_store.is_complete(session, attempt.job_id, stream.stream_id):
                return configured.generation_id, True
            if is_read_on and await stream_generations.opened_by(
                session, stream.stream_id, attempt.job_id
            ):
                return configured.generation_id, False  # from the state of an earlier attempt
            if is_read_on and together:
                await state_store.forget(session, attempt.connection_id, together)
            elif is_read_on:
                await state_store.forget_own(session, attempt.connection_id, configured.descriptor)
            opened = await stream_generations.open_generation(
                session, stream.stream_id, attempt.job_id
            )
            return opened, False

    async def _follow(
        self, promoter: Promoter, promotion: Promotion, stream: ConnectedStream, generation: int,
        was_read: bool,
    ) -> None:  # fmt: skip
        state = await promotion.open(stream)
        mode = stream.configured.sync_mode
        ends_alone = mode.reads is ReadMode.FULL_REFRESH
        async with self.database.connection() as session:
            watermark = await ledger.watermark(session, stream.stream_id)
            if state.replaces:
                older = await ledger.last_of_older(session, stream.stream_id, generation)
                watermark = max(watermark, older)  # an earlier attempt may have published this one
            covered = await staging.last_covered(session, stream.stream_id, complete=ends_alone)
            pending = await ledger.unpublished(session, stream.stream_id, watermark, covered)
        promoter.follow(
            stream, state, watermark=watermark, landed=max(watermark, covered), covered=covered,
            pending=pending, is_complete=was_read,
        )  # fmt: skip

    # ── reading ───────────────────────────────────────────────────────────────────────────────

    @contextlib.asynccontextmanager
    async def _warming(self, reading: Reading) -> AsyncIterator[None]:
        """Load what the gates will need while the connector is still starting, if they will."""
        tracks = reading.promoter.tracks.values()
        if not any(track.is_first for track in tracks):
            yield
            return
        self.pii.warm()
        warming = asyncio.create_task(self.quality.warm())
        try:
            yield
        finally:
            warming.cancel()
            await asyncio.gather(warming, return_exceptions=True)

    async def _read_all(self, reading: Reading, states: Sequence[State]) -> None:
        """Read the source once; for a backfill once a chunk, from the chunk's own state."""
        if not reading.streams:
            return
        if reading.attempt.job_type is not JobType.BACKFILL:
            await self._read(reading, states)
            return
        (stream,) = reading.streams.values()
        left = windows(self.database, reading.attempt, reading.connection, stream.layout)
        async with contextlib.aclosing(left):
            async for window in left:
                reading.window = window
                await self._read(reading, [window.state])

    async def _read(self, reading: Reading, states: Sequence[State]) -> None:
        changed: list[Config] = []
        listener = Listener(on_log=_log_connector, on_config=changed.append)
        connector = await self.open_connector(reading.source, listener)
        sender = Sender(connector.name, connector.version)
        state_guard.require_own(states, sender, reading.connection.connection_id)
        async with job_store.fenced(self.database, reading.attempt) as session:
            await state_store.note_connector(session, reading.attempt, sender)
        catalog = ConfiguredCatalog(
            streams=tuple(
                replace(stream.configured, generation_id=reading.generations[descriptor])
                for descriptor, stream in reading.streams.items()
            ),
            sync_id=reading.attempt.job_id,
        )
        landings = connector.read(reading.source.configuration, catalog, states)
        if reading.window is not None:
            landings = reading.window.within(landings)
        lander = Lander(database=self.database, writer=self.writer, reading=reading)
        with reading.stopwatch.stage("read"):
            async with (
                contextlib.aclosing(landings),
                contextlib.aclosing(lander.land_all(landings)) as turns,
            ):
                async for _ in turns:
                    if changed:  # the connector has renewed its own configuration, a token say
                        await self._keep_configuration(reading, changed[-1])
                        changed.clear()

    async def _keep_configuration(self, reading: Reading, configuration: Config) -> None:
        keep = await self.configurations.renewal(reading.source, configuration)
        async with job_store.fenced(self.database, reading.attempt) as session:
            reading.source = await keep(session)  # for the next chunk

    @contextlib.asynccontextmanager
    async def _promoting(self, promoter: Promoter) -> AsyncIterator[None]:
        """Promote beside the reading; a failure on one side ends the other.

        When reading fails, what a state covers is still promoted before the failure goes on.
        """
        task = asyncio.create_task(promoter.run())
        reader = asyncio.current_task()

        def stop_reading(done: asyncio.Task[None]) -> None:
            if (
                not done.cancelled()
                and done.exception() is not None
                and promoter.is_reading
                and reader
            ):
                reader.cancel()

        task.add_done_callback(stop_reading)
        try:
            yield
        except asyncio.CancelledError:
            if task.done() and (failure := task.exception()) is not None and reader:
                reader.uncancel()
                raise failure from None
            await _cancelled(task)
            raise
        except AtlasError as failure:
            promoter.finish(failed=True)
            if isinstance(failure, Fenced):
                await _cancelled(task)
            else:
                await task
            raise
        except BaseException:
            await _cancelled(task)
            raise
        promoter.finish(failed=False)
        await task

    # ── after ─────────────────────────────────────────────────────────────────────────────────

    async def _sign_off(self, reading: Reading, session: Session) -> None:
        """Compare the books, and witness the end of every stream.

        Errors: BooksDoNotBalance, RangeHeld, TooMuchQuarantined.
        """
        attempt = reading.attempt
        books = await ledger.books(session, attempt.job_id)
        await self._require_balance(session, reading)
        for stream in reading.connection.streams:
            line = next(line for line in books if line.stream_id == stream.stream_id)
            decisions = reading.promoter.tracks[stream.configured.descriptor].state.decisions
            await self.lineage.completed(
                session, attempt, reading.route, stream.layout, decisions, line
            )
        await limits.require(session, attempt)

    async def _require_balance(self, session: Session, reading: Reading) -> None:
        """Errors: BooksDoNotBalance with the batches named; RangeHeld unless the connection allows it."""
        if unbalanced := await ledger.unbalanced_batches(session, reading.attempt.job_id):
            listed = ", ".join(map(str, unbalanced))
            raise BooksDoNotBalance(
                f"The books of batches {listed} do not balance.", batches=listed
            )
        held = reading.promoter.held()
        if held and reading.connection.on_held is WhenEmpty.FAIL:
            names = ", ".join(str(descriptor) for descriptor in held)
            raise RangeHeld(
                f"A gate holds records of {names} back; they are safe in explore and are tried again "
                "by the next sync. The reason stands in pipeline.promotions; a connection whose jobs shall "
                'be green all the same says so by {"atlas": {"onHeld": "allow"}}.',
                streams=names,
            )


def _log_connector(level: str, message: str) -> None:
    """Pass a connector's own words on; only what it calls an error is shown by default."""
    say = log.warning if level in ("ERROR", "FATAL") else log.debug
    say("connector_said", level=level, message=message)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, AtlasError):
        await task
