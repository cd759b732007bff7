"""`atlas` in bad surroundings and good ones: one clear line, what to do, and an exit code."""

import fcntl
import json
import os
import re
import socket
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.fixtures.home import Done, Shell, free_port
from tests.fixtures.memory import folder_for_data

NOWHERE = "postgresql://nobody@127.0.0.1:9/none"
MOCK = {"ATLAS_SOURCE_MODE": "mock"}


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with folder_for_data(tmp_path) as folder:
        yield Shell(folder=folder, environment=MOCK)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A home in which the demo has run once; its server runs on, so that commands are quick."""
    with folder_for_data(tmp_path_factory.mktemp("settled")) as folder:
        shell = Shell(folder=folder, environment=MOCK)
        with shell.server():
            assert shell.atlas("demo", "--once", "--records", "50").code == 0
            yield shell


def assert_one_line(done: Done, *words: str, code: int = 1) -> None:
    assert done.code == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("atlas: ")
    for word in words:
        assert word in line


# ── bad surroundings ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", [("serve",), ("demo",)])
def test_a_port_in_use_is_said(shell: Shell, command: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        done = shell.atlas(*command, ATLAS_PORT=port)

    assert_one_line(done, f"127.0.0.1:{port}", "ATLAS_PORT")
    assert not shell.has_server()


@pytest.mark.parametrize("command", [("migrate",), ("serve",), ("demo", "--once")], ids=str)
def test_a_database_that_does_not_answer_is_said(shell: Shell, command: tuple[str, ...]) -> None:
    done = shell.atlas(*command, ATLAS_DATABASE_URL=NOWHERE, ATLAS_PORT=str(free_port()))

    assert_one_line(done, "ATLAS_DATABASE_URL")


@pytest.mark.faults
def test_a_home_that_somebody_is_starting_is_said(shell: Shell) -> None:
    shell.home.mkdir()
    lock = os.open(shell.home / "start.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        done = shell.atlas("status")  # waits for half a minute
    finally:
        os.close(lock)

    assert_one_line(done, "Another Atlas", ".atlas")


def test_a_home_that_is_a_file_is_said(shell: Shell) -> None:
    shell.home.write_text("a file")

    for command in (("migrate",), ("demo", "--once")):
        assert_one_line(shell.atlas(*command), ".atlas", "ATLAS_HOME")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ATLAS_PORT", "70000"), ("ATLAS_SOURCE_MODE", "dream"), ("ATLAS_LOG_LEVEL", "LOUD"),
        ("ATLAS_DATABASE_URL", "mysql://me:hunter2@host/db"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(shell: Shell, name: str, value: str) -> None:
    done = shell.atlas("status", **{name: value})

    assert_one_line(done, name, code=2)
    assert "hunter2" not in done.stderr


def test_a_mask_key_that_is_none_is_said(shell: Shell) -> None:
    assert_one_line(shell.atlas("status", ATLAS_MASK_KEY="abc"), "mask key", "64 hex digits")


@pytest.mark.parametrize("command", ["spec", "install"])
def test_an_unknown_connector_is_said(shell: Shell, command: str) -> None:
    assert_one_line(shell.atlas("connectors", command, "source-unheard-of"), "connectors search")


def test_an_unknown_connection_is_said(settled: Shell) -> None:
    assert_one_line(settled.atlas("sync", "nothing", "--json"), "nothing")


def test_its_version_is_said(shell: Shell) -> None:
    assert shell.atlas("--version").stdout == f"atlas {version('atlas')}\n"


def test_a_command_that_is_none_is_said(shell: Shell) -> None:
    done = shell.atlas("dance")

    assert done.code == 2
    assert "Traceback" not in done.stderr


# ── good ones ─────────────────────────────────────────────────────────────────────────────────────


def test_a_server_is_stopped_once(shell: Shell) -> None:
    with shell.server():
        first, second = shell.atlas("stop"), shell.atlas("stop")
    third = shell.atlas("stop")

    assert [done.code for done in (first, second, third)] == [0, 0, 0]
    assert first.stdout == "The embedded server is stopped.\n"
    assert second.stdout == third.stdout == "No embedded server was running.\n"


def test_migrate_may_be_repeated(settled: Shell) -> None:
    for _ in range(2):
        done = settled.atlas("migrate")

        assert (done.code, done.stdout) == (0, "The database is up to date.\n")


def test_status_shows_connections_and_their_last_jobs(settled: Shell, shell: Shell) -> None:
    told = settled.atlas("status", "--json")
    shown = settled.atlas("status")
    nothing = shell.atlas("status")

    (line,) = json.loads(told.stdout)["connections"]
    assert (line["connection"], line["status"], line["mode"]) == ("demo_mock", "succeeded", "mock")
    assert (line["read"], line["charted"], line["balanced"]) == (150, 150, True)
    assert "demo_mock" in shown.stdout
    assert "succeeded" in shown.stdout
    assert nothing.code == 0
    assert "No connections yet. `atlas demo` makes one." in nothing.stdout


def test_sync_ends_with_one_json_object(settled: Shell) -> None:
    done = settled.atlas("sync", "demo_mock", "--json")

    assert done.code == 0, done.stderr
    assert done.json["status"] == "succeeded"
    assert [stream["read"] for stream in done.streams.values()] == [0, 0, 0]


def test_doctor_finds_all_right(settled: Shell) -> None:
    done = settled.atlas("doctor")

    assert done.code == 0, done.stdout
    assert "mend" not in done.stdout
    for subject in ("interpreter", "package soda", "language model", "mask key", "database",
                    "schema: up to date", "Redis: not set", "connector source-faker"):  # fmt: skip
        assert re.search(rf"^ok\s+{subject}", done.stdout, re.MULTILINE), subject


def test_a_state_is_cleared_and_the_source_read_anew(settled: Shell) -> None:
    done = settled.atlas("state", "clear", "demo_mock", "--stream", "users")
    wrong = settled.atlas("state", "clear", "demo_mock", "--stream", "people")
    found = settled.atlas("sync", "demo_mock", "--json")

    assert done.code == 0, done.stderr
    assert "Cleared the state of users." in done.stdout
    assert_one_line(wrong, "products", "purchases")
    read = {name: stream["read"] for name, stream in found.streams.items()}
    assert read == {"products": 0, "users": 50, "purchases": 0}


def test_a_state_is_shown_and_set_back(settled: Shell, tmp_path: Path) -> None:
    before = json.loads(settled.atlas("state", "show", "demo_mock").stdout)
    messages = json.loads(settled.atlas("state", "show", "demo_mock", "--messages").stdout)
    listed = settled.atlas("state", "versions", "demo_mock", "--stream", "users")
    given = tmp_path / "state.json"
    given.write_text(json.dumps(messages))
    unchanged = settled.atlas("state", "set", "demo_mock", "--from", str(given), "--reason", "why", "--yes")  # fmt: skip
    never = settled.atlas("state", "set", "demo_mock", "--version", "999999", "--reason", "why", "--yes")  # fmt: skip
    settled.atlas("state", "clear", "demo_mock", "--stream", "users")
    back = settled.atlas("state", "set", "demo_mock", "--from", str(given), "--reason", "why", "--yes")  # fmt: skip
    after = json.loads(settled.atlas("state", "show", "demo_mock").stdout)

    assert before["stateType"] == "stream"
    assert len(messages) == len(before["streamState"])
    assert re.search(r"job \d+, attempt 1", listed.stdout)
    assert "users: stays as it is." in unchanged.stdout
    assert_one_line(never, "no such version")
    assert "users: added; nobody knows" in back.stdout
    assert after["streamState"] == before["streamState"]


def test_a_passport_is_a_page_or_one_json_object(settled: Shell) -> None:
    shown = settled.atlas("passport", "demo_mock", "users", "7")
    told = settled.atlas("passport", "demo_mock", "users", '{"id": 7}', "--json")
    again = settled.atlas(
        "passport", "demo_mock", "users", str(told.json["keyHash"]), "--hash", "--source"
    )
    missing = settled.atlas("passport", "demo_mock", "users", "4711")
    wrong = settled.atlas("passport", "demo_mock", "users", "{")

    assert shown.code == 0, shown.stderr
    for line in (r"1 row in chart; 1 version in navigate\.", r"email +email_address_", r"current", r"Promotion \d",
                 r"completeness +\d", r"check rows +pass", r"lineage +run .+ RUNNING", r"EMAIL_ADDRESS", r"none"):  # fmt: skip
        assert re.search(line, shown.stdout), line
    assert "@" not in shown.stdout
    assert told.json["inChart"] is True
    assert "@" in again.stdout
    assert_one_line(missing, "Neither chart nor navigate")
    assert_one_line(wrong, "JSON")


def test_a_profile_is_a_table_or_one_json_object(settled: Shell) -> None:
    shown = settled.atlas("profile", "demo_mock", "users")
    told = settled.atlas("profile", "demo_mock", "users", "--json")
    wrong = settled.atlas("profile", "demo_mock", "people")

    assert shown.code == 0, shown.stderr
    assert re.search(r"chart\.mock_faker_users: 50 rows", shown.stdout)
    assert re.search(r"^ id +bigint +0 +50 +1 +50", shown.stdout, re.MULTILINE)
    assert re.search(r"^ email +text +0 +50 +not shown", shown.stdout, re.MULTILINE)
    assert told.json["rows"] == 50
    assert_one_line(wrong, "stream")


def test_doctor_knows_another_mask_key(settled: Shell) -> None:
    done = settled.atlas("doctor", ATLAS_MASK_KEY="ff" * 32)

    assert done.code == 1
    assert re.search(
        r"^mend\s+key of the database: not .+\n\s+Restore the key .*ATLAS_MASK_KEY",
        done.stdout,
        re.MULTILINE,
    )


def test_doctor_says_what_to_mend(shell: Shell) -> None:
    key = shell.home / "keys" / "mask.key"
    key.parent.mkdir(parents=True)
    key.write_text("not a key\n")
    key.chmod(0o600)

    done = shell.atlas(
        "doctor", ATLAS_DATABASE_URL=NOWHERE, ATLAS_REDIS_URL="redis://127.0.0.1:9/0"
    )

    assert done.code == 1
    assert "Traceback" not in done.stderr
    for subject in ("mask key", "database", "Redis"):
        assert re.search(rf"^mend\s+{subject}: .+\n\s+\S.+", done.stdout, re.MULTILINE), subject
    assert "unset ATLAS_DATABASE_URL" in done.stdout


def test_connectors_are_listed_with_their_pins(shell: Shell) -> None:
    done = shell.atlas("connectors", "list")

    assert done.code == 0
    assert re.search(r"source-faker.+airbyte-source-faker.+7\.2\.1", done.stdout)
    assert re.search(r"source-faker.+ no ", done.stdout)
    assert re.search(r"source-postgres.+comes with Atlas.+built in", done.stdout)
    assert "atlas connectors install NAME" in done.stdout


def test_connectors_are_searched_and_say_how_they_run(shell: Shell) -> None:
    found = shell.atlas("connectors", "search", "mysql", ATLAS_SOURCE_MODE="real")
    built_in = shell.atlas("connectors", "search", "postgres", ATLAS_SOURCE_MODE="real")
    nothing = shell.atlas("connectors", "search", "nothing is called so")
    wrong = shell.atlas("connectors", "search", "--runs", "magic")

    assert re.search(r"source-mysql.+MySQL.+certified", found.stdout)
    assert re.search(r"source-postgres.+Postgres.+comes with", built_in.stdout)
    assert "Docker image" in " ".join(found.stdout.split()).replace("│", "")
    assert "of 530 connectors, shipped list of" in found.stdout
    assert "No connector is called so" in nothing.stdout
    assert (nothing.code, wrong.code) == (0, 2)


def test_the_connector_that_comes_with_atlas_is_asked_without_being_installed(
    shell: Shell, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    method = {"method": "CDC", "replication_slot": "s", "publication": "p"}
    told = {
        "host": "db",
        "port": 5432,
        "database": "d",
        "username": "u",
        "replication_method": method,
    }
    config.write_text(json.dumps(told))
    name, real = "source-postgres", {"ATLAS_SOURCE_MODE": "real"}

    spec = shell.atlas("connectors", "spec", name, **real)
    refused = shell.atlas("connectors", "check", name, "--config", str(config), **real)
    streams = shell.atlas("connectors", "discover", name, "--config", str(config), **real)
    installed = shell.atlas("connectors", "install", name, **real)

    assert (
        "lookback_window"
        in json.loads(spec.stdout)["properties"]["replication_method"]["oneOf"][2]["properties"]
    )
    assert (refused.code, streams.code, installed.code) == (1, 1, 1)
    assert "comes later" in " ".join(refused.stdout.split())
    assert "comes later" in " ".join((streams.stdout + streams.stderr).split())
    assert "nothing to install" in " ".join((installed.stdout + installed.stderr).split())


def test_a_connector_is_asked_for_spec_check_and_streams(shell: Shell, tmp_path: Path) -> None:
    good, bad, broken = (tmp_path / name for name in ("good.json", "bad.json", "broken.json"))
    good.write_text('{"count": 5}')
    bad.write_text('{"count": -5}')
    broken.write_text("{")

    spec = shell.atlas("connectors", "spec", "source-faker")
    right = shell.atlas("connectors", "check", "source-faker", "--config", str(good))
    wrong = shell.atlas("connectors", "check", "source-faker", "--config", str(bad))
    streams = shell.atlas("connectors", "discover", "source-faker", "--config", str(good))

    assert json.loads(spec.stdout)["title"] == "Mock source"
    assert (right.code, wrong.code) == (0, 1)
    assert "source-faker: succeeded" in right.stdout
    assert "count must be a whole number" in wrong.stdout
    assert [stream["name"] for stream in json.loads(streams.stdout)["streams"]] == [
        "products", "users", "purchases",
    ]  # fmt: skip
    unread = shell.atlas("connectors", "check", "source-faker", "--config", str(broken))
    assert_one_line(unread, "broken.json")
    missing = shell.atlas("connectors", "check", "source-faker", "--config", "nowhere.json")
    assert missing.code == 2
    assert "nowhere.json" in missing.stderr


def test_help_names_every_command(shell: Shell) -> None:
    done = shell.atlas("--help")

    assert done.code == 0
    commands = [
        "serve",
        "worker",
        "demo",
        "sync",
        "status",
        "passport",
        "profile",
        "state",
        "quarantine",
        "schema",
        "stop",
        "migrate",
        "doctor",
        "connectors",
        "bench",
    ]
    assert all(re.search(rf"\b{command}\b", done.stdout) for command in commands)
