"""What `atlas quarantine` takes; imported when it is called, so that the help of all others is instant."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer
from rich.console import Console

from app.core.jobs import JobStatus
from app.core.settings import Settings
from app.main import open_atlas
from app.sync.quarantine.records import Boundary, Status
from app.terminal import progress, quarantine

Json = Annotated[bool, typer.Option("--json", help="End with JSON on the last line.")]
RecordId = Annotated[str, typer.Argument(help="Id of the record, such as chart-7.")]
Note = Annotated[str | None, typer.Option(help="Why, for those who look later.")]


class MakeSettings(Protocol):
    def __call__(self, *, quiet: bool = False) -> Settings: ...


class MakeConsole(Protocol):
    def __call__(self, *, stdout: bool = False) -> Console: ...


def commands(
    run: Callable[[Coroutine[object, object, Any]], Any],
    settings: MakeSettings,
    console: MakeConsole,
) -> typer.Typer:
    """The commands. Shape: what all commands of `atlas` share is given."""
    app = typer.Typer(
        help="Records that were kept out, and their return.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )

    @app.command("list")
    def quarantine_list(
        connection: Annotated[
            str | None, typer.Option(help="Name or id of the connection.")
        ] = None,
        stream: Annotated[str | None, typer.Option(help="Of this stream alone.")] = None,
        rule: Annotated[str | None, typer.Option(help="Which broke this rule.")] = None,
        boundary: Annotated[Boundary | None, typer.Option(help="Where it was kept out.")] = None,
        status: Annotated[Status | None, typer.Option(help="How it stands with it.")] = None,
        as_json: Json = False,
    ) -> None:
        """Show what is in quarantine, without a value of it."""

        async def look() -> None:
            async with open_atlas(settings(quiet=True)) as atlas:
                await quarantine.show_list(
                    console(stdout=True), atlas, connection=connection, stream=stream, rule=rule,
                    boundary=boundary, status=status, as_json=as_json,
                )  # fmt: skip

        run(look())

    @app.command("show")
    def quarantine_show(
        record: RecordId,
        with_record: Annotated[
            bool, typer.Option("--with-record", help="Show its values too.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Show why a record is in quarantine, and what was decided of it."""

        async def look() -> None:
            async with open_atlas(settings(quiet=True)) as atlas:
                await quarantine.show_record(
                    console(stdout=True), atlas, record, with_record=with_record, as_json=as_json
                )

        run(look())

    @app.command("fix")
    def quarantine_fix(
        record: RecordId,
        whole: Annotated[
            Path | None,
            typer.Option("--record", help="JSON file with the whole record, corrected."),
        ] = None,
        patch: Annotated[
            Path | None, typer.Option(help="JSON file with what changes of it (RFC 7396).")
        ] = None,
        note: Note = None,
    ) -> None:
        """Correct a record, and those that were sent just like it, for the next replay."""

        async def correct() -> None:
            async with open_atlas(settings(quiet=True)) as atlas:
                await quarantine.fix(console(stdout=True), atlas, record, whole, patch, note)

        run(correct())

    @app.command("dismiss")
    def quarantine_dismiss(record: RecordId, note: Note = None) -> None:
        """Leave a record out, and those that were sent just like it; a correction brings them back."""

        async def leave_out() -> None:
            async with open_atlas(settings(quiet=True)) as atlas:
                await quarantine.dismiss(console(stdout=True), atlas, record, note)

        run(leave_out())

    @app.command("replay")
    def quarantine_replay(
        connection: Annotated[str, typer.Argument(help="Name or id of the connection.")],
        record: Annotated[list[str] | None, typer.Option(help="Of these records alone.")] = None,
        stream: Annotated[str | None, typer.Option(help="Of this stream alone.")] = None,
        rule: Annotated[str | None, typer.Option(help="Those that broke this rule.")] = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Say what would become of them.")
        ] = False,
    ) -> None:
        """Bring records back at their own places, and wait for the end."""

        async def replay() -> bool:
            shown = console(stdout=True)
            async with open_atlas(settings(quiet=True)) as atlas:
                choice = await quarantine.choice_of(atlas, connection, record, stream, rule)
                if dry_run:
                    await quarantine.preview(shown, atlas, choice)
                    return True
                async with atlas.working() as tasks:
                    job = await quarantine.start(atlas, choice)
                    ended = await progress.follow(console(), atlas.database, job.job_id, tasks)
                await quarantine.show_fates(shown, atlas, ended)
                if ended.failure is not None:
                    shown.print(f"{ended.failure.title}. {ended.failure.detail}", markup=False)
                return ended.status is JobStatus.SUCCEEDED

        if not run(replay()):
            raise typer.Exit(1)

    return app
