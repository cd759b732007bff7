"""Records that are sent again as they were, in whole syncs: the way of what is new is short, the books are whole."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.core.catalog import JsonSchema, SyncMode
from app.core.catalog import Path as FieldPath
from app.core.findings import Action, PathDecision, Verdict
from app.core.jobs import JobStatus
from app.core.layout import Layout
from app.database.identifiers import Table
from app.database.pool import Connection as Session
from app.gates.quality.soda import Check, CheckResult
from app.layers import sent_again
from tests.fixtures.atlas import Atlas, NoChecks, NothingPersonal, counts, one
from tests.fixtures.scripted import AT, INSTANT, complete, offered, record, saying, state

MODE = SyncMode.INCREMENTAL_DEDUPED_HISTORY
STREAM = offered(
    "orders",
    {
        "id": {"type": "integer"},
        "at": INSTANT,
        "n": {"type": "integer"},
        "text": {"type": "string"},
    },
    cursor=("at",),
)
TEXT = "x" * 8_000
"""So that some records are a landing, with a state or without."""
Row = tuple[int, int, int]
"""A key, an instant, a value."""
FIRST: Sequence[Row] = [(key, 0, key) for key in range(40)]
CHANGED: Sequence[Row] = [*FIRST[:36], (36, 1, 0), (37, 1, 0), (38, 1, 0), (40, 1, 40)]


class Known(NothingPersonal):
    """A gate that knows the stream, of which ranges are staged side by side for that reason."""

    async def decide(
        self,
        records: Sequence[bytes],
        known: Mapping[FieldPath, PathDecision],
        schema: JsonSchema | None = None,
    ) -> Sequence[PathDecision]:
        return [PathDecision(path=("id",), verdict=Verdict.CLEAN, action=Action.PASS)]


@dataclass
class SideBySide(NoChecks):
    """Checks that let a range pass only when another one is staged as well, from the second sync on."""

    scans: int = 0
    another: asyncio.Event = field(default_factory=asyncio.Event)

    async def scan(self, staging: Table, checks: Sequence[Check]) -> Sequence[CheckResult]:
        self.scans += 1
        if self.scans > 2:
            self.another.set()
        if self.scans == 2:
            async with asyncio.timeout(30):
                await self.another.wait()
        return await super().scan(staging, checks)


async def read(atlas: Atlas, folder: Path, rows: Sequence[Row]) -> Mapping[str, int]:
    """One sync of a source that sends these rows, and a state behind them; its books."""
    lines = [
        record("orders", json.dumps({"id": key, "at": AT % at, "n": n, "text": TEXT}).encode())
        for key, at, n in rows
    ]
    atlas.command = saying(folder, [*lines, state("orders"), complete("orders")])
    report = await atlas.sync()
    assert report.job.status is JobStatus.SUCCEEDED, report.job.failure
    assert report.is_balanced
    books = one(report)
    return counts(books) | ({"versions": books.versions} if books.versions else {})


async def measured(atlas: Atlas) -> Sequence[tuple[int, int | None]]:
    """Per promotion, its records, and those that were scored."""
    rows = await atlas.fetch(
        "SELECT (SELECT sum(charted)::int FROM pipeline.batch_outcomes o WHERE o.promotion_id = p.promotion_id) AS charted, "
        "(SELECT measured::int FROM quality.scores s WHERE s.promotion_id = p.promotion_id AND dimension = 'uniqueness') AS scored "
        "FROM pipeline.promotions p ORDER BY p.promotion_id"
    )
    return [(row["charted"], row["scored"]) for row in rows]


async def test_a_sync_that_reads_what_chart_has_makes_what_is_new(
    atlas: Atlas, tmp_path: Path
) -> None:
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    await atlas.connect({}, MODE, streams=[STREAM])
    first = await read(atlas, tmp_path, FIRST)

    second = await read(atlas, tmp_path, CHANGED)
    third = await read(atlas, tmp_path, CHANGED)

    everything = {"read": 40, "explored": 40, "charted": 40}
    assert first == everything | {"versions": 40}
    assert second == everything | {"versions": 4}
    assert third == everything
    assert await measured(atlas) == [(40, 40), (40, 4), (40, None)]
    chart = await atlas.values("SELECT id * 1000 + n FROM chart.ledger_orders ORDER BY id")
    assert chart == [
        *(key * 1000 + key for key in range(36)), 36_000, 37_000, 38_000, 39_039, 40_040,
    ]  # fmt: skip
    assert await atlas.values("SELECT count(*) FROM explore.ledger_orders_raw") == [120]
    assert await atlas.values("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'") == []


async def test_a_row_that_changes_while_its_record_is_sent_again_is_made_of_what_came_last(
    atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    atlas.pii = Known()
    atlas.settings = atlas.settings.model_copy(
        update={"landing_bytes": 65_536, "promotion_records": 40, "first_promotion_records": 40}
    )
    moved: list[int] = []
    require_standing = sent_again.require_standing

    async def watched(session: Session, layout: Layout, last: int) -> None:
        try:
            await require_standing(session, layout, last)
        except sent_again.NoLongerStands:
            moved.append(last)
            raise

    monkeypatch.setattr(sent_again, "require_standing", watched)
    there_and_back = [*FIRST[:3], (3, 0, 30), *FIRST[4:], *FIRST]
    found = []
    for name in ("sparing", "whole"):
        atlas.scanner = SideBySide()
        await atlas.connect({}, MODE, streams=[STREAM], source=name)
        await read(atlas, tmp_path, FIRST)
        books = await read(atlas, tmp_path, there_and_back)
        found.append((
            books,
            await atlas.rows(f"(SELECT id, n, _atlas_row_hash FROM chart.{name}_orders) c"),
            await atlas.rows(f"(SELECT id, n, valid_from, row_hash FROM navigate.{name}_orders__history) h", "id, n"),
        ))  # fmt: skip
        assert len(moved) == 1
        monkeypatch.setattr(sent_again, "can_be_told", lambda layout: False)

    assert found[0] == found[1]
    assert found[0][0]["read"] == 80
    assert found[0][0]["versions"] == 2
