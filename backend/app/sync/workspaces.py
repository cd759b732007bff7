"""Workspaces: where sources, destinations and connections live, and whoever may use them."""

import json
from collections.abc import Mapping, Sequence
from uuid import uuid4

from app.core.connections import Workspace
from app.core.errors import StillNeeded, WorkspaceNotFound
from app.core.ids import WorkspaceId
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load
from app.sync.connections.connection_store import HOME_WORKSPACE

SQL = load(__file__)


async def create(session: Session, name: str, as_sent: Mapping[str, object]) -> Workspace:
    workspace_id = WorkspaceId(uuid4())
    await session.execute(SQL["create"], workspace_id, name, json.dumps(as_sent))
    return await get(session, workspace_id)


async def get(session: Session, workspace_id: WorkspaceId) -> Workspace:
    """Errors: WorkspaceNotFound, also if it was deleted."""
    row = await session.fetchrow(SQL["get"], workspace_id)
    if row is None:
        raise WorkspaceNotFound("No workspace has this id.", workspace_id=str(workspace_id))
    return _workspace(row)


async def listed(
    session: Session,
    workspaces: Sequence[WorkspaceId] | None,
    limit: int,
    offset: int,
    *,
    with_deleted: bool = False,
    name_contains: str | None = None,
) -> Sequence[Workspace]:
    """Those that are there, the oldest first. Shape: `workspaces` none are all."""
    rows = await session.fetch(SQL["list"], workspaces, limit, offset, with_deleted, name_contains)
    return [_workspace(row) for row in rows]


async def change(
    session: Session,
    workspace_id: WorkspaceId,
    name: str | None,
    as_sent: Mapping[str, object],
) -> Workspace:
    """Give it another name, and what else is written of it. Errors: WorkspaceNotFound."""
    found = await get(session, workspace_id)
    kept = json.dumps({**found.as_sent, **as_sent})
    await session.execute(SQL["change"], workspace_id, name or found.name, kept)
    return await get(session, workspace_id)


async def delete(session: Session, workspace_id: WorkspaceId) -> None:
    """Delete a workspace in which nothing is; what was in it once stays in the books.

    Errors: WorkspaceNotFound; StillNeeded.
    """
    await get(session, workspace_id)
    if workspace_id == HOME_WORKSPACE:
        raise StillNeeded("The workspace with Atlas's own destination cannot be deleted.")
    await session.execute(SQL["hold"], workspace_id)
    row = await session.fetchrow(SQL["content"], workspace_id)
    assert row is not None  # noqa: S101  it counts
    if listed := [f"{count} {kind}" for kind, count in row.items() if count]:
        raise StillNeeded(f"The workspace still has {', '.join(listed)}: delete these first.")
    await session.execute(SQL["delete"], workspace_id)


def _workspace(row: Row) -> Workspace:
    return Workspace(
        workspace_id=WorkspaceId(row["workspace_id"]),
        name=row["name"],
        as_sent=json.loads(row["as_sent"]),
    )
