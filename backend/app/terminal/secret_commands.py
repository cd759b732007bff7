"""`atlas secrets`: each command imports what it needs, so that help is instant."""

from typing import Annotated

import typer

from app.terminal.running import open_console, run

secrets_app = typer.Typer(help="The keys of secrets.", no_args_is_help=True)


@secrets_app.command("rotate")
def secrets_rotate(
    new_key: Annotated[
        bool,
        typer.Option("--new-key", help="First put a new master key into its file."),
    ] = False,
) -> None:
    """Lock the keys of all secrets with the newest master key, while Atlas runs."""
    from app.terminal.secrets import rotate_and_show
    from app.terminal.starting import settings_of_environment

    settings = settings_of_environment(quiet=True)
    if not run(rotate_and_show(open_console(stdout=True), settings, new_key=new_key)):
        raise typer.Exit(1)
