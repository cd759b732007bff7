"""The Python SDK, airbyte-api, in both of its generations."""

import pytest

from tests.compat.service import PRODUCTS, USERS, Service
from tests.fixtures.home import Row

PROGRAM = "sdk.py"
GENERATIONS = pytest.mark.parametrize("client", ["sdk1", "sdk0"])


@GENERATIONS
@pytest.mark.parametrize(
    "told", [{}, {"token_url": "v1/applications/token"}], ids=["default", "v1"]
)
def test_all_that_is_there_is_read_as_it_is(
    service: Service, client: str, told: dict[str, object]
) -> None:
    """The token's path is the SDK's own default, and the one that Airflow gives it."""
    seen = service.seen_by(client, PROGRAM, told=told, deed="look")

    connections = service.rows("SELECT connection_id, name FROM pipeline.connections WHERE status <> 'deprecated'")  # fmt: skip
    sources = service.rows("SELECT source_id, connector FROM pipeline.sources WHERE deleted_at IS NULL")  # fmt: skip
    destinations = service.rows("SELECT destination_id FROM pipeline.destinations")
    workspaces = service.rows("SELECT workspace_id FROM pipeline.workspaces")
    streams = service.rows("SELECT name, sync_mode FROM pipeline.streams WHERE connection_id = %s", service.daily)  # fmt: skip
    assert seen["health"] == 200
    assert seen["workspaces"] == [str(row["workspace_id"]) for row in workspaces]
    assert seen["connections"] == {str(row["connection_id"]): row["name"] for row in connections}
    assert seen["daily"] == {row["name"]: row["sync_mode"] for row in streams}
    assert seen["sources"].keys() == {str(row["source_id"]) for row in sources}
    assert seen["destinations"].keys() == {str(row["destination_id"]) for row in destinations}
    if client == "sdk1":  # 0.53 does not look at the type: it takes a faker for Airtable
        kinds = {"source-faker": "SourceFaker", "source-postgres": "SourcePostgres"}
        assert seen["sources"] == {str(row["source_id"]): kinds[str(row["connector"])] for row in sources}  # fmt: skip
        assert set(seen["destinations"].values()) == {"DestinationPostgres"}
    assert seen["count"] == USERS
    assert seen["database"] == service.row("SELECT current_database() AS name")["name"]
    assert seen["streams"].keys() == {"users", "products", "purchases"}
    assert "incremental_deduped_history" in seen["streams"]["users"]


@GENERATIONS
def test_a_sync_is_run_to_its_end(service: Service, client: str) -> None:
    seen = service.seen_by(client, PROGRAM, deed="run")

    made, ended = seen["made"], seen["ended"]
    job = service.job(made["job_id"])
    assert made["status"] in {"pending", "running"}
    assert_same(service, ended, job)
    assert ended["status"] == "succeeded"
    assert seen["listed"] == [ended]
    assert service.explored(made["job_id"])["users"] == USERS
    assert ended["rows"] in {USERS, USERS + PRODUCTS}  # products are read by the first job alone
    assert ended["duration"].startswith("PT")
    assert "resource-not-found" in seen["unknown"]["text"]


@GENERATIONS
def test_a_running_job_is_cancelled_once(service: Service, client: str) -> None:
    seen = service.seen_by(client, PROGRAM, deed="cancel")

    job_id = seen["running"]["job_id"]
    assert seen["running"]["status"] == "running"
    assert seen["cancelled"]["status"] == "cancelled"
    assert "already running" in seen["again"]["text"]
    assert "not currently running" in seen["twice"]["text"]
    assert service.settled(job_id) == "cancelled"
    assert service.newest_job(service.endless) == job_id


@GENERATIONS
def test_a_source_and_a_connection_are_made_changed_and_deleted(
    service: Service, client: str
) -> None:
    seen = service.seen_by(client, PROGRAM, deed="change", name=f"made_by_{client}")

    source = service.row("SELECT * FROM pipeline.sources WHERE source_id = %s", seen["source_id"])
    connection = service.row("SELECT * FROM pipeline.connections WHERE connection_id = %s", seen["connection_id"])  # fmt: skip
    streams = service.rows("SELECT name FROM pipeline.streams WHERE connection_id = %s", seen["connection_id"])  # fmt: skip
    name = f"made_by_{client}"
    assert seen["names"] == [name, f"{name}_patched", f"{name}_put", name, f"{name}_changed"]
    assert (source["name"], connection["name"]) == (f"{name}_put", f"{name}_changed")
    assert seen["counts"] == [7, 8]
    assert seen["schedule"] == "0 0 3 * * ? Europe/Berlin"
    assert seen["streams"] == [row["name"] for row in streams] == ["users"]
    assert seen["status"] == "inactive"
    assert "inactive" in seen["inactive"]["text"]
    assert seen["deleted"] == [204, 204]
    assert source["deleted_at"] is not None
    assert connection["status"] == "deprecated"
    assert service.newest_job(seen["connection_id"]) == 0


def assert_same(service: Service, seen: dict[str, object], job: Row) -> None:
    assert seen["status"] == job["status"]
    assert seen["job_type"] == job["job_type"]
    assert seen["connection_id"] == str(job["connection_id"])
    assert seen["rows"] == sum(service.explored(int(str(job["job_id"]))).values())
    assert seen["bytes"] == service.size_bytes(int(str(job["job_id"])))
