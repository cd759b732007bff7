"""Fills columns that came later from what explore has, range by range; it goes on where it was left."""

from dataclasses import dataclass

import structlog

from app.core.connections import ConnectedStream
from app.core.layout import Column
from app.layers import backfill, children, staging
from app.layers.backfill import WithFields
from app.sync import ledger
from app.sync.connections import backfills
from app.sync.connections.backfills import ColumnBackfill
from app.sync.datasets import profiles
from app.sync.jobs import job_store
from app.sync.promotion import Promotion
from app.sync.rebuilding import PublishedRange, published_ranges
from app.sync.taking import StreamState

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfilling:
    """One attempt at one stream's columns; what personal values they bring is decided before they are shown."""

    promotion: Promotion
    stream: ConnectedStream
    asked: ColumnBackfill

    async def run(self) -> None:
        """Errors: GateUnavailable, Fenced; what was filled stays, and another attempt goes on behind it."""
        database, attempt = self.promotion.database, self.promotion.attempt
        async with database.connection() as session:
            ranges = await published_ranges(session, self.stream)
        state = await self.promotion.open(self.stream)
        columns = [c for c in self.stream.layout.columns if c.name in self.asked.columns]
        for part in ranges:
            if columns and part.last > self.asked.through_batch:
                await self._fill(state, part, columns)
        async with job_store.fenced(database, attempt) as session:
            layout = state.layout
            masking = self.promotion.projection(state).masking
            await children.rebuild(session, layout, masking.masked_items(layout))
            await profiles.outdate(session, layout.stream_id)
            await backfills.end(session, layout.stream_id, self.asked.schema_version)

    async def _fill(self, state: StreamState, part: PublishedRange, columns: list[Column]) -> None:
        promotion, layout = self.promotion, self.stream.layout
        taken = WithFields(after=part.after, last=part.last, columns=columns)
        staged = await promotion.shield(state, taken)
        async with job_store.fenced(promotion.database, promotion.attempt) as session:
            recorded_at = await ledger.next_recorded_at(session, layout.stream_id)
            filled = await backfill.fill(session, staged, columns, recorded_at)
            await ledger.keep_up(session, layout, part.last, recorded_at)
            await staging.drop(session, staged.table)
            await backfills.note(
                session, layout.stream_id, self.asked.schema_version, part.last, rows=filled.rows,
                versions=filled.versions, misfits=filled.misfits,
            )  # fmt: skip
        log.info(
            "columns_filled", stream=str(layout.descriptor), rows=filled.rows,
            versions=filled.versions, misfits=filled.misfits,
        )  # fmt: skip
