"""The database fails or is silent in the middle of a request: 503 and to come again, and soon."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.api.outages import in_time
from app.core.failures import (
    DatabaseUnreachable,
)
from app.core.settings import Settings
from app.database.pool import Database, open_database
from tests.api.client import PROBLEM, Client, Object
from tests.api.making import DESTINATION

LIMIT_S = 1.0
SCHEDULE: Object = {"schedule": {"scheduleType": "cron", "cronExpression": "0 0 12 * * ?"}}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"answer_timeout_s": LIMIT_S})


@pytest.fixture
async def other(app: FastAPI, dsn: str) -> AsyncIterator[Database]:
    """Somebody else in the same database."""
    async with open_database(dsn, size=2) as database:
        yield database


def requests(connection: Object) -> list[tuple[str, str, object]]:
    """One for each way to the database: a session, a transaction, the scheduler, one's own."""
    made = connection["connectionId"]
    path, job = f"/v1/connections/{made}", {"connectionId": made, "jobType": "sync"}
    return [
        ("GET", "/v1/connections", None),
        ("PATCH", path, SCHEDULE),
        ("POST", "/v1/jobs", job),
        ("GET", "/v1/jobs/1/events", None),
        ("GET", "/v1/health", None),
    ]


@contextlib.asynccontextmanager
async def standing_still(database: Database, *tables: str) -> AsyncIterator[None]:
    """Let every statement wait that asks for one of these tables."""
    async with database.transaction() as session:
        await session.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        yield


TABLES = ("pipeline.connections", "pipeline.jobs", "pipeline.alembic_version")


async def asked(api: Client, method: str, path: str, body: object) -> httpx.Response:
    return await api.http.request(method, path, json=body)


def assert_outage(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["type"] == "/problems/database-unreachable"


async def test_a_backend_that_ends_in_the_middle_of_a_request_is_an_outage(
    api: Client, other: Database
) -> None:
    connection = await api.connection({"name": "users"})
    for wanted in requests(connection):
        async with standing_still(other, *TABLES), other.connection() as admin:
            asking = asyncio.create_task(asked(api, *wanted))
            ended = 0
            while not ended and not asking.done():
                await asyncio.sleep(0.01)
                ended = await admin.fetchval(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
            assert ended
            assert_outage(await asking)

        assert (await asked(api, "GET", "/v1/connections", None)).status_code == 200


async def test_a_pool_without_a_connection_to_give_is_an_outage_in_time(
    api: Client, app: FastAPI
) -> None:
    connection = await api.connection({"name": "users"})
    database: Database = app.state.database
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(database.pool.get_max_size()):
            await stack.enter_async_context(database.connection())
        began = time.monotonic()
        answers = await asyncio.gather(*(asked(api, *wanted) for wanted in requests(connection)))
        took_s = time.monotonic() - began

    for answer in answers:
        assert_outage(answer)
    assert took_s < LIMIT_S + 2
    assert (await asked(api, "GET", "/v1/connections", None)).status_code == 200


async def test_a_database_that_is_silent_is_an_outage_in_time_and_nothing_is_kept(
    api: Client, other: Database, app: FastAPI
) -> None:
    connection = await api.connection({"name": "users"})
    async with standing_still(other, *TABLES):
        began = time.monotonic()
        answers = await asyncio.gather(*(asked(api, *wanted) for wanted in requests(connection)))
        took_s = time.monotonic() - began

    for answer in answers:
        assert_outage(answer)
    assert took_s < LIMIT_S + 2
    pool = app.state.database.pool
    async with asyncio.timeout(5):
        while pool.get_idle_size() != pool.get_size():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert (await api.get("/jobs"))["data"] == []  # what was given up was rolled back
    assert (await api.get("/connections"))["data"] == [connection]


async def test_what_cannot_even_be_cancelled_is_left_behind() -> None:
    """A server that is cut off answers no cancel either: who asked is told all the same."""
    is_free = asyncio.Event()

    async def hang() -> None:
        while not is_free.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await is_free.wait()

    began = time.monotonic()
    with pytest.raises(DatabaseUnreachable):
        await in_time(hang(), 0.1)
    is_free.set()

    assert time.monotonic() - began < 1


async def test_what_asks_a_connector_may_take_longer(api: Client, other: Database) -> None:
    source = await api.source()
    body = {"sourceId": source["sourceId"], "destinationId": DESTINATION}
    async with standing_still(other, *TABLES):
        making = asyncio.create_task(api.http.post("/v1/connections", json=body))
        await asyncio.sleep(LIMIT_S + 0.5)

    assert (await making).status_code == 200


async def test_a_failure_of_a_file_is_no_outage(app: FastAPI, api: Client) -> None:
    @app.get("/broken")
    async def broken() -> None:
        raise FileNotFoundError

    answer = await api.http.get("/broken")

    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
