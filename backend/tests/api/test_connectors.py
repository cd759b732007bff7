"""/v1/connectors and their installations."""

import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest
from fastapi import FastAPI

from app.api.public import connectors
from app.core.access import CallerKind
from app.core.settings import Settings
from app.main import create_app
from app.sources import mock
from app.sources.pyairbyte import Installed, fingerprint
from app.sources.registry import installation, installed_here
from tests.api.client import Client

FAKER = "source-faker"
CONFIGURATION = {"configuration": {"count": 5, "password": "correct horse"}}


def put_in_place(settings: Settings) -> None:
    """The mock, where PyAirbyte would have installed the faker: a connector of this machine."""
    install = installation(settings, FAKER)
    record = install.environment / "lib/python3.12/site-packages/x-1.dist-info/RECORD"
    record.parent.mkdir(parents=True)
    record.write_text("x.py,,\n")
    program = install.environment / "bin" / FAKER
    program.parent.mkdir()
    values = " ".join(f"{name}={value}" for name, value in mock.ENVIRONMENT.items())
    program.write_text(f'#!/bin/sh\nexec env {values} {" ".join(mock.COMMAND)} "$@"\n')
    program.chmod(0o700)
    found = Installed(
        name=FAKER,
        version=install.version,
        command=(str(program),),
        sha256=fingerprint(install.environment),
        python=sys.version.split()[0],
    )
    install.marker.write_bytes(msgspec.json.encode(found))


@pytest.fixture
async def real(dsn: str, tmp_path: Path) -> AsyncIterator[Client]:
    """An Atlas that takes connectors for what they are."""
    given = {"database_url": dsn, "home": tmp_path / "real", "source_mode": "real"}
    settings = Settings.model_validate(given)
    app: FastAPI = create_app(settings, with_workers=False)
    async with app.router.lifespan_context(app):
        put_in_place(settings)
        token = app.state.callers.tokens.make(CallerKind.MACHINE, "test")
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url="http://atlas",
            headers={"Authorization": f"Bearer {token}"},
        ) as client:
            yield Client(http=client)


async def test_connectors_are_found_by_what_they_are_and_how_they_run(real: Client) -> None:
    faker = await real.get("/connectors", q="faker")
    docker = await real.get("/connectors", runs="docker", kind="database", limit=3)
    rest = await real.get("/connectors", runs="docker", kind="database", limit=3, offset=3)
    here = await real.get("/connectors", installed=True)
    elsewhere = await real.get("/connectors", installed=False, q="faker")

    (line,) = faker["data"]
    assert (line["name"], line["sourceType"], line["installed"]["version"]) == (
        FAKER,
        "faker",
        "7.2.1",
    )
    assert line["runs"] == {
        "by": "python", "isRunnable": True, "package": "airbyte-source-faker", "version": "7.2.1",
        "python": "3.12" if sys.version_info >= (3, 12) else line["runs"]["python"],
    }  # fmt: skip
    assert (faker["matches"], faker["catalogue"]["origin"], faker["catalogue"]["connectors"]) == (1, "shipped", 530)  # fmt: skip
    assert FAKER in {line["name"] for line in here["data"]}
    assert all(line["installed"] for line in here["data"])
    assert elsewhere["matches"] == 0
    assert all(line["runs"]["reason"] for line in docker["data"])
    assert docker["matches"] > 3
    assert docker["next"]
    assert not {line["name"] for line in docker["data"]} & {line["name"] for line in rest["data"]}


async def test_the_list_looks_at_files_beside_the_loop_and_at_no_more_than_it_must(
    real: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[str, bool]] = []

    def looking(settings: Settings, name: str) -> Installed | None:
        looked.append((name, threading.current_thread() is threading.main_thread()))
        return installed_here(settings, name)

    monkeypatch.setattr(connectors, "installed_here", looking)

    page = await real.get("/connectors", limit=3)
    unfiltered = list(looked)
    await real.get("/connectors", installed=True, runs="python", limit=3)

    assert [name for name, _ in unfiltered][:3] == [line["name"] for line in page["data"]]
    assert len(unfiltered) <= 4
    assert len(looked) > 100
    assert not any(on_the_loop for _, on_the_loop in looked)


async def test_the_connectors_own_specification_wins_and_the_catalogues_is_second(
    real: Client,
) -> None:
    own = await real.get(f"/connectors/{FAKER}")
    again = await real.get(f"/connectors/{FAKER}")
    listed = await real.get("/connectors/source-mysql")
    built_in = await real.get("/connectors/source-postgres")
    unknown = await real.problem("GET", "/connectors/source-nobody", 404)
    strange = await real.problem("GET", "/connectors/..;ls", 404)

    assert own["specFrom"] == "connector"
    assert "count" in own["specification"]["properties"]
    assert again["specification"] == own["specification"]
    assert (listed["specFrom"], listed["runs"]["isRunnable"]) == ("catalogue", False)
    assert "host" in listed["specification"]["properties"]
    assert (built_in["specFrom"], built_in["runs"]["by"]) == ("connector", "built_in")
    assert "lookback_window" in str(built_in["specification"])
    assert {unknown["type"], strange["type"]} == {"/problems/connector-unknown"}


async def test_a_configuration_is_tried_in_the_connectors_words_and_kept_nowhere(
    real: Client,
) -> None:
    checked = await real.post(f"/connectors/{FAKER}/check", CONFIGURATION)
    found = await real.post(f"/connectors/{FAKER}/discover", CONFIGURATION)
    missing = await real.problem("POST", "/connectors/source-s3/check", 409, CONFIGURATION)
    image = await real.problem("POST", "/connectors/source-mysql/check", 422, CONFIGURATION)
    strange = await real.problem("POST", f"/connectors/{FAKER}/check", 422, {"config": {}})

    assert (checked["status"], checked["mode"], checked["version"]) == ("succeeded", "real", "7.2.1")  # fmt: skip
    assert {"users", "products"} <= {stream["name"] for stream in found["streams"]}
    assert missing["type"] == "/problems/connector-not-installed"
    assert image["type"] == "/problems/connector-not-runnable"
    assert strange["type"] == "/problems/unprocessable-entity"
    assert "correct horse" not in str((checked, found, missing))


async def test_an_installation_is_asked_for_once_and_looked_at(real: Client) -> None:
    nobody = await real.problem("GET", "/connectors/source-s3/installation", 404)
    asked = await real.post("/connectors/source-s3/installation", {})
    again = await real.post("/connectors/source-s3/installation", {})
    found = await real.get("/connectors/source-s3/installation")
    listed = (await real.get("/connectors", q="s3"))["data"][0]
    refused = await real.problem("POST", "/connectors/source-mysql/installation", 422)
    built_in = await real.problem("POST", "/connectors/source-postgres/installation", 409)
    unknown = await real.problem("POST", "/connectors/airbyte-x==1/installation", 404)

    assert nobody["type"] == "/problems/installation-not-found"
    assert (asked["status"], asked["version"], asked["package"]) == ("pending", "4.16.1", "airbyte-source-s3")  # fmt: skip
    assert asked == again == found == listed["installation"]
    assert refused["type"] == "/problems/connector-not-runnable"
    assert built_in["type"] == "/problems/connector-built-in"
    assert unknown["type"] == "/problems/connector-unknown"


async def test_a_registry_that_cannot_be_reached_is_a_problem_and_the_list_stays(
    real: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody answers there

    refused = await real.problem("POST", "/connectors/refresh", 502)

    assert refused["type"] == "/problems/catalogue-unreachable"
    assert (await real.get("/connectors", limit=1))["catalogue"]["origin"] == "shipped"


async def test_where_records_are_mock_the_answers_say_so(api: Client) -> None:
    listed = await api.get("/connectors", q="postgres")
    found = await api.get("/connectors/source-postgres")
    checked = await api.post(f"/connectors/{FAKER}/check", CONFIGURATION)

    assert listed["data"][0]["runs"]["by"] == "mock"
    assert "mock" in listed["data"][0]["runs"]["reason"]
    assert (found["specFrom"], checked["mode"]) == ("mock", "mock")
