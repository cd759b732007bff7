"""What this Atlas consists of and what it takes up: versions, disk; measured when somebody asks."""

import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.database import migrate
from app.database.pool import Connection
from app.database.queries import load

SQL = load(__file__)

SCHEMAS = ("pipeline", "explore", "staging", "chart", "navigate", "quarantine", "pii", "quality", "lineage", "jobs",
           "access", "audit")  # fmt: skip
_PACKAGES = (
    "airbyte",
    "procrastinate",
    "presidio-analyzer",
    "soda-core",
    "openlineage-python",
    "asyncpg",
    "psycopg",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Shape: `packages` that are not installed are left out; `revision` of the database, `needed` by this Atlas."""

    atlas: str
    python: str
    postgresql: str
    revision: str
    needed: str
    packages: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaSize:
    """What a schema has on disk. Units: bytes; `other_bytes` are values that are stored out of their rows."""

    schema: str
    tables: int
    table_bytes: int
    index_bytes: int
    other_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """Units: bytes. Shape: the database has more than its schemas: what PostgreSQL keeps of itself."""

    database: str
    size_bytes: int
    schemas: Sequence[SchemaSize]


@dataclass(frozen=True, slots=True, kw_only=True)
class RanConnector:
    """A connector that was installed or that a job ran, as it was last."""

    name: str
    version: str
    python_version: str
    sha256: str
    installed_at: datetime


async def versions(connection: Connection) -> Versions:
    row = await connection.fetchrow(SQL["server"])
    assert row is not None  # noqa: S101  a server has a version
    return Versions(
        atlas=importlib.metadata.version("atlas"),
        python=platform.python_version(),
        postgresql=row["version"],
        revision=await migrate.revision(connection),
        needed=migrate.newest_revision(),
        packages={name: found for name in _PACKAGES if (found := _version_of(name))},
    )


async def disk(connection: Connection) -> Disk:
    row = await connection.fetchrow(SQL["server"])
    assert row is not None  # noqa: S101  a server has a database
    schemas = await connection.fetch(SQL["schemas"], list(SCHEMAS))
    return Disk(
        database=row["database"],
        size_bytes=row["size_bytes"],
        schemas=[SchemaSize(**schema) for schema in schemas],
    )


async def connectors(connection: Connection) -> Sequence[RanConnector]:
    """By name."""
    return [RanConnector(**row) for row in await connection.fetch(SQL["connectors"])]


def _version_of(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
