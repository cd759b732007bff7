"""What a program does with PyAirbyte's `CloudWorkspace`; it says as JSON what it saw."""

import json
import sys
import time
from typing import Any

from airbyte.cloud import CloudWorkspace
from airbyte.exceptions import PyAirbyteError

told: dict[str, Any] = json.load(sys.stdin)
workspace = CloudWorkspace(
    workspace_id=told["workspace"],
    client_id=told["client_id"],
    client_secret=told["client_secret"],
    api_root=f"{told['url']}/api/public/v1",
)


def refused(call: Any) -> str:
    """What PyAirbyte raises of a call that is refused."""
    try:
        call()
    except PyAirbyteError as error:
        return f"{type(error).__name__}: {error!r}"
    return ""


def look() -> dict[str, Any]:
    workspace.connect()
    daily = workspace.get_connection(told["daily"])
    return {
        "connections": {each.connection_id: each.name for each in workspace.list_connections()},
        "sources": {each.connector_id: each.name for each in workspace.list_sources()},
        "destinations": [each.connector_id for each in workspace.list_destinations()],
        "named": [each.connection_id for each in workspace.list_connections(name="daily")],
        "streams": daily.stream_names,
        "source_id": daily.source_id,
        "destination_id": daily.destination_id,
        "prefix": daily.table_prefix,
        "enabled": daily.enabled,
        "is_valid": daily.check_is_valid(),
        "checks": [bool(daily.source.check()), bool(daily.destination.check())],
    }


def run() -> dict[str, Any]:
    daily = workspace.get_connection(told["daily"])
    done = daily.run_sync(wait_timeout=600)
    attempts = done.get_attempts()
    return {
        "job_id": done.job_id,
        "status": done.get_job_status().value,
        "records": done.records_synced,
        "bytes": done.bytes_synced,
        "started_at": done.start_time.timestamp(),
        "attempts": [
            {
                "number": each.attempt_number,
                "status": each.status,
                "records": each.records_synced,
                "bytes": each.bytes_synced,
                "log": each.get_full_log_text(),
            }
            for each in attempts
        ],
        "stream_names": sorted(done.stream_names),
        "previous": [each.job_id for each in daily.get_previous_sync_logs(limit=1)],
        "newest": daily.get_sync_result().job_id,
        "states": daily.dump_raw_state(),
        "products": daily.get_stream_state("products"),
        "catalog": daily.dump_raw_catalog(),
    }


def write_state() -> dict[str, Any]:
    """Set the state of a stream, read it, and put the old one back whole."""
    daily = workspace.get_connection(told["daily"])
    if daily.dump_raw_state(normalize=False)["stateType"] == "not_set":
        daily.run_sync(wait_timeout=600)
    before = daily.dump_raw_state(normalize=False)
    daily.set_stream_state("products", told["state"])
    written = daily.get_stream_state("products")
    back = daily.import_raw_state(before)
    return {"before": before, "written": written, "back": back}


def cancel() -> dict[str, Any]:
    endless = workspace.get_connection(told["endless"])
    started = endless.run_sync(wait=False)
    while started.get_job_status().value == "pending":
        time.sleep(0.5)
    running = started.get_job_status().value
    locked = refused(lambda: endless.import_raw_state(told["state"]))
    cancelled = endless.cancel_sync()
    return {
        "job_id": started.job_id,
        "running": running,
        "locked": locked,
        "cancelled": cancelled.get_job_status().value,
        "twice": refused(endless.cancel_sync),
    }


def change() -> dict[str, Any]:
    """Make a connection between ends that are there, change all that can be changed, and delete it."""
    daily = workspace.get_connection(told["daily"])
    made = workspace.deploy_connection(
        "deleteme of PyAirbyte",
        source=daily.source_id,
        destination=daily.destination_id,
        selected_streams=["users"],
        table_prefix="py_",
    )
    found = workspace.get_connection(made.connection_id)
    seen = {
        "connection_id": made.connection_id,
        "streams": found.stream_names,
        "prefix": found.table_prefix,
    }
    found.rename("deleteme renamed")
    found.set_schedule("0 0 9 ? * MON-FRI US/Pacific")
    found.set_selected_streams(["products"])
    catalog = found.dump_raw_catalog()
    found.import_raw_catalog(catalog)
    found.set_enabled(enabled=False)
    disabled = refused(found.run_sync)
    again = workspace.get_connection(made.connection_id)
    seen |= {
        "renamed": again.name,
        "enabled": again.enabled,
        "selected": again.stream_names,
        "catalog_stays": again.dump_raw_catalog() == catalog,
        "disabled": disabled,
    }
    found.set_manual_schedule()
    found.permanently_delete()
    left = [each.connection_id for each in workspace.list_connections()]
    return {**seen, "left": left}


DEEDS = {"look": look, "run": run, "write_state": write_state, "cancel": cancel, "change": change}
print(json.dumps(DEEDS[told["deed"]]()))
