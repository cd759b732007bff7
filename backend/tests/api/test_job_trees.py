"""/v1/jobs/{jobId}/tree: one tree of a run, from who began it down to dbt's tests, and how it is cancelled."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.api.public.job_trees import JobTreeView
from app.core.access import Role
from app.core.ids import JobId
from app.core.settings import Settings
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client, Object
from tests.api.making import WORKSPACE
from tests.api.test_parent_runs import HEADER, PARENT
from tests.api.test_remotes import imported
from tests.api.test_roles import holding
from tests.api.test_transformations import ORDERS, REVENUE, TEST, WANTED, work
from tests.fixtures.airbyte_cloud import FakeCloud
from tests.fixtures.dbt import Projects
from tests.fixtures.driven import QUICK, USERS

BROKEN = [ORDERS, {**TEST, "status": "fail", "failures": 2}, {**REVENUE, "status": "skipped"}]


@pytest.fixture
def projects(tmp_path: Path) -> Projects:
    made = Projects(tmp_path / "projects")
    made.tell(BROKEN)
    return made


@pytest.fixture
def fake() -> Iterator[FakeCloud]:
    with FakeCloud().serving() as cloud:
        cloud.connect([USERS])
        yield cloud


@pytest.fixture
def settings(dsn: str, tmp_path: Path, projects: Projects) -> Settings:
    return Settings.model_validate(
        {
            "database_url": dsn, "home": tmp_path / ".atlas", "source_mode": "mock",
            "dbt_projects": projects.folder, **QUICK,
        }
    )  # fmt: skip


async def synced(api: Client, scheduler: SyncScheduler, connection: Object) -> int:
    """A job that Airflow began, at its end; a transformation follows it."""
    connection_id = connection["connectionId"]
    await api.post("/transformations", {**WANTED, "afterConnectionId": connection_id})
    began = await api.http.post(
        "/v1/jobs",
        json={"connectionId": connection_id, "jobType": "sync"},
        headers={"Atlas-Parent-Run": HEADER},
    )
    job_id: int = began.json()["jobId"]
    await scheduler.run(JobId(job_id))
    return job_id


async def test_a_tree_has_who_began_it_what_the_remote_did_and_what_dbt_found(
    api: Client,
    app: FastAPI,
    fake: FakeCloud,
    scheduler: SyncScheduler,
    projects: Projects,
) -> None:
    _, made = await imported(api, fake)
    job_id = await synced(api, scheduler, made["connection"])
    await work(app, projects)

    tree = await api.get(f"/jobs/{job_id}/tree")

    (attempt,) = tree["attempts"]
    (there,) = attempt["remoteJobs"]
    (run,) = tree["transformationRuns"]
    assert (tree["parentRun"], tree["status"], tree["engine"]) == (PARENT, "succeeded", "airbyte_cloud")  # fmt: skip
    assert (there["jobId"], there["status"], there["verification"]) == (41, "succeeded", "verified")
    assert (run["status"], run["failedTests"], run["failedNodes"]) == ("failed", 1, 0)
    assert (run["nodesDone"], run["nodesTotal"]) == (3, 3)
    assert tree["startedAt"] <= tree["endedAt"] <= run["startedAt"] <= run["endedAt"]


async def test_a_tree_is_as_it_is_documented_from_the_wish_to_the_end(
    api: Client, app: FastAPI, scheduler: SyncScheduler, projects: Projects
) -> None:
    connection = await api.connection({"name": "users"})
    waiting = await api.get(f"/jobs/{(await api.job(connection))['jobId']}/tree")
    ended = await synced(api, scheduler, await api.connection({"name": "users"}, name="other"))
    await work(app, projects)

    trees = [waiting, await api.get(f"/jobs/{ended}/tree")]

    for tree in trees:
        view = JobTreeView.model_validate(tree)
        assert view.model_dump(mode="json", by_alias=True) == tree
    assert "parentRun" not in waiting
    assert (waiting["attempts"], waiting["transformationRuns"]) == ([], [])
    await api.problem("GET", "/jobs/999/tree", 404)


async def test_cancelling_a_job_that_has_ended_cancels_what_follows_it_and_is_done_once(
    api: Client, scheduler: SyncScheduler
) -> None:
    job_id = await synced(api, scheduler, await api.connection({"name": "users"}))

    answer = await api.delete(f"/jobs/{job_id}")
    tree = await api.get(f"/jobs/{job_id}/tree")

    assert answer["status"] == "succeeded"
    assert [run["status"] for run in tree["transformationRuns"]] == ["cancelled"]
    await api.problem("DELETE", f"/jobs/{job_id}", 409)


async def test_who_may_not_see_a_workspace_sees_no_tree_of_it(api: Client, app: FastAPI) -> None:
    job = await api.job(await api.connection({"name": "users"}))
    other = (await api.post("/workspaces", {"name": "other"}))["workspaceId"]
    stranger = await holding(app, Role.VIEWER, other)
    viewer = await holding(app, Role.VIEWER, WORKSPACE)
    path = f"/v1/jobs/{job['jobId']}/tree"

    assert (await api.http.get(path, headers=stranger)).status_code == 404
    assert (await api.http.get(path, headers=viewer)).status_code == 200
