"""Prefect: airbyte-prefect, and prefect-airbyte, from which it was taken over.

prefect-airbyte 0.3.2, its last release, cannot be imported with Prefect 3 and pydantic 2: its environment has
Prefect 2 and pydantic 1. Neither package can cancel a job.
"""

from collections.abc import Callable

import httpx
import pytest

from tests.compat.service import USERS, Json, Service, program_of

PROGRAM = "with_prefect.py"
PATIENT = {"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "600"}
BOTH = pytest.mark.parametrize(
    ("client", "package"), [("prefect", "airbyte_prefect"), ("prefect_airbyte", "prefect_airbyte")]
)


Seen = Callable[..., Json]


@pytest.fixture(scope="session")
def seen_by(service: Service) -> Seen:
    """What a flow saw. Prefect's own server starts with it and has half a minute for that, so its database is made
    before."""
    are_ready = set()

    def seen(client: str, **told: object) -> Json:
        if client not in are_ready:
            upgrade = [str(program_of(client, "prefect")), "server", "database", "upgrade", "-y"]
            made = service.run(client, upgrade)
            assert made.returncode == 0, made.stderr[-4_000:]
            are_ready.add(client)
        return service.seen_by(client, PROGRAM, PATIENT, service.as_operator, **told)

    return seen


@BOTH
def test_a_flow_runs_a_sync_to_its_end(
    service: Service, seen_by: Seen, client: str, package: str
) -> None:
    seen = seen_by(client, deed="run", package=package)

    job = service.job(seen["job_id"])
    counted = service.explored(seen["job_id"])
    assert job["job_id"] == service.newest_job(service.daily)
    assert seen["status"] == job["status"] == "succeeded"
    assert seen["records"] == sum(counted.values())
    assert counted["users"] == USERS
    assert seen["created_at"] == int(job["created_at"].timestamp())  # type: ignore[attr-defined]


@BOTH
def test_a_task_runs_a_sync_to_its_end(
    service: Service, seen_by: Seen, client: str, package: str
) -> None:
    before = service.newest_job(service.daily)

    seen = seen_by(client, deed="run_task", package=package)

    job = service.job(service.newest_job(service.daily))
    assert int(str(job["job_id"])) > before
    assert seen == {
        "connection_id": service.daily,
        "status": "active",
        "job_status": job["status"],
        "job_created_at": int(job["created_at"].timestamp()),  # type: ignore[attr-defined]
    }
    assert job["status"] == "succeeded"


def test_a_task_that_waits_no_longer_leaves_its_job_running(
    service: Service, seen_by: Seen
) -> None:
    """The package only stops to look; who wants the job to end cancels it."""
    before = service.newest_job(service.endless)

    seen = seen_by("prefect", deed="give_up", package="airbyte_prefect")

    job_id = service.newest_job(service.endless)
    left = service.job(job_id)["status"]
    ended = httpx.post(
        f"{service.url}/api/v1/jobs/cancel/", json={"id": job_id}, auth=service.operator
    )
    assert job_id > before
    assert seen["raised"] == "AirbyteSyncJobTimeout"
    assert str(job_id) in seen["text"]
    assert left in {"pending", "running"}
    assert ended.json()["job"]["status"] == "cancelled"
    assert service.settled(job_id) == "cancelled"
