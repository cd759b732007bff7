"""Rebuilds chart and navigate of a stream from explore beside the published ones, and says whether they are
equal; and puts them in their place, if that is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from app.core.connections import ConnectedStream, Connection
from app.core.findings import mask_of
from app.core.jobs import Attempt
from app.database.keys import Keys
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.database.queries import load
from app.gates.pii import decisions as pii_decisions
from app.layers import children, explore, navigate, shadow, staging, tables
from app.layers.database_writer import DatabaseWriter
from app.layers.projection import Projection, projection_of
from app.layers.shadow import Comparison
from app.layers.tables import Tables
from app.sync import missing_keys
from app.sync.jobs import job_store
from app.sync.retention import removing

log = structlog.get_logger(__name__)

SQL = load(__file__)

_BROKEN = "{broken} records that were published break a rule by now: waive it, or mend them at their source"
_EMPTY = "explore makes no row of it, and chart has {missing}: by the books it would be empty"
_NONE = Comparison(equal=0, different=0, missing=0, extra=0)
_NEVER = datetime.max.replace(tzinfo=UTC)


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
class PublishedRange:
    """Batches in (after, last] that one promotion published, when it recorded them, and by which schema version."""

    after: int
    last: int
    recorded_at: datetime
    schema_version: int


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
        async with self.database.connection() as session:
            decisions = await pii_decisions.current(session, stream.stream_id)
        projection = projection_of(shadow.shadow_of(layout), self.keys, decisions.values())
        fill = self._fill_generation if layout.sync_mode.overwrites else self._fill_all
        broken = await fill(stream, projection)
        async with job_store.fenced(self.database, self.attempt) as session:
            await session.execute("SET LOCAL work_mem = '64MB'")
            charts = await shadow.compare_charts(session, layout)
            histories = await shadow.compare_histories(session, layout) if layout.has_key else _NONE
            why_not = _BROKEN.format(broken=broken) if broken else None
            if why_not is None and charts.would_empty:
                why_not = _EMPTY.format(missing=charts.missing)
            is_swapped = self.attempt.options.swaps and why_not is None
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
            why_not=why_not,
        )

    async def _why_not(self, stream: ConnectedStream) -> str | None:
        """Why a stream cannot be made again from explore; none if it can."""
        layout = stream.layout
        names = Tables.of(layout.table)
        async with self.database.connection() as session:
            if not await tables.exists(session, names.chart):
                return "nothing of it was published yet"
            if not layout.sync_mode.overwrites:
                lost, of = await lost_from_explore(session, stream), "of its records"
            elif await _has_hidden_order(session, stream):
                return "its cursor is masked, or was, and the order of older versions is not in history: refresh it"
            else:
                shown = await _present(session, stream)
                if shown.generation is None:
                    return None
                lost = await session.fetchval(SQL["lost_of_generation"].format(explore=names.explore), stream.stream_id, shown.generation)  # fmt: skip
                of = "records of what chart shows"
            taken, _ = await removing.taken_out(session, stream.stream_id)
        by_policy = f": its retention took {taken} out" if taken else ""
        return f"explore has no longer {lost} {of}{by_policy}" if lost else None

    async def _fill_all(self, stream: ConnectedStream, projection: Projection) -> int:
        """Make all that was published of this epoch again; how many records break a rule only by now."""
        async with job_store.fenced(self.database, self.attempt) as session:
            masks = projection.masking.masks(stream.layout)
            await shadow.make(session, stream.layout, masks)
            ranges = await published_ranges(session, stream)
        return sum([await self._fill(stream, projection, part) for part in ranges])

    async def _fill_generation(self, stream: ConnectedStream, projection: Projection) -> int:
        """Make the generation again that chart shows, and what it brought to history; what history had before
        stays as it is. One transaction, for keys that the generation does not have end once all of it is there.
        """
        layout, masks = stream.layout, projection.masking.masks(stream.layout)
        twin, broken, parts = projection.layout, 0, []
        async with job_store.fenced(self.database, self.attempt) as session:
            await session.execute("SET LOCAL work_mem = '64MB'")
            await explore.read_by_range(session)
            shown = await _present(session, stream)
            await shadow.make(session, layout, masks, since=shown.since)
            if shown.generation is None:
                return 0
            found = await session.fetch(
                SQL["ranges_of_generation"], stream.stream_id, shown.generation
            )
            for part in found:
                staged = await staging.stage(
                    session, projection, part["after_batch"], part["last_batch"], sent_as=layout
                )
                broken += await self.writer.rebuild(session, staged, shown.since)
                parts.append(staged)
            if layout.has_key:
                await navigate.bring_back(session, twin, parts, shown.since, shown.since)
                policy = self.connection.hard_deletes
                if await missing_keys.have_ended(session, layout, policy, shown.generation):
                    await navigate.end_missing(session, twin, parts, shown.since, shown.since)
            for staged in parts:
                await staging.drop(session, staged.table)
        return broken

    async def _fill(
        self, stream: ConnectedStream, projection: Projection, part: PublishedRange
    ) -> int:
        known_as = replace(projection.layout, schema_version=part.schema_version)
        projection = replace(projection, layout=known_as)
        async with job_store.fenced(self.database, self.attempt) as session:
            await session.execute("SET LOCAL work_mem = '64MB'")
            await explore.read_by_range(session)
            staged = await staging.stage(
                session, projection, part.after, part.last, sent_as=stream.layout
            )
            broken = await self.writer.rebuild(session, staged, part.recorded_at)
            await staging.drop(session, staged.table)
        return broken


@dataclass(frozen=True, slots=True)
class _Shown:
    """What chart shows, and since when. Shape: no generation, since the end of time, where a clear or a full refresh
    emptied it: all that history has was there before."""

    generation: int | None
    since: datetime


async def _present(session: Session, stream: ConnectedStream) -> _Shown:
    row = await session.fetchrow(SQL["present"], stream.stream_id)
    if row is None or row["generation_id"] is None:  # chart shows nothing that was published
        return _Shown(None, _NEVER)
    return _Shown(row["generation_id"], row["at"])


async def _has_hidden_order(session: Session, stream: ConnectedStream) -> bool:
    """True if versions are in the order of a cursor that history does not have in clear."""
    layout = stream.layout
    if not (layout.has_key and layout.orders_by_cursor):
        return False
    column = layout.column_of(layout.cursor_field)
    decided = await pii_decisions.current(session, stream.stream_id)
    if column is None or mask_of(decided, column.path) is not None:
        return True
    was_masked = column.name in await tables.kept_as_text(session, layout)
    return was_masked and await shadow.has_tokens(session, layout, column, _NEVER)


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


async def lost_from_explore(session: Session, stream: ConnectedStream) -> int:
    """How many records the books say explore has, and it has no longer."""
    statement = SQL["lost"].format(explore=Tables.of(stream.layout.table).explore)
    lost: int = await session.fetchval(statement, stream.stream_id)
    return lost


async def published_ranges(session: Session, stream: ConnectedStream) -> Sequence[PublishedRange]:
    """The ranges that made what chart has, in order, since the stream was last read from its beginning."""
    rows = await session.fetch(SQL["ranges"], stream.stream_id)
    return [
        PublishedRange(
            row["after_batch"], row["last_batch"], row["recorded_at"], row["schema_version"]
        )
        for row in rows
    ]


async def _note(
    session: Session, attempt: Attempt, stream: ConnectedStream, rebuilt: Rebuilt
) -> None:
    charts, histories = rebuilt.chart, rebuilt.history
    await session.execute(
        SQL["note"], attempt.job_id, stream.stream_id, charts.equal, charts.different, charts.missing,
        charts.extra, histories.equal, histories.different, histories.missing, histories.extra,
        [*charts.examples, *histories.examples], rebuilt.is_swapped, rebuilt.why_not,
    )  # fmt: skip
