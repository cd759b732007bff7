"""The DAGs of orchestration/airflow, run by Airflow: against Atlas that reads a PostgreSQL and has dbt play the shop, and
against Atlas in front of an Airbyte Cloud that misbehaves."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.api.making import DESTINATION, WORKSPACE
from tests.compat.service import ROOT, Service, posted
from tests.compat.test_airflow import connection
from tests.conftest import new_database
from tests.fixtures.airbyte_cloud import CLIENT_ID, CLIENT_SECRET, CONNECTION, FakeCloud
from tests.remote.test_airbyte_cloud import SURVIVED

HOME = ROOT / "orchestration" / "airflow"
SHOP = ROOT / "orchestration" / "shop" / "shop.sql"
MODELS = ROOT / "orchestration" / "dbt" / "models"
ENVIRONMENT = ROOT / ".venv-airflow" / "bin"
CUSTOMERS = 20
STREAM = {
    "name": "users",
    "json_schema": {"type": "object", "properties": {"id": {"type": "integer"}}},
    "supported_sync_modes": ["full_refresh", "incremental"],
    "source_defined_cursor": True,
    "source_defined_primary_key": [["id"]],
}
UNVERIFIED = {"no statistics"}
"""What Airbyte Cloud calls a success, and nobody can say of what: the flow ends there, and dbt does not begin."""
Airflow = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(service: Service, **more: str) -> Mapping[str, str]:
    return {
        "AIRFLOW_HOME": str(service.folder / "orchestration"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(HOME / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "AIRFLOW_CONN_AIRBYTE_DEFAULT": connection(service),
        "AIRBYTE_POLL_S": "1",
        "AIRBYTE_RETRY_S": "1",
        **more,
    }


@pytest.fixture(scope="session")
def airflow(service: Service) -> Airflow:
    """Runs a command of Airflow in the environment of orchestration/airflow. Shape: keywords are its environment."""
    program = ENVIRONMENT / "airflow"
    assert program.exists(), f"{program} is not there: `make airflow` makes it"

    def run(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        said = environment(service, **more)
        return service.run("orchestration", [str(program), *arguments], environment=said)

    for command in (("db", "migrate"), ("dags", "reserialize")):
        made = run(*command)
        assert made.returncode == 0, made.stderr[-4_000:]
    return run


@dataclass(frozen=True, slots=True)
class DagRun:
    state: str
    said: str


def dag_run(airflow: Airflow, dag: str, **more: str) -> DagRun:
    """Run a DAG to its end."""
    before = {run["run_id"] for run in runs_of(airflow, dag)}
    done = airflow("dags", "test", dag, **more)
    said = done.stdout + done.stderr
    made = [run for run in runs_of(airflow, dag) if run["run_id"] not in before]
    assert len(made) == 1, said[-8_000:]
    return DagRun(str(made[0]["state"]), said[-12_000:])


def runs_of(airflow: Airflow, dag: str) -> Sequence[Mapping[str, object]]:
    said = airflow("dags", "list-runs", dag, "-o", "json").stdout
    found: Sequence[Mapping[str, object]] = (
        json.loads(said[said.index("[{") :]) if "[{" in said else []
    )
    return found


# ── a PostgreSQL, Atlas's own engine, dbt ─────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Shop:
    """An order-to-cash database of 14 tables, and the connection that brings it to Atlas's layers."""

    dsn: str
    connection: str

    @property
    def tables(self) -> list[str]:
        return [path.stem.removeprefix("landed_") for path in (MODELS / "movement_i").glob("landed_*.sql")]  # fmt: skip


@pytest.fixture(scope="session")
def shop(service: Service, server: str) -> Iterator[Shop]:
    with new_database(server) as dsn:
        with psycopg.connect(dsn, autocommit=True) as session:
            session.execute(SHOP.read_bytes())
            session.execute("SELECT shop.fill(42, %s)", (CUSTOMERS,))
        known = conninfo_to_dict(dsn)
        configuration = {
            "sourceType": "postgres", "host": known["host"], "port": 5432, "database": known["dbname"],
            "username": known["user"], "schemas": ["shop"], "ssl_mode": {"mode": "disable"},
            "replication_method": {"method": "Standard"},
        }  # fmt: skip
        with httpx.Client(base_url=service.url, auth=service.auth, timeout=600) as http:
            body = {"name": "shop", "workspaceId": WORKSPACE, "configuration": configuration}
            source = posted(http, "/v1/sources", body)
            wanted = Shop(dsn, "")
            streams = [
                {"name": table, "namespace": "shop", "syncMode": "incremental_deduped_history", "cursorField": ["updated_at"]}
                for table in wanted.tables
            ]  # fmt: skip
            made = posted(http, "/v1/connections", {
                "name": "shop nightly", "sourceId": source["sourceId"], "destinationId": DESTINATION,
                "configurations": {"streams": streams},
            })  # fmt: skip
        yield Shop(dsn, str(made["connectionId"]))


def counted(dsn: str, table: str) -> int:
    with psycopg.connect(dsn) as session:
        row = session.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_each_night_a_sync_is_verified_and_dbt_plays_four_movements(
    service: Service, airflow: Airflow, shop: Shop
) -> None:
    known = conninfo_to_dict(service.dsn)
    here = {"PGHOST": known["host"], "PGUSER": known["user"], "PGDATABASE": known["dbname"]}
    there = {table: counted(shop.dsn, f"shop.{table}") for table in shop.tables}

    synced = dag_run(airflow, "airbyte_sync", AIRBYTE_CONNECTION_ID=shop.connection, AIRBYTE_LEAST_ROWS=str(sum(there.values())))  # fmt: skip
    handed_over = runs_of(airflow, "dbt_movements")
    built = dag_run(airflow, "dbt_movements", **{name: str(value) for name, value in here.items()})

    assert synced.state == "success", synced.said
    assert built.state == "success", built.said
    assert len(handed_over) == 1
    assert len(there) == 14
    count = partial(counted, service.dsn)
    for table, rows in there.items():
        assert rows > 0
        assert count(f"chart.shop_{table}") == rows, table
        assert count(f"movement_i.landed_{table}") == rows, table
        assert count(f"movement_ii.clean_{table}") == rows, table
    assert count("movement_iii.order_lines_fulfilled") == there["order_lines"]
    assert count("movement_iii.invoices_settled") == there["invoices"]
    assert count("movement_iii.orders_snapshot") == there["sales_orders"]
    for mart in (MODELS / "finale").glob("*.sql"):
        assert count(f"finale.{mart.stem}") > 0
    parent = service.row("SELECT parent_run FROM pipeline.jobs WHERE job_id = %s", service.newest_job(shop.connection))  # fmt: skip
    assert dict(parent["parent_run"])["jobName"] == "airbyte_sync"  # type: ignore[call-overload]


# ── Atlas in front of an Airbyte Cloud ────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Elsewhere:
    fake: FakeCloud
    connection: str


@pytest.fixture(scope="module")
def elsewhere(service: Service) -> Iterator[Elsewhere]:
    fake = FakeCloud()
    with fake.serving():
        fake.connect([STREAM])
        with httpx.Client(base_url=service.url, auth=service.auth, timeout=600) as http:
            remote = posted(http, "/v1/remotes", {
                "workspaceId": WORKSPACE, "name": "cloud", "apiUrl": fake.url,
                "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET,
            })  # fmt: skip
            body = {"connectionIds": [CONNECTION]}
            imported = posted(http, f"/v1/remotes/{remote['remoteId']}/imports", body)
        yield Elsewhere(fake, str(imported["data"][0]["connection"]["connectionId"]))


@pytest.mark.parametrize("name", SURVIVED)
def test_no_fault_of_airbyte_cloud_reaches_the_flow(
    service: Service, airflow: Airflow, elsewhere: Elsewhere, name: str, tmp_path: Path
) -> None:
    """One job there for each night, whatever it answers."""
    fake = elsewhere.fake
    fake.jobs.clear()
    fake.faults.clear()
    fake.next_life, fake.next_figures, fake.token_lives_s = (
        ((0, "running"), (1, "succeeded")),
        (100, 5_000),
        900,
    )
    SURVIVED[name](fake)
    before = len(runs_of(airflow, "dbt_movements"))

    run = dag_run(airflow, "airbyte_sync", AIRBYTE_CONNECTION_ID=elsewhere.connection)

    is_success = name not in UNVERIFIED
    assert run.state == ("success" if is_success else "failed"), run.said
    assert len(fake.jobs) == 1
    assert len(runs_of(airflow, "dbt_movements")) == before + is_success


def test_what_somebody_cancelled_at_airbyte_cloud_is_not_begun_again(
    service: Service, airflow: Airflow, elsewhere: Elsewhere
) -> None:
    fake = elsewhere.fake
    fake.jobs.clear()
    fake.next_life = ((0, "running"), (1, "cancelled"))

    run = dag_run(airflow, "airbyte_sync", AIRBYTE_CONNECTION_ID=elsewhere.connection)

    assert run.state == "failed", run.said
    assert len(fake.jobs) == 1
