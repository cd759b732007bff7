"""A look into a PostgreSQL that is not Atlas's: one question, read-only, and gone."""

import math
import os
from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.core.remote_failures import (
    FreshnessNotMeasured,
)

_TAKEN = frozenset({"host", "port", "dbname", "user", "password", "sslmode"})
"""What else a DSN may say names files of this machine, or changes what the session is."""


def parameters_of(dsn: str) -> Mapping[str, str]:
    """What a DSN says. Errors: ValueError, and nothing of what it holds is told."""
    try:
        found = {
            name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None
        }
    except psycopg.ProgrammingError:
        raise ValueError("it is no DSN of PostgreSQL.") from None
    if other := sorted(found.keys() - _TAKEN):
        raise ValueError(f"it may say no {', '.join(other)}.")
    host = found.get("host", "")
    if not host or host.startswith(("/", "@")) or "," in host:
        raise ValueError("it names one host, and no socket of this machine.")
    if not {"user", "dbname"} <= found.keys():
        raise ValueError("it names a user and a database.")
    return found


async def age_s(
    parameters: Mapping[str, str], address: str, table: tuple[str, str], column: str, timeout_s: float
) -> float | None:  # fmt: skip
    """Seconds since the newest value of a column, by that server's clock; none where there is none.

    Shape:  `address` is what the host's name led to when it was looked at; TLS keeps the name.
    Errors: FreshnessNotMeasured, without what the server says: it may quote a value.
    """
    limit_ms = max(math.ceil(timeout_s * 1_000), 1)
    options = f"-c default_transaction_read_only=on -c statement_timeout={limit_ms} -c timezone=UTC"
    try:
        connection = await psycopg.AsyncConnection.connect(
            make_conninfo(
                "", **parameters, hostaddr=address, options=options, passfile=os.devnull,
                application_name="atlas", connect_timeout=max(math.ceil(timeout_s), 2),
            )
        )  # fmt: skip
        async with connection:
            query = sql.SQL("SELECT extract(epoch FROM now() - max({}))::float8 FROM {}").format(
                sql.Identifier(column), sql.Identifier(*table)
            )
            row = await (await connection.execute(query)).fetchone()
    except psycopg.Error as error:
        code = f", SQLSTATE {error.sqlstate}" if error.sqlstate else ""
        raise FreshnessNotMeasured(
            f"PostgreSQL refuses it ({type(error).__name__}{code})."
        ) from None
    return None if row is None or row[0] is None else float(row[0])
