"""`atlas check-cols`: which columns of a stream make a version when they change."""

from collections.abc import Sequence

from rich.console import Console

from app.core.catalog import StreamDescriptor
from app.main import Atlas
from app.sync.connections import check_columns, connection_store
from app.terminal import acts


async def choose_and_show(
    console: Console, atlas: Atlas, name_or_id: str, stream: StreamDescriptor, fields: Sequence[str]
) -> None:
    """Errors: ConnectionNotFound, StreamNotFound, InvalidRequest, SyncAlreadyRunning."""
    async with atlas.database.transaction() as session:
        found = await connection_store.find_connection(session, name_or_id)
        chosen = await check_columns.choose(session, found.connection_id, stream, fields)
        await acts.note(
            atlas.keys, session, "check-cols", "putCheckColumns", acts.path_of(found.connection_id),
            found.workspace_id, stream=str(stream),
        )  # fmt: skip
    said = ", ".join(chosen.configured.check_cols) or "any column"
    console.print(f"A change in {said} is a new version of {stream.name}.", markup=False)
