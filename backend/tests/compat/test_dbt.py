"""The real dbt, started by Atlas, builds the shop in four movements; and its project compiles for Snowflake.

The environments are made by `make compat`: .venv-dbt and .venv-dbt-snowflake.
"""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.core.catalog import Stream
from app.core.jobs import JobStatus
from app.core.settings import Settings
from app.core.transformations import Artifact, Build, NodeStatus, Transformation, TransformationRun
from app.database.migrate import migrate
from app.database.pool import SERVICE_ROLE, Database, open_database
from app.parts import dbt_of, environments_of, lineage_of
from app.sync.connections import connection_store
from app.sync.transformations import kept, runs, store
from app.sync.transformations.runner import TransformationRunner
from tests.conftest import new_database
from tests.fixtures.atlas import atlas_on, environments_on
from tests.fixtures.scripted import INSTANT, offered, saying, whole

ROOT = Path(__file__).resolve().parents[3]
SHOP = ROOT / "orchestration" / "shop"
PROJECT = ROOT / "orchestration" / "dbt"
SNOWFLAKE = ROOT / ".venv-dbt-snowflake" / "bin" / "python"
SEED, CUSTOMERS = 42, 50
LIMIT_S = 900.0
KINDS = {
    "bigint": "NUMBER(38, 0)",
    "integer": "NUMBER(38, 0)",
    "text": "VARCHAR",
    "uuid": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "numeric": "NUMBER(14, 2)",
    "timestamp with time zone": "TIMESTAMP_TZ",
}
INTEGER, STRING = {"type": ["null", "integer"]}, {"type": ["null", "string"]}
TYPES: Mapping[str, Mapping[str, object]] = {
    "bigint": INTEGER,
    "integer": INTEGER,
    "text": STRING,
    "boolean": {"type": ["null", "boolean"]},
    "date": {"type": ["null", "string"], "format": "date"},
    "numeric": {"type": ["null", "number"]},
    "timestamp with time zone": INSTANT,
}
Json = dict[str, Any]


@pytest.fixture
def source_shop(server: str) -> Iterator[str]:
    """The DSN of a migrated database beside whose layers the shop itself is, and nothing published of it."""
    with new_database(server) as dsn:
        asyncio.run(migrate(dsn))
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute((SHOP / "shop.sql").read_bytes())
            connection.execute("SELECT shop.fill(%s, %s)", (SEED, CUSTOMERS))
        yield dsn


@pytest.fixture(scope="module")
def shop(server: str) -> Iterator[str]:
    """The DSN of a migrated database with the shop in chart and navigate.

    Shape: migrated itself, not cloned: what is granted on a database does not go along with a clone.
    """
    with new_database(server) as dsn:
        asyncio.run(migrate(dsn))
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute((SHOP / "shop.sql").read_bytes())
            connection.execute("SELECT shop.fill(%s, %s)", (SEED, CUSTOMERS))
            connection.execute((SHOP / "layers.sql").read_bytes())
        yield dsn


@dataclass(slots=True)
class Orchestra:
    """Atlas with the real dbt on the shop."""

    database: Database
    runner: TransformationRunner
    dsn: str

    async def make(self, build: Build) -> Transformation:
        async with self.database.transaction() as session:
            await connection_store.ensure_home(session, {})
            return await store.create(session, connection_store.HOME_WORKSPACE, "shop", None, build)

    async def play(self, transformation: Transformation) -> TransformationRun:
        async with self.database.transaction() as session:
            asked = await runs.ask(session, transformation, "a test")
        return await self.see_to(asked)

    async def see_to(self, asked: TransformationRun) -> TransformationRun:
        async with asyncio.timeout(LIMIT_S):
            assert await self.runner.run() == 0.0
        async with self.database.connection() as session:
            return await runs.get(session, asked.transformation_run_id)

    def count(self, table: str) -> int:
        with psycopg.connect(self.dsn) as connection:
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        assert row is not None
        return int(row[0])

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement.encode())

    def value(self, query: str) -> object:
        with psycopg.connect(self.dsn) as connection:
            row = connection.execute(query.encode()).fetchone()
        return row and row[0]


@pytest.fixture
async def orchestra(shop: str) -> AsyncIterator[Orchestra]:
    async with orchestra_on(shop) as opened:
        yield opened


@asynccontextmanager
async def orchestra_on(dsn: str) -> AsyncIterator[Orchestra]:
    settings = Settings.model_validate({"database_url": dsn})
    dbt = dbt_of(settings)
    if shutil.which(dbt.command[0]) is None:
        pytest.skip("dbt is not installed: `make dbt` does it")
    async with open_database(dsn, role=SERVICE_ROLE) as database:
        environments = environments_of(settings, database, environments_on().sealing)
        runner = TransformationRunner(
            database=database,
            dbt=dbt,
            environments=environments,
            lineage=lineage_of(settings, database),
            lease_s=60.0,
            wait_s=0.01,
            log_limit_bytes=1_000_000,
        )
        yield Orchestra(database, runner, dsn)


async def test_the_shop_is_played_in_four_movements(orchestra: Orchestra) -> None:
    transformation = await orchestra.make(Build(project="dbt", makes_docs=True))

    run = await orchestra.play(transformation)

    assert (run.status, run.failure, run.warnings) == (JobStatus.SUCCEEDED, None, [])
    assert run.nodes_done > 200
    tables = [path.stem for path in (PROJECT / "models" / "movement_i").glob("landed_*.sql")]
    assert len(tables) == 14
    for table in (name.removeprefix("landed_") for name in tables):
        there = orchestra.count(f"shop.{table}")
        assert there > 0
        assert orchestra.count(f"movement_i.landed_{table}") == there
        assert orchestra.count(f"movement_ii.clean_{table}") == there
    assert orchestra.count("movement_iii.order_lines_fulfilled") == orchestra.count(
        "shop.order_lines"
    )
    assert orchestra.count("movement_iii.invoices_settled") == orchestra.count("shop.invoices")
    assert orchestra.count("movement_iii.customers_history") == CUSTOMERS + CUSTOMERS // 4
    assert orchestra.count("movement_iii.orders_as_they_were") == orchestra.count(
        "shop.sales_orders"
    )
    assert orchestra.count("movement_iii.orders_snapshot") == orchestra.count("shop.sales_orders")
    for mart in (PROJECT / "models" / "finale").glob("*.sql"):
        assert orchestra.count(f"finale.{mart.stem}") > 0
    invoiced = orchestra.value("SELECT sum(amount) FROM shop.invoice_lines")
    assert orchestra.value("SELECT sum(invoiced_amount) FROM finale.receivables") == invoiced
    assert orchestra.value(
        "SELECT tableowner FROM pg_tables WHERE schemaname = 'finale' LIMIT 1"
    ) == "atlas_transformer"  # fmt: skip
    assert orchestra.value("SELECT has_table_privilege('atlas_reader', 'finale.receivables', 'SELECT')")  # fmt: skip
    async with orchestra.database.connection() as session:
        artifacts = await kept.artifacts(session, run.transformation_run_id)
        nodes = await kept.nodes(session, run.transformation_run_id)
    assert set(artifacts) == set(Artifact)
    assert {node.relation for node in nodes if node.name == "receivables"} == {
        f"{orchestra.value('SELECT current_database()')}.finale.receivables"
    }
    written = orchestra.value(
        "SELECT count(*) FROM lineage.run_datasets WHERE role = 'output' AND name LIKE '%.finale.%'"
    )
    assert written == 5


async def test_a_sync_of_the_shop_is_followed_by_its_four_movements(
    source_shop: str, tmp_path: Path
) -> None:
    """Atlas itself publishes the shop here, masks and all; that PostgreSQL is read is for source-postgres's own tests."""
    offers, lines = sent(source_shop)
    async with orchestra_on(source_shop) as orchestra:
        atlas = atlas_on(orchestra.database)
        atlas.command = saying(tmp_path, lines)
        connection = await atlas.connect({}, streams=offers, source="shop")
        async with orchestra.database.transaction() as session:
            await store.create(
                session,
                connection_store.HOME_WORKSPACE,
                "shop, after each sync",
                connection.connection_id,
                Build(project="dbt"),
            )

        report = await atlas.sync()
        async with orchestra.database.connection() as session:
            (asked,) = await runs.listed(session, job_id=report.job.job_id, limit=10, offset=0)
        run = await orchestra.see_to(asked)

        assert report.job.status is JobStatus.SUCCEEDED
        assert (run.status, run.failure, run.warnings) == (JobStatus.SUCCEEDED, None, [])
        for stream in offers:
            table = stream.descriptor.name
            there = orchestra.count(f"shop.{table}")
            assert orchestra.count(f"chart.shop_{table}") == there
            assert orchestra.count(f"movement_ii.clean_{table}") == there
        assert orchestra.count("movement_iii.customers_history") == CUSTOMERS + CUSTOMERS // 4
        invoiced = orchestra.value("SELECT sum(amount) FROM shop.invoice_lines")
        assert orchestra.value("SELECT sum(invoiced_amount) FROM finale.receivables") == invoiced
        clear = "SELECT count(*) FROM movement_ii.clean_customers WHERE email LIKE '%@example.org'"
        assert orchestra.value(clear) == 0, "chart masks it, so dbt never sees it"
        parents = orchestra.value(
            "SELECT count(*) FROM lineage.outbox o JOIN pipeline.attempts a "
            "ON a.run_id::text = o.event -> 'run' -> 'facets' -> 'parent' -> 'run' ->> 'runId' "
            "WHERE o.job_name = 'shop, after each sync'"
        )
        assert parents == 2


async def test_a_test_that_fails_blocks_and_the_run_goes_on_once_it_is_mended(
    orchestra: Orchestra,
) -> None:
    transformation = await orchestra.make(Build(project="dbt"))
    assert (await orchestra.play(transformation)).status is JobStatus.SUCCEEDED
    orchestra.execute("UPDATE chart.shop_sales_orders SET status = 'mislaid' WHERE order_id = 1")

    failed = await orchestra.play(transformation)
    async with orchestra.database.connection() as session:
        results = {
            node.name: node.status
            for node in await kept.nodes(session, failed.transformation_run_id)
        }
    orchestra.execute("UPDATE chart.shop_sales_orders SET status = 'open' WHERE order_id = 1")
    orchestra.execute(
        "UPDATE movement_ii.clean_sales_orders SET status = 'open' WHERE order_id = 1"
    )
    async with orchestra.database.transaction() as session:
        asked = await runs.retry(session, transformation, failed, "a test")
    mended = await orchestra.see_to(asked)

    assert failed.failure is not None
    assert failed.failure.slug == "transformation-tests-failed"
    assert "accepted_values" in failed.failure.detail
    assert "mislaid" not in str(failed)
    assert results["receivables"] is NodeStatus.SKIPPED
    assert (mended.status, mended.failure) == (JobStatus.SUCCEEDED, None)
    assert 0 < mended.nodes_done < failed.nodes_done


async def test_a_model_that_breaks_says_where_and_not_with_which_value(
    orchestra: Orchestra, tmp_path: Path
) -> None:
    project = tmp_path / "broken"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text("name: broken\nversion: '1.0'\nprofile: shop\n")
    (project / "profiles.yml").write_text((PROJECT / "profiles.yml").read_text())
    (project / "models" / "bad.sql").write_text(
        "{{ log('a row: Customer 1', info=true) }} {{ config(materialized='table') }}\n"
        "select name::integer as n from chart.shop_customers"
    )
    runner = orchestra.runner
    elsewhere = replace(
        orchestra, runner=replace(runner, dbt=replace(runner.dbt, projects=tmp_path))
    )

    run = await elsewhere.play(await orchestra.make(Build(project="broken")))

    async with orchestra.database.connection() as session:
        lines = await kept.lines(session, run.transformation_run_id, limit=1_000, offset=0)
        nodes = await kept.nodes(session, run.transformation_run_id)
    assert run.failure is not None
    assert "invalid input syntax for type integer" in run.failure.detail
    assert "bad" in run.failure.detail
    assert "Customer" not in str(run) + str(lines) + str(nodes)


async def test_dbt_takes_its_query_back_when_its_run_is_cancelled(
    orchestra: Orchestra, tmp_path: Path
) -> None:
    project = tmp_path / "slow"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text("name: slow\nversion: '1.0'\nprofile: shop\n")
    (project / "profiles.yml").write_text((PROJECT / "profiles.yml").read_text())
    (project / "models" / "slow.sql").write_text(
        "{{ config(materialized='table') }} select 1 as n from pg_sleep(600)"
    )
    runner = orchestra.runner
    slow = replace(runner, dbt=replace(runner.dbt, projects=tmp_path))
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND state = 'active' AND pid <> pg_backend_pid()"  # fmt: skip
    transformation = await orchestra.make(Build(project="slow"))
    async with orchestra.database.transaction() as session:
        asked = await runs.ask(session, transformation, "a test")
    working = asyncio.create_task(slow.run())
    async with asyncio.timeout(LIMIT_S):
        while orchestra.value(sleeping) == 0:
            assert not working.done(), "it has ended without a query"
            await asyncio.sleep(0.2)

    async with orchestra.database.transaction() as session:
        await runs.cancel(session, asked.transformation_run_id)
    async with asyncio.timeout(60):
        await working
        while orchestra.value(sleeping):  # noqa: ASYNC110
            await asyncio.sleep(0.2)


def test_the_project_is_played_on_a_snowflake_that_is_none(shop: str, tmp_path: Path) -> None:
    """fakesnow is DuckDB behind Snowflake's dialect: it shows that the SQL is Snowflake's, not that accounts and
    warehouses work."""
    if not SNOWFLAKE.exists():
        pytest.skip("dbt-snowflake is not installed: `sh tools/environment.sh snowflake` does it")
    told = {
        "project": str(PROJECT),
        "target": str(tmp_path),
        "tables": published(shop),
        "commands": [["parse"], ["compile"], ["build"]],
    }

    seen = played(told, tmp_path)

    parse, compiled, built = seen["ended"]
    assert [each["exception"] for each in seen["ended"]] == [None] * 3
    assert (parse["success"], compiled["success"], built["broken"]) == (True, True, {})
    assert built["success"]
    assert seen["counts"]["finale.receivables"] > 0
    assert seen["counts"]["movement_ii.clean_customers"] == CUSTOMERS


def played(told: Mapping[str, object], folder: Path) -> Json:
    done = subprocess.run(
        [str(SNOWFLAKE), str(Path(__file__).with_name("clients") / "with_dbt_snowflake.py")],
        input=json.dumps(told),
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "SNOWFLAKE_ACCOUNT": "none",
            "SNOWFLAKE_USER": "nobody",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_THREADS": "1",  # DuckDB refuses two that make a schema at once, which Snowflake does not
        },
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-8_000:]
    found: Json = json.loads(done.stdout.splitlines()[-1])
    return found


def published(dsn: str) -> Mapping[str, object]:
    """The shop's tables as Atlas publishes them, with Snowflake's types."""
    found: dict[str, object] = {}
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_schema IN ('chart', 'navigate') AND table_name LIKE 'shop_%'"
        ).fetchall()
        for schema, name in tables:
            columns = connection.execute(
                "SELECT column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position",
                (schema, name),
            ).fetchall()
            chosen = ", ".join(f'"{column}"::text' for column, _ in columns)
            rows = connection.execute(f"SELECT {chosen} FROM {schema}.{name}".encode()).fetchall()
            found[f"{schema}.{name}"] = {
                "columns": [(column, KINDS[kind]) for column, kind in columns],
                "rows": rows,
            }
    return found


def sent(dsn: str) -> tuple[list[Stream], list[bytes]]:
    """The shop's tables as streams, and what a source says of them; one customer of four a second time, half a year later."""
    offers, lines = [], []
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop' ORDER BY 1"
        ).fetchall()
        for (table,) in tables:
            columns = connection.execute(
                "SELECT column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = 'shop' AND table_name = %s ORDER BY ordinal_position",
                (table,),
            ).fetchall()
            rows = connection.execute(f"SELECT to_json(t)::text FROM shop.{table} t".encode())
            datas = [row.encode() for (row,) in rows.fetchall()]
            if table == "customers":
                datas += [later(data) for data in datas if json.loads(data)["customer_id"] % 4 == 0]
            properties = {column: TYPES[kind] for column, kind in columns}
            key = ((columns[0][0],),)
            offers.append(offered(table, properties, primary_key=key, cursor=("updated_at",)))
            lines += whole(table, datas)
    return offers, lines


def later(customer: bytes) -> bytes:
    found = json.loads(customer)
    moved = datetime.fromisoformat(found["updated_at"]) + timedelta(days=180)
    segment = "public" if found["segment"] == "business" else "business"
    return json.dumps({**found, "segment": segment, "updated_at": moved.isoformat()}).encode()
