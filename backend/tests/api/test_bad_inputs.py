"""What cannot be stored, named or reached: a problem each time, never a 500 and never a hint of what is there."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.api.making import DESTINATION, NOBODY, WORKSPACE, make_connection, make_source

Json = dict[str, Any]  # as a client has it
COLLECTIONS = ("workspaces", "sources", "destinations", "connections", "tags", "jobs")


async def test_what_is_no_id_or_of_nobody_is_told_alike_whatever_it_is(
    client: httpx.AsyncClient,
) -> None:
    made = await make_connection(client)
    upper = await client.get(f"/v1/connections/{made['connectionId'].upper()}")

    assert upper.json() == made
    for kind in COLLECTIONS:
        for wrong, statuses in (
            ("seven", {422}), ("%00", {400}), ("a" * 10_000, {414}), ("%ED%A0%80", {422}), ("0" * 400, {422, 404}),
            ("1" * 5_000, {422}), ("0" * 5_000 + "1", {422, 404}),
            (NOBODY if kind != "jobs" else "999999", {404}),
        ):  # fmt: skip
            answer = await client.get(f"/v1/{kind}/{wrong}")
            assert answer.status_code in statuses, (kind, wrong[:20], answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
        found = answer.json()
        assert found["data"]["resourceType"] == kind.removesuffix("s")
        assert found["data"]["resourceId"] in (NOBODY, "999999")


@pytest.mark.parametrize(
    "configuration",
    [
        '{"sourceType": "faker", "password": "a\\u0000b"}', '{"sourceType": "faker", "a\\u0000": 1}',
        '{"sourceType": "faker", "list": [{"deep": "\\ud800"}]}', '{"sourceType": "faker", "count": NaN}',
        '{"sourceType": "faker", "count": 1e999}',
    ],
)  # fmt: skip
async def test_what_postgresql_cannot_hold_is_refused(
    client: httpx.AsyncClient, configuration: str
) -> None:
    body = f'{{"name": "x", "workspaceId": "{WORKSPACE}", "configuration": {configuration}}}'
    json_body = {"content-type": "application/json"}

    answer = await client.post("/v1/sources", content=body.encode(), headers=json_body)

    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await client.get("/v1/sources")).json()["data"] == []


async def test_bodies_that_are_none_are_problems(client: httpx.AsyncClient) -> None:
    for content, kind in (
        (b"{", "application/json"), (b"", "application/json"), (b"name=x", "application/x-www-form-urlencoded"),
        (b"{} {}", "application/json"), (b"[" * 100_000, "application/json"), (b"\xff\xfe", "application/json"),
        (b'{"name": "x"}', "text/plain"),
    ):  # fmt: skip
        for path in ("/v1/sources", "/v1/connections", "/v1/jobs", "/v1/workspaces"):
            answer = await client.post(path, content=content, headers={"content-type": kind})
            assert answer.status_code in (400, 413, 415, 422), (content[:20], answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


async def test_a_schedule_that_cannot_be_is_a_problem(client: httpx.AsyncClient) -> None:
    source = await make_source(client)
    body: Json = {"sourceId": source["sourceId"], "destinationId": DESTINATION}

    for cron in ("* * * * * *", "0 61 * * * ?", "0 0 0 30 2 ?", "", "0 " * 5_000, "@reboot", "0 0 6 * * ? +02:00"):  # fmt: skip
        schedule = {"scheduleType": "cron", "cronExpression": cron}
        answer = await client.post("/v1/connections", json={**body, "schedule": schedule})
        assert answer.status_code in (400, 422), (cron[:20], answer.text)
    assert (await client.get("/v1/connections")).json()["data"] == []


# ── links ─────────────────────────────────────────────────────────────────────────────────────────

FORWARDED = {
    "x-forwarded-for": "203.0.113.9, 127.0.0.1",
    "x-forwarded-proto": "https, http",
    "x-forwarded-host": "atlas.example.org",
    "x-forwarded-prefix": "/data/",
}


@pytest.mark.parametrize(
    ("changes", "headers", "begins"),
    [
        ({}, FORWARDED, "http://atlas/v1/sources?"),
        ({"trusted_proxies": "10.0.0.0/8"}, FORWARDED, "http://atlas/v1/sources?"),
        ({"trusted_proxies": "10.0.0.0/8, 127.0.0.1"}, FORWARDED, "https://atlas.example.org/data/v1/sources?"),
        ({"trusted_proxies": "127.0.0.1"}, {"x-forwarded-host": "evil.example/?x=", "x-forwarded-proto": "javascript"}, "http://atlas/v1/sources?"),
        ({"trusted_proxies": "127.0.0.1", "public_url": "https://here.example/a"}, FORWARDED, "https://here.example/a/v1/sources?"),
    ],
    ids=str,
)  # fmt: skip
async def test_links_lead_back_the_way_that_their_client_came(
    app: FastAPI,
    client: httpx.AsyncClient,
    changes: Json,
    headers: dict[str, str],
    begins: str,
) -> None:
    for name in ("one", "two", "three"):
        await make_source(client, name)
    app.state.settings = app.state.settings.model_copy(update=changes)

    page = (await client.get("/v1/sources?limit=1&offset=1", headers=headers)).json()

    for name, offset in (("previous", 0), ("next", 2)):
        assert page[name].startswith(begins)
        assert set(page[name].partition("?")[2].split("&")) == {"limit=1", f"offset={offset}"}
    assert (await client.get("/v1/sources?offset=3")).json()["next"] == ""
