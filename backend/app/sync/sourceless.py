"""Jobs that ask no source: a clear, a rebuild, an older generation brought back."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from app.core.connections import Connection, Source
from app.core.jobs import Attempt, JobType, Route
from app.core.layout import Layout
from app.database.keys import Keys
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.gates.pii import decisions as pii_decisions
from app.layers import shadow
from app.layers.database_writer import DatabaseWriter
from app.sync.attempts import SyncReport, route_of
from app.sync.clearing import Clearing
from app.sync.generations import BringingBack
from app.sync.jobs import job_store
from app.sync.ports import Lineage
from app.sync.rebuilding import Rebuilding
from app.sync.stopwatch import Stopwatch


def is_sourceless(attempt: Attempt) -> bool:
    """True if the attempt works on what Atlas has already."""
    is_bringing_back = attempt.options.generation is not None
    return attempt.job_type.clears or attempt.job_type is JobType.REBUILD or is_bringing_back


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourceless:
    """Does such a job, and witnesses its beginning and its end; it has no books of its own."""

    database: Database
    writer: DatabaseWriter
    keys: Keys
    lineage: Lineage

    async def run(self, attempt: Attempt, connection: Connection, source: Source) -> SyncReport:
        """Shape: `connection` has the chosen streams alone. Errors: Fenced; what the work itself raises."""
        route, stopwatch = route_of(connection, source), Stopwatch()
        layouts = [stream.layout for stream in connection.streams]
        async with job_store.fenced(self.database, attempt) as session:
            for layout in layouts:
                await self.lineage.started(session, attempt, route, layout)
                await shadow.sweep(session, layout)
        stage = "bring_back" if attempt.options.generation is not None else attempt.job_type.value
        with stopwatch.stage(stage):
            await self._work(attempt, connection)
        sign_off = partial(self._sign_off, attempt, route, layouts)
        return SyncReport(seconds=stopwatch.totals, sign_off=sign_off)

    async def _work(self, attempt: Attempt, connection: Connection) -> None:
        if attempt.job_type.clears:
            await Clearing(database=self.database, attempt=attempt, connection=connection).run()
            return
        work = Rebuilding if attempt.job_type is JobType.REBUILD else BringingBack
        await work(
            database=self.database, attempt=attempt, connection=connection, writer=self.writer,
            keys=self.keys,
        ).run()  # fmt: skip

    async def _sign_off(
        self, attempt: Attempt, route: Route, layouts: Sequence[Layout], session: Session
    ) -> None:
        for layout in layouts:
            decisions = await pii_decisions.current(session, layout.stream_id)
            await self.lineage.completed(session, attempt, route, layout, decisions, None)
