"""`atlas check-cols`: which columns of a stream make a version when they change."""

from typing import Annotated

import typer

from app.terminal.running import open_console, run


def check_cols(
    connection: Annotated[str, typer.Argument(help="Name or id of the connection.")],
    stream: Annotated[str, typer.Argument(help="The stream's name.")],
    fields: Annotated[list[str] | None, typer.Argument(help="Its fields; none: all count.")] = None,
    namespace: Annotated[str | None, typer.Option(help="The stream's namespace.")] = None,
) -> None:
    """Let only a change in these fields be a new version of a row; before anything of the stream is published."""

    async def choose() -> None:
        from app.core.catalog import StreamDescriptor
        from app.main import open_atlas
        from app.sync.connections import check_columns, connection_store
        from app.terminal.starting import settings_of_environment

        console = open_console(stdout=True)
        async with (
            open_atlas(settings_of_environment(quiet=True)) as atlas,
            atlas.database.transaction() as session,
        ):
            found = await connection_store.find_connection(session, connection)
            chosen = await check_columns.choose(
                session, found.connection_id, StreamDescriptor(stream, namespace), fields or []
            )
        said = ", ".join(chosen.configured.check_cols) or "any column"
        console.print(f"A change in {said} is a new version of {stream}.", markup=False)

    run(choose())
