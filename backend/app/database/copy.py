"""The one door for COPY.

It gets complete blocks only, never waits for a source inside, and has a time limit outside: a
backend that dies in the middle ends in an error here, not in a wait for ever.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator

import psycopg

from app.core.failures import (
    CopyInterrupted,
    CopyRefused,
    DatabaseFull,
)
from app.database.pool import LaneConnection


async def copy_in(
    lane: LaneConnection, statement: str, block: Iterable[bytes], timeout_s: float
) -> int:
    """Send one complete block of `COPY ... FROM STDIN`; the rows the server took.

    Shape:  the block's pieces are made from what is in memory, each while the server is still busy
            with the one before; pieces of some 100 kB fill its socket and are soon made.
    Errors: CopyRefused if a value is refused (nothing of the block is there, and the caller's
            savepoint is to be rolled back), DatabaseFull, CopyInterrupted if the backend or the time is gone.
    """
    try:
        async with asyncio.timeout(timeout_s):
            async with lane.cursor() as cursor:
                async with cursor.copy(statement) as copy:
                    for piece in block:
                        await copy.write(piece)
                return cursor.rowcount
    except (psycopg.DataError, psycopg.errors.ProgramLimitExceeded) as error:
        raise CopyRefused(_reason(error), sqlstate=error.sqlstate) from None
    except psycopg.errors.DiskFull as error:
        raise DatabaseFull.when("in the middle of a COPY") from error
    except psycopg.OperationalError as error:
        if error.sqlstate == psycopg.errors.StatementTooComplex.sqlstate:
            raise CopyRefused(_reason(error), sqlstate=error.sqlstate) from None
        raise CopyInterrupted(_broken_off(error)) from error
    except TimeoutError as error:
        raise CopyInterrupted(f"A COPY did not finish within {timeout_s:g} s.") from error


def _reason(error: psycopg.Error) -> str:
    """The server's name for the failure; never its message, which can quote the value."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()
    return f"PostgreSQL refuses it: {words} (SQLSTATE {error.sqlstate})"


def _broken_off(error: psycopg.Error) -> str:
    """A lost connection and a lock that was waited for too long are told apart."""
    return f"The database broke a COPY off in the middle ({type(error).__name__})."


def rows(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A block of PostgreSQL's binary COPY format: header, the rows' frames, trailer."""
    yield _HEADER
    yield from pieces
    yield _TRAILER


_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
