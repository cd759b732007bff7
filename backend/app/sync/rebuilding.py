"""Rebuilds chart and navigate of a stream from explore beside the published ones, and says whether they are
equal; and puts them in their place, if that is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.core.connections import ConnectedStream, Connection
from app.core.jobs import Attempt
from app.database.keys import Keys
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.database.queries import load
from app.gates.pii import decisions as pii_decisions
from app.layers import children, explore, shadow, staging, tables
from app.layers.database_writer import DatabaseWriter
from app.layers.projection import Projection
from app.layers.shadow import Comparison
from app.layers.tables import Tables
from app.sync.jobs import job_store
from app.sync.promotion import projection_of
from app.sync.retention import removing

log = structlog.get_logger(__name__)

SQL = load(__file__)

_BROKEN = "{broken} records that were published break a rule by now: waive it, or mend them at their source"
_NONE = Comparison(equal=0, different=0, missing=0, extra=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What came of one stream.

    Shape: `why_not` says why a stream could not be made again; nothing is swapped then. `examples` are
           keys of rows that are not equal.
    """

    stream: str
    chart: Comparison
    history: Comparison
    is_swapped: bool
    why_not: str | None
    examples: Sequence[str] = ()

    @property
    def is_equal(self) -> bool:
        return self.why_not is None and self.chart.is_equal and self.history.is_equal


@dataclass(frozen=True, slots=True)
class _Range:
    after: int
    last: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilding:
    """One attempt at rebuilding the streams of a connection, one after the other.

    Shape: `connection` has the chosen streams alone. The decisions about personal data, columns, waivers and
           corrections of today hold for all records.
    """

    database: Database
    attempt: Attempt
    connection: Connection
    writer: DatabaseWriter
    keys: Keys

    async def run(self) -> None:
        """Errors: Fenced; what was swapped before stays."""
        for stream in self.connection.streams:
            rebuilt = await self._rebuild(stream)
            async with job_store.fenced(self.database, self.attempt) as session:
                await _note(session, self.attempt, stream, rebuilt)
            log.info(
                "stream_rebuilt",
                stream=rebuilt.stream,
                is_equal=rebuilt.is_equal,
                is_swapped=rebuilt.is_swapped,
            )

    async def _rebuild(self, stream: ConnectedStream) -> Rebuilt:
        layout = stream.layout
        name = str(layout.descriptor)
        if (why_not := await self._why_not(stream)) is not None:
            return Rebuilt(
                stream=name, chart=_NONE, history=_NONE, is_swapped=False, why_not=why_not
            )
        async with job_store.fenced(self.database, self.attempt) as session:
            decisions = await pii_decisions.current(session, stream.stream_id)
            projection = projection_of(shadow.shadow_of(layout), self.keys, decisions.values())
            masks = projection.masking.masks(layout)
            await shadow.make(session, layout, masks)
            ranges = await _ranges(session, stream)
        broken = 0
        for part in ranges:
            broken += await self._fill(stream, projection, part)
        async with job_store.fenced(self.database, self.attempt) as session:
            await session.execute("SET LOCAL work_mem = '64MB'")
            charts = await shadow.compare_charts(session, layout)
            histories = await shadow.compare_histories(session, layout) if layout.has_key else _NONE
            is_swapped = self.attempt.options.swaps and not broken
            if is_swapped:
                await shadow.swap(session, layout)
                await children.rebuild(session, layout, projection.masking.masked_items(layout))
            else:
                await shadow.drop(session, layout)
        return Rebuilt(
            stream=name,
            chart=charts,
            history=histories,
            is_swapped=is_swapped,
            why_not=_BROKEN.format(broken=broken) if broken else None,
        )

    async def _why_not(self, stream: ConnectedStream) -> str | None:
        """Why a stream cannot be made again from explore; none if it can."""
        if stream.layout.sync_mode.overwrites:
            return "its mode replaces chart with each generation: refresh it"
        async with self.database.connection() as session:
            if not await tables.exists(session, Tables.of(stream.layout.table).chart):
                return "nothing of it was published yet"
            lost: int = await session.fetchval(SQL["lost"].format(explore=Tables.of(stream.layout.table).explore), stream.stream_id)  # fmt: skip
            taken, _ = await removing.taken_out(session, stream.stream_id)
        by_policy = f": its retention took {taken} out" if taken else ""
        return f"explore has no longer {lost} of its records{by_policy}" if lost else None

    async def _fill(self, stream: ConnectedStream, projection: Projection, part: _Range) -> int:
        async with job_store.fenced(self.database, self.attempt) as session:
            await session.execute("SET LOCAL work_mem = '64MB'")
            await explore.read_by_range(session)
            staged = await staging.stage(
                session, projection, part.after, part.last, sent_as=stream.layout
            )
            broken = await self.writer.rebuild(session, staged, part.recorded_at)
            await staging.drop(session, staged.table)
        return broken


async def found(session: Session, job_id: int) -> Sequence[Rebuilt]:
    """What a job's rebuild came to, one line a stream, in the order of the connection."""
    rows = await session.fetch(SQL["found"], job_id)
    return [
        Rebuilt(
            stream=row["name"],
            examples=row["examples"],
            chart=Comparison(equal=row["chart_equal"], different=row["chart_different"], missing=row["chart_missing"], extra=row["chart_extra"]),
            history=Comparison(equal=row["history_equal"], different=row["history_different"], missing=row["history_missing"], extra=row["history_extra"]),
            is_swapped=row["is_swapped"],
            why_not=row["why_not"],
        )
        for row in rows
    ]  # fmt: skip


async def _ranges(session: Session, stream: ConnectedStream) -> Sequence[_Range]:
    rows = await session.fetch(SQL["ranges"], stream.stream_id)
    return [_Range(row["after_batch"], row["last_batch"], row["recorded_at"]) for row in rows]


async def _note(
    session: Session, attempt: Attempt, stream: ConnectedStream, rebuilt: Rebuilt
) -> None:
    charts, histories = rebuilt.chart, rebuilt.history
    await session.execute(
        SQL["note"], attempt.job_id, stream.stream_id, charts.equal, charts.different, charts.missing,
        charts.extra, histories.equal, histories.different, histories.missing, histories.extra,
        [*charts.examples, *histories.examples], rebuilt.is_swapped, rebuilt.why_not,
    )  # fmt: skip
