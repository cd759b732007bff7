"""A job whose records an Airbyte elsewhere moves: begun there once, followed, verified, ended with its own."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from app.core.errors import InvalidRequest, JobNotRunning
from app.core.failures import (
    GateUnavailable,
)
from app.core.ids import JobId
from app.core.jobs import JobStatus, JobType
from app.core.records import Mode
from app.database.pool import Database
from app.remote.verification import Freshness, Verdict, WhenRunning
from tests.fixtures.airbyte_cloud import FakeCloud, Fault, How
from tests.fixtures.atlas import Witness
from tests.fixtures.driven import Driven, drive

BACKEND = Path(__file__).parents[3]
FOR_EVER = ((0.0, "running"),)
FAILS = ((0.0, "running"), (1.0, "failed"))


async def until(wanted: Callable[[], bool], limit_s: float = 30.0) -> None:
    async with asyncio.timeout(limit_s):
        while not wanted():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_job_is_done_elsewhere_and_has_the_remotes_figures(driven: Driven) -> None:
    job = await driven.job()

    (run,) = await driven.runs()
    assert (job.status, job.mode) == (JobStatus.SUCCEEDED, Mode.REAL)
    assert (run.remote_job_id, run.rows, run.size_bytes, run.status) == (
        41,
        100,
        5_000,
        "succeeded",
    )
    assert (run.verdict, run.is_adopted) == (Verdict.VERIFIED, False)
    assert run.started_at is not None
    assert driven.atlas.lineage.seen == [("started", "users"), ("completed", "users")]
    assert await driven.atlas.values("SELECT count(*) FROM pipeline.batches") == [0]


async def test_what_the_remote_says_is_told_as_events_of_the_job(driven: Driven) -> None:
    driven.fake.next_life = ((0, "queued"), (2, "running"), (4, "succeeded"))

    job = await driven.job()

    told = await driven.atlas.values(
        "SELECT payload ->> 'status' FROM pipeline.job_events WHERE job_id = $1 AND kind = 'remote_seen' "
        "ORDER BY event_id",
        job.job_id,
    )
    assert told == [None, "queued", "running", "succeeded", "succeeded"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", "/jobs", How.LOST),
        Fault("POST", "/jobs", How.SLOW, seconds=1.5),
        Fault("GET", "/jobs/41", How.STATUS, status=401),
        Fault("GET", "/jobs/41", How.STATUS, status=502, times=8),
        Fault("GET", "/jobs/41", How.CUT, times=5),
        Fault("POST", "/applications/token", How.STATUS, status=503),
    ],
    ids=lambda fault: f"{fault.method} {fault.path} {fault.how}",
)
async def test_no_fault_of_the_way_fails_the_job_or_begins_a_second_one(
    driven: Driven, fault: Fault
) -> None:
    driven.fake.faults.append(fault)

    job = await driven.job()

    assert (job.status, job.attempts) == (JobStatus.SUCCEEDED, 1)
    assert len(driven.fake.jobs) == 1


async def test_a_remote_that_is_silent_for_too_long_fails_the_attempt_and_the_next_goes_on(
    driven: Driven,
) -> None:
    driven.atlas.settings = driven.atlas.settings.model_copy(update={"remote_silence_s": 0.05})
    driven.fake.faults.append(Fault("GET", "/jobs/41", How.STATUS, status=500, times=6))

    job = await driven.job()

    assert (job.status, job.attempts > 1) == (JobStatus.SUCCEEDED, True)
    assert len(driven.fake.jobs) == 1


# ── three kinds of retry ─────────────────────────────────────────────────────────────────────────


async def test_a_job_that_failed_there_is_begun_anew(driven: Driven) -> None:
    driven.fake.next_life = FAILS
    job = await driven.atlas.scheduler.start(driven.connection.connection_id)
    assert await driven.atlas.scheduler.run(job.job_id) is not None
    driven.fake.next_life = ((0, "succeeded"),)

    await driven.atlas.run(job.job_id)

    ended = await driven.atlas.job(job.job_id)
    assert (ended.status, ended.attempts) == (JobStatus.SUCCEEDED, 2)
    assert [run.remote_job_id for run in await driven.runs()] == [41, 42]


@pytest.mark.parametrize(("max_retries", "jobs"), [(0, 1), (1, 2), (3, 4)])
async def test_it_is_begun_as_often_as_the_policy_says(
    driven: Driven, max_retries: int, jobs: int
) -> None:
    await driven.set(max_retries=max_retries)
    driven.fake.next_life = FAILS

    job = await driven.job()

    assert job.status is JobStatus.FAILED
    assert job.failure is not None
    assert job.failure.slug == "remote-sync-given-up"
    assert len(driven.fake.jobs) == jobs
    assert driven.atlas.lineage.seen[-1] == ("failed", "users")


async def test_a_job_that_was_cancelled_there_is_cancelled_here_and_not_begun_anew(
    driven: Driven,
) -> None:
    driven.fake.next_life = ((0, "running"), (1, "cancelled"))

    job = await driven.job()

    assert job.status is JobStatus.CANCELLED
    assert job.failure is not None
    assert (job.failure.slug, len(driven.fake.jobs)) == ("remote-sync-cancelled", 1)


# ── begun once, whatever ends between ────────────────────────────────────────────────────────────


async def test_a_stopped_atlas_leaves_the_remotes_job_and_the_next_one_goes_on_with_it(
    driven: Driven,
) -> None:
    driven.fake.next_life = FOR_EVER
    job = await driven.atlas.scheduler.start(driven.connection.connection_id)
    async with driven.atlas.worker() as worker:
        running = asyncio.create_task(driven.atlas.scheduler.run(job.job_id, worker))
        await until(lambda: any(path.endswith("/jobs/41") for _, path in driven.fake.asked))
        worker.stopping.set()
        assert await running == 0.0

    driven.fake.jobs[0].life = ((0, "succeeded"),)
    await driven.atlas.run(job.job_id)

    (run,) = await driven.runs()
    assert (await driven.atlas.job(job.job_id)).status is JobStatus.SUCCEEDED
    assert (run.remote_job_id, len(driven.fake.jobs)) == (41, 1)
    assert not any(method == "DELETE" for method, _ in driven.fake.asked)


@dataclass(slots=True)
class Broken(Witness):
    """A witness that breaks the first end of an attempt, in the transaction that writes it."""

    is_whole: bool = False

    async def completed(self, *told: object) -> None:
        if not self.is_whole:
            self.is_whole = True
            raise GateUnavailable("The process was gone before it wrote the end.")


async def test_a_success_whose_end_was_not_written_is_not_done_again(driven: Driven) -> None:
    driven.atlas.lineage = Broken()

    job = await driven.job()

    assert (job.status, job.attempts) == (JobStatus.SUCCEEDED, 2)
    assert len(driven.fake.jobs) == len(await driven.runs()) == 1


PROGRAM = """
import asyncio, sys
from app.core.failures import (
    GateUnavailable,
)
from app.core.ids import JobId
from app.database.pool import SERVICE_ROLE, open_database
from tests.fixtures.atlas import atlas_on
from tests.fixtures.driven import QUICK

async def run():
    async with open_database(sys.argv[1], role=SERVICE_ROLE) as database:
        atlas = atlas_on(database, **{**QUICK, "remote_start_timeout_s": 60.0})
        await atlas.scheduler.run(JobId(int(sys.argv[2])))

asyncio.run(run())
"""


async def test_a_process_that_is_killed_before_it_hears_of_its_job_leaves_one_job(
    driven: Driven, dsn: str
) -> None:
    driven.fake.faults.append(Fault("POST", "/jobs", How.SLOW, seconds=50.0))
    job = await driven.atlas.scheduler.start(driven.connection.connection_id)
    child = subprocess.Popen(  # noqa: ASYNC220  it is to be killed
        [sys.executable, "-c", PROGRAM, dsn, str(job.job_id)], cwd=BACKEND,
        env={"PYTHONPATH": str(BACKEND), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    try:
        await until(lambda: bool(driven.fake.jobs), 120.0)
    finally:
        child.kill()
        child.wait()

    (before,) = await driven.runs()
    async with driven.atlas.worker() as worker:
        await until_taken_over(driven, job.job_id, worker)
    await driven.atlas.run(job.job_id)

    (run,) = await driven.runs()
    assert before.remote_job_id is None
    assert (await driven.atlas.job(job.job_id)).status is JobStatus.SUCCEEDED
    assert (run.remote_job_id, run.is_adopted, len(driven.fake.jobs)) == (41, True, 1)


async def until_taken_over(driven: Driven, job_id: JobId, worker: object) -> None:
    rescue = driven.atlas.rescue(stall_s=2.0)
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        await rescue.sweep(worker)  # type: ignore[arg-type]
        states = await driven.atlas.values(
            "SELECT status FROM pipeline.attempts WHERE job_id = $1", job_id
        )
        if states == ["failed"]:
            return
        await asyncio.sleep(0.2)
    raise AssertionError("the attempt of a killed process was not taken over")


@pytest.mark.parametrize(
    ("when_running", "adopted", "begun"),
    [(WhenRunning.ATTACH, 41, 1), (WhenRunning.WAIT, 42, 2)],
)
async def test_a_job_that_runs_there_already_is_treated_by_the_policy(
    driven: Driven, when_running: WhenRunning, adopted: int, begun: int
) -> None:
    await driven.set(when_running=when_running)
    other = driven.fake.begin(life=FOR_EVER)
    job = await driven.atlas.scheduler.start(driven.connection.connection_id)
    running = asyncio.create_task(driven.atlas.run(job.job_id))
    await until(lambda: len(driven.fake.asked) > 6)
    assert len(driven.fake.jobs) == 1

    other.life = ((0, "succeeded"),)
    await running

    (run,) = await driven.runs()
    assert (run.remote_job_id, len(driven.fake.jobs)) == (adopted, begun)
    assert run.is_adopted is (when_running is WhenRunning.ATTACH)


async def test_a_policy_may_say_that_nothing_may_run_there(driven: Driven) -> None:
    await driven.set(when_running=WhenRunning.FAIL)
    driven.fake.begin(life=FOR_EVER)

    job = await driven.job()

    assert job.failure is not None
    assert (job.failure.slug, len(driven.fake.jobs)) == ("remote-sync-running", 1)


# ── ended with Atlas's own ───────────────────────────────────────────────────────────────────────


async def test_a_cancelled_job_is_cancelled_there_too(driven: Driven) -> None:
    driven.fake.next_life = FOR_EVER
    job = await driven.atlas.scheduler.start(driven.connection.connection_id)
    running = asyncio.create_task(driven.atlas.scheduler.run(job.job_id))
    await until(lambda: any(path.endswith("/jobs/41") for _, path in driven.fake.asked))

    await driven.unwanted().run()
    assert not driven.fake.jobs[0].cancelled  # it is wanted still
    await driven.atlas.scheduler.cancel(job.job_id)
    await running
    await driven.unwanted().run()

    (run,) = await driven.runs()
    assert driven.fake.jobs[0].cancelled
    assert (run.status, run.ended_at is None) == ("cancelled", False)
    assert (await driven.atlas.job(job.job_id)).status is JobStatus.CANCELLED
    with pytest.raises(JobNotRunning):
        await driven.atlas.scheduler.cancel(job.job_id)


async def test_a_job_that_was_cancelled_before_anybody_heard_of_its_remote_one_is_ended_too(
    driven: Driven,
) -> None:
    driven.fake.next_life = FOR_EVER
    driven.fake.faults.append(Fault("POST", "/jobs", How.SLOW, seconds=1.5))
    driven.atlas.settings = driven.atlas.settings.model_copy(update={"remote_start_timeout_s": 30})
    job = await driven.atlas.scheduler.start(driven.connection.connection_id)
    running = asyncio.create_task(driven.atlas.scheduler.run(job.job_id))
    await until(lambda: bool(driven.fake.jobs))
    await driven.atlas.scheduler.cancel(job.job_id)
    await running

    await driven.unwanted().run()

    (run,) = await driven.runs()
    assert driven.fake.jobs[0].cancelled
    assert (run.remote_job_id, run.status) == (41, "cancelled")


@pytest.mark.parametrize("cancels", [True, False])
async def test_when_its_time_is_up_the_remotes_job_is_cancelled_by_option(
    driven: Driven, cancels: bool
) -> None:
    await driven.set(cancel_on_deadline=cancels)
    await driven.atlas.execute("UPDATE pipeline.connections SET max_duration_s = 1")
    driven.fake.next_life = FOR_EVER

    job = await driven.job()
    await driven.unwanted().run()

    assert job.failure is not None
    assert job.failure.slug == "job-took-too-long"
    assert driven.fake.jobs[0].cancelled is cancels


# ── verified ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_success_without_statistics_is_green_and_unverified(driven: Driven) -> None:
    driven.fake.next_figures = (None, None)

    job = await driven.job()

    (run,) = await driven.runs()
    assert job.status is JobStatus.SUCCEEDED
    assert (run.verdict, run.rows, run.size_bytes) == (Verdict.UNVERIFIED, None, None)
    assert "no rows" in run.reasons[0]


@pytest.mark.parametrize(
    ("retries", "slug", "jobs"),
    [(False, "remote-not-verified", 1), (True, "remote-not-verified-yet", 4)],
)
async def test_a_policy_may_want_more_than_the_remotes_word(
    driven: Driven, retries: bool, slug: str, jobs: int
) -> None:
    await driven.set(allow_unverified=False, retry_unverified=retries)
    driven.fake.next_figures = (None, None)

    job = await driven.job()

    assert job.failure is not None
    assert (job.failure.slug, len(driven.fake.jobs)) == (slug, jobs)


async def test_rows_are_held_against_the_runs_before(driven: Driven) -> None:
    await driven.set(min_share=0.5)
    driven.fake.next_figures = (100, 5_000)
    good = [await driven.job() for _ in range(2)]
    driven.fake.next_figures = (40, 2_000)

    few = await driven.job()

    assert [job.status for job in good] == [JobStatus.SUCCEEDED] * 2
    assert few.failure is not None
    assert few.failure.slug == "remote-not-verified"
    assert "40 rows" in few.failure.detail
    assert [run.verdict for run in await driven.runs()] == [
        Verdict.UNVERIFIED, Verdict.VERIFIED, Verdict.FAILED,
    ]  # fmt: skip


async def test_a_launch_that_failed_and_is_called_a_success_is_found_out(
    database: Database, fake: FakeCloud
) -> None:
    """Source: airbyte#85355, of a connection that reads all each time."""
    whole = {"name": "users", "syncMode": "full_refresh_overwrite"}
    driven = await drive(database, fake, configurations={"streams": [whole]})
    await driven.job()
    fake.next_figures = (0, 0)

    job = await driven.job()

    assert job.failure is not None
    assert job.failure.slug == "remote-not-verified"


@asynccontextmanager
async def door_of(dsn: str) -> AsyncIterator[str]:
    """A server that listens on a socket of this machine, as one elsewhere is reached."""
    parts = conninfo_to_dict(dsn)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(
            f"{parts['host']}/.s.PGSQL.{parts['port']}"
        )
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield f"postgresql://{parts['user']}:canary@127.0.0.1:{port}/{parts['dbname']}?sslmode=disable"


async def test_the_destination_is_asked_how_new_its_rows_are(driven: Driven, dsn: str) -> None:
    await driven.atlas.execute(
        "CREATE TABLE public.landed AS SELECT now() - interval '10 seconds' AS _airbyte_extracted_at"
    )
    await driven.atlas.execute("CREATE TABLE public.nothing (_airbyte_extracted_at timestamptz)")
    verdicts = {}
    async with door_of(dsn) as by_tcp:
        profile = {"kind": "postgres", "dsn": by_tcp}
        for name, table, age_s in (
            ("fresh", "landed", 3_600.0), ("stale", "landed", 1.0), ("empty", "nothing", 60.0), ("gone", "lost", 60.0),
        ):  # fmt: skip
            check = Freshness(
                table=("public", table), column="_airbyte_extracted_at", max_age_s=age_s
            )
            await driven.set(profile, freshness=(check,))
            await driven.job()
            verdicts[name] = (await driven.runs())[-1].verdict

    assert verdicts == {
        "fresh": Verdict.VERIFIED, "stale": Verdict.FAILED, "empty": Verdict.FAILED, "gone": Verdict.UNVERIFIED,
    }  # fmt: skip
    kept = await driven.atlas.values("SELECT profile::text FROM pipeline.remote_links")
    assert "127.0.0.1" not in str(kept)
    assert "$secret" in str(kept)


async def test_only_syncs_are_done_elsewhere(driven: Driven) -> None:
    for job_type in (JobType.REFRESH, JobType.CLEAR, JobType.REBUILD, JobType.BACKFILL):
        with pytest.raises(InvalidRequest):
            await driven.atlas.scheduler.start(driven.connection.connection_id, job_type)
