"""/v1/transformations and /v1/transformation-runs; dbt is a stand-in."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.core.access import Role
from app.core.jobs import JobStatus
from app.core.settings import Settings
from app.core.transformations import Artifact
from app.sync.transformations.runner import TransformationRunner
from tests.api.client import Client
from tests.api.making import NOBODY, WORKSPACE, make_connection
from tests.api.test_roles import holding
from tests.fixtures.dbt import MODELS, PROJECT, Projects
from tests.fixtures.owner import owner_of
from tests.lineage.samples import writer

Json = dict[str, Any]
ORDERS, TEST, REVENUE = MODELS
SECRET = "correct horse battery"
WANTED: Json = {"name": "nightly", "workspaceId": WORKSPACE, "project": PROJECT}


@pytest.fixture
def projects(tmp_path: Path) -> Projects:
    made = Projects(tmp_path / "projects")
    made.tell()
    return made


@pytest.fixture
def settings(dsn: str, tmp_path: Path, projects: Projects) -> Settings:
    return Settings.model_validate(
        {
            "database_url": dsn,
            "home": tmp_path / ".atlas",
            "source_mode": "mock",
            "dbt_projects": projects.folder,
        }
    )


async def work(app: FastAPI, projects: Projects) -> None:
    """Let a worker see to one run."""
    runner = TransformationRunner(
        database=app.state.database,
        dbt=projects.dbt,
        environments=app.state.environments,
        lineage=writer(),
        lease_s=45.0,
        wait_s=0.01,
        log_limit_bytes=1_000_000,
    )
    assert await runner.run() == 0.0


async def test_a_transformation_is_made_shown_changed_and_deleted(api: Client) -> None:
    made = await api.post(
        "/transformations",
        {
            **WANTED,
            "target": "postgres",
            "select": ["tag:finale", "+revenue"],
            "vars": {"day": "2026-01-01"},
            "environment": {"WAREHOUSE_PASSWORD": SECRET, "DAY": "monday"},
        },
    )
    path = f"/transformations/{made['transformationId']}"
    changed = await api.patch(
        path, {"environment": {"DAY": None, "WEEK": "1"}, "target": None, "retries": 2}
    )
    shown = await api.get(path)
    listed = await api.get("/transformations")
    deleted = await api.http.delete(f"/v1{path}")

    assert made["environment"] == {"WAREHOUSE_PASSWORD": "**********", "DAY": "monday"}
    assert changed["environment"] == {"WAREHOUSE_PASSWORD": "**********", "WEEK": "1"}
    assert (made["target"], "target" in changed) == ("postgres", False)
    assert (changed["select"], changed["retries"]) == (["tag:finale", "+revenue"], 2)
    assert shown == changed
    assert listed["data"] == [changed]
    assert deleted.status_code == 204
    await api.problem("GET", path, 404)
    assert (await api.get("/transformations"))["data"] == []


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"project": "../shop"}, 422),
        ({"project": "/etc"}, 422),
        ({"project": "elsewhere"}, 409),
        ({"select": ["--profiles-dir"]}, 422),
        ({"select": ["a b"]}, 422),
        ({"exclude": ["-x"]}, 422),
        ({"target": "--help"}, 422),
        ({"environment": {"LD_PRELOAD": "/tmp/x.so"}}, 422),
        ({"environment": {"PATH": "/tmp"}}, 422),
        ({"environment": {"A=B": "x"}}, 422),
        ({"environment": {"DAY": 1}}, 422),
        ({"environment": {"DAY": {"$secret": NOBODY}}}, 422),
        ({"timeoutS": 0}, 422),
        ({"retries": 100}, 422),
        ({"afterConnectionId": NOBODY}, 404),
        ({"workspaceId": NOBODY}, 404),
        ({"surprise": 1}, 422),
    ],
)
async def test_what_dbt_must_not_be_given_is_refused(
    api: Client, members: Json, status: int
) -> None:
    problem = await api.problem("POST", "/transformations", status, {**WANTED, **members})

    assert SECRET not in str(problem)
    assert (await api.get("/transformations"))["data"] == []


async def test_who_has_not_seen_a_change_does_not_overwrite_it(api: Client) -> None:
    made = await api.post("/transformations", WANTED)
    path = f"/v1/transformations/{made['transformationId']}"
    tag = (await api.http.get(path)).headers["etag"]
    await api.http.patch(path, json={"name": "hourly"})

    refused = await api.http.patch(path, json={"name": "daily"}, headers={"If-Match": tag})

    assert refused.status_code == 412
    assert (await api.http.get(path)).json()["name"] == "hourly"


async def test_a_run_is_asked_for_and_its_results_are_shown(
    api: Client, app: FastAPI, projects: Projects
) -> None:
    projects.tell([ORDERS, {**TEST, "status": "fail", "failures": 2}, {**REVENUE, "status": "skipped"}])  # fmt: skip
    made = await api.post("/transformations", {**WANTED, "makesDocs": True})
    asked = await api.post(f"/transformations/{made['transformationId']}/runs", {})
    path = f"/transformation-runs/{asked['transformationRunId']}"
    await work(app, projects)

    run = await api.get(path)
    logs = await api.get(f"{path}/logs", level="info", limit=2)
    said = await api.get(f"{path}/logs", text="skipped")
    listed = await api.get("/transformation-runs", transformationId=made["transformationId"])
    none = await api.get("/transformation-runs", status="succeeded")

    assert (asked["status"], asked["name"]) == ("pending", "nightly")
    assert run["status"] == "failed"
    assert run["failure"]["type"] == "/problems/transformation-tests-failed"
    assert [(node["name"], node["status"]) for node in run["nodes"]] == [
        ("orders", "success"),
        ("not_null_orders_id", "fail"),
        ("revenue", "skipped"),
    ]
    assert run["nodes"][1]["failures"] == 2
    assert {each["name"] for each in run["artifacts"]} == {"manifest", "run_results"}
    assert (len(logs["data"]), logs["next"] != "", logs["dropped"]) == (2, True, 0)
    assert [line["message"] for line in said["data"]] == ["3 of 3 SKIPPED model.shop.revenue"]
    assert [each["transformationRunId"] for each in listed["data"]] == [asked["transformationRunId"]]  # fmt: skip
    assert none["data"] == []


async def test_artifacts_are_given_as_dbt_wrote_them_and_a_page_reaches_nothing(
    api: Client, app: FastAPI, projects: Projects
) -> None:
    made = await api.post("/transformations", {**WANTED, "makesDocs": True})
    asked = await api.post(f"/transformations/{made['transformationId']}/runs", {})
    path = f"/v1/transformation-runs/{asked['transformationRunId']}/artifacts"
    await work(app, projects)

    manifest = await api.http.get(f"{path}/{Artifact.MANIFEST}")
    docs = await api.http.get(f"{path}/{Artifact.DOCS}")
    catalog = await api.http.get(f"{path}/{Artifact.CATALOG}")

    assert "model.shop.orders" in manifest.json()["nodes"]
    assert docs.text == "<html>the shop</html>"
    assert docs.headers["content-type"].startswith("text/html")
    policy = docs.headers["content-security-policy"]
    assert policy.startswith("sandbox")
    assert "allow-same-origin" not in policy
    assert catalog.json() == {"nodes": {}}
    await api.problem("GET", f"/transformation-runs/{asked['transformationRunId']}/artifacts/x", 422)  # fmt: skip


async def test_a_run_is_a_part_of_the_one_that_began_it(api: Client) -> None:
    made = await api.post("/transformations", WANTED)
    path = f"/v1/transformations/{made['transformationId']}/runs"
    told = {"namespace": "airflow", "jobName": "daily/dbt", "runId": NOBODY}
    line = {"Atlas-Parent-Run": f"airflow/daily%2Fdbt/{NOBODY}"}

    by_header = await api.http.post(path, json={}, headers=line)
    by_body = await api.http.post(path, json={"parentRun": told})
    both = await api.http.post(path, json={"parentRun": told}, headers=line)
    torn = await api.http.post(path, json={"parentRun": {**told, "jobName": "x"}}, headers=line)
    none = await api.http.post(path, json={}, headers={"Atlas-Parent-Run": "airflow"})

    assert [answer.json()["parentRun"] for answer in (by_header, by_body, both)] == [told] * 3
    assert (torn.status_code, none.status_code) == (422, 422)


async def test_lineage_of_a_run_is_seen_in_its_workspace_alone(
    api: Client, app: FastAPI, projects: Projects
) -> None:
    other = str(uuid4())
    async with owner_of(app.state.database) as session:
        await session.execute(
            "INSERT INTO pipeline.workspaces (workspace_id, name) VALUES ($1, 'other')", other
        )
    made = await api.post("/transformations", WANTED)
    await api.post(f"/transformations/{made['transformationId']}/runs", {})
    await work(app, projects)

    seen = {}
    for place in (WORKSPACE, other):
        headers = await holding(app, Role.VIEWER, place)
        listed = (await api.http.get("/v1/lineage/events", headers=headers)).json()["data"]
        graph = await api.http.get(
            "/v1/lineage/graph", params={"dataset": "atlas.finale.revenue"}, headers=headers
        )
        seen[place] = ({event["jobName"] for event in listed}, graph.status_code)

    assert seen[WORKSPACE] == ({"nightly", "nightly.orders", "nightly.revenue"}, 200)
    assert seen[other] == (set(), 404)


async def test_a_workspace_that_has_one_is_not_deleted(api: Client) -> None:
    place = (await api.post("/workspaces", {"name": "other"}))["workspaceId"]
    made = await api.post("/transformations", {**WANTED, "workspaceId": place})

    refused = await api.problem("DELETE", f"/workspaces/{place}", 409)
    await api.http.delete(f"/v1/transformations/{made['transformationId']}")
    deleted = await api.http.delete(f"/v1/workspaces/{place}")

    assert "1 transformations" in refused["detail"]
    assert deleted.status_code == 204


async def test_a_run_is_cancelled_once(api: Client) -> None:
    made = await api.post("/transformations", WANTED)
    asked = await api.post(f"/transformations/{made['transformationId']}/runs", {})
    path = f"/transformation-runs/{asked['transformationRunId']}"

    cancelled = await api.delete(path)

    assert cancelled["status"] == "cancelled"
    assert (await api.problem("DELETE", path, 409))["type"] == "/problems/transformation-run-over"
    await api.problem("POST", f"{path}/retry", 409)
    missing = await api.problem("DELETE", "/transformation-runs/999", 404)
    assert missing["data"]["resourceType"] == "transformation_run"


async def test_a_failed_run_is_retried_as_a_new_one(
    api: Client, app: FastAPI, projects: Projects
) -> None:
    projects.tell([{**ORDERS, "status": "error", "then": "success"}])
    made = await api.post("/transformations", WANTED)
    asked = await api.post(f"/transformations/{made['transformationId']}/runs", {})
    await work(app, projects)

    again = await api.post(f"/transformation-runs/{asked['transformationRunId']}/retry", {})
    await work(app, projects)

    run = await api.get(f"/transformation-runs/{again['transformationRunId']}")
    assert (run["status"], run["retryOf"]) == ("succeeded", asked["transformationRunId"])
    assert projects.commands() == ["build", "retry"]


async def test_an_inactive_one_does_not_run(api: Client) -> None:
    made = await api.post("/transformations", WANTED)
    path = f"/transformations/{made['transformationId']}"
    await api.patch(path, {"status": "inactive"})

    await api.problem("POST", f"{path}/runs", 409, {})
    await api.problem("PATCH", path, 422, {"status": "deprecated"})


async def test_a_job_names_the_runs_that_followed_it(
    api: Client, app: FastAPI, client: httpx.AsyncClient
) -> None:
    connection = await make_connection(client)
    made = await api.post("/transformations", {**WANTED, "afterConnectionId": connection["connectionId"]})  # fmt: skip
    job = await api.job(connection)
    before = await api.get(f"/jobs/{job['jobId']}")
    async with app.state.database.transaction() as session:
        await app.state.scheduler.transitions.end(session, job["jobId"], JobStatus.SUCCEEDED)

    after = await api.get(f"/jobs/{job['jobId']}")
    followed = await api.get("/transformation-runs", jobId=job["jobId"])
    of_connection = await api.get("/transformations", connectionId=connection["connectionId"])

    assert "transformationRuns" not in before["atlas"]
    (run,) = followed["data"]
    assert after["atlas"]["transformationRuns"] == [run["transformationRunId"]]
    assert run["afterJobId"] == job["jobId"]
    assert [each["transformationId"] for each in of_connection["data"]] == [made["transformationId"]]  # fmt: skip


async def test_what_is_done_is_in_the_audit_log(api: Client) -> None:
    made = await api.post("/transformations", {**WANTED, "environment": {"A_TOKEN": SECRET}})
    asked = await api.post(f"/transformations/{made['transformationId']}/runs", {})
    await api.delete(f"/transformation-runs/{asked['transformationRunId']}")

    entries = (await api.get("/audit"))["data"]

    assert [entry["action"] for entry in entries[:3]] == [
        "cancelTransformationRun",
        "createTransformationRun",
        "createTransformation",
    ]
    assert {entry["workspaceId"] for entry in entries[:3]} == {WORKSPACE}
    assert SECRET not in str(entries)


async def test_a_deleted_one_runs_no_more_and_keeps_no_secret(api: Client, app: FastAPI) -> None:
    made = await api.post("/transformations", {**WANTED, "environment": {"A_TOKEN": SECRET}})
    asked = await api.post(f"/transformations/{made['transformationId']}/runs", {})

    await api.http.delete(f"/v1/transformations/{made['transformationId']}")

    run = await api.get(f"/transformation-runs/{asked['transformationRunId']}")
    async with app.state.database.connection() as session:
        assert await session.fetchval("SELECT count(*) FROM pipeline.secrets") == 0
    assert run["status"] == "cancelled"
