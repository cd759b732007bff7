"""`atlas backfill`: a range of a stream's cursor, read once more."""

from typing import Annotated

import typer

from app.terminal.running import open_console, run

Since = Annotated[str, typer.Option("--from", help="The first cursor that is read.")]
Until = Annotated[str, typer.Option("--to", help="The first that is not.")]


def backfill(
    connection: Annotated[str, typer.Argument(help="Name or id of the connection.")],
    since: Since,
    until: Until,
    stream: Annotated[str, typer.Option(help="Of this stream.")],
    chunks: Annotated[int, typer.Option(min=1, help="In so many parts, one after the other.")] = 1,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Read a range of a stream's cursor once more: late rows find their place, the connection's state stays."""

    async def run_backfill() -> bool:
        from app.core.jobs import CursorRange
        from app.main import open_atlas
        from app.terminal.backfilling import backfill_and_show
        from app.terminal.starting import settings_of_environment

        wanted = CursorRange(since=since, until=until, chunks=chunks)
        async with open_atlas(settings_of_environment(quiet=True)) as atlas:
            return await backfill_and_show(
                open_console(), atlas, connection, stream, wanted, is_sure=yes
            )

    if not run(run_backfill()):
        raise typer.Exit(1)
