"""Backfills: a range of a stream's cursor, read once more in chunks, while the connection's own state stays
where it is."""

import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from app.core import cursors
from app.core.catalog import ReadMode, StreamDescriptor, shown
from app.core.connections import ConnectedStream, Connection
from app.core.cursors import CursorValue
from app.core.errors import InvalidRequest
from app.core.ids import BatchId, ConnectionId, JobId
from app.core.jobs import Attempt, CursorRange, JobOptions
from app.core.layout import Layout
from app.core.records import Landing, State
from app.core.schema import ColumnType
from app.database.pool import Connection as Session
from app.database.pool import Database, LaneConnection
from app.database.queries import load
from app.gates.pii import decisions as pii_decisions
from app.layers import cursor_range, tables
from app.layers.explore import Appended
from app.layers.tables import Tables
from app.sync import cursor_states, state_store
from app.sync.cursor_states import CursorState
from app.sync.jobs import job_store

log = structlog.get_logger(__name__)

SQL = load(__file__)

MOST_CHUNKS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A part of a backfill: cursors in [since, until).

    Shape: `reached` is the cursor of its source's newest state; `explored` records are in explore, and so many
           more that were `out_of_range` are not.
    """

    number: int
    since: str
    until: str
    reached: str | None = None
    explored: int = 0
    out_of_range: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a backfill would do. Shape: `begins_after` is the cursor that the source is told first, as it writes
    them; `rows` of the range are in chart now, none where that is not to be seen."""

    bounds: Sequence[str]
    begins_after: str
    rows: int | None


# ── before it is done ─────────────────────────────────────────────────────────────────────────────


async def require_possible(
    session: Session, connection: Connection, options: JobOptions
) -> tuple[ConnectedStream, CursorState]:
    """The stream, and how its state holds its cursor.

    Errors: InvalidRequest, with what to do instead.
    """
    wanted = options.backfill
    if wanted is None or len(options.streams) != 1:
        raise InvalidRequest(
            "A backfill is of one stream and a range of its cursor: name the stream, from and to."
        )
    if options.removes_history:
        raise InvalidRequest("A backfill adds to history, and removes none.")
    (stream,) = connection.only(options.streams).streams
    name = shown(str(stream.layout.descriptor))
    if stream.configured.sync_mode.reads is not ReadMode.INCREMENTAL:
        raise InvalidRequest(
            f"{name} is read whole by each sync ({stream.configured.sync_mode}): sync it, or refresh it.",
            stream=name,
        )
    if not cursors.is_ordered(stream.layout.cursor_type):
        raise InvalidRequest(
            f"{name} has no cursor that is an instant or a number, so no range is the same to its source and to "
            "Atlas. Refresh the stream instead.",
            stream=name,
        )
    _bounds(stream.layout, wanted)
    state = await _saved(session, connection.connection_id, stream.layout.descriptor)
    return stream, cursor_states.require(state, stream.layout)


async def plan(session: Session, connection: Connection, options: JobOptions) -> Plan:
    """What a backfill would do; nothing is changed. Errors: InvalidRequest."""
    stream, state = await require_possible(session, connection, options)
    assert options.backfill is not None  # noqa: S101  that is required
    bounds = _bounds(stream.layout, options.backfill)
    begins = cursor_states.of(state.before(bounds[0]), stream.layout)
    assert begins is not None  # noqa: S101  it has the form of the one that was saved
    return Plan(
        bounds=[cursors.written(bound) for bound in bounds],
        begins_after=begins.sample,
        rows=await _rows_in_chart(session, stream, bounds),
    )


async def begin(session: Session, connection: Connection, options: JobOptions, job_id: JobId) -> None:  # fmt: skip
    """Keep the chunks of a job that was just made."""
    (stream,) = connection.only(options.streams).streams
    assert options.backfill is not None  # noqa: S101  that is required
    bounds = [cursors.written(bound) for bound in _bounds(stream.layout, options.backfill)]
    await session.execute(SQL["add_chunks"], job_id, bounds)


async def chunks(session: Session, job_id: JobId) -> Sequence[Chunk]:
    """A job's chunks, in the order in which they are read; none of a job that is no backfill."""
    return [Chunk(**row) for row in await session.fetch(SQL["chunks"], job_id)]


def _bounds(layout: Layout, wanted: CursorRange) -> Sequence[CursorValue]:
    """Errors: InvalidRequest unless the range is one of the cursor's values."""
    type_ = _ordered_type(layout)
    since, until = cursors.read(wanted.since, type_), cursors.read(wanted.until, type_)
    if since is None or until is None:
        which = "from" if since is None else "to"
        raise InvalidRequest(f"`{which}` is no value of the cursor {'.'.join(layout.cursor_field)}, a {type_}.")  # fmt: skip
    if not since < until:  # type: ignore[operator]  # both are of one type
        raise InvalidRequest("`from` must be less than `to`: it is the first cursor that is read, and `to` the first that is not.")  # fmt: skip
    if not 1 <= wanted.chunks <= MOST_CHUNKS:
        raise InvalidRequest(f"A backfill has from 1 to {MOST_CHUNKS} chunks.")
    return cursors.parts(since, until, wanted.chunks)


def _ordered_type(layout: Layout) -> ColumnType:
    type_ = layout.cursor_type
    assert type_ is not None  # noqa: S101  that it is ordered is required
    return type_


async def _saved(
    session: Session, connection_id: ConnectionId, descriptor: StreamDescriptor
) -> State | None:
    """The connection's own state of a stream, or of all together."""
    found = await state_store.newest(session, connection_id, [descriptor])
    return next((s for s in found if s.descriptor in (None, descriptor)), None)


async def _rows_in_chart(
    session: Session, stream: ConnectedStream, bounds: Sequence[CursorValue]
) -> int | None:
    layout = stream.layout
    chart, column = Tables.of(layout.table).chart, layout.column_of(layout.cursor_field)
    if column is None or not await tables.exists(session, chart):
        return None
    decided = await pii_decisions.current(session, stream.stream_id)
    if any(one.is_masked and one.path[:1] in ((), column.path) for one in decided.values()):
        return None  # what is masked has no order
    ends = (cursors.written(bounds[0]), cursors.written(bounds[-1]))
    return await cursor_range.rows_in_chart(session, layout, *ends)


# ── while it is read ──────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True, kw_only=True)
class Window:
    """A chunk while it is read: what its source sends beside it is not taken, and its states are its own.

    Shape: `state` is what the source begins with.
    """

    job_id: JobId
    chunk: Chunk
    layout: Layout
    state: State
    until: CursorValue
    _counted: list[int] = field(default_factory=lambda: [0, 0])

    async def within(
        self, landings: AsyncGenerator[Landing, None]
    ) -> AsyncGenerator[Landing, None]:
        """The landings up to the first whose state has passed the chunk's end: a state stands for all that is
        older than its cursor, in whatever order a source sends its records."""
        async with contextlib.aclosing(landings):
            async for landing in landings:
                yield landing
                if self.is_past(landing.state):
                    return

    def is_past(self, state: State | None) -> bool:
        reached = cursor_states.of(state, self.layout)
        return reached is not None and reached.value >= self.until  # type: ignore[operator]  # of one type

    async def take_out(
        self, lane: LaneConnection, batch_id: BatchId, appended: Appended
    ) -> int:  # fmt: skip
        """Take the records out of a batch that was just copied whose cursor is outside the chunk; how many."""
        chunk = self.chunk
        return await cursor_range.take_out(
            lane, self.layout, batch_id, appended, chunk.since, chunk.until
        )

    async def note(
        self, lane: LaneConnection, landing: Landing, explored: int, out_of_range: int
    ) -> None:
        """Keep how far the chunk is, in the transaction of the landing; what no state stands for yet is
        counted with the next one that does."""
        self._counted[0] += explored
        self._counted[1] += out_of_range
        is_over = self.layout.descriptor in landing.completed
        if landing.state is None and not is_over:
            return
        reached = cursor_states.of(landing.state, self.layout)
        await lane.cursor().execute(
            SQL["note"],
            (
                self.job_id, self.chunk.number, landing.state.message.decode() if landing.state else None,
                cursors.written(reached.value) if reached else None, *self._counted,
                is_over or self.is_past(landing.state),
            ),
        )  # fmt: skip
        self._counted = [0, 0]


async def windows(
    database: Database, attempt: Attempt, connection: Connection, layout: Layout
) -> AsyncGenerator[Window, None]:
    """The chunks that are left of a job, one after the other; each is over when the next is asked for.

    Errors: InvalidRequest if the connection's state is none to begin from any more; Fenced.
    """
    async with database.connection() as session:
        saved = await _saved(session, connection.connection_id, layout.descriptor)
        left = [one for one in await chunks(session, attempt.job_id) if one.ended_at is None]
    own = cursor_states.require(saved, layout)
    for chunk in left:
        since, until = (_value(bound, layout) for bound in (chunk.since, chunk.until))
        async with job_store.fenced(database, attempt) as session:
            kept = await session.fetchval(SQL["open"], attempt.job_id, chunk.number)
        state = own.before(since) if kept is None else _as(own.state, kept)
        yield Window(job_id=attempt.job_id, chunk=chunk, layout=layout, state=state, until=until)
        async with job_store.fenced(database, attempt) as session:
            await session.execute(SQL["close"], attempt.job_id, chunk.number)
        log.info("chunk_read", stream=str(layout.descriptor), chunk=chunk.number)


def _value(text: str, layout: Layout) -> CursorValue:
    found = cursors.read(text, _ordered_type(layout))
    assert found is not None  # noqa: S101  written by us
    return found


def _as(own: State, message: str) -> State:
    return State(
        kind=own.kind, message=message.encode(), descriptor=own.descriptor, sent_by=own.sent_by
    )
