"""Which connection at a remote one of Atlas's stands for, and what a success of it must show."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from uuid import UUID

from app.core.errors import RemoteNotFound
from app.core.ids import ConnectionId, RemoteId, WorkspaceId
from app.core.remotes import Elsewhere, Engine
from app.database.pool import Connection as Session
from app.database.queries import load
from app.remote.verification import Policy, policy_of

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the remote told of a connection when it was imported: names, and no value of a configuration.

    Shape: `missing` are the places of secrets that it did not give (RFC 6901).
    """

    source: str
    source_type: str
    destination: str
    destination_type: str
    schedule_type: str
    schedule: str
    missing: Sequence[str] = ()
    has_schemas: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Shape: `profile` as it is stored, its secrets locked; none where the destination is not asked."""

    connection_id: ConnectionId
    workspace_id: WorkspaceId
    remote_id: RemoteId
    remote_connection_id: UUID
    facts: Facts
    policy: Policy
    profile: Mapping[str, object] | None = field(repr=False)


async def link(
    session: Session,
    connection_id: ConnectionId,
    workspace_id: WorkspaceId,
    remote_id: RemoteId,
    remote_connection_id: UUID,
    facts: Facts,
    elsewhere: Elsewhere,
) -> None:
    """Let a connection stand for one at a remote."""
    await session.execute(
        SQL["link"], connection_id, workspace_id, remote_id, remote_connection_id,
        json.dumps(asdict(facts)), json.dumps(elsewhere.as_json()),
    )  # fmt: skip


async def find(session: Session, connection_id: ConnectionId) -> Link | None:
    row = await session.fetchrow(SQL["of_connection"], connection_id)
    if row is None:
        return None
    return Link(
        connection_id=connection_id,
        workspace_id=WorkspaceId(row["workspace_id"]),
        remote_id=RemoteId(row["remote_id"]),
        remote_connection_id=row["remote_connection_id"],
        facts=Facts(**json.loads(row["facts"])),
        policy=policy_of(json.loads(row["policy"])),
        profile=json.loads(row["profile"]) if row["profile"] else None,
    )


async def get(session: Session, connection_id: ConnectionId) -> Link:
    """Errors: RemoteNotFound for a connection that was never one of a remote."""
    found = await find(session, connection_id)
    if found is None:
        raise RemoteNotFound(
            "The connection stands for none of a remote.", connection_id=str(connection_id)
        )
    return found


async def imported(session: Session, remote_id: RemoteId) -> Mapping[UUID, ConnectionId]:
    """The connections of a remote that are here already, by their ids there."""
    rows = await session.fetch(SQL["imported"], remote_id)
    return {row["remote_connection_id"]: ConnectionId(row["connection_id"]) for row in rows}


async def keep_terms(
    session: Session,
    connection_id: ConnectionId,
    policy: Policy,
    profile: Mapping[str, object] | None,
) -> None:
    """Keep what a success must show, and how its destination is asked."""
    stored = None if profile is None else json.dumps(profile)
    await session.execute(SQL["keep_terms"], connection_id, json.dumps(policy.as_json()), stored)


async def set_engine(session: Session, connection_id: ConnectionId, engine: Engine) -> None:
    """Let another engine move a connection's records, from its next job on."""
    await session.execute(SQL["set_engine"], connection_id, engine)
