"""Where a database is, as lineage names it."""

import pytest

from app.database.address import DatabaseAddress, address_of


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        ("postgresql://me:secret@db.internal:6432/atlas", ("db.internal", 6432, "atlas")),
        ("postgresql://me@db.internal", ("db.internal", 5432, "me")),
        ("postgresql://atlas@/postgres?host=/run/pg&port=5433", ("localhost", 5433, "postgres")),
        ("postgresql://me@%2Frun%2Fpg/atlas", ("localhost", 5432, "atlas")),
        ("postgresql://me@[::1]:5432/atlas", ("[::1]", 5432, "atlas")),
        ("postgresql://me@one,two:6432/atlas", ("one", 5432, "atlas")),
        ("postgresql://me@one:1,two:2/atlas", ("one", 1, "atlas")),
        ("postgresql://me@/atlas", ("localhost", 5432, "atlas")),
    ],
)
def test_an_address_is_host_port_and_database_and_nothing_secret(
    dsn: str, expected: tuple[str, int, str]
) -> None:
    assert address_of(dsn) == DatabaseAddress(*expected)


def test_a_database_is_a_namespace_of_openlineage() -> None:
    assert DatabaseAddress("db", 5432, "atlas").namespace == "postgres://db:5432"
