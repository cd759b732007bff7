"""What Airbyte's clients really sent, and what they look at in the answers.

Recorded of airbyte-api 0.53 and 1.0, the Airflow provider 6.2, dagster-airbyte 0.29, PyAirbyte 0.71 and
airbyte-prefect 1.2; tokens are in the tests of signing in.
"""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from app.core.ids import JobId
from app.sync.scheduler import SyncScheduler
from tests.api.client import nulls
from tests.api.making import DESTINATION, NOBODY, WORKSPACE, make_connection

Json = dict[str, Any]  # as a client has it
PUBLIC, CONFIG = "/api/public/v1", "/api/v1"
JOB = {"jobId", "status", "jobType", "startTime", "connectionId"}
CONNECTION = {
    "connectionId", "name", "sourceId", "destinationId", "workspaceId", "status", "schedule", "configurations",
    "createdAt", "tags", "namespaceDefinition", "prefix", "nonBreakingSchemaUpdatesBehavior",
}  # fmt: skip
ACTOR = {"name", "workspaceId", "configuration", "definitionId", "createdAt"}

ALL = {"limit": "100", "offset": "0"}
PYAIRBYTE = {"x-airbyte-analytic-source": "pyairbyte"}
TYPES: dict[str, type] = {
    "jobId": int, "status": str, "jobType": str, "startTime": str, "createdAt": int, "connectionId": str, "name": str,
    "sourceId": str, "destinationId": str, "workspaceId": str, "schedule": dict, "configurations": dict, "tags": list,
    "namespaceDefinition": str, "prefix": str, "nonBreakingSchemaUpdatesBehavior": str, "configuration": dict,
    "definitionId": str, "sourceType": str, "destinationType": str, "dataResidency": str, "notifications": dict,
    "organizationId": str, "organizationName": str, "email": str, "syncCatalog": dict, "jobs": list, "totalJobCount": int,
    "job": dict, "attempts": list, "stateType": str, "streamState": list, "source": dict, "destination": dict,
    "isSyncing": bool, "available": bool,
}  # fmt: skip
"""What each member is read as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Shape: `{connection}`, `{source}`, `{job}` in path, query and body stand for ids of the test's own; `keys`
    of the answer, or of each item of its `data`."""

    client: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Json | None = None
    keys: frozenset[str] | set[str] = frozenset()
    is_page: bool = False

    def __str__(self) -> str:
        return f"{self.client}: {self.method} {self.path}"


SENT = [
    Recorded(client="sdk", method="GET", path=f"{PUBLIC}/connections", query={"includeDeleted": "false", "limit": "2", "offset": "0", "workspaceIds": WORKSPACE}, keys=CONNECTION, is_page=True),
    Recorded(client="sdk", method="GET", path=f"{PUBLIC}/connections/{{connection}}", keys=CONNECTION),
    Recorded(client="sdk", method="GET", path=f"{PUBLIC}/jobs/{{job}}", keys=JOB),
    Recorded(client="sdk", method="GET", path=f"{PUBLIC}/jobs", query={"connectionId": "{connection}", "limit": "5", "offset": "0", "orderBy": "createdAt|DESC"}, keys=JOB, is_page=True),
    Recorded(client="sdk", method="GET", path=f"{PUBLIC}/sources", keys={"sourceId", "sourceType", *ACTOR}, is_page=True),
    Recorded(client="sdk", method="GET", path=f"{PUBLIC}/destinations", keys={"destinationId", "destinationType", *ACTOR}, is_page=True),
    Recorded(client="airflow", method="GET", path="/v1/jobs/{job}", keys=JOB),
    Recorded(client="airflow", method="GET", path=f"{PUBLIC}/jobs/{{job}}", keys=JOB),
    Recorded(client="dagster", method="GET", path=f"{PUBLIC}/workspaces/{WORKSPACE}", keys={"workspaceId", "name", "dataResidency", "notifications"}),
    Recorded(client="dagster", method="GET", path=f"{PUBLIC}/connections", query={"limit": "4", "workspaceIds": WORKSPACE}, keys=CONNECTION, is_page=True),
    Recorded(client="dagster", method="GET", path=f"{PUBLIC}/connections", query={"limit": "4", "offset": "4", "workspaceIds": WORKSPACE}, keys=CONNECTION, is_page=True),
    Recorded(client="dagster", method="GET", path=f"{PUBLIC}/destinations/{DESTINATION}", keys={"destinationId", "destinationType", *ACTOR}),
    Recorded(client="dagster", method="GET", path=f"{PUBLIC}/jobs", query={"limit": "20", "workspaceIds": WORKSPACE, "connectionId": "{connection}", "createdAtStart": "2026-01-01T00:00:00Z"}, keys=JOB, is_page=True),
    Recorded(client="dagster", method="POST", path=f"{CONFIG}/connections/get", body={"connectionId": "{connection}"}, keys={"connectionId", "name", "sourceId", "destinationId", "status", "prefix", "syncCatalog"}),
    Recorded(client="dagster", method="POST", path=f"{CONFIG}/jobs/list", body={"configTypes": ["sync", "reset_connection"], "configId": "{connection}", "pagination": {"pageSize": 1}}, keys={"jobs", "totalJobCount"}),
    Recorded(client="pyairbyte", method="GET", path=f"{PUBLIC}/workspaces/{WORKSPACE}", headers=PYAIRBYTE, keys={"workspaceId", "name", "dataResidency"}),
    Recorded(client="pyairbyte", method="GET", path=f"{PUBLIC}/connections", headers=PYAIRBYTE, query={**ALL, "workspaceIds": WORKSPACE}, keys=CONNECTION, is_page=True),
    Recorded(client="pyairbyte", method="GET", path=f"{PUBLIC}/sources", headers=PYAIRBYTE, query={**ALL, "workspaceIds": WORKSPACE}, keys={"sourceId", "sourceType", *ACTOR}, is_page=True),
    Recorded(client="pyairbyte", method="GET", path=f"{PUBLIC}/destinations", headers=PYAIRBYTE, query={**ALL, "workspaceIds": WORKSPACE}, keys={"destinationId", "destinationType", *ACTOR}, is_page=True),
    Recorded(client="pyairbyte", method="GET", path=f"{PUBLIC}/destinations/{DESTINATION}", headers=PYAIRBYTE, keys={"destinationId", "destinationType", *ACTOR}),
    Recorded(client="pyairbyte", method="GET", path=f"{PUBLIC}/sources/{{source}}", headers=PYAIRBYTE, keys={"sourceId", "sourceType", *ACTOR}),
    Recorded(client="pyairbyte", method="GET", path=f"{PUBLIC}/workspaces", headers=PYAIRBYTE, query=ALL, keys={"workspaceId", "name"}, is_page=True),
    Recorded(client="pyairbyte", method="GET", path=f"{PUBLIC}/organizations", keys={"organizationId", "organizationName", "email"}),
    Recorded(client="pyairbyte", method="POST", path=f"{CONFIG}/jobs/get", body={"id": "{job}"}, keys={"job", "attempts"}),
    Recorded(client="pyairbyte", method="POST", path=f"{CONFIG}/state/get", body={"connectionId": "{connection}"}, keys={"stateType", "connectionId", "streamState"}),
    Recorded(client="pyairbyte", method="POST", path=f"{CONFIG}/web_backend/connections/get", body={"connectionId": "{connection}", "withRefreshedCatalog": False}, keys={"connectionId", "syncCatalog", "source", "destination", "isSyncing"}),
    Recorded(client="prefect", method="GET", path=f"{CONFIG}/health/", keys={"available"}),
    Recorded(client="prefect", method="POST", path=f"{CONFIG}/connections/get/", body={"connectionId": "{connection}"}, keys={"connectionId", "status"}),
    Recorded(client="prefect", method="POST", path=f"{CONFIG}/jobs/get/", body={"id": "{job}"}, keys={"job", "attempts"}),
]  # fmt: skip


async def test_each_recorded_request_is_answered_as_its_client_reads_it(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    connection = await make_connection(client)
    for number in range(4):  # dagster reads four a page
        await make_connection(client, name=f"another{number}")
    wish = {"connectionId": connection["connectionId"], "jobType": "sync"}
    job = await client.post(f"{PUBLIC}/jobs", json=wish)
    await scheduler.run(JobId(job.json()["jobId"]))
    own = {"{connection}": connection["connectionId"], "{source}": connection["sourceId"], "{job}": job.json()["jobId"]}  # fmt: skip

    for sent in SENT:
        path = sent.path.replace("{job}", str(own["{job}"]))
        for name in ("{connection}", "{source}"):
            path = path.replace(name, own[name])
        query = {name: own.get(value, value) for name, value in sent.query.items()}
        body = {name: own.get(str(value), value) for name, value in (sent.body or {}).items()}
        answer = await client.request(
            sent.method, path, params=query, json=body if sent.body else None, headers=sent.headers
        )

        found = answer.json()
        assert answer.status_code == 200, (str(sent), answer.text)
        assert answer.headers["content-type"] == "application/json", str(sent)
        assert nulls(found) == [], str(sent)
        if sent.is_page:
            assert {"data", "next", "previous"} <= found.keys(), str(sent)
            assert isinstance(found["next"], str), str(sent)
            assert len(found["data"]) <= int(query.get("limit", 20)), str(sent)
        shown = found.get("data", [found])
        assert shown, str(sent)
        assert all(sent.keys <= each.keys() for each in shown), (str(sent), shown)
        for each in shown:
            for name in sent.keys:
                value = each[name]
                assert isinstance(value, TYPES[name]), (str(sent), name, value)
                assert isinstance(value, bool) == (TYPES[name] is bool), (str(sent), name, value)


@pytest.mark.parametrize("prefix", ["/v1", PUBLIC])
async def test_health_is_asked_before_anybody_signs_in(
    client: httpx.AsyncClient, prefix: str
) -> None:
    """As the SDKs do; they look at nothing but the status."""
    del client.headers["authorization"]

    health = await client.get(f"{prefix}/health")
    jobs = await client.get(f"{prefix}/jobs")

    assert (health.status_code, health.text) == (200, "Successful operation")
    assert jobs.status_code == 401


async def test_the_catalogue_is_remembered_until_the_source_is_asked_again_or_configured_anew(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    connection = await make_connection(client)
    query = {"sourceId": connection["sourceId"], "ignoreCache": "false"}

    async def kept() -> int:
        async with scheduler.database.connection() as session:
            count: int = await session.fetchval("SELECT count(*) FROM pipeline.source_catalogs")
        return count

    remembered = await client.get(f"{PUBLIC}/streams", params=query)
    async with scheduler.database.transaction() as session:
        await session.execute("""UPDATE pipeline.source_catalogs SET catalog = '{"streams": []}'""")
    now_empty = await client.get(f"{PUBLIC}/streams", params=query)
    asked = await client.get(f"{PUBLIC}/streams", params={**query, "ignoreCache": "true"})
    before = await kept()
    await client.patch(f"/v1/sources/{connection['sourceId']}", json={"configuration": {"count": 7}})  # fmt: skip

    assert isinstance(remembered.json(), list)
    users = next(each for each in remembered.json() if each["streamName"] == "users")
    assert users["sourceDefinedPrimaryKey"] == [["id"]]
    assert {"full_refresh_overwrite", "incremental_deduped_history"} <= set(users["syncModes"])
    assert ["id"] in users["propertyFields"]
    assert isinstance(users["sourceDefinedCursorField"], bool)
    assert "streamnamespace" not in users
    assert now_empty.json() == []
    assert asked.json() == remembered.json()
    assert (before, await kept()) == (1, 0)


async def test_statuses_are_those_that_every_client_knows(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    connection = await make_connection(client)
    wish = {"connectionId": connection["connectionId"], "jobType": "sync"}
    waiting = (await client.post("/v1/jobs", json=wish)).json()
    async with scheduler.database.transaction() as session:
        await session.execute("UPDATE pipeline.connections SET retry_wait_s = 600")
        await session.execute("UPDATE pipeline.jobs SET queued_at = NULL")  # its workspace is full

    seen = {waiting["status"], (await client.get(f"/v1/jobs/{waiting['jobId']}")).json()["status"]}
    seen.add((await client.delete(f"/v1/jobs/{waiting['jobId']}")).json()["status"])
    again = (await client.post("/v1/jobs", json=wish)).json()
    await scheduler.run(JobId(again["jobId"]))
    seen.add((await client.get(f"/v1/jobs/{again['jobId']}")).json()["status"])

    assert seen == {"pending", "cancelled", "succeeded"}
    documented = (await client.get("/openapi.json")).json()["components"]["schemas"]["JobStatus"]
    assert set(documented["enum"]) == {"pending", "running", "succeeded", "failed", "cancelled"}


@pytest.mark.parametrize("prefix", ["/v1", PUBLIC])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sources/initiateOAuth"),
        ("PUT", f"/workspaces/{NOBODY}/oauthCredentials"),
        ("GET", "/permissions"),
        ("POST", f"/workspaces/{WORKSPACE}/definitions/declarative_sources"),
        ("GET", "/regions"),
        ("PATCH", f"/dataplanes/{NOBODY}"),
        ("POST", "/embedded/widget_token"),
    ],
)
async def test_what_atlas_does_not_have_is_said_so(
    client: httpx.AsyncClient, prefix: str, method: str, path: str
) -> None:
    answer = await client.request(method, prefix + path, json={})

    assert answer.status_code == 501
    assert answer.json()["type"] == "error:implementation/not-implemented-in-oss"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_host_without_the_path_is_told_which_path_it_needs(
    client: httpx.AsyncClient,
) -> None:
    for method in ("GET", "POST"):
        answer = await client.request(method, "/jobs", headers={"Authorization": ""})

        assert answer.status_code == 404
        assert "must end with /api/public/v1" in answer.json()["detail"]
