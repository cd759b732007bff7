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
    database = parameters.get("dbname") or parameters.get("user") or "postgres"
    return address_at(parameters.get("host"), parameters.get("port"), str(database))


def address_at(host: object, port: object, database: str) -> DatabaseAddress:
    """The address of libpq's host and port. Errors: ValueError for a port that is none."""
    name = _first(host) or "localhost"
    if name.startswith(("/", "@")):
        name = "localhost"
    number = int(_first(port) or DEFAULT_PORT)
    return DatabaseAddress(f"[{name}]" if ":" in name else name, number, database)


def _first(value: object) -> str:
    """The first of a list with commas; libpq takes one port for all hosts, or one each."""
    return str(value or "").partition(",")[0]
