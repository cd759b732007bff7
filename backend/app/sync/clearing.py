"""Clears streams: chart is emptied, the source will be read from its beginning, history ends or goes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog

from app.core.connections import ConnectedStream, Connection
from app.core.jobs import Attempt
from app.core.layout import Layout
from app.database.passing import out_of_the_way
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.layers import chart, explore, navigate, tables
from app.layers.tables import Tables
from app.sync import ledger, state_store
from app.sync.connections import stream_generations
from app.sync.datasets import profiles
from app.sync.jobs import job_store

log = structlog.get_logger(__name__)

_REASON = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """One attempt at clearing the streams of a connection: all of them, or none.

    Shape: `connection` has the chosen streams alone. Explore keeps what was sent.
    """

    database: Database
    attempt: Attempt
    connection: Connection

    async def run(self) -> None:
        """Errors: Fenced; nothing is cleared then."""
        await out_of_the_way(partial(self._clear, self.connection.streams))
        log.info("streams_cleared", streams=len(self.connection.streams))

    async def _clear(self, streams: Sequence[ConnectedStream]) -> None:
        async with job_store.fenced(self.database, self.attempt) as session:
            chosen = [stream.configured.descriptor for stream in streams]
            await state_store.forget(session, self.connection.connection_id, chosen)
            for stream in streams:
                await stream_generations.open_generation(
                    session, stream.stream_id, self.attempt.job_id
                )
                await self._clear_stream(session, stream)

    async def _clear_stream(self, session: Session, stream: ConnectedStream) -> None:
        """What waits to be published is not published any more, also where nothing is yet: it would come back."""
        layout, tables_of = stream.layout, Tables.of(stream.layout.table)
        await explore.void_uncovered(session, stream.stream_id, tables_of.explore)
        last = await ledger.last_batch(session, stream.stream_id)
        await ledger.supersede_older(session, self.attempt, layout, last, _REASON)
        now = await ledger.next_recorded_at(session, stream.stream_id)
        if await tables.exists(session, tables_of.chart):
            await self._clear_tables(session, layout, now)
        if last:
            await ledger.move_watermark(session, stream.stream_id, last, now)

    async def _clear_tables(self, session: Session, layout: Layout, now: datetime) -> None:
        stream_id = layout.stream_id
        if layout.has_key and self.attempt.options.removes_history:
            await navigate.forget(session, layout)
            await stream_generations.forget_clears(session, stream_id)
            await profiles.forget_values(session, layout, ())
            layout = replace(layout, clears=())
        elif layout.has_key:
            await navigate.end_epoch(session, layout)
            layout = layout.cleared(now, now)
            await stream_generations.note_clear(session, layout, self.attempt.job_id)
        await chart.empty(session, layout)
        await profiles.outdate(session, stream_id)
        await tables.ensure_views(session, layout)
