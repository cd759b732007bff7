"""Every operation, asked by each role and from another workspace."""

import re
from collections.abc import AsyncIterator, Mapping
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.access import applications
from app.core.access import CallerKind, Role
from app.core.ids import WorkspaceId
from tests.api import roles
from tests.api.client import Client
from tests.api.making import DESTINATION, WORKSPACE
from tests.fixtures.owner import owner_of

NEEDED: dict[str, Role | None] = {
    **dict.fromkeys(roles.VIEWER, Role.VIEWER),
    **dict.fromkeys(roles.OPERATOR, Role.OPERATOR),
    **dict.fromkeys(roles.EDITOR, Role.EDITOR),
    **dict.fromkeys(roles.ADMIN, Role.ADMIN),
    **dict.fromkeys(roles.OWNER, None),
}
"""None: no role of a workspace is enough."""
ELSEWHERE = {"getSession", "signOut"}
"""Of whoever asks: they name nothing of a workspace."""
Json = dict[str, Any]


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
        yield client


async def holding(app: FastAPI, role: Role, workspace: str) -> dict[str, str]:
    """What an application shows that has this role in this workspace alone."""
    place = WorkspaceId(UUID(workspace))
    async with app.state.database.transaction() as session:
        made, _ = await applications.create(session, role, {place: role})
    token = app.state.callers.tokens.make(CallerKind.APPLICATION, str(made.application_id))
    return {"authorization": f"Bearer {token}"}


def operations(app: FastAPI) -> list[tuple[str, str, Json]]:
    return [
        (method, path, operation)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    ]


async def things(api: Client, app: FastAPI) -> dict[str, str]:
    """One thing of each kind in the workspace that every Atlas has, by its name in paths."""
    connection = await api.connection()
    job = await api.job(connection)
    tag = await api.post("/tags", {"name": "gold", "color": "FF69B4", "workspaceId": WORKSPACE})
    rule = await api.post("/notification-rules", {
        "connectionId": connection["connectionId"], "occasions": ["failure"],
        "channel": "webhook", "target": "https://example.org/hook",
    })  # fmt: skip
    made = await api.post("/transformations", {"name": "gold", "workspaceId": WORKSPACE, "project": "dbt"})  # fmt: skip
    run = await api.post(f"/transformations/{made['transformationId']}/runs", {})
    return {
        "transformationId": made["transformationId"],
        "transformationRunId": str(run["transformationRunId"]),
        "workspaceId": WORKSPACE,
        "destinationId": DESTINATION,
        "sourceId": connection["sourceId"],
        "connectionId": connection["connectionId"],
        "jobId": str(job["jobId"]),
        "tagId": tag["tagId"],
        "ruleId": rule["ruleId"],
        "stream": "users",
    }


def filled(path: str, names: Mapping[str, str]) -> str:
    """The path of what there is; 1 names what there is none of."""
    for name, value in names.items():
        path = path.replace("{" + name + "}", value)
    return re.sub(r"\{[^}]*\}", "1", path)


async def test_the_document_says_of_every_operation_what_the_table_says(app: FastAPI) -> None:
    said = {
        operation["operationId"]: (
            operation.get("x-atlas-role"),
            operation.get("x-atlas-everywhere", False),
        )
        for _, _, operation in operations(app)
    }

    assert said == {
        **{name: (role or Role.ADMIN, role is None) for name, role in NEEDED.items()},
        **dict.fromkeys(roles.ANYBODY, (None, False)),
    }


async def test_the_document_says_how_to_be_known(app: FastAPI) -> None:
    document = app.openapi()
    schemes = document["components"]["securitySchemes"]

    assert {(each["type"], each.get("scheme") or each["name"]) for each in schemes.values()} == {
        ("http", "bearer"),
        ("http", "basic"),
        ("apiKey", "atlas_session"),
        ("apiKey", "X-Atlas-CSRF"),
    }
    for method, path, operation in operations(app):
        ways = [sorted(way) for way in operation["security"]]
        if operation["operationId"] in roles.ANYBODY:
            assert ways == [], path
            continue
        by_cookie = ["session"] if method == "get" else ["csrf", "session"]
        assert ways == [["bearer"], ["basic"], by_cookie], (method, path)
        assert {"401", "403"} <= operation["responses"].keys(), (method, path)


async def test_who_has_less_than_an_operation_needs_is_refused(
    api: Client, app: FastAPI, stranger: httpx.AsyncClient
) -> None:
    there = await things(api, app)
    shown = {role: await holding(app, role, WORKSPACE) for role in Role}
    tried = 0
    for method, path, operation in operations(app):
        name = operation["operationId"]
        at = filled(path, there)
        if name in roles.ANYBODY:
            continue
        needed = NEEDED[name]
        for role in Role:
            if needed is not None and role.allows(needed):
                continue
            answer = await stranger.request(method, at, headers=shown[role], json={})
            assert answer.status_code == 403, (role, method, at, answer.status_code, answer.text)
            tried += 1
    assert tried > 150
    assert all(higher.allows(lower) for lower, higher in pairwise(Role))


async def test_who_has_enough_may_look_and_who_is_of_another_workspace_sees_nothing(
    api: Client, app: FastAPI, stranger: httpx.AsyncClient
) -> None:
    there = await things(api, app)
    other = str(uuid4())
    async with owner_of(app.state.database) as session:
        await session.execute(
            "INSERT INTO pipeline.workspaces (workspace_id, name) VALUES ($1, 'other')", other
        )
    own = await holding(app, Role.ADMIN, WORKSPACE)
    foreign = await holding(app, Role.ADMIN, other)
    looked, hidden = 0, 0
    for method, path, operation in operations(app):
        name = operation["operationId"]
        at = filled(path, there)
        if name in roles.ANYBODY or NEEDED[name] is None or name in ELSEWHERE:
            continue
        if method == "get" and name != "listJobEvents":
            mine = await stranger.get(at, headers=own)
            assert mine.status_code not in (401, 403), (at, mine.text)
            looked += 1
        theirs = await stranger.request(method, at, headers=foreign, json={})
        if at != path:  # it names something
            assert theirs.status_code in (400, 404, 422), (method, at, theirs.text)
            if method == "get" and set(re.findall(r"\{([^}]*)\}", path)) <= there.keys():
                assert theirs.status_code == 404, (at, theirs.text)
            hidden += 1
        elif method == "get" and theirs.status_code == 200:
            seen = [value for value in there.values() if len(value) > 30 and value in theirs.text]
            assert seen == [], (at, theirs.text)
    assert (looked > 60, hidden > 60) == (True, True)
