"""Remotes in PostgreSQL."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from app.core.errors import RemoteNotFound, StillNeeded
from app.core.ids import RemoteId, WorkspaceId
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load
from app.sync.connections import connection_store

SQL = load(__file__)

ENVIRONMENTS = RemoteId(UUID("00000000-0000-0000-0000-000000000003"))
"""The one that the environment names, where it names one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRow:
    """A remote as it is kept. Shape: `secret` is what stands for it; none of the environment's own."""

    remote_id: RemoteId
    workspace_id: WorkspaceId
    name: str
    api_url: str
    config_api_url: str | None
    client_id: str
    secret: object = field(repr=False)
    is_from_environment: bool
    created_at: datetime


async def create(
    session: Session,
    workspace_id: WorkspaceId,
    name: str,
    api_url: str,
    config_api_url: str | None,
    client_id: str,
) -> RemoteId:
    """A remote without its secret yet. Errors: WorkspaceNotFound."""
    await connection_store.require_workspace(session, workspace_id)
    remote_id = RemoteId(uuid4())
    await session.execute(
        SQL["create"], remote_id, workspace_id, name, api_url, config_api_url, client_id
    )
    return remote_id


async def set_by_environment(session: Session, api_url: str, client_id: str) -> None:
    """Let the remote be there that the environment names."""
    await session.execute(
        SQL["set_by_environment"],
        ENVIRONMENTS,
        connection_store.HOME_WORKSPACE,
        "airbyte",
        api_url,
        client_id,
    )


async def change(
    session: Session,
    remote_id: RemoteId,
    *,
    name: str | None,
    api_url: str | None,
    config_api_url: str | None,
    drops_config_api_url: bool,
    client_id: str | None,
) -> None:
    """Change what is given."""
    await session.execute(
        SQL["change"], remote_id, name, api_url, config_api_url, client_id, drops_config_api_url
    )


async def keep_secret(session: Session, remote_id: RemoteId, stands_for_it: object) -> None:
    await session.execute(SQL["keep_secret"], remote_id, json.dumps(stands_for_it))


async def get(session: Session, remote_id: RemoteId) -> RemoteRow:
    """Errors: RemoteNotFound."""
    row = await session.fetchrow(SQL["get"], remote_id)
    if row is None:
        raise RemoteNotFound("No remote has this id.", remote_id=str(remote_id))
    return _remote(row)


async def find(session: Session, name_or_id: str) -> RemoteRow:
    """The remote of an id or, where it is the only one, of a name. Errors: RemoteNotFound."""
    rows = await session.fetch(SQL["find"], name_or_id)
    if len(rows) != 1:
        how_many = "No remote has" if not rows else "Several remotes have"
        raise RemoteNotFound(f"{how_many} this name or id: {name_or_id}")
    return _remote(rows[0])


async def listed(
    session: Session, workspaces: Sequence[WorkspaceId] | None, limit: int, offset: int
) -> Sequence[RemoteRow]:
    rows = await session.fetch(SQL["list"], workspaces, limit, offset)
    return [_remote(row) for row in rows]


async def delete(session: Session, remote_id: RemoteId) -> None:
    """Forget a remote and its secret; what it did stays in the books. Errors: StillNeeded while it moves connections."""
    names = [row["name"] for row in await session.fetch(SQL["used_by"], remote_id)]
    if names:
        raise StillNeeded(
            f"It moves connections: {', '.join(names)}. Move them to Atlas's own engine, or delete them.",
            remote_id=str(remote_id),
        )
    await session.execute(SQL["delete"], remote_id)


def _remote(row: Row) -> RemoteRow:
    secret: Mapping[str, object] | None = (
        json.loads(row["client_secret"]) if row["client_secret"] else None
    )
    return RemoteRow(
        remote_id=RemoteId(row["remote_id"]),
        workspace_id=WorkspaceId(row["workspace_id"]),
        name=row["name"],
        api_url=row["api_url"],
        config_api_url=row["config_api_url"],
        client_id=row["client_id"],
        secret=secret,
        is_from_environment=row["is_from_environment"],
        created_at=row["created_at"],
    )
