"""Tests of app/sources/catalogue.py, live_catalogue.py, ways.py and interpreters.py."""

import importlib.metadata
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from app.core.failures import (
    CatalogueUnreachable,
    ConnectorNotRunnable,
    ConnectorUnknown,
)
from app.core.settings import Settings, SourceMode
from app.sources import catalogue, interpreters, live_catalogue, ways
from app.sources.catalogue import Origin, Wanted, shipped
from app.sources.pyairbyte import HELPER, variables
from app.sources.pyairbyte_helper import entry as of_registry
from app.sources.registry import pinned
from app.sources.ways import Way

REGISTRY = {
    "name": "Sample Data (Faker)",
    "sourceDefinitionId": "dfd88b22-b603-4c3d-aad7-3701784586b1",
    "dockerRepository": "airbyte/source-faker",
    "dockerImageTag": "9.9.9",
    "documentationUrl": "https://example.invalid/faker",
    "tags": ["language:python"],
    "remoteRegistries": {"pypi": {"enabled": True, "packageName": "airbyte-source-faker"}},
    "allowedHosts": {"hosts": ["example.invalid"]},
    "spec": {
        "connectionSpecification": {
            "type": "object",
            "description": "prose",
            "properties": {
                "description": {"type": "string", "description": "prose", "default": {"kept": 1}}
            },
        }
    },
}


def names(text: str, **wanted: str) -> list[str]:
    return [entry.name for entry in shipped().search(Wanted(text=text, **wanted))]


def test_every_connector_of_the_shipped_list_is_read() -> None:
    entries = shipped().entries

    assert len(entries) == 530
    assert entries["source-faker"].pypi is not None
    assert entries["source-faker"].connection_specification is not None
    assert shipped() is shipped(), "it is read once"


def test_the_best_match_comes_first() -> None:
    assert names("source-faker")[0] == names("Faker")[0] == "source-faker"
    assert names("S3") == ["source-s3"]
    assert names("google ads")[0] == "source-google-ads"
    assert names("akerr") == []
    assert "source-postgres" in names("postg")


def test_a_word_stands_before_the_middle_of_one() -> None:
    found = names("base")

    assert found[0] == "source-basecamp"
    assert found.index("source-basecamp") < found.index("source-couchbase")


def test_filters_are_kept_to() -> None:
    certified = shipped().search(Wanted(support_level="certified", language="java"))

    assert certified
    assert {entry.language for entry in certified} == {"java"}
    assert "source-faker" not in names("faker", language="java")


def test_what_is_not_listed_is_unknown() -> None:
    with pytest.raises(ConnectorUnknown, match="shipped"):
        shipped().entry("source-nobody")


def test_a_list_that_was_fetched_counts_and_lacks_nothing_that_was_known(tmp_path: Path) -> None:
    folder = tmp_path / "connectors"
    folder.mkdir()
    live = of_registry(REGISTRY)
    without = {**live, "name": "source-s3", "title": "S4"}
    without.pop("pypi")
    (folder / "catalogue.jsonl").write_text(f"{json.dumps(live)}\n{json.dumps(without)}\n")

    found = catalogue.current(tmp_path)

    assert found.origin is Origin.LIVE
    faker, s3 = found.entry("source-faker"), found.entry("source-s3")
    assert (faker.pypi and faker.pypi.version, faker.language) == ("9.9.9", "python")
    assert faker.connection_specification == {
        "type": "object",
        "properties": {"description": {"type": "string", "default": {"kept": 1}}},
    }
    assert (s3.title, s3.pypi and s3.pypi.package) == ("S4", "airbyte-source-s3")
    assert len(found.entries) == 530


@pytest.mark.parametrize(
    ("package", "version"),
    [
        ("airbyte-source-x @ file:///x", "1.0"),
        ("requests", "1.0"),
        ("airbyte-source-x", "1.0 --pre"),
        ("airbyte-source-x", "1.0,>2"),
        ("--editable", "1"),
    ],
)
def test_a_fetched_list_cannot_name_anything_but_airbytes_packages(
    tmp_path: Path, package: str, version: str
) -> None:
    folder = tmp_path / "connectors"
    folder.mkdir()
    pypi = {"package": package, "version": version}
    lines = [{"name": name, "title": "X", "pypi": pypi} for name in ("source-x", "../source-y")]
    (folder / "catalogue.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    found = catalogue.current(tmp_path)

    assert "source-x" in found.entries
    assert "../source-y" not in found.entries
    with pytest.raises(ConnectorNotRunnable):
        pinned("source-x", found)
    real = Settings(home=tmp_path, source_mode=SourceMode.REAL)
    assert not ways.here(found.entry("source-x"), real, found).is_runnable


async def test_a_registry_that_does_not_answer_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    with pytest.raises(CatalogueUnreachable):
        await live_catalogue.refresh(tmp_path, timeout_s=0.2)

    assert catalogue.current(tmp_path) is shipped()


def test_the_helper_fetches_the_registry_that_pyairbyte_names(tmp_path: Path) -> None:
    answer = json.dumps({"sources": [REGISTRY], "destinations": []}).encode()
    with registry_that_sends(answer) as address:
        done = subprocess.run(
            [sys.executable, "-m", HELPER, "catalogue", str(tmp_path / "fetched")],
            env={**variables(tmp_path), "AIRBYTE_LOCAL_REGISTRY": address, "HOME": str(tmp_path)},
            check=False,
            capture_output=True,
            timeout=120,
        )

    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    live_catalogue._keep(tmp_path / "fetched", tmp_path / "kept")
    assert json.loads((tmp_path / "kept").read_text())["name"] == "source-faker"


@contextmanager
def registry_that_sends(answer: bytes) -> Iterator[str]:
    """The address of a server on this machine that answers each request so."""

    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Registry) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/registry.json"
        finally:
            server.shutdown()
            serving.join()


@pytest.mark.parametrize("sent", [b"", b"<html>", b'{"name":1}\n'])
def test_what_is_no_list_is_not_kept(tmp_path: Path, sent: bytes) -> None:
    fetched = tmp_path / "fetched"
    fetched.write_bytes(sent)

    with pytest.raises(CatalogueUnreachable):
        live_catalogue._keep(fetched, tmp_path / "catalogue.jsonl")

    assert not (tmp_path / "catalogue.jsonl").exists()


def test_each_connector_says_how_it_can_be_run(tmp_path: Path) -> None:
    real = Settings(home=tmp_path, source_mode=SourceMode.REAL)
    mock = Settings(home=tmp_path, source_mode=SourceMode.MOCK)
    entries = shipped().entries

    faker, mysql, bare, postgres = (
        ways.here(entries[name], real, shipped())
        for name in ("source-faker", "source-mysql", "source-7shifts", "source-postgres")
    )

    assert (faker.by, faker.is_runnable, faker.version) == (Way.PYTHON, True, "7.2.1")
    assert (mysql.by, mysql.is_runnable, bare.by, bare.is_runnable) == (
        Way.DOCKER, False, Way.MANIFEST, False,
    )  # fmt: skip
    assert "image" in str(mysql.reason)
    assert (postgres.by, postgres.is_runnable, postgres.version) == (
        Way.BUILT_IN, True, importlib.metadata.version("atlas"),
    )  # fmt: skip
    assert ways.here(entries["source-postgres"], mock, shipped()).by is Way.MOCK


def test_an_interpreter_is_asked_for_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, script in (("broken", "exit 127"), ("other", "echo 2.7"), ("right", "echo 3.9")):
        (tmp_path / name).mkdir()
        program = tmp_path / name / "python3.9"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o700)
    monkeypatch.setenv("PATH", ":".join(str(tmp_path / n) for n in ("broken", "other", "right")))

    assert interpreters.find("3.9") == tmp_path / "right" / "python3.9"
    assert interpreters.find("3.8") is None
    assert interpreters.find(f"3.{sys.version_info.minor}") == Path(sys.executable)
