"""One real `atlas serve` that reads a real connector, and the clients of Airbyte that ask it.

Each client is its own library, unchanged, in an environment of its own, driven by a program of `clients/`.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from tests.api.making import DESTINATION, WORKSPACE
from tests.fixtures.home import Row, Shell, free_port, shared_faker

Json = dict[str, Any]  # as a client has it
ROOT = Path(__file__).resolve().parents[3]
CLIENTS = Path(__file__).with_name("clients")
LIMIT_S = 900.0
USERS, PRODUCTS = 200, 100
STREAMS = [
    {"name": "users", "syncMode": "full_refresh_append"},
    {"name": "products", "syncMode": "incremental_deduped_history"},
]
"""Users are read anew by each sync, products by the first alone: after it they have a state."""
ENDLESS = 50_000_000
_NOWHERE = "http://127.0.0.1:9"
_READY_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Shape: `daily` and `endless` are ids of connections, the second of one that reads until it is cancelled;
    `client_id` may change them, and the `operator` run and cancel their jobs alone."""

    port: int
    dsn: str
    folder: Path
    client_id: str
    client_secret: str
    operator: tuple[str, str]
    process: "subprocess.Popen[str]"
    daily: str = ""
    endless: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def auth(self) -> tuple[str, str]:
        return (self.client_id, self.client_secret)

    @property
    def told(self) -> Mapping[str, object]:
        """What every client is told."""
        return {
            "url": self.url,
            "port": self.port,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "workspace": WORKSPACE,
            "destination": DESTINATION,
            "daily": self.daily,
            "endless": self.endless,
        }

    @property
    def as_operator(self) -> Mapping[str, object]:
        """What a client is told otherwise that only runs jobs."""
        return dict(zip(("client_id", "client_secret"), self.operator, strict=True))

    def seen_by(
        self,
        client: str,
        program: str,
        environment: Mapping[str, str] | None = None,
        told: Mapping[str, object] | None = None,
        **more: object,
    ) -> Json:
        """What a client saw: the last line that its program said."""
        command = [str(program_of(client, "python")), str(CLIENTS / program)]
        done = self.run(client, command, {**self.told, **(told or {}), **more}, environment)
        assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-8_000:]
        found: Json = json.loads(done.stdout.splitlines()[-1])
        return found

    def run(
        self,
        client: str,
        command: Sequence[str],
        told: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> "subprocess.CompletedProcess[str]":
        """A command to its end, at a home of its client's own, from where it reaches this machine alone."""
        ended = self.process.poll()
        assert ended is None, f"the service has ended with {ended}, before its clients have"
        home = self.folder / client
        home.mkdir(exist_ok=True)
        proxies = dict.fromkeys(
            ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), _NOWHERE
        )
        return subprocess.run(
            command,
            cwd=home,
            env={
                "PATH": f"{Path(command[0]).parent}:{os.environ['PATH']}",
                "HOME": str(home),
                "TMPDIR": str(home),
                "NO_PROXY": "127.0.0.1,localhost",
                "no_proxy": "127.0.0.1,localhost",
                "DO_NOT_TRACK": "1",
                **proxies,
                **(environment or {}),
            },
            input=json.dumps(told or {}),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    # ── what the database says ────────────────────────────────────────────────────────────────

    def rows(self, query: str, *values: object) -> list[Row]:
        with psycopg.connect(self.dsn, row_factory=dict_row) as connection:
            return list(connection.execute(query.encode(), values).fetchall())

    def row(self, query: str, *values: object) -> Row:
        (found,) = self.rows(query, *values)
        return found

    def job(self, job_id: int) -> Row:
        return self.row("SELECT * FROM pipeline.jobs WHERE job_id = %s", job_id)

    def newest_job(self, connection: str) -> int:
        """Shape: 0 before the first."""
        query = (
            "SELECT coalesce(max(job_id), 0) AS job_id FROM pipeline.jobs WHERE connection_id = %s"
        )
        found: int = self.row(query, connection)["job_id"]  # type: ignore[assignment]
        return found

    def explored(self, job_id: int) -> dict[str, int]:
        """The records that a job brought to explore, counted there. Shape: by stream, none that brought nothing."""
        streams = self.rows(
            "SELECT s.name, s.table_name FROM pipeline.streams s JOIN pipeline.jobs j USING (connection_id) "
            "WHERE j.job_id = %s AND s.selected",
            job_id,
        )
        counted = {
            str(stream["name"]): self.row(
                f"SELECT count(*) AS n FROM explore.{stream['table_name']}_raw r "
                "JOIN pipeline.batches b USING (batch_id) JOIN pipeline.attempts a USING (attempt_id) "
                "WHERE a.job_id = %s",
                job_id,
            )["n"]
            for stream in streams
        }
        return {name: int(str(n)) for name, n in counted.items() if n}

    def size_bytes(self, job_id: int) -> int:
        query = (
            "SELECT coalesce(sum(b.size_bytes), 0)::bigint AS n FROM pipeline.batches b "
            "JOIN pipeline.attempts a USING (attempt_id) WHERE a.job_id = %s"
        )
        return int(str(self.row(query, job_id)["n"]))

    def settled(self, job_id: int, limit_s: float = 300) -> str:
        """The status of a job that nothing works at any more."""
        deadline = time.monotonic() + limit_s
        query = "SELECT 1 FROM pipeline.attempts WHERE job_id = %s AND status = 'running'"
        while self.rows(query, job_id):
            assert time.monotonic() < deadline, f"job {job_id} is still worked at"
            time.sleep(0.2)
        return str(self.job(job_id)["status"])


@contextmanager
def serving(dsn: str, folder: Path) -> Iterator[Service]:
    """A service that answers, with an application and two connections, until it is asked to end."""
    shared_faker()
    port = free_port()
    environment = {
        "ATLAS_PORT": str(port),
        "ATLAS_DATABASE_URL": dsn,
        "ATLAS_SOURCE_MODE": "real",
        # the Airbyte Cloud of the tests is on this machine, and does not let anybody wait
        "ATLAS_OUTGOING_ALLOW": "127.0.0.1",
        "ATLAS_REMOTE_POLL_S": "0.5",
        "ATLAS_REMOTE_TIMEOUT_S": "5",
        "ATLAS_REMOTE_WAIT_S": "0.1",
    }
    shell = Shell(folder=folder, environment=environment).shares_connectors()
    said = folder / "serve.log"
    with replace(shell, said=said).starting("serve") as process:
        _wait_for(f"http://127.0.0.1:{port}/health", process)
        client_id, client_secret = _application(shell, "editor")
        service = Service(
            port=port,
            dsn=dsn,
            folder=folder,
            client_id=client_id,
            client_secret=client_secret,
            operator=_application(shell, "operator"),
            process=process,
        )
        yield _with_connections(service)
        process.terminate()
        assert process.wait(180) == 0, said.read_text()[-4_000:]


def _with_connections(service: Service) -> Service:
    with httpx.Client(base_url=service.url, auth=service.auth, timeout=600) as http:
        daily = connect(http, "daily", {"count": USERS, "seed": 1}, STREAMS)
        long = {"count": ENDLESS, "records_per_slice": 100}
        endless = connect(http, "endless", long, STREAMS[:1], "endless_")
    return replace(service, daily=daily, endless=endless)


def connect(
    http: httpx.Client,
    name: str,
    config: Mapping[str, object],
    streams: Sequence[object],
    prefix: str = "",
) -> str:
    chosen = {"sourceType": "faker", "parallelism": 1, "always_updated": False, **config}
    source = posted(
        http,
        "/v1/sources",
        {"name": f"{name}_source", "workspaceId": WORKSPACE, "configuration": chosen},
    )
    connection = posted(
        http,
        "/v1/connections",
        {
            "name": name,
            "prefix": prefix,
            "sourceId": source["sourceId"],
            "destinationId": DESTINATION,
            "configurations": {"streams": streams},
        },
    )
    return str(connection["connectionId"])


def posted(http: httpx.Client, path: str, body: Mapping[str, object]) -> Json:
    answer = http.post(path, json=dict(body))
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def program_of(client: str, name: str) -> Path:
    """A program of a client's environment; the test fails where `make compat` has not made it."""
    found = ROOT / ".venv-compat" / client / "bin" / name
    assert found.exists(), f"{found.parent.parent} is not there: `make compat` makes it"
    return found


def _application(shell: Shell, role: str) -> tuple[str, str]:
    """The id and the secret of a client, as a person is told them."""
    made = shell.atlas("applications", "create", role, "--role", role)
    assert made.code == 0, made.stderr
    return _said(made.stdout, "client id"), _said(made.stdout, "client secret")


def _said(text: str, name: str) -> str:
    found = re.search(rf"^{name}\s+(\S+)$", text, re.MULTILINE)
    assert found is not None, f"no {name} was said"
    return found[1]


def _wait_for(address: str, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        assert process.poll() is None, "the service has ended before it answered"
        assert time.monotonic() < deadline, "the service does not answer"
        try:
            if httpx.get(address, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
