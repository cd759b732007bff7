"""A session on somebody else's PostgreSQL: rows out of it, and how it fails."""

import threading
from collections.abc import Iterator

import pytest
from psycopg.conninfo import conninfo_to_dict

from app.database import outside
from app.database.outside import OutsideFailed, OutsideSession


@pytest.fixture
def parameters(server: str) -> dict[str, str]:
    return {name: str(value) for name, value in conninfo_to_dict(server).items()}


@pytest.fixture
def session(parameters: dict[str, str]) -> Iterator[OutsideSession]:
    opened = OutsideSession.open(parameters)
    yield opened
    opened.close()


def copied(session: OutsideSession, query: str) -> list[bytes]:
    statement = f"COPY ({query}) TO STDOUT"
    return [bytes(row) for block in session.copy_out(statement) for row in block]


def test_rows_come_as_they_were_sent_and_the_session_is_there_for_more(
    session: OutsideSession,
) -> None:
    for _ in range(2):
        rows = copied(session, "SELECT g, repeat('x', 100) FROM generate_series(1, 10000) g")

        assert len(rows) == 10_000
        assert rows[-1] == b"10000\t" + b"x" * 100 + b"\n"
    assert session.rows("SELECT $1::int + 1, 'a'", [41]) == [(42, "a")]
    assert copied(session, "SELECT 1 WHERE false") == []


def test_blocks_are_bounded_whatever_is_copied(session: OutsideSession) -> None:
    statement = "COPY (SELECT repeat('x', 10000) FROM generate_series(1, 1000) g) TO STDOUT"

    sizes = [sum(map(len, block)) for block in session.copy_out(statement)]

    assert sum(sizes) == 1_000 * 10_001
    assert max(sizes) < outside.BLOCK_BYTES + 10_001


@pytest.mark.parametrize(
    "query", ["SELECT 'secret 4711'::int", "SELECT (CASE WHEN g < 9000 THEN '1' ELSE 'secret 4711' END)::int FROM generate_series(1, 9000) g"]
)  # fmt: skip
def test_what_the_server_refuses_is_told_by_its_name_and_not_by_its_words(
    session: OutsideSession, query: str
) -> None:
    with pytest.raises(OutsideFailed) as failed:
        copied(session, query)

    assert failed.value.sqlstate == "22P02"
    assert "InvalidTextRepresentation" in failed.value.said
    assert "4711" not in failed.value.said
    assert copied(session, "SELECT 1") == [b"1\n"]


def test_silence_is_told_while_the_server_is_at_work(
    session: OutsideSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "PATIENCE_S", 0.2)

    blocks = list(session.copy_out("COPY (SELECT 1 FROM pg_sleep(1.5)) TO STDOUT"))

    assert blocks.count([]) >= 2
    assert [bytes(row) for block in blocks for row in block] == [b"1\n"]


def test_a_session_that_is_lost_is_told_so(
    session: OutsideSession, parameters: dict[str, str]
) -> None:
    other = OutsideSession.open(parameters)
    ((pid,),) = session.rows("SELECT pg_backend_pid()")
    other.rows("SELECT pg_terminate_backend($1)", [pid])
    other.close()

    with pytest.raises(OutsideFailed) as failed:
        session.rows("SELECT 1")

    assert failed.value.sqlstate in (None, "57P01")


def test_what_the_server_does_is_cancelled(session: OutsideSession) -> None:
    timer = threading.Timer(0.5, session.cancel)
    timer.start()

    with pytest.raises(OutsideFailed) as failed:
        copied(session, "SELECT 1 FROM pg_sleep(600)")

    timer.join()
    assert failed.value.sqlstate == "57014"


def test_a_server_that_is_not_there_is_told_without_the_password(
    parameters: dict[str, str],
) -> None:
    nobody = {**parameters, "host": "127.0.0.1", "port": "1", "password": "correct horse"}

    with pytest.raises(OutsideFailed) as failed:
        OutsideSession.open(nobody)

    assert "refused" in failed.value.said
    assert "correct horse" not in failed.value.said
