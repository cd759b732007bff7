"""How often somebody may ask: in one process, over a real Redis, and while that is away."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from structlog.typing import EventDict

from app.access import rates
from app.access.rates import Policy, Rates, of_address
from app.core.logging import heard_by
from app.core.settings import Settings
from tests.fixtures.redis import free_port, redis_server


async def test_who_asked_enough_waits_and_nobody_else_does() -> None:
    counted = Rates.of(Settings(rate_limit="3/minute"))

    left = [await counted.take(Policy.DEFAULT, "user:a") for _ in range(4)]
    other = await counted.take(Policy.DEFAULT, "user:b")
    sign_in = await counted.take(Policy.SIGN_IN, "user:a")

    assert [each.is_granted for each in left] == [True, True, True, False]
    assert [each.remaining for each in left] == [2, 1, 0, 0]
    assert 0 < left[-1].resets_s <= 60
    assert (other.is_granted, sign_in.is_granted) == (True, True)


async def test_processes_count_together_over_redis_and_apart_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    lines: list[EventDict] = []
    settings = Settings.model_validate(
        {"rate_limit": "4/hour", "redis_url": f"redis://127.0.0.1:{port}/0"}
    )
    monkeypatch.setattr(rates, "_AWAY_S", 0.2)

    with heard_by(partial(_kept, lines), "INFO"):
        async with rates.opened(settings) as one, rates.opened(settings) as two:
            with redis_server(tmp_path, port) as url:
                await _until_it_answers(url)
                together = [await each.take(Policy.DEFAULT, "user:a") for each in (one, two, one)]
            apart = [await one.take(Policy.DEFAULT, "user:a") for _ in range(5)]
            with redis_server(tmp_path, port) as url:
                await _until_it_answers(url)
                await asyncio.sleep(0.25)
                again = await one.take(Policy.DEFAULT, "user:a")

    assert [each.remaining for each in together] == [3, 2, 1]
    assert [each.is_granted for each in apart] == [True] * 4 + [False]
    assert again.remaining == 3  # the new Redis knows of none before
    said = [line["event"] for line in lines if line["event"].startswith("rates_")]
    assert said == ["rates_without_redis", "rates_with_redis_again"]


def _kept(lines: list[EventDict], logger: object, method: str, event: EventDict) -> EventDict:
    lines.append(dict(event))
    return event


async def _until_it_answers(url: str) -> None:
    from redis.asyncio import Redis
    from redis.exceptions import ConnectionError as NotThere

    async with Redis.from_url(url) as client, asyncio.timeout(20):
        while True:
            try:
                await client.ping()
            except NotThere:
                await asyncio.sleep(0.05)
            else:
                return


def test_an_address_counts_by_its_network() -> None:
    assert of_address("192.0.2.7") != of_address("192.0.2.8")
    assert of_address("2001:db8::1") == of_address("2001:db8::ffff:2")
    assert of_address("2001:db8::1") != of_address("2001:db8:0:1::1")
    assert of_address(None) == of_address("not an address") == "address:unknown"
