"""The one door for COPY.

It gets complete blocks only, never waits for a source inside, and has a time limit outside: a
backend that dies in the middle ends in an error here, not in a wait for ever.
"""

import asyncio
import re
from collections.abc import Sequence

import psycopg

from app.core.errors import CopyInterrupted, CopyRefused
from app.database.pool import LaneConnection

_WRITE_BYTES = 1 << 20


async def copy_in(
    lane: LaneConnection, statement: str, block: bytes | bytearray, timeout_s: float
) -> int:
    """Send one complete block of `COPY ... FROM STDIN`; the rows the server took.

    Errors: CopyRefused if a value is refused (nothing of the block is there, and the caller's
            savepoint is to be rolled back), CopyInterrupted if the backend or the time is gone.
    """
    try:
        async with asyncio.timeout(timeout_s):
            async with lane.cursor() as cursor:
                async with cursor.copy(statement) as copy:
                    view = memoryview(block)
                    for start in range(0, len(view), _WRITE_BYTES):
                        await copy.write(view[start : start + _WRITE_BYTES])
                return cursor.rowcount
    except (psycopg.DataError, psycopg.errors.ProgramLimitExceeded) as error:
        raise CopyRefused(_reason(error), sqlstate=error.sqlstate) from None
    except psycopg.OperationalError as error:
        if error.sqlstate == psycopg.errors.StatementTooComplex.sqlstate:
            raise CopyRefused(_reason(error), sqlstate=error.sqlstate) from None
        raise CopyInterrupted("The database connection was lost during a COPY.") from error
    except TimeoutError as error:
        raise CopyInterrupted(f"A COPY did not finish within {timeout_s:g} s.") from error


async def copy_out(lane: LaneConnection, query: str, timeout_s: float) -> bytes:
    """What `COPY ({query}) TO STDOUT (FORMAT csv)` prints.

    Errors: CopyInterrupted.
    """
    try:
        async with asyncio.timeout(timeout_s):
            statement = f"COPY ({query}) TO STDOUT (FORMAT csv)"
            async with lane.cursor() as cursor, cursor.copy(statement) as copy:
                return b"".join([bytes(part) async for part in copy])
    except psycopg.OperationalError as error:
        raise CopyInterrupted("The database connection was lost during a COPY.") from error
    except TimeoutError as error:
        raise CopyInterrupted(f"A COPY did not finish within {timeout_s:g} s.") from error


def _reason(error: psycopg.Error) -> str:
    """The server's name for the failure; never its message, which can quote the value."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()
    return f"PostgreSQL refuses it: {words} (SQLSTATE {error.sqlstate})"


def rows(block: Sequence[bytes]) -> bytes:
    """A block of PostgreSQL's binary COPY format: header, the rows' frames, trailer."""
    return b"".join((_HEADER, *block, _TRAILER))


_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
