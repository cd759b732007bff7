"""Rows 23, 24, 36 and 53 of the fault matrix: a server that goes away, Redis, and migrations."""

import asyncio
import subprocess
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from app.core.ids import JobId
from app.database import embedded
from app.database.cluster import DATABASE, PORT, USER, Cluster
from app.database.migrate import migrate
from app.database.pool import open_database
from tests.conftest import new_database
from tests.faults.chance import SEED, chance
from tests.faults.checker import assert_sound
from tests.faults.proxy import Proxy
from tests.faults.scene import SETTINGS, Scene, orders, reading, until
from tests.faults.test_requests import answers, credentials
from tests.faults.timetables import assert_each_window_once, on_schedule, unscheduled
from tests.fixtures.atlas import atlas_on
from tests.fixtures.home import free_port

SLOW = reading(orders(700), slow_s=8.0)


@dataclass(frozen=True, slots=True)
class OwnServer:
    cluster: Cluster

    def crash(self) -> None:
        self.cluster.run("pg_ctl", "-D", "pg", "-w", "-m", "immediate", "stop")


@asynccontextmanager
async def own_scene(folder: Path, name: str) -> AsyncIterator[tuple[Scene, OwnServer]]:
    """A scene on a server that nobody else needs."""
    stay = await asyncio.to_thread(embedded.arrive, folder / "server")
    try:
        await migrate(stay.cluster.dsn)
        async with scene_at(stay.cluster.dsn, folder, name) as scene:
            yield scene, OwnServer(stay.cluster)
    finally:
        await asyncio.to_thread(stay.leave)


@asynccontextmanager
async def scene_at(dsn: str, folder: Path, name: str) -> AsyncIterator[Scene]:
    async with open_database(dsn) as database:
        here = {name: value for name, value in SETTINGS.items() if name != "log_format"}
        scene = Scene(atlas=atlas_on(database, **here), dsn=dsn, folder=folder, chance=chance(name))
        try:
            yield scene
        finally:
            scene.abandon()
            print(f"ATLAS_FAULTS_SEED={SEED}")
            for child in scene.children:
                print(child.said, child.said.read_text(errors="replace")[-8_000:])


@contextmanager
def standby_of(first: Cluster, home: Path) -> Iterator[Cluster]:
    """A server that follows another one and only reads, until it is promoted."""
    home.mkdir()
    second = Cluster(home)
    source = ("-h", str(first.socket_folder), "-p", str(PORT), "-U", USER)
    second.run("pg_basebackup", "-D", "pg", *source, "-R", "-X", "stream", "-c", "fast")
    second.start()
    try:
        yield second
    finally:
        second.stop()


@pytest.mark.faults
@pytest.mark.parametrize("away_s", [0.0, 20.0], ids=["row 23 and is back", "row 24 for long"])
async def test_rows_23_24_the_server_stops_without_a_word(away_s: float, tmp_path: Path) -> None:
    """Of five minutes to a stall of 45 s, 20 s are a good half to one of 6 s."""
    async with own_scene(tmp_path, f"away {away_s}") as (scene, server):
        port = free_port()
        await scene.connect(SLOW)
        serving = await scene.serve(port)
        await on_schedule(scene, every_s=3)
        await scene.holder()
        await asyncio.to_thread(server.crash)
        await answers(port, 503)
        await asyncio.sleep(away_s)  # that is the fault
        await asyncio.to_thread(server.cluster.start)
        await answers(port, 200)
        jobs = await unscheduled(scene, jobs=3)

        assert serving.lives
        await assert_each_window_once(scene, every_s=3)
        await assert_sound(scene, *jobs)


@pytest.mark.faults
async def test_row_34_the_server_that_followed_takes_over(tmp_path: Path) -> None:
    """A DSN that names both, and wants the one that writes."""
    stay = await asyncio.to_thread(embedded.arrive, tmp_path / "server")
    try:
        await migrate(stay.cluster.dsn)
        with standby_of(stay.cluster, tmp_path / "second") as second:
            hosts = ",".join(quote(str(each.socket_folder)) for each in (stay.cluster, second))
            dsn = f"postgresql://{USER}@/{DATABASE}?host={hosts}&port={PORT}&target_session_attrs=read-write"
            async with scene_at(dsn, tmp_path, "another server") as scene:
                await scene.connect(SLOW)
                worker = await scene.worker()
                job_id = await scene.start()
                await scene.holder()
                await until(partial(has_an_attempt, second))
                await asyncio.to_thread(OwnServer(stay.cluster).crash)
                await scene.some_time(3)
                second.run("pg_ctl", "-D", "pg", "-w", "promote")
                await scene.ended(job_id)

                assert worker.lives
                await assert_sound(scene, job_id)
    finally:
        await asyncio.to_thread(stay.leave)


async def has_an_attempt(server: Cluster) -> bool:
    with psycopg.connect(server.dsn) as session:
        return session.execute("SELECT FROM pipeline.attempts").rowcount > 0


async def test_a_server_that_crashed_knows_no_more_who_was_writing(tmp_path: Path) -> None:
    """And one that was stopped still does: its landings are all there."""
    stay = await asyncio.to_thread(embedded.arrive, tmp_path / "server")
    server, found = OwnServer(stay.cluster), list[object]()
    await migrate(stay.cluster.dsn)
    try:
        for end in (stay.cluster.stop, server.crash):
            with psycopg.connect(stay.cluster.dsn) as session:
                session.execute(
                    "INSERT INTO pipeline.attempt_signs VALUES (1) ON CONFLICT DO NOTHING"
                )
            await asyncio.to_thread(end)
            await asyncio.to_thread(stay.cluster.start)
            with psycopg.connect(stay.cluster.dsn) as session:
                found += (
                    session.execute("SELECT count(*) FROM pipeline.attempt_signs").fetchone() or ()
                )
    finally:
        await asyncio.to_thread(stay.leave)

    assert found == [1, 0]


@dataclass(frozen=True, slots=True)
class Redis:
    port: int
    process: "subprocess.Popen[bytes]"

    def flush(self) -> None:
        command = ["redis-cli", "-p", str(self.port), "FLUSHALL"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    port = free_port()
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    try:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    except FileNotFoundError:
        pytest.skip("no redis-server on this machine")
    started = Redis(port, process)
    yield started
    started.kill()


@pytest.mark.faults
async def test_row_36_redis_is_emptied_mute_and_stopped(scene: Scene, redis: Redis) -> None:
    async with Proxy(target=("127.0.0.1", redis.port)).listening("redis://host/0") as way:
        await scene.connect(SLOW)
        worker = await scene.worker(redis_url=f"redis://127.0.0.1:{way.port}/0")
        first = await scene.start()
        await scene.holder()
        redis.flush()
        way.black_hole()
        await scene.ended(first)
        redis.kill()
        way.heal()
        await scene.configure(reading(orders(760)))
        second = await scene.start()
        await scene.ended(second)

        assert worker.lives
        assert set(await scene.attempts()) == {"succeeded"}
        await assert_sound(scene, first, second)


def events_followed(port: int, job_id: JobId) -> list[str]:
    """The kinds of a job's events, as a door tells them until the end."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/jobs/{job_id}/events",
        headers={
            "accept": "text/event-stream",
            **credentials(),
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        lines = [line.decode().strip() for line in answer]
    return [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]


@pytest.mark.faults
async def test_row_36_who_follows_a_job_hears_of_it_while_redis_is_mute(
    scene: Scene, redis: Redis
) -> None:
    """One door begins to listen before Redis falls silent, the other after it."""
    async with Proxy(target=("127.0.0.1", redis.port)).listening("redis://host/0") as way:
        await scene.connect(SLOW)
        url = f"redis://127.0.0.1:{way.port}/0"
        await scene.worker(redis_url=url)
        ports = [free_port(), free_port()]
        for port in ports:
            await scene.serve(port, "--no-worker", redis_url=url)
            await answers(port)
        job_id = await scene.start()
        before = asyncio.create_task(asyncio.to_thread(events_followed, ports[0], job_id))
        await scene.holder()
        way.black_hole()
        after = asyncio.create_task(asyncio.to_thread(events_followed, ports[1], job_id))
        await scene.ended(job_id)
        async with asyncio.timeout(20):
            followed = [await before, await after]
        kinds = await scene.atlas.values("SELECT kind FROM pipeline.job_events WHERE job_id = $1 ORDER BY event_id", job_id)  # fmt: skip

        assert followed == [[*kinds, "end"]] * 2
        assert "job_succeeded" in kinds
        await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_53_a_migration_is_killed_and_done_again(
    scene: Scene, server: str, tmp_path: Path
) -> None:
    """It waits in the middle for a lock that we hold; two more come meanwhile."""
    with new_database(server) as fresh:

        async def fresh_values(query: str) -> list[object]:
            async with await psycopg.AsyncConnection.connect(fresh, autocommit=True) as session:
                cursor = await session.execute(query.encode())
                return [row[0] for row in await cursor.fetchall()]

        holder = await psycopg.AsyncConnection.connect(fresh, application_name="the test")
        await holder.execute("LOCK TABLE pg_catalog.pg_namespace IN SHARE MODE")
        killed = scene.begin("migrate", dsn=fresh)

        async def waits() -> bool:
            return await fresh_values(
                "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ) == [True]

        await until(waits)
        killed.kill()
        await holder.close()

        async def is_gone() -> bool:
            return await fresh_values(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ) == [0]

        await until(is_gone)
        half = await fresh_values("SELECT to_regclass('pipeline.jobs')::text")
        both = [scene.begin("migrate", dsn=fresh) for _ in range(2)]
        codes = [await one.ended(90) for one in both]
        whole = await fresh_values("SELECT to_regclass('pipeline.job_events')::text")

    assert half == [None], "all of it, or nothing"
    assert codes == [0, 0]
    assert whole == ["pipeline.job_events"]


@pytest.mark.faults
async def test_row_53_an_older_atlas_ends_its_work_in_a_newer_ones_database_and_begins_none(
    scene: Scene,
) -> None:
    """Machines are upgraded one after the other: the first of them brings the schema further."""
    await scene.connect(SLOW)
    await scene.worker()
    job_id = await scene.start()
    await scene.landed(1)
    await scene.atlas.execute("UPDATE pipeline.alembic_version SET version_num = '9999'")

    late = [scene.begin(command) for command in ("worker", "serve", "migrate")]
    codes = [await one.ended(60) for one in late]
    await scene.ended(job_id)

    for one, code in zip(late, codes, strict=True):
        assert code != 0
        assert (
            "The database is at revision 9999; this Atlas knows none after" in one.said.read_text()
        )
    await assert_sound(scene, job_id)
