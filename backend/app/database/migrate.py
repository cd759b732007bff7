"""Brings a database to this Atlas's schema."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from app.core.errors import DatabaseUnreachable, SchemaBehind
from app.database.pool import Connection
from app.database.queries import load

MIGRATIONS = Path(__file__).parents[3] / "migrations"
SQL = load(__file__)


async def migrate(dsn: str) -> None:
    """Apply what is missing, under an advisory lock; nothing to do is no work.

    Errors: DatabaseUnreachable.
    """
    await asyncio.to_thread(_upgrade, dsn)


async def is_made(connection: Connection) -> bool:
    """True if the database was ever migrated."""
    made: bool = await connection.fetchval(SQL["is_made"])
    return made


async def require_current(connection: Connection) -> None:
    """Raise SchemaBehind unless the database's revision is this Atlas's newest."""
    if not await is_made(connection):
        raise SchemaBehind("The database has no schema yet. Run `atlas migrate`.", found=None)
    newest = ScriptDirectory.from_config(_config("")).get_current_head()
    found = await connection.fetchval(SQL["revision"])
    if found != newest:
        raise SchemaBehind(
            f"The database is at revision {found}, this Atlas needs {newest}. Run `atlas migrate`.",
            found=found,
            needed=newest,
        )


def _upgrade(dsn: str) -> None:
    try:
        command.upgrade(_config(dsn), "head")
    except OperationalError as error:
        raise DatabaseUnreachable(
            "The database did not answer while migrating. Check ATLAS_DATABASE_URL."
        ) from error


def _config(dsn: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    _, _, address = dsn.partition("://")
    config.attributes["url"] = f"postgresql+psycopg://{address}"
    return config
