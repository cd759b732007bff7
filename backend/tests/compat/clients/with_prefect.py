"""What Prefect does with airbyte-prefect, and with prefect-airbyte before it; it says as JSON what it saw."""

import importlib
import json
import sys
from typing import Any

from prefect import flow

told: dict[str, Any] = json.load(sys.stdin)
package = told["package"]
connections = importlib.import_module(f"{package}.connections")
exceptions = importlib.import_module(f"{package}.exceptions")
flows = importlib.import_module(f"{package}.flows")
servers = importlib.import_module(f"{package}.server")

server = servers.AirbyteServer(
    username=told["client_id"],
    password=told["client_secret"],
    server_host="127.0.0.1",
    server_port=told["port"],
)


@flow
async def syncs_by_block() -> Any:
    block = connections.AirbyteConnection(
        airbyte_server=server, connection_id=told["daily"], poll_interval_s=1, status_updates=True
    )
    return await flows.run_connection_sync(block)


@flow
async def syncs_by_task(connection: str, **more: Any) -> Any:
    return await connections.trigger_sync(
        connection_id=connection, airbyte_server=server, poll_interval_s=1, **more
    )


async def run() -> dict[str, Any]:
    result = await syncs_by_block()
    return {
        "job_id": result.job_id,
        "status": str(getattr(result.job_status, "value", result.job_status)),
        "records": result.records_synced,
        "created_at": result.created_at.timestamp(),
    }


async def run_task() -> dict[str, Any]:
    found = await syncs_by_task(told["daily"])
    return {
        "connection_id": found["connection_id"],
        "status": found["status"],
        "job_status": str(getattr(found["job_status"], "value", found["job_status"])),
        "job_created_at": found["job_created_at"],
    }


async def give_up() -> dict[str, Any]:
    try:
        await syncs_by_task(told["endless"], max_wait_seconds=5)
    except exceptions.AirbyteSyncJobTimeout as error:
        return {"raised": type(error).__name__, "text": str(error)}
    return {}


if __name__ == "__main__":
    import asyncio

    deeds = {"run": run, "run_task": run_task, "give_up": give_up}
    print("\n" + json.dumps(asyncio.run(deeds[told["deed"]]())))
