"""`atlas`: what a person types. Each command imports what it needs, so that help is instant."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from app.terminal.access_commands import applications_app, audit_app, token, users_app
from app.terminal.backfill_command import backfill
from app.terminal.check_command import check_cols
from app.terminal.connector_commands import connectors_app
from app.terminal.remote_commands import remote_app
from app.terminal.running import for_jobs, open_console, queues_of_option, run
from app.terminal.secret_commands import secrets_app
from app.terminal.server_commands import bench, migrate, stop
from app.terminal.state_commands import state_app
from app.terminal.table_commands import tables_app
from app.terminal.transform_commands import transform_app

if TYPE_CHECKING:
    from rich.console import Console

    from app.core.settings import Settings
    from app.main import Atlas

app = typer.Typer(
    name="atlas",
    help="Moves data from any Airbyte connector into three governed layers in PostgreSQL.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(connectors_app, name="connectors")
app.add_typer(tables_app, name="tables")
app.add_typer(users_app, name="users")
app.add_typer(applications_app, name="applications")
app.add_typer(audit_app, name="audit")
app.add_typer(secrets_app, name="secrets")
app.add_typer(state_app, name="state")
app.add_typer(remote_app, name="remote")
app.add_typer(transform_app, name="transform")

Json = Annotated[bool, typer.Option("--json", help="End with one JSON object on the last line.")]
StreamName = Annotated[str, typer.Argument(help="The stream's name.")]
Namespace = Annotated[str | None, typer.Option(help="The stream's namespace, where it has one.")]
ConnectionName = Annotated[str, typer.Argument(help="Name or id of the connection.")]
Streams = Annotated[list[str] | None, typer.Option(help="This stream alone; may be given again.")]
Removing = Annotated[
    bool, typer.Option("--remove-history", help="Remove what navigate holds of the time before.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Queues = Annotated[
    str | None,
    typer.Option(help="Take jobs of these queues, separated by commas; else ATLAS_SYNC_QUEUES."),
]
Concurrency = Annotated[
    int | None,
    typer.Option(min=1, help="Run so many jobs at once; else ATLAS_SYNC_CONCURRENCY."),
]


def say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"atlas {version('atlas')}")
        raise typer.Exit


@app.callback()
def what_all_commands_take(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=say_version, is_eager=True, help="Say which Atlas this is."
        ),
    ] = False,
) -> None:
    """Moves data from any Airbyte connector into three governed layers in PostgreSQL."""


def main() -> None:
    """Run a command; a failure is one line that says what to do, and an exit code that is not 0."""
    from app.core.errors import AtlasError

    try:
        app()
    except AtlasError as error:
        is_sentence = " " in error.title  # Airbyte's own titles are slugs
        said = f"{error.title}. {error.detail}" if is_sentence else error.detail
        print(f"atlas: {said}", file=sys.stderr)
        sys.exit(1)
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("atlas: stopped.", file=sys.stderr)
        sys.exit(130)


# ── the service ───────────────────────────────────────────────────────────────────────────────────


@app.command()
def serve(
    no_worker: Annotated[bool, typer.Option("--no-worker", help="API alone, no jobs.")] = False,
    queues: Queues = None,
    concurrency: Concurrency = None,
) -> None:
    """Serve the API and its documentation, and run jobs."""

    async def run_service() -> None:
        from app.main import app_of, open_atlas
        from app.terminal.beside import worker_beside
        from app.terminal.serving import require_free, require_safe
        from app.terminal.serving import serve as run_server
        from app.terminal.welcome import say_welcome

        settings = _settings()
        queues_of_option(queues)
        require_safe(settings)
        require_free(settings.host, settings.port)
        beside = (
            contextlib.nullcontext() if no_worker else worker_beside(settings, queues, concurrency)
        )
        async with open_atlas(settings) as atlas, beside:
            await say_welcome(open_console(), atlas, "serve")
            await run_server(app_of(atlas), settings)

    run(run_service(), is_fast=True)


@app.command()
def worker(
    queues: Queues = None,
    concurrency: Concurrency = None,
    beside: Annotated[bool, typer.Option("--beside", hidden=True)] = False,
) -> None:
    """Run jobs, without the API; start as many as you like, on any machine that reaches the database.

    SIGTERM puts running jobs back for another worker; a second one ends it at once.
    """

    async def work() -> None:
        from app.main import open_atlas
        from app.terminal.beside import giving_way
        from app.terminal.ending import until_stopped

        taken, settings = queues_of_option(queues), for_jobs(_settings(), concurrency)
        with giving_way() if beside else contextlib.nullcontext():
            async with open_atlas(settings) as atlas, atlas.working(taken) as tasks:
                await until_stopped(tasks)

    run(work())


app.command()(token)
app.command()(migrate)
app.command()(stop)


@app.command()
def doctor() -> None:
    """Check interpreter, packages, model, database, Redis and connectors; say how to mend what is not right."""
    from app.terminal.doctor import examine

    if not run(examine(_settings(quiet=True))):
        raise typer.Exit(1)


# ── syncs ─────────────────────────────────────────────────────────────────────────────────────────


@app.command()
def demo(
    records: Annotated[int, typer.Option(min=1, help="Users that the faker makes.")] = 10_000,
    once: Annotated[bool, typer.Option("--once", help="Exit after the summary.")] = False,
    as_json: Json = False,
) -> None:
    """Take a real connector's records through explore, chart and navigate, and show what was found."""

    async def run_demo() -> bool:
        from app.main import app_of, open_atlas
        from app.terminal.beside import worker_beside
        from app.terminal.demo import demo_connection, start_or_join
        from app.terminal.finishing import finish
        from app.terminal.serving import require_free, require_safe
        from app.terminal.serving import serve as run_server
        from app.terminal.welcome import say_welcome

        settings, console = _settings(quiet=True), open_console()
        if not once:
            require_safe(settings)
            require_free(settings.host, settings.port)
        async with open_atlas(settings) as atlas:
            connection = await demo_connection(console, atlas, records)
            async with atlas.working() as tasks:
                job = await start_or_join(console, atlas, connection)
                succeeded = await finish(console, atlas, job, tasks, as_json=as_json)
            if succeeded and not once:
                atlas.detectors.close()
                async with worker_beside(settings):
                    at = settings.address
                    console.print(f"API at {at}/v1, documentation at {at}/docs. Ctrl-C ends it.")
                    await say_welcome(console, atlas, "demo")
                    await run_server(app_of(atlas), settings)
            return succeeded

    if not run(run_demo()):
        raise typer.Exit(1)


@app.command()
def sync(
    connection: ConnectionName,
    as_json: Json = False,
) -> None:
    """Sync a connection now, and wait for the end."""

    async def run_sync() -> bool:
        from app.main import open_atlas
        from app.terminal.syncing import sync_and_show

        async with open_atlas(_settings(quiet=True)) as atlas:
            return await sync_and_show(open_console(), atlas, connection, as_json=as_json)

    if not run(run_sync()):
        raise typer.Exit(1)


@app.command()
def refresh(
    connection: ConnectionName,
    stream: Streams = None,
    remove_history: Removing = False,
    yes: Yes = False,
) -> None:
    """Read streams from their beginning: what the source no longer has ends, chart is replaced at once."""
    from app.terminal.changing import change

    options = (stream or [], remove_history, yes)
    if not run(change(_settings(quiet=True), open_console(), "refresh", connection, *options)):
        raise typer.Exit(1)


@app.command()
def clear(
    connection: ConnectionName,
    stream: Streams = None,
    remove_history: Removing = False,
    yes: Yes = False,
) -> None:
    """Empty chart and forget where the source stands: history ends now and stays, unless it is removed too."""
    from app.terminal.changing import change

    options = (stream or [], remove_history, yes)
    if not run(change(_settings(quiet=True), open_console(), "clear", connection, *options)):
        raise typer.Exit(1)


@app.command()
def rebuild(
    connection: ConnectionName,
    stream: Streams = None,
    swap: Annotated[
        bool, typer.Option("--swap", help="Put what was made again in its place.")
    ] = False,
) -> None:
    """Make chart and navigate again from explore, and say whether they are what is published."""

    async def run_rebuild() -> bool:
        from app.main import open_atlas
        from app.terminal.rebuilding import rebuild_and_show

        async with open_atlas(_settings(quiet=True)) as atlas, atlas.working() as tasks:
            console = open_console(stdout=True)
            return await rebuild_and_show(
                console, atlas, tasks, connection, stream or [], swap=swap
            )

    if not run(run_rebuild()):
        raise typer.Exit(1)


app.command()(backfill)
app.command("check-cols")(check_cols)


@app.command()
def generations(
    connection: ConnectionName,
    bring_back: Annotated[int | None, typer.Option(help="Let chart show this one again.")] = None,
    stream: Annotated[str | None, typer.Option(help="Of this stream.")] = None,
) -> None:
    """Show what was read from its beginning when, and which of it chart shows; or bring one back."""

    async def run_generations() -> bool:
        from app.main import open_atlas
        from app.terminal.generations import bring_back_one, show_generations

        console = open_console(stdout=True)
        async with open_atlas(_settings(quiet=True)) as atlas:
            if bring_back is not None:
                return await bring_back_one(console, atlas, connection, stream, bring_back)
            await show_generations(console, atlas, connection)
            return True

    if not run(run_generations()):
        raise typer.Exit(1)


@app.command()
def status(as_json: Json = False) -> None:
    """Show connections and how their last jobs ended."""
    from app.terminal.status import show_status

    _show(partial(show_status, as_json=as_json))


@app.command("passport")
def passport_of(
    connection: ConnectionName,
    stream: StreamName,
    key: Annotated[str, typer.Argument(help="Its value, or JSON; `-` reads it from stdin.")],
    namespace: Namespace = None,
    is_hash: Annotated[bool, typer.Option("--hash", help="KEY is the key's hash.")] = False,
    with_source: Annotated[bool, typer.Option("--source", help="With the record as sent.")] = False,
    as_json: Json = False,
) -> None:
    """Show where a row came from and what became of it, by its key."""
    from app.terminal.passport import Asked, show_passport

    asked = Asked(connection, stream, key, namespace, is_hash, with_source)
    _show(partial(show_passport, asked=asked, as_json=as_json))


@app.command("profile")
def profile_of(
    connection: ConnectionName,
    stream: StreamName,
    namespace: Namespace = None,
    as_json: Json = False,
) -> None:
    """Show what is in a dataset, column by column."""
    from app.terminal.profile import show_profile

    _show(partial(show_profile, name_or_id=connection, stream=stream, namespace=namespace, as_json=as_json))  # fmt: skip


app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(bench)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def quarantine(context: typer.Context) -> None:
    """Records that were kept out, and their return: list, show, fix, dismiss, replay."""
    from app.terminal.quarantine_commands import commands

    commands(run, _settings, open_console)(context.args, prog_name="atlas quarantine")


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def schema(context: typer.Context) -> None:
    """Schemas of sources that changed, and a word on them: changes, impact, adopt, reject."""
    from app.terminal.schema_commands import commands

    commands(run, _settings, open_console)(context.args, prog_name="atlas schema")


# ── what all commands share ───────────────────────────────────────────────────────────────────────


def _show(page: "Callable[[Console, Atlas], Coroutine[object, object, None]]") -> None:
    """Open Atlas, and print what a page of the terminal shows of it."""

    async def look() -> None:
        from app.main import open_atlas

        async with open_atlas(_settings(quiet=True)) as atlas:
            await page(open_console(stdout=True), atlas)

    run(look())


def _settings(*, quiet: bool = False) -> "Settings":
    """The settings, or a line that says which of them is wrong; `quiet` logs warnings alone."""
    from app.terminal.starting import settings_of_environment

    return settings_of_environment(quiet=quiet)


if __name__ == "__main__":
    main()
