"""Rows 1 to 10 of the fault matrix: what becomes of jobs when their processes die, stop or are stopped."""

import asyncio
import resource
import signal
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.core.jobs import JobStatus
from tests.faults.checker import assert_sound, assert_state_is_behind
from tests.faults.scene import SETTINGS, SWEEP_S, Child, Scene, mended, orders, reading, until
from tests.faults.timetables import assert_each_window_once, on_schedule, unscheduled
from tests.fixtures.home import free_port

SLOW = reading(orders(700), slow_s=8.0)
"""Takes some six seconds to read, a state every 0.7 seconds or so."""
MIDDLE_S = 3.0
"""From the first state of it, a moment within so long is in the middle of it."""
BLOCKING = """
import os, signal, time
def block(*_):
    while not os.path.exists({until!r}):
        time.sleep(0.05)
signal.signal(signal.SIGUSR2, block)
"""
"""What a process loads first of all: told by a signal, it blocks its event loop until a file is there."""
SIGN_OFF = "%pipeline.jobs WHERE job_id = $1 FOR UPDATE%"


async def two_at_work(scene: Scene) -> None:
    await scene.connect(SLOW)
    await scene.workers(scene.dsn, scene.dsn)


def give_no_more_memory(child: Child) -> None:
    pages = int(Path(f"/proc/{child.pid}/statm").read_text().split()[0])
    limit = pages * resource.getpagesize()
    resource.prlimit(child.pid, resource.RLIMIT_AS, (limit, limit))


async def test_row_1_a_worker_is_killed_in_the_middle(scene: Scene) -> None:
    await two_at_work(scene)
    job_id = await scene.start()
    first = await scene.holder()
    await scene.some_time(MIDDLE_S)
    await scene.kill(first)
    await assert_state_is_behind(scene)
    await scene.ended(job_id)

    assert await scene.attempts() == ["failed", "succeeded"]
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_2_a_worker_is_killed_between_its_last_landing_and_the_end(scene: Scene) -> None:
    await scene.connect(reading(orders(400), slow_s=5.0))
    await scene.workers(scene.dsn, scene.dsn)
    job_id = await scene.start()
    first = await scene.holder()
    async with scene.holding("SELECT FROM pipeline.jobs FOR NO KEY UPDATE"):
        await scene.waiting_backend(SIGN_OFF)
        await scene.kill(first)
    await scene.ended(job_id)

    again = await scene.atlas.values(
        "SELECT coalesce(sum(b.read), 0)::int FROM pipeline.attempts a "
        "LEFT JOIN pipeline.batches b USING (attempt_id) WHERE a.number = 2"
    )
    assert again == [0], "everything was committed, so nothing is read again"
    assert await scene.attempts() == ["failed", "succeeded"]
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_3_a_worker_is_killed_before_its_first_landing(scene: Scene) -> None:
    hanging = reading(orders(400), hang_at=0)
    await scene.connect(hanging)
    first = await scene.worker()
    job_id = await scene.start()

    async def is_asked() -> bool:
        return bool(scene.shell.connectors())

    await until(is_asked)
    await scene.some_time(1)
    await scene.configure(mended(hanging))
    await scene.kill(first)
    await scene.worker()
    await scene.ended(job_id)

    assert await scene.attempts() == ["failed", "succeeded"]
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_4_all_are_killed_and_come_back_later(scene: Scene) -> None:
    await scene.connect(SLOW)
    await on_schedule(scene, every_s=2)
    everyone = [await scene.worker(), await scene.serve(free_port(), "--no-worker")]
    await scene.holder()
    await scene.some_time(MIDDLE_S)
    for child in everyone:
        await scene.kill(child)

    async def windows_are_missed() -> bool:
        (missed,) = await scene.atlas.values(
            "SELECT next_window_at < clock_timestamp() - interval '5 seconds' FROM pipeline.schedules"
        )
        return bool(missed)

    await until(windows_are_missed)
    await scene.worker()
    jobs = await unscheduled(scene, jobs=2)

    await assert_each_window_once(scene, every_s=2)
    await assert_sound(scene, *jobs)


@pytest.mark.faults
async def test_row_5_a_worker_is_stopped_for_long_and_wakes_up(scene: Scene) -> None:
    await two_at_work(scene)
    job_id = await scene.start()
    first = await scene.holder()
    await scene.some_time(MIDDLE_S)
    await scene.stop(first)
    await scene.taken_over()
    first.send(signal.SIGCONT)
    await scene.ended(job_id)

    assert first.lives, "it is fenced, and goes on with other jobs"
    assert await scene.attempts() == ["failed", "succeeded"]
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_6_a_short_stop_is_nobodys_business(scene: Scene) -> None:
    await two_at_work(scene)
    job_id = await scene.start()
    first = await scene.holder()
    await scene.heard(first)
    first.send(signal.SIGSTOP)
    await asyncio.sleep(3)  # half of what would be too long
    first.send(signal.SIGCONT)
    await scene.ended(job_id)

    assert await scene.attempts() == ["succeeded"]
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_7_an_event_loop_that_is_blocked_loses_its_job_and_writes_nothing_more(
    scene: Scene, tmp_path: Path
) -> None:
    blocking, enough = tmp_path / "blocking", tmp_path / "enough"
    blocking.mkdir()
    (blocking / "sitecustomize.py").write_text(BLOCKING.format(until=str(enough)))
    await scene.connect(SLOW)
    for _ in range(2):
        await scene.worker(environment={"PYTHONPATH": str(blocking)})
    job_id = await scene.start()
    first = await scene.holder()
    await scene.some_time(MIDDLE_S)
    first.lost_at = await scene.now()
    first.send(signal.SIGUSR2)
    await scene.taken_over()
    enough.touch()
    await scene.ended(job_id)

    assert first.lives
    assert "event_loop_lags" in first.said.read_text(), "it says what it was"
    assert await scene.attempts() == ["failed", "succeeded"]
    await assert_sound(scene, job_id)


async def test_row_8_a_worker_that_is_asked_to_end_hands_its_job_over(scene: Scene) -> None:
    await two_at_work(scene)
    job_id = await scene.start()
    first = await scene.holder()
    await scene.some_time(MIDDLE_S)
    asked_at = await scene.now()
    first.send(signal.SIGTERM)
    code = await first.ended(float(str(SETTINGS["stop_grace_s"])))
    await scene.ended(job_id)

    assert code == 0
    assert await scene.attempts() == ["interrupted", "succeeded"], "no attempt is charged"
    (again_at,) = await scene.atlas.values("SELECT started_at FROM pipeline.attempts WHERE number = 2")  # fmt: skip
    assert isinstance(again_at, datetime)
    assert again_at - asked_at < timedelta(seconds=10)
    await assert_sound(scene, job_id)


@pytest.mark.faults
@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_row_9_a_worker_that_is_told_twice_ends_at_once(
    second: signal.Signals, scene: Scene
) -> None:
    hanging = reading(orders(400), hang_at=300, ignore_sigterm=True)
    await scene.connect(hanging)
    first = await scene.worker(heartbeat_s=0.5)
    job_id = await scene.start()
    await scene.holder()
    first.send(signal.SIGTERM)
    await scene.heard(first)  # the first is handled, and its grace is not over for long
    first.send(second)
    code = await first.ended()
    await scene.configure(mended(hanging))
    await scene.worker()
    await scene.ended(job_id)

    assert code == 130
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_a_worker_without_a_free_slot_still_takes_over_and_keeps_time(scene: Scene) -> None:
    """What the sweep and the schedules do, no job may be able to keep them from."""
    await scene.connect(reading(orders(400), hang_at=0))
    busy = await scene.worker("--concurrency", "1")
    await scene.start()

    async def is_busy() -> bool:
        return bool(scene.shell.connectors())

    await until(is_busy)
    await scene.connect(SLOW, source="second")
    other = await scene.worker("--concurrency", "1")
    job_id = await scene.start()
    assert await scene.holder() is other
    await scene.kill(other)
    await on_schedule(scene, every_s=1)

    async def is_taken_over() -> bool:
        return (await scene.attempts())[-1] == "failed"

    async def is_told() -> bool:
        found = await scene.atlas.values("SELECT count(*) > 1 FROM pipeline.schedule_events")
        return found == [True]

    await until(is_taken_over, SWEEP_S + 2)
    await until(is_told, 5)
    assert busy.lives
    assert not (await scene.job(job_id)).status.is_terminal, "it waits for a slot"


@pytest.mark.faults
async def test_row_10_a_worker_without_memory_costs_no_record(scene: Scene) -> None:
    await scene.connect(SLOW)
    poor = await scene.worker()
    poor.is_crippled = True
    job_id = await scene.start()
    await scene.holder()
    give_no_more_memory(poor)
    await scene.worker()
    await asyncio.sleep(4)  # it goes on with what it has, or breaks
    await scene.kill(poor)
    await scene.ended(job_id)
    jobs = [job_id]
    if (await scene.job(job_id)).status is JobStatus.FAILED:
        jobs.append(await scene.start())
        await scene.ended(jobs[-1])

    assert (await scene.job(jobs[-1])).status is JobStatus.SUCCEEDED
    await assert_sound(scene, *jobs, ends=(JobStatus.SUCCEEDED, JobStatus.FAILED))
