"""A source that offers nothing, and one that offers fifty thousand streams."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.catalog import Catalog, ReadMode, Stream, StreamDescriptor
from tests.api.client import Client, Object
from tests.api.making import DESTINATION

LIMIT_S = 30.0
FEW, MOST, MANY = 1, 2_000, 50_000


@dataclass(frozen=True, slots=True)
class Offering:
    """A connector that offers so many streams."""

    count: int

    async def discover(self, config: Mapping[str, object]) -> Catalog:
        fields = {"id": {"type": "integer"}, "name": {"type": "string"}}
        return Catalog(
            streams=tuple(
                Stream(
                    descriptor=StreamDescriptor(f"stream_{number}"),
                    json_schema={"type": "object", "properties": fields},
                    supported=(ReadMode.FULL_REFRESH,),
                )
                for number in range(self.count)
            )
        )


@pytest.fixture
def offering(app: FastAPI) -> Callable[[int], None]:
    def offer(count: int) -> None:
        async def opened(*_: Any) -> Offering:
            return Offering(count)

        app.state.open_connector = opened

    return offer


async def wanted(api: Client, *names: str) -> Object:
    body = {"sourceId": (await api.source())["sourceId"], "destinationId": DESTINATION}
    named = [{"name": name} for name in names]
    return body | ({"configurations": {"streams": named}} if named else {})


@pytest.mark.parametrize("path", ["/connections", "/connections/preview"])
async def test_a_source_that_offers_nothing_is_not_connected(
    api: Client, offering: Callable[[int], None], path: str
) -> None:
    offering(0)

    refused = await api.problem("POST", path, 422, await wanted(api))

    assert "offers no stream" in refused["detail"]
    assert "configuration" in refused["detail"]  # and what to do about it
    assert (await api.get("/connections"))["data"] == []


async def test_a_connection_of_no_stream_is_refused(
    api: Client, offering: Callable[[int], None]
) -> None:
    offering(FEW)
    body = await wanted(api)
    nothing: Object = {"configurations": {"streams": []}}

    refused = [await api.problem("POST", path, 422, body | nothing) for path in ("/connections", "/connections/preview")]  # fmt: skip
    made = await api.post("/connections", body | {"configurations": {}})
    patched = await api.problem("PATCH", f"/connections/{made['connectionId']}", 422, nothing)

    for each in (*refused, patched):
        assert "Name the streams" in each["detail"]
    assert len(made["configurations"]["streams"]) == FEW


async def test_of_fifty_thousand_streams_some_are_taken_and_all_are_refused_in_time(
    api: Client, offering: Callable[[int], None]
) -> None:
    offering(MANY)
    every, some = await wanted(api), await wanted(api, "stream_0", f"stream_{MANY - 1}")

    began = time.monotonic()
    refused = await api.problem("POST", "/connections", 422, every)
    looked = await api.problem("POST", "/connections/preview", 422, every)
    made = await api.post("/connections", some)
    listed = await api.get("/streams", sourceId=some["sourceId"])
    took_s = time.monotonic() - began

    assert "50,000 streams" in refused["detail"]
    assert looked["detail"] == refused["detail"]
    names = [stream["name"] for stream in made["configurations"]["streams"]]
    assert names == ["stream_0", f"stream_{MANY - 1}"]
    assert len(listed) == MANY
    assert took_s < LIMIT_S


async def test_as_many_streams_as_a_connection_may_have_are_taken_in_time(
    api: Client, offering: Callable[[int], None]
) -> None:
    offering(MOST)

    began = time.monotonic()
    made = await api.post("/connections", await wanted(api))
    took_s = time.monotonic() - began

    assert len(made["configurations"]["streams"]) == MOST
    assert took_s < LIMIT_S, took_s
