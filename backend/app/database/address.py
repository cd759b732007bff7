"""Where a database is, without who asks or with which password."""

from dataclasses import dataclass

from psycopg.conninfo import conninfo_to_dict

DEFAULT_PORT = 5432


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """A database as lineage names it."""

    host: str
    port: int
    database: str

    @property
    def namespace(self) -> str:
        """Source: OpenLineage, naming conventions for PostgreSQL."""
        return f"postgres://{self.host}:{self.port}"


def address_of(dsn: str) -> DatabaseAddress:
    """The address that a DSN leads to; of several hosts the first.

    Shape: a socket's folder, or no host at all, is `localhost`; an IPv6 address is in brackets.
    """
    parameters = conninfo_to_dict(dsn)
    host = _first(parameters.get("host")) or "localhost"
    if host.startswith(("/", "@")):
        host = "localhost"
    port = int(_first(parameters.get("port")) or DEFAULT_PORT)
    database = parameters.get("dbname") or parameters.get("user") or "postgres"
    return DatabaseAddress(f"[{host}]" if ":" in host else host, port, str(database))


def _first(value: object) -> str:
    """The first of a list with commas; libpq takes one port for all hosts, or one each."""
    return str(value or "").partition(",")[0]
