"""`atlas demo` as a newcomer runs it: the real faker, three layers, and everything that is said about them."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import psycopg
import pytest
from psycopg.rows import dict_row

from app.sources.pyairbyte import Installed, fingerprint
from tests.fixtures.home import FAKER, Done, Row, Shell, shared_faker
from tests.fixtures.memory import folder_for_data

USERS, MORE_USERS, PRODUCTS = 1_500, 1_800, 100
COUNTS = (
    "read", "rejected", "explored", "charted", "quarantined", "superseded", "deleted", "held", "unchanged", "versions",
)  # fmt: skip
SIZES = ("chartRows", "navigateCurrentRows")
DIMENSIONS = {"completeness", "uniqueness", "validity", "consistency", "accuracy", "timeliness"}
MASKED = {
    "users": {
        "name": "PERSON",
        "email": "EMAIL_ADDRESS",
        "telephone": "PHONE_NUMBER",
        "address.street_name": "STREET_ADDRESS",
        "address.street_number": "STREET_ADDRESS",
    }
}
STREAMS = ("products", "users", "purchases")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The demo run three times in one home, the last time with more users.

    Shape: `sent` is what the connector itself wrote, by stream, in order.
    """

    shell: Shell
    first: Done
    second: Done
    third: Done
    sent: Mapping[str, Sequence[Row]]
    dsn: str

    def rows(self, query: str) -> list[Row]:
        with psycopg.connect(self.dsn, row_factory=dict_row) as connection:
            return list(connection.execute(query.encode()).fetchall())


one_worker = pytest.mark.xdist_group("demo")  # for the fixture takes half a minute


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with folder_for_data(tmp_path_factory.mktemp("demo")) as folder:
        shell = Shell(folder=folder)
        said = overheard(shell, shared_faker())
        first = shell.atlas("demo", "--once", "--json", "--records", str(USERS))
        second = shell.atlas("demo", "--once", "--json", "--records", str(USERS))
        third = shell.atlas("demo", "--once", "--json", "--records", str(MORE_USERS))
        with shell.server() as dsn:
            yield Demo(
                shell=shell, first=first, second=second, third=third, sent=records(said), dsn=dsn
            )


def overheard(shell: Shell, faker: Installed) -> Path:
    """Install a faker that writes what it says to a file as well; the file."""
    environment = shell.home / "connectors" / f".venv-{FAKER}"
    environment.mkdir(parents=True, mode=0o700)
    said, program = shell.folder / "said", environment / FAKER
    program.write_text(f'#!/bin/sh\n"{faker.command[0]}" "$@" | tee -a "{said}"\n')
    program.chmod(0o700)
    marker = msgspec.structs.replace(
        faker, command=(str(program),), sha256=fingerprint(environment)
    )
    (environment / "atlas-installed.json").write_bytes(msgspec.json.encode(marker))
    return said


def records(said: Path) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {name: [] for name in STREAMS}
    for line in said.read_bytes().splitlines():
        message = json.loads(line)
        if message["type"] == "RECORD":
            found[message["record"]["stream"]].append(message["record"]["data"])
    return found


# ── what is said ──────────────────────────────────────────────────────────────────────────────────


@one_worker
def test_every_run_succeeds_and_ends_with_one_json_object(demo: Demo) -> None:
    for done in (demo.first, demo.second, demo.third):
        assert done.code == 0, done.stderr
        said = done.json
        assert {"status", "mode", "jobId", "runId", "seconds", "streams"} <= set(said)
        assert (said["status"], said["mode"]) == ("succeeded", "real")
        assert isinstance(said["jobId"], int)
        assert len(str(said["runId"])) == 36
        assert 0 < float(str(said["seconds"])) < 120
        assert tuple(done.streams) == STREAMS
        assert said["failure"] is None


@one_worker
def test_every_stream_is_told_of_with_books_personal_data_and_quality(demo: Demo) -> None:
    for name, stream in demo.first.streams.items():
        assert {"name", "namespace", "balanced", "pii", "quality", *COUNTS, *SIZES} <= set(stream)
        assert stream["namespace"] is None
        assert all(isinstance(stream[count], int) for count in (*COUNTS, *SIZES))
        quality = stream["quality"]
        assert isinstance(quality, dict)
        assert set(quality) == DIMENSIONS
        assert all(0 <= score <= 1 for score in quality.values())
        found = stream["pii"]
        assert isinstance(found, list)
        assert {column["column"]: column["entity"] for column in found} == MASKED.get(name, {})
        assert all(set(column) == {"column", "entity", "confidence", "action"} for column in found)
        assert all(column["action"] == "mask" for column in found)
        assert all(0.5 < column["confidence"] <= 1 for column in found)


@one_worker
def test_books_balance_and_the_tables_have_the_sizes_that_are_told(demo: Demo) -> None:
    rows = {"products": PRODUCTS, "users": USERS, "purchases": USERS}
    for name, stream in demo.first.streams.items():
        whole = ("read", "explored", "charted", "versions", *SIZES)
        assert {count: stream[count] for count in whole} == dict.fromkeys(whole, rows[name])
        rest = set(COUNTS) - set(whole)
        assert {count: stream[count] for count in rest} == dict.fromkeys(rest, 0)
        assert stream["balanced"] is True
    assert "books balance" in demo.first.flat
    assert "First sync of this connection: it reads everything." in demo.first.flat
    assert str(demo.first.json["runId"]) in demo.first.flat


@one_worker
def test_a_second_run_reads_only_what_is_new(demo: Demo) -> None:
    """The faker itself sends nothing after its first read, also if it is asked for more."""
    for done in (demo.second, demo.third):
        assert [stream["read"] for stream in done.streams.values()] == [0, 0, 0]
        assert [stream["balanced"] for stream in done.streams.values()] == [True] * 3
        assert "incremental, it reads only what is new" in done.flat
        sizes = {name: stream["chartRows"] for name, stream in done.streams.items()}
        assert sizes == {"products": PRODUCTS, "users": USERS, "purchases": USERS}
    assert "sends nothing more" not in demo.second.flat
    assert "sends nothing more once it was read" in demo.third.flat


# ── what is there ─────────────────────────────────────────────────────────────────────────────────


@one_worker
@pytest.mark.parametrize("name", STREAMS)
def test_explore_holds_the_connectors_own_output(demo: Demo, name: str) -> None:
    landed = demo.rows(f"SELECT data FROM explore.faker_{name}_raw ORDER BY batch_id, seq")

    assert [row["data"] for row in landed] == demo.sent[name]


@one_worker
@pytest.mark.parametrize("table", ["chart.faker_{}", "navigate.faker_{}__current"])
@pytest.mark.parametrize("name", STREAMS)
def test_published_rows_are_the_records_value_by_value_but_for_masks(
    demo: Demo, name: str, table: str
) -> None:
    rows = {row["id"]: row for row in demo.rows(f"SELECT * FROM {table.format(name)}")}

    assert set(rows) == {record["id"] for record in demo.sent[name]}
    masked = {tuple(path.split(".")) for path in MASKED.get(name, {})}
    for record in demo.sent[name]:
        for column, value in record.items():
            assert_published(rows[record["id"]][column], value, (column,), masked)


def assert_published(
    held: object, sent: object, path: tuple[str, ...], masked: set[tuple[str, ...]]
) -> None:
    if path in masked:
        assert held != sent
        assert "_" in str(held)
        assert str(sent) not in str(held).split("_")
    elif isinstance(sent, dict):
        assert isinstance(held, dict)
        assert set(held) == set(sent)
        for name, value in sent.items():
            assert_published(held[name], value, (*path, name), masked)
    elif isinstance(held, datetime):
        at = datetime.fromisoformat(str(sent))
        assert held == (at if at.tzinfo else at.replace(tzinfo=UTC))
    elif isinstance(held, Decimal):
        assert held == Decimal(str(sent))
    else:
        assert held == sent


@one_worker
def test_no_clear_value_of_a_masked_column_stands_outside_explore(demo: Demo) -> None:
    clear = [
        str(record[column])
        for record in demo.sent["users"][:: len(demo.sent["users"]) // 100]
        for column in ("email", "telephone")
    ]
    schemas = "'chart', 'navigate', 'staging', 'quarantine', 'pii', 'quality', 'lineage', 'pipeline', 'jobs'"
    tables = [
        f"{row['table_schema']}.{row['table_name']}"
        for row in demo.rows(
            f"SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN ({schemas})"
        )
    ]
    assert {"chart.faker_users", "navigate.faker_users", "lineage.outbox", "quality.scores"} <= set(
        tables
    )
    places = {
        table: "\n".join(str(row["t"]) for row in demo.rows(f"SELECT t::text AS t FROM {table} t"))
        for table in tables
    }
    events = demo.shell.home / "lineage" / "events.ndjson"
    places |= {"events": events.read_text(), "pg.log": (demo.shell.home / "pg.log").read_text()}
    for number, done in enumerate((demo.first, demo.second, demo.third)):
        places |= {f"stderr {number}": done.stderr, f"stdout {number}": done.stdout}

    found = {(place, value) for place, text in places.items() for value in clear if value in text}
    explored = "\n".join(
        str(row["data"]) for row in demo.rows("SELECT data FROM explore.faker_users_raw")
    )

    assert found == set()
    assert all(value in explored for value in clear)
    assert places["events"].count("\n") == len(demo.rows("SELECT 1 FROM lineage.outbox"))


@one_worker
def test_nothing_is_left_behind(demo: Demo) -> None:
    assert list(demo.shell.temporary.iterdir()) == []
    assert demo.shell.connectors() == []
    assert demo.rows("SELECT 1 FROM pg_tables WHERE schemaname = 'staging'") == []
    assert {row["status"] for row in demo.rows("SELECT status FROM pipeline.jobs")} == {"succeeded"}


# ── otherwise ─────────────────────────────────────────────────────────────────────────────────────


def test_a_mock_demo_says_so_everywhere_and_has_tables_of_its_own(tmp_path: Path) -> None:
    shell = Shell(folder=tmp_path, environment={"ATLAS_SOURCE_MODE": "mock"})

    done = shell.atlas("demo", "--once", "--json", "--records", "300")
    more = shell.atlas("demo", "--once", "--json", "--records", "400")

    assert done.code == 0, done.stderr
    assert [more.streams[name]["read"] for name in STREAMS] == [0, 100, 100]
    assert [more.streams[name]["chartRows"] for name in STREAMS] == [PRODUCTS, 400, 400]
    assert done.json["mode"] == "mock"
    summary = done.stderr[done.stderr.index("Job 1") :]
    rows = [line for line in summary.splitlines() if any(name in line for name in STREAMS)]
    assert len(rows) >= 4 * len(STREAMS)
    assert all("mock" in line for line in rows)
    assert all("mock" in line for line in summary.splitlines() if line.startswith(("Mode", "Lin")))
    titles = ("Job 1", "Tables now", "Personal data", "Quality")
    found = [line for line in summary.splitlines() if line.startswith(titles)]
    assert len(found) == len(titles)
    assert all("mock" in line for line in found)
    tables = shell.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'chart'")
    assert {str(row["tablename"]) for row in tables} == {f"mock_faker_{name}" for name in STREAMS}
    assert not (shell.home / "connectors").exists()


def test_an_installed_demo_needs_no_network(tmp_path: Path) -> None:
    shared_faker()
    shell = Shell(folder=tmp_path).shares_connectors()
    apart = ("unshare", "-n") if may_unshare() else ()
    nowhere = dict.fromkeys(
        ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
        "http://127.0.0.1:9",
    )

    done = shell.atlas("demo", "--once", "--json", "--records", "200", before=apart, **nowhere)

    assert done.code == 0, done.stderr
    assert done.streams["users"]["chartRows"] == 200


def may_unshare() -> bool:
    try:
        return subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False
