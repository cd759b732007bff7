"""What a connection says of its jobs, and a workspace of how many of them run; null is the setting's."""

from dataclasses import dataclass

from app.core.errors import ConnectionNotFound, WorkspaceNotFound
from app.core.ids import ConnectionId, WorkspaceId
from app.database.pool import Connection
from app.database.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTerms:
    """Units: seconds. Shape: of two queued jobs the one of higher `priority` is taken first."""

    queue: str = "sync"
    priority: int = 0
    max_duration_s: int | None = None
    retry_wait_s: float | None = None
    retry_factor: float | None = None
    retry_cap_s: float | None = None


async def of_connection(session: Connection, connection_id: ConnectionId) -> ConnectionTerms:
    """Errors: ConnectionNotFound."""
    row = await session.fetchrow(SQL["of_connection"], connection_id)
    if row is None:
        raise ConnectionNotFound("No connection has this id.", connection_id=str(connection_id))
    return ConnectionTerms(**row)


async def keep(session: Connection, connection_id: ConnectionId, terms: ConnectionTerms) -> None:
    """Let terms hold from the connection's next attempt on. Errors: ConnectionNotFound."""
    found = await session.fetchval(
        SQL["keep"], connection_id, terms.queue, terms.priority, terms.max_duration_s,
        terms.retry_wait_s, terms.retry_factor, terms.retry_cap_s,
    )  # fmt: skip
    if found is None:
        raise ConnectionNotFound("No connection has this id.", connection_id=str(connection_id))


async def most_running(session: Connection, workspace_id: WorkspaceId) -> int | None:
    """The most jobs of a workspace that are queued or running. Errors: WorkspaceNotFound."""
    row = await session.fetchrow(SQL["most_running"], workspace_id)
    if row is None:
        raise WorkspaceNotFound("No workspace has this id.", workspace_id=str(workspace_id))
    found: int | None = row["max_running"]
    return found


async def let_run(session: Connection, workspace_id: WorkspaceId, jobs: int | None) -> None:
    """Let so many jobs of a workspace be queued or running from now on. Errors: WorkspaceNotFound."""
    if await session.fetchval(SQL["let_run"], workspace_id, jobs) is None:
        raise WorkspaceNotFound("No workspace has this id.", workspace_id=str(workspace_id))
