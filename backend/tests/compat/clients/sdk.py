"""What a program does with the Python SDK, airbyte-api 0.53 and 1.0 alike; it says as JSON what it saw."""

import json
import sys
import time
from importlib.metadata import version
from typing import Any

import airbyte_api
from airbyte_api import api, errors, models

TERMINAL = {"succeeded", "failed", "cancelled"}
told: dict[str, Any] = json.load(sys.stdin)


def client() -> Any:
    """Shape: making a connection asks its source, which takes longer than the 5 s that version 1 waits."""
    patient = {} if version("airbyte-api").startswith("0.") else {"timeout_ms": 120_000}
    return airbyte_api.AirbyteAPI(
        server_url=f"{told['url']}/api/public/v1",
        security=models.Security(
            client_credentials=models.SchemeClientCredentials(
                client_id=told["client_id"],
                client_secret=told["client_secret"],
                **({"token_url": told["token_url"]} if "token_url" in told else {}),
            )
        ),
        **patient,
    )


sdk = client()


def job(found: Any) -> dict[str, Any]:
    return {
        "job_id": found.job_id,
        "status": found.status.value,
        "job_type": found.job_type.value,
        "connection_id": found.connection_id,
        "rows": found.rows_synced,
        "bytes": found.bytes_synced,
        "start_time": found.start_time,
        "duration": found.duration,
    }


def sent(answer: Any) -> dict[str, Any]:
    """The configuration in an answer as it was sent: version 0.53 takes it for the first connector's in its list
    whose fields may all be missing, whatever `sourceType` says."""
    found: dict[str, Any] = answer.raw_response.json()["configuration"]
    return found


def trigger(connection: str) -> Any:
    wish = models.JobCreateRequest(connection_id=connection, job_type=models.JobTypeEnum.SYNC)
    return sdk.jobs.create_job(request=wish).job_response


def got(job_id: int) -> Any:
    return sdk.jobs.get_job(request=api.GetJobRequest(job_id=job_id)).job_response


def until(job_id: int, *statuses: str) -> Any:
    """The job, once it has one of these statuses or another that is the last."""
    while True:
        found = got(job_id)
        if found.status.value in {*statuses, *TERMINAL}:
            return found
        time.sleep(0.5)


def refused(call: Any) -> dict[str, Any]:
    """Which error the SDK raises of a call that the service refuses."""
    try:
        call()
    except errors.SDKError as error:
        return {"type": type(error).__name__, "text": str(error)}
    return {}


def connections_after(offset: int) -> Any:
    request = api.ListConnectionsRequest(workspace_ids=[told["workspace"]], limit=1, offset=offset)
    return sdk.connections.list_connections(request=request).connections_response.data


def look() -> dict[str, Any]:
    connections: list[Any] = []
    while page := connections_after(len(connections)):
        connections += page
    request = api.GetConnectionRequest(connection_id=told["daily"])
    daily = sdk.connections.get_connection(request=request).connection_response
    sources = sdk.sources.list_sources(request=api.ListSourcesRequest()).sources_response.data
    source = sdk.sources.get_source(request=api.GetSourceRequest(source_id=daily.source_id))
    found = sdk.destinations.list_destinations(request=api.ListDestinationsRequest())
    destinations = found.destinations_response.data
    streams = sdk.streams.get_stream_properties(
        request=api.GetStreamPropertiesRequest(source_id=daily.source_id)
    ).stream_properties_response
    workspaces = sdk.workspaces.list_workspaces(request=api.ListWorkspacesRequest())
    return {
        "health": sdk.health.get_health_check().status_code,
        "workspaces": [each.workspace_id for each in workspaces.workspaces_response.data],
        "connections": {each.connection_id: each.name for each in connections},
        "daily": {each.name: each.sync_mode.value for each in daily.configurations.streams},
        "sources": {each.source_id: type(each.configuration).__name__ for each in sources},
        "count": sent(source)["count"],
        "destinations": {
            each.destination_id: type(each.configuration).__name__ for each in destinations
        },
        "database": found.raw_response.json()["data"][0]["configuration"]["database"],
        "streams": {each.stream_name: [mode.value for mode in each.sync_modes] for each in streams},
    }


def run() -> dict[str, Any]:
    made = trigger(told["daily"])
    ended = until(made.job_id)
    listed = sdk.jobs.list_jobs(
        request=api.ListJobsRequest(
            connection_id=told["daily"], order_by="createdAt|DESC", limit=1, offset=0
        )
    ).jobs_response.data
    return {
        "made": job(made),
        "ended": job(ended),
        "listed": [job(each) for each in listed],
        "unknown": refused(lambda: got(999_999_999)),
    }


def cancel() -> dict[str, Any]:
    made = trigger(told["endless"])
    running = until(made.job_id, "running")
    again = refused(lambda: trigger(told["endless"]))
    request = api.CancelJobRequest(job_id=made.job_id)
    cancelled = sdk.jobs.cancel_job(request=request).job_response
    return {
        "running": job(running),
        "again": again,
        "cancelled": job(cancelled),
        "twice": refused(lambda: sdk.jobs.cancel_job(request=request)),
    }


def change() -> dict[str, Any]:
    """Make a source and a connection, change both, and delete them."""
    created = sdk.sources.create_source(
        request=models.SourceCreateRequest(
            name=told["name"],
            workspace_id=told["workspace"],
            configuration=models.SourceFaker(count=7, seed=3),
        )
    )
    source = created.source_response
    patched = sdk.sources.patch_source(
        request=api.PatchSourceRequest(
            source_id=source.source_id,
            source_patch_request=models.SourcePatchRequest(name=f"{told['name']}_patched"),
        )
    ).source_response
    put = sdk.sources.put_source(
        request=api.PutSourceRequest(
            source_id=source.source_id,
            source_put_request=models.SourcePutRequest(
                name=f"{told['name']}_put", configuration=models.SourceFaker(count=8, seed=3)
            ),
        )
    )
    connection = sdk.connections.create_connection(
        request=models.ConnectionCreateRequest(
            name=told["name"],
            source_id=source.source_id,
            destination_id=told["destination"],
            configurations=models.StreamConfigurations(
                streams=[
                    models.StreamConfiguration(
                        name="users",
                        sync_mode=models.ConnectionSyncModeEnum.INCREMENTAL_DEDUPED_HISTORY,
                    )
                ]
            ),
            schedule=models.AirbyteAPIConnectionSchedule(
                schedule_type=models.ScheduleTypeEnum.CRON,
                cron_expression="0 0 3 * * ? Europe/Berlin",
            ),
        )
    ).connection_response
    changed = sdk.connections.patch_connection(
        request=api.PatchConnectionRequest(
            connection_id=connection.connection_id,
            connection_patch_request=models.ConnectionPatchRequest(
                name=f"{told['name']}_changed", status=models.ConnectionStatusEnum.INACTIVE
            ),
        )
    ).connection_response
    inactive = refused(lambda: trigger(connection.connection_id))
    one = api.DeleteConnectionRequest(connection_id=connection.connection_id)
    other = api.DeleteSourceRequest(source_id=source.source_id)
    return {
        "source_id": source.source_id,
        "connection_id": connection.connection_id,
        "names": [
            source.name,
            patched.name,
            put.source_response.name,
            connection.name,
            changed.name,
        ],
        "counts": [sent(created)["count"], sent(put)["count"]],
        "schedule": connection.schedule.cron_expression,
        "streams": [each.name for each in connection.configurations.streams],
        "status": changed.status.value,
        "inactive": inactive,
        "deleted": [
            sdk.connections.delete_connection(request=one).status_code,
            sdk.sources.delete_source(request=other).status_code,
        ],
    }


DEEDS = {"look": look, "run": run, "cancel": cancel, "change": change}
print(json.dumps(DEEDS[told["deed"]]()))
