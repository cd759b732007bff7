"""Airflow with its Airbyte provider: whole DAG runs, on a metadata database of their own."""

import json
import subprocess
from collections.abc import Callable

import pytest

from tests.compat.service import CLIENTS, USERS, Service, program_of

CLIENT = "airflow"
Airflow = Callable[..., "subprocess.CompletedProcess[str]"]


def connection(service: Service, **otherwise: object) -> str:
    """The connection in the form that the provider reads since its version 4, of a client that may run and cancel."""
    client_id, client_secret = service.operator
    form = {
        "conn_type": "airbyte",
        "host": f"{service.url}/api/public/v1",
        "login": client_id,
        "password": client_secret,
        "extra": {"timeout": 60},
    }
    return json.dumps(form | otherwise)


def environment(service: Service, **connections: str) -> dict[str, str]:
    """Shape: `connections` by id."""
    return {
        "AIRFLOW_HOME": str(service.folder / CLIENT),
        "AIRFLOW__CORE__DAGS_FOLDER": str(CLIENTS / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "DAILY": service.daily,
        "ENDLESS": service.endless,
        "AT_LEAST": str(USERS),
        "SEEN": str(service.folder / "airflow_seen.json"),
        **{f"AIRFLOW_CONN_{name.upper()}": form for name, form in connections.items()},
    }


@pytest.fixture(scope="session")
def airflow(service: Service) -> Airflow:
    """Runs a command of Airflow. Shape: `connections` by id, beside `atlas`."""

    def run(*arguments: str, **connections: str) -> "subprocess.CompletedProcess[str]":
        forms = {"atlas": connection(service), **connections}
        command = [str(program_of(CLIENT, "airflow")), *arguments]
        return service.run(CLIENT, command, environment=environment(service, **forms))

    made = run("db", "migrate")
    assert made.returncode == 0, made.stderr[-4_000:]
    return run


def dag_run(airflow: Airflow, dag: str) -> str:
    """Run a DAG to its end; everything that was said."""
    done = airflow("dags", "test", dag)
    return done.stdout + done.stderr


def test_a_dag_run_syncs_waits_and_verifies(service: Service, airflow: Airflow) -> None:
    said = dag_run(airflow, "atlas_daily")

    path = service.folder / "airflow_seen.json"
    assert path.exists(), said[-8_000:]
    seen = json.loads(path.read_text())
    job = service.job(seen["job_id"])
    counted = service.explored(seen["job_id"])
    assert "state=success" in said
    assert job["job_id"] == service.newest_job(service.daily)
    assert seen["status"] == job["status"] == "succeeded"
    assert seen["rows"] == sum(counted.values())
    assert counted["users"] == USERS
    assert seen["bytes"] == service.size_bytes(seen["job_id"])


def test_a_deferred_task_waits_in_the_trigger(service: Service, airflow: Airflow) -> None:
    before = service.newest_job(service.daily)

    said = dag_run(airflow, "atlas_deferred")

    job_id = service.newest_job(service.daily)
    assert job_id > before, said[-8_000:]
    assert "state=success" in said
    assert service.job(job_id)["status"] == "succeeded"


def test_tasks_that_run_out_of_time_cancel_their_jobs(service: Service, airflow: Airflow) -> None:
    """By the operator's own limit, and by the one that Airflow sets every task."""
    before = service.newest_job(service.endless)

    said = dag_run(airflow, "atlas_impatient")

    jobs = service.rows(
        "SELECT job_id FROM pipeline.jobs WHERE connection_id = %s AND job_id > %s ORDER BY job_id",
        service.endless,
        before,
    )
    assert "state=failed" in said, said[-8_000:]
    assert [service.settled(int(str(row["job_id"]))) for row in jobs] == ["cancelled"] * 2


def test_the_connection_test_says_whether_atlas_answers(service: Service, airflow: Airflow) -> None:
    nowhere = connection(service, host="http://127.0.0.1:9/api/public/v1")

    found = airflow("connections", "test", "atlas")
    lost = airflow("connections", "test", "nowhere", nowhere=nowhere)

    assert "Connection success" in found.stdout, found.stdout + found.stderr[-2_000:]
    assert "Connection failed" in lost.stdout, lost.stdout + lost.stderr[-2_000:]


@pytest.mark.usefixtures("airflow")
def test_a_connection_of_the_older_form_is_told_what_its_host_lacks(service: Service) -> None:
    """Type `http`, no path, id and secret in *extra*: the hook asks at the root, without a token. Its own test passes
    all the same, since it asks for /health, which is at the root too and wants no token."""
    extra = {"client_id": service.client_id, "client_secret": service.client_secret}
    older = json.dumps({"conn_type": "http", "host": service.url, "extra": extra})
    before = service.newest_job(service.daily)

    seen = service.seen_by(CLIENT, "with_airflow.py", environment(service, older=older))

    assert "must end with /api/public/v1" in seen["refused"]
    assert seen["tested"] == [True, "Connection successfully tested"]
    assert service.newest_job(service.daily) == before
