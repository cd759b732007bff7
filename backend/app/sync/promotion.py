"""Explore to chart to navigate, a range at a time: decide, stage, audit, publish."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog

from app.core.connections import ConnectedStream, HardDeletes
from app.core.failures import (
    GateUnavailable,
)
from app.core.findings import PathDecision, mask_of
from app.core.jobs import Attempt, Route
from app.core.layout import Layout
from app.database.keys import Keys
from app.database.passing import out_of_the_way
from app.database.pool import Connection, Database
from app.gates.pii import decisions as pii_decisions
from app.gates.quality import results as quality_results
from app.gates.quality.gate import Audit
from app.layers import (
    chart,
    children,
    explore,
    navigate,
    remasking,
    sent_again,
    shadow,
    staging,
    tables,
)
from app.layers.database_writer import DatabaseWriter
from app.layers.masking import Masking
from app.layers.projection import Projection, projection_of
from app.layers.staging import Staged
from app.layers.tables import Tables
from app.sync import leak_scan, ledger, missing_keys, rereading
from app.sync.connections import schema_changes, stream_generations
from app.sync.datasets import profiles
from app.sync.jobs import job_store
from app.sync.ports import Lineage, PathGate, QualityAudit, TextScan
from app.sync.stopwatch import Stopwatch
from app.sync.taking import Audited, Change, Range, RowsMissed, StreamState, Taking
from app.sync.undeclared import with_undeclared

log = structlog.get_logger(__name__)

_REPLACED = "superseded by a newer generation"
_SAMPLED_FIRST = 2_000
_SAMPLED_LATER = 200
"""A later range confirms what is known of the paths; the leak scan looks at every clean text anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """Takes ranges of one attempt through the gates; each step is one fenced transaction."""

    database: Database
    attempt: Attempt
    route: Route
    lineage: Lineage
    writer: DatabaseWriter
    keys: Keys
    pii: PathGate
    scan: TextScan
    quality: QualityAudit
    hard_deletes: HardDeletes
    follows_schema: bool
    column_limit: int
    stopwatch: Stopwatch

    async def open(self, stream: ConnectedStream) -> StreamState:
        """A stream as its last promotion left it; what a dead attempt staged is swept away."""
        async with job_store.fenced(self.database, self.attempt) as connection:
            await staging.sweep(connection, stream.layout)
            await shadow.sweep(connection, stream.layout)
            known = await pii_decisions.current(connection, stream.stream_id)
            made = await tables.exists(connection, Tables.of(stream.layout.table).chart)
            if made:
                masks = Masking.of(self.keys, known.values()).masks(stream.layout)
                await tables.catch_up(connection, stream.layout, masks)
        change = Change.of(self.attempt, stream.layout.sync_mode)
        return StreamState(stream=stream, change=change, decisions=dict(known), is_published=made)

    async def stage(self, state: StreamState, after: int, last: int, rows: int) -> Audited:
        """Decide, project and audit the batches in (after, last]."""
        judged_by = None
        if state.leaves_out and not state.replaces and sent_again.can_be_told(state.layout):
            judged_by = rereading.judged_by(state.layout)
        return await self.take(state, Range(after, last, rows, judged_by))

    async def take(self, state: StreamState, taken: Taking) -> Audited:
        """The same for whatever is taken."""
        async with self.database.connection() as connection:
            began_at = await ledger.clock(connection)
        await self._decide(state, taken)
        decided = state.decided  # before it is masked: another range may decide meanwhile
        staged = await self._project(state, taken)
        try:
            if leaks := await self._leaks(state, staged):
                await self._turn_personal(state, leaks)
                decided = state.decided
                staged = await self._project(state, taken)
            is_as_it_was = staged.sent_again and not staged.rows
            audit = None if is_as_it_was else await self._audit(state, staged)
        except GateUnavailable as error:
            log.warning("range_held", stream=str(state.layout.descriptor), reason=error.detail)
            return Audited(staged=staged, decided=decided, began_at=began_at, held=error.detail)
        blocking = audit.blocking if audit else ()
        held = f"failed checks: {', '.join(blocking)}" if blocking else None
        return Audited(staged=staged, decided=decided, began_at=began_at, audit=audit, held=held)

    async def shield(self, state: StreamState, taken: Taking) -> Staged:
        """Decide and project alone, for what was audited when it was published.

        Errors: GateUnavailable if nobody can say whether a value gives somebody away.
        """
        await self._decide(state, taken)
        staged = await self._project(state, taken)
        if leaks := await self._leaks(state, staged):
            await self._turn_personal(state, leaks)
            staged = await self._project(state, taken)
        return staged

    async def make_tables(self, state: StreamState) -> None:
        """Make chart and navigate of a stream that has no record yet: who reads them finds them empty."""
        layout = state.layout
        async with job_store.fenced(self.database, self.attempt) as connection:
            await tables.ensure_published(connection, layout, self._masking(state).masks(layout))
        state.is_published = True

    async def publish(self, state: StreamState, ranges: Sequence[Audited]) -> bool:
        """Publish staged ranges in one transaction; what replaces chart gives all that is to be there.

        Shape:  false, and nothing is published, if one of them has to be staged anew: a path has turned personal
                since, or a row has gone that a record was told by.
        Errors: Fenced, BooksDoNotBalance; nothing is published then.
        """
        async with state.settling:
            if any(part.decided != state.decided for part in ranges):
                return False
            try:
                await out_of_the_way(partial(self._publish, state, ranges))
            except sent_again.NoLongerStands:
                state.leaves_out = False
                state.decided += 1
                return False
        log.info(
            "range_published",
            stream=str(state.layout.descriptor),
            records=sum(part.staged.rows for part in ranges),
            sent_again=sum(sum(part.staged.sent_again.values()) for part in ranges),
        )
        return True

    async def _publish(self, state: StreamState, ranges: Sequence[Audited]) -> None:
        async with job_store.fenced(self.database, self.attempt) as connection:
            await chart.find_by_key(connection)
            recorded_at = await ledger.next_recorded_at(connection, state.layout.stream_id)
            layout = state.layout
            if state.replaces:
                layout = await self._make_room(
                    connection, state, ranges[0].staged.after, recorded_at
                )
                ranges = [part.in_epoch_of(layout) for part in ranges]
            for part in ranges:
                goes_on = part is not ranges[0]
                await self._publish_range(connection, state, part, recorded_at, goes_on=goes_on)
            if state.change is Change.REPLACE and layout.has_key:
                await self._end_absent(connection, layout, ranges, recorded_at)
            if state.change is Change.REPLACE:
                by = rereading.made_by(layout, state.decisions.values(), self.keys)
                await rereading.note_made(connection, ranges[-1].staged.last, by)
            for part in ranges:
                await staging.drop_range(connection, part.staged)
        state.stream = replace(state.stream, layout=layout)

    async def _make_room(
        self, connection: Connection, state: StreamState, before: int, recorded_at: datetime
    ) -> Layout:
        """Empty chart for a generation that takes its place; the layout with what history is then.

        Shape: `before` is the last batch before the generation.
        """
        layout, attempt = state.layout, self.attempt
        await ledger.supersede_older(connection, attempt, layout, before, _REPLACED)
        if state.change is Change.BEGIN_ANEW and layout.has_key:
            opened = await stream_generations.opened_by(
                connection, layout.stream_id, attempt.job_id
            )
            assert opened is not None  # noqa: S101  the job has opened the generation
            _, opened_at = opened
            await navigate.end_epoch(connection, layout)
            layout = layout.cleared(opened_at, recorded_at)
            await stream_generations.note_clear(connection, layout, attempt.job_id)
        if state.change is Change.FORGET and layout.has_key:
            await navigate.forget(connection, layout)
            await stream_generations.forget_clears(connection, layout.stream_id)
            await profiles.forget_values(connection, layout, ())
            layout = replace(layout, clears=())
        await chart.empty(connection, layout)
        await profiles.outdate(connection, layout.stream_id)
        if layout.clears != state.layout.clears:  # readers hold their lock for long
            await tables.ensure_views(connection, layout)
        return layout

    async def _end_absent(
        self,
        connection: Connection,
        layout: Layout,
        ranges: Sequence[Audited],
        recorded_at: datetime,
    ) -> None:
        """Let history follow a generation that has replaced another: what it lacks has ended when it was recorded,
        so that a rebuild finds the same instant."""
        parts = [part.staged for part in ranges]
        await navigate.bring_back(connection, layout, parts, recorded_at, recorded_at)
        if await missing_keys.have_ended(connection, layout, self.hard_deletes):
            await navigate.end_missing(connection, layout, parts, recorded_at, recorded_at)

    async def hold(self, state: StreamState, held: Audited) -> None:
        """Book that a range is kept back, and why; it is tried again by the next job."""
        async with job_store.fenced(self.database, self.attempt) as connection:
            await ledger.hold(connection, self.attempt, held.staged, held.held or "", held.began_at)
            await staging.drop_range(connection, held.staged)

    async def empty(self, state: StreamState) -> None:
        """Publish a full refresh that returned nothing: chart is emptied, history ends."""
        layout = state.layout
        async with job_store.fenced(self.database, self.attempt) as connection:
            await tables.ensure_published(connection, layout, self._masking(state).masks(layout))
            recorded_at = await ledger.next_recorded_at(connection, layout.stream_id)
            last = await ledger.last_batch(connection, layout.stream_id)
            layout = await self._make_room(connection, state, last, recorded_at)
            await ledger.publish_nothing(connection, self.attempt, layout, last, recorded_at)
            if state.change is not Change.REPLACE or not layout.has_key:
                return
            if await missing_keys.have_ended(connection, layout, self.hard_deletes):
                gone_at = await connection.fetchval("SELECT now()")
                await navigate.end_missing(connection, layout, [], recorded_at, gone_at)

    # ── 1: what is personal ───────────────────────────────────────────────────────────────────

    async def _decide(self, state: StreamState, taken: Taking) -> None:
        async with state.deciding:
            await self._decide_alone(state, taken)

    async def _turn_personal(self, state: StreamState, leaks: Sequence[PathDecision]) -> None:
        async with state.deciding:
            await self._settle(state, leaks)

    async def _decide_alone(self, state: StreamState, taken: Taking) -> None:
        with self.stopwatch.stage("pii"):
            async with self.database.transaction() as connection:
                wanted = _SAMPLED_LATER if state.decisions else _SAMPLED_FIRST
                records = await taken.sample(connection, state.layout, wanted)
            if self.follows_schema:
                await self._grow(state, records)
            decided = await self.pii.decide(
                records, state.decisions, state.stream.configured.stream.json_schema
            )
            await self._settle(state, decided)

    async def _grow(self, state: StreamState, records: Sequence[bytes]) -> None:
        """Give fields that the schema does not declare columns of their own, before they are projected."""
        async with state.settling:
            stream = state.stream
            grown = with_undeclared(stream.configured.stream, stream.layout, records)
            if grown is None:
                return
            async with job_store.fenced(self.database, self.attempt) as connection:
                layout = await schema_changes.adopt_undeclared(
                    connection, stream, grown, self.column_limit, self.attempt
                )
            state.stream = replace(stream, layout=layout)
        log.info(
            "undeclared_fields_adopted",
            stream=str(layout.descriptor),
            columns=len(layout.columns) - len(stream.layout.columns),
        )

    async def _settle(self, state: StreamState, decided: Sequence[PathDecision]) -> None:
        """Keep new decisions, and take new masks back to what is published."""
        changed = [d for d in decided if state.decisions.get(d.path) != d]
        if not changed and state.is_published:
            return
        async with state.settling:
            await self._keep(state, changed)

    async def _keep(self, state: StreamState, changed: Sequence[PathDecision]) -> None:
        before = self._masking(state).masks(state.layout)
        newly_masked = [
            d for d in changed if d.is_masked and mask_of(state.decisions, d.path) is None
        ]
        state.decisions |= {d.path: d for d in changed}
        state.decided += bool(newly_masked)
        after = self._masking(state).masks(state.layout)
        lifted = before.columns - after.columns
        async with job_store.fenced(self.database, self.attempt) as connection:
            await pii_decisions.add(connection, state.layout.stream_id, changed)
            await profiles.forget_values(connection, state.layout, state.decisions.values())
            if not state.is_published:
                await tables.ensure_published(connection, state.layout, after)
                state.is_published = True
            elif newly_masked:
                fresh = Masking.of(self.keys, newly_masked)
                await remasking.mask_backwards(connection, state.layout, fresh, before, after)
                masked = self._masking(state).masked_items(state.layout)
                await children.rebuild(connection, state.layout, masked)
            if await remasking.lift(connection, state.layout, lifted):
                state.decided += 1  # what was staged has text where chart has it no more
            if before.has_cursor != after.has_cursor:
                await tables.show_to_readers(connection, state.layout, after)

    # ── 2: typed and masked ───────────────────────────────────────────────────────────────────

    async def _project(self, state: StreamState, taken: Taking) -> Staged:
        with self.stopwatch.stage("project"):
            try:
                return await self._project_once(state, taken)
            except RowsMissed as missed:
                log.warning("explore_index_made_anew", stream=str(state.layout.descriptor))
                async with self.database.transaction() as connection:
                    table = Tables.of(state.layout.table).explore
                    await explore.make_index_anew(connection, table, missed.again.after)
                return await self._project_once(state, missed.again)

    async def _project_once(self, state: StreamState, taken: Taking) -> Staged:
        async with job_store.fenced(self.database, self.attempt) as connection:
            await connection.execute("SET LOCAL work_mem = '64MB'")
            return await taken.project(connection, self.projection(state))

    def projection(self, state: StreamState) -> Projection:
        """How the stream's records become rows, by what is decided now."""
        return projection_of(state.layout, self.keys, state.decisions.values())

    def _masking(self, state: StreamState) -> Masking:
        return Masking.of(self.keys, state.decisions.values())

    # ── 3: audited ────────────────────────────────────────────────────────────────────────────

    async def _leaks(self, state: StreamState, staged: Staged) -> Sequence[PathDecision]:
        """Paths decided clean in which a value gave somebody away: masked from now on, to review."""
        decided, masking = state.decisions.values(), self._masking(state)
        with self.stopwatch.stage("scan"):
            return await leak_scan.found(self.database, self.scan, staged, masking, decided)

    async def _audit(self, state: StreamState, staged: Staged) -> Audit:
        masks = self._masking(state).masks(state.layout)
        shown = pii_decisions.clean_columns(state.layout, state.decisions.values())
        with self.stopwatch.stage("quality"):
            async with self.database.connection() as connection:
                return await self.quality.audit(
                    connection, state.layout, staged.table, masks.columns, shown
                )

    # ── 4: published ──────────────────────────────────────────────────────────────────────────

    async def _publish_range(
        self,
        connection: Connection,
        state: StreamState,
        part: Audited,
        recorded_at: datetime,
        *,
        goes_on: bool,
    ) -> None:
        staged = part.staged
        with self.stopwatch.stage("chart"):
            if staged.sent_again:
                await sent_again.require_standing(connection, staged.layout, staged.last)
            if state.expects_new:
                staged = await self.writer.recognise(connection, staged, recorded_at)
                state.expects_new = staged.new_rows is not None
            fates = await self.writer.choose(connection, staged)
        with self.stopwatch.stage("navigate"):
            await self.writer.retire(connection, staged, recorded_at)
        with self.stopwatch.stage("chart"):
            await self.writer.write_to_chart(connection, staged, fates, recorded_at)
        with self.stopwatch.stage("navigate"):
            versions = await self.writer.write_to_navigate(
                connection, staged, recorded_at, goes_on=goes_on
            )
        promotion_id = await ledger.publish(
            connection, self.attempt, staged, chart.with_sent_again(fates, staged.sent_again),
            versions, recorded_at, part.began_at,
        )  # fmt: skip
        books = await ledger.of_promotion(connection, promotion_id)
        await self.lineage.published(
            connection, self.attempt, self.route, state.layout, state.decisions, books
        )
        await ledger.move_watermark(
            connection, staged.layout.stream_id, staged.last, recorded_at,
            judged_by=rereading.judged_by(staged.layout),
        )  # fmt: skip
        if part.audit is not None:
            shown = pii_decisions.clean_columns(state.layout, state.decisions.values())
            await quality_results.add(connection, promotion_id, part.audit, state.layout, shown)
