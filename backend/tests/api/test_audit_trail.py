"""What the audit log has of who signs in, who cannot, and who looks at what a person has unmasked."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from app.core.ids import JobId
from app.database.pool import SERVICE_ROLE, open_database
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client, Object

PASSWORD = "correct horse battery"
EMAIL = "ann@example.org"
USERS = {"name": "users", "syncMode": "incremental_deduped_history"}


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
        yield client


async def noted(api: Client, action: str) -> list[Object]:
    """Who did it, with which facts; the newest first."""
    found: list[Object] = (await api.get("/audit", action=action))["data"]
    return found


async def linked(api: Client) -> tuple[str, str]:
    """A user, and the token of his link."""
    made = await api.post("/users", {"email": EMAIL, "name": "Ann", "roles": [{"role": "viewer"}]})
    return made["id"], made["link"]["url"].rpartition("/")[2]


@pytest.mark.parametrize("is_page", [True, False])
async def test_setting_a_password_is_an_act_of_the_user(
    api: Client, stranger: httpx.AsyncClient, is_page: bool
) -> None:
    user_id, token = await linked(api)
    shown = {"token": token, "password": PASSWORD}

    for status in (303, 404) if is_page else (200, 404):
        done = (
            await stranger.post(f"/welcome/{token}", data={"password": PASSWORD})
            if is_page
            else await stranger.post("/v1/session/link", json=shown)
        )
        assert done.status_code == status, done.text
    found = await noted(api, "followLink")

    assert [(each["actorKind"], each["actorId"]) for each in found] == [("nobody", "nobody"), ("user", user_id)]  # fmt: skip
    assert found[0]["facts"] == {"refused": True, "address": "127.0.0.1"}
    assert "password" in found[1]["facts"]["fields"]
    assert token not in str(found)
    assert PASSWORD not in str(found)


async def test_who_signs_in_is_noted_and_who_cannot_by_his_address(
    api: Client, stranger: httpx.AsyncClient
) -> None:
    user_id, token = await linked(api)
    await stranger.post("/v1/session/link", json={"token": token, "password": PASSWORD})
    tries = [(EMAIL, PASSWORD), (EMAIL, "wrong horse battery"), ("eve@example.org", PASSWORD)]

    answers = [
        await stranger.post("/v1/session", json={"email": email, "password": password})
        for email, password in tries
    ]
    found = await noted(api, "signIn")

    assert [answer.status_code for answer in answers] == [200, 401, 401]
    assert [(each["actorKind"], each["actorId"]) for each in found] == [*[("nobody", "nobody")] * 2, ("user", user_id)]  # fmt: skip
    assert found[0]["facts"] == {"refused": True, "address": "127.0.0.1"}
    assert found[1]["facts"] == {
        "refused": True,
        "address": "127.0.0.1",
        "userId": user_id,
    }
    assert found[2]["facts"] == {"fields": ["email", "password"]}
    assert "example.org" not in str(found[:2])
    assert "horse" not in str(found)
    assert (await api.post("/audit/verify", {}))["isWhole"] is True


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("/v1/session", {"email": EMAIL, "password": PASSWORD}, 401),
        ("/v1/session/link", {"token": "none", "password": PASSWORD}, 404),
        ("/v1/applications/token", {"client_id": "atlas_x", "client_secret": "y"}, 401),
    ],
)
async def test_who_is_refused_takes_one_connection_of_the_database_s(
    app: FastAPI,
    api: Client,
    stranger: httpx.AsyncClient,
    dsn: str,
    path: str,
    sent: Object,
    status: int,
) -> None:
    """Whoever held one and waited for another would, with enough of his kind, wait for ever."""
    async with open_database(dsn, size=1, role=SERVICE_ROLE) as smallest:
        app.state.database = smallest
        app.state.callers = replace(app.state.callers, database=smallest)

        refused = await stranger.post(path, json=sent)

    assert refused.status_code == status, refused.text


async def test_a_wrong_secret_of_an_application_is_noted_without_it(
    api: Client, stranger: httpx.AsyncClient
) -> None:
    wrong = {"client_id": "atlas_canary", "client_secret": "s3cret-canary"}

    assert (await stranger.post("/v1/applications/token", json=wrong)).status_code == 401
    (found,) = await noted(api, "createToken")

    assert found["facts"] == {"refused": True, "address": "127.0.0.1"}
    assert "canary" not in str(found)


async def test_a_look_at_a_column_that_a_person_has_unmasked_is_noted(
    api: Client, scheduler: SyncScheduler
) -> None:
    connection = await api.connection(USERS)
    job = await api.job(connection)
    await scheduler.run(JobId(job["jobId"]))
    path = f"/datasets/{connection['connectionId']}/users"
    now = datetime.now(UTC)
    between = {"from": (now - timedelta(days=20_000)).isoformat(), "to": (now + timedelta(days=1)).isoformat()}  # fmt: skip

    async def look() -> None:
        await api.get(f"{path}/sample", limit=5)
        await api.get(f"{path}/sample", layer="navigate", limit=5)
        as_of = {"at": between["to"], "limit": "5"}
        for at, query in (("as-of", as_of), ("diff", between | {"limit": "5"})):
            assert (await api.http.get(f"/v1{path}/{at}", params=query)).status_code == 200
        await api.post(f"{path}/passport", {"key": {"id": 1}})

    async def looks() -> list[tuple[str, Object]]:
        return [(one["action"], one["facts"]) for one in (await api.get("/audit", limit=100))["data"] if "looked" in one["facts"]]  # fmt: skip

    await look()
    masked = await looks()
    word = {"path": ["email"], "action": "pass", "reason": "agreed with the data owner"}
    await api.put(f"/personal-data/{connection['connectionId']}/users", word)
    await look()
    await api.get(f"{path}/as-of", at="1970-01-01T00:00:00Z")  # of which there is no row
    opened = await looks()

    assert masked == []
    assert opened.pop(0) == ("getPassport", {"looked": True, "columns": ["email"], "rows": 2})
    assert opened == [
        (action, {"looked": True, "columns": ["email"], "rows": 5})
        for action in ("getDatasetDiff", "getDatasetAsOf", "getDatasetSample", "getDatasetSample")
    ]
