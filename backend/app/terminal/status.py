"""`atlas status`: the connections, and how their newest jobs stand."""

import json

from rich.console import Console
from rich.table import Table

from app.main import Atlas
from app.sync import ledger
from app.sync.connections import connection_store
from app.sync.jobs import job_store

_SHOWN = 100


async def show_status(console: Console, atlas: Atlas, *, as_json: bool) -> None:
    lines: list[dict[str, object]] = []
    async with atlas.database.connection() as session:
        for connection in await connection_store.list_connections(session, None, _SHOWN, 0):
            job = await job_store.latest(session, connection.connection_id)
            line: dict[str, object] = {
                "connection": connection.name,
                "connectionId": str(connection.connection_id),
                "job": None,
            }
            if job is not None:
                books = await ledger.books(session, job.job_id)
                line |= {
                    "job": job.job_id,
                    "status": job.status.value,
                    "mode": job.mode.value if job.mode else None,
                    "updatedAt": job.updated_at.isoformat(),
                    "read": sum(book.read for book in books),
                    "charted": sum(book.charted for book in books),
                    "quarantined": sum(book.quarantined + book.rejected for book in books),
                    "held": sum(book.held for book in books),
                    "balanced": all(book.is_balanced for book in books),
                }
            lines.append(line)
    if as_json:
        print(json.dumps({"connections": lines}))
        return
    if not lines:
        console.print("No connections yet. `atlas demo` makes one.")
        return
    table = Table()
    columns = (
        "connection",
        "job",
        "status",
        "mode",
        "read",
        "charted",
        "quarantined",
        "held",
        "balanced",
    )
    for column in (*columns, "updatedAt"):
        table.add_column(column)
    for line in lines:
        table.add_row(
            *("" if line.get(c) is None else str(line[c]) for c in (*columns, "updatedAt"))
        )
    console.print(table)
