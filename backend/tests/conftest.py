"""A migrated PostgreSQL database for every test that asks for one.

`dsn` and `database` are on the embedded server, or on the one that ATLAS_TEST_DATABASE_URL names.
Of a test marked `postgres15` they are on PostgreSQL 15; a test that shall run on both takes
`@pytest.mark.parametrize("dsn", SERVERS, indirect=True)`.
"""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from _pytest.nodeid import NodeId
from hypothesis import HealthCheck, settings

from app.database.embedded import arrive
from app.database.migrate import migrate
from app.database.pool import SERVICE_ROLE, Database, open_database
from tests.fixtures.atlas import Atlas, atlas_on
from tests.fixtures.memory import folder_for_data

settings.register_profile("noisy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("noisy")
"""How long an example takes says what else this machine does."""

POSTGRES15 = "postgresql://postgres@127.0.0.1:5432/postgres"
TOLD_S = 60.0
SERVERS = ["default", pytest.param("15", marks=pytest.mark.postgres15)]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tell xdist which tests go to one worker: it reads that from a test's id, after an @, and puts it there by
    an attribute that pytest has no more since 9.2."""
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        mark = item.get_closest_marker("xdist_group")
        if mark is not None and not item.nodeid.endswith(f"@{mark.args[0]}"):
            item._id = NodeId.parse(f"{item.nodeid}@{mark.args[0]}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the time went: the suite is to stay under a quarter of an hour."""
    spent: defaultdict[str, float] = defaultdict(float)
    for report in chain.from_iterable(terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport):
            spent["/".join(Path(report.location[0]).parts[2:-1]) or "."] += report.duration
    if sum(spent.values()) > TOLD_S:
        terminalreporter.section("seconds by folder, of all processes together")
        most = sorted(spent.items(), key=lambda item: -item[1])
        told = (f"{folder} {seconds:.0f}" for folder, seconds in most)
        terminalreporter.write_line(", ".join(told))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The DSN of the server that lives as long as the session; each xdist worker has its own."""
    if given := os.environ.get("ATLAS_TEST_DATABASE_URL"):
        yield given
        return
    with folder_for_data(tmp_path_factory.mktemp("server")) as folder:
        stay = arrive(folder / ".atlas")
        with psycopg.connect(stay.cluster.dsn, autocommit=True) as connection:
            # nothing of it outlives the session, and each test's database is copied and dropped with a checkpoint
            for setting in ("fsync", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield stay.cluster.dsn
        stay.leave()


@pytest.fixture(scope="session")
def server15() -> str:
    """The DSN of a PostgreSQL 15 on this machine; without one, the test is skipped."""
    try:
        with psycopg.connect(POSTGRES15, connect_timeout=2) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as refused:
        pytest.skip(f"PostgreSQL 15 does not answer on 127.0.0.1:5432 ({type(refused).__name__})")
    if version // 10_000 != 15:
        pytest.skip(f"127.0.0.1:5432 is PostgreSQL {version // 10_000}, not 15")
    return POSTGRES15


@pytest.fixture(scope="session")
def template(server: str) -> Iterator[str]:
    """The DSN of a database that is migrated once, to be cloned; nobody stays connected to it."""
    with new_database(server) as made:
        asyncio.run(migrate(made))
        yield made


@pytest.fixture(scope="session")
def template15(server15: str) -> Iterator[str]:
    with new_database(server15) as made:
        asyncio.run(migrate(made))
        yield made


@pytest.fixture
def dsn(request: pytest.FixtureRequest) -> Iterator[str]:
    """The DSN of a migrated, empty database of the test's own."""
    is_15 = request.node.get_closest_marker("postgres15") is not None
    template: str = request.getfixturevalue("template15" if is_15 else "template")
    with new_database(template, clone=True) as made:
        yield made


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    async with open_database(dsn, role=SERVICE_ROLE) as opened:
        yield opened


@pytest.fixture
def atlas(database: Database) -> Atlas:
    """Everything but the front door, on the database of the test."""
    return atlas_on(database)


@contextmanager
def new_database(dsn: str, *, clone: bool = False) -> Iterator[str]:
    """The DSN of a database beside `dsn`'s, with the same content if it is a clone; dropped after."""
    name = f"atlas_test_{uuid4().hex}"
    template = urlsplit(dsn).path[1:] if clone else "template1"
    admin = dsn_of(dsn, "postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        # files are copied at half the price of a copy by the log, unless each must reach the disk
        strategy = (
            "wal_log" if connection.execute("SHOW fsync").fetchone() == ("on",) else "file_copy"
        )
        connection.execute(f'CREATE DATABASE {name} TEMPLATE "{template}" STRATEGY {strategy}')
    try:
        yield dsn_of(dsn, name)
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def dsn_of(dsn: str, database: str) -> str:
    """The same server and user, another database."""
    return urlsplit(dsn)._replace(path=f"/{database}").geturl()
