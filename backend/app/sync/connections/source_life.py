"""A source after it was made: changed, deleted."""

import json
from collections.abc import Mapping, Sequence

from app.core.connections import Source
from app.core.errors import SourceNotFound
from app.core.ids import ConnectionId, JobId, SourceId
from app.database.pool import Connection as Session
from app.database.queries import load
from app.secrets import secret_store
from app.sync.connections import catalogs, connection_life, connection_store
from app.sync.jobs.transitions import Transitions

SQL = load(__file__)


async def present(session: Session, source_id: SourceId) -> Source:
    """A source that was not deleted. Errors: SourceNotFound."""
    if not await session.fetchval(SQL["is_present"], source_id):
        raise SourceNotFound("No source has this id.", source_id=str(source_id))
    return await connection_store.get_source(session, source_id)


async def change(
    session: Session,
    source_id: SourceId,
    *,
    name: str | None = None,
    resource_allocation: Mapping[str, object] | None = None,
) -> Source:
    """Change what is given of a source; tables keep their names. Errors: SourceNotFound."""
    await present(session, source_id)
    allocation = json.dumps(resource_allocation) if resource_allocation else None
    await session.execute(SQL["change"], source_id, name, allocation)
    return await present(session, source_id)


async def connections(session: Session, source_id: SourceId) -> Mapping[ConnectionId, str]:
    """The connections that would be deleted with a source, by name. Errors: SourceNotFound."""
    await present(session, source_id)
    rows = await session.fetch(SQL["connections"], source_id)
    return {ConnectionId(row["connection_id"]): row["name"] for row in rows}


async def delete(
    session: Session, transitions: Transitions, source_id: SourceId
) -> Sequence[JobId]:
    """Delete a source and its connections, as Airbyte does; which jobs were cancelled with them.

    Shape:  tables, jobs and books stay, the source's configuration and its secrets do not.
    Errors: SourceNotFound.
    """
    found = await connections(session, source_id)
    ended = await connection_life.delete_together(session, transitions, found.keys())
    await session.execute(SQL["delete"], source_id)
    await secret_store.keep_only(session, source_id, ())
    await catalogs.forget(session, source_id)
    return ended
