"""Streams read by a cursor: what is new, its equals, what was late, and Airbyte's own states."""

from collections.abc import Sequence

import psycopg
import pytest

from app.sources.postgres import reading
from tests.sources.postgres.asking import Asking, Json, Said

HOUR = "2024-01-01 {}:00:00+00"
MADE = "CREATE TABLE orders (id int PRIMARY KEY, updated_at timestamptz)"


def ids(said: Said) -> list[int]:
    return [record["id"] for record in said.records("orders")]


def insert(*rows: tuple[int, str | None]) -> str:
    def shown(at: str | None) -> str:
        return f"'{at}'" if at else "NULL"

    values = ", ".join(f"({id_}, {shown(at)})" for id_, at in rows)
    return f"INSERT INTO orders VALUES {values}"


def at(hour: int) -> str:
    return HOUR.format(f"{hour:02}")


def stream_state(content: Json, name: str = "orders") -> list[Json]:
    descriptor = {"name": name, "namespace": "public"}
    stream = {"stream_descriptor": descriptor, "stream_state": content}
    return [{"type": "STREAM", "stream": stream}]


def test_the_first_read_sends_all_and_the_next_what_is_new(source: Asking) -> None:
    source.run(MADE, insert((1, at(1)), (2, at(2)), (3, None)))

    first = source.read("orders", cursor="updated_at")
    nothing = source.read("orders", cursor="updated_at", state=first.states)
    source.run(insert((4, at(3)), (5, at(4))), "UPDATE orders SET updated_at = now() WHERE id = 1")
    second = source.read("orders", cursor="updated_at", state=nothing.states)

    assert ids(first) == [1, 2, 3]
    assert first.contents == [
        {
            "version": 2,
            "state_type": "cursor_based",
            "stream_name": "orders",
            "stream_namespace": "public",
            "cursor_field": ["updated_at"],
            "cursor": "2024-01-01T02:00:00+00:00",
            "cursor_record_count": 1,
        }
    ]
    assert ids(nothing) == []
    assert nothing.contents == first.contents
    assert nothing.statuses == ["STARTED", "COMPLETE"]
    assert ids(second) == [4, 5, 1]


def test_a_row_that_comes_later_with_the_same_cursor_is_not_lost(source: Asking) -> None:
    source.run(MADE, insert((1, at(1)), (2, at(2))))
    first = source.read("orders", cursor="updated_at")
    source.run(insert((3, at(2)), (4, at(1))))

    second = source.read("orders", cursor="updated_at", state=first.states)
    third = source.read("orders", cursor="updated_at", state=second.states)

    assert ids(second) == [2, 3], "all that have it, and nothing before"
    assert second.contents[-1]["cursor_record_count"] == 2
    assert ids(third) == []


def test_a_lookback_reads_what_was_committed_late(source: Asking) -> None:
    method = {"method": "Standard", "lookback_window": 3_600}
    source = source.but(replication_method=method)
    source.run(MADE, insert((1, at(1)), (2, at(5)), (3, at(6))))
    first = source.read("orders", cursor="updated_at")
    source.run(insert((4, "2024-01-01 05:30:00+00"), (5, at(2))))

    second = source.read("orders", cursor="updated_at", state=first.states)

    assert ids(second) == [2, 4, 3], "an hour and no more"
    assert second.contents[-1] == first.contents[-1]


@pytest.mark.parametrize(
    ("type_", "values", "window", "found"),
    [
        ("bigint", ["5", "10", "20"], 10, ["10", "20"]),
        ("numeric", ["1.5", "2.5", "3.25"], 1, ["2.5", "3.25"]),
        ("double precision", ["0.5", "2", "2.5"], 1, ["2", "2.5"]),
        ("date", ["2024-01-01", "2024-01-03", "2024-01-04"], 3_600, ["2024-01-03", "2024-01-04"]),
        ("timestamp", ["2024-01-01T00:00:00", "2024-01-01T00:59:00", "2024-01-01T01:00:00"], 60,
         ["2024-01-01T00:59:00", "2024-01-01T01:00:00"]),
        ("text", ["a", "b", "c"], 60, []),
        ("uuid", ["0" * 8 + "-0000-0000-0000-" + "0" * 11 + end for end in "123"], 60, []),
    ],
)  # fmt: skip
def test_a_lookback_is_of_the_cursors_kind(
    source: Asking, type_: str, values: Sequence[str], window: int, found: Sequence[str]
) -> None:
    source = source.but(replication_method={"method": "Standard", "lookback_window": window})
    source.run(
        f"CREATE TABLE orders (c {type_})",
        *(f"INSERT INTO orders VALUES ('{value}')" for value in values),
    )
    first = source.read("orders", cursor="c")

    second = source.read("orders", cursor="c", state=first.states)

    assert second.exit_code == 0, second.error
    assert [str(record["c"]) for record in second.records("orders")] == found
    assert first.contents[-1]["cursor"] == values[-1]
    assert ("lookback_window does not apply" in second.logs) is (not found)


def test_a_large_delta_has_states_between_that_lose_nothing(
    source: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "RANGE_ROWS", 1_000)
    source.run(MADE, insert((0, at(0))))
    first = source.read("orders", cursor="updated_at")
    source.run(
        "INSERT INTO orders SELECT g, '2024-01-02'::timestamptz + g / 7 * interval '1 s' "
        "FROM generate_series(1, 5000) g"
    )

    whole = source.read("orders", cursor="updated_at", state=first.states)
    reads = [whole.up_to_state(1)]
    reads.append(source.read("orders", cursor="updated_at", state=reads[0].states[-1:]))

    assert len(whole.states) == 5
    assert [int(s["sourceStats"]["recordCount"]) for s in whole.states[:-1]] == [1_000] * 4 or (
        sum(int(s["sourceStats"]["recordCount"]) for s in whole.states) == 5_000
    )
    assert sorted([*ids(reads[0]), *ids(reads[1])]) == list(range(1, 5_001))


@pytest.mark.parametrize(
    ("type_", "endless"),
    [
        ("timestamptz", "infinity"),
        ("date", "infinity"),
        ("double precision", "NaN"),
        ("numeric", "Infinity"),
    ],
)
def test_a_cursor_without_end_does_not_stop_the_stream(
    source: Asking, type_: str, endless: str
) -> None:
    low, high = (
        ("1", "2") if type_ in ("double precision", "numeric") else ("2024-01-01", "2024-01-02")
    )
    source.run(
        f"CREATE TABLE orders (id int, c {type_})",
        f"INSERT INTO orders VALUES (1, '{low}'), (2, '{endless}')",
    )
    first = source.read("orders", cursor="c")
    source.run(f"INSERT INTO orders VALUES (3, '{high}')")

    second = source.read("orders", cursor="c", state=first.states)
    third = source.read("orders", cursor="c", state=second.states)

    assert ids(first) == [1, 2]
    assert ids(second) == [3, 2]
    assert ids(third) == [2], "nobody can tell whether it is new"


def test_a_first_read_that_was_ended_goes_on_and_ends_with_the_newest_cursor(
    source: Asking,
) -> None:
    source.run(
        MADE,
        "INSERT INTO orders SELECT g, '2024-01-01'::timestamptz + g * interval '1 s' FROM generate_series(1, 30000) g",
    )
    before = source.read("orders", cursor="updated_at").up_to_state(0)
    source.run(
        "UPDATE orders SET updated_at = '2025-01-01' WHERE id <= 10", insert((0, "2025-01-02"))
    )

    after = source.read("orders", cursor="updated_at", state=before.states)
    source.run(insert((-1, "2025-01-03")))
    next_ = source.read("orders", cursor="updated_at", state=after.states[-1:])

    assert before.contents[0]["state_type"] == "ctid"
    assert before.contents[0]["incremental_state"]["cursor"] == "2024-01-01T08:20:00+00:00"
    assert set(ids(before)) | set(ids(after)) == set(range(30_001))
    assert {0, *range(1, 11)} <= set(ids(after))
    assert after.contents[-1]["cursor"] == "2025-01-02T00:00:00+00:00"
    assert ids(next_) == [-1]


AIRBYTES: list[Json] = [
    {"version": 2, "state_type": "cursor_based", "stream_name": "orders", "stream_namespace": "public",
     "cursor_field": ["updated_at"], "cursor": "2024-01-01T02:00:00.000000Z", "cursor_record_count": 1},
    {"version": 2, "state_type": "cursor_based", "stream_name": "orders", "stream_namespace": "public",
     "cursors": {"updated_at": "2024-01-01T02:00:00.000000Z"}},
    {"stream_name": "orders", "stream_namespace": "public", "cursor_field": ["updated_at"],
     "cursor": "2024-01-01T02:00:00Z"},
]  # fmt: skip
"""As versions 3, 4 and 1 write it."""


@pytest.mark.parametrize("content", AIRBYTES, ids=["3", "4", "1"])
def test_a_state_of_airbytes_own_connector_goes_on(source: Asking, content: Json) -> None:
    source.run(MADE, insert((1, at(1)), (2, at(2)), (3, at(3))))

    said = source.read("orders", cursor="updated_at", state=stream_state(content))

    again = [] if "cursor_record_count" in content else [2]
    assert ids(said) == [*again, 3]
    assert said.contents[-1]["cursor"] == "2024-01-01T03:00:00+00:00"


def test_a_legacy_state_of_all_streams_goes_on(source: Asking) -> None:
    source.run(MADE, insert((1, at(1)), (2, at(2))))
    state = {"cdc": False, "streams": [AIRBYTES[2] | {"cursor": "2024-01-01T01:00:00Z"}]}

    said = source.read("orders", cursor="updated_at", state=state)

    assert ids(said) == [1, 2]


def test_an_initial_load_of_airbytes_own_connector_goes_on_and_leaves_the_rest_to_its_cursor(
    source: Asking,
) -> None:
    source.run(MADE, insert((1, at(1)), (2, at(2)), (3, at(3))))
    with_filenode = source.read("orders").contents[-1]["relation_filenode"]
    content = {
        "version": 2, "state_type": "ctid", "ctid": "(0,1)", "relation_filenode": with_filenode,
        "incremental_state": AIRBYTES[0],
    }  # fmt: skip

    said = source.read("orders", cursor="updated_at", state=stream_state(content))
    next_ = source.read("orders", cursor="updated_at", state=said.states[-1:])

    assert ids(said) == [2, 3]
    assert said.contents[-1]["cursor"] == "2024-01-01T02:00:00.000000Z"
    assert ids(next_) == [3]


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (stream_state({"state_type": "xmin", "xmin_xid_value": 5}), "of a kind"),
        (stream_state({"state_type": "ctid", "ctid": "(1,2); DROP"}), "ctid that is none"),
        (
            stream_state({"state_type": "primary_key", "pk_name": ["id"], "pk_val": []}),
            "primary key",
        ),
        ([{"type": "GLOBAL", "global": {"stream_states": []}}], "change data capture"),
        ({"cdc": True, "cdc_state": {}}, "change data capture"),
    ],
)
def test_a_state_that_nobody_can_go_on_with_is_refused(
    source: Asking, state: object, why: str
) -> None:
    source.run(MADE)

    said = source.read("orders", cursor="updated_at", state=state)

    assert said.exit_code == 1
    assert said.error["failure_type"] == "config_error"
    assert why in said.error["message"]
    assert said.of("RECORD") == []


def test_another_cursor_begins_anew_and_that_is_said(source: Asking) -> None:
    source.run(
        "CREATE TABLE orders (id int, updated_at timestamptz)", insert((1, at(1)), (2, at(2)))
    )
    first = source.read("orders", cursor="updated_at")

    second = source.read("orders", cursor="id", state=first.states)

    assert ids(second) == [1, 2]
    assert "another cursor field" in second.logs


@pytest.mark.parametrize("cursor", ["gone", "j"])
def test_a_cursor_that_is_none_is_refused(source: Asking, cursor: str) -> None:
    source.run("CREATE TABLE orders (id int, j json)")

    said = source.read("orders", cursor=cursor)

    assert said.exit_code == 1
    assert said.error["failure_type"] == "config_error"
    assert "cursor" in said.error["message"]


def test_a_cursor_of_text_is_followed_whatever_is_in_it(source: Asking) -> None:
    words = ["a", "b'c\\d\"", "e\nf\x02g", "h"]
    source.run("CREATE TABLE orders (id int, word text)")

    def add(number: int) -> None:
        with psycopg.connect(source.dsn, autocommit=True) as connection:
            connection.execute("INSERT INTO orders VALUES (%s, %s)", [number, words[number]])

    add(0)
    state, found = source.read("orders", cursor="word").states, []
    for number in range(1, len(words)):
        add(number)
        said = source.read("orders", cursor="word", state=state)
        found.append(ids(said))
        state = said.states

    assert found == [[1], [2], [3]]
    assert state[-1]["stream"]["stream_state"]["cursor"] == "h"


def test_a_view_is_read_by_its_cursor(source: Asking) -> None:
    source.run(MADE, "CREATE VIEW seen AS SELECT * FROM orders", insert((1, at(1))))
    first = source.read("seen", cursor="updated_at")
    source.run(insert((2, at(2))))

    second = source.read("seen", cursor="updated_at", state=first.states)

    assert [record["id"] for record in second.records("seen")] == [2]
