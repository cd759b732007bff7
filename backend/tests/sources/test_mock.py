"""Tests of app/sources/mock.py and app/sources/mock_values.py."""

import json
import subprocess
import sys

from app.sources import mock
from tests.sources.reading import mocked, read

SHOP = {
    "name": "customers",
    "json_schema": {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "full_name": {"type": "string"},
            "contact_email": {"type": "string"},
            "mobile": {"type": ["null", "string"]},
            "card_number": {"type": "string"},
            "plan": {"enum": ["free", "paid"]},
            "score": {"type": "number", "minimum": 0, "maximum": 1},
            "active": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "born": {"type": "string", "format": "date"},
            "host": {"type": "string", "format": "ipv4"},
            "home": {"type": "object", "properties": {"city": {"type": "string"}}},
            "either": {"oneOf": [{"type": "integer"}, {"type": "string"}]},
            "seen_at": {"type": "string", "format": "date-time"},
        },
    },
    "default_cursor_field": ["seen_at"],
    "source_defined_primary_key": [["id"]],
    "supported_sync_modes": ["incremental"],
}


async def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first = await read(mocked(), {"count": 50, "seed": 7})
    second = await read(mocked(), {"count": 50, "seed": 7})
    other = await read(mocked(), {"count": 50, "seed": 8})

    for stream in ("users", "products", "purchases"):
        assert first.records(stream) == second.records(stream) != other.records(stream)
        assert len(first.records(stream)) == 50


async def test_what_the_child_sends_is_what_the_function_lists() -> None:
    config = {"seed": 3, "count": 20, "streams": [SHOP]}

    result = await read(mocked(), config)

    assert result.records("customers") == list(mock.records(config, SHOP))


async def test_records_keep_to_their_schema() -> None:
    result = await read(mocked(), {"count": 200, "streams": [SHOP]})

    rows = [json.loads(record) for record in result.records("customers")]
    assert len({row["id"] for row in rows}) == 200
    assert [row["seen_at"] for row in rows] == sorted(row["seen_at"] for row in rows)
    assert {type(row["score"]) for row in rows} == {float}
    assert {row["plan"] for row in rows} == {"free", "paid"}
    assert {type(row["mobile"]) for row in rows} == {str, type(None)}
    assert all("@" in row["contact_email"] and " " in row["full_name"] for row in rows)
    assert all(is_luhn(row["card_number"]) for row in rows)


def is_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


async def test_a_second_read_goes_on_where_the_first_ended() -> None:
    first = await read(mocked(), {"count": 30})

    again = await read(mocked(), {"count": 30}, first.states)
    more = await read(mocked(), {"count": 45}, first.states)

    assert again.records("users") == []
    assert len(more.records("users")) == 15


def test_the_program_imports_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; from app.sources import mock; "
        "print([m for m in sys.modules if m.split('.')[0] not in sys.stdlib_module_names"
        " and not m.startswith('app') and m != '__main__'])"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=mock.ENVIRONMENT, capture_output=True, check=True
    )

    assert done.stdout.strip() == b"[]"
