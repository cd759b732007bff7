"""Who was stopped as a limit ran out reads what has come before he says that nothing did."""

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

from app.core.waking import awake_timeout

LIMIT_S = 0.2


@pytest.fixture
def way() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    here.setblocking(False)
    with here, there:
        yield here, there


async def hear(here: socket.socket) -> bytes:
    async with awake_timeout(LIMIT_S):
        return await asyncio.get_running_loop().sock_recv(here, 1)


def stopped_for(seconds: float, there: socket.socket, said: bytes) -> None:
    """Block the loop, as a stopped process is, and be answered meanwhile."""
    there.send(said)
    time.sleep(seconds)


async def test_what_came_while_the_process_slept_came_in_time(
    way: tuple[socket.socket, socket.socket],
) -> None:
    here, there = way

    asyncio.get_running_loop().call_later(LIMIT_S / 2, stopped_for, 2 * LIMIT_S, there, b"y")

    assert await hear(here) == b"y"


async def test_who_slept_waits_once_more_and_no_longer(
    way: tuple[socket.socket, socket.socket],
) -> None:
    here, there = way
    began = time.monotonic()
    asyncio.get_running_loop().call_later(LIMIT_S / 2, stopped_for, 2 * LIMIT_S, there, b"")

    with pytest.raises(TimeoutError):
        await hear(here)

    assert 3.4 * LIMIT_S < time.monotonic() - began < 10 * LIMIT_S


async def test_a_limit_is_one_for_who_is_awake(way: tuple[socket.socket, socket.socket]) -> None:
    here, _ = way
    began = time.monotonic()

    with pytest.raises(TimeoutError):
        await hear(here)

    assert time.monotonic() - began >= LIMIT_S


async def test_nothing_is_left_of_a_limit_that_was_kept() -> None:
    broken: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, said: broken.append(said))

    async with awake_timeout(LIMIT_S / 10):
        pass
    await asyncio.sleep(LIMIT_S)

    assert broken == []
