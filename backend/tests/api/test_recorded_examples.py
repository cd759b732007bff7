"""Makes app/api/examples/recorded.json, for `make examples`: what a real Atlas answers, operation by operation.

What is written by hand in app/api/examples/ goes before it; test_document.py holds both to the schemas.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.api.examples import EXAMPLES, RECORDED
from app.sync.scheduler import SyncScheduler
from tests.api import roles
from tests.api.client import Client
from tests.api.making import DESTINATION, WORKSPACE
from tests.api.test_roles import at
from tests.api.things import BODIES, MARK, filled, make_things

Json = dict[str, Any]

MOST_ITEMS, MOST_TEXT = 2, 300
KEPT = {WORKSPACE, DESTINATION}
QUERIES: Mapping[str, Json] = {
    "getDatasetAsOf": {"at": "2100-01-01T00:00:00Z"},
    "getDatasetDiff": {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"},
    "getLineageGraph": {"connectionId": "{connectionId}"},
    "getStateDiff": {"from": 1, "to": 1},
    "getStreamProperties": {"sourceId": "{sourceId}"},
    "listPersonalDataHistory": {"path": "name"},
}
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_INSTANT = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d")
_OTHER_INSTANT = re.compile(r"\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d")
_HOST = re.compile(r"/tmp/[^\s\"?]*|\b\w+_test_[0-9a-f]+\b")
_ORDER = ("get", "post", "put", "patch", "delete")


class Told:
    """The same answers, of no machine, day or test. Shape: an id stands for the same thing in all of them."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}

    def of(self, value: Any) -> Any:
        if isinstance(value, dict):
            # a `$ref` of a connector's own schema would be taken for one of the document's
            return {self.text(n): self.of(inner) for n, inner in value.items() if n != "$ref"}
        if isinstance(value, list):
            return [self.of(inner) for inner in value[:MOST_ITEMS]]
        return self.text(value) if isinstance(value, str) else value

    def text(self, value: str) -> str:
        value = _UUID.sub(self._id, value)
        value = _INSTANT.sub("2026-12-01T06:00:00", value)
        value = _OTHER_INSTANT.sub("2026-12-01 06:00:00", value)
        value = _HOST.sub("atlas", value)
        value = value.replace(MARK, "order").replace("127.0.0.1:9", "airbyte.example.org")
        return value if len(value) <= MOST_TEXT else f"{value[:MOST_TEXT]}…"

    def _id(self, found: re.Match[str]) -> str:
        given = found[0]
        if given in KEPT:
            return given
        number = len(self.ids) + 1
        return self.ids.setdefault(given, str(UUID(int=(number << 80) | 0x40008000000000000000 | number)))  # fmt: skip


def asked(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Every operation, looks first and what takes away last."""
    found = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    yield from sorted(
        found,
        key=lambda each: (
            each[0] != "get",
            _harm(each[2]["operationId"]),
            _ORDER.index(each[0]),
        ),
    )


async def nothing_waits(api: Client) -> None:
    """Most acts on a connection want that no job of it waits."""
    for job in (await api.get("/jobs", status="pending", allTypes=True))["data"]:
        await api.delete(f"/jobs/{job['jobId']}")


def _harm(operation: str) -> int:
    """How much less there is afterwards to be asked for."""
    if operation in {"deleteConnection", "deleteSource", "deleteDestination", "deleteWorkspace"}:
        return 3
    if operation.startswith(("drop", "rename", "adopt", "leave", "delete", "clear")):
        return 2
    return 0 if "preview" in operation or "check" in operation.lower() else 1


@pytest.mark.examples
async def test_record_what_a_real_atlas_answers(
    api: Client, app: FastAPI, scheduler: SyncScheduler
) -> None:
    told, recorded, missing = Told(), {}, {}
    things = await make_things(api, app, scheduler)
    names, own = {**things.theirs, "name": "source-faker"}, things.own
    for method, path, operation in asked(app.openapi()):
        name = operation["operationId"]
        if name in EXAMPLES or name in {"listJobEvents", "signOut"} or name in roles.ANYBODY:
            continue
        if method != "get":
            await nothing_waits(api)
        body = BODIES.get(name, [None])[0]
        on = own if body and body.get("on") == "own" else names
        sent = None if body is None else filled(body, names, own)
        answer = await api.http.request(
            method, at(path, on), json=sent, params=filled(QUERIES.get(name, {}), names, own)
        )
        if answer.status_code not in (200, 201, 202, 204):
            missing[name] = (answer.status_code, answer.json().get("detail"))
            if answer.status_code == 409 and sent is not None:  # as it is asked, though not now
                recorded[name] = {"body": told.of(sent)}
            continue
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        shown: Json = {"answer": told.of(answer.json())} if is_json and answer.content else {}
        if sent is not None:
            shown["body"] = told.of(sent)
        if shown:
            recorded[name] = shown

    for name, (status, detail) in sorted(missing.items()):
        print(f"{name}: {status} {detail}")
    text = json.dumps(dict(sorted(recorded.items())), indent=1, ensure_ascii=False) + "\n"
    await asyncio.to_thread(RECORDED.write_text, text, "utf-8")
    assert len(recorded) > 110
