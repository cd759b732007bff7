import csv
import io
import json
import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import GateUnavailable
from app.core.findings import Entity
from app.gates.pii.scan import LeakScan

SCAN = LeakScan()


def copied(rows: Sequence[Sequence[str | None]]) -> bytes:
    """What COPY prints: nulls empty and unquoted."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerows(rows)
    return text.getvalue().encode()


@pytest.mark.parametrize(
    ("cell", "entity"),
    [
        ("ask anna@example.org about it", Entity.EMAIL_ADDRESS),
        ("paid with 4111-1111-1111-1111", Entity.CREDIT_CARD),
        ("4111111111111111", Entity.CREDIT_CARD),
        ("DE89 3704 0044 0532 0130 00", Entity.IBAN_CODE),
        ("his ssn: 536-90-4399", Entity.US_SSN),
        ("call +45 33 12 12 12 now", Entity.PHONE_NUMBER),
        ("call (212) 736-5000 now", Entity.PHONE_NUMBER),
        ("212-736-5000", Entity.PHONE_NUMBER),
        ("from 83.92.14.7", Entity.IP_ADDRESS),
        ("2001:db8:85a3:0:0:8a2e:370:7334", Entity.IP_ADDRESS),
        ("00:1B:44:11:3A:B7", Entity.MAC_ADDRESS),
        ("key AKIAABCDEFGHIJKLMNOP", Entity.PASSWORD),
    ],
)
async def test_one_value_among_thousands_is_found(cell: str, entity: Entity) -> None:
    rows: list[list[str | None]] = [[str(index), f"order {index}"] for index in range(3_000)]
    rows[2_017][1] = cell
    rows[2_500][1] = cell

    [leak] = await SCAN.find(copied(rows), ["id", "note"])

    assert (leak.column, leak.entity, leak.count) == ("note", entity, 2)
    assert leak.values == {cell}
    assert not leak.nested


async def test_a_leak_inside_jsonb_names_the_leaf() -> None:
    cell = json.dumps({"a": ["x", {"b": "anna@example.org"}], "n": 3})

    [leak] = await SCAN.find(copied([["{}"], [cell], [None]]), ["data"])

    assert leak.nested
    assert leak.values == {"anna@example.org"}
    assert leak.count == 1


async def test_ids_uuids_timestamps_and_numbers_raise_no_alarm() -> None:
    chance = random.Random(7)
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    rows = [
        [
            str(uuid.UUID(int=chance.getrandbits(128))),
            str(4_000_000_000_000_000 + chance.getrandbits(49)),
            str((begin + timedelta(seconds=chance.getrandbits(27))).timestamp()),
            str(begin + timedelta(microseconds=chance.getrandbits(45))),
            str(chance.getrandbits(53)),
            f"{chance.random() * 360 - 180:.8f}",
            f"{chance.randint(1, 9)}.{chance.randint(0, 19)}.{chance.randint(0, 19)}.0",
            f"SKU-{chance.randint(100, 999)}-{chance.randint(1000, 9999)}",
            str(chance.getrandbits(33)),
            f"{chance.getrandbits(128):032x}",
        ]
        for _ in range(5_000)
    ]

    assert await SCAN.find(copied(rows), list("abcdefghij")) == []


async def test_a_column_of_bare_cards_is_told_from_one_of_ids() -> None:
    cards = ["4111111111111111", "5500000000000004", "340000000000009", "4012888888881881"]

    [leak] = await SCAN.find(copied([[card] for card in cards]), ["number"])

    assert leak.values == set(cards)


async def test_cells_may_hold_quotes_commas_and_new_lines() -> None:
    cell = 'he said "hi",\nthen wrote anna@example.org'

    [leak] = await SCAN.find(copied([["1", cell], ["2", None]]), ["id", "note"])

    assert leak.values == {cell}


async def test_nothing_to_scan_is_no_leak() -> None:
    assert await SCAN.find(b"", ["a"]) == []
    assert await SCAN.find(b"x\n", []) == []


async def test_what_cannot_be_read_is_not_called_clean() -> None:
    with pytest.raises(GateUnavailable) as raised:
        await SCAN.find(b"1,2\n1,2,anna@example.org\n", ["a", "b"])

    assert "anna" not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_no_value_is_in_a_leaks_repr() -> None:
    leaks = await SCAN.find(copied([["anna@example.org"]]), ["a"])

    assert "anna" not in repr(leaks)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), max_size=20))
def test_an_email_is_found_beside_any_text(cells: list[str]) -> None:
    rows = [["x", cell] for cell in [*cells, "anna@example.org"]]

    leaks = SCAN.find_now(copied(rows), ["id", "note"])

    assert "anna@example.org" in {value for leak in leaks for value in leak.values}


async def test_other_columns_than_told_are_not_called_clean() -> None:
    with pytest.raises(GateUnavailable):
        await SCAN.find(b"1\n2\n", ["a", "b"])
