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


def _settings() -> "Settings":
    from app.terminal.starting import settings_of_environment

    return settings_of_environment(quiet=True)
