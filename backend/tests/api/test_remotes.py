"""Airbytes elsewhere by API: named, asked, imported from, and left."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.core.ids import JobId
from app.core.settings import Settings
from app.main import create_app
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client, Object
from tests.api.making import NOBODY, WORKSPACE
from tests.fixtures import tokens
from tests.fixtures.airbyte_cloud import (
    CLIENT_ID,
    CLIENT_SECRET,
    CONNECTION,
    MASKED,
    FakeCloud,
    Fault,
    How,
)
from tests.fixtures.driven import QUICK, USERS

ENVIRONMENTS = "00000000-0000-0000-0000-000000000003"


@pytest.fixture
def fake() -> Iterator[FakeCloud]:
    with FakeCloud().serving() as cloud:
        cloud.connect([USERS])
        yield cloud


@pytest.fixture
def settings(dsn: str, tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {"database_url": dsn, "home": tmp_path / ".atlas", "source_mode": "mock", **QUICK}
    )


def named(fake: FakeCloud, **other: Any) -> Object:
    return {
        "workspaceId": WORKSPACE, "name": "elsewhere", "apiUrl": fake.url, "clientId": CLIENT_ID,
        "clientSecret": CLIENT_SECRET, **other,
    }  # fmt: skip


async def imported(api: Client, fake: FakeCloud, **body: Any) -> tuple[Object, Object]:
    """A remote, and the connection of it that was imported."""
    remote = await api.post("/remotes", named(fake))
    path = f"/remotes/{remote['remoteId']}/imports"
    (made,) = (await api.post(path, {"connectionIds": [CONNECTION], **body}))["data"]
    return remote, made


async def test_a_remote_is_named_shown_without_its_secret_changed_and_forgotten(
    api: Client, fake: FakeCloud
) -> None:
    made = await api.post("/remotes", named(fake))
    path = f"/remotes/{made['remoteId']}"

    changed = await api.patch(path, {"name": "acme", "clientSecret": MASKED})
    listed = (await api.get("/remotes"))["data"]
    checked = await api.post(f"{path}/check", {})
    gone = await api.http.delete(f"/v1{path}")

    assert (made["clientSecret"], made["isFromEnvironment"]) == (MASKED, False)
    assert (changed["name"], listed) == ("acme", [changed])
    assert checked["workspaces"][0]["name"] == "acme"
    assert checked["hasConfigApi"] is True
    assert gone.status_code == 204
    await api.problem("GET", path, 404)
    assert (await api.get("/remotes"))["data"] == []


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"apiUrl": "ftp://elsewhere/v1"}, 422), ({"apiUrl": "https://u:p@elsewhere/v1"}, 422), ({"apiUrl": ""}, 422),
        ({"clientSecret": ""}, 422), ({"clientSecret": {"$secret": NOBODY}}, 422), ({"clientSecret": {"$env": "HOME"}}, 422),
        ({"workspaceId": NOBODY}, 404), ({"who": "me"}, 422), ({"clientSecret": MASKED}, 422),
    ],
)  # fmt: skip
async def test_a_remote_that_cannot_be_is_a_problem(
    api: Client, fake: FakeCloud, other: Object, status: int
) -> None:
    await api.problem("POST", "/remotes", status, named(fake, **other))

    assert (await api.get("/remotes"))["data"] == []


async def test_the_address_of_a_config_api_is_taken_away_by_null_and_by_nothing_else(
    api: Client, fake: FakeCloud
) -> None:
    made = await api.post("/remotes", named(fake, configApiUrl="https://old.example/api/v1"))
    path = f"/remotes/{made['remoteId']}"

    renamed = await api.patch(path, {"name": "acme"})
    gone = await api.patch(path, {"configApiUrl": None})
    still = await api.patch(path, {"name": "acme", "configApiUrl": None})

    assert (made["configApiUrl"], renamed["configApiUrl"]) == ("https://old.example/api/v1",) * 2
    assert "configApiUrl" not in gone
    assert (gone["name"], gone["apiUrl"], still) == ("acme", fake.url, gone)
    assert (await api.post(f"{path}/check", {}))["hasConfigApi"] is True


async def test_a_token_goes_to_the_config_api_of_a_remote_that_moved_only_where_that_is_said(
    api: Client, fake: FakeCloud
) -> None:
    old, new = "https://old.example/api/v1", "https://new.example/api/public/v1"
    made = await api.post("/remotes", named(fake, configApiUrl=old))
    path, moved = f"/remotes/{made['remoteId']}", {"apiUrl": new, "clientSecret": "another"}

    refused = await api.problem("PATCH", path, 422, moved)
    unmoved = await api.get(path)
    same = await api.patch(path, {"apiUrl": fake.url})
    said = await api.patch(path, {**moved, "configApiUrl": old})
    gone = await api.patch(path, {**moved, "apiUrl": fake.url, "configApiUrl": None})
    without = await api.patch(path, moved)

    assert "configApiUrl" in refused["detail"]
    assert unmoved == same == made
    assert (said["apiUrl"], said["configApiUrl"]) == (new, old)
    assert "configApiUrl" not in gone | without
    assert without["apiUrl"] == new


@pytest.mark.parametrize(
    ("fault", "status", "slug"),
    [
        (Fault("POST", "/applications/token", How.HTML), 502, "remote-answer-unusable"),
        (Fault("POST", "/applications/token", How.STATUS, status=401), 502, "remote-refused"),
        (Fault("GET", "/workspaces", How.STATUS, status=500, times=9), 503, "remote-answer-lost"),
    ],
)
async def test_a_check_says_what_is_wrong(
    api: Client, fake: FakeCloud, fault: Fault, status: int, slug: str
) -> None:
    made = await api.post("/remotes", named(fake))
    fake.faults.append(fault)

    problem = await api.problem("POST", f"/remotes/{made['remoteId']}/check", status, {})

    assert problem["type"] == f"/problems/{slug}"
    assert "canary" not in json.dumps(problem)


async def test_what_is_there_shows_what_is_here(api: Client, fake: FakeCloud) -> None:
    made = await api.post("/remotes", named(fake))
    path = f"/remotes/{made['remoteId']}"

    (before,) = (await api.get(f"{path}/connections"))["data"]
    (come,) = (await api.post(f"{path}/imports", {"connectionIds": [CONNECTION]}))["data"]
    (after,) = (await api.get(f"{path}/connections"))["data"]

    assert (before["remoteConnectionId"], before["schedule"]) == (CONNECTION, "0 0 1 * * ? UTC")
    assert "connectionId" not in before
    assert after["connectionId"] == come["connection"]["connectionId"]


async def test_an_import_says_what_the_remote_did_not_give(api: Client, fake: FakeCloud) -> None:
    _, made = await imported(api, fake)

    connection = made["connection"]
    source = await api.get(f"/sources/{connection['sourceId']}")
    assert (made["missing"], made["schedule"]) == (["/api_key"], "0 0 1 * * ? UTC")
    assert connection["atlas"]["engine"] == "airbyte_cloud"
    assert connection["schedule"]["scheduleType"] == "manual"
    assert source["configuration"] == {"sourceType": "faker", "count": 40}


async def test_atlas_may_keep_the_schedule(api: Client, fake: FakeCloud) -> None:
    _, made = await imported(api, fake, schedule="atlas")

    assert made["connection"]["schedule"]["cronExpression"] == "0 0 1 * * ? UTC"


async def test_each_import_stands_for_itself(api: Client, fake: FakeCloud) -> None:
    remote, _ = await imported(api, fake)

    again, nowhere = (
        await api.post(f"/remotes/{remote['remoteId']}/imports", {"connectionIds": [CONNECTION, NOBODY]})
    )["data"]  # fmt: skip

    assert again["type"] == "/problems/unprocessable-entity"
    assert nowhere["type"] == "/problems/remote-lacks"
    assert len((await api.get("/connections"))["data"]) == 1


async def test_a_job_shows_the_remotes_figures_and_no_books(
    api: Client, fake: FakeCloud, scheduler: SyncScheduler
) -> None:
    _, made = await imported(api, fake)
    connection_id = made["connection"]["connectionId"]

    began = await api.post("/jobs", {"connectionId": connection_id, "jobType": "sync"})
    await scheduler.run(JobId(began["jobId"]))
    job = await api.get(f"/jobs/{began['jobId']}")
    link = await api.get(f"/connections/{connection_id}/remote")

    assert (job["status"], job["rowsSynced"], job["bytesSynced"]) == ("succeeded", 100, 5_000)
    assert "balanced" not in job["atlas"]
    assert (job["atlas"]["engine"], job["atlas"]["streams"]) == ("airbyte_cloud", [])
    remote = job["atlas"]["remote"]
    assert (remote["jobId"], remote["status"], remote["verification"]) == (
        41,
        "succeeded",
        "verified",
    )
    assert link["runs"][0]["atlasJobId"] == job["jobId"]


async def test_the_older_api_and_the_overview_have_the_remotes_figures(
    api: Client, fake: FakeCloud, scheduler: SyncScheduler
) -> None:
    _, made = await imported(api, fake)
    ids = []
    for figures in ((70, 900), (None, None)):
        fake.next_figures = figures
        wish = {"connectionId": made["connection"]["connectionId"], "jobType": "sync"}
        ids.append((await api.post("/jobs", wish))["jobId"])
        await scheduler.run(JobId(ids[-1]))

    told = [
        (await api.http.post("/api/v1/jobs/get", json={"id": one})).json()["attempts"][0]["attempt"]
        for one in ids
    ]
    (seen,) = (await api.get("/overview"))["connections"]

    assert (told[0]["recordsSynced"], told[0]["bytesSynced"]) == (70, 900)
    assert not {"recordsSynced", "bytesSynced", "totalStats"} & told[1].keys()
    assert [job.get("rows") for job in seen["recent"]] == [70, None]
    assert seen["engine"] == "airbyte_cloud"


async def test_who_wants_to_be_told_is_told_of_a_failure_elsewhere(
    api: Client, fake: FakeCloud, scheduler: SyncScheduler
) -> None:
    _, made = await imported(api, fake)
    connection_id = made["connection"]["connectionId"]
    await api.post("/notification-rules", {
        "connectionId": connection_id, "occasions": ["failure"], "channel": "webhook", "target": "https://example.org/x",
    })  # fmt: skip
    fake.faults[:] = [Fault("POST", "/jobs", How.STATUS, status=403)]

    began = await api.post("/jobs", {"connectionId": connection_id, "jobType": "sync"})
    await scheduler.run(JobId(began["jobId"]))

    (told,) = (await api.get("/notifications"))["data"]
    assert (told["occasion"], told["status"]) == ("failure", "waiting")


async def test_figures_that_the_remote_does_not_report_are_absent(
    api: Client, fake: FakeCloud, scheduler: SyncScheduler
) -> None:
    _, made = await imported(api, fake)
    fake.next_figures = (None, None)

    began = await api.post(
        "/jobs", {"connectionId": made["connection"]["connectionId"], "jobType": "sync"}
    )
    await scheduler.run(JobId(began["jobId"]))

    job = await api.get(f"/jobs/{began['jobId']}")
    assert job["atlas"]["remote"]["verification"] == "unverified"
    assert not {"rowsSynced", "bytesSynced"} & job.keys()


async def test_lineage_of_a_job_elsewhere_names_what_it_writes(
    api: Client, fake: FakeCloud, app: FastAPI, scheduler: SyncScheduler
) -> None:
    _, made = await imported(api, fake)
    began = await api.post(
        "/jobs", {"connectionId": made["connection"]["connectionId"], "jobType": "sync"}
    )

    await scheduler.run(JobId(began["jobId"]))

    async with app.state.database.connection() as session:
        rows = await session.fetch(
            "SELECT event::text AS event FROM lineage.outbox ORDER BY event_id"
        )
    told = [json.loads(row["event"]) for row in rows]
    assert [event["eventType"] for event in told] == ["START", "COMPLETE"]
    for event in told:
        (output,) = event["outputs"]
        assert (output["namespace"], output["name"]) == ("snowflake://acme", "RAW.SHOP.users")
        assert event["run"]["facets"]["atlas"]["engine"] == "airbyte_cloud"


async def test_what_a_success_must_show_is_set_and_its_secrets_are_not_shown(
    api: Client, fake: FakeCloud
) -> None:
    _, made = await imported(api, fake)
    path = f"/connections/{made['connection']['connectionId']}/remote"
    check = {"table": "public.users", "column": "_airbyte_extracted_at", "maxAgeS": 60}
    profile = {"kind": "postgres", "dsn": "postgresql://u:canary@db.example/d"}

    kept = await api.put(path, {"policy": {"minRows": 1, "freshness": [check]}, "profile": profile})
    again = await api.put(path, {"policy": kept["policy"], "profile": kept["profile"]})
    without = await api.put(path, {})

    assert kept["profile"] == {"kind": "postgres", "dsn": MASKED}
    assert (kept["policy"]["minRows"], kept["policy"]["freshness"]) == (1, [check])
    assert again["profile"] == kept["profile"]
    assert "profile" not in without
    assert "minRows" not in without["policy"]
    await api.problem("PUT", path, 422, {"profile": {**profile, "dsn": "postgresql:///d"}})
    await api.problem("PUT", path, 422, {"policy": {"maxRetries": 11}})


async def test_it_moves_to_atlas_once_all_is_there(
    api: Client, fake: FakeCloud, scheduler: SyncScheduler
) -> None:
    _, made = await imported(api, fake)
    connection = made["connection"]
    path = f"/connections/{connection['connectionId']}/engine"
    wish = {"engine": "local"}

    before = await api.post(f"{path}/preview", wish)
    refused = await api.problem("POST", path, 409, {**wish, "reason": "it is time"})
    await api.patch(f"/sources/{connection['sourceId']}", {"configuration": {"api_key": "given"}})
    moved = await api.post(path, {**wish, "reason": "it is time"})
    began = await api.post("/jobs", {"connectionId": connection["connectionId"], "jobType": "sync"})
    await scheduler.run(JobId(began["jobId"]))

    job = await api.get(f"/jobs/{began['jobId']}")
    assert (before["missing"], before["goesOn"]) == (["/api_key"], True)
    assert refused["type"] == "/problems/not-ready-to-move"
    assert refused["blockers"] == before["blockers"]
    assert moved["to"] == "local"
    assert (job["atlas"]["engine"], job["atlas"]["balanced"]) == ("local", True)
    assert "remote" not in job["atlas"]


async def test_a_remote_that_moves_connections_is_not_forgotten(
    api: Client, fake: FakeCloud
) -> None:
    remote, made = await imported(api, fake)
    path = f"/remotes/{remote['remoteId']}"

    problem = await api.problem("DELETE", path, 409)
    await api.http.delete(f"/v1/connections/{made['connection']['connectionId']}")
    gone = await api.http.delete(f"/v1{path}")

    assert "shop to warehouse" in problem["detail"]
    assert gone.status_code == 204


async def test_a_workspace_that_has_a_remote_is_still_needed(api: Client, fake: FakeCloud) -> None:
    other = await api.post("/workspaces", {"name": "other"})
    remote = await api.post("/remotes", named(fake, workspaceId=other["workspaceId"]))

    problem = await api.problem("DELETE", f"/workspaces/{other['workspaceId']}", 409)
    await api.http.delete(f"/v1/remotes/{remote['remoteId']}")
    gone = await api.http.delete(f"/v1/workspaces/{other['workspaceId']}")

    assert "1 remotes" in problem["detail"]
    assert gone.status_code == 204


async def test_every_act_is_in_the_audit_log_and_no_secret(api: Client, fake: FakeCloud) -> None:
    await imported(api, fake)

    entries = (await api.get("/audit"))["data"]

    actions = [entry["action"] for entry in entries]
    assert {"createRemote", "importRemoteConnections"} <= set(actions)
    assert CLIENT_SECRET not in json.dumps(entries)


# ── the one that the environment names ───────────────────────────────────────────────────────────


@pytest.fixture
async def by_environment(settings: Settings, fake: FakeCloud) -> AsyncIterator[Client]:
    named = {
        "airbyte_api_url": fake.url, "airbyte_client_id": CLIENT_ID, "airbyte_client_secret": CLIENT_SECRET,
        "airbyte_connection_id": CONNECTION, "outgoing_allow": "",
    }  # fmt: skip
    given = {**settings.model_dump(exclude_unset=True), **named}
    app = create_app(Settings.model_validate(given), with_workers=False)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        shown = tokens.machine(app.state.keys)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://atlas", headers=shown
        ) as http:
            yield Client(http=http)


async def test_the_environments_remote_is_there_by_itself_and_is_not_changed(
    by_environment: Client, fake: FakeCloud
) -> None:
    api, path = by_environment, f"/remotes/{ENVIRONMENTS}"

    shown = await api.get(path)
    await api.post(f"{path}/check", {})  # at an address that nothing else allows
    (made,) = (await api.post(f"{path}/imports", {}))["data"]

    assert (shown["isFromEnvironment"], shown["clientSecret"], shown["apiUrl"]) == (
        True,
        MASKED,
        fake.url,
    )
    assert made["remoteConnectionId"] == CONNECTION
    assert made["connection"]["atlas"]["engine"] == "airbyte_cloud"
    for method in ("PATCH", "DELETE"):
        body = {"name": "other"} if method == "PATCH" else None
        problem = await api.problem(method, path, 409, body)
        assert problem["type"] == "/problems/remote-is-set"


def test_what_names_an_airbyte_goes_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRBYTE_API_URL", "https://api.airbyte.com/v1")
    with pytest.raises(ValueError, match="go together"):
        Settings()
    monkeypatch.setenv("AIRBYTE_CLIENT_ID", "id")
    monkeypatch.setenv("AIRBYTE_CLIENT_SECRET", "canary")

    settings = Settings()

    assert settings.airbyte_api_url == "https://api.airbyte.com/v1"
    assert Settings.variable("airbyte_client_secret") == "AIRBYTE_CLIENT_SECRET"
    assert Settings.variable("remote_poll_s") == "ATLAS_REMOTE_POLL_S"
    assert "canary" not in repr(settings)
