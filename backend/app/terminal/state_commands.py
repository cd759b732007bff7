"""`atlas state`: each command imports what it needs, so that help is instant."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.terminal.running import open_console, run

if TYPE_CHECKING:
    from app.core.settings import Settings

state_app = typer.Typer(help="Where connections stand in their sources.", no_args_is_help=True)

ConnectionName = Annotated[str, typer.Argument(help="Name or id of the connection.")]
Reason = Annotated[str, typer.Option(help="Why: it is kept with the new version.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@state_app.command("show")
def state_show(
    connection: ConnectionName,
    version: Annotated[int | None, typer.Option(min=1, help="As it was then.")] = None,
    messages: Annotated[
        bool, typer.Option("--messages", help="As a connector and PyAirbyte take it.")
    ] = False,
) -> None:
    """Print a connection's state as JSON: in the form of Airbyte's API, or as messages."""

    async def show() -> object:
        from app.main import open_atlas
        from app.terminal.state import exported

        async with open_atlas(_settings()) as atlas:
            return await exported(atlas, connection, version, as_messages=messages)

    print(json.dumps(run(show()), indent=2))


@state_app.command("versions")
def state_versions(
    connection: ConnectionName,
    stream: Annotated[str | None, typer.Option(help="Of this stream alone.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 20,
) -> None:
    """Show what was saved, the newest first: by which sync, or by whom and why."""

    async def show() -> None:
        from app.main import open_atlas
        from app.terminal.state import show_versions

        async with open_atlas(_settings()) as atlas:
            await show_versions(open_console(stdout=True), atlas, connection, stream, limit)

    run(show())


@state_app.command("set")
def state_set(
    connection: ConnectionName,
    reason: Reason,
    version: Annotated[int | None, typer.Option(min=1, help="Back to this version.")] = None,
    file: Annotated[
        Path | None,
        typer.Option("--from", help="JSON file with a state, in either form.", exists=True),
    ] = None,
    yes: Yes = False,
) -> None:
    """Go back to a version, or take a state from elsewhere; it says first what would be read again."""

    async def change() -> bool:
        from app.main import open_atlas
        from app.terminal.state import set_state

        async with open_atlas(_settings()) as atlas:
            console = open_console(stdout=True)
            return await set_state(console, atlas, connection, version, file, reason, yes=yes)

    if not run(change()):
        raise typer.Exit(1)


@state_app.command("clear")
def state_clear(
    connection: ConnectionName,
    stream: Annotated[str | None, typer.Option(help="Of this stream alone.")] = None,
) -> None:
    """Forget what a source was read up to: the next sync reads it from the beginning."""

    async def clear() -> None:
        from app.main import open_atlas
        from app.terminal.state import clear_state

        async with open_atlas(_settings()) as atlas:
            await clear_state(open_console(stdout=True), atlas, connection, stream)

    run(clear())


def _settings() -> "Settings":
    from app.terminal.starting import settings_of_environment

    return settings_of_environment(quiet=True)
