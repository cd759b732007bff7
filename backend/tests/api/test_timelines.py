"""/v1/jobs/{jobId}/timeline: when what of a job was done, held against the books and the tables."""

from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import pytest
from fastapi import FastAPI

from app.core.catalog import SyncMode
from app.core.failures import (
    ConnectorFailedTransiently,
)
from app.core.ids import JobId
from app.core.settings import Settings
from app.database.keys import load_keys
from app.database.pool import Database
from app.sources.port import Connector
from app.sync.queue import workers
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client, Object
from tests.fixtures.atlas import Atlas, BrokenScanner, NoChecks, NothingPersonal, atlas_on
from tests.fixtures.owner import as_owner, owner_of
from tests.fixtures.scripted import AT, INSTANT, offered
from tests.fixtures.synced import Synced
from tests.sources.reading import ledger

USERS = {"name": "users", "syncMode": "full_refresh_append"}
SCHEMA = {"id": {"type": "integer"}, "at": INSTANT, "amount": {"type": "number"}}


def order(key: object, amount: object = 1) -> dict[str, object]:
    return {"id": key, "at": AT % 1, "amount": amount}


async def fall_away(*_: object) -> Connector:
    raise ConnectorFailedTransiently("The line was cut.")


@pytest.fixture
def atlas(app: FastAPI, settings: Settings) -> Atlas:
    """Everything behind the front door, on the app's own database and keys."""
    made = atlas_on(app.state.database)
    made.keys = load_keys(settings)
    made.pii, made.scanner = NothingPersonal(), NoChecks()
    return made


async def timeline(api: Client, job_id: object) -> Object:
    return await api.get(f"/jobs/{job_id}/timeline")


async def the_job(api: Client) -> Object:
    (found,) = (await api.get("/jobs"))["data"]
    return dict(found)


def instants(*of: tuple[Object, str]) -> list[datetime]:
    return [datetime.fromisoformat(one[name]) for one, name in of]


async def test_a_job_shows_what_was_read_promoted_and_measured(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    connection = await api.connection(USERS, {**USERS, "name": "products"})
    job = await api.job(connection)
    before = await timeline(api, job["jobId"])
    await scheduler.run(JobId(job["jobId"]))

    shown = await timeline(api, job["jobId"])
    ended = await api.get(f"/jobs/{job['jobId']}")
    async with database.connection() as session:
        kept = await session.fetch("SELECT seconds::text AS seconds, ended_at FROM pipeline.attempts")  # fmt: skip

    assert (before["status"], before["attempts"], "throughput" in before) == ("pending", [], False)
    assert not {"startedAt", "endedAt"} & set(before)
    assert (shown["jobId"], shown["connection"], shown["status"]) == (job["jobId"], "daily", "succeeded")  # fmt: skip
    (attempt,) = shown["attempts"]
    assert (attempt["number"], attempt["status"], attempt["runId"]) == (1, "succeeded", ended["atlas"]["runId"])  # fmt: skip
    assert not {"host", "failure"} & set(attempt), "no worker has taken it, and nothing failed"
    assert set(attempt["seconds"]) >= {"read", "land", "project", "quality", "chart"}
    assert [str(kept[0]["ended_at"].microsecond).zfill(6)] == [attempt["endedAt"][20:26]]
    books = {line["name"]: line for line in ended["atlas"]["streams"]}
    assert [stream["name"] for stream in attempt["streams"]] == ["users", "products"]
    for stream in attempt["streams"]:
        reading, promotions = stream["reading"], stream["promotions"]
        assert reading["records"] == books[stream["name"]]["read"]
        assert sum(one["records"] for one in promotions) == books[stream["name"]]["explored"]
        assert {one["outcome"] for one in promotions} == {"published"}
        moments = instants(
            (shown, "startedAt"), (reading, "extractedAt"), (reading, "firstLandedAt"), (reading, "lastLandedAt"),
            (reading, "completedAt"), (promotions[-1], "recordedAt"), (promotions[-1], "endedAt"), (shown, "endedAt"), (shown, "at"),
        )  # fmt: skip
        assert moments == sorted(moments)
        for one in promotions:
            way = instants((one, "readyAt"), (one, "beganAt"), (one, "recordedAt"), (one, "endedAt"))  # fmt: skip
            assert way == sorted(way)
    points = shown["throughput"]["points"]
    assert sum(point["records"] for point in points) == sum(line["read"] for line in books.values())
    assert sum(point["bytes"] for point in points) == ended["bytesSynced"]


async def test_ranges_follow_each_other_and_what_was_not_kept_is_not_invented(
    api: Client, atlas: Atlas
) -> None:
    synced = await Synced.of(atlas, offered("orders", SCHEMA, cursor=("at",)))
    first, second = await synced.sync([order(1), order(2, "many")], [order(3)])
    job = await the_job(api)
    (stream,) = (await timeline(api, job["jobId"]))["attempts"][0]["streams"]
    await atlas.execute("UPDATE pipeline.promotions SET began_at = NULL WHERE promotion_id = 1")

    (older,) = (await timeline(api, job["jobId"]))["attempts"][0]["streams"]

    one, other = stream["promotions"]
    assert [(p["afterBatch"], p["lastBatch"], p["records"]) for p in (one, other)] == [
        (first - 1, first, 2), (first, second, 1),
    ]  # fmt: skip
    landed = await atlas.values("SELECT landed_at FROM pipeline.batches ORDER BY batch_id")
    assert instants((one, "readyAt")) == landed[:1]
    assert other["readyAt"] == one["endedAt"], "its batch had landed before that"
    assert all(one[name] <= other[name] for name in ("beganAt", "recordedAt", "endedAt"))
    assert ["beganAt" in promotion for promotion in older["promotions"]] == [False, True]


async def test_a_range_that_is_held_says_why_and_one_that_comes_back_how_much(
    api: Client, atlas: Atlas
) -> None:
    await atlas.connect(ledger({"name": "orders", "records": 30}), SyncMode.INCREMENTAL_APPEND)
    atlas.scanner = BrokenScanner()
    held_job = (await atlas.sync()).job.job_id
    atlas.scanner = NoChecks()
    published_job = (await atlas.sync()).job.job_id

    held = await timeline(api, held_job)
    published = await timeline(api, published_job)

    (attempt,) = held["attempts"]
    assert attempt["status"] == "failed"
    assert attempt["failure"] == (await api.get(f"/jobs/{held_job}"))["atlas"]["failure"]
    (one,) = attempt["streams"][0]["promotions"]
    assert (one["outcome"], one["reason"], one["records"]) == ("held", "Soda did not answer.", 30)
    assert instants((one, "beganAt")) <= instants((one, "recordedAt"))
    (stream,) = published["attempts"][0]["streams"]
    assert "reading" not in stream, "there was nothing new to read"
    assert [(p["outcome"], p["records"]) for p in stream["promotions"]] == [("published", 30)]
    assert "throughput" not in published


async def test_a_replay_shows_what_came_back(api: Client, atlas: Atlas) -> None:
    synced = await Synced.of(atlas, offered("orders", SCHEMA, cursor=("at",)))
    await synced.sync([order(1), order(2, "many")])
    (kept,) = await synced.kept()
    await synced.fix(kept, order(2, 7))

    replay = await synced.replay(kept)

    shown = await timeline(api, replay.job_id)
    ((promotion,),) = [stream["promotions"] for stream in shown["attempts"][0]["streams"]]
    assert (shown["jobType"], promotion["outcome"], promotion["records"]) == ("replay", "replayed", 1)  # fmt: skip
    assert instants((promotion, "beganAt")) <= instants((promotion, "recordedAt"))


async def test_each_attempt_is_told_of_and_a_running_one_until_now(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    connection = await api.connection(USERS)
    job = await api.job(connection)
    orchestrator = replace(scheduler.orchestrator, open_connector=fall_away)
    await replace(scheduler, orchestrator=orchestrator).run(JobId(job["jobId"]))
    async with workers.present(database, heartbeat_s=60, queues=("sync",)) as worker:
        await as_owner(
            database,
            "INSERT INTO pipeline.attempts (job_id, number, run_id, worker_id) VALUES ($1, 2, gen_random_uuid(), $2)",
            job["jobId"],
            worker.worker_id,
        )

        shown = await timeline(api, job["jobId"])
        (working,) = (await api.get("/queue"))["workers"]

    failed, running = shown["attempts"]
    assert (shown["status"], "endedAt" in shown) == ("running", False)
    assert (failed["number"], failed["status"]) == (1, "failed")
    assert failed["failure"]["failureType"] == "transient_error"
    assert failed["failure"]["detail"] == "The line was cut."
    assert (running["status"], running["host"], running["seconds"]) == ("running", working["host"], {})  # fmt: skip
    assert "endedAt" not in running


async def test_batches_that_were_taken_back_are_not_in_it(api: Client, atlas: Atlas) -> None:
    synced = await Synced.of(atlas, offered("orders", SCHEMA, cursor=("at",)))
    _, second = await synced.sync([order(1), order(2)], [order(3)])
    await atlas.execute("UPDATE pipeline.batches SET voided_at = now() WHERE batch_id = $1", second)

    shown = await timeline(api, (await the_job(api))["jobId"])

    assert shown["attempts"][0]["streams"][0]["reading"]["records"] == 2
    assert sum(point["records"] for point in shown["throughput"]["points"]) == 2


@pytest.mark.parametrize("apart", ["0.25 seconds", "11.9 seconds", "12 seconds", "90 seconds"])
async def test_however_long_it_landed_there_are_no_more_than_120_points(
    api: Client, atlas: Atlas, database: Database, apart: str
) -> None:
    """300 more batches, so far apart that the last falls on the end of a bucket, or near it."""
    synced = await Synced.of(atlas, offered("orders", SCHEMA, cursor=("at",)))
    await synced.sync([order(1)])
    async with owner_of(database) as session, session.transaction():
        await session.execute("SET LOCAL session_replication_role = replica")
        await session.execute(
            "INSERT INTO pipeline.batches (batch_id, attempt_id, stream_id, generation_id, read, explored, rejected, size_bytes, "
            "                              extracted_at, landed_at) "
            "SELECT b.batch_id + n, b.attempt_id, b.stream_id, 0, 10, 10, 0, 100, now(), b.landed_at + n * $1::text::interval "
            "FROM pipeline.batches b, generate_series(1, 300) n",
            apart,
        )

    throughput = (await timeline(api, (await the_job(api))["jobId"]))["throughput"]

    points = throughput["points"]
    assert 100 <= len(points) <= 120
    assert sum(point["records"] for point in points) == 3_001
    began = instants(*((point, "at") for point in points))
    assert {round((b - a).total_seconds(), 6) for a, b in pairwise(began)} == {throughput["bucketS"]}  # fmt: skip


async def test_a_job_that_is_not_there_is_not_found(api: Client) -> None:
    problem = await api.problem("GET", "/jobs/4711/timeline", 404)

    assert problem["type"] == "/problems/job-not-found"
