"""Streams read from their beginning, ended anywhere, and gone on with: nothing is missed."""

from collections.abc import Callable, Sequence

import pytest

from app.sources.postgres import reading
from tests.sources.postgres.asking import Asking, Json, Said, asked

ROWS = 20_000
MADE = (
    "CREATE TABLE orders (id int PRIMARY KEY, note text, updated_at timestamptz)",
    f"INSERT INTO orders SELECT g, repeat('x', 160), '2024-01-01'::timestamptz + g * interval '1 s' "
    f"FROM generate_series(1, {ROWS}) g",
)
PARTITIONED = (
    "CREATE TABLE orders (region text, id int, note text, updated_at timestamptz, PRIMARY KEY (region, id)) "
    "PARTITION BY LIST (region)",
    "CREATE TABLE orders_n PARTITION OF orders FOR VALUES IN ('north')",
    "CREATE TABLE orders_s PARTITION OF orders FOR VALUES IN ('so''uth\\')",
    "INSERT INTO orders SELECT CASE WHEN g % 2 = 0 THEN 'north' ELSE 'so''uth\\' END, g, 'x', "
    f"'2024-01-01'::timestamptz + g * interval '1 s' FROM generate_series(1, {ROWS}) g",
)


@pytest.fixture
def small_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "RANGE_ROWS", 3_000)


def newest_by_id(*reads: Said) -> dict[int, Json]:
    """What a table has in the end that keeps the last record of each id."""
    return {record["id"]: record for said in reads for record in said.records("orders")}


def stated(said: Said) -> int:
    return sum(int(state["sourceStats"]["recordCount"]) for state in said.states)


def test_a_table_is_read_whole_in_ranges_with_a_state_each(source: Asking) -> None:
    source.run(*MADE, "ANALYZE orders")

    said = source.read("orders")

    records = said.records("orders")
    assert said.exit_code == 0
    assert len(records) == len(newest_by_id(said)) == ROWS == stated(said)
    assert records[0] == {"id": 1, "note": "x" * 160, "updated_at": "2024-01-01T00:00:01+00:00"}
    assert len(said.states) > 2
    assert {content["state_type"] for content in said.contents} == {"ctid"}
    assert said.statuses == ["STARTED", "RUNNING", "COMPLETE"]
    (estimate,) = [m["trace"] for m in said.of("TRACE") if m["trace"]["type"] == "ESTIMATE"]
    assert estimate["estimate"]["row_estimate"] == ROWS
    assert said.messages[-1]["trace"]["stream_status"]["status"] == "COMPLETE"


def test_what_moved_behind_a_readers_back_is_read_when_it_is_gone_on_with(source: Asking) -> None:
    source.run(*MADE)
    before = source.read("orders").up_to_state(1)
    # the last rows go into free space before the place that was reached; others change, come and go
    source.run(
        "DELETE FROM orders WHERE id <= 500",
        "VACUUM orders",
        f"UPDATE orders SET note = 'moved' WHERE id > {ROWS - 300}",
        "UPDATE orders SET note = 'changed' WHERE id BETWEEN 600 AND 700",
        "INSERT INTO orders VALUES (0, 'new', now())",
    )

    after = source.read("orders", state=before.states[-1:])

    found = newest_by_id(before, after)
    assert {key: row for key, row in found.items() if key == 0 or key > 500} == newest_by_id(
        source.read("orders")
    )
    moved_to = [r["id"] for r in after.records("orders")].index(ROWS)
    assert moved_to < 1_000, "it was found where the first reader had been already"
    assert len(after.records("orders")) < ROWS - 8_000, "not all is read again"


def test_each_reader_goes_on_where_the_last_was_ended(source: Asking) -> None:
    source.run(*MADE)
    reads: list[Said] = []
    for turn in range(3):
        state = reads[-1].states[-1:] if reads else None
        reads.append(source.read("orders", state=state).up_to_state(1 if turn else 0))
        source.run(f"UPDATE orders SET note = 'turn {turn}' WHERE id % 7 = {turn}")
    reads.append(source.read("orders", state=reads[-1].states[-1:]))

    assert newest_by_id(*reads) == newest_by_id(source.read("orders"))


def test_a_table_that_was_rewritten_is_read_from_its_beginning_and_that_is_said(
    source: Asking,
) -> None:
    source.run(*MADE)
    before = source.read("orders").up_to_state(0)
    source.run("VACUUM FULL orders")

    after = source.read("orders", state=before.states)

    assert len(after.records("orders")) == ROWS
    assert "rewritten" in after.logs


def test_a_state_of_another_server_is_not_gone_on_with(source: Asking) -> None:
    source.run(*MADE)
    before = source.read("orders").up_to_state(0)
    before.contents[0]["snapshot_xmin"] += 1 << 40

    after = source.read("orders", state=before.states)

    assert len(after.records("orders")) == ROWS
    assert "another server" in after.logs


@pytest.mark.usefixtures("small_runs")
def test_a_partitioned_table_is_one_stream_and_gone_on_with_by_its_key(source: Asking) -> None:
    source.run(*PARTITIONED)
    offered = source.discover().streams
    whole = source.read("orders")
    before = whole.up_to_state(2)
    source.run(
        "UPDATE orders SET note = 'changed' WHERE id <= 100",
        "INSERT INTO orders VALUES ('north', 0, 'new', now())",
        "DELETE FROM orders WHERE id = 2",
    )

    after = source.read("orders", state=before.states[-1:])

    assert list(offered) == ["orders"]
    assert offered["orders"]["source_defined_primary_key"] == [["region"], ["id"]]
    assert len(whole.records("orders")) == len(newest_by_id(whole)) == ROWS == stated(whole)
    assert before.contents[-1]["state_type"] == "primary_key"
    assert before.contents[-1]["pk_name"] == ["region", "id"]
    found = newest_by_id(before, after)
    del found[2]
    assert found == newest_by_id(source.read("orders"))
    assert len(after.records("orders")) < ROWS - 5_000


@pytest.mark.usefixtures("small_runs")
def test_a_key_that_is_another_one_since_begins_anew(source: Asking) -> None:
    source.run(*PARTITIONED)
    before = source.read("orders").up_to_state(0)
    before.contents[0]["pk_name"] = ["id", "region"]

    after = source.read("orders", state=before.states)

    assert len(after.records("orders")) == ROWS
    assert "its key is another one" in after.logs


VIEWS: Sequence[tuple[str, Callable[[Said], object]]] = [
    ("CREATE VIEW seen AS SELECT id, note FROM orders", lambda said: said.contents[-1]["__ab_full_refresh_sync_complete"]),
    ("CREATE MATERIALIZED VIEW seen AS SELECT id, note FROM orders", lambda said: said.contents[-1]["ctid"]),
]  # fmt: skip


@pytest.mark.parametrize(("made", "last"), VIEWS, ids=["view", "materialized"])
def test_views_are_streams_too(source: Asking, made: str, last: Callable[[Said], object]) -> None:
    source.run(*MADE, made)

    offered, said = source.discover().streams["seen"], source.read("seen")

    assert len(said.records("seen")) == ROWS == stated(said)
    assert last(said)
    assert offered["is_resumable"] is ("MATERIALIZED" in made)
    assert "source_defined_primary_key" not in offered


def test_tables_that_others_inherit_from_are_read_with_them_and_claim_no_key(
    source: Asking,
) -> None:
    source.run(
        "CREATE TABLE base (id int PRIMARY KEY)",
        "CREATE TABLE more () INHERITS (base)",
        "INSERT INTO base VALUES (1)",
        "INSERT INTO more VALUES (1)",
    )

    offered, said = source.discover().streams["base"], source.read("base")

    assert said.records("base") == [{"id": 1}, {"id": 1}]
    assert (offered["is_resumable"], offered.get("source_defined_primary_key")) == (False, None)


def test_an_empty_table_is_complete_with_a_state_of_no_records(source: Asking) -> None:
    source.run("CREATE TABLE empty (id int PRIMARY KEY)")

    said = source.read("empty")

    assert (said.exit_code, said.records("empty"), stated(said)) == (0, [], 0)
    assert said.statuses == ["STARTED", "COMPLETE"]


def test_only_chosen_columns_and_the_key_are_sent_and_a_lost_one_is_told(source: Asking) -> None:
    source.run(
        "CREATE TABLE t (id int PRIMARY KEY, a int, b int)", "INSERT INTO t VALUES (1, 2, 3)"
    )

    said = source.read("t", fields=["b", "gone"])

    assert said.records("t") == [{"id": 1, "b": 3}]
    assert "no column 'gone'" in said.logs


def test_a_table_that_is_gone_is_told_after_the_others_were_read(source: Asking) -> None:
    source.run("CREATE TABLE t (id int)", "CREATE TABLE u (id int)", "INSERT INTO u VALUES (1)")
    offered = source.discover().streams
    source.run("DROP TABLE t")
    catalog = {"streams": [{"stream": offered[name], "sync_mode": "full_refresh"} for name in "tu"]}

    said = asked("read", {"config": source.config, "catalog": catalog})

    assert said.exit_code == 1
    assert said.records("u") == [{"id": 1}]
    assert said.statuses == ["STARTED", "INCOMPLETE", "STARTED", "RUNNING", "COMPLETE"]
    assert said.error["failure_type"] == "config_error"
    assert "public.t" in said.error["message"]


def test_a_value_that_cannot_be_read_is_in_no_error(source: Asking) -> None:
    source.run(
        "CREATE TABLE t (word text)",
        "INSERT INTO t VALUES ('secret 4711')",
        "CREATE VIEW v AS SELECT word::int FROM t",
    )

    said = source.read("v")

    assert said.exit_code == 1
    assert said.error["failure_type"] == "system_error"
    assert "22P02" in said.error["message"]
    assert "secret" not in str(said.messages)
    assert said.statuses[-1] == "INCOMPLETE"


def test_one_snapshot_is_read_of_all_streams_and_nothing_can_be_written(source: Asking) -> None:
    source.run(
        "CREATE TABLE a (id int)",
        "CREATE FUNCTION write() RETURNS int LANGUAGE sql AS 'INSERT INTO a VALUES (2) RETURNING id'",
        "CREATE VIEW v AS SELECT write() AS id",
    )

    said = source.read("v")

    assert said.exit_code == 1
    assert "25006" in said.error["message"]


NAMES = [
    'quo"te',
    "apo's",
    "back\\slash",
    "per%cent %s",
    "ünï 😀",
    "t",
    "r",
    "\x01\x02\n",
    "x" * 63,
]


def test_names_are_anything(source: Asking) -> None:
    def quoted(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    columns = ", ".join(f"{quoted(name)} int DEFAULT {at}" for at, name in enumerate(NAMES))
    for name in NAMES:
        source.run(
            f"CREATE SCHEMA {quoted(name)}",
            f"CREATE TABLE {quoted(name)}.{quoted(name)} ({columns}, PRIMARY KEY ({quoted(NAMES[0])}))",
            f"INSERT INTO {quoted(name)}.{quoted(name)} DEFAULT VALUES",
        )
    source = source.but(schemas=NAMES)

    full = source.read(*NAMES)
    by_cursor = source.read(*NAMES, cursor=NAMES[1])

    for said in (full, by_cursor):
        assert said.exit_code == 0, said.error
        for name in NAMES:
            assert said.records(name) == [{name: at for at, name in enumerate(NAMES)}]
        assert {m["record"]["namespace"] for m in said.of("RECORD")} == set(NAMES)
