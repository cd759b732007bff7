"""`atlas state`: where connections stand in their sources, and how to begin anew."""

from rich.console import Console

from app.main import Atlas
from app.sync import state_store
from app.sync.connections import connection_store


async def clear_state(console: Console, atlas: Atlas, name_or_id: str, stream: str | None) -> None:
    """Errors: ConnectionNotFound, StateNotFound; SyncAlreadyRunning while a job is not over."""
    async with atlas.database.transaction() as session:
        connection = await connection_store.find_connection(session, name_or_id)
        cleared = await state_store.clear(session, connection.connection_id, stream)
    if not cleared:
        console.print(
            f"{connection.name} has no state: its next sync reads everything in any case."
        )
        return
    for name in cleared:
        console.print(f"Cleared the state of {name}.", markup=False)
    console.print(
        "The next sync reads it from the beginning. Rows stay: a mode that keeps one row a key meets them "
        "again, one that appends adds them a second time.",
        markup=False,
    )
