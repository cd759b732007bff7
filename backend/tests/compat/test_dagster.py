"""Dagster: the assets of a workspace, and what makes them."""

from tests.compat.service import PRODUCTS, USERS, Json, Service

CLIENT, PROGRAM = "dagster", "with_dagster.py"


def seen_by(service: Service, deed: str) -> Json:
    return service.seen_by(CLIENT, PROGRAM, told=service.as_operator, deed=deed)


def test_the_assets_of_the_workspace_are_the_streams_of_its_connections(service: Service) -> None:
    seen = seen_by(service, "load")["assets"]

    streams = service.rows(
        "SELECT n.prefix || s.name AS key, s.name AS stream, s.connection_id, n.name "
        "FROM pipeline.streams s JOIN pipeline.connections n USING (connection_id) "
        "WHERE n.status <> 'deprecated' AND s.selected"
    )
    database = service.row("SELECT current_database() AS name")["name"]
    assert seen.keys() == {"users", "products", "endless_users"}
    assert {
        (key, each["connection_id"], each["connection_name"]) for key, each in seen.items()
    } == {(row["key"], str(row["connection_id"]), row["name"]) for row in streams}
    for row in streams:  # Dagster makes the table's name of the stream's alone, without asking
        asset = seen[str(row["key"])]
        assert asset["table"] == f"{database}.chart.{row['stream']}"
        assert asset["kinds"] == ["airbyte", "postgres"]
    assert {"id", "name", "email"} <= set(seen["users"]["columns"])
    assert {"id", "make", "model", "price"} <= set(seen["products"]["columns"])


def test_the_assets_of_a_connection_are_materialized_by_one_job(service: Service) -> None:
    before = service.newest_job(service.daily)

    seen = seen_by(service, "materialize")

    (job,) = service.rows(
        "SELECT job_id, status FROM pipeline.jobs WHERE connection_id = %s AND job_id > %s",
        service.daily,
        before,
    )
    assert seen == {"success": True, "materialized": ["products", "users"], "failures": []}
    assert job["status"] == "succeeded"
    assert service.explored(int(str(job["job_id"])))["users"] == USERS


def test_a_run_that_takes_too_long_cancels_its_job(service: Service) -> None:
    before = service.newest_job(service.endless)

    seen = seen_by(service, "time_out")

    job_id = service.newest_job(service.endless)
    assert job_id > before
    assert (seen["success"], seen["materialized"]) == (False, [])
    assert "not ready after the timeout" in "".join(seen["failures"])
    assert service.settled(job_id) == "cancelled"


def test_the_older_resource_runs_a_job_and_sees_its_attempts(service: Service) -> None:
    seen = seen_by(service, "basic")

    job_id = seen["job"]["id"]
    (attempt,) = seen["attempts"]
    counted = service.explored(job_id)
    assert seen["success"]
    assert job_id == service.newest_job(service.daily)
    assert seen["job"]["status"] == service.job(job_id)["status"] == "succeeded"
    assert attempt["status"] == "succeeded"
    assert attempt["recordsSynced"] == sum(counted.values())
    assert attempt["totalStats"]["bytesCommitted"] == service.size_bytes(job_id)
    by_stream = {each["streamName"]: each["stats"]["recordsCommitted"] for each in attempt["streamStats"]}  # fmt: skip
    assert {name: count for name, count in by_stream.items() if count} == counted
    assert counted["users"] == USERS
    assert counted.get("products", 0) in {0, PRODUCTS}
