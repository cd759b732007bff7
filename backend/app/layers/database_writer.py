"""The three layers' writer: the one place from which records enter a table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.ids import BatchId
from app.core.layout import Layout
from app.core.records import Batch
from app.database.pool import Connection, LaneConnection
from app.layers import chart, children, navigate, quarantine, replaying, staging
from app.layers.chart import Fates
from app.layers.explore import Appended, Explore
from app.layers.replaying import BatchFates
from app.layers.staging import Staged
from app.layers.tables import Tables


@dataclass(frozen=True, slots=True)
class DatabaseWriter:
    """Writes explore by COPY, chart and navigate in sets; each caller owns the transaction."""

    explore: Explore

    async def write_to_explore(
        self, lane: LaneConnection, layout: Layout, batch_id: BatchId, batch: Batch
    ) -> Appended:
        """Append a batch as it was sent. Errors: CopyInterrupted, DatabaseFull; nothing of it is there then."""
        return await self.explore.append(lane, Tables.of(layout.table).explore, batch_id, batch)

    async def recognise(
        self, connection: Connection, staged: Staged, recorded_at: datetime
    ) -> Staged:
        """The range; if each of its rows is good and begins a key of its own, new and in chart."""
        if not staged.layout.keeps_newest_in_chart:
            return staged
        if not await chart.insert_new(connection, staged, recorded_at):
            return staged
        return replace(staged, new_rows=await staging.rows_by_batch(connection, staged))

    async def choose(self, connection: Connection, staged: Staged) -> Mapping[int, Fates]:
        """Say what becomes of a range's rows, by batch id; the bad ones are in quarantine then."""
        if staged.new_rows is not None:
            return {batch_id: Fates(rows, 0, 0, 0) for batch_id, rows in staged.new_rows.items()}
        await chart.choose(connection, staged)
        fates = await chart.fates_by_batch(connection)
        if any(fate.quarantined for fate in fates.values()):
            await quarantine.keep(connection, staged)
        return fates

    async def retire(self, connection: Connection, staged: Staged, recorded_at: datetime) -> None:
        """Let history have the versions that chart is about to lose to newer ones."""
        if staged.layout.keeps_newest_in_chart and staged.new_rows is None:
            await navigate.find(connection, staged)
            await navigate.retire(connection, staged, recorded_at)

    async def write_to_chart(
        self,
        connection: Connection,
        staged: Staged,
        fates: Mapping[int, Fates],
        recorded_at: datetime,
    ) -> None:
        """Publish the chosen rows of a range to chart. Shape: after `retire`."""
        if staged.new_rows is None:
            await chart.write(connection, staged, fates, recorded_at)
        await children.follow(connection, staged)

    async def write_to_navigate(
        self,
        connection: Connection,
        staged: Staged,
        recorded_at: datetime,
        *,
        goes_on: bool = False,
    ) -> Mapping[int, int]:
        """Insert the versions that a staged range brings, after chart; how many, by batch id.

        Shape: `goes_on` if a range before this one is published with it.
        """
        if not staged.layout.has_key:
            return {}
        if staged.new_rows is not None:
            return staged.new_rows
        if not staged.layout.keeps_newest_in_chart:
            await navigate.find(connection, staged)
        await navigate.merge(connection, staged, recorded_at, goes_on=goes_on)
        return await navigate.versions_by_batch(connection)

    async def rebuild(self, connection: Connection, staged: Staged, recorded_at: datetime) -> int:
        """Write a range again that was published before; how many of its rows break a rule only by now.

        Shape: what is in quarantine stays there; rows that break a rule are not written.
        """
        broken = await quarantine.keep_out(connection, staged)
        await chart.choose(connection, staged)
        fates = await chart.fates_by_batch(connection)
        if staged.layout.has_key:
            await navigate.find(connection, staged)
        if staged.layout.keeps_newest_in_chart:
            await navigate.retire(connection, staged, recorded_at)
        await chart.write(connection, staged, fates, recorded_at)
        if staged.layout.has_key:
            await navigate.merge(connection, staged, recorded_at, goes_on=True)
        return broken

    async def rekey(
        self, connection: Connection, staged: Staged, recorded_at: datetime
    ) -> tuple[Mapping[int, Fates], Mapping[int, int]]:
        """Write a range again that was published before, under another key.

        Shape: what became of it now and the versions that it brings, each by batch id; needs that what
               quarantine has of it is kept out.
        """
        await chart.choose(connection, staged)
        fates = await chart.fates_by_batch(connection)
        await navigate.find(connection, staged)
        if staged.layout.keeps_newest_in_chart:
            await navigate.retire(connection, staged, recorded_at)
        await chart.write(connection, staged, fates, recorded_at)
        await navigate.merge(connection, staged, recorded_at, goes_on=True)
        return fates, await navigate.versions_by_batch(connection)

    async def replay(
        self, connection: Connection, staged: Staged, recorded_at: datetime
    ) -> tuple[Mapping[int, BatchFates], Mapping[int, int]]:
        """Publish what was picked of quarantine to explore, chart and navigate.

        Shape: what became of it and the versions that it brings, each by batch id; needs `picked`.
        """
        layout = staged.layout
        await replaying.land(connection, layout)
        fates = await self.foresee(connection, staged)
        if layout.keeps_newest_in_chart:
            await navigate.retire(connection, staged, recorded_at)
        chosen = {batch_id: found.fates for batch_id, found in fates.items()}
        await chart.write(connection, staged, chosen, recorded_at)
        await children.follow(connection, staged)
        if not layout.has_key:
            return fates, {}
        await navigate.merge(connection, staged, recorded_at, goes_on=False)
        return fates, await navigate.versions_by_batch(connection)

    async def foresee(self, connection: Connection, staged: Staged) -> Mapping[int, BatchFates]:
        """What becomes of what was picked, by batch id, in temporary tables alone."""
        await chart.choose(connection, staged)
        if not staged.layout.sync_mode.dedupes:
            await replaying.set_known_apart(connection, staged)
        if staged.layout.has_key:
            await navigate.find(connection, staged)
        return await replaying.fates(connection, staged)
