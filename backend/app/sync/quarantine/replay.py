"""Takes records of quarantine through the house again, from staging on, at their own places.

It is an attempt as any other: it holds the connection's only job, begins each transaction with the fence,
and may be done again. The source is not asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

import structlog

from app.core.catalog import Path, StreamDescriptor
from app.core.connections import ConnectedStream
from app.core.failures import (
    BooksDoNotBalance,
    MaskKeyMismatch,
    RangeHeld,
)
from app.core.findings import PathDecision
from app.core.ids import JobId
from app.core.jobs import Attempt, Ledger
from app.core.layout import Layout
from app.database import mask_key
from app.database.identifiers import Table
from app.database.passing import out_of_the_way
from app.database.pool import Connection as Session
from app.gates.pii import decisions as pii_decisions
from app.gates.quality import results as quality_results
from app.layers import navigate, replaying, staging, tables
from app.layers.projection import Projection, projection_of
from app.layers.replaying import BatchFates
from app.layers.staging import Staged
from app.layers.tables import Tables
from app.sync import ledger
from app.sync.attempts import SyncReport, route_of
from app.sync.connections import connection_store
from app.sync.jobs import job_store
from app.sync.orchestrator import SyncOrchestrator
from app.sync.promotion import Promotion
from app.sync.quarantine import replays
from app.sync.quarantine.replays import Choice
from app.sync.stopwatch import Stopwatch
from app.sync.taking import Audited, StreamState

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What would become of a stream's records.

    Shape: `picked` of the chosen records can come back now; the others wait for their batch to be
           published, or are of a generation that is over. `rules` are those still broken, by how many.
    """

    stream: StreamDescriptor
    picked: int
    landed: int
    charted: int
    superseded: int
    deleted: int
    quarantined: int
    versions: int
    rules: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Picked:
    """What a job replays of one stream, to be taken to staging. Source: promotion.Taking."""

    job_id: JobId

    async def sample(self, connection: Session, layout: Layout, wanted: int) -> Sequence[bytes]:
        await replaying.pick_of_job(connection, layout, self.job_id)
        return await replaying.sample(connection, wanted)

    async def project(self, connection: Session, projection: Projection) -> Staged:
        layout = projection.layout
        await replaying.pick_of_job(connection, layout, self.job_id)
        return await replaying.stage(connection, projection, replaying.replay_table(layout))


@dataclass(frozen=True, slots=True)
class Replayed:
    """One stream's part of a replay, published."""

    stream: ConnectedStream
    decisions: Mapping[Path, PathDecision]
    books: Ledger


@dataclass(frozen=True, slots=True)
class Replayer:
    """Knows the order of the stations for what comes back; the stations are those of a sync."""

    stations: SyncOrchestrator

    async def run(self, attempt: Attempt) -> SyncReport:
        """Replay what the attempt's job is about, a transaction a stream.

        Errors: MaskKeyMismatch; RangeHeld if a gate holds the records back; BooksDoNotBalance; Fenced. The
                streams that were published stay, and another attempt leaves them as they are.
        """
        promotion, streams = await self._prepare(attempt)
        each = [await self._replay(promotion, stream) for stream in streams]
        done = [replayed for replayed in each if replayed is not None]
        return SyncReport(
            seconds=promotion.stopwatch.totals, sign_off=partial(_sign_off, promotion, done)
        )

    async def foresee(self, choice: Choice) -> Sequence[Foreseen]:
        """What a replay would do now, changing nothing: all of it is rolled back.

        Shape:  one a stream of which something can come back; by the decisions about personal data that
                stand, and before the quality gate, which looks at committed rows alone.
        Errors: ConnectionNotFound, NothingToReplay, MaskKeyMismatch.
        """
        found = []
        async with self.stations.database.rehearsal() as session:
            connection = await connection_store.present(session, choice.connection_id)
            if await mask_key.is_right(session, self.stations.keys) is False:
                raise MaskKeyMismatch(f"The mask key is not this database's. {mask_key.TO_MEND}")
            for stream in connection.streams:
                await replaying.begin(session)
                await replays.want(session, choice)
                picked = await replaying.pick(session, stream.layout)
                if picked:
                    found.append(await self._foresee(session, stream, picked))
        return found

    # ── one stream ────────────────────────────────────────────────────────────────────────────

    async def _prepare(self, attempt: Attempt) -> tuple[Promotion, Sequence[ConnectedStream]]:
        stations = self.stations
        async with stations.database.connection() as session:
            connection = await connection_store.get_connection(session, attempt.connection_id)
            source = await connection_store.get_source(session, connection.source_id)
            await mask_key.require(session, stations.keys, attempt.attempt_id)
        promotion = Promotion(
            database=stations.database, attempt=attempt, writer=stations.writer, keys=stations.keys,
            pii=stations.pii, scan=stations.scan, quality=stations.quality,
            hard_deletes=connection.hard_deletes, route=route_of(connection, source),
            follows_schema=False, column_limit=stations.column_limit,
            lineage=stations.lineage, stopwatch=Stopwatch(),
        )  # fmt: skip
        return promotion, connection.streams

    async def _replay(self, promotion: Promotion, stream: ConnectedStream) -> Replayed | None:
        """Stage, audit and publish what comes back of a stream; none if that is nothing (any more)."""
        attempt, layout = promotion.attempt, stream.layout
        async with job_store.fenced(promotion.database, attempt) as session:
            if not await replaying.pick_of_job(session, layout, attempt.job_id):
                return None
            await promotion.lineage.started(session, attempt, promotion.route, layout)
        state = await promotion.open(stream)
        audited = await promotion.take(state, Picked(attempt.job_id))
        if audited.held:
            async with job_store.fenced(promotion.database, attempt) as session:
                await staging.drop(session, audited.staged.table)
            raise RangeHeld(
                f"A gate holds the records of {layout.descriptor} back ({audited.held}); they stay in "
                "quarantine as they were.",
                streams=str(layout.descriptor),
            )
        books = await out_of_the_way(partial(self._publish, promotion, state, audited))
        log.info(
            "quarantine_replayed", stream=str(layout.descriptor), charted=books.charted,
            superseded=books.superseded, deleted=books.deleted, quarantined=books.quarantined,
        )  # fmt: skip
        return Replayed(stream, dict(state.decisions), books)

    async def _publish(self, promotion: Promotion, state: StreamState, audited: Audited) -> Ledger:
        """One transaction: explore, chart, navigate, quarantine and the books, or none of them."""
        attempt, layout, staged = promotion.attempt, state.layout, audited.staged
        async with job_store.fenced(promotion.database, attempt) as session:
            await session.execute("SET LOCAL work_mem = '64MB'")
            recorded_at = await ledger.next_recorded_at(session, layout.stream_id)
            picked = await replaying.pick_of_job(session, layout, attempt.job_id)
            with promotion.stopwatch.stage("chart"):
                fates, versions = await self.stations.writer.replay(session, staged, recorded_at)
            _require_all(layout, picked, fates)
            if layout.sync_mode.overwrites and layout.has_key:
                seen_at = await session.fetchval("SELECT now()")
                older = await replays.before_shown(session, layout.stream_id)
                parts = [replace(staged, after=older)]
                await navigate.bring_back(session, layout, parts, recorded_at, seen_at)
            await replaying.settle(session, layout, attempt.job_id)
            promotion_id = await ledger.adjust(
                session, attempt, layout, fates, versions, audited.began_at
            )
            await ledger.keep_up(session, layout, max(fates), recorded_at)
            books = _books(layout, fates, versions)
            await promotion.lineage.published(
                session, attempt, promotion.route, layout, state.decisions, books
            )
            if audited.audit is not None:
                shown = pii_decisions.clean_columns(layout, state.decisions.values())
                await quality_results.add(session, promotion_id, audited.audit, layout, shown)
            await staging.drop(session, staged.table)
        return books

    async def _foresee(self, session: Session, stream: ConnectedStream, picked: int) -> Foreseen:
        layout = stream.layout
        known = await pii_decisions.current(session, stream.stream_id)
        projection = projection_of(layout, self.stations.keys, known.values())
        if not await tables.exists(session, Tables.of(layout.table).chart):
            await tables.ensure_published(session, layout, projection.masking.masks(layout))
        # its own name: a replay of the stream may be under way
        table = Table("staging", f"{layout.table}_p{uuid4().hex[:8]}")
        staged = await replaying.stage(session, projection, table)
        fates = await self.stations.writer.foresee(session, staged)
        versions = await navigate.versions_by_batch(session) if layout.has_key else {}
        books = _books(layout, fates, versions)
        return Foreseen(
            stream=layout.descriptor,
            picked=picked,
            landed=books.explored,
            charted=books.charted,
            superseded=books.superseded,
            deleted=books.deleted,
            quarantined=books.quarantined,
            versions=books.versions,
            rules=await replaying.broken_rules(session),
        )


async def _sign_off(promotion: Promotion, done: Sequence[Replayed], session: Session) -> None:
    """Witness the end of every stream's part."""
    for one in done:
        await promotion.lineage.completed(
            session, promotion.attempt, promotion.route, one.stream.layout, one.decisions, one.books
        )


def _require_all(layout: Layout, picked: int, fates: Mapping[int, BatchFates]) -> None:
    """Errors: BooksDoNotBalance if a record that was picked became nothing, or two things."""
    accounted = sum(
        f.fates.charted + f.fates.superseded + f.fates.quarantined + f.fates.deleted
        for f in fates.values()
    )
    if accounted != picked:
        raise BooksDoNotBalance(
            f"Of {picked} records of {layout.descriptor} that were to come back, {accounted} did; nothing "
            "of the replay is published.",
            stream=str(layout.descriptor),
        )


def _books(layout: Layout, fates: Mapping[int, BatchFates], versions: Mapping[int, int]) -> Ledger:
    """The replay's own books: nothing was read; `explored` is what explore has now and could not take."""
    counted = [found.fates for found in fates.values()]
    return Ledger(
        stream_id=layout.stream_id,
        namespace=layout.descriptor.namespace,
        name=layout.descriptor.name,
        table=layout.table,
        read=0,
        rejected=0,
        unchanged=0,
        explored=sum(found.landed for found in fates.values()),
        charted=sum(fate.charted for fate in counted),
        superseded=sum(fate.superseded for fate in counted),
        quarantined=sum(fate.quarantined for fate in counted),
        deleted=sum(fate.deleted for fate in counted),
        held=0,
        versions=sum(versions.values()),
        size_bytes=0,
        is_balanced=True,
    )
