"""Looks at rows of chart and navigate in which a person has let something be seen that was masked."""

from fastapi import Request

from app.api.audit_trail import note_look
from app.core.access import Caller
from app.core.connections import ConnectedStream
from app.database.pool import Connection
from app.gates.pii import decisions as pii_decisions


async def note_look_at_rows(
    request: Request, session: Connection, caller: Caller, stream: ConnectedStream, rows: int
) -> None:
    """Write down that somebody was shown rows, and which of their columns a person has unmasked.

    Shape: nothing is written where there are no rows, or no such column: a look at tokens is no look.
    """
    if not rows:
        return
    opened = {path[0] for path in await pii_decisions.unmasked(session, stream.stream_id)}
    columns = [column.name for column in stream.layout.columns if column.path[0] in opened]
    if columns:
        await note_look(request, session, caller, columns=columns, rows=rows)
