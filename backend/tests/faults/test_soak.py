"""A quarter of an hour of a whole service: a schedule, two workers and two doors, one of which is killed again and again.

ATLAS_SOAK_MINUTES says for how long, 15 if it does not; ATLAS_FAULTS_SEED, who is killed when.
"""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from app.core.ids import JobId
from tests.faults.chance import SEED
from tests.faults.checker import assert_sound
from tests.faults.scene import Child, Scene, orders, reading, until
from tests.faults.test_requests import answers, ask
from tests.faults.timetables import assert_each_window_once
from tests.fixtures.home import free_port

MINUTES = float(os.environ.get("ATLAS_SOAK_MINUTES", "15"))
KILL_EVERY_S = 30.0
MOMENT_S = 20.0
"""Of each such time, a kill comes within the first so many seconds: what died is back before the next."""
EACH_MINUTE = {"scheduleType": "cron", "cronExpression": "0 * * * * ?"}
BY_HAND = {"scheduleType": "manual"}


def source(size: int) -> dict[str, object]:
    """What has come since the last job takes half a minute to read, so that kills meet jobs."""
    visits = {"name": "visits", "records": 80 * size, "seed": SEED, "state_every": 50, "duplicates": 9}  # fmt: skip
    return reading(orders(150 * size), visits, slow_s=50.0, interleave=True)


@dataclass(slots=True, kw_only=True)
class Service:
    """Two workers and two doors. Shape: `doors` by port; `open` are the ports where nobody was killed."""

    scene: Scene
    workers: list[Child] = field(default_factory=list)
    doors: dict[int, Child] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    answered: int = 0
    silences: list[str] = field(default_factory=list)
    size: int = 1

    async def begin(self) -> None:
        await self.scene.connect(source(self.size))
        self.workers += await self.scene.workers(self.scene.dsn, self.scene.dsn)
        for _ in range(2):
            await self.open_door(free_port())

    async def open_door(self, port: int) -> None:
        self.doors[port] = await self.scene.serve(port, "--no-worker")
        await answers(port)
        self.open.add(port)

    async def grow(self) -> None:
        """Let the source have more to give from now on."""
        self.size += 1
        await self.scene.configure(source(self.size))

    async def schedule(self, wanted: dict[str, str]) -> None:
        path = f"/schedules/{self.scene.atlas.connection_id}"
        assert await asyncio.to_thread(ask, min(self.open), "PUT", path, wanted) == 200

    async def kill_one(self) -> str:
        """Kill one of the four, and start another in its place."""
        victims: list[Child | int] = [*self.workers, *self.doors]
        victim = self.scene.chance.choice(victims)
        if isinstance(victim, int):
            self.open.discard(victim)
            await self.scene.kill(self.doors[victim])
            await self.open_door(victim)
            return "a door"
        await self.scene.kill(victim)
        self.workers.remove(victim)
        self.workers.append(await self.scene.worker())
        return "a worker"

    async def watch(self) -> None:
        """Ask every door that is open, again and again, for what stands in the database."""
        while True:
            for port in sorted(self.open):
                status = await asyncio.to_thread(ask, port, "GET", "/jobs?limit=1")
                if status == 200:
                    self.answered += 1
                elif port in self.open:
                    self.silences.append(f"{status} at {await self.scene.now()}")
            await asyncio.sleep(0.5)

    async def all_is_read(self) -> None:
        """Wait for the end of a job that began after the source had grown for the last time."""
        grown_at = await self.scene.now()
        query = "SELECT count(*) > 0 FROM pipeline.jobs WHERE created_at > $1 AND ended_at IS NOT NULL"  # fmt: skip

        async def is_read() -> bool:
            return await self.scene.atlas.values(query, grown_at) == [True]

        await until(is_read, 240)


async def killing(service: Service, say: Callable[[str], None]) -> None:
    began = time.monotonic()
    for turn in range(round(MINUTES * 60 / KILL_EVERY_S)):
        await service.grow()
        await service.scene.some_time(MOMENT_S)
        was_killed = await service.kill_one()
        say(f"{time.monotonic() - began:4.0f} s: {was_killed} was killed")
        await asyncio.sleep(max(began + (turn + 1) * KILL_EVERY_S - time.monotonic(), 0))


@pytest.mark.soak
async def test_every_window_fires_once_and_nothing_is_lost_whoever_is_killed(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    def say(what: str) -> None:
        with capsys.disabled():
            print(what, flush=True)

    say(f"\nATLAS_FAULTS_SEED={SEED}")
    service = Service(scene=scene)
    await service.begin()
    await service.schedule(EACH_MINUTE)
    watching = asyncio.create_task(service.watch())
    await killing(service, say)
    await service.all_is_read()
    await service.schedule(BY_HAND)
    jobs = [
        JobId(int(str(job_id)))
        for job_id in await scene.atlas.values("SELECT job_id FROM pipeline.jobs ORDER BY job_id")
    ]
    for job_id in jobs:
        await scene.ended(job_id)
    watching.cancel()
    (stopped,) = await asyncio.gather(watching, return_exceptions=True)

    windows = await scene.atlas.fetch("SELECT kind, reason, missed, at - window_at AS late FROM pipeline.schedule_events")  # fmt: skip
    attempts = await scene.attempts()
    cut_short = len(attempts) - len(jobs)
    say(f"{len(windows)} windows, {len(jobs)} jobs, {cut_short} attempts cut short, {service.answered} answers")  # fmt: skip
    assert isinstance(stopped, asyncio.CancelledError), stopped
    assert service.silences == [], "who was not killed has answered"
    assert len(windows) >= int(MINUTES)
    assert {window["missed"] for window in windows} == {0}, "somebody was always there to tick"
    assert {window["reason"] for window in windows} <= {None, "job-active"}
    assert all(window["late"] < timedelta(seconds=10) for window in windows)
    await assert_each_window_once(scene, every_s=60)
    await assert_sound(scene, *jobs)
