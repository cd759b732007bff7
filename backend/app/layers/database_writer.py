"""The three layers' writer: the one place from which records enter a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.ids import BatchId
from app.core.layout import Layout
from app.core.records import Batch
from app.database.pool import Connection, LaneConnection
from app.layers import chart, navigate, quarantine
from app.layers.chart import Fates
from app.layers.explore import Appended, Explore
from app.layers.staging import Staged
from app.layers.tables import Tables


@dataclass(frozen=True, slots=True)
class DatabaseWriter:
    """Writes explore by COPY, chart and navigate in sets; each caller owns the transaction."""

    explore: Explore

    async def write_to_explore(
        self, lane: LaneConnection, layout: Layout, batch_id: BatchId, batch: Batch
    ) -> Appended:
        """Append a batch as it was sent. Errors: CopyInterrupted; nothing of it is there then."""
        return await self.explore.append(lane, Tables.of(layout.table).explore, batch_id, batch)

    async def write_to_chart(self, connection: Connection, staged: Staged) -> Mapping[int, Fates]:
        """Publish a staged range to chart, its bad rows to quarantine.

        Shape: what became of each batch's rows, by batch id.
        """
        await chart.choose(connection, staged)
        fates = await chart.fates_by_batch(connection)
        if any(fate.quarantined for fate in fates.values()):
            await quarantine.keep(connection, staged)
        await chart.upsert(connection, staged, fates)
        return fates

    async def write_to_navigate(
        self, connection: Connection, staged: Staged, recorded_at: datetime
    ) -> Mapping[int, int]:
        """Insert the versions that a staged range brings; how many, by batch id."""
        if not staged.layout.has_key:
            return {}
        await navigate.merge(connection, staged, recorded_at)
        return await navigate.versions_by_batch(connection)
