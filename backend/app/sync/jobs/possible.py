"""Which jobs a connection may have: what is asked for is looked at before anything is queued."""

from app.core.catalog import shown
from app.core.connections import Connection
from app.core.errors import ConnectionInactive, InvalidRequest
from app.core.ids import ConnectionId
from app.core.jobs import PLAIN, JobOptions, JobType
from app.core.remotes import Engine
from app.database.pool import Connection as Session
from app.sync import backfills, generations, state_store
from app.sync.connections import connection_store


async def active(session: Session, connection_id: ConnectionId) -> Connection:
    """Errors: ConnectionNotFound, ConnectionInactive."""
    connection = await connection_store.get_connection(session, connection_id)
    if connection.status != "active":
        raise ConnectionInactive(
            f"The connection is {connection.status}: activate it before it is synced.",
            connection_id=str(connection_id),
        )
    return connection


async def require(
    session: Session, connection_id: ConnectionId, job_type: JobType, options: JobOptions
) -> Connection:
    """The connection, if it may have such a job.

    Errors: ConnectionNotFound, ConnectionInactive; InvalidRequest for options that the type does not
            take, or streams that are not there.
    """
    connection = await active(session, connection_id)
    _require_options(job_type, options)
    if connection.engine is not Engine.LOCAL and job_type is not JobType.SYNC:
        raise InvalidRequest(
            f"The records of this connection are moved elsewhere, and nothing of them is here to {job_type}: sync it, or "
            "move it to Atlas's own engine first."
        )
    known = {stream.configured.descriptor for stream in connection.streams}
    if unknown := set(options.streams) - known:
        listed = ", ".join(sorted(shown(str(descriptor)) for descriptor in unknown))
        raise InvalidRequest(f"The connection has no such streams: {listed}.")
    if options.generation is not None:
        await _require_generation(session, connection, job_type, options)
    elif job_type is JobType.BACKFILL:
        await backfills.require_possible(session, connection, options)
    elif job_type not in (JobType.SYNC, JobType.REBUILD):
        chosen = options.streams or tuple(known)
        await state_store.require_own(session, connection_id, chosen)
    return connection


def _require_options(job_type: JobType, options: JobOptions) -> None:
    if job_type is JobType.REPLAY:
        raise InvalidRequest("What is replayed is chosen: POST /v1/quarantine/replays.")
    if job_type is JobType.SYNC and options != PLAIN:
        raise InvalidRequest("A sync reads all streams and removes nothing: refresh or clear them.")
    if options.removes_history and job_type is JobType.REBUILD:
        raise InvalidRequest("A rebuild makes history again, and removes none.")
    if options.swaps and job_type is not JobType.REBUILD:
        raise InvalidRequest("Only a rebuild has something to swap.")
    if options.backfill is not None and job_type is not JobType.BACKFILL:
        raise InvalidRequest("Only a backfill has a range of the cursor.")


async def _require_generation(
    session: Session, connection: Connection, job_type: JobType, options: JobOptions
) -> None:
    """Errors: InvalidRequest unless it is a refresh of one stream, which had this generation."""
    if job_type is not JobType.REFRESH or len(options.streams) != 1 or options.removes_history:
        raise InvalidRequest("A generation is brought back by a refresh of one stream, with its history.")  # fmt: skip
    (stream,) = connection.only(options.streams).streams
    assert options.generation is not None  # noqa: S101  the caller has looked
    await generations.require_possible(session, stream, options.generation)
