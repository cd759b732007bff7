"""Rows 20 to 35 of the fault matrix: the database ends sessions, is away, slow, full, or says no."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from app.core.jobs import JobStatus
from tests.faults.checker import assert_sound
from tests.faults.proxy import Proxy
from tests.faults.scene import CLOSE_GATE, Child, Scene, orders, reading, until

EXPLORE, CHART = "explore.ledger_orders_raw", "chart.ledger_orders"
HOLD_PUBLISH, PUBLISH = "LOCK TABLE pipeline.watermarks IN SHARE MODE", "%watermarks%"
"""A publish writes there when chart and navigate are written already."""
SLOW = reading(orders(700), slow_s=8.0)
FLOOD, WIDE_BYTES = 25_000, 8_000
"""Two hundred megabytes; what two ranges take while they are made ready is less than half of it."""
NOTICED_S = 10.0
"""A second is promised, and the connector's end comes after it; a COPY that waited would wait for its time limit, a minute."""
SIGN_OFF = "%pipeline.jobs WHERE job_id = $1 FOR UPDATE%"


async def end_sessions(scene: Scene, proxy: Proxy) -> None:
    """Terminate all that came through the proxy."""
    backends = [link.backend for link in proxy.links if link.backend]
    await scene.atlas.execute("SELECT pg_terminate_backend(b) FROM unnest($1::int[]) b", backends)


@pytest.mark.faults
async def test_row_20_a_flood_over_a_slow_way_is_not_kept_in_memory(
    scene: Scene, proxy: Proxy
) -> None:
    """The source has far more to give than the way takes: it waits, and nobody keeps it meanwhile."""
    wide = {"keys": 0, "padding": WIDE_BYTES, "state_every": 250, "duplicates": 0}
    await scene.connect(reading(orders(2_500, **wide)))
    worker = await scene.worker(dsn=proxy.dsn, batch_records=500, landing_bytes=1_048_576)
    proxy.latency_s = 0.01
    first = await scene.start()
    await scene.ended(first)
    usual = most_memory_of(worker)
    await scene.configure(reading(orders(2_500 + FLOOD, **wide)))
    flood = await scene.start()
    await scene.ended(flood, 300)
    grown = most_memory_of(worker) - usual
    proxy.heal()

    assert grown < FLOOD * WIDE_BYTES / 2
    assert await scene.attempts() == ["succeeded"] * 2
    assert await scene.atlas.values(f"SELECT count(*) FROM {EXPLORE}") == [2_500 + FLOOD]
    # what has two hundred megabytes is not compared value by value
    await assert_sound(scene, first, flood, is_whole=False)


def most_memory_of(child: Child) -> int:
    """What a process had in memory at most until now. Units: bytes."""
    status = Path(f"/proc/{child.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


@pytest.mark.faults
@pytest.mark.parametrize("fault", ["terminate", "reset"])
async def test_row_21_the_writers_session_ends_in_the_middle_of_a_copy(
    fault: str, scene: Scene, proxy: Proxy
) -> None:
    await scene.connect(SLOW)
    await scene.worker(dsn=proxy.dsn)
    job_id = await scene.start()
    await scene.landed(1)
    async with scene.holding(CLOSE_GATE):
        await scene.gate(EXPLORE, seq=20)
        backend = await scene.waiting_backend("%FROM STDIN%")
        connectors = set(scene.shell.connectors())
        began = time.monotonic()
        if fault == "terminate":
            await scene.atlas.execute("SELECT pg_terminate_backend($1)", backend)
        else:
            proxy.link_of(backend).reset()

    async def has_stopped_reading() -> bool:
        return not connectors & set(scene.shell.connectors())

    async def has_failed() -> bool:
        return "failed" in await scene.attempts()

    await until(has_stopped_reading, 15)
    noticed_s = time.monotonic() - began
    await until(
        has_failed, 90
    )  # what a state covers is published first, behind gates that start meanwhile
    await scene.ended(job_id)

    assert connectors
    assert noticed_s < NOTICED_S, "an interrupted COPY is an error, not a wait"
    assert await scene.attempts() == ["failed", "succeeded"]
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_22_all_sessions_end_three_times(scene: Scene, proxy: Proxy) -> None:
    await scene.connect(SLOW)
    worker = await scene.worker(dsn=proxy.dsn)
    job_id = await scene.start()
    for _ in range(3):
        await scene.holder()  # it has got somewhere, so no try is used up
        await end_sessions(scene, proxy)
        await scene.some_time(1)  # it begins anew meanwhile, or is at it
    await scene.ended(job_id)
    await scene.configure(reading(orders(760)))
    another = await scene.start()
    await scene.ended(another)

    assert worker.lives
    assert len(await scene.attempts()) <= 3 + 1 + 1, "each end of all sessions costs one at most"
    await assert_sound(scene, job_id, another)


@pytest.mark.parametrize(
    "moment",
    [
        "landing",
        pytest.param("publishing", marks=pytest.mark.faults),
        pytest.param("signing off", marks=pytest.mark.faults),
    ],
)
async def test_row_25_the_answer_to_a_commit_is_lost(
    moment: str, scene: Scene, proxy: Proxy
) -> None:
    await scene.connect(SLOW)
    await scene.worker(dsn=proxy.dsn)
    job_id = await scene.start()
    await scene.landed(1)
    if moment == "landing":
        held, like = CLOSE_GATE, "%FROM STDIN%"
    elif moment == "publishing":
        held, like = HOLD_PUBLISH, PUBLISH
    else:
        held, like = "SELECT FROM pipeline.jobs FOR NO KEY UPDATE", SIGN_OFF
    async with scene.holding(held):
        if moment == "landing":
            await scene.gate(EXPLORE, seq=20)
        link = proxy.link_of(await scene.waiting_backend(like))
        link.cuts_commit = True
    await asyncio.wait_for(link.is_cut.wait(), 20)
    await scene.ended(job_id)

    assert (await scene.job(job_id)).status is JobStatus.SUCCEEDED
    await assert_sound(scene, job_id)


@pytest.mark.faults
@pytest.mark.parametrize("heals", ["while the other works", "when the other is done"])
async def test_rows_26_27_a_worker_reaches_its_source_and_not_the_database(
    heals: str, scene: Scene, proxy: Proxy
) -> None:
    # it still reads when the other has started, however long that takes
    await scene.connect(reading(orders(700), slow_s=40.0))
    cut_off = await scene.worker(dsn=proxy.dsn)
    job_id = await scene.start()
    assert await scene.holder() is cut_off
    await scene.worker()
    await scene.configure(SLOW)
    cut_off.lost_at = await scene.now()
    proxy.black_hole()
    await scene.taken_over()
    if heals == "when the other is done":
        await scene.ended(job_id)
    proxy.heal()
    await scene.ended(job_id)

    async def has_let_go() -> bool:
        return scene.shell.connectors() == []

    await until(has_let_go, 30)
    assert cut_off.lives
    assert await scene.attempts() == ["failed", "succeeded"]
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_28_a_slow_database_is_no_dead_worker(scene: Scene, proxy: Proxy) -> None:
    """Two seconds are to a stall of 45 s what 0.27 s are to one of 6 s."""
    await scene.connect(reading(orders(150), slow_s=8.0))
    await scene.workers(proxy.dsn, proxy.dsn)
    job_id = await scene.start()
    await scene.holder()
    proxy.latency_s = 0.135
    await scene.ended(job_id)
    proxy.heal()

    assert await scene.attempts() == ["succeeded"]
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_29_a_deadlock_is_nobodys_end(scene: Scene) -> None:
    await scene.connect(SLOW)
    await scene.worker()
    job_id = await scene.start()
    await scene.landed(1)
    async with scene.holding("SET deadlock_timeout = '1h'", HOLD_PUBLISH) as holder:
        await scene.waiting_backend(PUBLISH)
        # the cycle is closed while the worker has not looked for it yet, so it finds it
        await holder.execute(f"LOCK TABLE {CHART} IN ACCESS EXCLUSIVE MODE".encode())
    await scene.ended(job_id)

    (deadlocks,) = await scene.atlas.values("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")  # fmt: skip
    assert deadlocks == 1
    assert await scene.attempts() == ["succeeded"], "it is published again in the same attempt"
    await assert_sound(scene, job_id)


@pytest.fixture
def disk(server: str, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A file system of 24 MB with a tablespace on it; torn down after the scene's database."""
    folder, name = tmp_path / "disk", f"small_{uuid4().hex}"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no tmpfs may be mounted here")
    place = folder / "tables"
    place.mkdir(mode=0o700)
    try:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"CREATE TABLESPACE {name} LOCATION '{place}'".encode())
        yield folder, name
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"DROP TABLESPACE {name}".encode())
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.faults
async def test_row_31_a_full_disk_is_waited_for(disk: tuple[Path, str], scene: Scene) -> None:
    folder, tablespace = disk
    (name,) = await scene.atlas.values("SELECT current_database()")
    await scene.atlas.execute(f"GRANT CREATE ON TABLESPACE {tablespace} TO atlas_app")
    await scene.atlas.execute(f"ALTER DATABASE {name} SET default_tablespace = {tablespace}")
    await scene.connect(reading(orders(700, padding=4_000), slow_s=4.0))
    await scene.atlas.execute("UPDATE pipeline.connections SET retry_wait_s = 4, retry_factor = 1")
    await scene.worker()
    job_id = await scene.start()
    await scene.landed(1)
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb") as file:
        while True:
            file.write(bytes(65_536))

    async def has_failed() -> bool:
        return "failed" in await scene.attempts()

    await until(has_failed)
    filler.unlink()
    await scene.ended(job_id)

    failures = await scene.atlas.values("SELECT failure ->> 'slug' FROM pipeline.attempts WHERE status = 'failed'")  # fmt: skip
    assert set(failures) == {"database-full"}  # of which /health warns while the job waits
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_33_no_connection_is_left_for_a_while(scene: Scene) -> None:
    await scene.connect(SLOW)
    await scene.atlas.execute("UPDATE pipeline.connections SET retry_wait_s = 4, retry_factor = 1")
    worker = await scene.worker()
    job_id = await scene.start()
    await scene.holder()
    taken: list[psycopg.Connection[tuple[object, ...]]] = []
    try:
        with suppress(psycopg.OperationalError):
            while len(taken) < 500:
                taken.append(psycopg.connect(scene.dsn))
        await asyncio.sleep(4)  # some heartbeats, sweeps and landings
    finally:
        for connection in taken:
            connection.close()
    ended = await scene.ended(job_id)

    assert worker.lives
    assert ended.status is JobStatus.SUCCEEDED, ended.failure
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_34_a_server_that_only_reads_is_waited_for(scene: Scene, proxy: Proxy) -> None:
    await scene.connect(SLOW)
    worker = await scene.worker(dsn=proxy.dsn)
    job_id = await scene.start()
    await scene.holder()
    (name,) = await scene.atlas.values("SELECT current_database()")
    await scene.atlas.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await end_sessions(scene, proxy)
    await asyncio.sleep(4)  # whoever connects now cannot write
    await scene.atlas.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    await end_sessions(scene, proxy)
    await scene.ended(job_id)

    assert worker.lives
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_35_a_statement_that_takes_too_long_ends_its_job_definitely(scene: Scene) -> None:
    await scene.connect(reading(orders(100)))
    first = await scene.start()
    await scene.atlas.run(first)
    await scene.configure(reading(orders(300)))
    (name,) = await scene.atlas.values("SELECT current_database()")
    await scene.atlas.execute(f"ALTER DATABASE {name} SET statement_timeout = '1500ms'")
    await scene.atlas.execute(
        "CREATE FUNCTION public.be_slow() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(4); RETURN NULL; END $$"
    )
    await scene.atlas.execute(f"CREATE TRIGGER slow BEFORE INSERT ON {CHART} FOR EACH STATEMENT EXECUTE FUNCTION public.be_slow()")  # fmt: skip
    await scene.worker()
    job_id = await scene.start()
    failed = await scene.ended(job_id)
    await scene.atlas.execute(f"DROP TRIGGER slow ON {CHART}")
    again = await scene.start()
    await scene.ended(again)

    assert failed.status is JobStatus.FAILED
    assert failed.failure is not None
    assert failed.failure.slug == "statement-took-too-long"
    assert "statement_timeout" in failed.failure.detail, "it says what to do"
    assert await scene.attempts() == ["succeeded", "failed", "failed", "succeeded"], (
        "once more, no more"
    )
    assert (await scene.job(again)).status is JobStatus.SUCCEEDED
    await assert_sound(scene, first, job_id, again, ends=(JobStatus.SUCCEEDED, JobStatus.FAILED))
