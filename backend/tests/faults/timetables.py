"""Connections on a schedule, and whether each of their windows came once."""

from datetime import timedelta
from itertools import pairwise

from app.core.ids import JobId
from app.core.schedules import Schedule, ScheduleKind
from app.sync.timetables import schedules
from tests.faults.scene import Scene, until


async def on_schedule(scene: Scene, every_s: int) -> None:
    cron = f"0/{every_s} * * * * ?" if every_s > 1 else "* * * * * ?"
    await _keep(scene, Schedule(kind=ScheduleKind.CRON, cron=cron))


async def unscheduled(scene: Scene, jobs: int) -> list[JobId]:
    """Wait for so many jobs, take the schedule away, and see the last one through."""

    async def are_there() -> bool:
        (count,) = await scene.atlas.values("SELECT count(*) FROM pipeline.jobs WHERE ended_at IS NOT NULL")  # fmt: skip
        return int(str(count)) >= jobs

    await until(are_there, 120)
    await _keep(scene, Schedule())
    found = await scene.atlas.values("SELECT job_id FROM pipeline.jobs ORDER BY job_id")
    for job_id in found:
        await scene.ended(JobId(int(str(job_id))))
    return [JobId(int(str(job_id))) for job_id in found]


async def _keep(scene: Scene, schedule: Schedule) -> None:
    async with scene.atlas.database.transaction() as session:
        await schedules.keep(session, scene.atlas.connection_id, schedule, shortest_s=1.0)


async def assert_each_window_once(scene: Scene, every_s: int) -> None:
    """Every window is accounted for once: fired, skipped, or missed with the one after it; each that
    fired has a job of its own."""
    events = await scene.atlas.fetch("SELECT window_at, kind, missed, job_id, at FROM pipeline.schedule_events ORDER BY window_at")  # fmt: skip
    for one, other in pairwise(events):
        expected = timedelta(seconds=every_s * (other["missed"] + 1))
        assert other["window_at"] - one["window_at"] == expected, (one, other)
    fired = [event["job_id"] for event in events if event["kind"] == "fired"]
    jobs = await scene.atlas.values("SELECT job_id FROM pipeline.jobs ORDER BY job_id")
    assert sorted(fired) == jobs
    assert all(event["at"] >= event["window_at"] for event in events), "none came early"
