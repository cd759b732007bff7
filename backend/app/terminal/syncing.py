"""`atlas sync`: a connection, now."""

from rich.console import Console

from app.main import Atlas
from app.sync.connections import connection_store
from app.terminal import acts
from app.terminal.finishing import finish


async def sync_and_show(console: Console, atlas: Atlas, name_or_id: str, *, as_json: bool) -> bool:
    """Sync a connection, and see it through; true if it succeeded.

    Errors: ConnectionNotFound, ConnectionInactive, SyncAlreadyRunning.
    """
    async with atlas.database.connection() as session:
        found = await connection_store.find_connection(session, name_or_id)
    async with atlas.working() as tasks:
        job = await acts.start_job(atlas, "sync", found)
        return await finish(console, atlas, job, tasks, as_json=as_json)
