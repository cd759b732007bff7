"""What Dagster does with `dagster-airbyte`; it says as JSON what it saw."""

import json
import sys
import warnings
from typing import Any

import dagster
from dagster_airbyte import (
    AirbyteResource,
    AirbyteWorkspace,
    airbyte_sync_op,
    build_airbyte_assets_definitions,
)

warnings.simplefilter("ignore")  # what is in beta says so, at every use
told: dict[str, Any] = json.load(sys.stdin)


def workspace(**more: Any) -> Any:
    return AirbyteWorkspace(
        rest_api_base_url=f"{told['url']}/api/public/v1",
        configuration_api_base_url=f"{told['url']}/api/v1",
        workspace_id=told["workspace"],
        client_id=told["client_id"],
        client_secret=told["client_secret"],
        poll_interval=0.5,
        **more,
    )


def assets_of(place: Any, name: str | None = None) -> Any:
    return build_airbyte_assets_definitions(
        workspace=place,
        connection_selector_fn=lambda connection: name in (None, connection.name),
    )


def load() -> dict[str, Any]:
    """With pages of one connection, so that the pages after the first are asked for too."""
    specs = [
        spec
        for assets in assets_of(workspace(max_items_per_page=1))
        for spec in assets.specs_by_key.values()
    ]
    return {
        "assets": {
            spec.key.to_user_string(): {
                "connection_id": spec.metadata["dagster-airbyte/connection_id"],
                "connection_name": spec.metadata["dagster-airbyte/connection_name"],
                "table": spec.metadata["dagster/table_name"],
                "columns": [each.name for each in spec.metadata["dagster/column_schema"].columns],
                "kinds": sorted(spec.kinds),
            }
            for spec in specs
        }
    }


def materialize(name: str, **more: Any) -> dict[str, Any]:
    place = workspace(**more)
    done = dagster.materialize(
        assets_of(place, name), resources={"airbyte": place}, raise_on_error=False
    )
    events = done.get_asset_materialization_events()
    failures = [event.event_specific_data.error for event in done.get_step_failure_events()]
    return {
        "success": done.success,
        "materialized": sorted(event.asset_key.to_user_string() for event in events),
        "failures": [
            f"{error.message} {error.cause.message if error.cause else ''}" for error in failures
        ],
    }


def basic() -> dict[str, Any]:
    """The older resource: the Config API alone, with Basic authentication, and the log lines passed on."""
    resource = AirbyteResource(
        host="127.0.0.1",
        port=str(told["port"]),
        username=told["client_id"],
        password=told["client_secret"],
        poll_interval=0.5,
        forward_logs=True,
    )
    sync = airbyte_sync_op.configured(
        {"connection_id": told["daily"], "yield_materializations": False}, name="sync"
    )

    @dagster.job(resource_defs={"airbyte": resource})
    def daily() -> None:
        sync()

    done = daily.execute_in_process()
    output = done.output_for_node("sync")
    return {
        "success": done.success,
        "job": output.job_details["job"],
        "attempts": [each["attempt"] for each in output.job_details["attempts"]],
    }


DEEDS = {
    "load": load,
    "materialize": lambda: materialize("daily"),
    "time_out": lambda: materialize("endless", poll_timeout=15.0),
    "basic": basic,
}
print(json.dumps(DEEDS[told["deed"]]()))
