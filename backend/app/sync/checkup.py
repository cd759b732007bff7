"""What Atlas stands on, looked at piece by piece, with how to mend what is not right."""

import asyncio
import importlib.metadata
import importlib.util
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import AtlasError
from app.core.failures import (
    SchemaAhead,
    SchemaBehind,
)
from app.core.settings import Settings
from app.database import mask_key
from app.database.cache import reach as reach_redis
from app.database.keys import load_keys
from app.database.migrate import is_made, require_current
from app.database.pool import Connection, Database
from app.gates.pii.recognizers import model_name
from app.remote.dbt import Dbt
from app.secrets.closed import TO_MEND, closed_secrets
from app.secrets.master_keys import MasterKeys
from app.sources import interpreters
from app.sources.registry import KNOWN, installed_here

_PACKAGES = ("airbyte", "presidio_analyzer", "soda", "openlineage", "procrastinate", "polars")
_OLDEST, _NEWEST = (3, 11), (3, 12)


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that was looked at. Shape: `mend` is what to do where it is not right."""

    subject: str
    is_right: bool
    found: str
    mend: str = ""


async def before_the_database(settings: Settings) -> Sequence[Look]:
    """The interpreter, packages, the language model, the mask key."""

    def looked_at() -> Sequence[Look]:
        return [_interpreter(), *map(_package, _PACKAGES), _model(), _keys(settings)]

    return await asyncio.to_thread(looked_at)


async def of_database(
    settings: Settings, database: Database, session: Connection
) -> Sequence[Look]:
    """The server, its schema, the key that made its rows, and those of its secrets."""
    kind = "of ATLAS_DATABASE_URL" if settings.database_url else f"embedded in {settings.home}"
    version = await session.fetchval("SHOW server_version")
    return [
        Look("database", True, f"PostgreSQL {version}, {kind}"),
        await _schema(session),
        await _key_of_database(settings, session),
        await _secrets(settings, database),
    ]


async def beside_the_database(settings: Settings, dbt: Dbt) -> Sequence[Look]:
    """Redis, dbt, the interpreters that connectors want, and the connectors that Atlas was tried with."""

    def looked_at() -> Sequence[Look]:
        return [
            _dbt(dbt),
            *map(_interpreter_of_connectors, interpreters.VERSIONS),
            *(_connector(settings, name) for name in sorted(KNOWN)),
        ]

    redis_url = settings.redis_url
    redis = (
        await _redis(redis_url.get_secret_value())
        if redis_url
        else Look("Redis", True, "not set; Atlas runs without it")
    )
    return [redis, *await asyncio.to_thread(looked_at)]


def _interpreter() -> Look:
    found = f"Python {sys.version.split()[0]}"
    is_right = _OLDEST <= sys.version_info[:2] <= _NEWEST
    return Look(
        "interpreter", is_right, found, "Atlas needs Python 3.11 or 3.12: make test PYTHON=..."
    )


def _package(name: str) -> Look:
    if importlib.util.find_spec(name) is None:
        return Look(
            f"package {name}", False, "missing", "Run `make demo` or `make test`; they install it."
        )
    owners = importlib.metadata.packages_distributions().get(name, [])
    version = importlib.metadata.version(owners[0]) if owners else "found"
    return Look(f"package {name}", True, version)


def _model() -> Look:
    try:
        return Look("language model", True, model_name())
    except (ImportError, AtlasError):
        return Look(
            "language model", False, "missing", "Run `make demo`; the model is a locked package."
        )


def _keys(settings: Settings) -> Look:
    try:
        keys = load_keys(settings)
    except AtlasError as error:
        return Look(
            "mask key",
            False,
            error.detail,
            "Restore it from your backup; without it tokens do not join.",
        )
    where = (
        "from ATLAS_MASK_KEY" if settings.mask_key else f"in {settings.home / 'keys' / 'mask.key'}"
    )
    return Look("mask key", True, f"{keys.id}, {where}: back it up")


async def _schema(session: Connection) -> Look:
    if not await is_made(session):
        return Look("schema", True, "not made yet; the first start makes it")
    try:
        await require_current(session)
    except AtlasError as error:
        return Look("schema", False, error.detail, "Run `atlas migrate`.")
    return Look("schema", True, "up to date")


async def _key_of_database(settings: Settings, session: Connection) -> Look:
    """Whether the rows that are there are of the key that is there."""
    subject = "key of the database"
    try:
        await require_current(session)
        is_right = await mask_key.is_right(session, load_keys(settings))
    except AtlasError as error:
        return Look(subject, True, f"not compared: {error.detail}")
    if is_right is None:
        return Look(subject, True, "none yet; the first sync notes it")
    found = "the mask key" if is_right else "not the mask key; no connection is synced"
    return Look(subject, is_right, found, mask_key.TO_MEND)


async def _secrets(settings: Settings, database: Database) -> Look:
    """Where the master key is, and whether all secrets open with the keys at hand."""
    subject = "secrets"
    try:
        keys = await MasterKeys.of(settings)
        async with database.connection() as session:
            await require_current(session)
        count, closed = await closed_secrets(database, keys)
    except (SchemaAhead, SchemaBehind) as error:
        return Look(subject, True, f"not opened: {error.detail}")
    except AtlasError as error:
        return Look(subject, False, error.detail, "Put the master key back from your backup.")
    found = f"master key {keys.newest.kid}, {keys.newest.where}: back it up"
    if not closed:
        return Look(subject, True, f"{found}; {count:,} kept, all open")
    kids = ", ".join(sorted({kept.locked.kid for kept in closed}))
    return Look(
        subject, False, f"{found}; {len(closed):,} of {count:,} do not open, of {kids}", TO_MEND
    )


async def _redis(url: str) -> Look:
    try:
        return Look("Redis", True, await reach_redis(url))
    except AtlasError as error:
        return Look("Redis", False, error.detail, "Start it, or unset ATLAS_REDIS_URL.")


def _dbt(dbt: Dbt) -> Look:
    """Shape: right also where there is none: Atlas moves data without it."""
    program = shutil.which(dbt.command[0])
    if program is None:
        return Look("dbt", True, "not installed; `make dbt` does it, and transformations need it")
    return Look("dbt", True, f"{program}, projects under {dbt.projects}")


def _interpreter_of_connectors(version: str) -> Look:
    """Shape: right also where there is none: not every connector wants it."""
    found = interpreters.find(version)
    is_there = str(found) if found else "not on the path; connectors that want it are not installed"
    return Look(f"Python {version} for connectors", True, is_there)


def _connector(settings: Settings, name: str) -> Look:
    found = installed_here(settings, name)
    if found is None:
        return Look(
            f"connector {name}", True, f"not installed; `atlas connectors install {name}` does it"
        )
    return Look(f"connector {name}", True, f"{found.version}, Python {found.python}")
