"""Every operation, asked by each role and from another workspace."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.access import applications
from app.core.access import CallerKind, Role
from app.core.ids import WorkspaceId
from app.core.settings import Settings
from app.main import create_app
from app.sync.scheduler import SyncScheduler
from tests.api import roles
from tests.api.client import Client
from tests.api.making import WORKSPACE
from tests.api.things import BODIES, Names, Things, filled, make_things
from tests.secrets.test_canaries import everything

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
LISTS = {"configListJobs"}
"""Empty where what is named is not there."""
OF_NO_WORKSPACE = {"listConnectors", "getSystem", "listOrganizations", "getQueue"}
"""They name nothing of a workspace: of a queue that does not run, jobs are counted only."""
OF_ASKING = ("audit.", "pipeline.applications ", "pipeline.role_grants ")
"""Tables that are written by who asks, whatever the answer."""
Json = dict[str, Any]
Operations = list[tuple[str, str, Json]]


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
        yield client


async def holding(app: FastAPI, role: Role, workspace: str) -> dict[str, str]:
    """What an application shows that has this role in this workspace alone."""
    return await holding_each(app, {workspace: role})


async def holding_each(app: FastAPI, held: Mapping[str, Role]) -> dict[str, str]:
    """What an application shows that has these roles, by workspace, and no other."""
    places: dict[WorkspaceId | None, Role] = {
        WorkspaceId(UUID(place)): role for place, role in held.items()
    }
    async with app.state.database.transaction() as session:
        made, _ = await applications.create(session, "asking", places)
    token = app.state.callers.tokens.make(CallerKind.APPLICATION, str(made.application_id))
    return {"authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def document() -> Json:
    """The same of every Atlas; it takes seconds to make."""
    found: Json = create_app(Settings.model_validate({"source_mode": "mock"})).openapi()
    return found


@pytest.fixture(scope="module")
def operations(document: Json) -> Operations:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


@pytest.fixture
async def things(api: Client, app: FastAPI, scheduler: SyncScheduler) -> Things:
    return await make_things(api, app, scheduler)


def at(path: str, names: Names) -> str:
    """The path of what there is; 1 names what there is none of."""
    for name, value in names.items():
        path = path.replace("{" + name + "}", str(value))
    return re.sub(r"\{[^}]*\}", "1", path)


def test_the_document_says_of_every_operation_what_the_table_says(
    operations: Operations,
) -> None:
    said = {
        operation["operationId"]: (
            operation.get("x-atlas-role"),
            operation.get("x-atlas-everywhere", False),
        )
        for _, _, operation in operations
    }

    assert said == {
        **{name: (role or Role.ADMIN, role is None) for name, role in NEEDED.items()},
        **dict.fromkeys(roles.ANYBODY, (None, False)),
    }


def test_the_document_says_how_to_be_known(document: Json, operations: Operations) -> None:
    schemes = document["components"]["securitySchemes"]

    assert {(each["type"], each.get("scheme") or each["name"]) for each in schemes.values()} == {
        ("http", "bearer"),
        ("http", "basic"),
        ("apiKey", "atlas_session"),
        ("apiKey", "X-Atlas-CSRF"),
    }
    for method, path, operation in operations:
        ways = [sorted(way) for way in operation["security"]]
        if operation["operationId"] in roles.ANYBODY:
            assert ways == [], path
            continue
        by_cookie = ["session"] if method == "get" else ["csrf", "session"]
        assert ways == [["bearer"], ["basic"], by_cookie], (method, path)
        assert {"401", "403"} <= operation["responses"].keys(), (method, path)


async def test_who_has_less_than_an_operation_needs_is_refused(
    app: FastAPI, operations: Operations, stranger: httpx.AsyncClient, things: Things
) -> None:
    shown = {role: await holding(app, role, WORKSPACE) for role in Role}
    tried = 0
    for method, path, operation in operations:
        name = operation["operationId"]
        if name in roles.ANYBODY:
            continue
        needed = NEEDED[name]
        for role in Role:
            if needed is not None and role.allows(needed):
                continue
            place = at(path, things.theirs)
            answer = await stranger.request(method, place, headers=shown[role], json={})
            assert answer.status_code == 403, (role, method, place, answer.text)
            tried += 1
    assert tried > 150
    assert all(higher.allows(lower) for lower, higher in pairwise(Role))


def test_every_operation_with_a_body_has_one_here(operations: Operations) -> None:
    taking = {
        operation["operationId"]
        for _, _, operation in operations
        if "requestBody" in operation and NEEDED.get(operation["operationId"]) is not None
    }

    assert taking == set(BODIES)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request about ids that are filled in. Shape: `is_named` where any is."""

    operation: str
    method: str
    path: str
    on_own: bool = False
    body: Json | None = None
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_named(self) -> bool:
        said = json.dumps([self.body, self.query]) + ("" if self.on_own else self.path)
        return re.search(r"\{(?!own\.)\w+\}", said) is not None

    @property
    def refusals(self) -> set[int]:
        """What it may be answered where what it names is not there."""
        if self.operation in LISTS:
            return {200}
        if self.query:
            return {200, 404, 422}
        return {404, 422} if "{own." in json.dumps(self.body) or self.on_own else {404}

    async def by(
        self, client: httpx.AsyncClient, headers: Mapping[str, str], names: Names, own: Names
    ) -> httpx.Response:
        return await client.request(
            self.method,
            at(self.path, own if self.on_own else names),
            headers=headers,
            json=None if self.body is None else filled(self.body, names, own),
            params=filled(self.query, names, own),
        )


def asking(operations: Operations, things: Things) -> Iterator[Asked]:
    """Every operation with each of its bodies, and once with each of its queries that names something."""
    for method, path, operation in operations:
        name = operation["operationId"]
        if name in roles.ANYBODY or NEEDED[name] is None or name in ELSEWHERE:
            continue
        for body in BODIES.get(name, [None]):
            yield Asked(name, method, path, bool(body and body.get("on") == "own"), body)
        for parameter in operation.get("parameters", []):
            query = parameter["name"]
            singular = query.removesuffix("s") if query.endswith("Ids") else query
            if parameter["in"] == "query" and singular in things.theirs and method == "get":
                yield Asked(name, method, path, query={query: "{" + singular + "}"})


def likened(text: str, names: Names, nothing: Names) -> str:
    """What an answer says of some names, as it would say it of others. Shape: without the request's own id."""
    text = re.sub(r'"requestId":"[^"]*"', "", text)
    for name, value in names.items():
        text = re.sub(rf"\b{re.escape(str(value))}\b", str(nothing[name]), text)
    return text


async def test_who_is_of_another_workspace_is_answered_as_if_nothing_were_there(
    app: FastAPI, operations: Operations, stranger: httpx.AsyncClient, things: Things
) -> None:
    """By every method, whether the path, the query or the body names it; and nothing changes by it."""
    foreign = await holding(app, Role.ADMIN, things.own["workspaceId"])
    before = await kept(app)
    hidden, named_in_body = 0, 0
    wrong: list[object] = []
    for asked in asking(operations, things):
        if not asked.is_named:
            continue
        theirs = await asked.by(stranger, foreign, things.theirs, things.own)
        nobodys = await asked.by(stranger, foreign, things.nothing, things.own)

        same, other = (
            likened(answer.text, things.theirs, things.nothing) for answer in (theirs, nobodys)
        )
        is_told = (theirs.status_code, same) != (nobodys.status_code, other)
        if is_told or theirs.status_code not in asked.refusals:
            wrong.append((asked, theirs.text, nobodys.text))
        hidden += 1
        named_in_body += asked.body is not None
    assert wrong == []
    assert (hidden > 150, named_in_body > 80) == (True, True), (hidden, named_in_body)
    assert await kept(app) == before


async def test_who_has_enough_may_look_and_no_list_shows_it_to_another_workspace(
    app: FastAPI, operations: Operations, stranger: httpx.AsyncClient, things: Things
) -> None:
    own = await holding(app, Role.ADMIN, WORKSPACE)
    foreign = await holding(app, Role.ADMIN, things.own["workspaceId"])
    looked, told = 0, set()
    for asked in asking(operations, things):
        is_look = asked.method == "get" or asked.operation in LISTS
        if not is_look or asked.operation == "listJobEvents":  # which goes on until the job ends
            continue
        mine = await asked.by(stranger, own, things.theirs, things.own)
        assert mine.status_code not in (401, 403), (asked, mine.text)
        looked += 1
        theirs = await asked.by(stranger, foreign, things.theirs, things.own)
        said = {*filled(asked.query, things.theirs, {}).values()}
        marks = [mark for mark in things.marks if mark not in said]
        if theirs.status_code == 200:
            assert [mark for mark in marks if mark in theirs.text] == [], (asked, theirs.text)
        if any(mark in mine.text for mark in marks):
            told.add(asked.operation)
    assert looked > 100
    lists = {each.operation for each in asking(operations, things) if each.method == "get" and "{" not in each.path}  # fmt: skip
    assert lists - told == OF_NO_WORKSPACE, "a list that is empty for everybody hides nothing"


async def test_who_may_only_look_here_does_nothing_here_by_what_he_may_elsewhere(
    app: FastAPI, operations: Operations, stranger: httpx.AsyncClient, things: Things
) -> None:
    mixed = await holding_each(
        app, {WORKSPACE: Role.VIEWER, things.own["workspaceId"]: Role.EDITOR}
    )
    named = [
        each
        for each in asking(operations, things)
        if each.is_named and not each.query and each.operation != "listJobEvents"
    ]
    looks = [each for each in named if NEEDED[each.operation] is Role.VIEWER]
    acts = [each for each in named if NEEDED[each.operation] is not Role.VIEWER]
    before = await kept(app)
    for asked in acts:
        answer = await asked.by(stranger, mixed, things.theirs, things.own)
        assert answer.status_code in asked.refusals | {403}, (asked, answer.text)
    after = await kept(app)
    for asked in looks:
        answer = await asked.by(stranger, mixed, things.theirs, things.own)
        assert answer.status_code not in (401, 403), (asked, answer.text)

    assert after == before
    assert (len(looks) > 50, len(acts) > 60) == (True, True)


async def kept(app: FastAPI) -> str:
    """All that Atlas knows, but who asked for what, and what it remembers of asking."""
    rows = await everything(app.state.database)
    return "\n".join(sorted(row for row in rows.split("\n") if not row.startswith(OF_ASKING)))
