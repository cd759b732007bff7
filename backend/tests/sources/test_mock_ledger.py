"""Tests of app/sources/mock_ledger.py: the checker must itself be right."""

import json

from app.sources.mock_ledger import LedgerStream, expected, latest
from tests.sources.reading import ledger, mocked, read


def rows(stream: dict[str, object]) -> list[dict[str, object]]:
    return [json.loads(data) for data in expected(ledger(stream), "orders")]


def test_updates_deletes_late_rows_and_duplicates_come_where_they_were_asked_for() -> None:
    stream = {"name": "orders", "records": 20, "keys": 5, "deletes": 10, "late_rows": 7}

    sent = rows({**stream, "duplicates": 4})

    numbers = [row["number"] for row in sent]
    assert len(sent) == 25
    assert [n for n in range(20) if numbers.count(n) == 2] == [3, 7, 11, 15, 19]
    assert {row["id"] for row in sent} == {1, 2, 3, 4, 5}
    assert [row["number"] for row in sent if row["deleted_at"]] == [9, 19, 19]
    assert [row["number"] for row in sent if "23:" in str(row["updated_at"])] == [6, 13]


def test_the_latest_row_of_a_key_is_not_a_late_one() -> None:
    newest = latest(ledger({"name": "orders", "records": 10, "keys": 5, "late_rows": 10}), "orders")

    assert newest[4]["number"] == 8
    assert newest[5]["number"] == 4  # number 9 is late
    assert newest[1]["number"] == 5


def test_a_drift_brings_a_field_and_retypes_another() -> None:
    sent = rows({"name": "orders", "records": 4, "drift_at": 2})

    assert [type(row["amount"]) for row in sent] == [float, float, str, str]
    assert ["extra" in row for row in sent] == [False, False, True, True]


async def test_bad_rows_and_duplicates_are_within_their_states_count() -> None:
    stream = {"name": "orders", "records": 100, "state_every": 10, "duplicates": 10}
    config = ledger({**stream, "bad_rows": {"9": '{"id":"no number"}'}})

    result = await read(mocked(), config)

    assert result.error is None
    assert result.records() == expected(config, "orders")
    assert len(result.records()) == 111


def test_the_plain_form_is_fast_and_depends_on_the_number_alone() -> None:
    stream = LedgerStream(name="orders", records=10)

    assert stream.data(5) == next(group[0] for _, group in stream.sent(5))
    assert json.loads(stream.data(86_400))["updated_at"] == "2024-01-02T00:00:00Z"
