"""`atlas generations`: what was read from its beginning when, and which of it chart shows."""

from rich.console import Console
from rich.table import Table

from app.core.errors import InvalidRequest
from app.core.jobs import JobOptions, JobType
from app.main import Atlas
from app.sync import generations
from app.sync.connections import connection_store
from app.terminal import acts
from app.terminal.changing import chosen_streams
from app.terminal.finishing import finish_briefly


async def show_generations(console: Console, atlas: Atlas, name_or_id: str) -> None:
    """Errors: ConnectionNotFound."""
    async with atlas.database.connection() as session:
        connection = await connection_store.find_connection(session, name_or_id)
        found = await generations.listed(session, connection.connection_id)
    table = Table(title=f"generations of {connection.name}", title_justify="left")
    for heading in ("stream", "generation", "job", "landed until", "records", ""):
        table.add_column(heading, justify="right" if heading in ("generation", "job", "records") else "left")  # fmt: skip
    for one in found:
        place = "shown" if one.is_shown else "published once" if one.is_published else "never published"  # fmt: skip
        place = f"the same as {one.same_as}" if one.same_as else place
        place += f", seen again {one.seen_again} times" if one.seen_again else ""
        place += ", removed from explore" if one.removed_at else ""
        table.add_row(
            str(one.stream), str(one.generation_id), str(one.job_id),
            f"{one.landed_to:%Y-%m-%d %H:%M:%S}", f"{one.explored:,}", place,
        )  # fmt: skip
    console.print(table)


async def bring_back_one(
    console: Console, atlas: Atlas, name_or_id: str, stream: str | None, generation: int
) -> bool:
    """Let chart show an older generation of a stream; true if it does.

    Errors: ConnectionNotFound, ConnectionInactive, SyncAlreadyRunning; InvalidRequest, with what lacks.
    """
    async with atlas.database.connection() as session:
        connection = await connection_store.find_connection(session, name_or_id)
    if stream is None:
        raise InvalidRequest("Say of which stream: --stream NAME.")
    options = JobOptions(streams=chosen_streams(connection, [stream]), generation=generation)
    job = await acts.start_job(atlas, "generations", connection, JobType.REFRESH, options)
    async with atlas.working() as tasks:
        return await finish_briefly(console, atlas, job, tasks)
