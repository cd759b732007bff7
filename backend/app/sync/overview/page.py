"""The overview as the API shows it: one statement gives the whole answer, made by PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.connections import ConnectionStatus
from app.core.ids import WorkspaceId
from app.database.pool import Connection
from app.database.queries import load
from app.sync.overview.troubles import RELATIONS, TROUBLES, TroubleWish

SQL = load(__file__)

_PAGE = SQL["page"].format(relations=RELATIONS, troubles=TROUBLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which connections are listed. Shape: a None leaves nothing out; `name` is a part of it; `workspace_ids`
    alone bound what is counted."""

    workspace_ids: Sequence[WorkspaceId] | None = None
    name: str | None = None
    trouble: TroubleWish | None = None
    tag_ids: Sequence[UUID] | None = None
    status: ConnectionStatus | None = None
    connection_id: UUID | None = None


async def shown(
    connection: Connection, wanted: Wanted, *, limit: int, offset: int
) -> tuple[str, int]:
    """The overview as JSON, with a page of connections; and how many there are of these in all."""
    row = await connection.fetchrow(
        _PAGE, wanted.workspace_ids, wanted.name, wanted.trouble, wanted.tag_ids, limit, offset,
        wanted.status, wanted.connection_id,
    )  # fmt: skip
    assert row is not None  # noqa: S101  it counts
    return row["shown"], row["found"]
