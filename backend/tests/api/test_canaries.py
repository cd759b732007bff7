"""Secrets come in by the API, a connector gives away its own, and they are nowhere to be found."""

import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.core.configurations import Place, at
from app.core.connections import Source
from app.core.ids import JobId
from app.core.records import Mode
from app.core.secret_names import HIDDEN
from app.core.settings import Settings
from app.lineage.transport import Dispatcher, FileTransport
from app.sources.port import Connector, Listener
from app.sources.protocol import CommandConnector
from app.sync.scheduler import SyncScheduler
from tests.api.making import DESTINATION, WORKSPACE
from tests.secrets.made import Maker
from tests.secrets.test_canaries import CANARIES, everything, fits, specifications

Json = dict[str, Any]
NAMES = ("source-postgres", "source-github", "source-google-ads", "source-hubspot")
TELLTALE = """
import json, sys
arguments = dict(zip(sys.argv[2::2], sys.argv[3::2]))
if sys.argv[1] == "read":
    told = open(arguments["--config"]).read()
    def said(value):
        if isinstance(value, dict): return [one for each in value.values() for one in said(each)]
        if isinstance(value, list): return [one for each in value for one in said(each)]
        return [value] if isinstance(value, str) else []
    for secret in [told, *said(json.loads(told))]:
        print(json.dumps({"type": "LOG", "log": {"level": "ERROR", "message": "canary? it is " + secret}}), flush=True)
        print("it is", secret, file=sys.stderr, flush=True)
    error = {"message": "it is " + " ".join(said(json.loads(told))), "internal_message": told, "stack_trace": told, "failure_type": "config_error"}
    print(json.dumps({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 1.0, "error": error}}), flush=True)
    sys.exit(1)
"""
"""Says its whole configuration wherever a connector can say anything, and fails."""


def spoilt(sent: Mapping[str, object], place: Place) -> Json:
    """The configuration with a secret where its form does not fit."""
    copied: Json = {**sent}
    inner: Any = copied
    for step in place[:-1]:
        if isinstance(inner[step], list):
            inner[step] = [*inner[step]]
        else:
            inner[step] = {**inner[step]}
        inner = inner[step]
    inner[place[-1]] = {"wrong": [inner[place[-1]]]}
    return copied


def found_in(text: str) -> list[str]:
    """The secrets in a text, with what stands before."""
    return [
        text[max(0, match.start() - 80) : match.end() + 40]
        for canary in CANARIES
        for match in re.finditer(canary + r"(?!\\?\? it is)", text)
    ]


@pytest.fixture
def telling(app: FastAPI, scheduler: SyncScheduler, settings: Settings, tmp_path: Path) -> SyncScheduler:  # fmt: skip
    program = tmp_path / "telltale.py"
    program.write_text(TELLTALE)

    async def open_connector(source: Source, listener: Listener) -> Connector:
        hears, with_secrets = app.state.configurations.revealing(source, listener)
        connector: Connector = with_secrets(
            CommandConnector(
                command=(sys.executable, "-S", str(program)),
                environment={},
                settings=settings,
                mode=Mode.MOCK,
                name=source.connector,
                listener=hears,
                grace_s=0.5,
            )
        )
        return connector

    stations = replace(scheduler.orchestrator, open_connector=open_connector)
    return replace(scheduler, orchestrator=stations)


async def test_no_secret_that_is_sent_or_that_a_connector_tells_is_found_anywhere(
    app: FastAPI,
    client: httpx.AsyncClient,
    telling: SyncScheduler,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    answers: list[str] = []
    made, refused, jobs = 0, 0, 0

    async def ask(method: str, path: str, body: Json | None = None) -> Json:
        key = {"idempotency-key": f"canaries-{len(answers)}"} if method == "POST" else {}
        answer = await client.request(method, path, json=body, headers=key)
        assert answer.status_code in (200, 204, 400, 404, 409, 422), answer.text
        answers.append(f"{method} {path} {answer.text}")
        found = answer.json() if answer.status_code == 200 and answer.text[:1] == "{" else {}
        return found | {"status_code": answer.status_code}

    known, paths = specifications(), app.openapi()["paths"]
    names: dict[str, str] = {"workspaceId": WORKSPACE, "destinationId": DESTINATION}
    for name in NAMES:
        specification = known[name]
        assert specification is not None
        maker = Maker(name, fits)
        for sent in maker.variants(specification):
            kind = {"sourceType": name.removeprefix("source-")}
            wanted = {"name": name, "workspaceId": WORKSPACE, "configuration": {**sent, **kind}}
            source = await ask("POST", "/v1/sources", wanted)
            assert source["status_code"] == 200, answers[-1]
            made += 1
            shown = source["configuration"]
            assert all(at(shown, place) == HIDDEN for place in maker.canaries)
            path = f"/v1/sources/{source['sourceId']}"
            for place in maker.canaries:
                wrong = {**spoilt(sent, place), **kind}
                await ask("POST", "/v1/sources", {**wanted, "configuration": wrong})
                answer = await ask("PATCH", path, {"configuration": spoilt(sent, place)})
                refused += answer["status_code"] == 422
            await ask("PATCH", path, {"configuration": dict(sent)})
        connection = await ask("POST", "/v1/connections", {
            "name": name, "sourceId": source["sourceId"], "destinationId": DESTINATION,
        })  # fmt: skip
        job = await ask("POST", "/v1/jobs", {"connectionId": connection["connectionId"], "jobType": "sync"})  # fmt: skip
        assert "canary" not in answers[-1], answers[-1]
        await telling.run(JobId(job["jobId"]))
        jobs += 1
        names |= {"sourceId": source["sourceId"], "connectionId": connection["connectionId"], "jobId": str(job["jobId"])}  # fmt: skip
        await app.state.attempt_log.flush()
        for path in paths:
            if "get" in paths[path] and set(re.findall(r"\{(\w+)\}", path)) <= names.keys():  # fmt: skip
                await ask("GET", path.format(**names))
        await ask("POST", "/api/v1/jobs/get", {"id": job["jobId"]})
    kept = await everything(telling.database)
    printed = capfd.readouterr()
    events = settings.home / "lineage" / "events.ndjson"
    await Dispatcher(transport=FileTransport(events)).drain(telling.database)

    (ended,) = [each for each in answers if each.startswith(f"GET /v1/jobs/{names['jobId']} ")]
    (told,) = [each for each in answers if each.startswith(f"GET /v1/jobs/{names['jobId']}/logs ")]
    assert '"failed"' in ended
    assert "attempt_failed" in printed.out, "the log is looked at"
    assert told.count("canary? it is") > 1, "the connector told it, and it was heard"
    assert (made > 10, refused > 5, jobs) == (True, True, len(NAMES)), (made, refused)
    lineage = events.read_text("utf-8")
    assert lineage.count('"FAIL"') >= len(NAMES)
    for text in (kept, lineage, *answers, caplog.text, printed.out, printed.err):
        assert found_in(text) == []
