"""Who asks too often is told when to come again, and everybody what is left to him.

Days, since a window must not end in the middle of a test.
"""

import re

import httpx
import pytest
from fastapi import FastAPI

from app.access.rates import Rates
from app.api.tokens import PATHS
from app.core.settings import Settings
from tests.api.client import PROBLEM


async def test_a_caller_has_his_own_count_and_whom_nobody_knows_his_address(
    app: FastAPI, client: httpx.AsyncClient, settings: Settings
) -> None:
    app.state.rates = Rates.of(settings.model_copy(update={"rate_limit": "3/day"}))

    ours = [await client.get("/v1/sources") for _ in range(4)]
    nobody = [
        await client.get("/v1/sources", headers={"Authorization": f"Bearer no.{number}.token"})
        for number in range(4)
    ]
    health = await client.get("/health", headers={"Authorization": ""})

    assert [answer.status_code for answer in ours] == [200, 200, 200, 429]
    assert ours[0].headers["ratelimit-policy"] == '"default";q=3;w=86400'
    assert re.fullmatch(r'"default";r=2;t=\d+', ours[0].headers["ratelimit"])
    refused = ours[-1]
    assert refused.headers["content-type"] == PROBLEM
    assert refused.json()["type"] == "/problems/too-many-requests"
    assert refused.json()["hint"]
    assert 1 <= int(refused.headers["retry-after"]) <= 86_400
    assert [answer.status_code for answer in nobody] == [401, 401, 401, 429]
    assert health.status_code == 429  # of the same address, which has nothing left


SIGN_IN = [
    *PATHS,
    "/v1/session",
    "/v1/session/link",
    "/api/public/v1/session",
    "/welcome/{token}",
]


@pytest.mark.parametrize("path", SIGN_IN)
async def test_signing_in_has_a_stricter_count(
    app: FastAPI, client: httpx.AsyncClient, settings: Settings, path: str
) -> None:
    """By the address, whoever it says it is: a guess counts as much as the right secret."""
    app.state.rates = Rates.of(settings.model_copy(update={"sign_in_rate_limit": "2/day"}))

    answers = [
        await client.post(path.replace("{token}", f"guess-{number}"), json={})
        for number in range(3)
    ]

    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert answers[0].headers["ratelimit-policy"] == '"sign-in";q=2;w=86400'


async def test_all_ways_to_sign_in_share_one_count(
    app: FastAPI, client: httpx.AsyncClient, settings: Settings
) -> None:
    app.state.rates = Rates.of(settings.model_copy(update={"sign_in_rate_limit": "2/day"}))

    answers = [await client.post(path, json={}) for path in ("/v1/session", PATHS[0], PATHS[1])]

    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert (await client.get("/v1/session")).status_code == 200  # who only asks is not refused


async def test_an_answer_that_is_given_again_counts_as_well(
    app: FastAPI, client: httpx.AsyncClient, settings: Settings
) -> None:
    app.state.rates = Rates.of(settings.model_copy(update={"rate_limit": "2/day"}))

    given = [
        await client.post("/v1/sources", json={}, headers={"Idempotency-Key": "one"})
        for _ in range(3)
    ]

    assert [answer.status_code for answer in given] == [422, 422, 429]
    assert given[1].headers["idempotent-replayed"] == "true"
