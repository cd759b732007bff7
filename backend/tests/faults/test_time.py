"""Rows 37 to 39 of the fault matrix: many schedulers, and clocks that are wrong."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.core.ids import JobId
from tests.faults.checker import assert_sound
from tests.faults.scene import Child, Scene, orders, reading
from tests.faults.timetables import assert_each_window_once, on_schedule, unscheduled

QUICK = reading(orders(60))
SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long by(void) {
    const char *said = getenv("CLOCK_IS_OFF_BY"), *with = getenv("CLOCK_JUMPS_WITH");
    return said && (!with || access(with, F_OK) == 0) ? atol(said) : 0;
}
int clock_gettime(clockid_t clock, struct timespec *at) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, at);
    if (clock == CLOCK_REALTIME) at->tv_sec += by();
    return failed;
}
time_t time(time_t *at) {
    struct timespec now; clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"""


@pytest.mark.faults
async def test_row_37_of_three_schedulers_one_fires_each_window(scene: Scene) -> None:
    await scene.connect(QUICK)
    await scene.workers(scene.dsn, scene.dsn, scene.dsn)
    await on_schedule(scene, every_s=1)
    jobs = await unscheduled(scene, jobs=4)

    await assert_each_window_once(scene, every_s=1)
    await assert_sound(scene, *jobs)


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """What a process loads first of all to have a clock that is wrong."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to make another clock with")
    source, made = tmp_path / "clock.c", tmp_path / "clock.so"
    source.write_text(SHIM)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


def wrong_by(clock: Path, off: timedelta, jumps_with: Path | None = None) -> dict[str, str]:
    """The environment of a process whose clock is wrong, from the moment on in which a file is there."""
    shift = {"LD_PRELOAD": str(clock), "CLOCK_IS_OFF_BY": str(int(off.total_seconds()))}
    return shift | ({"CLOCK_JUMPS_WITH": str(jumps_with)} if jumps_with else {})


@pytest.mark.faults
async def test_row_38_a_clock_that_is_an_hour_off_changes_nothing(
    scene: Scene, clock: Path
) -> None:
    await scene.connect(reading(orders(300), slow_s=3.0))
    off_by = (timedelta(hours=1), timedelta(hours=-1))
    for off in off_by:
        await scene.worker(environment=wrong_by(clock, off))
    await on_schedule(scene, every_s=2)
    jobs = await unscheduled(scene, jobs=4)

    await assert_nobody_minded(scene, jobs)
    for child, off in zip(scene.children, off_by, strict=True):
        await assert_wrong(scene, child, off)


@pytest.mark.faults
@pytest.mark.parametrize("hours", [1, -1])
async def test_row_38_a_clock_that_jumps_in_the_middle_of_a_job_changes_nothing(
    scene: Scene, clock: Path, tmp_path: Path, hours: int
) -> None:
    off, jump = timedelta(hours=hours), tmp_path / "jump"
    await scene.connect(reading(orders(300), slow_s=4.0))
    worker = await scene.worker(environment=wrong_by(clock, off, jump))
    await on_schedule(scene, every_s=2)
    await scene.holder()
    await scene.some_time(2)
    jump.touch()  # that is the fault
    jobs = await unscheduled(scene, jobs=3)

    await assert_nobody_minded(scene, jobs)
    await assert_wrong(scene, worker, off)


async def assert_nobody_minded(scene: Scene, jobs: Sequence[JobId]) -> None:
    """Each window came once and in time, and its job ended by the first attempt."""
    (late,) = await scene.atlas.values("SELECT count(*) FROM pipeline.schedule_events WHERE at > window_at + interval '10 seconds'")  # fmt: skip
    assert late == 0
    assert set(await scene.attempts()) == {"succeeded"}, "nobody was taken for dead"
    await assert_each_window_once(scene, every_s=2)
    await assert_sound(scene, *jobs)


async def assert_wrong(scene: Scene, child: Child, off: timedelta) -> None:
    now = await scene.now()
    assert abs(last_word_of(child) - now - off) < timedelta(minutes=5), "its clock was wrong"


def last_word_of(child: Child) -> datetime:
    """When a process said its last line, by its own clock."""
    lines = (line for line in child.said.read_text().splitlines() if line.startswith("{"))
    *_, last = (json.loads(line)["timestamp"] for line in lines)
    return datetime.fromisoformat(last)
