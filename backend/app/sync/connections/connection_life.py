"""A connection after it was made: changed, paused, activated, deleted."""

import json
from collections.abc import Mapping

from app.core.connections import (
    Connection,
    ConnectionStatus,
    HardDeletes,
    WhenEmpty,
    WhenSchemaChanges,
    WhenUnchanged,
)
from app.core.errors import ConnectionNotFound
from app.core.ids import ConnectionId, JobId
from app.core.layout import Misfit
from app.database.pool import Connection as Session
from app.database.queries import load
from app.secrets import secret_store
from app.sync import signing
from app.sync.connections import connection_store
from app.sync.jobs import job_store
from app.sync.jobs.transitions import Transitions
from app.sync.timetables import schedules

SQL = load(__file__)


async def change(
    session: Session,
    connection_id: ConnectionId,
    *,
    name: str | None = None,
    on_misfit: Misfit | None = None,
    hard_deletes: HardDeletes | None = None,
    on_empty: WhenEmpty | None = None,
    on_held: WhenEmpty | None = None,
    on_schema_change: WhenSchemaChanges | None = None,
    on_unchanged: WhenUnchanged | None = None,
) -> None:
    """Change what is given of a connection, for the attempts that begin after it."""
    await session.execute(
        SQL["change"],
        connection_id,
        name,
        on_misfit,
        hard_deletes,
        on_empty,
        on_held,
        on_schema_change,
        on_unchanged,
    )


async def keep_as_sent(
    session: Session, connection: Connection, changes: Mapping[str, object]
) -> None:
    """Keep what a client wrote that Atlas does not work by, beside what was written before."""
    kept = json.dumps({**connection.as_sent, **changes})
    await session.execute(SQL["keep_as_sent"], connection.connection_id, kept)


async def set_status(
    session: Session, connection_id: ConnectionId, status: ConnectionStatus
) -> None:
    """Pause, activate or delete a connection; who starts a job of it waits until the transaction ends.

    Errors: ConnectionNotFound if it was deleted: it does not come back.
    """
    if await session.fetchval(SQL["set_status"], connection_id, status) is None:
        raise ConnectionNotFound("No connection has this id.", connection_id=str(connection_id))


async def delete(
    session: Session, transitions: Transitions, connection_id: ConnectionId
) -> JobId | None:
    """Stop a connection's schedule and cancel its job, if it has one that is not over; which job.

    Shape:  its tables, jobs and books stay; nobody is told of it any more, and no job of it begins after the
            caller's transaction. Locked are schedule, connection, job, workspace and notification rules in
            this order, as by a tick and by a job that ends: nobody waits in a circle.
    Errors: ConnectionNotFound if there is none, or somebody deleted it first.
    """
    connection = await connection_store.present(session, connection_id)
    await schedules.remove(session, connection_id)
    await set_status(session, connection_id, ConnectionStatus.DEPRECATED)
    found = await job_store.lock_active(session, connection_id)
    job_id = None
    if found is not None:
        job_id, _ = found
        await job_store.cancel(session, job_id)
        await transitions.engine.withdraw(session, job_id)
        await transitions.let_in(session, connection.workspace_id)
    await signing.remove_rules(session, connection_id)
    await secret_store.keep_only(session, connection_id, ())  # of how its destination is asked
    return job_id
