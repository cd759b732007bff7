"""Brings a database to this Atlas's schema."""

import asyncio
from pathlib import Path

import psycopg

from app.core.failures import (
    DatabaseUnreachable,
    SchemaAhead,
    SchemaBehind,
)
from app.database.pool import Connection
from app.database.queries import load

MIGRATIONS = Path(__file__).parents[3] / "migrations"
SQL = load(__file__)

_TIMEOUT_S = 10
_SILENT = "The database did not answer while migrating. Check ATLAS_DATABASE_URL."


async def migrate(dsn: str) -> None:
    """Apply what is missing, under an advisory lock; nothing to do is no work, and loads nothing.

    Errors: DatabaseUnreachable; SchemaAhead, and nothing is changed.
    """
    await asyncio.to_thread(_bring_up, dsn)


async def is_made(connection: Connection) -> bool:
    """True if the database was ever migrated."""
    made: bool = await connection.fetchval(SQL["is_made"])
    return made


async def require_current(connection: Connection) -> None:
    """Errors: SchemaBehind or SchemaAhead, unless the database's revision is this Atlas's newest."""
    if not await is_made(connection):
        raise SchemaBehind("The database has no schema yet. Run `atlas migrate`.", found=None)
    newest, found = newest_revision(), await connection.fetchval(SQL["revision"])
    _require_not_ahead(found)
    if found != newest:
        raise SchemaBehind(
            f"The database is at revision {found}, this Atlas needs {newest}. Run `atlas migrate`.",
            found=found,
            needed=newest,
        )


async def revision(connection: Connection) -> str:
    """The revision that a database is at."""
    found: str = await connection.fetchval(SQL["revision"])
    return found


def newest_revision() -> str:
    """The revision that this Atlas needs: files are named by their revisions, which rise."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _bring_up(dsn: str) -> None:
    try:
        with psycopg.connect(dsn, connect_timeout=_TIMEOUT_S) as session:
            found = _revision(session)
            if found is not None:
                _require_not_ahead(found)
            if found == newest_revision():
                return
    except psycopg.OperationalError as error:
        raise DatabaseUnreachable(_SILENT) from error
    _upgrade(dsn)


def _revision(session: psycopg.Connection[tuple[object, ...]]) -> str | None:
    """The database's revision; none if it was never migrated."""
    (made,) = session.execute(SQL["is_made"]).fetchone() or (False,)
    found = (session.execute(SQL["revision"]).fetchone() or (None,))[0] if made else None
    return None if found is None else str(found)


def _require_not_ahead(found: str) -> None:
    """Errors: SchemaAhead."""
    newest = newest_revision()
    if found > newest:
        raise SchemaAhead(
            f"The database is at revision {found}; this Atlas knows none after {newest}.",
            found=found,
            known=newest,
        )


def _upgrade(dsn: str) -> None:
    from alembic import command  # half a second of CPU, and seldom needed
    from alembic.config import Config
    from sqlalchemy.exc import OperationalError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    _, _, address = dsn.partition("://")
    config.attributes["url"] = f"postgresql+psycopg://{address}"
    try:
        command.upgrade(config, "head")
    except OperationalError as error:
        raise DatabaseUnreachable(_SILENT) from error
