"""Who is let in, how, and what he may: applications, users, sessions, links; and what the audit log says."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.access import sessions, users
from app.api.tokens import PATHS
from tests.api.client import Client
from tests.api.making import DESTINATION, NOBODY, WORKSPACE, make_connection, make_source

PASSWORD = "correct horse battery"
Json = dict[str, Any]


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that shows nothing."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
        yield client


async def application(api: Client, *roles: Mapping[str, object], name: str = "airflow") -> Json:
    more = {"atlas": {"roles": list(roles)}} if roles else {}
    return await api.post("/applications", {"name": name, **more})


def bearer(app: FastAPI, made: Json) -> dict[str, str]:
    from app.core.access import CallerKind

    token = app.state.callers.tokens.make(CallerKind.APPLICATION, made["id"])
    return {"Authorization": f"Bearer {token}"}


async def other_workspace(app: FastAPI) -> str:
    """A second workspace, with a source in it."""
    made = str(uuid4())
    async with app.state.database.connection() as session:
        await session.execute(
            "INSERT INTO pipeline.workspaces (workspace_id, name) VALUES ($1, 'other')", made
        )
    return made


# ── programs ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", PATHS)
async def test_a_token_is_given_on_every_path_that_clients_ask(
    api: Client, stranger: httpx.AsyncClient, path: str
) -> None:
    made = await application(api)
    shown = {"client_id": made["clientId"], "client_secret": made["clientSecret"]}
    assert made["clientId"].startswith("atlas_")

    answers = [
        await stranger.post(path, data=shown | {"grant_type": "client_credentials"}),
        await stranger.post(path, json=shown),
        await stranger.post(path, json=shown | {"grant-type": "client_credentials"}),
        await stranger.post(path, auth=(made["clientId"], made["clientSecret"])),
    ]

    for answer in answers:
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found.keys() == {"access_token", "token_type", "expires_in"}
        assert (found["token_type"], found["expires_in"]) == ("Bearer", 900)
    last = {"Authorization": f"bearer {answers[-1].json()['access_token']}"}
    assert (await stranger.get("/v1/sources", headers=last)).status_code == 200
    basic = await stranger.get("/v1/sources", auth=(made["clientId"], made["clientSecret"]))
    assert basic.status_code == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {"client_id": "atlas_x", "client_secret": "y"}}, 401),
        ({"data": {"client_id": "\0", "client_secret": "\0"}}, 401),
        ({"json": {"client_id": 1, "client_secret": None}}, 422),
        ({"json": {}}, 422),
        ({"json": []}, 422),
        ({"content": b"{" * 100_000, "headers": {"content-type": "application/json"}}, 400),
        ({"auth": ("atlas_x", "y")}, 401),
        ({"headers": {"authorization": "Basic !!!"}}, 401),
    ],
)
async def test_who_shows_nothing_right_gets_no_token(
    stranger: httpx.AsyncClient, sent: Mapping[str, Any], status: int
) -> None:
    answer = await stranger.post("/v1/applications/token", **sent)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_application_is_listed_without_its_secret_and_deleted_at_once(
    api: Client, app: FastAPI, stranger: httpx.AsyncClient
) -> None:
    made = await application(api)
    shown = bearer(app, made)
    assert (await stranger.get("/v1/sources", headers=shown)).status_code == 200

    listed = (await api.get("/applications"))["applications"]
    assert [each["clientSecret"] for each in listed] == ["**********"]
    assert listed[0] | {"clientSecret": made["clientSecret"]} == made
    assert await api.get(f"/applications/{made['id']}") == listed[0]
    assert (await api.delete(f"/applications/{made['id']}"))["id"] == made["id"]
    app.state.callers.forget()  # as five seconds do

    assert (await stranger.get("/v1/sources", headers=shown)).status_code == 401
    await api.problem("GET", f"/applications/{made['id']}", 404)
    await api.problem("DELETE", f"/applications/{NOBODY}", 404)
    secret = made["clientSecret"]
    async with app.state.database.connection() as session:
        kept = await session.fetch("SELECT row_to_json(a)::text AS row FROM access.applications a")
    assert secret not in "".join(row["row"] for row in kept)


# ── nobody else ───────────────────────────────────────────────────────────────────────────────────


STRANGE: tuple[dict[str, str], ...] = (
    {},
    {"Authorization": "Bearer x"},
    {"Authorization": "Basic eDp5"},
    {"Authorization": "Digest x"},
    {"Authorization": ""},
    {"Cookie": "atlas_session=x"},
)
OPEN = {
    "health",
    "healthLive",
    "healthReady",
    "getHealth",
    "configHealth",
    "createToken",
    "signIn",
    "followLink",
    "getJobsAtTheRoot",
}


async def test_nothing_is_open_to_who_is_not_known(
    app: FastAPI, stranger: httpx.AsyncClient
) -> None:
    document = app.openapi()
    tried = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] in OPEN:
                continue
            at = path
            for parameter in operation.get("parameters", []):
                at = at.replace("{" + parameter["name"] + "}", "1")
            for shown in STRANGE if method == "get" else STRANGE[:1]:
                answer = await stranger.request(method, at, headers=shown, json={})
                assert answer.status_code == 401, (method, at, answer.text)
            tried.add(operation["operationId"])
    assert len(tried) > 100


async def test_a_role_is_for_its_workspace_alone(
    api: Client, app: FastAPI, stranger: httpx.AsyncClient
) -> None:
    source = await make_source(api.http)
    connection = await make_connection(api.http)
    job = await api.job(connection)
    other = await other_workspace(app)
    viewer = bearer(app, await application(api, {"role": "viewer", "workspaceId": WORKSPACE}))
    foreign = bearer(app, await application(api, {"role": "admin", "workspaceId": other}))

    mine = await stranger.get(f"/v1/sources/{source['sourceId']}", headers=viewer)
    assert mine.status_code == 200
    for method, path, body in (
        ("DELETE", f"/v1/sources/{source['sourceId']}", None),
        ("POST", "/v1/jobs", {"connectionId": connection["connectionId"], "jobType": "sync"}),
        ("DELETE", f"/v1/jobs/{job['jobId']}", None),
        ("GET", "/v1/users", None),
        ("GET", "/v1/audit", None),
    ):
        refused = await stranger.request(method, path, json=body, headers=viewer)
        assert (refused.status_code, refused.json()["title"]) == (403, "forbidden"), path
    for path, like in (
        (f"/v1/sources/{source['sourceId']}", f"/v1/sources/{NOBODY}"),
        (f"/v1/connections/{connection['connectionId']}", f"/v1/connections/{NOBODY}"),
        (f"/v1/destinations/{DESTINATION}", f"/v1/destinations/{NOBODY}"),
        (f"/v1/jobs/{job['jobId']}", f"/v1/jobs/{job['jobId'] + 1_000}"),
    ):
        hidden = await stranger.get(path, headers=foreign)
        absent = await stranger.get(like, headers=foreign)
        assert hidden.status_code == absent.status_code == 404
        assert shape(hidden.json()) == shape(absent.json())
    assert (await stranger.get("/v1/users", headers=foreign)).status_code == 403


def shape(problem: Json) -> Json:
    """A problem without what differs from request to request."""
    named = {name: problem[name] for name in ("type", "title", "status", "detail")}
    return named | {"members": sorted(problem), "data": sorted(problem["data"])}


# ── people ────────────────────────────────────────────────────────────────────────────────────────


async def test_the_first_admin_follows_a_link_once_and_works_by_a_cookie(
    app: FastAPI, stranger: httpx.AsyncClient
) -> None:
    async with app.state.database.transaction() as session:
        admin = await users.ensure_admin(session)
        assert admin is not None
        assert await users.ensure_admin(session) == admin
        token = await sessions.make_link(session, admin.user_id)
    page = await stranger.get(f"/welcome/{token}")
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert "style-src" in page.headers["content-security-policy"]
    assert "password" in page.text
    short = await stranger.post(f"/welcome/{token}", data={"password": "short"})
    assert (short.status_code, "12 to 200" in short.text) == (422, True)

    done = await stranger.post(f"/welcome/{token}", data={"password": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert "HttpOnly" in done.headers["set-cookie"]
    assert "SameSite=strict" in done.headers["set-cookie"]
    again = await stranger.post(f"/welcome/{token}", data={"password": PASSWORD})
    assert again.status_code == 404

    me = (await stranger.get("/v1/session")).json()
    assert (me["kind"], me["name"]) == ("user", "admin@localhost")
    assert me["roles"] == [{"role": "admin"}]
    body = {"name": "x", "atlas": {"roles": [{"role": "viewer"}]}}
    refused = await stranger.post("/v1/applications", json=body)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/csrf-token-missing")
    wrong = await stranger.post("/v1/applications", json=body, headers={"X-Atlas-CSRF": "x"})
    assert wrong.status_code == 403
    right = {"X-Atlas-CSRF": me["csrfToken"]}
    assert (await stranger.post("/v1/applications", json=body, headers=right)).status_code == 200
    assert (await stranger.delete("/v1/session", headers=right)).status_code == 204
    assert (await stranger.get("/v1/session")).status_code == 401
    async with app.state.database.transaction() as session:
        assert await users.ensure_admin(session) is None


async def test_a_user_signs_in_is_given_less_and_shut_out(
    api: Client, app: FastAPI, stranger: httpx.AsyncClient
) -> None:
    made = await api.post("/users", {"email": "Ann@Example.org", "roles": [{"role": "editor"}]})
    await api.problem("POST", "/users", 409, {"email": "ann@example.org", "roles": []})
    token = made["link"]["url"].rpartition("/")[2]
    followed = await stranger.post("/v1/session/link", json={"token": token, "password": PASSWORD})
    assert followed.status_code == 200, followed.text
    stranger.cookies.clear()

    wrong = {"email": "ann@example.org", "password": "wrong horse battery"}
    nobody = {"email": "nobody@example.org", "password": PASSWORD}
    refusals = [await stranger.post("/v1/session", json=shown) for shown in (wrong, nobody)]
    assert [answer.status_code for answer in refusals] == [401, 401]
    assert refusals[0].json()["detail"] == refusals[1].json()["detail"]
    signed = await stranger.post(
        "/v1/session", json={"email": "ANN@example.org ", "password": PASSWORD}
    )
    assert signed.status_code == 200
    csrf = {"X-Atlas-CSRF": signed.json()["csrfToken"]}
    body = {
        "name": "s",
        "workspaceId": WORKSPACE,
        "configuration": {"sourceType": "faker", "count": 1},
    }
    assert (await stranger.post("/v1/sources", json=body, headers=csrf)).status_code == 200

    await api.patch(
        f"/users/{made['id']}", {"roles": [{"role": "viewer", "workspaceId": WORKSPACE}]}
    )
    assert (await stranger.get("/v1/sources")).status_code == 200
    assert (await stranger.post("/v1/sources", json=body, headers=csrf)).status_code == 403
    assert (await api.patch(f"/users/{made['id']}", {"isActive": False}))["isActive"] is False
    assert (await stranger.get("/v1/sources")).status_code == 401
    assert (
        await stranger.post("/v1/session", json=wrong | {"password": PASSWORD})
    ).status_code == 401
    async with app.state.database.connection() as session:
        kept = await session.fetch("SELECT row_to_json(u)::text AS row FROM access.users u")
    assert PASSWORD not in "".join(row["row"] for row in kept)


async def test_somebody_stays_admin(api: Client, app: FastAPI) -> None:
    async with app.state.database.transaction() as session:
        admin = await users.ensure_admin(session)
    assert admin is not None
    path = f"/users/{admin.user_id}"

    await api.problem("PATCH", path, 409, {"roles": [{"role": "editor"}]})
    await api.problem("PATCH", path, 409, {"isActive": False})
    await api.problem("DELETE", path, 409)

    await api.post("/users", {"email": "ann@example.org", "roles": [{"role": "admin"}]})
    assert (await api.http.delete(f"/v1{path}")).status_code == 204
    assert [user["email"] for user in (await api.get("/users"))["data"]] == ["ann@example.org"]


# ── what was done ─────────────────────────────────────────────────────────────────────────────────


async def test_every_act_is_in_the_audit_log_and_no_look_at_lists(
    api: Client, app: FastAPI, stranger: httpx.AsyncClient
) -> None:
    secret = "s3cret-canary"
    source = await api.source(api_key=secret)
    connection = await api.connection()
    await api.job(connection)
    await api.get("/sources")
    await api.problem("DELETE", f"/sources/{NOBODY}", 404)
    made = await application(api, {"role": "operator"}, name="airflow")
    job = (await api.get("/jobs"))["data"][0]
    await stranger.delete(f"/v1/jobs/{job['jobId']}", headers=bearer(app, made))

    found = (await api.get("/audit"))["data"]

    assert [(each["actorName"], each["action"]) for each in found] == [
        ("airflow", "cancelJob"),
        ("machine", "createApplication"),
        ("machine", "createJob"),
        ("machine", "createConnection"),
        ("machine", "createSource"),
        ("machine", "createSource"),
    ]
    assert found[0]["subject"] == f"/v1/jobs/{job['jobId']}"
    assert {each.get("workspaceId") for each in found} == {WORKSPACE, None}
    assert found[-1]["facts"] == {"fields": ["name", "workspaceId", "configuration"]}
    assert secret not in str(found)
    assert source["sourceId"]
    page = await api.get("/audit", limit=2, action="createSource")
    assert "next" not in page
    first = await api.get("/audit", limit=4)
    assert (await api.get("/audit", before=first["next"]))["data"] == found[4:]
    verdict = await api.post("/audit/verify", {})
    assert (verdict["entries"], verdict["isWhole"]) == (7, True)


async def test_what_a_body_names_may_be_anything(api: Client) -> None:
    body = {
        "name": "x",
        "workspaceId": [1],
        "sourceId": {"a": 1},
        "connectionId": None,
        "jobId": 1.5,
        "changeId": "1" * 5_000,
    }

    await api.problem("POST", "/applications", 422, body | {"name": ""})
    made = await api.post("/applications", body)

    assert made["name"] == "x"
    assert (await api.get("/audit"))["data"][0]["facts"] == {"fields": list(body)}
