"""The demo is killed, ended and interrupted, as people do it; the next run goes on."""

import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from app.database import embedded
from tests.fixtures.home import Done, Shell, free_port, shared_faker

USERS, PRODUCTS = 1_500, 100
DEMO = ("demo", "--once", "--json", "--records")
SIZES = {"products": PRODUCTS, "users": USERS, "purchases": USERS}


def test_the_killed_demo_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    shared_faker()
    shell = Shell(folder=tmp_path).shares_connectors()

    for moment in (
        "SELECT FROM pipeline.attempts",  # the connector starts
        "SELECT FROM explore.faker_users_raw",  # while it is read
        "SELECT FROM pg_tables WHERE schemaname = 'staging' AND tablename LIKE 'faker_users%'",
    ):
        with shell.starting(*DEMO, str(USERS)) as process:
            waits_until(lambda moment=moment: is_there(shell, moment), process)  # type: ignore[misc]
            process.kill()
        waits_until(lambda: shell.connectors() == [])
    began = time.monotonic()
    last = shell.atlas(*DEMO, str(USERS))

    assert last.code == 0, last.stderr
    assert "is not over: going on with it" in last.flat
    assert time.monotonic() - began < 60
    assert_as_undisturbed(shell, last)


ENDINGS = [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.faults)]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_demo_ends_cleanly_when_it_is_asked_to(ending: signal.Signals, tmp_path: Path) -> None:
    shell = Shell(folder=tmp_path, environment={"ATLAS_SOURCE_MODE": "mock"})

    with shell.starting(*DEMO, "20000") as process:
        waits_until(lambda: is_there(shell, "SELECT FROM explore.mock_faker_users_raw"), process)
        process.send_signal(ending)
        stdout, stderr = process.communicate(timeout=30)

    assert process.returncode == 130
    assert stdout == ""
    assert "Traceback" not in stderr
    assert stderr.splitlines()[-1] == "atlas: stopped."
    assert_all_is_gone(shell)
    assert shell.atlas(*DEMO, "20000").streams["users"]["chartRows"] == 20_000


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_service_ends_cleanly_when_it_is_asked_to(
    ending: signal.Signals, tmp_path: Path
) -> None:
    port = free_port()
    shell = Shell(folder=tmp_path, environment={"ATLAS_PORT": str(port)})

    with shell.starting("serve") as process:
        waits_until(lambda: answers(port), process)
        process.send_signal(ending)
        _, stderr = process.communicate(timeout=30)

    assert process.returncode in (0, 130)
    assert "Traceback" not in stderr
    assert_all_is_gone(shell)


def assert_as_undisturbed(shell: Shell, last: Done) -> None:
    assert {name: stream["chartRows"] for name, stream in last.streams.items()} == SIZES
    assert {name: stream["navigateCurrentRows"] for name, stream in last.streams.items()} == SIZES
    assert all(stream["balanced"] for stream in last.streams.values())
    assert all(stream["held"] == 0 for stream in last.streams.values())
    for name, size in SIZES.items():
        for table in (f"chart.faker_{name}", f"navigate.faker_{name}"):
            ids = [row["id"] for row in shell.fetch(f"SELECT id FROM {table} ORDER BY id")]
            assert ids == list(range(1, size + 1)), table
    assert shell.fetch("SELECT FROM pg_tables WHERE schemaname = 'staging'") == []
    assert list(shell.temporary.iterdir()) == []


def assert_all_is_gone(shell: Shell) -> None:
    assert shell.connectors() == []
    assert not shell.has_server()
    assert list(shell.temporary.iterdir()) == []


def is_there(shell: Shell, query: str) -> bool:
    """True once the query gives a row; a database or table that is not there yet has none."""
    status = embedded.status(shell.home)
    if status.state != "running":
        return False
    try:
        with psycopg.connect(status.dsn) as connection:
            return connection.execute(f"{query} LIMIT 1".encode()).fetchone() is not None
    except psycopg.Error:
        return False


def answers(port: int) -> bool:
    asked = subprocess.run(
        ["curl", "-s", f"http://127.0.0.1:{port}/health"], capture_output=True, text=True
    )
    return re.search(r'"status":\s*"ok"', asked.stdout) is not None


def waits_until(
    holds: Callable[[], bool], process: "subprocess.Popen[str] | None" = None, limit_s: float = 60
) -> None:
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        assert process is None or process.poll() is None, "the process has ended before"
        time.sleep(0.02)
