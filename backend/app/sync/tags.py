"""Tags: words with a colour that a workspace puts on its connections."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from app.core.connections import Tag
from app.core.errors import TagIsThere, TagNotFound
from app.core.ids import ConnectionId, TagId, WorkspaceId
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load

SQL = load(__file__)


async def create(session: Session, workspace_id: WorkspaceId, name: str, color: str) -> Tag:
    """Errors: TagIsThere if the workspace has one of this name."""
    tag_id = TagId(uuid4())
    if await session.fetchval(SQL["create"], tag_id, workspace_id, name, color) is None:
        raise _is_there(name)
    return await get(session, tag_id)


async def get(session: Session, tag_id: TagId) -> Tag:
    """Errors: TagNotFound."""
    row = await session.fetchrow(SQL["get"], tag_id)
    if row is None:
        raise TagNotFound("No tag has this id.", tag_id=str(tag_id))
    return _tag(row)


async def listed(session: Session, workspaces: Sequence[WorkspaceId] | None) -> Sequence[Tag]:
    """By workspace, then by name. Shape: `workspaces` none are all."""
    return [_tag(row) for row in await session.fetch(SQL["list"], workspaces)]


async def change(session: Session, tag_id: TagId, name: str, color: str) -> Tag:
    """Errors: TagNotFound; TagIsThere."""
    found = await get(session, tag_id)
    if await session.fetchval(SQL["is_taken"], found.workspace_id, name, tag_id):
        raise _is_there(name)
    await session.execute(SQL["change"], tag_id, name, color)
    return await get(session, tag_id)


async def delete(session: Session, tag_id: TagId) -> None:
    """Take a tag away, also from the connections that have it. Errors: TagNotFound."""
    await get(session, tag_id)
    await session.execute(SQL["delete"], tag_id)


async def put_on(
    session: Session, connection_id: ConnectionId, workspace_id: WorkspaceId, chosen: Sequence[UUID]
) -> None:
    """Let a connection have these tags and no others, in this order.

    Errors: TagNotFound, also for another workspace's.
    """
    wanted = list(dict.fromkeys(chosen))
    known = {tag.tag_id for tag in await listed(session, [workspace_id])}
    if unknown := [tag_id for tag_id in wanted if tag_id not in known]:
        raise TagNotFound("The connection's workspace has no such tag.", tag_id=str(unknown[0]))
    await session.execute(SQL["take_off"], connection_id)
    await session.execute(SQL["put_on"], connection_id, wanted, workspace_id)


async def of_connections(
    session: Session, connection_ids: Sequence[ConnectionId]
) -> Mapping[ConnectionId, Sequence[Tag]]:
    """Each connection's tags in the order in which they were put on; none of one without."""
    found: dict[ConnectionId, list[Tag]] = {}
    for row in await session.fetch(SQL["of_connections"], connection_ids):
        found.setdefault(ConnectionId(row["connection_id"]), []).append(_tag(row))
    return found


def _is_there(name: str) -> TagIsThere:
    return TagIsThere(f"The workspace has a tag {name!r} already.")


def _tag(row: Row) -> Tag:
    return Tag(
        tag_id=TagId(row["tag_id"]),
        workspace_id=WorkspaceId(row["workspace_id"]),
        name=row["name"],
        color=row["color"],
    )
