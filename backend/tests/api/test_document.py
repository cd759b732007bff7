"""Every operation answers as the document says, whatever it is sent; and the examples are what they show."""

import asyncio
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from jsonschema import Draft202012Validator
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.access.tokens import Tokens
from app.api.document import TAGS, operations
from app.core.access import CallerKind
from app.core.settings import Settings
from app.main import create_app
from tests.api import roles
from tests.api.making import WORKSPACE, make_connection, start_job
from tests.conftest import new_database
from tests.fixtures.drawing import IS_LONG, often

Json = dict[str, Any]

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
_NO_HTTP = "Invalid HTTP request received."
"""What the server says to what is no HTTP, before any operation is known."""
REFUSALS = {400, 401, 403, 404, 409, 412, 413, 414, 415, 422, 431}
"""What whoever may not is answered: that he may not, that there is none, or that it is no request."""
TIMES = often(1, 8)
"""Requests of an operation: well-formed ones, as many that are not, and of both half with ids that there are."""
SHARES = 3
"""In short runs one operation of so many is sent what is malformed, and each other asker asks for one of so many."""


@dataclass(slots=True)
class Served:
    """A served Atlas with something in it. Shape: `ids` by the names of paths and bodies."""

    url: str
    tokens: Tokens
    document: Json
    ids: dict[str, object] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        return self.shown(CallerKind.MACHINE, "test")

    def shown(self, kind: CallerKind, caller_id: str) -> dict[str, str]:
        """A token that is not over yet, however long the asking takes."""
        return {"Authorization": f"Bearer {self.tokens.make(kind, caller_id)}"}

    def made(self, path: str, body: Json) -> Json:
        answer = httpx.post(self.url + path, json=body, headers=self.headers, timeout=60)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def application(self, role: str, workspace: str) -> Callable[[], dict[str, str]]:
        """What an application shows that has this role in this workspace alone."""
        granted = {"roles": [{"role": role, "workspaceId": workspace}]}
        known = self.made("/v1/applications", {"name": role, "atlas": granted})
        return partial(self.shown, CallerKind.APPLICATION, known["id"])

    def fill(self) -> None:
        """Make what operations look at, where the last one deleted it."""
        asyncio.run(self._fill())

    async def _fill(self) -> None:
        # to read the certificates of authorities costs more than all that is asked here, of no server with one
        async with httpx.AsyncClient(
            base_url=self.url, headers=self.headers, timeout=60, verify=False
        ) as client:
            known = self.ids.get("connectionId")
            if known and (await client.get(f"/v1/connections/{known}")).status_code == 200:
                return
            made = await make_connection(client, name=f"daily{random.randrange(10**9)}")
            rule = await client.post(
                "/v1/notification-rules",
                json={
                    "connectionId": made["connectionId"],
                    "occasions": ["failure"],
                    "channel": "webhook",
                    "target": "https://hooks.example.com/x",
                },
            )
            job = await start_job(client, made["connectionId"])
            wanted = {"name": "gold", "workspaceId": made["workspaceId"], "project": "dbt"}
            gold = (await client.post("/v1/transformations", json=wanted)).json()[
                "transformationId"
            ]
            run = (await client.post(f"/v1/transformations/{gold}/runs", json={})).json()
            remote = await client.post(
                "/v1/remotes",
                json={
                    "workspaceId": made["workspaceId"],
                    "name": "elsewhere",
                    "apiUrl": "http://127.0.0.1:9/v1",  # nobody is asked there: it is not public
                    "clientId": "atlas",
                    "clientSecret": "secret",
                },
            )
        names = ("connectionId", "sourceId", "destinationId", "workspaceId")
        self.ids |= {name: made[name] for name in names}
        self.ids |= {"ruleId": rule.json()["ruleId"], "jobId": job.json()["jobId"]}
        self.ids |= {"transformationId": gold, "transformationRunId": run["transformationRunId"]}
        self.ids["remoteId"] = remote.json()["remoteId"]
        self.ids["stream"] = made["configurations"]["streams"][0]["name"]


@pytest.fixture(scope="module")
def served(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with new_database(template, clone=True) as dsn, socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))
        given = {
            "database_url": dsn,
            "home": tmp_path_factory.mktemp("document") / ".atlas",
            "source_mode": "mock",
            "rate_limit": "100000000/minute",
            "sign_in_rate_limit": "100000000/minute",
        }
        app = create_app(Settings.model_validate(given), with_workers=False)
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [ours]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
            assert thread.is_alive(), "the server did not start"
        host, port = ours.getsockname()
        yield Served(f"http://{host}:{port}", app.state.callers.tokens, app.openapi())
        server.should_exit = True
        thread.join(30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Somebody who asks, and what he may never be given. Shape: `refused` operations by id; with `is_foreign` none
    whose path names what is there. Of the operations he asks for one in `SHARES`, from the `share`-th on: together
    they ask for all, and in long runs each for all."""

    shown: Callable[[], dict[str, str]]
    refused: frozenset[str]
    share: int
    is_foreign: bool = False

    def may(self, operation: Any, is_there: bool) -> bool:
        if operation.definition.raw["operationId"] in self.refused:
            return False
        return not (self.is_foreign and is_there)


ABOVE_VIEWER = frozenset(roles.OPERATOR + roles.EDITOR + roles.ADMIN + roles.OWNER)
ALL = frozenset(roles.VIEWER) | ABOVE_VIEWER


@pytest.mark.drawn
def test_every_operation_answers_as_the_document_says(served: Served) -> None:
    found = broken(served, TIMES)
    assert not found, "\n\n".join(found)


@pytest.mark.drawn
@pytest.mark.parametrize("who", ["nobody", "viewer", "admin elsewhere"])
def test_every_operation_refuses_as_the_document_says(served: Served, who: str) -> None:
    """Whoever asks, and whatever: as the document says, and nobody is given what he may not have."""
    match who:
        case "nobody":
            asker = Asker(shown=dict, refused=ALL, share=0)
        case "viewer":
            shown = served.application("viewer", WORKSPACE)
            asker = Asker(shown=shown, refused=ABOVE_VIEWER, share=1)
        case _:
            elsewhere = served.made("/v1/workspaces", {"name": "elsewhere"})["workspaceId"]
            shown = served.application("admin", elsewhere)
            asker = Asker(shown=shown, refused=frozenset(roles.OWNER), share=2, is_foreign=True)
    found = broken(served, TIMES, asker)
    assert not found, "\n\n".join(found)


def broken(served: Served, times: int, asker: Asker | None = None) -> list[str]:
    """What answers were not as documented, the first of each operation and way of asking. Shape: without an asker it
    is Atlas's own machine, which may all."""
    schema = schemathesis.openapi.from_dict(served.document)
    found = []
    # deletions come last: what is gone is only made again between operations
    operations = sorted(
        (each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)),
        key=lambda operation: (operation.method == "delete", operation.path),
    )
    if asker is not None and not IS_LONG:
        operations = operations[asker.share :: SHARES]
    for number, operation in enumerate(operations):
        served.fill()
        takes = operation.definition.raw.keys() & {"parameters", "requestBody"}
        # whether he may is asked before what it is; and to make up what is malformed takes the most of the time
        both = takes and (IS_LONG or (asker is None and number % SHARES == 0))
        for mode in schemathesis.GenerationMode if both else [schemathesis.GenerationMode.POSITIVE]:
            try:
                asked(served, operation, mode, times if takes else 1, asker)
            except Unsatisfiable:  # nothing that it takes could be malformed
                assert mode is schemathesis.GenerationMode.NEGATIVE, operation.label
            except AssertionError as failure:
                found.append(f"{mode} {operation.label}: {failure}")
            except BaseExceptionGroup as failures:
                found += [f"{mode} {operation.label}: {each}" for each in failures.exceptions]
    return found


def asked(
    served: Served,
    operation: Any,
    mode: schemathesis.GenerationMode,
    times: int,
    asker: Asker | None,
) -> None:
    chosen = random.Random(operation.label)

    @settings(
        max_examples=times,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        # a stranger is told most apart by what is there
        if asker is not None or chosen.random() < 0.5:
            fill_in(case, served.ids)
        headers = served.headers if asker is None else asker.shown()
        answer = case.call(base_url=served.url, headers=headers, timeout=120)
        if answer.text == _NO_HTTP:
            return
        said = f"{case.as_curl_command()}\n{answer.text}"
        assert answer.status_code != 500, said
        if asker is not None and not asker.may(operation, names_any(case, served.ids)):
            assert answer.status_code in REFUSALS, said
        case.validate_response(answer, checks=CHECKS)

    ask()


def names_any(case: schemathesis.Case, ids: dict[str, object]) -> bool:
    """Whether the path names what is there."""
    values = case.path_parameters if isinstance(case.path_parameters, dict) else {}
    return any(name in ids and values[name] == ids[name] for name in values)


def fill_in(case: schemathesis.Case, ids: dict[str, object]) -> None:
    """Put ids that there are where any were made up."""
    for values in (case.path_parameters, case.query, case.body):
        if isinstance(values, dict):
            values |= {name: ids[name] for name in values if name in ids}


def test_every_tag_says_what_it_holds(app: FastAPI) -> None:
    used = {tag for _, operation, _ in operations(app.openapi()) for tag in operation["tags"]}

    assert used == TAGS.keys()


def test_no_two_schemas_are_called_the_same(app: FastAPI) -> None:
    """Two of a name are told apart by their modules, which no client of the document should know."""
    assert [
        name for name in app.openapi()["components"]["schemas"] if name.startswith("app__")
    ] == []


def test_the_examples_are_as_the_schemas_say(app: FastAPI) -> None:
    document = app.openapi()
    without = []
    for _, operation, _ in operations(document):
        parts = [operation["responses"].get("200", {})]
        parts += [operation["requestBody"]] if "requestBody" in operation else []
        for part in parts:
            content = part.get("content", {}).get("application/json", {})
            if content and "example" not in content:
                without.append(operation["operationId"])
            elif content:
                schema = content.get("schema", {}) | {"components": document["components"]}
                errors = [
                    each.message
                    for each in Draft202012Validator(schema).iter_errors(content["example"])
                ]
                assert errors == [], (operation["operationId"], errors)
    assert without == [], "every body and every answer of an operation is shown"
