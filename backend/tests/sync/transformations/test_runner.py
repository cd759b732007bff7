"""Tests of app/sync/transformations: wishes, who sees to them, and what becomes of them; dbt is a stand-in."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.core.ids import ConnectionId, JobId, TransformationRunId
from app.core.jobs import JobStatus
from app.core.parent_runs import ParentRun, as_json
from app.core.transformations import Artifact, Build, NodeResult, Transformation, TransformationRun
from app.database.pool import Database
from app.sync.connections import connection_store
from app.sync.jobs.attempt_log import Level
from app.sync.log_retention import LogRetention
from app.sync.transformations import kept, runs, store
from app.sync.transformations.environments import Environments
from app.sync.transformations.runner import TransformationRunner
from tests.fixtures.atlas import atlas_on, environments_on
from tests.fixtures.books import Books
from tests.fixtures.dbt import MODELS, PROJECT, Json, Projects, is_alive
from tests.lineage.samples import writer
from tests.secrets.test_canaries import everything

ORDERS, TEST, REVENUE = MODELS
BROKEN = {**ORDERS, "status": "error", "message": "Database Error", "then": "success"}
SKIPPED = {**REVENUE, "status": "skipped", "then": "success"}
AWAY = {**ORDERS, "status": "error", "message": "server closed the connection unexpectedly"}
SOME_RUN = "0198c0de-0000-7000-8000-00000000000a"
GIVEN = {"PGHOST": "db", "PGPORT": "5432", "DBT_ENV_SECRET_PGPASSWORD": "atlas's own"}


@dataclass(slots=True)
class Transforming:
    """Atlas as far as transformations need it."""

    database: Database
    projects: Projects
    books: Books

    @property
    def environments(self) -> Environments:
        return environments_on(GIVEN)

    def runner(
        self, lease_s: float = 45.0, log_limit_bytes: int = 1_000_000
    ) -> TransformationRunner:
        return TransformationRunner(
            database=self.database,
            dbt=self.projects.dbt,
            environments=self.environments,
            lineage=writer(),
            lease_s=lease_s,
            wait_s=0.01,
            log_limit_bytes=log_limit_bytes,
        )

    async def make(
        self,
        build: Build | None = None,
        after: ConnectionId | None = None,
        **environment: object,
    ) -> Transformation:
        async with self.database.transaction() as session:
            made = await store.create(
                session,
                connection_store.HOME_WORKSPACE,
                "nightly",
                after,
                build or Build(project=PROJECT),
            )
            return await self.environments.keep(session, made, environment)

    async def ask(
        self, transformation: Transformation, parent: ParentRun | None = None
    ) -> TransformationRunId:
        async with self.database.transaction() as session:
            found = await runs.ask(session, transformation, "a person", parent=parent)
        return found.transformation_run_id

    async def see(self, run_id: TransformationRunId) -> TransformationRun:
        async with self.database.connection() as session:
            return await runs.get(session, run_id)

    async def all(self) -> Sequence[TransformationRun]:
        """The oldest first."""
        async with self.database.connection() as session:
            return (await runs.listed(session, limit=100, offset=0))[::-1]

    async def nodes(self, run_id: TransformationRunId) -> dict[str, NodeResult]:
        async with self.database.connection() as session:
            return {node.name: node for node in await kept.nodes(session, run_id)}

    async def lines(self, run_id: TransformationRunId) -> list[tuple[Level, str]]:
        async with self.database.connection() as session:
            found = await kept.lines(session, run_id, limit=1_000, offset=0)
        return [(line.level, line.message) for line in found]

    async def events(self) -> list[Json]:
        rows = await self.books.values("SELECT event::text FROM lineage.outbox ORDER BY event_id")
        return [json.loads(str(row)) for row in rows]

    async def succeed(self, connection_id: ConnectionId, job_type: str = "sync", status: JobStatus = JobStatus.SUCCEEDED) -> JobId:  # fmt: skip
        """A job of a connection, to its end as Atlas ends it."""
        job_id = await self.books.job(connection_id)
        await self.books.execute("UPDATE pipeline.jobs SET job_type = $2 WHERE job_id = $1", job_id, job_type)  # fmt: skip
        await self.books.attempt(job_id)
        async with self.database.transaction() as session:
            await atlas_on(self.database).transitions.end(session, job_id, status)
        return job_id

    @asynccontextmanager
    async def hanging(self, lease_s: float = 45.0) -> AsyncIterator["tuple[asyncio.Task[Any], list[int]]"]:  # fmt: skip
        """A runner whose dbt does not end by itself, and its processes."""
        self.projects.tell(behaves="hangs")
        task = asyncio.create_task(self.runner(lease_s).run())
        try:
            yield task, await self.projects.pids()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def transforming(database: Database, books: Books, tmp_path: Path) -> Transforming:
    projects = Projects(tmp_path / "projects")
    projects.tell()
    return Transforming(database, projects, books)


async def test_a_run_is_seen_to_and_what_it_left_is_kept(transforming: Transforming) -> None:
    run_id = await transforming.ask(await transforming.make())

    first = await transforming.runner().run()
    then = await transforming.runner().run()

    run = await transforming.see(run_id)
    assert (first, then) == (0.0, None)
    assert (run.status, run.failure, run.warnings) == (JobStatus.SUCCEEDED, None, [])
    assert (run.nodes_done, run.nodes_total, run.dbt_version, run.tries) == (3, 3, "1.11.16", 1)
    nodes = await transforming.nodes(run_id)
    assert {name: (node.status.value, node.rows) for name, node in nodes.items()} == {
        "orders": ("success", 10),
        "not_null_orders_id": ("pass", None),
        "revenue": ("success", 3),
    }
    assert (Level.INFO, "Running with dbt=1.11.16") in await transforming.lines(run_id)
    async with transforming.database.connection() as session:
        manifest = json.loads(await kept.artifact(session, run_id, Artifact.MANIFEST))
    assert "model.shop.orders" in manifest["nodes"]


async def test_a_run_that_failed_is_gone_on_from(transforming: Transforming) -> None:
    transformation = await transforming.make()
    failed_id = await transforming.ask(transformation)
    transforming.projects.tell([BROKEN, TEST, SKIPPED])
    await transforming.runner().run()
    failed = await transforming.see(failed_id)

    async with transforming.database.transaction() as session:
        again = await runs.retry(session, transformation, failed, "a person")
    await transforming.runner().run()

    assert failed.failure is not None
    assert failed.failure.slug == "transformation-failed"
    assert transforming.projects.commands() == ["build", "retry"]
    run = await transforming.see(again.transformation_run_id)
    assert (run.status, run.retry_of) == (JobStatus.SUCCEEDED, failed_id)
    assert set(await transforming.nodes(run.transformation_run_id)) == {"orders", "revenue"}


async def test_what_never_had_results_is_built_anew(transforming: Transforming) -> None:
    transformation = await transforming.make()
    failed_id = await transforming.ask(transformation)
    transforming.projects.tell(behaves="cannot_parse")
    await transforming.runner().run()
    transforming.projects.tell()

    async with transforming.database.transaction() as session:
        await runs.retry(session, transformation, await runs.get(session, failed_id), "a person")
    await transforming.runner().run()

    assert transforming.projects.commands() == ["build", "build"]
    assert (await transforming.all())[-1].status is JobStatus.SUCCEEDED


async def test_failed_tests_that_do_not_block_are_named(transforming: Transforming) -> None:
    transforming.projects.tell([ORDERS, {**TEST, "status": "fail", "failures": 2}, REVENUE])
    lenient = Build(project=PROJECT, blocks_on_failed_tests=False)
    run_id = await transforming.ask(await transforming.make(lenient))

    await transforming.runner().run()

    run = await transforming.see(run_id)
    assert (run.status, run.warnings) == (JobStatus.SUCCEEDED, ["not_null_orders_id"])
    assert (await transforming.nodes(run_id))["not_null_orders_id"].failures == 2


# ── after a sync ──────────────────────────────────────────────────────────────────────────────────


async def test_a_successful_job_is_followed_and_is_the_runs_parent(
    transforming: Transforming,
) -> None:
    connection_id = await transforming.books.connect()
    await transforming.make(after=connection_id)

    job_id = await transforming.succeed(connection_id)
    await transforming.runner().run()

    (run,) = await transforming.all()
    assert (run.after_job_id, run.asked_by, run.status) == (job_id, f"job:{job_id}", JobStatus.SUCCEEDED)  # fmt: skip
    (attempt,) = await transforming.books.values("SELECT run_id FROM pipeline.attempts")
    for event in [each for each in await transforming.events() if each["job"]["name"] == "nightly"]:
        parent = event["run"]["facets"]["parent"]
        assert parent["run"]["runId"] == str(attempt)
        assert (parent["job"]["namespace"], parent["job"]["name"]) == ("atlas", "daily")


async def test_who_began_the_job_is_the_root_of_what_follows_it(transforming: Transforming) -> None:
    connection_id = await transforming.books.connect()
    await transforming.make(after=connection_id)
    job_id = await transforming.succeed(connection_id)
    told = as_json(ParentRun(namespace="airflow", job_name="daily.sync", run_id=UUID(SOME_RUN)))
    await transforming.books.execute(
        "UPDATE pipeline.jobs SET parent_run = $2::jsonb WHERE job_id = $1",
        job_id,
        json.dumps(told),
    )

    await transforming.runner().run()

    parents = [event["run"]["facets"]["parent"] for event in await transforming.events()]
    assert {parent["root"]["run"]["runId"] for parent in parents} == {SOME_RUN}
    assert parents[0]["job"]["name"] == "daily"


@pytest.mark.parametrize(
    ("job_type", "status"),
    [("sync", JobStatus.FAILED), ("clear", JobStatus.SUCCEEDED), ("rebuild", JobStatus.SUCCEEDED)],
)
async def test_what_brought_no_data_is_not_followed(
    transforming: Transforming, job_type: str, status: JobStatus
) -> None:
    connection_id = await transforming.books.connect()
    await transforming.make(after=connection_id)

    await transforming.succeed(connection_id, job_type, status)

    assert await transforming.all() == []


async def test_a_run_that_has_not_begun_gives_way_to_the_next(transforming: Transforming) -> None:
    connection_id = await transforming.books.connect()
    transformation = await transforming.make(after=connection_id)
    wished_for = await transforming.ask(transformation)
    first = await transforming.succeed(connection_id)

    second = await transforming.succeed(connection_id)

    own, superseded, waiting = await transforming.all()
    assert (own.transformation_run_id, own.status) == (wished_for, JobStatus.PENDING)
    assert (superseded.after_job_id, superseded.status) == (first, JobStatus.CANCELLED)
    assert superseded.failure is not None
    assert superseded.failure.slug == "transformation-superseded"
    assert (waiting.after_job_id, waiting.status) == (second, JobStatus.PENDING)


# ── who has a run in hand ─────────────────────────────────────────────────────────────────────────


async def test_a_cancelled_run_ends_its_dbt_and_holds_the_next_until_then(
    transforming: Transforming,
) -> None:
    transformation = await transforming.make()
    run_id, next_id = await transforming.ask(transformation), await transforming.ask(transformation)
    async with transforming.hanging() as (task, pids):
        async with transforming.database.transaction() as session:
            cancelled = await runs.cancel(session, run_id)
        async with asyncio.timeout(30):
            other = await transforming.runner().run()
            await task

    assert cancelled.status is JobStatus.CANCELLED
    assert other is None, "its dbt may still write"
    assert [pid for pid in pids if is_alive(pid)] == []
    assert [event["eventType"] for event in await transforming.events()] == ["START", "ABORT"]
    assert await transforming.lines(run_id) != []
    transforming.projects.tell()
    assert await transforming.runner().run() == 0.0
    assert (await transforming.see(next_id)).status is JobStatus.SUCCEEDED


async def test_runs_of_a_transformation_come_one_after_the_other(
    transforming: Transforming,
) -> None:
    transformation = await transforming.make()
    await transforming.ask(transformation)
    await transforming.ask(transformation)
    elsewhere = await transforming.make()
    async with transforming.hanging():
        async with asyncio.timeout(30):
            assert await transforming.runner().run() is None

        other_id = await transforming.ask(elsewhere)
        transforming.projects.tell()
        assert await transforming.runner().run() == 0.0

    assert (await transforming.see(other_id)).status is JobStatus.SUCCEEDED


async def test_a_worker_that_is_stopped_gives_its_run_back(transforming: Transforming) -> None:
    run_id = await transforming.ask(await transforming.make())

    async with transforming.hanging() as (_, pids):
        pass

    stopped = await transforming.see(run_id)
    assert (stopped.status, stopped.tries) == (JobStatus.PENDING, 0)
    assert [pid for pid in pids if is_alive(pid)] == []
    transforming.projects.tell()
    await transforming.runner().run()
    assert (await transforming.see(run_id)).status is JobStatus.SUCCEEDED


@pytest.mark.parametrize(("deaths", "status"), [(1, JobStatus.SUCCEEDED), (3, JobStatus.FAILED)])
async def test_what_a_dead_process_left_is_begun_anew_three_times(
    transforming: Transforming, deaths: int, status: JobStatus
) -> None:
    run_id = await transforming.ask(await transforming.make())
    for _ in range(deaths):
        async with transforming.database.transaction() as session:
            assert await runs.take(session, "gone", -1.0)

    await transforming.runner().run()

    run = await transforming.see(run_id)
    assert (run.status, run.tries) == (status, deaths + 1)
    assert (run.failure.slug if run.failure else None) == (
        "worker-died" if status is JobStatus.FAILED else None
    )


async def test_a_worker_whose_run_is_anothers_writes_nothing_more(
    transforming: Transforming,
) -> None:
    run_id = await transforming.ask(await transforming.make())
    async with transforming.hanging(lease_s=3_600.0) as (task, pids):
        await transforming.books.execute(
            "UPDATE pipeline.transformation_runs SET tries = tries + 1"
        )
        async with asyncio.timeout(30):
            await task

    run = await transforming.see(run_id)
    assert [pid for pid in pids if is_alive(pid)] == []
    assert (run.status, run.tries, run.ended_at) == (JobStatus.RUNNING, 2, None)
    assert [event["eventType"] for event in await transforming.events()] == ["START"]


async def test_what_time_mends_is_tried_again_as_often_as_is_wished_for(
    transforming: Transforming,
) -> None:
    transforming.projects.tell([AWAY, TEST, SKIPPED])
    await transforming.ask(await transforming.make(Build(project=PROJECT, retries=2)))

    for _ in range(3):
        await transforming.runner().run()
        await asyncio.sleep(0.05)

    found = await transforming.all()
    assert [run.status for run in found] == [JobStatus.FAILED] * 3
    assert [run.retry_of for run in found] == [
        None,
        *(run.transformation_run_id for run in found[:2]),
    ]
    assert transforming.projects.commands() == ["build", "retry", "retry"]


async def test_what_a_person_must_mend_is_not_tried_again(transforming: Transforming) -> None:
    transforming.projects.tell([BROKEN, TEST, SKIPPED])
    await transforming.ask(await transforming.make(Build(project=PROJECT, retries=2)))

    await transforming.runner().run()

    assert len(await transforming.all()) == 1


async def test_what_is_said_beyond_the_limit_is_counted(transforming: Transforming) -> None:
    transforming.projects.tell(says=[["Note", "x" * 1_000, "info"]] * 50)
    run_id = await transforming.ask(await transforming.make())

    await transforming.runner(log_limit_bytes=10_000).run()

    run, lines = await transforming.see(run_id), await transforming.lines(run_id)
    assert run.status is JobStatus.SUCCEEDED
    assert sum(len(message) for _, message in lines) <= 10_000
    assert run.log_dropped > 40


async def test_what_was_said_long_ago_is_let_go_of(transforming: Transforming) -> None:
    transforming.projects.tell(says=[["Note", "hello", "info"]])
    transformation = await transforming.make()
    older, newer = await transforming.ask(transformation), await transforming.ask(transformation)
    await transforming.runner().run()
    await transforming.runner().run()
    async with transforming.database.transaction() as session:
        await session.execute(
            "UPDATE pipeline.transformation_runs SET ended_at = now() - interval '2 days' WHERE transformation_run_id = $1",
            older,
        )

    await LogRetention(database=transforming.database, keep_d=1).run()

    assert await transforming.lines(older) == []
    assert (await transforming.see(older)).log_forgotten_at is not None
    assert await transforming.lines(newer)
    assert (await transforming.see(newer)).log_forgotten_at is None


# ── what dbt is given ─────────────────────────────────────────────────────────────────────────────


async def test_secrets_are_locked_away_and_given_to_dbt_alone(transforming: Transforming) -> None:
    secret = "correct horse battery"
    transforming.projects.tell(says=[["Note", f"using {secret}", "info"]])
    transformation = await transforming.make(WAREHOUSE_PASSWORD=secret, DAY="monday")
    run_id = await transforming.ask(transformation)

    await transforming.runner().run()

    (call,) = transforming.projects.calls
    assert call["environment"]["WAREHOUSE_PASSWORD"] == secret
    assert call["environment"]["DAY"] == "monday"
    assert call["environment"]["PGHOST"] == "db"
    assert secret not in await everything(transforming.database)
    assert (Level.INFO, "using [redacted]") in await transforming.lines(run_id)


async def test_who_names_another_database_is_not_told_the_password_of_atlas(
    transforming: Transforming,
) -> None:
    await transforming.ask(await transforming.make(PGHOST="elsewhere.example.org"))

    await transforming.runner().run()

    (call,) = transforming.projects.calls
    assert call["environment"]["PGHOST"] == "elsewhere.example.org"
    assert "atlas's own" not in call["environment"].values()


async def test_dbt_knows_whose_run_it_is_a_part_of(transforming: Transforming) -> None:
    parent = ParentRun(namespace="airflow", job_name="daily.dbt", run_id=UUID(SOME_RUN))
    run_id = await transforming.ask(await transforming.make(), parent)

    await transforming.runner().run()

    run = await transforming.see(run_id)
    (call,) = transforming.projects.calls
    assert call["environment"]["OPENLINEAGE_PARENT_ID"] == f"atlas/nightly/{run.run_id}"
    events = await transforming.events()
    whole = [event for event in events if event["run"]["runId"] == str(run.run_id)]
    models = [event for event in events if event["run"]["runId"] != str(run.run_id)]
    assert {event["run"]["facets"]["parent"]["run"]["runId"] for event in whole} == {SOME_RUN}
    for event in models:
        told = event["run"]["facets"]["parent"]
        assert told["run"]["runId"] == str(run.run_id)
        assert told["root"]["run"]["runId"] == SOME_RUN


async def test_lineage_tells_of_tables_and_of_what_was_asserted_of_them(
    transforming: Transforming,
) -> None:
    transforming.projects.tell([ORDERS, {**TEST, "status": "fail", "failures": 2}, SKIPPED])
    await transforming.ask(await transforming.make())

    await transforming.runner().run()

    events = await transforming.events()
    told = [(event["eventType"], event["job"]["name"]) for event in events]
    assert told == [
        ("START", "nightly"),
        ("START", "nightly.orders"),
        ("COMPLETE", "nightly.orders"),
        ("FAIL", "nightly"),
    ]
    made, whole = events[2], events[3]
    names = [(each["namespace"], each["name"]) for each in (*made["inputs"], *made["outputs"])]
    assert names == [
        ("postgres://db:5432", "atlas.chart.shop_orders"),
        ("postgres://db:5432", "atlas.finale.orders"),
    ]
    assert made["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 10
    (subject,) = whole["inputs"]
    (assertion,) = subject["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert (subject["name"], assertion["assertion"], assertion["success"]) == (
        "atlas.finale.orders",
        "not_null",
        False,
    )
    assert "not_null_orders_id" in whole["run"]["facets"]["errorMessage"]["message"]


async def test_lineage_that_fails_stops_no_run(transforming: Transforming) -> None:
    run_id = await transforming.ask(await transforming.make())
    await transforming.books.execute("ALTER TABLE lineage.outbox RENAME TO outbox_gone")

    await transforming.runner().run()

    assert (await transforming.see(run_id)).status is JobStatus.SUCCEEDED


async def test_the_newest_runs_keep_their_artifacts(
    transforming: Transforming, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_RUNS_WITH_ARTIFACTS", 1)
    transformation = await transforming.make()
    older, newer = await transforming.ask(transformation), await transforming.ask(transformation)

    await transforming.runner().run()
    await transforming.runner().run()

    async with transforming.database.connection() as session:
        assert await kept.artifacts(session, older) == {}
        assert Artifact.MANIFEST in await kept.artifacts(session, newer)


async def test_a_dbt_that_is_not_installed_is_a_failed_run(transforming: Transforming) -> None:
    run_id = await transforming.ask(await transforming.make())
    runner = transforming.runner()

    await replace(runner, dbt=replace(runner.dbt, command=["/nowhere/dbt"])).run()

    run = await transforming.see(run_id)
    assert run.failure is not None
    assert (run.status, run.failure.slug) == (JobStatus.FAILED, "dbt-not-installed")
