"""What an account may see is what there is: least privilege, parts of tables, rows kept from it."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.conftest import dsn_of
from tests.sources.postgres.asking import Asking

ROLE = "atlas_test_reader"
GRANTED = (
    # as docs/source-postgres.md has it
    f"GRANT USAGE ON SCHEMA public TO {ROLE}",
    f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ROLE}",
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {ROLE}",
)


@pytest.fixture
def reader(server: str, source: Asking) -> Iterator[Asking]:
    """The same database for an account that may nothing yet."""
    with psycopg.connect(dsn_of(server, "postgres"), autocommit=True) as admin:
        admin.execute(f"DROP ROLE IF EXISTS {ROLE}")
        admin.execute(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
        try:
            yield source.but(username=ROLE)
        finally:
            source.run(f"DROP OWNED BY {ROLE}")
            admin.execute(f"DROP ROLE {ROLE}")


def test_the_grants_of_the_docs_are_enough_also_for_tables_that_come_later(reader: Asking) -> None:
    reader.run("CREATE TABLE t (id int PRIMARY KEY)", *GRANTED, "CREATE TABLE later (id int)")
    reader.run("INSERT INTO t VALUES (1)", "INSERT INTO later VALUES (2)")

    assert reader.check().verdict == ("SUCCEEDED", "")
    assert reader.read("t", "later").records("later") == [{"id": 2}]
    assert reader.discover().streams["t"]["is_resumable"]


def test_an_account_that_may_read_nothing_is_told_so(reader: Asking) -> None:
    reader.run("CREATE TABLE t (id int)")

    status, message = reader.check().verdict

    assert (status, reader.discover().streams) == ("FAILED", {})
    assert "grant it SELECT" in message


def test_a_schema_that_is_not_there_is_named(source: Asking) -> None:
    status, message = source.but(schemas=["public", "nowhere"]).check().verdict

    assert status == "FAILED"
    assert "nowhere" in message


def test_all_schemas_are_meant_where_none_is_named_but_for_postgresqls_own(source: Asking) -> None:
    source.run("CREATE SCHEMA other", "CREATE TABLE other.t (id int)", "CREATE TABLE u (id int)")

    assert set(source.but(schemas=[]).discover().streams) == {"t", "u"}


def test_columns_that_the_account_may_not_read_are_not_there(reader: Asking) -> None:
    reader.run(
        "CREATE TABLE t (id int PRIMARY KEY, name text, secret text)",
        "INSERT INTO t VALUES (1, 'a', 'b')",
        f"GRANT USAGE ON SCHEMA public TO {ROLE}",
        f"GRANT SELECT (id, name) ON t TO {ROLE}",
    )

    offered = reader.discover().streams["t"]

    assert set(offered["json_schema"]["properties"]) == {"id", "name"}
    assert not offered["is_resumable"], "its pages are not this account's"
    assert reader.read("t").records("t") == [{"id": 1, "name": "a"}]


def test_rows_that_are_kept_from_the_account_are_missed_aloud(reader: Asking) -> None:
    reader.run(
        "CREATE TABLE t (id int, owner text)",
        f"INSERT INTO t VALUES (1, '{ROLE}'), (2, 'other')",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own ON t USING (owner = current_user)",
        *GRANTED,
    )

    said, found = reader.read("t"), reader.discover()

    assert [record["id"] for record in said.records("t")] == [1]
    assert "row level security" in said.logs
    assert "row level security" in found.logs


def test_a_cursor_is_proposed_only_where_its_name_leaves_no_doubt(source: Asking) -> None:
    source.run(
        "CREATE TABLE a (id int, Updated_At timestamptz)",
        "CREATE TABLE b (id int, created_at timestamptz)",
        "CREATE TABLE c (id int, updated_at text)",
        "CREATE TABLE d (j json)",
    )

    offered = source.discover().streams

    assert {name: stream.get("default_cursor_field") for name, stream in offered.items()} == {
        "a": ["updated_at"], "b": None, "c": None, "d": None,
    }  # fmt: skip
    assert offered["d"]["supported_sync_modes"] == ["full_refresh"]
    assert offered["a"]["supported_sync_modes"] == ["full_refresh", "incremental"]


def test_a_limit_of_the_accounts_time_does_not_end_a_read(reader: Asking) -> None:
    reader.run(
        "CREATE VIEW slow AS SELECT 1 AS id FROM pg_sleep(0.3)",
        f"ALTER ROLE {ROLE} SET statement_timeout = '100ms'",
        *GRANTED,
    )

    assert reader.read("slow").records("slow") == [{"id": 1}]


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"host": "127.0.0.1", "port": 1}, "transient_error"),
        ({"database": "nobody_made_it"}, "config_error"),
        ({"username": "nobody_made_it"}, "config_error"),
    ],
)
def test_what_may_pass_is_told_from_what_a_person_must_mend(
    source: Asking, changes: dict[str, object], failure: str
) -> None:
    found = source.but(**changes).discover()

    assert found.exit_code == 1
    assert found.error["failure_type"] == failure, found.error
