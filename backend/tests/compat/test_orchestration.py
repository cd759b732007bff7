"""The DAGs of orchestration/airflow, run by Airflow against a real Atlas."""

import json
import subprocess
from collections.abc import Callable, Mapping

import pytest

from tests.compat.service import ROOT, USERS, Service
from tests.compat.test_airflow import connection

HOME = ROOT / "orchestration" / "airflow"
ENVIRONMENT = ROOT / ".venv-airflow" / "bin"
Airflow = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(service: Service, **more: str) -> Mapping[str, str]:
    return {
        "AIRFLOW_HOME": str(service.folder / "orchestration"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(HOME / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "AIRFLOW_CONN_AIRBYTE_DEFAULT": connection(service),
        "AIRBYTE_CONNECTION_ID": service.daily,
        "AIRBYTE_POLL_S": "1",
        "AIRBYTE_RETRY_S": "1",
        **more,
    }


@pytest.fixture(scope="session")
def airflow(service: Service) -> Airflow:
    """Runs a command of Airflow in the environment of orchestration/airflow. Shape: keywords are its environment."""
    program = ENVIRONMENT / "airflow"
    assert program.exists(), f"{program} is not there: `make compat` makes it"

    def run(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        said = environment(service, **more)
        return service.run("orchestration", [str(program), *arguments], environment=said)

    made = run("db", "migrate")
    assert made.returncode == 0, made.stderr[-4_000:]
    listed = run("dags", "reserialize")
    assert listed.returncode == 0, listed.stderr[-4_000:]
    return run


def dag_run(airflow: Airflow, dag: str, **more: str) -> str:
    done = airflow("dags", "test", dag, **more)
    return done.stdout + done.stderr


def test_the_daily_flow_syncs_verifies_and_hands_over_to_dbt(
    service: Service, airflow: Airflow
) -> None:
    before = service.newest_job(service.daily)

    said = dag_run(airflow, "airbyte_sync", AIRBYTE_LEAST_ROWS=str(USERS))

    job_id = service.newest_job(service.daily)
    runs = json.loads(airflow("dags", "list-runs", "dbt_movements", "-o", "json").stdout)
    assert job_id == before + 1, said[-8_000:]
    assert "state=success" in said, said[-8_000:]
    assert service.job(job_id)["status"] == "succeeded"
    assert service.explored(job_id)["users"] == USERS
    assert len(runs) == 1
