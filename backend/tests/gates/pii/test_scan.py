import asyncio
import json
import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.findings import Entity
from app.gates.pii.scan import PATTERNS, Leak, LeakScan, Pattern, confirmed
from tests.fixtures.in_time import in_time

SCAN = LeakScan()


Rows = Sequence[Sequence[str | None]]


def columns(rows: Rows, *names: str) -> dict[str, Sequence[str | None]]:
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def in_lines(rows: Rows) -> str:
    """All cells as the scan is given them at first: a line or more each, nulls left out."""
    return "\n".join(cell for row in rows for cell in row if cell is not None)


async def found(rows: Rows, *names: str) -> Sequence[Leak]:
    """The leaks; what is found cell by cell was suspected of all of them together."""
    leaks = await SCAN.find(columns(rows, *names))
    assert await SCAN.is_suspect(in_lines(rows)) or not leaks
    return leaks


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

    [leak] = await found(rows, "id", "note")

    assert (leak.column, leak.entity, leak.count) == ("note", entity, 2)
    assert leak.values == {cell}
    assert not leak.nested


UNITS = (
    "-eyJ", "eyJ.", "eyJaaaaaaaaa.", "a@", ".a", "a.b@", "1", "1 ", "1-", "12-", "(1", "+1", "1.", "1:", "0a:",
    "AA00", "-----BEGIN ", "A ", "00:", "_", '{"a":', "[", '\\"', "é",
)  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.entity)
def test_no_text_however_long_is_looked_at_for_ever(pattern: Pattern) -> None:
    """Row 67 of the bad inputs: a time that grows with the square of these would be hours."""
    with in_time():
        for unit in UNITS:
            long = unit * (300_000 // len(unit))
            assert list(confirmed(pattern, [f"{long}!", f"@{long}!", f"-----BEGIN {long}!"])) == []


async def test_what_a_text_of_megabytes_says_at_its_end_is_found() -> None:
    filler = "-eyJ.a" * 900_000
    said = [
        "anna@example.org",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln",
        "4111-1111-1111-1111",
    ]

    with in_time():
        found = await SCAN.find({"note": [f"{filler} {one} ." for one in said]})

    assert {leak.entity for leak in found} == {
        Entity.EMAIL_ADDRESS,
        Entity.PASSWORD,
        Entity.CREDIT_CARD,
    }


async def test_a_leak_inside_jsonb_names_the_leaf() -> None:
    cell = json.dumps({"a": ["x", {"b": "anna@example.org"}], "n": 3})

    [leak] = await found([["{}"], [cell], [None]], "data")

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

    assert await found(rows, *"abcdefghij") == []


async def test_a_column_of_bare_cards_is_told_from_one_of_ids() -> None:
    cards = ["4111111111111111", "5500000000000004", "340000000000009", "4012888888881881"]

    [leak] = await found([[card] for card in cards], "number")

    assert leak.values == set(cards)


async def test_cells_may_hold_quotes_commas_and_new_lines() -> None:
    cell = 'he said "hi",\nthen wrote anna@example.org'

    [leak] = await found([["1", cell], ["2", None]], "id", "note")

    assert leak.values == {cell}


async def test_nothing_to_scan_is_no_leak() -> None:
    assert await SCAN.find({"a": []}) == []
    assert await SCAN.find({"a": [None]}) == []
    assert not await SCAN.is_suspect("")


async def test_plain_texts_need_no_look_at_each() -> None:
    rows = [
        [f"order {n}", f"2024-01-{n:02d}", '{"city": "Oslo", "code": "90549"}'] for n in range(28)
    ]

    assert not await SCAN.is_suspect(in_lines(rows))


async def test_no_value_is_in_a_leaks_repr() -> None:
    leaks = await found([["anna@example.org"]], "a")

    assert "anna" not in repr(leaks)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), max_size=20))
def test_an_email_is_found_beside_any_text(cells: list[str]) -> None:
    rows = [["x", cell] for cell in [*cells, "anna@example.org"]]

    leaks = asyncio.run(found(rows, "id", "note"))

    assert "anna@example.org" in {value for leak in leaks for value in leak.values}
