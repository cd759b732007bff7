"""A connection after it was made: changed, paused, activated, deleted."""

import json
from collections.abc import Collection, Mapping, Sequence

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

    Errors: ConnectionNotFound if there is none, or somebody deleted it first.
    """
    ended = await delete_together(session, transitions, [connection_id])
    return ended[0] if ended else None


async def delete_together(
    session: Session, transitions: Transitions, connection_ids: Collection[ConnectionId]
) -> Sequence[JobId]:
    """Stop the schedules of connections and cancel their jobs that are not over; which jobs.

    Shape:  their tables, jobs and books stay; nobody is told of them any more, and no job of them begins after the
            caller's transaction. Locked are schedules, connections, jobs, workspaces and notification rules in
            this order, of all connections each, as by a tick and by a job that ends: nobody waits in a circle.
    Errors: ConnectionNotFound if there is none, or somebody deleted it first.
    """
    in_order = sorted(connection_ids)
    found = [await connection_store.present(session, each_id) for each_id in in_order]
    for each_id in in_order:
        await schedules.remove(session, each_id)
    for each_id in in_order:
        await set_status(session, each_id, ConnectionStatus.DEPRECATED)
    ended, freed = [], set()
    for each in found:
        if (active := await job_store.lock_active(session, each.connection_id)) is not None:
            ended.append(active[0])
            freed.add(each.workspace_id)
    for job_id in ended:
        await job_store.cancel(session, job_id)
        await transitions.engine.withdraw(session, job_id)
    for workspace_id in sorted(freed):
        await transitions.let_in(session, workspace_id)
    for each_id in in_order:
        await signing.remove_rules(session, each_id)
        await secret_store.keep_only(session, each_id, ())  # of how its destination is asked
    return ended
