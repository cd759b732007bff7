"""A client of the API that looks at every answer's form while it is at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.api.making import DESTINATION, WORKSPACE

PROBLEM = "application/problem+json"
TYPES = ("/problems/", "error:", "https://reference.airbyte.com/reference/errors#")
"""Atlas's own, and those of Airbyte's that clients tell problems by."""
Object = dict[str, Any]  # JSON, as a client has it


@dataclass(frozen=True, slots=True)
class Client:
    """Shape: `prefix` of all paths that do not bring their own."""

    http: httpx.AsyncClient
    prefix: str = "/v1"

    async def get(self, path: str, **query: object) -> Object:
        return seen(await self.http.get(self.prefix + path, params=texts(query)))

    async def post(self, path: str, body: Mapping[str, object]) -> Object:
        return seen(await self.http.post(self.prefix + path, json=dict(body)))

    async def put(self, path: str, body: Mapping[str, object]) -> Object:
        return seen(await self.http.put(self.prefix + path, json=dict(body)))

    async def patch(self, path: str, body: Mapping[str, object]) -> Object:
        return seen(await self.http.patch(self.prefix + path, json=dict(body)))

    async def delete(self, path: str) -> Object:
        return seen(await self.http.delete(self.prefix + path))

    async def problem(
        self,
        method: str,
        path: str,
        status: int,
        body: object = None,
        query: Mapping[str, object] | None = None,
    ) -> Object:
        """The problem that a request meets. Source: RFC 9457."""
        answer = await self.http.request(
            method, self.prefix + path, json=body, params=texts(query or {})
        )
        found: Object = answer.json()
        assert answer.status_code == status, found
        assert answer.headers["content-type"] == PROBLEM
        assert {"type", "title", "status", "detail", "instance", "data"} <= set(found)
        assert found["status"] == status
        assert found["type"].startswith(TYPES)
        assert found["instance"] == self.prefix + path
        assert found["data"]["message"] == found["detail"]
        return found

    # ── what a test begins with ───────────────────────────────────────────────────────────────

    async def source(self, name: str = "people", **configuration: object) -> Object:
        wanted = {"sourceType": "faker", "count": 40, **configuration}
        body = {"name": name, "workspaceId": WORKSPACE, "configuration": wanted}
        return await self.post("/sources", body)

    async def connection(self, *streams: Mapping[str, object], name: str = "daily") -> Object:
        source = await self.source()
        body: Object = {"name": name, "sourceId": source["sourceId"], "destinationId": DESTINATION}
        if streams:
            body["configurations"] = {"streams": list(streams)}
        return await self.post("/connections", body)

    async def job(self, connection: Object) -> Object:
        return await self.post(
            "/jobs", {"connectionId": connection["connectionId"], "jobType": "sync"}
        )


def texts(query: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in query.items()}


def seen(answer: httpx.Response) -> Object:
    """The answer to a request that went well: 200, JSON, and no null anywhere."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    found: Object = answer.json()
    assert nulls(found) == []
    return found


def nulls(value: object, path: str = "") -> list[str]:
    """Where a null stands: some of Airbyte's clients break on one."""
    if isinstance(value, dict):
        return [place for name, inner in value.items() for place in nulls(inner, f"{path}/{name}")]
    if isinstance(value, list):
        return [
            place
            for number, inner in enumerate(value)
            for place in nulls(inner, f"{path}/{number}")
        ]
    return [path] if value is None else []
