"""Makes chart and history of a stream anew from explore, its rows told apart by another key.

Beside the published tables, range by range, and then in their place in one transaction: until then readers see
what was there, and what an attempt that died has made is made again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from app.core.catalog import Path
from app.core.connections import ConnectedStream
from app.core.errors import KeyNeedsTheSource
from app.core.findings import PathDecision
from app.core.layout import Layout
from app.database.pool import Connection as Session
from app.layers import backfill, children, explore, quarantine, shadow, staging
from app.layers.chart import Fates
from app.layers.database_writer import DatabaseWriter
from app.layers.projection import Projection, projection_of
from app.layers.staging import Staged
from app.sync import ledger
from app.sync.connections import schema_changes, stream_growth
from app.sync.connections.schema_changes import SchemaChange
from app.sync.datasets import profiles
from app.sync.growth.shown import lost_of_shown
from app.sync.jobs import job_store
from app.sync.promotion import Promotion
from app.sync.rebuilding import PublishedRange, lost_from_explore, published_ranges
from app.sync.taking import StreamState

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A published range of explore, as it is under another key. Source: taking.Taking.

    Shape: `layout` is that of the tables beside the published ones, `columns` those that are new.
    """

    part: PublishedRange
    layout: Layout
    sent_as: Layout
    new: backfill.WithFields | None

    async def sample(self, connection: Session, layout: Layout, wanted: int) -> Sequence[bytes]:
        """Of fields that were not looked at before, if there are any."""
        return [] if self.new is None else await self.new.sample(connection, layout, wanted)

    async def project(self, connection: Session, projection: Projection) -> Staged:
        await explore.read_by_range(connection)
        part = self.part
        layout = replace(backfill.lenient(self.layout), schema_version=part.schema_version)
        own = replace(projection, layout=layout)
        return await staging.stage(connection, own, part.after, part.last, sent_as=self.sent_as)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeying:
    """One attempt at one stream."""

    promotion: Promotion
    writer: DatabaseWriter
    stream: ConnectedStream
    change: SchemaChange

    async def run(self) -> None:
        """Errors: KeyNeedsTheSource, BooksDoNotBalance, GateUnavailable, Fenced; the tables are as before then."""
        database, attempt = self.promotion.database, self.promotion.attempt
        async with database.connection() as session:
            await require_in_explore(session, self.stream)
        state = await self.promotion.open(self.stream)
        while not await self._make(state):
            log.info("rekeying_begins_anew", stream=str(self.layout.descriptor))
        log.info(
            "stream_rekeyed", stream=str(self.layout.descriptor), job_id=attempt.job_id,
            key=len(self.change.primary_key),
        )  # fmt: skip

    @property
    def layout(self) -> Layout:
        """The stream's layout under the new key."""
        return replace(self.stream.layout, primary_key=self.change.primary_key)

    async def _make(self, state: StreamState) -> bool:
        """Make the tables and put them in place; false if a mask came meanwhile, which all rows must have."""
        promotion, beside, decided = self.promotion, shadow.shadow_of(self.layout), state.decided
        fates: dict[int, Fates] = {}
        versions: dict[int, int] = {}
        async with job_store.fenced(promotion.database, promotion.attempt) as session:
            masks = promotion.projection(state).masking.masks(self.layout)
            await shadow.make(session, self.layout, masks, has_history=self.stream.layout.has_key)
            await quarantine.begin_barred(session, self.stream.layout)
            ranges = await published_ranges(session, self.stream)
        for part in ranges:
            staged = await promotion.shield(state, self._taken(part, beside))
            if state.decided != decided:
                return False
            async with job_store.fenced(promotion.database, promotion.attempt) as session:
                await session.execute("SET LOCAL work_mem = '64MB'")
                await quarantine.bar(session, self.stream.layout, staged)
                became, told = await self.writer.rekey(session, staged, part.recorded_at)
                await staging.drop(session, staged.table)
            fates |= became
            versions |= told
        async with job_store.fenced(promotion.database, promotion.attempt) as session:
            await self._put_in_place(session, state, fates, versions)
        return True

    async def _put_in_place(
        self,
        session: Session,
        state: StreamState,
        fates: dict[int, Fates],
        versions: dict[int, int],
    ) -> None:
        layout = self.layout
        await shadow.swap(session, layout)
        await finish(session, self.promotion, state.decisions, layout, self.change, fates, versions)

    def _taken(self, part: PublishedRange, beside: Layout) -> Beside:
        own = self.stream.layout
        columns = [column for column in own.columns if column.since > 1]
        new = backfill.WithFields(after=part.after, last=part.last, columns=columns)
        return Beside(part=part, layout=beside, sent_as=own, new=new if columns else None)


async def finish(
    session: Session,
    promotion: Promotion,
    decisions: Mapping[Path, PathDecision],
    layout: Layout,
    change: SchemaChange,
    fates: Mapping[int, Fates],
    versions: Mapping[int, int],
) -> None:
    """Chart and history are by another key: let quarantine, books, child tables and the change follow them."""
    await quarantine.keep_barred(session, layout)
    await ledger.restate(session, promotion.attempt, layout, fates, versions)
    await stream_growth.tell_apart_by(
        session, layout.stream_id, layout.primary_key, layout.cursor_field
    )
    masking = projection_of(layout, promotion.keys, decisions.values()).masking
    await children.rebuild(session, layout, masking.masked_items(layout))
    await profiles.outdate(session, layout.stream_id)
    await schema_changes.settle(session, promotion.attempt, change)


async def require_in_explore(session: Session, stream: ConnectedStream) -> None:
    """Errors: KeyNeedsTheSource if explore has not all that chart, or the generation it shows, is made of."""
    layout = stream.layout
    if layout.sync_mode.overwrites:
        lost = await lost_of_shown(session, stream)
    else:
        lost = await lost_from_explore(session, stream)
    if lost:
        raise KeyNeedsTheSource(
            f"Rows of {layout.descriptor} cannot be told apart anew by another key: explore has no longer {lost} "
            "of its records. Clear the stream (a job of type clear; what was alive ends in history, and stays "
            "readable), then adopt the change: the next sync reads it from its beginning under the new key.",
            stream=str(layout.descriptor),
        )
