"""How a connection's jobs are run, and how many a workspace may have in the queue."""

import pytest
from fastapi import FastAPI

from tests.api.client import Client, Object
from tests.api.making import NOBODY

USERS = {"name": "users"}
OWN: Object = {
    "queue": "sync-large", "priority": 5, "maxDurationS": 60, "retryWaitS": 1.5, "retryFactor": 2.0, "retryCapS": 9.0,
}  # fmt: skip


async def test_terms_are_the_settings_until_they_are_said_and_after_they_are_taken_back(
    api: Client,
) -> None:
    connection = await api.connection(USERS)
    path = f"/connections/{connection['connectionId']}/jobTerms"
    before = await api.get(path)
    assert before["queue"] == "sync"
    assert "maxDurationS" not in before

    assert await api.put(path, OWN) == OWN
    assert await api.get(path) == OWN

    assert await api.put(path, {}) == before
    assert await api.get(path) == before


async def test_a_job_goes_to_the_queue_that_its_connection_says(api: Client, app: FastAPI) -> None:
    connection = await api.connection(USERS)
    await api.put(f"/connections/{connection['connectionId']}/jobTerms", OWN)

    await api.job(connection)

    async with app.state.database.connection() as session:
        row = await session.fetchrow("SELECT queue_name, priority FROM jobs.procrastinate_jobs")
    assert tuple(row) == ("sync-large", 5)


async def test_a_workspace_has_a_cap(api: Client) -> None:
    connection = await api.connection(USERS)
    path = f"/workspaces/{connection['workspaceId']}/jobTerms"
    before = await api.get(path)

    assert await api.put(path, {"maxRunning": 3}) == {"maxRunning": 3}
    assert await api.get(path) == {"maxRunning": 3}
    assert await api.put(path, {}) == before


@pytest.mark.parametrize("kind", ["connections", "workspaces"])
async def test_of_nobody_nothing_is_known(api: Client, kind: str) -> None:
    await api.problem("GET", f"/{kind}/{NOBODY}/jobTerms", 404)
    await api.problem("PUT", f"/{kind}/{NOBODY}/jobTerms", 404, {})


@pytest.mark.parametrize(
    "terms", [{"queue": "SYNC; DROP"}, {"maxDurationS": 0}, {"retryFactor": 0.5}, {"unknown": 1}]
)
async def test_terms_that_cannot_hold_are_refused(api: Client, terms: Object) -> None:
    connection = await api.connection(USERS)
    path = f"/connections/{connection['connectionId']}/jobTerms"
    before = await api.get(path)

    await api.problem("PUT", path, 422, terms)

    assert await api.get(path) == before
