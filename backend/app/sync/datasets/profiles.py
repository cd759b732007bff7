"""Profiles of datasets: what chart holds, found when somebody asks and a promotion came between; and what arrived.

The figures of ranges are a by-product of publishing, but rows that were updated, deleted or replaced are still in
them: what a dataset is now, chart alone can say (decision 0024).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from app.core.connections import ConnectedStream
from app.core.errors import ProfileTookTooLong, StreamNotFound
from app.core.failures import (
    StatementTookTooLong,
)
from app.core.findings import PathDecision
from app.core.ids import ConnectionId, StreamId
from app.core.layout import Layout
from app.database.passing import passing_failures
from app.database.pool import Connection, Database
from app.database.queries import load
from app.gates.pii import decisions as pii_decisions
from app.gates.quality import figures
from app.gates.quality.figures import ColumnFigures
from app.layers import profile as layers
from app.layers.profile import ChartProfile, ColumnProfile, Spread
from app.sync.datasets import dataset_store
from app.sync.datasets.dataset_store import Freshness

SQL = load(__file__)

LIMIT_S = 4.0
"""For each of the two statements that read chart: an answer of the API has ten seconds by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A profile as it was found, after the promotion of `recorded_at`."""

    profiled_at: datetime
    recorded_at: datetime
    chart: ChartProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known of a dataset.

    Shape: `saved` none before the first promotion; `is_stale` if a promotion came since and a new profile took
           too long; `arrived` by column, the figures of all ranges together; `shown` are the columns of which
           values are told.
    """

    stream: ConnectedStream
    freshness: Freshness
    saved: Saved | None
    is_stale: bool
    arrived: Mapping[str, ColumnFigures]
    shown: frozenset[str]

    def column(self, name: str) -> ColumnProfile | None:
        """What chart holds of a column; none before the first promotion."""
        columns = self.saved.chart.columns if self.saved else ()
        return next((column for column in columns if column.column == name), None)

    def is_estimate(self, column: ColumnProfile) -> bool:
        """True if the column's distinct values were counted in a part of the rows."""
        return self.saved is not None and column.counted < self.saved.chart.rows

    @property
    def newest_at(self) -> str | None:
        """The newest instant of the cursor that arrived, in ISO 8601; none if it is none, or not shown."""
        layout = self.stream.layout
        cursor = layout.column_of(layout.cursor_field)
        if cursor is None or not cursor.type.is_instant or cursor.name not in self.arrived:
            return None
        return self.arrived[cursor.name].high_text


async def of_dataset(
    database: Database, connection_id: ConnectionId, name: str, namespace: str | None
) -> Profile:
    """The profile of a dataset, made anew if a promotion came since.

    Errors: ConnectionNotFound, StreamNotFound; ProfileTookTooLong if there is no older one to show either.
    """
    async with database.connection() as connection:
        stream = await dataset_store.find(connection, connection_id, name, namespace)
    is_stale = False
    try:
        await _bring_up_to_date(database, stream.layout)
    except ProfileTookTooLong:
        async with database.connection() as connection:
            if await _saved(connection, stream.layout) is None:
                raise
        is_stale = True
    async with database.connection() as connection:
        return replace(await known(connection, stream), is_stale=is_stale)


async def known(connection: Connection, stream: ConnectedStream) -> Profile:
    """What is known already, making nothing: stale where a promotion came since."""
    decisions = await pii_decisions.current(connection, stream.stream_id)
    fresh = await dataset_store.freshness(connection, stream.stream_id)
    saved = await _saved(connection, stream.layout)
    return Profile(
        stream=stream,
        freshness=fresh,
        saved=saved,
        is_stale=saved is not None and saved.recorded_at != fresh.promoted_at,
        arrived=await figures.arrived(connection, stream.stream_id),
        shown=pii_decisions.clean_columns(stream.layout, decisions.values()),
    )


async def of_items(
    database: Database, connection_id: ConnectionId, name: str, namespace: str | None, field: str
) -> Profile:
    """The profile of a child table, the items of a field's arrays; made anew whenever somebody asks.

    Shape:  nothing `arrived`, for items are made of chart.
    Errors: ConnectionNotFound, StreamNotFound, ProfileTookTooLong.
    """
    async with database.connection() as connection:
        stream = await dataset_store.find(connection, connection_id, name, namespace)
        fresh = await dataset_store.freshness(connection, stream.stream_id)
        decisions = await pii_decisions.current(connection, stream.stream_id)
    child = next((one for one in stream.layout.children if one.field == field), None)
    if child is None:
        raise StreamNotFound("The stream has no child table of this field.")
    layout = replace(stream.layout, table=child.table, columns=child.columns, children=())
    shown = pii_decisions.clean_columns(layout, decisions.values())
    try:
        async with database.transaction() as connection:
            with passing_failures():
                await connection.execute(SQL["limit"].format(limit_ms=round(1_000 * LIMIT_S)))
                found = await layers.of_chart(connection, layout, shown)
    except StatementTookTooLong as error:
        raise ProfileTookTooLong(
            f"The profile was not made within {LIMIT_S:g} s a statement.", stream=str(layout.descriptor)
        ) from error  # fmt: skip
    saved = None
    if fresh.promoted_at is not None:
        saved = Saved(profiled_at=datetime.now(UTC), recorded_at=fresh.promoted_at, chart=found)
    return Profile(
        stream=replace(stream, layout=layout),
        freshness=fresh,
        saved=saved,
        is_stale=False,
        arrived={},
        shown=shown,
    )


async def forget_values(
    connection: Connection, layout: Layout, decisions: Iterable[PathDecision]
) -> None:
    """Drop from all profiles the values of columns that are not clean, in the transaction that decides so.

    A profile that is being made waits for that transaction before it is kept, and looks at its decisions.
    """
    clean = pii_decisions.clean_columns(layout, decisions)
    await connection.execute(SQL["lock_values"], layout.stream_id)
    await figures.forget(connection, layout.stream_id, clean)
    await connection.execute(SQL["forget"], layout.stream_id, sorted(clean))


async def outdate(connection: Connection, stream_id: StreamId) -> None:
    """Let the profile of a dataset be made anew, because chart has changed without a promotion."""
    await connection.execute(SQL["outdate"], stream_id)


async def _bring_up_to_date(database: Database, layout: Layout) -> None:
    """Make and keep a new profile unless there is one of the last promotion; who comes meanwhile waits for it."""
    async with database.connection() as connection:
        fresh = await dataset_store.freshness(connection, layout.stream_id)
        if fresh.promoted_at is None or await _is_current(connection, layout, fresh):
            return
    try:
        async with database.transaction() as connection:
            with passing_failures():
                await connection.execute(SQL["limit"].format(limit_ms=round(1_000 * LIMIT_S)))
                await connection.execute(SQL["lock_making"], layout.stream_id)
                if await _is_current(connection, layout, fresh):
                    return
                known = await pii_decisions.current(connection, layout.stream_id)
                shown = pii_decisions.clean_columns(layout, known.values())
                found = await layers.of_chart(connection, layout, shown)
                await _keep(connection, layout, fresh.promoted_at, found)
    except StatementTookTooLong as error:
        raise ProfileTookTooLong(
            f"The profile was not made within {LIMIT_S:g} s a statement.", stream=str(layout.descriptor)
        ) from error  # fmt: skip


async def _is_current(connection: Connection, layout: Layout, fresh: Freshness) -> bool:
    made_at = await connection.fetchval(SQL["recorded_at"], layout.stream_id)
    return made_at is not None and made_at == fresh.promoted_at


async def _keep(
    connection: Connection, layout: Layout, recorded_at: datetime, found: ChartProfile
) -> None:
    """Keep a profile; values only of columns that are clean now, whatever they were when it was begun."""
    await connection.execute(SQL["lock_values"], layout.stream_id)
    known = await pii_decisions.current(connection, layout.stream_id)
    clean = pii_decisions.clean_columns(layout, known.values())
    kept = [c if c.column in clean else c.without_values for c in found.columns]
    await connection.execute(SQL["outdate"], layout.stream_id)
    await connection.execute(
        SQL["keep_dataset"], layout.stream_id, recorded_at, found.rows, found.sampled
    )
    fields = ("column", "nulls", "counted", "distinct", "low", "high", "shortest", "longest", "mean_length")  # fmt: skip
    await connection.execute(
        SQL["keep_columns"],
        layout.stream_id,
        *([getattr(column, field) for column in kept] for field in fields),
        [_values(column) for column in kept],
    )


def _values(column: ColumnProfile) -> str | None:
    """What is kept of a column's values in one place, so that they are dropped together."""
    if column.top is None:
        return None
    spread = None if column.spread is None else asdict(column.spread)
    return json.dumps({"top": column.top, "spread": spread})


async def _saved(connection: Connection, layout: Layout) -> Saved | None:
    row = await connection.fetchrow(SQL["dataset"], layout.stream_id)
    if row is None:
        return None
    return Saved(
        profiled_at=row["profiled_at"],
        recorded_at=row["recorded_at"],
        chart=ChartProfile(
            rows=row["rows"],
            sampled=row["sampled"],
            columns=await _columns(connection, layout),
        ),
    )


async def _columns(connection: Connection, layout: Layout) -> Sequence[ColumnProfile]:
    found = {row["column"]: row for row in await connection.fetch(SQL["columns"], layout.stream_id)}
    return [
        ColumnProfile(**{**row, **_told(row["top"])})
        for column in layout.columns
        if (row := found.get(column.name)) is not None
    ]


def _told(kept: str | None) -> dict[str, object]:
    """The most frequent values and the spread; an older Atlas kept the former alone."""
    values = None if kept is None else json.loads(kept)
    if values is None:
        return {"top": None}
    if isinstance(values, list):
        values = {"top": values, "spread": None}
    top = [(value, rows) for value, rows in values["top"]]
    return {"top": top, "spread": Spread(**values["spread"]) if values["spread"] else None}
