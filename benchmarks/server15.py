"""A PostgreSQL 15 of this machine, where one answers and lets us make a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

POSTGRES15 = "postgresql://postgres@127.0.0.1:5432/postgres"


@contextmanager
def new_database(admin: str) -> Iterator[str | None]:
    """The DSN of an empty database on a PostgreSQL 15, dropped after; none if there is no such server."""
    try:
        with psycopg.connect(admin, autocommit=True, connect_timeout=2) as session:
            is_15 = session.info.server_version // 10_000 == 15
            name = f"atlas_bench_{uuid4().hex}"
            if is_15:
                session.execute(f"CREATE DATABASE {name}")
    except psycopg.OperationalError:
        is_15 = False
    if not is_15:
        yield None
        return
    try:
        yield urlunsplit(urlsplit(admin)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(admin, autocommit=True) as session:
            session.execute(f"DROP DATABASE {name} WITH (FORCE)")
