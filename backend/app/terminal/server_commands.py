"""`atlas migrate` and `atlas stop`: what is done to the database's server."""

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
