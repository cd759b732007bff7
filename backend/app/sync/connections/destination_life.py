"""Destinations that clients make beside the one that every Atlas has: other names for the same layers."""

import json
from collections.abc import Mapping
from uuid import uuid4

from app.core.connections import Destination
from app.core.errors import DestinationNotAtlas, StillNeeded
from app.core.ids import DestinationId, WorkspaceId
from app.database.pool import Connection as Session
from app.database.queries import load
from app.processes.redaction import without_secrets
from app.sync.connections import connection_store
from app.sync.connections.connection_store import HOME_DESTINATION

SQL = load(__file__)

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


async def create(
    session: Session,
    workspace_id: WorkspaceId,
    name: str,
    configuration: Mapping[str, object],
    resource_allocation: Mapping[str, object] | None,
) -> Destination:
    """Another destination of this very PostgreSQL. Errors: WorkspaceNotFound; DestinationNotAtlas."""
    await connection_store.require_workspace(session, workspace_id)
    await _require_own(session, configuration)
    destination_id = DestinationId(uuid4())
    await session.execute(
        SQL["create"], destination_id, workspace_id, name, json.dumps(without_secrets(configuration)),
        json.dumps(resource_allocation) if resource_allocation else None,
    )  # fmt: skip
    return await connection_store.get_destination(session, destination_id)


async def change(
    session: Session,
    destination_id: DestinationId,
    *,
    name: str | None = None,
    configuration: Mapping[str, object] | None = None,
    resource_allocation: Mapping[str, object] | None = None,
) -> Destination:
    """Change what is given of a destination. Errors: DestinationNotFound; DestinationNotAtlas."""
    found = await connection_store.get_destination(session, destination_id)
    wanted = found.configuration if configuration is None else configuration
    if configuration is not None:
        await _require_own(session, configuration)
    if destination_id == HOME_DESTINATION and without_secrets(wanted) != found.configuration:
        raise DestinationNotAtlas("Atlas's own destination is configured by Atlas alone.")
    await session.execute(
        SQL["change"], destination_id, name, json.dumps(without_secrets(wanted)),
        json.dumps(resource_allocation) if resource_allocation else None,
    )  # fmt: skip
    return await connection_store.get_destination(session, destination_id)


async def delete(session: Session, destination_id: DestinationId) -> None:
    """Errors: DestinationNotFound; StillNeeded for Atlas's own, or while a connection writes into it."""
    await connection_store.get_destination(session, destination_id)
    if destination_id == HOME_DESTINATION:
        raise StillNeeded("This destination is Atlas itself: it cannot be deleted.")
    count = await session.fetchval(SQL["connections"], destination_id)
    if count:
        raise StillNeeded(f"{count} connections write into this destination: delete these first.")
    await session.execute(SQL["delete"], destination_id)


async def _require_own(session: Session, configuration: Mapping[str, object]) -> None:
    """Errors: DestinationNotAtlas for any other server or database than the one Atlas works on."""
    own = (await connection_store.get_destination(session, HOME_DESTINATION)).configuration
    if configuration.get("destinationType") != "postgres":
        raise DestinationNotAtlas(
            "Atlas writes into its own PostgreSQL only: configuration.destinationType is postgres."
        )
    if wrong := [
        name for name in ("host", "port", "database") if not _same(name, configuration, own)
    ]:
        raise DestinationNotAtlas(
            f"Atlas writes into its own PostgreSQL only: {own['host']}, port {own['port']}, database "
            f"{own['database']}. Of the configuration, {', '.join(wrong)} name another."
        )


def _same(name: str, configuration: Mapping[str, object], own: Mapping[str, object]) -> bool:
    given, ours = str(configuration.get(name)), str(own[name])
    if name != "host":
        return given == ours
    return given.lower() == ours.lower() or {given.lower(), ours.lower()} <= _HERE
