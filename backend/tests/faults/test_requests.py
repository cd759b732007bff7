"""Rows 40 to 43 and 54 of the fault matrix: wishes that cross each other, and rows that do not match."""

import asyncio
import json
import urllib.error
import urllib.request
from datetime import datetime, timedelta

import pytest

from app.core.jobs import JobStatus
from app.database.keys import Keys
from tests.faults.checker import assert_sound
from tests.faults.scene import MASK_KEY, SWEEP_S, Scene, orders, reading, until
from tests.faults.timetables import on_schedule
from tests.fixtures import tokens
from tests.fixtures.home import free_port

SLOW = reading(orders(700), slow_s=8.0)
CANCELLED = (JobStatus.CANCELLED,)


def credentials() -> dict[str, str]:
    """What every door of a scene lets in, however long it takes."""
    return tokens.machine(Keys(master=bytes.fromhex(MASK_KEY)))


def ask(port: int, method: str, path: str, body: object = None) -> int:
    """The status that the API answers with."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json", **credentials()},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    except OSError:
        return 0


async def assert_stops(scene: Scene, cancelled_at: datetime) -> None:
    """What ran is over ten seconds after it was cancelled, by the database's clock, and its connector
    is gone by then."""

    async def is_over() -> bool:
        return "running" not in await scene.attempts()

    await until(is_over)
    assert scene.shell.connectors() == []
    (ended_at,) = await scene.atlas.values("SELECT max(ended_at) FROM pipeline.attempts")
    assert isinstance(ended_at, datetime)
    assert ended_at - cancelled_at < timedelta(seconds=10)


async def answers(port: int, status: int = 200, limit_s: float = 60) -> None:
    async def does() -> bool:
        return await asyncio.to_thread(ask, port, "GET", "/health") == status

    await until(does, limit_s)


async def two_doors(scene: Scene) -> list[int]:
    """A worker and two doors. Shape: their ports."""
    ports = [free_port(), free_port()]
    await asyncio.gather(scene.worker(), *(scene.serve(port, "--no-worker") for port in ports))
    for port in ports:
        await answers(port)
    return ports


@pytest.mark.faults
async def test_rows_40_41_two_doors_at_the_same_time(scene: Scene) -> None:
    """Many starts by one caller are one job; of two cancels one wins; nothing is written after it."""
    await scene.connect(SLOW)
    ports = await two_doors(scene)
    body = {"connectionId": str(scene.atlas.connection_id), "jobType": "sync"}
    started = await asyncio.gather(
        *(asyncio.to_thread(ask, ports[n % 2], "POST", "/jobs", body) for n in range(20))
    )
    (job_id,) = await scene.atlas.values("SELECT job_id FROM pipeline.jobs")
    await scene.holder()
    await scene.some_time(3)
    cancelled = await asyncio.gather(
        *(asyncio.to_thread(ask, port, "DELETE", f"/jobs/{job_id}") for port in ports)
    )
    at = await scene.now()

    assert set(started) == {200}
    assert sorted(cancelled) == [200, 409]
    await assert_stops(scene, at)
    assert await scene.atlas.values("SELECT count(*) FROM pipeline.batches WHERE landed_at > $1", at) == [0]  # fmt: skip
    await assert_sound(scene, job_id, ends=CANCELLED, is_whole=False)  # type: ignore[arg-type]


@pytest.mark.faults
async def test_row_41_a_connection_is_deleted_and_paused_while_it_is_synced(scene: Scene) -> None:
    """By two doors at the same time, and its schedule is due each second."""
    await scene.connect(SLOW)
    ports = await two_doors(scene)
    await on_schedule(scene, every_s=1)
    await scene.holder()
    await scene.some_time(3)
    path = f"/connections/{scene.atlas.connection_id}"
    deleted, paused = await asyncio.gather(
        asyncio.to_thread(ask, ports[0], "DELETE", path),
        asyncio.to_thread(ask, ports[1], "PATCH", path, {"status": "inactive"}),
    )
    at = await scene.now()
    wish = {"connectionId": str(scene.atlas.connection_id), "jobType": "sync"}
    started = await asyncio.to_thread(ask, ports[1], "POST", "/jobs", wish)
    await assert_stops(scene, at)
    await asyncio.sleep(3)  # some windows of the schedule that was

    assert (deleted, started) == (204, 404)
    assert paused in (200, 404), "it was paused first, or was deleted already"
    (job_id,) = await scene.atlas.values("SELECT job_id FROM pipeline.jobs")
    assert await scene.atlas.values("SELECT count(*) FROM pipeline.batches WHERE landed_at > $1", at) == [0]  # fmt: skip
    assert await scene.atlas.values("SELECT count(*) FROM pipeline.schedule_events WHERE at > $1", at) == [0]  # fmt: skip
    await assert_sound(scene, job_id, ends=CANCELLED, is_whole=False)  # type: ignore[arg-type]


async def test_row_42_a_job_is_cancelled_wherever_it_is(scene: Scene) -> None:
    """Queued, between two attempts, and running; while it finishes, test_scheduler has it."""
    await scene.connect(reading(orders(300), die_at=5, exit_code=1))
    await scene.atlas.execute("UPDATE pipeline.connections SET retry_wait_s = 600")
    queued = await scene.start()
    await scene.atlas.scheduler.cancel(queued)
    await scene.worker()
    waiting = await scene.start()

    async def waits() -> bool:
        return (await scene.job(waiting)).due_at is not None

    await until(waits)
    await scene.atlas.scheduler.cancel(waiting)
    await scene.configure(SLOW)
    running = await scene.start()
    await scene.holder()
    await scene.atlas.scheduler.cancel(running)

    await assert_stops(scene, await scene.now())
    assert await scene.attempts() == ["failed", "failed"], "of the queued one there is none"
    await assert_sound(scene, queued, waiting, running, ends=CANCELLED, is_whole=False)


@pytest.mark.faults
async def test_row_43_a_job_is_cancelled_and_its_worker_killed_at_once(scene: Scene) -> None:
    await scene.connect(SLOW)
    await scene.workers(scene.dsn, scene.dsn)
    job_id = await scene.start()
    first = await scene.holder()
    await scene.some_time(3)
    await scene.atlas.scheduler.cancel(job_id)
    await scene.kill(first)
    await scene.taken_over()
    assert await scene.attempts() == ["failed"]
    await assert_sound(scene, job_id, ends=CANCELLED, is_whole=False, recovery_s=2 * SWEEP_S + 4)


@pytest.mark.faults
async def test_row_54_jobs_and_queue_are_made_to_agree(scene: Scene) -> None:
    """A job without a row in the queue, and a row in the queue without a job."""
    await scene.connect(reading(orders(300)))
    job_id = await scene.start()
    await scene.atlas.execute("DELETE FROM jobs.procrastinate_jobs")
    await scene.atlas.execute(
        "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, lock, args) "
        "VALUES ('sync', 'sync', 'connection:x', '{\"job_id\": 777}')"
    )
    await scene.worker()
    await scene.ended(job_id)

    await assert_sound(scene, job_id)
