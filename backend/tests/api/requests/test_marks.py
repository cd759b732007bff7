"""What stands on every answer: an id that cannot be read as anything else, and headers for browsers."""

import re
from contextlib import nullcontext
from functools import partial

import httpx
import pytest
from fastapi import FastAPI
from structlog.typing import EventDict

from app.api.app import build_app
from app.api.requests.marks import id_of
from app.core.logging import heard_by
from app.core.settings import Settings
from tests.api.making import NOBODY
from tests.fixtures.owner import as_owner


async def test_a_request_keeps_its_id_and_says_it_everywhere(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    given = await client.get(f"/v1/sources/{NOBODY}", headers={"X-Request-Id": "dag-run_00000042"})
    made = await client.get("/v1/sources")
    await as_owner(app.state.database, "DROP TABLE pipeline.sources CASCADE")
    lines: list[EventDict] = []
    with heard_by(partial(_kept, lines), "INFO"):
        broken = await client.get("/v1/sources", headers={"X-Request-Id": "broken-request"})

    assert given.headers["x-request-id"] == given.json()["requestId"] == "dag-run_00000042"
    assert re.fullmatch(r"[0-9a-f-]{36}", made.headers["x-request-id"])
    assert (broken.status_code, broken.json()["requestId"]) == (500, "broken-request")
    assert broken.headers["x-request-id"] == "broken-request"
    assert broken.headers["x-content-type-options"] == "nosniff"
    assert [line["request_id"] for line in lines if line["event"] == "request_broke"] == [
        "broken-request"
    ]


def _kept(lines: list[EventDict], logger: object, method: str, event: EventDict) -> EventDict:
    lines.append(dict(event))
    return event


@pytest.mark.parametrize(
    "given",
    [
        b"short",
        b"x" * 65,
        b"good-id-1\r\nSet-Cookie: a=b",
        b"\x1b[31mred-red",
        b"spaces in it",
        b"\xff" * 9,
    ],
)
def test_an_id_that_could_be_read_as_more_is_not_taken(given: bytes) -> None:
    assert re.fullmatch(r"[0-9a-f-]{36}", id_of([(b"x-request-id", given)]))


async def test_browsers_are_told_what_they_may_do(client: httpx.AsyncClient) -> None:
    answer, page = await client.get("/v1/sources"), await client.get("/docs")
    secure = await client.get("https://atlas/health")

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers
    assert "strict-transport-security" not in answer.headers
    assert secure.headers["strict-transport-security"].startswith("max-age=31536000")
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self' 'sha256-" in policy  # of the one script that stands in the page
    assert page.text.count("<script>") == 1


async def test_other_origins_and_no_documentation_where_it_is_set(
    app: FastAPI, settings: Settings
) -> None:
    other = build_app(
        lambda _: nullcontext(),
        settings.model_copy(update={"docs": False, "cors_origins": "https://dash.example"}),
    )
    other.state._state.update(app.state._state)
    transport = httpx.ASGITransport(app=other)
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
        ours = await client.get("/health", headers={"Origin": "https://dash.example"})
        theirs = await client.get("/health", headers={"Origin": "https://evil.example"})
        hidden = [await client.get(path) for path in ("/docs", "/openapi.json")]

    assert ours.headers["access-control-allow-origin"] == "https://dash.example"
    assert "access-control-allow-origin" not in theirs.headers
    assert [answer.status_code for answer in hidden] == [404, 404]
    with pytest.raises(ValueError, match="origin"):
        Settings(cors_origins="*")
