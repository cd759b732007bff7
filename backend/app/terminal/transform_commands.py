"""`atlas transform`: each command imports what it needs, so that help is instant."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.terminal.running import open_console, run

if TYPE_CHECKING:
    from app.core.settings import Settings

transform_app = typer.Typer(
    help="dbt projects that are built after syncs or by themselves.", no_args_is_help=True
)

Json = Annotated[bool, typer.Option("--json", help="End with one JSON object on the last line.")]


@transform_app.command("list")
def transform_list() -> None:
    """Show the transformations, and how their last runs ended."""

    async def show() -> None:
        from app.main import open_atlas
        from app.terminal.transforming import show_all

        async with open_atlas(_settings()) as atlas:
            await show_all(open_console(stdout=True), atlas)

    run(show())


@transform_app.command("run")
def transform_run(
    transformation: Annotated[str, typer.Argument(help="Name or id of the transformation.")],
    as_json: Json = False,
) -> None:
    """Build a transformation now, and wait for the end."""

    async def build() -> bool:
        from app.main import open_atlas
        from app.terminal.transforming import run_and_show

        async with open_atlas(_settings()) as atlas:
            return await run_and_show(open_console(), atlas, transformation, as_json=as_json)

    if not run(build()):
        raise typer.Exit(1)


@transform_app.command("show")
def transform_show(
    run_id: Annotated[int, typer.Argument(min=0, help="Id of the run.")], as_json: Json = False
) -> None:
    """Show what became of each model and test of a run."""

    async def show() -> None:
        from app.main import open_atlas
        from app.terminal.transforming import show_run

        async with open_atlas(_settings()) as atlas:
            await show_run(open_console(stdout=True), atlas, run_id, as_json=as_json)

    run(show())


def _settings() -> "Settings":
    from app.terminal.starting import settings_of_environment

    return settings_of_environment(quiet=True)
