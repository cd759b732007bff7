"""Random faults, one every few seconds, on a server, two workers on a way to it that can be broken, and a door.

ATLAS_FAULTS_SEED repeats what is done; ATLAS_NEMESIS_MINUTES says for how long, 10 if it does not.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from app.core.failures import (
    DatabaseUnreachable,
)
from app.core.ids import JobId
from app.core.jobs import JobStatus
from tests.faults.chance import SEED
from tests.faults.checker import assert_sound, assert_state_is_behind
from tests.faults.proxy import Proxy, socket_of
from tests.faults.scene import Child, Scene, orders, reading, until
from tests.faults.test_requests import answers, ask
from tests.faults.test_server import OwnServer, own_scene
from tests.fixtures.home import free_port

MINUTES = float(os.environ.get("ATLAS_NEMESIS_MINUTES", "10"))
IDLE_S = 8.0
CHAIN_S = 120.0
"""From the loss of a worker to where its job goes on, while one fault follows the other."""
ENDS_S = 20 * (IDLE_S + 4)
"""A source that hangs after each few records gets all of its twenty attempts, each of which goes on a little."""
ENDS = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)
"""Many faults in a row may use a job's tries up."""


@dataclass(slots=True, kw_only=True)
class Nemesis:
    """Does what chance says, and sees to it that all are there again."""

    scene: Scene
    server: OwnServer
    proxy: Proxy
    port: int
    workers: list[Child] = field(default_factory=list)
    doors: list[Child] = field(default_factory=list)
    jobs: list[JobId] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {
            "kill": self.kill,
            "end": self.end,
            "stop": self.stop,
            "terminate": self.terminate,
            "reset": self.reset,
            "black hole": self.black_hole,
            "latency": self.latency,
            "crash": self.crash,
            "kill the door": self.kill_the_door,
            "cancel": self.cancel,
            "misbehave": self.misbehave,
        }

    async def begin(self) -> None:
        await self.scene.connect(source(1))
        self.doors.append(await self.scene.serve(self.port, "--no-worker"))
        for _ in range(2):
            await self.join()
        await answers(self.port)

    async def strike(self) -> str:
        name = self.scene.chance.choice(sorted(self.faults))
        await self.faults[name]()
        await self.scene.some_time(5)
        self.proxy.heal()
        return name

    async def next_job(self) -> None:
        """Start a job if the last one is over, of a source that has more to give, and behaves."""
        if not self.jobs or (await self.scene.job(self.jobs[-1])).status.is_terminal:
            await self.scene.configure(source(len(self.jobs) + 1))
            self.jobs.append(await self.scene.start())

    # ── what may happen ───────────────────────────────────────────────────────────────────────

    async def kill(self) -> None:
        victim = self.victim()
        await self.scene.kill(victim)
        await self.replace(victim)

    async def end(self) -> None:
        victim = self.victim()
        victim.send(signal.SIGTERM)
        assert await victim.ended(30) == 0, victim.said.read_text()
        await self.replace(victim)

    async def stop(self) -> None:
        victim = self.victim()
        victim.send(signal.SIGSTOP)
        await self.scene.some_time(10)
        victim.send(signal.SIGCONT)

    async def terminate(self) -> None:
        backends = [link.backend for link in self.proxy.links if link.backend]
        chosen = self.scene.chance.sample(backends, k=(len(backends) + 1) // 2)
        await self.scene.atlas.execute(
            "SELECT pg_terminate_backend(b) FROM unnest($1::int[]) b", chosen
        )

    async def reset(self) -> None:
        self.proxy.reset()

    async def black_hole(self) -> None:
        self.proxy.black_hole()

    async def latency(self) -> None:
        self.proxy.latency_s = self.scene.chance.uniform(0.02, 0.2)

    async def crash(self) -> None:
        """The server stops without a word, and is back after a while."""
        await asyncio.to_thread(self.server.crash)
        await self.scene.some_time(5)
        await asyncio.to_thread(self.server.cluster.start)

        async def answers_us() -> bool:
            with suppress(
                OSError, asyncpg.PostgresError, asyncpg.InterfaceError, DatabaseUnreachable
            ):
                await self.scene.now()
                return True
            return False

        await until(answers_us)
        await answers(self.port)

    async def kill_the_door(self) -> None:
        await self.scene.kill(self.doors[-1])
        self.doors.append(await self.scene.serve(self.port, "--no-worker"))
        await answers(self.port)

    async def cancel(self) -> None:
        asked = await asyncio.to_thread(ask, self.port, "DELETE", f"/jobs/{self.jobs[-1]}")
        assert asked in (200, 409), "it is cancelled, or was over"

    async def misbehave(self) -> None:
        """From the next attempt to the end of the job, the connector dies or hangs on its way."""
        at = self.scene.chance.randint(100, 600)
        does: Mapping[str, object] = self.scene.chance.choice(
            [
                {"die_at": at, "exit_code": 1},
                {"hang_at": at},
                {"hang_at": at, "ignore_sigterm": True},
            ]
        )
        await self.scene.configure({**source(len(self.jobs)), **does})

    def victim(self) -> Child:
        return self.scene.chance.choice(self.workers)

    async def replace(self, gone: Child) -> None:
        self.workers.remove(gone)
        await self.join()

    async def join(self) -> None:
        self.workers.append(
            await self.scene.worker(dsn=self.proxy.dsn, source_idle_timeout_s=IDLE_S)
        )


def source(size: int) -> dict[str, object]:
    visits = {"name": "visits", "records": 400 * size, "seed": SEED, "state_every": 250, "duplicates": 9}  # fmt: skip
    return reading(orders(700 * size), visits, slow_s=4.0, interleave=True)


@pytest.mark.faults
async def test_nothing_is_lost_or_doubled_whatever_happens(tmp_path: Path) -> None:
    async with (
        own_scene(tmp_path, "nemesis") as (scene, server),
        Proxy(target=socket_of(scene.dsn)).listening(scene.dsn) as proxy,
    ):
        nemesis = Nemesis(scene=scene, server=server, proxy=proxy, port=free_port())
        await nemesis.begin()
        began = time.monotonic()
        while time.monotonic() < began + MINUTES * 60:
            await nemesis.next_job()
            did = await nemesis.strike()
            print(f"{time.monotonic() - began:4.0f} s: {did}, job {nemesis.jobs[-1]}")
            await assert_state_is_behind(scene)
        await scene.ended(nemesis.jobs[-1], ENDS_S)
        await nemesis.next_job()
        last = await scene.ended(nemesis.jobs[-1], ENDS_S)

        assert last.status is JobStatus.SUCCEEDED
        assert nemesis.doors[-1].lives
        await assert_sound(scene, *nemesis.jobs, ends=ENDS, recovery_s=CHAIN_S)
