"""Random faults, one every few seconds, on two workers whose way to the database can be broken.

ATLAS_NEMESIS_SEED repeats what was done; ATLAS_NEMESIS_MINUTES says for how long, 10 if it does not.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from app.core.ids import JobId
from app.core.jobs import JobStatus
from tests.faults.checker import assert_sound, assert_state_is_behind
from tests.faults.proxy import Proxy
from tests.faults.scene import Child, Scene, orders, reading, until

SEED = int(os.environ.get("ATLAS_NEMESIS_SEED", time.time_ns() % 1_000_000))
MINUTES = float(os.environ.get("ATLAS_NEMESIS_MINUTES", "10"))
VISITS = {"name": "visits", "state_every": 250, "duplicates": 9}


@dataclass(slots=True, kw_only=True)
class Nemesis:
    """Does what chance says to one of the workers, and sees to it that there are two again."""

    scene: Scene
    proxy: Proxy
    chance: random.Random
    workers: list[Child] = field(default_factory=list)
    did: list[str] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, Callable[[Child], Awaitable[None]]]:
        return {
            "kill": self.kill,
            "end": self.end,
            "stop": self.stop,
            "terminate": self.terminate,
            "reset": self.reset,
            "black hole": self.black_hole,
            "latency": self.latency,
        }

    async def strike(self) -> None:
        name = self.chance.choice(sorted(self.faults))
        victim = self.chance.choice(self.workers)
        self.did.append(name)
        await self.faults[name](victim)
        await asyncio.sleep(self.chance.uniform(1, 5))
        self.proxy.heal()

    async def kill(self, victim: Child) -> None:
        victim.kill()
        await self.replace(victim)

    async def end(self, victim: Child) -> None:
        victim.send(signal.SIGTERM)
        assert await victim.ended(30) == 0, victim.said.read_text()
        await self.replace(victim)

    async def stop(self, victim: Child) -> None:
        victim.send(signal.SIGSTOP)
        await asyncio.sleep(self.chance.uniform(0.5, 10))
        victim.send(signal.SIGCONT)

    async def terminate(self, _: Child) -> None:
        backends = [link.backend for link in self.proxy.links if link.backend]
        chosen = self.chance.sample(backends, k=(len(backends) + 1) // 2)
        await self.scene.atlas.values(
            "SELECT pg_terminate_backend(b) FROM unnest($1::int[]) b", chosen
        )

    async def reset(self, _: Child) -> None:
        self.proxy.reset()

    async def black_hole(self, _: Child) -> None:
        self.proxy.black_hole()

    async def latency(self, _: Child) -> None:
        self.proxy.latency_s = self.chance.uniform(0.02, 0.2)

    async def replace(self, gone: Child) -> None:
        self.workers.remove(gone)
        self.workers.append(await self.scene.worker(dsn=self.proxy.dsn))


def source(size: int) -> dict[str, object]:
    return reading(
        orders(700 * size), {**VISITS, "records": 400 * size}, slow_s=4.0, interleave=True
    )


@pytest.mark.faults
async def test_nothing_is_lost_or_doubled_whatever_happens(scene: Scene, proxy: Proxy) -> None:
    print(f"ATLAS_NEMESIS_SEED={SEED}")
    nemesis = Nemesis(scene=scene, proxy=proxy, chance=random.Random(SEED))
    await scene.connect(source(1))
    nemesis.workers += await scene.workers(proxy.dsn, proxy.dsn)
    jobs: list[JobId] = []
    until_s = time.monotonic() + MINUTES * 60
    while time.monotonic() < until_s:
        if not jobs or (await scene.job(jobs[-1])).status.is_terminal:
            await scene.configure(source(len(jobs) + 1))
            jobs.append(await scene.start())
        await nemesis.strike()
        await assert_state_is_behind(scene)
    print(nemesis.did)

    async def is_calm() -> bool:
        return (await scene.job(jobs[-1])).status.is_terminal

    await until(is_calm, 180)
    last = await scene.start()
    await scene.ended(last, 180)

    assert (await scene.job(last)).status is JobStatus.SUCCEEDED
    ends = (JobStatus.SUCCEEDED, JobStatus.FAILED)  # many faults in a row may use a job's tries up
    await assert_sound(scene, *jobs, last, ends=ends)
