"""Rules that a stream's records need not keep, from the next promotion or replay on.

`required:{column}`: a row may lack the value. `type:{column}`: a value that does not fit becomes null, and
`_airbyte_meta` says so. Keys and cursors have no waiver: without them a row has no place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.catalog import StreamDescriptor
from app.core.errors import RuleNotWaivable, StreamNotInCatalog
from app.core.ids import ConnectionId
from app.database.pool import Connection as Session
from app.database.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Waiver:
    stream: StreamDescriptor
    rule: str
    waived_by: str
    waived_at: datetime


async def waive(
    session: Session, connection_id: ConnectionId, stream: StreamDescriptor, rule: str, by: str
) -> None:
    """Errors: StreamNotInCatalog; RuleNotWaivable, also if the stream has no such column."""
    stream_id = await _stream(session, connection_id, stream)
    kind, _, column = rule.partition(":")
    if kind not in ("required", "type"):
        raise RuleNotWaivable("Only the rules required:{column} and type:{column} can be waived.")
    if not await session.fetchval(SQL["has_column"], stream_id, column):
        raise RuleNotWaivable("The stream has no column of this name.")
    await session.execute(SQL["waive"], stream_id, rule, by)


async def restore(
    session: Session, connection_id: ConnectionId, stream: StreamDescriptor, rule: str
) -> None:
    """Let a rule hold again; what was published without it stays. Errors: StreamNotInCatalog."""
    stream_id = await _stream(session, connection_id, stream)
    await session.execute(SQL["restore"], stream_id, rule)


async def listed(session: Session, connection_id: ConnectionId) -> Sequence[Waiver]:
    """A connection's waivers, in the order of its streams."""
    return [
        Waiver(
            StreamDescriptor(row["name"], row["namespace"]),
            row["rule"],
            row["waived_by"],
            row["waived_at"],
        )
        for row in await session.fetch(SQL["list"], connection_id)
    ]


async def _stream(session: Session, connection_id: ConnectionId, stream: StreamDescriptor) -> int:
    found = await session.fetchval(
        SQL["stream"], connection_id, stream.name, stream.namespace or ""
    )
    if found is None:
        raise StreamNotInCatalog("The connection has no stream of this name.", stream=str(stream))
    return int(found)
