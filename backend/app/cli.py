"""`atlas`: what a person types. Each command imports what it needs, so that help is instant."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from app.core.jobs import Job
    from app.core.settings import Settings
    from app.main import Atlas

app = typer.Typer(
    name="atlas",
    help="Moves data from any Airbyte connector into three governed layers in PostgreSQL.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
connectors_app = typer.Typer(help="Find, install and ask connectors.", no_args_is_help=True)
app.add_typer(connectors_app, name="connectors")
state_app = typer.Typer(help="Where connections stand in their sources.", no_args_is_help=True)
app.add_typer(state_app, name="state")

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="End with one JSON object on the last line.")]
StreamName = Annotated[str, typer.Argument(help="The stream's name.")]
Namespace = Annotated[str | None, typer.Option(help="The stream's namespace, where it has one.")]
ConfigFile = Annotated[
    Path,
    typer.Option("--config", help="JSON file with the connector's configuration.", exists=True),
]
Queues = Annotated[
    str | None,
    typer.Option(help="Take jobs of these queues, separated by commas; else ATLAS_SYNC_QUEUES."),
]
Concurrency = Annotated[
    int | None,
    typer.Option(min=1, help="Run so many jobs at once; else ATLAS_SYNC_CONCURRENCY."),
]


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
        from app.terminal.serving import require_free
        from app.terminal.serving import serve as run_server

        settings = _for_jobs(_settings(), concurrency)
        require_free(settings.host, settings.port)
        async with contextlib.AsyncExitStack() as stack:
            atlas = await stack.enter_async_context(open_atlas(settings))
            if not no_worker:
                await stack.enter_async_context(atlas.working(_queues(queues)))
            await run_server(app_of(atlas), settings)

    _run(run_service())


@app.command()
def worker(queues: Queues = None, concurrency: Concurrency = None) -> None:
    """Run jobs, without the API; start as many as you like, on any machine that reaches the database.

    SIGTERM puts running jobs back for another worker; a second one ends it at once.
    """

    async def work() -> None:
        from app.main import open_atlas
        from app.terminal.serving import until_stopped

        taken, settings = _queues(queues), _for_jobs(_settings(), concurrency)
        async with open_atlas(settings) as atlas, atlas.working(taken) as tasks:
            await until_stopped(tasks)

    _run(work())


@app.command()
def migrate() -> None:
    """Bring the database to this Atlas's schema."""

    async def bring_up() -> None:
        from app.database.migrate import migrate as upgrade
        from app.main import database_server

        async with database_server(_settings()) as dsn:
            await upgrade(dsn)

    _run(bring_up())
    print("The database is up to date.")


@app.command()
def stop() -> None:
    """Stop the embedded server, whoever uses it."""
    from app.database.embedded import stop as stop_server

    stopped = stop_server(_settings().home)
    print("The embedded server is stopped." if stopped else "No embedded server was running.")


@app.command()
def doctor() -> None:
    """Check interpreter, packages, model, database, Redis and connectors; say how to mend what is not right."""
    from app.terminal.doctor import examine

    if not _run(examine(_settings(quiet=True))):
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
        from app.terminal.demo import demo_connection, start_or_join
        from app.terminal.serving import require_free
        from app.terminal.serving import serve as run_server

        settings, console = _settings(quiet=True), _console()
        if not once:
            require_free(settings.host, settings.port)
        async with open_atlas(settings) as atlas:
            connection = await demo_connection(console, atlas, records)
            async with atlas.working() as tasks:
                job = await start_or_join(console, atlas, connection)
                succeeded = await _finish(console, atlas, job, tasks, as_json=as_json)
                if succeeded and not once:
                    address = f"http://{settings.host}:{settings.port}"
                    console.print(
                        f"API at {address}/v1, documentation at {address}/docs. Ctrl-C ends it."
                    )
                    await run_server(app_of(atlas), settings)
            return succeeded

    if not _run(run_demo()):
        raise typer.Exit(1)


@app.command()
def sync(
    connection: Annotated[str, typer.Argument(help="Name or id of the connection.")],
    as_json: Json = False,
) -> None:
    """Sync a connection now, and wait for the end."""

    async def run_sync() -> bool:
        from app.main import open_atlas
        from app.sync.connections import connection_store

        console = _console()
        async with open_atlas(_settings(quiet=True)) as atlas:
            async with atlas.database.connection() as session:
                found = await connection_store.find_connection(session, connection)
            async with atlas.working() as tasks:
                job = await atlas.scheduler.start(found.connection_id)
                return await _finish(console, atlas, job, tasks, as_json=as_json)

    if not _run(run_sync()):
        raise typer.Exit(1)


@app.command()
def status(as_json: Json = False) -> None:
    """Show connections and how their last jobs ended."""
    from app.terminal.status import show_status

    _show(partial(show_status, as_json=as_json))


@app.command("passport")
def passport_of(
    connection: Annotated[str, typer.Argument(help="Name or id of the connection.")],
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
    connection: Annotated[str, typer.Argument(help="Name or id of the connection.")],
    stream: StreamName,
    namespace: Namespace = None,
    as_json: Json = False,
) -> None:
    """Show what is in a dataset, column by column."""
    from app.terminal.profile import show_profile

    _show(partial(show_profile, name_or_id=connection, stream=stream, namespace=namespace, as_json=as_json))  # fmt: skip


@state_app.command("clear")
def state_clear(
    connection: Annotated[str, typer.Argument(help="Name or id of the connection.")],
    stream: Annotated[str | None, typer.Option(help="Of this stream alone.")] = None,
) -> None:
    """Forget what a source was read up to: the next sync reads it from the beginning."""

    async def clear() -> None:
        from app.main import open_atlas
        from app.terminal.state import clear_state

        async with open_atlas(_settings(quiet=True)) as atlas:
            await clear_state(_console(stdout=True), atlas, connection, stream)

    _run(clear())


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context) -> None:
    """Measure Atlas against the database's own COPY, on this machine; see benchmarks/README.md."""
    import subprocess

    program = Path(__file__).parents[2] / "benchmarks" / "run.py"
    command = [sys.executable, str(program), *context.args]
    sys.exit(subprocess.call(command))  # noqa: S603  our own program; no shell


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def quarantine(context: typer.Context) -> None:
    """Records that were kept out, and their return: list, show, fix, dismiss, replay."""
    from app.terminal.quarantine_commands import commands

    commands(_run, _settings, _console)(context.args, prog_name="atlas quarantine")


# ── connectors ────────────────────────────────────────────────────────────────────────────────────


@connectors_app.command("list")
def connectors_list() -> None:
    """The connectors that are pinned, and whether they are installed."""
    from app.terminal.connectors import show_connectors

    show_connectors(_console(stdout=True), _settings())


@connectors_app.command("install")
def connectors_install(name: str) -> None:
    """Install a connector through PyAirbyte, in an environment of its own."""
    from app.terminal.connectors import install

    _run(install(_console(stdout=True), _settings(), name))


@connectors_app.command("spec")
def connectors_spec(name: str) -> None:
    """Print what a connector wants to be told, as JSON."""
    from app.terminal.connectors import spec

    print(json.dumps(_run(spec(_settings(), name)), indent=2))


@connectors_app.command("check")
def connectors_check(name: str, config: ConfigFile) -> None:
    """Let a connector try its configuration."""
    from app.terminal.connectors import check

    if not _run(check(_console(stdout=True), _settings(), name, config)):
        raise typer.Exit(1)


@connectors_app.command("discover")
def connectors_discover(name: str, config: ConfigFile) -> None:
    """Print the streams a source offers, as JSON."""
    from app.terminal.connectors import discover

    print(json.dumps(_run(discover(_settings(), name, config)), indent=2))


# ── what all commands share ───────────────────────────────────────────────────────────────────────


async def _finish(
    console: "Console",
    atlas: "Atlas",
    job: "Job",
    worker: "asyncio.Future[list[None]]",
    *,
    as_json: bool,
) -> bool:
    """Follow a job to its end and show its report; true if it succeeded."""
    from app.core.jobs import JobStatus
    from app.sync.jobs import report
    from app.terminal import progress, summary

    ended = await progress.follow(console, atlas.database, job.job_id, worker)
    async with atlas.database.connection() as session:
        found = await report.of_job(session, job.job_id)
    summary.show(console, found)
    if as_json:
        print(json.dumps(summary.as_json(found)), flush=True)
    return ended.status is JobStatus.SUCCEEDED


def _show(page: "Callable[[Console, Atlas], Coroutine[object, object, None]]") -> None:
    """Open Atlas, and print what a page of the terminal shows of it."""

    async def look() -> None:
        from app.main import open_atlas

        async with open_atlas(_settings(quiet=True)) as atlas:
            await page(_console(stdout=True), atlas)

    _run(look())


def _for_jobs(settings: "Settings", concurrency: int | None) -> "Settings":
    """The settings for so many jobs at the same time: the pools are as large as those need."""
    return (
        settings.model_copy(update={"sync_concurrency": concurrency}) if concurrency else settings
    )


def _settings(*, quiet: bool = False) -> "Settings":
    """The settings, or a line that says which of them is wrong; `quiet` logs warnings alone."""
    from app.terminal.starting import settings_of_environment

    return settings_of_environment(quiet=quiet)


def _queues(listed: str | None) -> tuple[str, ...] | None:
    """The queues of an option, or a line that says what is wrong with it."""
    from app.core.settings import queues_of

    try:
        return None if listed is None else queues_of(listed)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--queues") from None


def _console(*, stdout: bool = False) -> "Console":
    """Where people read: stderr, so that stdout stays for what programs read."""
    from rich.console import Console

    stream = sys.stdout if stdout else sys.stderr
    return Console(file=stream, width=None if stream.isatty() else 120, highlight=False)


def _run(coroutine: Coroutine[object, object, T]) -> T:
    """Run to the end; SIGTERM and Ctrl-C unwind everything that is open."""

    async def supervised() -> T:
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        if task is not None:
            for ending in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(ending, task.cancel)
        return await coroutine

    return asyncio.run(supervised())


if __name__ == "__main__":
    main()
