"""Tests of app/database/identifiers.py: no two names from outside become one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database.identifiers import (
    LONGEST,
    RESERVED_COLUMNS,
    RESERVED_PREFIX,
    RESERVED_SUFFIXES,
    Table,
    column_name,
    literal,
    quote,
    table_name,
)
from app.database.pool import Database

WORDS = st.sampled_from(
    ["users", "Users", "select", "a" * 60, "x_raw", "x__history", "_atlas_id", "ctid", "ä", ""]
)
NAMES = st.text() | WORDS | st.text(st.sampled_from("aA_0ä\"'; "), max_size=70)


@given(st.lists(NAMES, unique=True))
def test_columns_of_other_fields_have_other_names(fields: list[str]) -> None:
    taken: set[str] = set()
    for field in fields:
        name = column_name(field, taken)
        assert name not in taken
        assert len(name.encode()) <= LONGEST
        assert name not in RESERVED_COLUMNS
        assert not name.startswith(RESERVED_PREFIX)
        assert quote(name) == f'"{name}"'
        taken.add(name)


def test_a_field_called_like_the_name_of_another_gets_a_third_name() -> None:
    given = column_name("Größe", ())

    names = [given, column_name("Größe", {given})]

    assert len(set(names)) == 2
    assert column_name(given, ()) == given


@given(st.lists(st.tuples(NAMES, NAMES), unique=True))
def test_tables_of_other_streams_have_other_names(streams: list[tuple[str, str]]) -> None:
    taken: set[str] = set()
    for source, stream in streams:
        name = table_name(source, stream, repr((source, stream)), taken)
        assert name not in taken
        assert len(name.encode()) <= LONGEST
        assert not name.endswith(RESERVED_SUFFIXES)
        assert name == name.lower()
        taken.add(name)


@pytest.mark.parametrize("name", ["users", "_x", "a1", "a" * LONGEST, "select", "r"])
def test_a_plain_field_keeps_its_name(name: str) -> None:
    assert column_name(name, ()) == name


def test_a_plain_stream_keeps_its_name_and_a_table_of_atlas_is_not_taken() -> None:
    assert table_name("faker", "users", "identity", ()) == "faker_users"
    for suffix in RESERVED_SUFFIXES:
        assert table_name("faker", f"users{suffix}", "identity", ()) != f"faker_users{suffix}"


@pytest.mark.parametrize("name", ["", "a\0b", "a" * 64, "ä" * 32])
def test_what_postgres_cannot_hold_never_reaches_it(name: str) -> None:
    with pytest.raises(ValueError, match="not an identifier"):
        quote(name)


async def test_quotes_and_literals_are_what_postgres_reads(database: Database) -> None:
    names = [
        'a"b',
        "a'b",
        "a\\b",
        "a\\'b",
        "%s",
        "$1",
        "{}",
        "😀",
        "a\nb",
        "'); DROP TABLE x;--",
        "U&'x'",
    ]
    columns = ", ".join(f"{literal(name)} AS {quote(name)}" for name in names)

    async with database.connection() as connection:
        row = await connection.fetchrow(f"SELECT {columns}")
        for standard in ("on", "off"):
            async with connection.transaction():
                await connection.execute(f"SET LOCAL standard_conforming_strings = {standard}")
                backslash = await connection.fetchval("SELECT " + literal("a\\b"))
                assert backslash == "a\\b"

    assert row is not None
    assert dict(row) == dict(zip(names, names, strict=True))


def test_a_table_is_written_quoted_and_shown_plain() -> None:
    table = Table("navigate", "users")

    assert str(table.beside("__keys")) == '"navigate"."users__keys"'
    assert table.dotted == "navigate.users"
