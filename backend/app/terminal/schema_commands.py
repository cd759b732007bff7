"""What `atlas schema` takes; imported when it is called, so that the help of all others is instant."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer

from app.main import Atlas, open_atlas
from app.terminal import schema
from app.terminal.quarantine_commands import MakeConsole, MakeSettings

ChangeId = Annotated[int, typer.Argument(help="Id of the change.")]


def commands(
    run: Callable[[Coroutine[object, object, Any]], Any],
    settings: MakeSettings,
    console: MakeConsole,
) -> typer.Typer:
    """The commands. Shape: what all commands of `atlas` share is given."""
    app = typer.Typer(
        help="Schemas of sources that changed, and a word on them.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )

    def with_atlas(page: Callable[[Atlas], Coroutine[object, object, None]]) -> None:
        async def look() -> None:
            async with open_atlas(settings(quiet=True)) as atlas:
                await page(atlas)

        run(look())

    @app.command("changes")
    def schema_listed(
        connection: Annotated[str, typer.Argument(help="Name or id of the connection.")],
    ) -> None:
        """Show what a connection's source has changed, and what became of it."""
        with_atlas(lambda atlas: schema.show_changes(console(stdout=True), atlas, connection))

    @app.command("impact")
    def schema_weighed(change: ChangeId) -> None:
        """Show what adopting a change would touch, and which fields may only be renamed."""
        with_atlas(lambda atlas: schema.show_impact(console(stdout=True), atlas, change))

    @app.command("adopt")
    def schema_adopted(
        change: ChangeId,
        rename: Annotated[
            list[str] | None,
            typer.Option(help="OLD=NEW: a field that goes on in its column; may be given again."),
        ] = None,
        primary_key: Annotated[
            list[str] | None, typer.Option(help="A field of the key; may be given again.")
        ] = None,
        backfill: Annotated[
            bool, typer.Option("--backfill", help="Fill new columns from explore.")
        ] = False,
    ) -> None:
        """Read a stream as its source offers it now, from the next sync on."""
        with_atlas(
            lambda atlas: schema.adopt(
                console(stdout=True), atlas, change, rename or [], primary_key or [], backfills=backfill
            )
        )  # fmt: skip

    @app.command("reject")
    def schema_rejected(change: ChangeId) -> None:
        """Go on reading a stream as before."""
        with_atlas(lambda atlas: schema.reject(console(stdout=True), atlas, change))

    return app
