"""Tests of app/sync/datasets/profiles.py: what is told of a dataset, when it is made, what is never told."""

import asyncio
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from app.core.catalog import Nested, SyncMode
from app.core.errors import ProfileTookTooLong, StreamNotFound
from app.core.findings import ITEMS, Action, DecidedBy, Entity, PathDecision, Verdict
from app.core.ids import StreamId
from app.core.jobs import JobOptions, JobStatus, JobType
from app.gates.pii import decisions as pii_decisions
from app.layers import profile as layers
from app.layers.profile import ColumnProfile
from app.sync.datasets import profiles
from app.sync.datasets.profiles import Profile
from tests.conftest import SERVERS
from tests.fixtures.atlas import Atlas
from tests.fixtures.scripted import AT, INSTANT, complete, offered, saying, whole
from tests.sync.test_promotion import Decided

SCHEMA: Mapping[str, object] = {
    "id": {"type": "integer"},
    "at": INSTANT,
    "name": {"type": "string"},
    "code": {"type": "string"},
    "doc": {"type": "object"},
    "new": {"type": "string"},
}
NAME = "Anna Berg"


def clean(*path: str) -> PathDecision:
    return PathDecision(path=path, verdict=Verdict.CLEAN)


def personal(*path: str) -> PathDecision:
    return PathDecision(path=path, verdict=Verdict.PERSONAL, entity=Entity.PERSON, confidence=0.9, action=Action.MASK)  # fmt: skip


CLEAN = [clean(field) for field in ("id", "at", "code", "name")]


async def connect(atlas: Atlas, mode: SyncMode = SyncMode.INCREMENTAL_DEDUPED_HISTORY) -> None:
    atlas.pii = Decided(CLEAN)
    await atlas.connect({}, mode, streams=[offered("people", SCHEMA, cursor=("at",))])


async def synced(atlas: Atlas, folder: Path, *records: Mapping[str, object]) -> None:
    datas = [json.dumps(record).encode() for record in records]
    atlas.command = saying(folder, whole("people", datas) if datas else [complete("people")])
    found = await atlas.sync()
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure


def person(key: int, second: int = 1, **more: object) -> dict[str, object]:
    return {"id": key, "at": AT % second, "name": NAME, "code": f"c{key}", **more}


async def of(atlas: Atlas) -> Profile:
    return await profiles.of_dataset(atlas.database, atlas.connection_id, "people", None)


def column(found: Profile, name: str) -> ColumnProfile:
    assert found.saved is not None
    return next(each for each in found.saved.chart.columns if each.column == name)


def rows(found: Profile) -> int:
    assert found.saved is not None
    return found.saved.chart.rows


async def everything(atlas: Atlas) -> str:
    """All that is kept in profiles, as text."""
    tables = ("range_profiles", "column_profiles", "dataset_profiles")
    return str([await atlas.rows(f"quality.{table}") for table in tables])


# ── what it tells ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_a_profile_tells_what_chart_holds_and_what_arrived(
    atlas: Atlas, tmp_path: Path
) -> None:
    await connect(atlas)
    await synced(atlas, tmp_path, person(1), person(2), person(3))
    await synced(atlas, tmp_path, person(1, 5), person(9, 2, name=None))

    found = await of(atlas)

    assert rows(found) == 4  # five records arrived
    assert (column(found, "id").low, column(found, "id").high) == ("1", "9")
    assert column(found, "at").high == "2024-01-01T00:00:05+00:00"
    assert column(found, "name").top == [(NAME, 3)]
    assert column(found, "name").nulls == 1
    assert found.arrived["id"].rows == 5
    assert (found.arrived["id"].low_number, found.arrived["id"].high_number) == (
        Decimal(1),
        Decimal(9),
    )
    assert found.arrived["name"].nulls == 1
    assert found.freshness.promoted_at is not None
    assert found.freshness.promotion_id is not None


async def test_a_new_generation_replaces_the_profile_and_adds_to_what_arrived(
    atlas: Atlas, tmp_path: Path
) -> None:
    await connect(atlas, SyncMode.FULL_REFRESH_OVERWRITE)
    await synced(atlas, tmp_path, person(1), person(200))
    before = await of(atlas)
    await synced(atlas, tmp_path, person(1))
    after = await of(atlas)
    await atlas.allow("on_empty")
    await synced(atlas, tmp_path)
    emptied = await of(atlas)

    assert [rows(each) for each in (before, after, emptied)] == [2, 1, 0]
    assert [column(each, "id").high for each in (before, after)] == ["200", "1"]
    assert after.arrived["id"].high_number == 200
    assert after.arrived["id"].rows == 3


async def test_a_profile_is_made_once_a_promotion(atlas: Atlas, tmp_path: Path) -> None:
    await connect(atlas)
    nothing = await of(atlas)
    await synced(atlas, tmp_path, person(1))
    first, second = await asyncio.gather(of(atlas), of(atlas))
    third = await of(atlas)
    await synced(atlas, tmp_path, person(2))
    fourth = await of(atlas)

    assert nothing.saved is None
    assert not nothing.arrived
    assert first.saved == second.saved == third.saved
    assert fourth.saved is not None
    assert first.saved is not None
    assert fourth.saved.profiled_at > first.saved.profiled_at


async def test_a_profile_that_takes_too_long_is_a_failure_or_an_older_one(
    atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(connection, layout, shown):  # type: ignore[no-untyped-def]
        await connection.execute("SELECT pg_sleep(5)")

    await connect(atlas)
    await synced(atlas, tmp_path, person(1))
    with monkeypatch.context() as patched:
        patched.setattr(profiles, "LIMIT_S", 0.05)
        patched.setattr(layers, "of_chart", slow)
        with pytest.raises(ProfileTookTooLong):
            await of(atlas)
    known = await of(atlas)
    await synced(atlas, tmp_path, person(2))
    with monkeypatch.context() as patched:
        patched.setattr(profiles, "LIMIT_S", 0.05)
        patched.setattr(layers, "of_chart", slow)
        stale = await of(atlas)

    assert not known.is_stale
    assert stale.is_stale
    assert stale.saved == known.saved


async def test_a_stream_that_is_none_is_not_found(atlas: Atlas) -> None:
    await connect(atlas)

    with pytest.raises(StreamNotFound):
        await profiles.of_dataset(atlas.database, atlas.connection_id, "others", None)


# ── what it never tells ───────────────────────────────────────────────────────────────────────────


async def test_values_of_a_column_that_turns_personal_leave_every_profile(
    atlas: Atlas, tmp_path: Path
) -> None:
    # given
    await connect(atlas)
    await synced(atlas, tmp_path, person(1), person(2))
    before = await of(atlas)
    kept = await everything(atlas)

    # when
    atlas.pii = Decided([*CLEAN[:-1], personal("name")])
    await synced(atlas, tmp_path, person(3))
    forgotten = await everything(atlas)
    after = await of(atlas)

    # then
    assert column(before, "name").top == [(NAME, 2)]
    assert NAME in kept
    assert NAME not in forgotten
    assert column(after, "name") == ColumnProfile(column="name", nulls=0, counted=3, distinct=1)
    assert after.arrived["name"] == after.arrived["name"].without_values
    assert (after.arrived["name"].rows, after.arrived["code"].high_text) == (3, "c3")
    assert after.shown == {"id", "at", "code"}


@pytest.mark.parametrize("job_type", [JobType.CLEAR, JobType.REFRESH])
@pytest.mark.parametrize("removes_history", [False, True])
async def test_what_is_cleared_leaves_the_profile_and_with_its_history_what_arrived(
    job_type: JobType, removes_history: bool, atlas: Atlas, tmp_path: Path
) -> None:
    await connect(atlas)
    await synced(atlas, tmp_path, person(1), person(2))
    await of(atlas)
    atlas.command = saying(tmp_path, whole("people", [json.dumps(person(3, name="Bo")).encode()]))

    options = JobOptions(removes_history=removes_history)
    job = await atlas.scheduler.start(atlas.connection_id, job_type, options)
    ended = await atlas.run(job.job_id)

    assert ended.job.status is JobStatus.SUCCEEDED
    assert (NAME in await everything(atlas)) is not removes_history
    found = await of(atlas)
    assert rows(found) == (1 if job_type is JobType.REFRESH else 0)
    assert column(found, "name").high == ("Bo" if job_type is JobType.REFRESH else None)


@pytest.mark.parametrize(
    "decisions",
    [
        [personal("doc", "name")],
        [clean("doc"), personal("doc", "name")],
        [clean("doc", "n"), personal("doc", "name")],
        [PathDecision(path=("doc",), verdict=Verdict.QUASI)],
        [PathDecision(path=("doc",), verdict=Verdict.REVIEW, action=Action.MASK)],
        [],
    ],
    ids=["in part", "opened", "one of two", "quasi", "doubt", "undecided"],
)
async def test_only_what_is_decided_clean_is_shown(
    decisions: list[PathDecision], atlas: Atlas
) -> None:
    await connect(atlas)
    assert atlas.connection is not None
    layout = atlas.connection.streams[0].layout

    assert pii_decisions.clean_columns(layout, [clean("id"), *decisions]) == {"id"}
    assert pii_decisions.clean_columns(layout, [clean("doc"), clean("doc", "a")]) == {"doc"}


async def test_a_profile_that_was_begun_before_a_mask_keeps_no_value(
    atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision is made while chart is read: it waits for nothing, and the profile for it."""
    await connect(atlas)
    await synced(atlas, tmp_path, person(1), person(2))
    assert atlas.connection is not None
    layout = atlas.connection.streams[0].layout
    read = layers.of_chart

    async def meanwhile(connection, layout, shown):  # type: ignore[no-untyped-def]
        found = await read(connection, layout, shown)
        async with atlas.database.transaction() as session:
            await pii_decisions.add(session, layout.stream_id, [personal("name")])
            await profiles.forget_values(session, layout, [*CLEAN[:-1], personal("name")])
        return found

    monkeypatch.setattr(layers, "of_chart", meanwhile)
    found = await of(atlas)

    assert column(found, "name") == ColumnProfile(column="name", nulls=0, counted=2, distinct=1)
    assert NAME not in await everything(atlas)
    assert found.shown == {"id", "at", "code"}
    assert layout.stream_id == StreamId(found.stream.stream_id)


async def test_a_person_may_open_a_column(atlas: Atlas, tmp_path: Path) -> None:
    await connect(atlas)
    opened = PathDecision(path=("new",), verdict=Verdict.CLEAN, decided_by=DecidedBy.PERSON)
    await synced(atlas, tmp_path, person(1, new="x"))
    before = await of(atlas)
    atlas.pii = Decided([*CLEAN, opened])
    await synced(atlas, tmp_path, person(2, new="x"))

    after = await of(atlas)

    assert column(before, "new").top is None
    assert column(after, "new").top == [("x", 2)]


async def test_the_items_of_an_array_have_a_profile(atlas: Atlas, tmp_path: Path) -> None:
    schema = {**SCHEMA, "tags": {"type": "array", "items": {"type": "string"}}}
    atlas.pii = Decided([*CLEAN, clean("tags", ITEMS)])
    stream = offered("people", schema, cursor=("at",))
    await atlas.connect({}, streams=[stream], nested=Nested.CHILD_TABLES)
    await synced(atlas, tmp_path, person(1, tags=["a", "a", None]), person(2, tags=["b"]))

    async def of(field: str) -> Profile:
        return await profiles.of_items(atlas.database, atlas.connection_id, "people", None, field)

    found = await of("tags")

    assert found.saved is not None
    assert found.saved.chart.rows == 4
    (value,) = found.saved.chart.columns
    assert (value.column, value.nulls, value.distinct, value.low, value.high) == ("value", 1, 2, "a", "b")  # fmt: skip
    with pytest.raises(StreamNotFound):
        await of("doc")
