"""PyAirbyte's `CloudWorkspace`, which asks the public API and the Config API beside it."""

import json

from tests.compat.service import USERS, Service

CLIENT, PROGRAM = "pyairbyte", "with_pyairbyte.py"


def test_all_that_is_there_is_read_as_it_is(service: Service) -> None:
    seen = service.seen_by(CLIENT, PROGRAM, deed="look")

    connections = service.rows("SELECT connection_id, name FROM pipeline.connections WHERE status <> 'deprecated'")  # fmt: skip
    sources = service.rows("SELECT source_id, name FROM pipeline.sources WHERE deleted_at IS NULL")
    destinations = service.rows("SELECT destination_id FROM pipeline.destinations")
    daily = service.row("SELECT * FROM pipeline.connections WHERE connection_id = %s", service.daily)  # fmt: skip
    assert seen["connections"] == {str(row["connection_id"]): row["name"] for row in connections}
    assert seen["sources"] == {str(row["source_id"]): row["name"] for row in sources}
    assert seen["destinations"] == [str(row["destination_id"]) for row in destinations]
    assert seen["named"] == [service.daily]
    assert set(seen["streams"]) == {"users", "products"}
    assert seen["source_id"] == str(daily["source_id"])
    assert seen["destination_id"] == str(daily["destination_id"])
    assert (seen["prefix"], seen["enabled"], seen["is_valid"]) == ("", True, True)
    assert seen["checks"] == [True, True]  # by the connector itself, and by the database


def test_a_sync_is_run_and_all_of_it_is_seen(service: Service) -> None:
    seen = service.seen_by(CLIENT, PROGRAM, deed="run")

    job = service.job(seen["job_id"])
    counted = service.explored(seen["job_id"])
    records, size_bytes = sum(counted.values()), service.size_bytes(seen["job_id"])
    assert (seen["status"], job["status"]) == ("succeeded", "succeeded")
    assert (seen["records"], seen["bytes"]) == (records, size_bytes)
    assert counted["users"] == USERS
    assert seen["started_at"] == int(job["started_at"].timestamp())  # type: ignore[attr-defined]
    assert seen["previous"] == [seen["job_id"]]
    assert seen["newest"] == seen["job_id"] == service.newest_job(service.daily)
    assert seen["stream_names"] == ["products", "users"]
    (attempt,) = seen["attempts"]
    assert attempt["status"] == "succeeded"
    assert (attempt["records"], attempt["bytes"]) == (records, size_bytes)
    assert "source-faker" in attempt["log"].lower() or "SourceFaker" in attempt["log"]


def test_state_and_catalog_are_those_of_the_database(service: Service) -> None:
    """Products have a state after any job, though the first alone reads them."""
    seen = service.seen_by(CLIENT, PROGRAM, deed="run")

    kept = json.loads(
        str(
            service.row(
                "SELECT message::text AS message FROM pipeline.connector_state "
                "WHERE connection_id = %s AND name = 'products' ORDER BY state_id DESC LIMIT 1",
                service.daily,
            )["message"]
        )
    )
    catalog = {each["stream"]["name"]: each for each in seen["catalog"]["streams"]}
    streams = service.rows("SELECT name, stream::text AS stream, primary_key::text AS primary_key FROM pipeline.streams WHERE connection_id = %s", service.daily)  # fmt: skip
    assert kept["stream"]["stream_state"] == seen["products"]
    states = {each["stream"]["stream_descriptor"]["name"]: each["stream"]["stream_state"] for each in seen["states"]}  # fmt: skip
    assert states["products"] == seen["products"]
    assert catalog.keys() == {row["name"] for row in streams}
    for row in streams:
        entry = catalog[str(row["name"])]
        assert entry["stream"]["json_schema"] == json.loads(str(row["stream"]))["json_schema"]
        assert entry["primary_key"] == json.loads(str(row["primary_key"]))
    assert catalog["users"]["sync_mode"] == "full_refresh"
    assert catalog["products"]["sync_mode"] == "incremental"
    assert catalog["products"]["destination_sync_mode"] == "append_dedup"


def test_a_state_is_set_and_put_back(service: Service) -> None:
    wanted = {"loop_offset": 7, "seed": 1}

    seen = service.seen_by(CLIENT, PROGRAM, deed="write_state", state=wanted)

    assert seen["written"] == wanted
    assert seen["back"]["streamState"] == seen["before"]["streamState"]


def test_a_running_job_is_cancelled_and_its_state_is_locked(service: Service) -> None:
    empty = {"stateType": "not_set", "connectionId": service.endless}

    seen = service.seen_by(CLIENT, PROGRAM, deed="cancel", state=empty)

    assert seen["running"] == "running"
    assert "AirbyteConnectionSyncActiveError" in seen["locked"]
    assert seen["cancelled"] == "cancelled"
    assert "already finished" in seen["twice"]
    assert service.settled(seen["job_id"]) == "cancelled"


def test_a_connection_is_made_changed_and_deleted(service: Service) -> None:
    seen = service.seen_by(CLIENT, PROGRAM, deed="change")

    connection = service.row("SELECT * FROM pipeline.connections WHERE connection_id = %s", seen["connection_id"])  # fmt: skip
    streams = service.rows("SELECT name, selected FROM pipeline.streams WHERE connection_id = %s", seen["connection_id"])  # fmt: skip
    assert (seen["streams"], seen["prefix"]) == (["users"], "py_")
    assert (seen["renamed"], connection["name"]) == ("deleteme renamed", "deleteme renamed")
    assert seen["enabled"] is False
    assert (seen["selected"], seen["catalog_stays"]) == (["products"], True)
    assert {row["name"]: row["selected"] for row in streams} == {"users": False, "products": True}
    assert "is disabled" in seen["disabled"]
    assert seen["connection_id"] not in seen["left"]
    assert connection["status"] == "deprecated"
    assert service.newest_job(seen["connection_id"]) == 0
