"""Tells the rows of a generation that chart shows apart by another key, where a stream's mode overwrites.

Chart is that generation alone, so it is made anew from explore. History cannot be: what older generations had
under their key stays under it, and ends as an epoch does (decision 0025); the new key begins another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from app.core.connections import ConnectedStream
from app.core.layout import Layout
from app.database.passing import out_of_the_way
from app.database.pool import Connection as Session
from app.gates.pii import decisions as pii_decisions
from app.layers import backfill, chart, explore, navigate, quarantine, staging
from app.layers.backfill import WithFields
from app.layers.chart import Fates
from app.layers.database_writer import DatabaseWriter
from app.layers.projection import projection_of
from app.sync import ledger
from app.sync.connections import stream_generations, stream_tables
from app.sync.connections.schema_changes import SchemaChange
from app.sync.growth import rekeying
from app.sync.growth.shown import ranges_of_shown
from app.sync.jobs import job_store
from app.sync.promotion import Promotion

log = structlog.get_logger(__name__)

Ranges = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Regenerating:
    """One attempt at one stream, in one transaction: readers see the old rows until it commits."""

    promotion: Promotion
    writer: DatabaseWriter
    stream: ConnectedStream
    change: SchemaChange

    async def run(self) -> None:
        """Errors: KeyNeedsTheSource, BooksDoNotBalance, GateUnavailable, Fenced; all is as before then."""
        async with self.promotion.database.connection() as session:
            await rekeying.require_in_explore(session, self.stream)
            ranges = await ranges_of_shown(session, self.stream)
        await self._decide(ranges)
        await out_of_the_way(partial(self._tell_apart, ranges))
        log.info("generation_rekeyed", stream=str(self.stream.layout.descriptor))

    async def _decide(self, ranges: Ranges) -> None:
        """Look for personal data in what columns that came later will have of older records."""
        columns = [column for column in self.stream.layout.columns if column.since > 1]
        if not columns:
            return
        promotion = self.promotion
        state = await promotion.open(self.stream)
        for after, last in ranges:
            taken = WithFields(after=after, last=last, columns=columns)
            staged = await promotion.shield(state, taken)
            async with job_store.fenced(promotion.database, promotion.attempt) as session:
                await staging.drop(session, staged.table)

    async def _tell_apart(self, ranges: Ranges) -> None:
        promotion, old = self.promotion, self.stream.layout
        fates: dict[int, Fates] = {}
        versions: dict[int, int] = {}
        async with job_store.fenced(promotion.database, promotion.attempt) as session:
            await session.execute("SET LOCAL work_mem = '64MB'")
            await explore.read_by_range(session)
            now = await ledger.next_recorded_at(session, old.stream_id)
            layout = await self._make_room(session, now)
            decisions = await pii_decisions.current(session, old.stream_id)
            own = backfill.lenient(layout)
            projection = projection_of(own, promotion.keys, decisions.values())
            await quarantine.begin_barred(session, old)
            for after, last in ranges:
                now += timedelta(microseconds=1)
                staged = await staging.stage(session, projection, after, last)
                await quarantine.bar(session, old, staged)
                became, told = await self.writer.rekey(session, staged, now)
                await staging.drop(session, staged.table)
                fates |= became
                versions |= told
                await ledger.keep_up(session, layout, last, now)
            await rekeying.finish(
                session, promotion, decisions, layout, self.change, fates, versions
            )

    async def _make_room(self, session: Session, now: datetime) -> Layout:
        """End what history has under the old key, and empty chart; the layout under the new one."""
        old = self.stream.layout
        new = replace(old, primary_key=self.change.primary_key)
        if old.has_key:
            await navigate.end_epoch(session, old)
            new = new.cleared(now, now)
            await stream_generations.note_clear(session, new, self.promotion.attempt.job_id)
        await chart.empty(session, old)
        await stream_tables.follow(session, old, new)
        return new
