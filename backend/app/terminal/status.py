"""`atlas status`: the connections, and how their newest jobs stand."""

import json
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from app.core.connections import Connection
from app.core.jobs import Ledger
from app.core.remotes import Engine
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.main import Atlas
from app.sync import ledger
from app.sync.connections import connection_store
from app.sync.jobs import job_store, report
from app.sync.remotes import remote_runs
from app.terminal import elsewhere

_AT_ONCE = 100
_BOOKED = ("read", "charted", "quarantined", "held", "balanced")
_COLUMNS = ("connection", "job", "status", "mode", *_BOOKED)
_ELSEWHERE = ("rows", "verification")

Line = Mapping[str, object]


async def show_status(console: Console, atlas: Atlas, *, as_json: bool) -> None:
    lines = await lines_of(atlas.database)
    if as_json:
        print(json.dumps({"connections": lines}))
        return
    if not lines:
        console.print("No connections yet. `atlas demo` makes one.")
        return
    console.print(_table(lines))


async def lines_of(database: Database) -> Sequence[Line]:
    """One line a connection, the oldest first.

    Shape: `balanced` is null while nothing was read. Of a job that a remote does there are no books: the counts are null
           too, and `remote` has what it says.
    """
    lines: list[Line] = []
    async with database.connection() as session:
        while page := await connection_store.list_connections(session, None, _AT_ONCE, len(lines)):
            lines += [await _line(session, connection) for connection in page]
    return lines


async def _line(session: Session, connection: Connection) -> Line:
    job = await job_store.latest(session, connection.connection_id)
    line: dict[str, object] = {
        "connection": connection.name,
        "connectionId": str(connection.connection_id),
        "job": None,
    }
    if job is None:
        return line
    line |= {
        "job": job.job_id,
        "engine": job.engine.value,
        "status": job.status.value,
        "mode": job.mode.value if job.mode else None,
        "updatedAt": job.updated_at.isoformat(),
    }
    if job.engine is Engine.LOCAL:
        return line | _booked(await ledger.books(session, job.job_id)) | {"remote": None}
    run = await remote_runs.newest(session, job.job_id)
    return line | dict.fromkeys(_BOOKED) | {"remote": elsewhere.as_json(run)}


def _booked(books: Sequence[Ledger]) -> dict[str, object]:
    return {
        "read": sum(book.read for book in books),
        "charted": sum(book.charted for book in books),
        "quarantined": sum(book.quarantined + book.rejected for book in books),
        "held": sum(book.held for book in books),
        "balanced": report.balance_of(books),
    }


def _table(lines: Sequence[Line]) -> Table:
    """Shape: what remotes say has columns where any connection is one of a remote's."""
    has_remotes = any(line.get("remote") for line in lines)
    columns = (*_COLUMNS, *(_ELSEWHERE if has_remotes else ()), "updatedAt")
    table = Table()
    for column in columns:
        table.add_column(column)
    for line in lines:
        remote = line.get("remote")
        shown = {**(remote if isinstance(remote, dict) else {}), **line}
        table.add_row(*("" if shown.get(name) is None else str(shown[name]) for name in columns))
    return table
