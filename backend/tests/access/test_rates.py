"""How often somebody may ask: in one process, over a real Redis, and while that is away."""

import asyncio
import time
from functools import partial
from math import ceil
from pathlib import Path

import pytest
from structlog.typing import EventDict

from app.access import rates
from app.access.rates import Policy, Rates, of_address
from app.core.logging import heard_by
from app.core.settings import Settings
from tests.fixtures.redis import free_port, redis_server


@pytest.mark.parametrize("into_window_s", [0.5, 30.0, 59.7])
async def test_who_asked_enough_waits_and_nobody_else_does(
    into_window_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 60.0 * 29_000_000 + into_window_s)
    counted = Rates.of(Settings(rate_limit="3/minute"))

    left = [await counted.take(Policy.DEFAULT, "user:a") for _ in range(4)]
    other = await counted.take(Policy.DEFAULT, "user:b")
    sign_in = await counted.take(Policy.SIGN_IN, "user:a")

    assert [each.is_granted for each in left] == [True, True, True, False]
    assert [each.remaining for each in left] == [2, 1, 0, 0]
    assert left[-1].resets_s == ceil(60 - into_window_s)
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
            with redis_server(tmp_path, port):
                together = [await each.take(Policy.DEFAULT, "user:a") for each in (one, two, one)]
            apart = [await one.take(Policy.DEFAULT, "user:a") for _ in range(5)]
            with redis_server(tmp_path, port):
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


def test_an_address_counts_by_its_network() -> None:
    assert of_address("192.0.2.7") != of_address("192.0.2.8")
    assert of_address("2001:db8::1") == of_address("2001:db8::ffff:2")
    assert of_address("2001:db8::1") != of_address("2001:db8:0:1::1")
    assert of_address(None) == of_address("not an address") == "address:unknown"
