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
        from app.terminal.checking import choose_and_show
        from app.terminal.starting import settings_of_environment

        chosen = StreamDescriptor(stream, namespace)
        async with open_atlas(settings_of_environment(quiet=True)) as atlas:
            console = open_console(stdout=True)
            await choose_and_show(console, atlas, connection, chosen, fields or [])

    run(choose())
