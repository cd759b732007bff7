"""`atlas tables`: what stands in PostgreSQL of a connection, and what is to become of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.terminal.running import open_console, run

if TYPE_CHECKING:
    from app.core.settings import Settings

tables_app = typer.Typer(
    help="Tables of a connection: how much explore keeps, renaming, adopting, dropping.",
    no_args_is_help=True,
)

ConnectionName = Annotated[str, typer.Argument(help="Name or id of the connection.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@tables_app.command("retain")
def tables_retain(
    connection: ConnectionName,
    max_age_days: Annotated[int | None, typer.Option(min=1, help="Keep what landed since.")] = None,
    max_generations: Annotated[
        int | None, typer.Option(min=1, help="Keep so many published generations.")
    ] = None,
    max_rows: Annotated[int | None, typer.Option(min=0, help="Keep so many records.")] = None,
    keep_all: Annotated[bool, typer.Option("--keep-all", help="Keep everything again.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Take out at once what may go.")] = False,
    yes: Yes = False,
) -> None:
    """Show how much explore keeps of each stream, and what would go; say otherwise, after a question."""

    async def retain() -> bool:
        from app.main import open_atlas
        from app.sync.retention.policies import RetentionPolicy
        from app.terminal.retention import Asked, retain_as_asked

        policy = RetentionPolicy(
            max_age_days=max_age_days, max_generations=max_generations, max_rows=max_rows
        )
        asked = Asked(connection, policy, keeps_all=keep_all, at_once=now, is_sure=yes)
        async with open_atlas(_settings()) as atlas:
            return await retain_as_asked(open_console(stdout=True), atlas, asked)

    if not run(retain()):
        raise typer.Exit(1)


@tables_app.command("retained")
def tables_retained(connection: ConnectionName) -> None:
    """Show what was taken out of explore, when, and by which policy."""

    async def look() -> None:
        from app.main import open_atlas
        from app.terminal.retention import show_acts

        async with open_atlas(_settings()) as atlas:
            await show_acts(open_console(stdout=True), atlas, connection)

    run(look())


@tables_app.command("show")
def tables_show(connection: ConnectionName) -> None:
    """Show what stands of a connection, deleted or not, and what was done with it."""

    async def look() -> None:
        from app.main import open_atlas
        from app.terminal.table_acts import show_tables

        async with open_atlas(_settings()) as atlas:
            await show_tables(open_console(stdout=True), atlas, connection)

    run(look())


@tables_app.command("drop")
def tables_drop(
    connection: ConnectionName,
    stream: Annotated[
        list[str] | None, typer.Option(help="Of this stream alone; may be given again.")
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete the connection too.")] = False,
    yes: Yes = False,
) -> None:
    """Drop tables, history, quarantine and state of a deleted connection, after a question."""

    async def drop() -> bool:
        from app.main import open_atlas
        from app.terminal.table_acts import drop_tables

        async with open_atlas(_settings()) as atlas:
            return await drop_tables(
                open_console(stdout=True),
                atlas,
                connection,
                stream or [],
                deletes=delete,
                is_sure=yes,
            )

    if not run(drop()):
        raise typer.Exit(1)


@tables_app.command("rename")
def tables_rename(
    connection: ConnectionName,
    stream: Annotated[str, typer.Argument(help="The stream's name.")],
    table: Annotated[str, typer.Argument(help="What chart's table is called then.")],
    yes: Yes = False,
) -> None:
    """Rename a stream's tables, views and function, after a question."""

    async def rename() -> bool:
        from app.main import open_atlas
        from app.terminal.table_acts import rename_tables

        async with open_atlas(_settings()) as atlas:
            return await rename_tables(
                open_console(stdout=True), atlas, connection, stream, table, is_sure=yes
            )

    if not run(rename()):
        raise typer.Exit(1)


@tables_app.command("stream")
def tables_stream(
    connection: ConnectionName,
    stream: Annotated[str, typer.Argument(help="The stream's name.")],
    leave_out: Annotated[bool, typer.Option("--leave-out", help="Read it no more.")] = False,
    take_up: Annotated[bool, typer.Option("--take-up", help="Read it again.")] = False,
    becomes: Annotated[
        str | None, typer.Option(help="What its source calls it by now: read from its beginning.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Leave a stream out, take it up again, or follow its source's rename, after a question; tables stay."""

    async def change() -> bool:
        from app.main import open_atlas
        from app.terminal.table_acts import StreamChange, change_stream

        is_read = True if take_up else False if leave_out else None
        asked = StreamChange(stream, is_read=is_read, becomes=becomes)
        async with open_atlas(_settings()) as atlas:
            return await change_stream(
                open_console(stdout=True), atlas, connection, asked, is_sure=yes
            )

    if not run(change()):
        raise typer.Exit(1)


@tables_app.command("adopt")
def tables_adopt(
    connection: ConnectionName,
    deleted: Annotated[str, typer.Argument(help="Id of the deleted connection.")],
    with_state: Annotated[
        bool, typer.Option("--with-state", help="Go on where it stood in its source.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Take over the tables of a deleted connection, before the first job, after a question."""

    async def adopt() -> bool:
        from app.main import open_atlas
        from app.terminal.table_acts import adopt_tables

        async with open_atlas(_settings()) as atlas:
            return await adopt_tables(
                open_console(stdout=True),
                atlas,
                connection,
                deleted,
                with_state=with_state,
                is_sure=yes,
            )

    if not run(adopt()):
        raise typer.Exit(1)


def _settings() -> "Settings":
    from app.terminal.starting import settings_of_environment

    return settings_of_environment(quiet=True)
