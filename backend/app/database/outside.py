"""A session on a PostgreSQL that is not Atlas's own, for a connector that reads it.

It blocks, for the connector is a process of its own; but it never waits where a signal cannot reach it.
"""

import select
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import psycopg
from psycopg import pq

BLOCK_BYTES = 131_072
_IDLE_S = 0.1
"""So long rows wait for more of them before they are passed on."""
PATIENCE_S = 60.0
_CANCEL_S = 2.0

Connection = psycopg.Connection[tuple[object, ...]]


class OutsideFailed(Exception):
    """What the server or the way to it did. Shape: `said` are words that can hold no value of a row."""

    def __init__(self, said: str, sqlstate: str | None) -> None:
        super().__init__(said)
        self.said, self.sqlstate = said, sqlstate


@dataclass(frozen=True, slots=True)
class OutsideSession:
    connection: Connection

    @classmethod
    def open(cls, parameters: Mapping[str, str]) -> Self:
        """Connect by libpq's parameters; nothing is prepared, so that poolers may stand between.

        Errors: OutsideFailed, with what libpq or the server says of the connection.
        """
        try:
            connection = psycopg.connect(
                psycopg.conninfo.make_conninfo(**parameters),
                autocommit=True,
                prepare_threshold=None,
                cursor_factory=psycopg.RawCursor,
            )
        except psycopg.Error as refused:
            raise OutsideFailed(_first_line(refused), refused.sqlstate) from None
        return cls(connection)

    @property
    def server_version(self) -> int:
        return self.connection.info.server_version

    def rows(
        self, statement: str, parameters: Sequence[object] = ()
    ) -> Sequence[tuple[object, ...]]:
        """All that a statement gives, none of one that gives nothing. Errors: OutsideFailed."""
        try:
            found = self.connection.execute(statement.encode(), parameters or None)
            return found.fetchall() if found.description is not None else ()
        except psycopg.Error as refused:
            raise _failed(refused) from None

    def copy_out(self, statement: str) -> Iterator[list[memoryview]]:
        """The rows of a `COPY ... TO STDOUT` as the server sent them, in blocks of about `BLOCK_BYTES`.

        Shape:  a row with its newline; a block is given early when the server is slow, and after each
                `PATIENCE_S` of silence an empty one.
        Errors: OutsideFailed; what was given before is whole rows.
        """
        try:
            yield from self._copy_out(statement.encode())
        except psycopg.Error as broken:
            raise _failed(broken) from None

    def cancel(self) -> None:
        """Let the server stop what it does for this session, as far as it can be reached."""
        try:
            self.connection.cancel_safe(timeout=_CANCEL_S)
        except psycopg.Error:
            return  # it notices when it next writes to us

    def close(self) -> None:
        self.connection.close()

    def _copy_out(self, statement: bytes) -> Iterator[list[memoryview]]:
        server = self.connection.pgconn
        server.send_query(statement)
        while server.is_busy():  # it says nothing before its first rows, which it may have to sort
            while not self._wait(PATIENCE_S):
                yield []
            server.consume_input()
        self._require(pq.ExecStatus.COPY_OUT)
        rows: list[memoryview] = []
        size, get = 0, server.get_copy_data
        while True:
            taken, row = get(1)
            if taken > 0:
                rows.append(row)
                size += taken
                if size >= BLOCK_BYTES:
                    yield rows
                    rows, size = [], 0
            elif taken == 0:
                while not self._wait(_IDLE_S if rows else PATIENCE_S):
                    yield rows
                    rows, size = [], 0
                server.consume_input()
            else:
                break
        if rows:
            yield rows
        self._require(pq.ExecStatus.COMMAND_OK)
        while server.get_result() is not None:
            pass

    def _require(self, status: pq.ExecStatus) -> None:
        """Wait for the next result. Errors: psycopg.Error if it is another one."""
        server = self.connection.pgconn
        while server.is_busy():
            self._wait(None)
            server.consume_input()
        result = server.get_result()
        if result is not None and result.status == status:
            return
        while server.get_result() is not None:
            pass
        if result is None or result.status != pq.ExecStatus.FATAL_ERROR:
            raise psycopg.OperationalError("the server did not answer as the protocol has it")
        raise psycopg.errors.error_from_result(result)

    def _wait(self, timeout_s: float | None) -> bool:
        return bool(select.select([self.connection.pgconn.socket], [], [], timeout_s)[0])


def _failed(error: psycopg.Error) -> OutsideFailed:
    """The server's name for a failure; never its message, which can quote a value."""
    if error.sqlstate is None:
        return OutsideFailed("the connection was lost", None)
    return OutsideFailed(
        f"PostgreSQL says {type(error).__name__} (SQLSTATE {error.sqlstate})", error.sqlstate
    )


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0]
