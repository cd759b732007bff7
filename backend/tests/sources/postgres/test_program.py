"""The connector as the program that it is: killed, stopped, not listened to, and read by Atlas."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from app.core.catalog import ConfiguredCatalog, ConfiguredStream, SyncMode
from app.core.records import Mode
from app.core.settings import SourceMode
from app.sources.built_in import ENVIRONMENT
from app.sources.registry import open_connector
from tests.sources.postgres.asking import Asking, Json, chosen
from tests.sources.reading import read, settings

COMMAND = (sys.executable, "-P", "-m", "app.sources.postgres")


def started(source: Asking, folder: Path, stream: str) -> "subprocess.Popen[bytes]":
    offered = source.discover().streams[stream]
    (folder / "config.json").write_text(json.dumps(source.config))
    (folder / "catalog.json").write_text(json.dumps({"streams": [chosen(offered, None)]}))
    arguments = ["read", "--config", "config.json", "--catalog", "catalog.json"]
    return subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, env={**os.environ, **ENVIRONMENT},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def busy(source: Asking) -> int:
    """How many COPYs the server is at for others."""
    with psycopg.connect(source.dsn) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' "
            "AND state = 'active'"
        ).fetchone()
    assert found is not None
    return int(found[0])


def wait_for(source: Asking, count: int, limit_s: float = 60.0) -> None:
    deadline = time.monotonic() + limit_s
    while busy(source) != count:
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.1)


KILLED = (
    ("CREATE TABLE orders (id int PRIMARY KEY, note text)", "ctid"),
    ("CREATE TABLE orders (id int PRIMARY KEY, note text) PARTITION BY RANGE (id)", "primary_key"),
)


@pytest.mark.parametrize(("made", "kind"), KILLED, ids=["pages", "key"])
def test_what_was_killed_is_gone_on_with_and_nothing_is_missed(
    source: Asking, tmp_path: Path, made: str, kind: str
) -> None:
    source.run(made)
    if kind == "primary_key":
        source.run("CREATE TABLE part PARTITION OF orders DEFAULT")
    source.run("INSERT INTO orders SELECT g, repeat('x', 200) FROM generate_series(1, 60000) g")
    program = started(source, tmp_path, "orders")
    assert program.stdout is not None
    lines: list[Json] = []
    states: list[Json] = []
    while not states:
        lines.append(json.loads(program.stdout.readline()))
        states = [line["state"] for line in lines[-1:] if line["type"] == "STATE"]

    program.kill()
    program.communicate()
    source.run("UPDATE orders SET note = 'changed' WHERE id % 1000 = 1")
    after = source.read("orders", state=states)

    before = [line["record"]["data"] for line in lines if line["type"] == "RECORD"]
    found = {record["id"]: record["note"] for record in [*before, *after.records("orders")]}
    assert states[0]["stream"]["stream_state"]["state_type"] == kind
    assert 0 < len(before) < 60_000
    assert set(found) == set(range(1, 60_001))
    assert {key for key, note in found.items() if note == "changed"} == set(range(1, 60_001, 1_000))
    assert len(after.records("orders")) < 60_000


def test_sigterm_ends_it_and_what_the_server_does_for_it(source: Asking, tmp_path: Path) -> None:
    source.run("CREATE VIEW slow AS SELECT 1 AS id FROM pg_sleep(600)")
    program = started(source, tmp_path, "slow")
    wait_for(source, 1)

    program.send_signal(signal.SIGTERM)
    said, complaints = program.communicate(timeout=60)

    assert program.returncode == 143
    wait_for(source, 0)
    assert b"STARTED" in said
    assert b"COMPLETE" not in said
    assert complaints == b""


def test_who_does_not_listen_makes_the_server_wait_and_memory_stays_flat(
    source: Asking, tmp_path: Path
) -> None:
    source.run(
        "CREATE VIEW wide AS SELECT g AS id, repeat('x', 10000) AS text FROM generate_series(1, 20000) g"
    )
    program = started(source, tmp_path, "wide")
    wait_for(source, 1)
    assert program.stdout is not None

    time.sleep(1)
    is_waiting = program.poll() is None and busy(source) == 1
    read_bytes, most_kb = 0, 0
    while chunk := os.read(program.stdout.fileno(), 1 << 20):
        read_bytes += len(chunk)
        status = Path(f"/proc/{program.pid}/status").read_text()
        found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
        most_kb = max(most_kb, int(found[0]) if found else 0)

    program.communicate(timeout=60)
    assert is_waiting
    assert read_bytes > 200_000_000
    assert 0 < most_kb < 150_000
    assert program.returncode == 0


def test_a_server_that_ends_the_session_is_a_passing_trouble(
    source: Asking, tmp_path: Path
) -> None:
    source.run("CREATE VIEW slow AS SELECT 1 AS id FROM pg_sleep(600)")
    program = started(source, tmp_path, "slow")
    wait_for(source, 1)

    source.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND datname = current_database()"
    )
    said, _ = program.communicate(timeout=60)

    errors = [
        m["trace"]["error"]
        for m in map(json.loads, said.splitlines())
        if "error" in m.get("trace", {})
    ]
    assert program.returncode == 1
    assert [error["failure_type"] for error in errors] == ["transient_error"]


@pytest.mark.parametrize("mode", [SyncMode.FULL_REFRESH_APPEND, SyncMode.INCREMENTAL_APPEND])
async def test_atlas_reads_it_as_any_connector(source: Asking, mode: SyncMode) -> None:
    source.run(
        "CREATE TABLE orders (id int PRIMARY KEY, updated_at timestamptz)",
        "INSERT INTO orders SELECT g, '2024-01-01'::timestamptz + g * interval '1 s' FROM generate_series(1, 30000) g",
    )
    connector = await open_connector("source-postgres", settings(), SourceMode.REAL)

    check = await connector.check(source.config)
    (stream,) = (await connector.discover(source.config)).streams
    catalog = ConfiguredCatalog(
        streams=(
            ConfiguredStream(
                stream=stream, sync_mode=mode, cursor_field=stream.default_cursor_field
            ),
        )
    )
    landings = [landing async for landing in connector.read(source.config, catalog, ())]
    again = await read(
        connector, source.config, [landing.state for landing in landings if landing.state]
    )

    assert connector.mode is Mode.REAL
    assert check.succeeded
    assert stream.is_resumable
    records = [
        record for landing in landings for batch in landing.batches for record in batch.records
    ]
    assert len(records) == 30_000
    assert records[0] == b'{"id":1,"updated_at":"2024-01-01T00:00:01+00:00"}'
    assert landings[-1].completed == (stream.descriptor,)
    assert again.error is None
    if mode is SyncMode.INCREMENTAL_APPEND:
        assert again.records() == []
