"""`atlas migrate`, `atlas stop` and `atlas bench`: what is done to the database's server, and measured on one."""

import sys
from pathlib import Path

import typer

from app.terminal.running import run


def migrate() -> None:
    """Bring the database to this Atlas's schema."""

    async def bring_up() -> None:
        from app.database.migrate import migrate as upgrade
        from app.main import database_server
        from app.terminal.starting import settings_of_environment

        async with database_server(settings_of_environment(quiet=False)) as dsn:
            await upgrade(dsn)

    run(bring_up())
    print("The database is up to date.")


def stop() -> None:
    """Stop the embedded server, whoever uses it."""
    from app.database.embedded import stop as stop_server
    from app.terminal.starting import settings_of_environment

    stopped = stop_server(settings_of_environment(quiet=False).home)
    print("The embedded server is stopped." if stopped else "No embedded server was running.")


def bench(context: typer.Context) -> None:
    """Measure Atlas against the database's own COPY, on this machine; see benchmarks/README.md."""
    import subprocess

    program = Path(__file__).parents[3] / "benchmarks" / "run.py"
    command = [sys.executable, str(program), *context.args]
    sys.exit(subprocess.call(command))  # noqa: S603  our own program; no shell
