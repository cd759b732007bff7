"""What is too much, too slow or malformed is refused as a problem, and nothing of it reaches an operation."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from app.api.requests.bodies import Bodies, is_deeper
from app.core.settings import Settings
from tests.api.client import PROBLEM
from tests.api.making import WORKSPACE
from tests.fixtures.in_time import in_time

JSON = {"Content-Type": "application/json"}
LIMIT = 1_048_576
MALFORMED: dict[str, bytes] = {
    "nothing of it is JSON": b"hello",
    "not closed": b'{"name": "a"',
    "more after it": b'{"name": "a"} {}',
    "no number": b'{"name": NaN}',
    "no end": b'{"name": -Infinity}',
    "a number of 5,000 digits": b'{"name": 1' + b"0" * 5_000 + b"}",
    "a name twice": b'{"name": "a", "name": "b"}',
    "not UTF-8": b'{"name": "\xff"}',
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
    "a NUL": b'{"name": "a\\u0000b"}',
    "half of a pair": b'{"name": "\\ud83d"}',
    "deeper than 64": b"[" * 65 + b"]" * 65,
    "deep as a well": b"[" * 100_000,
    "objects deep as a well": b'{"a":' * 100_000,
    "a string that is not closed": b"[" * 65 + b'"' + b'\\"' * 500_000,
}


async def test_what_is_malformed_is_400_and_nothing_else(client: httpx.AsyncClient) -> None:
    for what, body in MALFORMED.items():
        with in_time():
            answer = await client.post("/v1/sources", content=body, headers=JSON)

        assert answer.status_code == 400, what
        assert answer.headers["content-type"] == PROBLEM
        assert answer.json()["type"] == "/problems/request-malformed", what
    for path in ("/v1/sources/%00", "/v1/sources?limit=%00"):
        assert (await client.get(path)).status_code == 400
    listed = (await client.get("/v1/sources")).json()
    assert listed["data"] == []


async def test_json_that_only_looks_odd_is_taken(client: httpx.AsyncClient) -> None:
    name = 'a [[[ "quoted" \\u0000 \U0001f600'
    body = {
        "name": name,
        "workspaceId": WORKSPACE,
        "configuration": {"sourceType": "faker", "count": 1},
    }

    made = await client.post("/v1/sources", json=body)

    assert made.status_code == 200, made.text
    assert made.json()["name"] == name


async def test_other_types_are_415_and_what_is_too_large_is_413(client: httpx.AsyncClient) -> None:
    for media in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "json"):
        answer = await client.post("/v1/sources", content=b"{}", headers={"Content-Type": media})
        assert (answer.status_code, answer.headers["content-type"]) == (415, PROBLEM), media
    packed = await client.post(
        "/v1/sources", content=b"{}", headers=JSON | {"Content-Encoding": "gzip"}
    )
    assert packed.status_code == 415
    form = await client.post("/v1/sources", data={"name": "a"})
    assert (form.status_code, form.headers["content-type"]) == (422, PROBLEM)

    said = await client.post("/v1/sources", content=b" " * (LIMIT + 1), headers=JSON)
    counted = await client.post("/v1/sources", content=_pieces(LIMIT + 1), headers=JSON)
    just = await client.post("/v1/sources", content=_pieces(LIMIT), headers=JSON)
    assert [said.status_code, counted.status_code, just.status_code] == [413, 413, 400]
    assert said.json()["hint"]

    assert (await client.get("/v1/sources?limit=" + "1" * 9_000)).status_code == 414
    assert (await client.get("/v1/sources", headers={"X-A": "a" * 40_000})).status_code == 431


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 65_536):
        yield b" " * min(65_536, size - start)


async def test_a_body_that_trickles_in_is_408_and_holds_nothing(
    app: FastAPI, settings: Settings
) -> None:
    app.state.settings = settings.model_copy(update={"body_timeout_s": 0.2})

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b" "
            await asyncio.sleep(0.05)

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
        began = time.monotonic()
        answer = await client.post("/v1/sources", content=slowly(), headers=JSON)

    assert (answer.status_code, answer.headers["content-type"]) == (408, PROBLEM)
    assert answer.headers["connection"] == "close"
    assert time.monotonic() - began < 2


async def test_without_a_body_nothing_is_read() -> None:
    """The app is given the server's own `receive`, so a look costs no copy of it."""
    seen: list[object] = []

    async def inner(scope: object, receive: object, send: object) -> None:
        seen.append(receive)

    async def receive() -> dict[str, object]:
        raise AssertionError("a request without a body was read")

    class _App:
        class state:  # noqa: N801
            settings = Settings()

    scope = {
        "type": "http",
        "app": _App,
        "path": "/v1/jobs",
        "query_string": b"",
        "headers": [(b"content-length", b"0")],
    }
    await Bodies(inner)(scope, receive, inner)  # type: ignore[arg-type]

    assert seen == [receive]


JsonValue = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(JsonValue, st.integers(0, 6))
def test_depth_is_told_without_parsing(value: object, most: int) -> None:
    assert is_deeper(json.dumps(value).encode(), most) == (depth(value) > most)


@pytest.mark.parametrize("text", ["]][[", '"\\', "[" * 70, '{"a":"}"'])
def test_depth_of_what_is_no_json_ends(text: str) -> None:
    assert is_deeper(text.encode(), 1) in (True, False)
