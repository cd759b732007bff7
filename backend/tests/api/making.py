"""What a client does before it can test anything: a source, a connection, a job."""

from typing import Any

import httpx

WORKSPACE = "00000000-0000-0000-0000-000000000001"
DESTINATION = "00000000-0000-0000-0000-000000000002"
NOBODY = "99999999-9999-4999-9999-999999999999"

Json = dict[str, Any]


async def make_source(client: httpx.AsyncClient, name: str = "shop") -> Json:
    made = await client.post(
        "/v1/sources",
        json={
            "name": name,
            "workspaceId": WORKSPACE,
            "configuration": {"sourceType": "faker", "count": 10, "seed": 1},
        },
    )
    assert made.status_code == 200, made.text
    found: Json = made.json()
    return found


async def make_connection(
    client: httpx.AsyncClient, name: str = "daily", **members: object
) -> Json:
    source = await make_source(client, name=f"{name}_source")
    made = await client.post(
        "/v1/connections",
        json={
            "name": name,
            "sourceId": source["sourceId"],
            "destinationId": DESTINATION,
            **members,
        },
    )
    assert made.status_code == 200, made.text
    found: Json = made.json()
    return found


async def start_job(client: httpx.AsyncClient, connection_id: str) -> httpx.Response:
    return await client.post("/v1/jobs", json={"connectionId": connection_id, "jobType": "sync"})
