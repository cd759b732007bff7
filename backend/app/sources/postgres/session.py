"""The one session in which everything is asked and read: one snapshot, and nothing can be written."""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.database.outside import OutsideFailed, OutsideSession
from app.database.queries import load
from app.sources.postgres.configuration import Configuration, with_files
from app.sources.postgres.failing import Stopped, broken, unreachable

SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Units: `page_bytes` of a page of a table's file.

    Shape: `horizon` is a transaction's number of 64 bits; every older one was seen, or will never be.
    """

    horizon: int
    page_bytes: int


@contextlib.contextmanager
def opened(configuration: Configuration) -> Iterator[OutsideSession]:
    """A session with its transaction begun; what the server still does is cancelled if this program is ended.

    Errors: Failed.
    """
    with contextlib.ExitStack() as stack:
        # libpq reads the certificates again if it has to cancel
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tls-"))
        try:
            session = OutsideSession.open(with_files(configuration, Path(folder)))
        except OutsideFailed as refused:
            raise unreachable(refused) from None
        stack.callback(session.close)
        try:
            session.rows(SQL["begin"])
            yield session
        except OutsideFailed as refused:
            raise broken(refused, "looking at the database") from None
        except Stopped:
            session.cancel()
            raise


def snapshot(session: OutsideSession) -> Snapshot:
    ((horizon, page_bytes),) = session.rows(SQL["horizon"])
    return Snapshot(int(str(horizon)), int(str(page_bytes)))


def missing_schemas(session: OutsideSession, schemas: Sequence[str]) -> Sequence[str]:
    return [str(name) for (name,) in session.rows(SQL["missing_schemas"], [list(schemas)])]
