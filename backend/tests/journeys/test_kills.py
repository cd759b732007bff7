"""Atlas is killed with -9 at random moments of every phase, and run again: nothing is lost, nothing is there twice."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from app.core.catalog import SyncMode
from app.sources.mock_ledger import Ledger, expected, latest
from tests.faults.chance import SEED
from tests.fixtures.memory import folder_for_data
from tests.journeys.ledger_atlas import Home, Kill, Phase, Run

PHASES = tuple(Phase)
QUICK_SEEDS, SEEDS = 3, 10
DELETED = "_ab_cdc_deleted_at"
MODES = {
    "orders": SyncMode.INCREMENTAL_DEDUPED_HISTORY,
    "visits": SyncMode.INCREMENTAL_APPEND,
    "prices": SyncMode.FULL_REFRESH_OVERWRITE,
}
SMALL = {
    "batch_records": 100,
    "landing_bytes": 16_384,
    "first_promotion_records": 300,
    "promotion_records": 300,
}
Row = Mapping[str, object]


def source(growth: float = 1.0) -> dict[str, object]:
    """Three streams in turns, with updates of keys, deletes, late rows and records sent twice."""
    return {
        "kind": "ledger",
        "interleave": True,
        "streams": [
            {"name": "orders", "records": int(1_000 * growth), "seed": SEED, "keys": 150, "state_every": 90,
             "deletes": 13, "deleted_field": DELETED, "late_rows": 7, "duplicates": 11},
            {"name": "visits", "records": int(600 * growth), "state_every": 550, "duplicates": 9},
            {"name": "prices", "records": int(400 * growth), "keys": 100, "state_every": 150,
             "late_rows": 5},
        ],
    }  # fmt: skip


JOBS = (source(), source(1.5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """A home in which nothing was killed: its runs, and what its tables hold at the end."""

    runs: Sequence[Run]
    tables: Mapping[str, Sequence[Row]]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    with folder_for_data(tmp_path_factory.mktemp("undisturbed")) as folder:
        home = Home(folder=folder, modes=MODES, settings=SMALL)
        with home.server() as dsn:
            runs = [home.run(config) for config in JOBS]
            assert [run.exit_code for run in runs] == [0, 0]
            return Undisturbed(runs=runs, tables=tables(dsn))


@pytest.mark.parametrize(
    "seed",
    [
        *range(QUICK_SEEDS),
        *(pytest.param(seed, marks=pytest.mark.faults) for seed in range(QUICK_SEEDS, SEEDS)),
    ],
)
def test_killed_thrice_the_tables_are_those_of_an_undisturbed_run(
    seed: int, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    home = Home(folder=tmp_path, modes=MODES, settings=SMALL)
    chance = random.Random(f"{SEED} {seed}")
    phases = [PHASES[(3 * seed + number) % len(PHASES)] for number in range(3)]

    ends: list[int | None] = []
    with home.server() as dsn:
        first = kill_in(phases[0], undisturbed.runs[0], chance, deepest=0.5)
        again = kill_in(phases[1], undisturbed.runs[0], chance, deepest=0.1)
        later = kill_in(phases[2], undisturbed.runs[1], chance, deepest=0.8)
        for job, (config, kills) in enumerate(
            zip(JOBS, ((first, again), (later,)), strict=True), 1
        ):
            for kill in kills:
                if succeeded(dsn) < job:
                    ends.append(home.run(config, kill).exit_code)
                    # a run that is faster than the undisturbed one was may be over before it is killed
                    assert ends[-1] == -9 or (ends[-1] == 0 and succeeded(dsn) == job), kill
            if succeeded(dsn) < job:  # the last kill may have come when all was done
                assert home.run(config).exit_code == 0

        assert -9 in ends
        assert tables(dsn) == undisturbed.tables
        assert_source_is_there(dsn)
        assert_books_balance(dsn)
        assert_nothing_is_left(home, dsn)


def test_a_waiting_connector_and_its_children_die_with_the_atlas_that_is_killed(
    tmp_path: Path,
) -> None:
    home = Home(folder=tmp_path, settings=SMALL)
    child = {
        "grandchild_pid_file": str(tmp_path / "child"),
        "grandchild_escapes": True,
        "ignore_sigterm": True,
    }
    hanging = {**source(), **child, "hang_at": 500}

    with home.server() as dsn:
        process, hearing = home.start(hanging)
        waits_until(lambda: len(home.connectors()) == 2)
        waits_until(lambda: count(dsn, "SELECT count(*) FROM pipeline.batches") > 0)
        process.kill()
        process.join()
        hearing.close()

        waits_until(lambda: home.connectors() == [], limit_s=2)
        assert list(home.temporary.iterdir())  # its configuration lies there
        assert home.run(source()).exit_code == 0
        assert_nothing_is_left(home, dsn)


def test_what_no_state_covers_is_staged_and_never_published(tmp_path: Path) -> None:
    home = Home(folder=tmp_path, modes=MODES, settings=SMALL)
    visits = {"name": "visits", "records": 900, "state_every": 900}
    config = {"kind": "ledger", "streams": [visits]}
    staged = "SELECT count(*) FROM pg_tables WHERE schemaname = 'staging'"

    with home.server() as dsn:
        process, hearing = home.start({**config, "hang_at": 700})
        waits_until(lambda: count(dsn, staged) > 0)
        time.sleep(1)  # time enough to publish it
        published = count(dsn, "SELECT count(*) FROM pipeline.batch_outcomes")
        process.kill()
        process.join()
        hearing.close()
        again = home.run(config)

        assert published == 0
        assert again.exit_code == 0
        assert count(dsn, "SELECT count(*) FROM chart.ledger_visits") == 900
        assert count(dsn, "SELECT count(*) FROM explore.ledger_visits_raw") == 900
        assert_nothing_is_left(home, dsn)


# ── when ──────────────────────────────────────────────────────────────────────────────────────────


def kill_in(phase: Phase, run: Run, chance: random.Random, deepest: float) -> Kill:
    """A moment of a phase, as far into it as the undisturbed run and `deepest` (0..1) allow."""
    nth = chance.randint(1, max(1, int(run.count(phase) * deepest)))
    return Kill(phase=phase, nth=nth, delay_s=chance.random() * min(run.gap_s(phase, nth), 0.2))


def waits_until(holds: Callable[[], bool], limit_s: float = 20) -> None:
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


# ── what is looked at ─────────────────────────────────────────────────────────────────────────────


def fetch(dsn: str, query: str) -> list[Row]:
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        return list(connection.execute(query.encode()).fetchall())


def count(dsn: str, query: str) -> int:
    try:
        (row,) = fetch(dsn, query)
    except psycopg.errors.UndefinedTable:
        return 0
    return int(str(row["count"]))


def succeeded(dsn: str) -> int:
    return count(dsn, "SELECT count(*) FROM pipeline.jobs WHERE status = 'succeeded'")


NOT_REPEATABLE = (
    "_atlas_batch_id", "_atlas_seq", "_atlas_extracted_at", "_atlas_recorded_at", "recorded_at",
)  # fmt: skip


def tables(dsn: str) -> dict[str, Sequence[Row]]:
    """Chart, history and current rows, value by value, but for when and by which batch they came."""
    found: dict[str, Sequence[Row]] = {}
    for name in MODES:
        base = f"ledger_{name}"
        for table in (f"chart.{base}", f"navigate.{base}", f"navigate.{base}__current"):
            rows = [
                {
                    column: value
                    for column, value in row.items()
                    if column not in NOT_REPEATABLE
                }
                for row in fetch(dsn, f"SELECT * FROM {table}")
            ]  # fmt: skip
            found[table] = sorted(rows, key=lambda row: json.dumps(row, default=str))
    return found


def assert_source_is_there(dsn: str) -> None:
    """The source's own list, by no way through Atlas: every record once, the newest of each key."""
    config = JOBS[-1]
    for stream in Ledger.of(config).streams:
        rows = fetch(dsn, f"SELECT data FROM explore.ledger_{stream.name}_raw")
        sent = Counter(canonical(json.loads(data)) for data in expected(config, stream.name))
        landed = Counter(canonical(row["data"]) for row in rows)
        if stream.name == "prices":  # both generations are kept
            sent += Counter(canonical(json.loads(data)) for data in expected(JOBS[0], "prices"))
        assert landed == sent, stream.name

    newest = latest(config, "orders")
    alive = {key: row["number"] for key, row in newest.items() if row[DELETED] is None}
    assert numbers(dsn, "chart.ledger_orders") == alive
    assert numbers(dsn, "navigate.ledger_orders__current") == alive
    assert numbers(dsn, "navigate.ledger_prices__current") == {
        key: row["number"] for key, row in latest(config, "prices").items()
    }
    assert versions(dsn, "orders") == versions_sent(config, "orders")
    for name in ("visits", "prices"):  # these modes chart every record
        rows = fetch(dsn, f"SELECT number FROM chart.ledger_{name}")
        sent_numbers = Counter(json.loads(data)["number"] for data in expected(config, name))
        assert Counter(row["number"] for row in rows) == sent_numbers


def numbers(dsn: str, table: str) -> dict[object, object]:
    return {row["id"]: row["number"] for row in fetch(dsn, f"SELECT id, number FROM {table}")}


def versions(dsn: str, stream: str) -> list[tuple[object, ...]]:
    rows = fetch(
        dsn,
        'SELECT id, to_char(valid_from, \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') AS since, is_deleted, '
        f'to_char(valid_to, \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') AS until, is_current '
        f"FROM navigate.ledger_{stream} ORDER BY id, valid_from",
    )
    return [tuple(row.values()) for row in rows]


def versions_sent(config: Mapping[str, object], stream: str) -> list[tuple[object, ...]]:
    """The history that the source's records make: (id, since, is_deleted, until, is_current)."""
    instants: dict[int, dict[str, bool]] = {}
    for data in expected(config, stream):
        row = json.loads(data)
        instants.setdefault(row["id"], {})[row["updated_at"]] = row[DELETED] is not None
    found: list[tuple[object, ...]] = []
    for key, states in sorted(instants.items()):
        since = [
            (at, gone)
            for (at, gone), (_, before) in zip(
                sorted(states.items()), [("", False), *sorted(states.items())], strict=False
            )
            if not (gone and before)
        ]
        ends: list[str | None] = [*(at for at, _ in since[1:]), None]
        found += [
            (key, at, gone, end, end is None) for (at, gone), end in zip(since, ends, strict=True)
        ]
    return found


def canonical(record: object) -> str:
    return json.dumps(record, sort_keys=True)


def assert_books_balance(dsn: str) -> None:
    assert fetch(dsn, "SELECT * FROM pipeline.batch_ledger WHERE NOT is_balanced OR held > 0") == []
    books = {
        row["name"]: row["read"]
        for row in fetch(
            dsn, "SELECT name, sum(read)::int AS read FROM pipeline.ledger GROUP BY name"
        )
    }
    sent = {stream.name: len(expected(JOBS[-1], stream.name)) for stream in Ledger.of(JOBS[-1]).streams}  # fmt: skip
    sent["prices"] += len(expected(JOBS[0], "prices"))
    assert books == sent
    ends = fetch(
        dsn,
        "SELECT j.status, count(*) FILTER (WHERE a.status = 'succeeded')::int AS succeeded "
        "FROM pipeline.jobs j JOIN pipeline.attempts a USING (job_id) GROUP BY job_id",
    )
    assert ends == [{"status": "succeeded", "succeeded": 1}] * len(JOBS)


def assert_nothing_is_left(home: Home, dsn: str) -> None:
    waits_until(lambda: home.connectors() == [], limit_s=5)
    assert list(home.temporary.iterdir()) == []
    assert fetch(dsn, "SELECT tablename FROM pg_tables WHERE schemaname = 'staging'") == []
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    waits_until(lambda: count(dsn, locks) == 0, limit_s=5)
