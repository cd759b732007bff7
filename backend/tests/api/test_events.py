"""A job's events as a page and as a stream that replays and goes on."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from app.core.settings import Settings
from app.database.pool import Database, open_database
from tests.api.client import Client, Object
from tests.fixtures import tokens
from tests.fixtures.books import Books

STREAM = {"accept": "text/event-stream"}


@pytest.fixture
async def books(app: FastAPI, dsn: str) -> AsyncIterator[Books]:
    async with open_database(dsn, size=2) as database:
        made = Books(database=database)
        await made.begin()
        yield made


@pytest.fixture
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The app behind a real socket: a stream is not answered as a whole."""
    config = uvicorn.Config(
        app, port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"event_heartbeat_s": 0.2})


def messages(text: str) -> list[Object]:
    """The messages of an event stream, without its comments."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")
        )
        if fields:
            found.append(fields)
    return found


async def test_events_of_a_job_are_listed_in_pages(api: Client, books: Books) -> None:
    job_id = await books.run(await books.connect())

    page = await api.get(f"/jobs/{job_id}/events", limit=3)
    rest = (await api.http.get(page["next"])).json()

    assert [e["kind"] for e in page["data"] + rest["data"]] == ["job_pending", "job_running", "attempt_started", "attempt_succeeded", "job_succeeded"]  # fmt: skip
    assert rest["next"] == ""
    assert page["data"][0]["jobId"] == job_id


async def test_a_page_begins_after_the_last_event_seen_and_so_do_those_after_it(
    api: Client, books: Books
) -> None:
    job_id = await books.run(await books.connect())
    url = f"/v1/jobs/{job_id}/events"
    whole = (await api.get(f"/jobs/{job_id}/events"))["data"]
    second = whole[1]["eventId"]

    asked = await api.get(f"/jobs/{job_id}/events", after=second, limit=2)
    header = {"Last-Event-ID": str(second)}
    told = (await api.http.get(url, headers=header, params={"limit": 2})).json()
    rest = (await api.http.get(told["next"])).json()

    assert asked["data"] == told["data"] == whole[2:4]
    assert rest["data"] == whole[4:]
    assert rest["next"] == ""
    assert (await api.get(f"/jobs/{job_id}/events", after=whole[-1]["eventId"]))["data"] == []


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 40, "9" * 5_000, "0" * 5_000, ""])
async def test_a_page_after_what_is_no_event_does_no_harm(
    api: Client, books: Books, last: str
) -> None:
    job_id = await books.run(await books.connect())

    answer = await api.http.get(f"/v1/jobs/{job_id}/events", headers={"Last-Event-ID": last})

    assert answer.status_code == 200
    assert len(answer.json()["data"]) == (0 if last.startswith("9") else 5)


async def test_a_stream_replays_what_is_newer_than_the_last_id_and_ends_with_the_job(
    api: Client, books: Books
) -> None:
    job_id = await books.run(await books.connect())
    url = f"/v1/jobs/{job_id}/events"

    whole = messages((await api.http.get(url, headers=STREAM)).text)
    third = whole[2]["id"]
    rest = messages((await api.http.get(url, headers=STREAM | {"Last-Event-ID": third})).text)
    asked = messages((await api.http.get(url, headers=STREAM, params={"after": third})).text)

    assert [m["event"] for m in whole] == ["job_pending", "job_running", "attempt_started", "attempt_succeeded", "job_succeeded", "end"]  # fmt: skip
    assert rest == asked == whole[3:]
    assert json.loads(whole[0]["data"])["eventId"] == int(whole[0]["id"])


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 40, ""])
async def test_a_last_id_that_is_none_does_no_harm(api: Client, books: Books, last: str) -> None:
    job_id = await books.run(await books.connect())

    answer = await api.http.get(
        f"/v1/jobs/{job_id}/events", headers=STREAM | {"Last-Event-ID": last}
    )

    assert answer.status_code == 200
    assert messages(answer.text)[-1]["event"] == "end"


async def test_a_job_is_followed_while_it_runs_and_comments_show_life(
    served: str, books: Books, app: FastAPI
) -> None:
    job_id = await books.job(await books.connect())
    lines: list[str] = []

    async def follow() -> None:
        async with (
            httpx.AsyncClient(base_url=served, headers=tokens.machine(app.state.keys)) as client,
            client.stream("GET", f"/v1/jobs/{job_id}/events", headers=STREAM) as answer,
        ):
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines.extend([line async for line in answer.aiter_lines()])

    following = asyncio.create_task(follow())
    await asyncio.sleep(1.0)
    await books.attempt(job_id)
    await asyncio.sleep(0.2)
    await books.end(job_id)
    async with asyncio.timeout(10):
        await following

    kinds = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert kinds == ["job_pending", "job_running", "attempt_started", "attempt_succeeded", "job_succeeded", "end"]  # fmt: skip
    assert ": still here" in lines


async def test_followers_that_go_away_leave_nothing_behind(
    served: str, books: Books, app: FastAPI
) -> None:
    job_id = await books.job(await books.connect())

    async def look() -> None:
        async with (
            httpx.AsyncClient(base_url=served, headers=tokens.machine(app.state.keys)) as client,
            client.stream("GET", f"/v1/jobs/{job_id}/events", headers=STREAM) as answer,
        ):
            assert answer.status_code == 200
            async for line in answer.aiter_lines():
                if line.startswith("event: job_pending"):
                    return

    await asyncio.gather(*(look() for _ in range(12)))
    async with asyncio.timeout(10):
        while app.state.announcements.ears or app.state.announcements.listening:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    database: Database = app.state.database
    await database.let_go()
    assert database.pool.get_idle_size() == database.pool.get_size()


async def test_of_a_job_that_is_not_there_are_no_events(api: Client) -> None:
    await api.problem("GET", "/jobs/7/events", 404)
    answer = await api.http.get("/v1/jobs/7/events", headers=STREAM)
    assert answer.status_code == 404
