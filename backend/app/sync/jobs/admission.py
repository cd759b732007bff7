"""How many of a workspace's jobs are in the queue at once, so that one cannot fill it for all."""

from collections.abc import Sequence

from app.core.ids import JobId, WorkspaceId
from app.database.pool import Connection
from app.database.queries import load

SQL = load(__file__)


async def let_in(session: Connection, workspace_id: WorkspaceId, cap: int) -> Sequence[JobId]:
    """Let as many of a workspace's waiting jobs into the queue as fit; which.

    Shape: `cap` where the workspace has none of its own. Who calls it queues them in the same
           transaction, and touches no row of another job after it.
    """
    limit: int = await session.fetchval(SQL["lock_workspace"], workspace_id, cap)
    rows = await session.fetch(SQL["let_in"], workspace_id, limit)
    return sorted(JobId(row["job_id"]) for row in rows)


async def waiting_workspaces(session: Connection) -> Sequence[WorkspaceId]:
    """The workspaces with jobs that were not let in yet."""
    rows = await session.fetch(SQL["waiting_workspaces"])
    return [WorkspaceId(row["workspace_id"]) for row in rows]
