"""Tests of app/sync/datasets/passport.py: what the house knows of a key, and how it looks it up."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.core.catalog import SyncMode
from app.core.errors import ConnectionNotFound, RowNotFound, StreamNotFound
from app.core.findings import Action, Entity, PathDecision, Verdict
from app.core.ids import ConnectionId
from app.core.jobs import JobStatus, JobType
from app.database.pool import Connection, Row
from app.gates.quality.metrics import Dimension
from app.layers import passport as layers
from app.layers.passport import Key
from app.sync.datasets import passport
from app.sync.datasets.passport import Passport, Wanted
from tests.conftest import SERVERS
from tests.fixtures.atlas import KEYS, Atlas
from tests.fixtures.scripted import AT, INSTANT, offered, saying, whole
from tests.sync.test_promotion import Decided

SCHEMA: Mapping[str, object] = {
    "id": {"type": "integer"},
    "at": INSTANT,
    "name": {"type": "string"},
    "age": {"type": "integer"},
}
PERSON = PathDecision(
    path=("name",), verdict=Verdict.PERSONAL, entity=Entity.PERSON, confidence=0.9, action=Action.MASK
)  # fmt: skip


async def connect(
    atlas: Atlas, mode: SyncMode = SyncMode.INCREMENTAL_DEDUPED_HISTORY, *, cursor: bool = True
) -> None:
    atlas.pii = Decided([PERSON])
    stream = offered("people", SCHEMA, cursor=("at",) if cursor else ())
    await atlas.connect({}, mode, streams=[stream])


async def synced(atlas: Atlas, folder: Path, *records: Mapping[str, object] | bytes) -> int:
    """A sync of these records; its job's id."""
    datas = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in records]
    atlas.command = saying(folder, whole("people", datas))
    found = await atlas.sync()
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    return found.job.job_id


def person(key: int, second: int, **more: object) -> dict[str, object]:
    return {"id": key, "at": AT % second, "name": f"Anna {key}", "age": 30 + second, **more}


async def of(
    atlas: Atlas, key: Key | None = None, *, key_hash: UUID | None = None, with_source: bool = False
) -> Passport:
    wanted = Wanted(
        connection_id=atlas.connection_id,
        stream="people",
        key=key,
        key_hash=key_hash,
        with_source=with_source,
    )
    return await passport.of_row(atlas.database, KEYS, wanted)


@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_a_passport_tells_a_keys_whole_life(atlas: Atlas, tmp_path: Path) -> None:
    # given: a good record, a bad one, a mended one that is the newest; and another key's
    await connect(atlas)
    jobs = [
        await synced(atlas, tmp_path, person(1, 1), person(2, 1)),
        await synced(atlas, tmp_path, person(1, 2, age="old"), person(2, 2, age="new"), {"at": AT % 3}),
        await synced(atlas, tmp_path, json.dumps(person(1, 4, name="An\0na")).encode()),
    ]  # fmt: skip

    # when
    found = await of(atlas, {"id": 1}, with_source=True)

    # then
    (row,) = found.rows
    assert (row.values["id"], row.values["age"]) == (1, 34)
    assert row.values["name"] == KEYS.token(Entity.PERSON, "An␀na")
    newest, oldest = found.versions
    assert (newest.is_current, newest.valid_to, newest.is_deleted) == (True, None, False)
    assert (oldest.is_current, oldest.valid_to) == (False, newest.valid_from)
    assert (newest.batch_id, newest.seq, newest.schema_version) == (row.batch_id, row.seq, 1)
    assert newest.values == row.values
    assert oldest.values["name"] not in (row.values["name"], None)
    (kept,) = found.quarantined
    assert (kept.rules, kept.status) == (["type:age"], "kept")
    assert [mended.rule for mended in found.mended] == ["nul_character"]
    assert found.has_unkeyed  # the record without an id
    assert not found.has_more

    trails = [found.batches[part.batch_id] for part in (oldest, kept, newest)]
    assert [trail.job_id for trail in trails] == jobs
    assert {trail.connector for trail in trails} == {"source-ledger"}
    assert all(trail.connector_version and trail.mode == "mock" for trail in trails)
    promotions = [found.promotions[trail.promotion_id or 0] for trail in trails]
    assert [promoted.job_id for promoted in promotions] == jobs
    for trail, promoted in zip(trails, promotions, strict=True):
        assert trail.landed_at < promoted.recorded_at
        assert promoted.audit is not None
        assert {score.dimension for score in promoted.audit.scores} == set(Dimension)
        assert promoted.audit.checks[0].check == "rows"
    ((decision, decided_at),) = found.decisions
    assert decision == PERSON
    assert decided_at < promotions[0].recorded_at
    assert json.loads(found.source or "")["name"] == "An␀na"


async def test_the_source_message_is_shown_to_nobody_who_does_not_ask(
    atlas: Atlas, tmp_path: Path
) -> None:
    await connect(atlas)
    await synced(atlas, tmp_path, person(1, 1))

    found = await of(atlas, [1])

    assert found.source is None
    assert "Anna" not in repr(found)
    assert found == await of(atlas, key_hash=found.key_hash)


async def test_a_key_that_is_gone_has_its_versions_and_no_row(atlas: Atlas, tmp_path: Path) -> None:
    await connect(atlas, SyncMode.FULL_REFRESH_OVERWRITE, cursor=False)
    await synced(atlas, tmp_path, person(1, 1), person(2, 1))
    await synced(atlas, tmp_path, person(2, 1))

    gone, there = await of(atlas, [1]), await of(atlas, [2])

    assert gone.rows == []
    assert [version.is_deleted for version in gone.versions] == [True, False]
    # the row of the newest generation, and the version that it did not change
    assert (len(there.rows), len(there.versions)) == (1, 1)
    assert there.rows[0].batch_id > there.versions[0].batch_id
    assert {there.rows[0].batch_id, there.versions[0].batch_id} == set(there.batches)


async def test_a_key_that_ended_with_a_clear_and_began_anew(atlas: Atlas, tmp_path: Path) -> None:
    await connect(atlas)
    await synced(atlas, tmp_path, person(1, 1), person(2, 1))
    job = await atlas.scheduler.start(atlas.connection_id, JobType.CLEAR)
    await atlas.run(job.job_id)
    ended = await of(atlas, [1])
    await synced(atlas, tmp_path, person(1, 1, age=99))

    again, gone = await of(atlas, [1]), await of(atlas, [2])

    for found in (ended, gone):
        (version,) = found.versions
        assert (found.rows, version.is_current, version.is_deleted) == ([], False, False)
        assert version.valid_to is not None
    assert len(again.rows) == 1
    assert [version.is_current for version in again.versions] == [True, False]
    assert {version.schema_version for version in again.versions} == {1}


async def test_a_record_that_was_only_quarantined_has_a_passport(
    atlas: Atlas, tmp_path: Path
) -> None:
    await connect(atlas)
    await synced(atlas, tmp_path, person(1, 1, age="old"))

    found = await of(atlas, [1], with_source=True)

    assert (found.rows, found.versions, len(found.quarantined)) == ([], [], 1)
    assert json.loads(found.source or "")["age"] == "old"


async def test_a_key_that_has_more_than_is_shown_says_so(
    atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passport, "MOST_VERSIONS", 2)
    await connect(atlas)
    await synced(atlas, tmp_path, *(person(key, second) for second in range(3) for key in (1, 2)), person(3, 1))  # fmt: skip

    many, few = await of(atlas, [1]), await of(atlas, [3])

    assert (len(many.versions), many.has_more) == (2, True)
    assert many.versions[0].is_current
    assert (len(few.versions), few.has_more) == (1, False)


async def test_what_is_not_there_is_not_found(atlas: Atlas, tmp_path: Path) -> None:
    await connect(atlas)
    with pytest.raises(RowNotFound):  # nothing was ever synced
        await of(atlas, [1])
    await synced(atlas, tmp_path, person(1, 1))

    with pytest.raises(RowNotFound) as refused:
        await of(atlas, [4711])
    with pytest.raises(StreamNotFound):
        await passport.of_row(atlas.database, KEYS, Wanted(connection_id=atlas.connection_id, stream="x", key=[1]))  # fmt: skip
    with pytest.raises(ConnectionNotFound):
        await passport.of_row(atlas.database, KEYS, Wanted(connection_id=ConnectionId(UUID(int=7)), stream="people", key=[1]))  # fmt: skip

    assert "4711" not in refused.value.detail


# ── how it is looked up ───────────────────────────────────────────────────────────────────────────


@dataclass
class Explaining:
    """A connection that asks PostgreSQL for the plan of each statement before it is run."""

    connection: Connection
    plans: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    async def _explain(self, query: str, args: Sequence[object]) -> None:
        plan = await self.connection.fetchval(f"EXPLAIN (FORMAT JSON) {query}", *args)
        self.plans.append((query, json.loads(plan)[0]["Plan"]))

    async def fetch(self, query: str, *args: object) -> Sequence[Row]:
        await self._explain(query, args)
        return await self.connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: object) -> Row | None:
        await self._explain(query, args)
        return await self.connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: object) -> Any:
        await self._explain(query, args)
        return await self.connection.fetchval(query, *args)


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All of a plan, but what row-level security asks of a row: it is never asked of who sees everything."""
    yield plan
    for below in plan.get("Plans", ()):
        if not is_wall(below):
            yield from nodes(below)


def is_wall(plan: Mapping[str, Any]) -> bool:
    return plan["Parent Relationship"] == "SubPlan" and "workspace_id = ANY" in json.dumps(plan)


LEADING = """
SELECT c.relname AS index, pg_get_indexdef(i.indexrelid, 1, true) AS column
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE pg_relation_size(i.indrelid) > current_setting('block_size')::int
"""
"""The first column of every index; of a table of one page any index is as good as another."""


def scans(plan: Mapping[str, Any], leading: Mapping[str, str]) -> list[str]:
    """What a plan reads as a whole: tables, or indexes without a condition on their first column."""
    found = []
    for node in nodes(plan):
        kind, index = node["Node Type"], node.get("Index Name", "")
        if kind in ("Seq Scan", "Sample Scan", "Tid Scan"):
            found.append(f"{kind} on {node['Relation Name']}")
        elif "Index" in kind:
            conditions = re.findall(r"\w+", node.get("Index Cond", ""))
            if not conditions or leading.get(index, conditions[0]) not in conditions:
                found.append(f"{kind} on {index}")
    return found


@pytest.mark.parametrize(
    ("mode", "cursor", "analyzed", "cleared"),
    [
        (SyncMode.INCREMENTAL_DEDUPED_HISTORY, True, False, True),
        (SyncMode.INCREMENTAL_DEDUPED_HISTORY, False, True, False),
        (SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED, False, False, False),
        (SyncMode.FULL_REFRESH_OVERWRITE, True, True, True),
        (SyncMode.INCREMENTAL_APPEND, True, True, False),
        (SyncMode.INCREMENTAL_APPEND, True, False, True),
    ],
)
@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_no_step_reads_a_table_as_a_whole(
    mode: SyncMode, cursor: bool, analyzed: bool, cleared: bool, atlas: Atlas, tmp_path: Path
) -> None:
    await connect(atlas, mode, cursor=cursor)
    if cleared:
        await synced(atlas, tmp_path, person(7, 0))
        job = await atlas.scheduler.start(atlas.connection_id, JobType.CLEAR)
        await atlas.run(job.job_id)
    for second in range(2):
        await synced(atlas, tmp_path, *(person(key, second) for key in range(1_500)))
    if analyzed:
        await atlas.execute("ANALYZE")
    wanted = Wanted(
        connection_id=atlas.connection_id, stream="people", key={"id": 7}, with_source=True
    )

    async with atlas.database.transaction() as session:
        await layers.look_by_probes(session)
        explaining = Explaining(session)
        found = await passport.look(explaining, KEYS, wanted)  # type: ignore[arg-type]

    assert found.rows
    assert found.versions
    assert found.source is not None
    leading = {row["index"]: row["column"] for row in await atlas.fetch(LEADING)}
    read = {query: scans(plan, leading) for query, plan in explaining.plans}
    assert [what for whole in read.values() for what in whole] == []
    touched = {node.get("Relation Name") for _, plan in explaining.plans for node in nodes(plan)}
    assert {"ledger_people", "ledger_people__history", "ledger_people_raw_0", "batches", "attempts", "outbox", "chart_records", "column_decisions", "scores", "check_results"} <= touched  # fmt: skip
