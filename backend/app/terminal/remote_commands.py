"""`atlas remote`: each command imports what it needs, so that help is instant."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.terminal.running import open_console, run

if TYPE_CHECKING:
    from app.core.settings import Settings

remote_app = typer.Typer(help="Airbytes elsewhere that Atlas drives.", no_args_is_help=True)

RemoteName = Annotated[
    str, typer.Argument(help="Name or id of the remote; that of the environment is called airbyte.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@remote_app.command("list")
def remote_list() -> None:
    """Show the remotes; POST /v1/remotes, or AIRBYTE_API_URL and its fellows, name one."""

    async def show() -> None:
        from app.main import open_atlas
        from app.terminal.remotes import show_remotes

        async with open_atlas(_settings()) as atlas:
            await show_remotes(open_console(stdout=True), atlas)

    run(show())


@remote_app.command("check")
def remote_check(remote: RemoteName = "airbyte") -> None:
    """Ask a remote whether it knows Atlas, and show what is there."""

    async def check() -> None:
        from app.main import open_atlas
        from app.terminal.remotes import check_remote

        async with open_atlas(_settings()) as atlas:
            await check_remote(open_console(stdout=True), atlas, remote)

    run(check())


@remote_app.command("import")
def remote_import(
    remote: RemoteName = "airbyte",
    connection: Annotated[
        list[str] | None,
        typer.Option(
            help="Id of a connection there; may be given again. Else AIRBYTE_CONNECTION_ID."
        ),
    ] = None,
    schedule: Annotated[
        bool, typer.Option("--schedule", help="Let Atlas keep its schedule, too.")
    ] = False,
) -> None:
    """Take connections of a remote over: it goes on moving their records, driven by Atlas from now on."""

    async def take() -> bool:
        from app.main import open_atlas
        from app.terminal.remotes import import_and_show

        async with open_atlas(_settings()) as atlas:
            console = open_console(stdout=True)
            return await import_and_show(
                console, atlas, remote, connection or [], keeps_schedule=schedule
            )

    if not run(take()):
        raise typer.Exit(1)


@remote_app.command("move")
def remote_move(
    connection: Annotated[str, typer.Argument(help="Name or id of the connection.")],
    to: Annotated[str, typer.Option(help="local or airbyte_cloud.")],
    reason: Annotated[str, typer.Option(help="Why: it is kept with the state.")],
    leave_state: Annotated[
        bool, typer.Option("--leave-state", help="Begin where Atlas's own state stands.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Let another engine move a connection from now on; where it stands in its source goes along."""

    async def move() -> bool:
        from app.main import open_atlas
        from app.terminal.remotes import move_if_sure

        async with open_atlas(_settings()) as atlas:
            console = open_console(stdout=True)
            return await move_if_sure(
                console, atlas, connection, to, reason, takes_state=not leave_state, is_sure=yes
            )

    if not run(move()):
        raise typer.Exit(1)


def _settings() -> "Settings":
    from app.terminal.starting import settings_of_environment

    return settings_of_environment(quiet=True)
