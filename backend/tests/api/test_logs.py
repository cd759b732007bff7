"""What a real sync said, read by API."""

import pytest
from fastapi import FastAPI

from app.core.ids import JobId
from app.sync.jobs.attempt_log import AttemptLog
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client
from tests.api.making import DESTINATION

SECRET = "hunter2-hunter2"


async def test_what_a_connector_says_is_read_by_api_without_its_secrets(
    api: Client, app: FastAPI, scheduler: SyncScheduler
) -> None:
    """Its LOG messages and its stderr, through the real reader."""
    said = [f"Signed in with {SECRET}", "Page 2 of 3", f"token={SECRET}; {SECRET}"]
    source = await api.source(
        kind="ledger", streams=[{"name": "orders", "records": 20}], logs=said, stderr_bytes=100, password=SECRET,
    )  # fmt: skip
    body = {"name": "talking", "sourceId": source["sourceId"], "destinationId": DESTINATION}
    job = await api.job(await api.post("/connections", body))
    await scheduler.run(JobId(job["jobId"]))
    attempt_log: AttemptLog = app.state.attempt_log
    await attempt_log.flush()

    whole = await api.get(f"/jobs/{job['jobId']}/logs", limit=100)
    found = await api.get(f"/jobs/{job['jobId']}/logs", text="page 2", level="info")

    assert (await api.get(f"/jobs/{job['jobId']}"))["status"] == "succeeded"
    lines = [line for line in whole["data"] if line["speaker"] == "connector"]
    messages = [line["message"] for line in lines if set(line["message"]) != {"e"}]
    assert messages == ["Signed in with [redacted]", "Page 2 of 3", "token=[redacted]; [redacted]"]
    assert {line["level"] for line in lines} == {"INFO"}
    assert len(lines) > len(messages)  # its stderr
    assert [line["message"] for line in found["data"]] == ["Page 2 of 3"]
    assert SECRET not in str(whole)
    async with scheduler.database.connection() as session:
        kept = await session.fetchval("SELECT string_agg(message || coalesce(facts::text, ''), '') FROM pipeline.log_lines")  # fmt: skip
    assert SECRET not in kept


async def test_the_lines_of_a_sync_are_read_by_attempt_level_and_text(
    api: Client, app: FastAPI, scheduler: SyncScheduler
) -> None:
    job = await api.job(await api.connection({"name": "users"}))
    path = f"/jobs/{job['jobId']}/logs"
    await scheduler.run(JobId(job["jobId"]))
    attempt_log: AttemptLog = app.state.attempt_log
    await attempt_log.flush()

    whole = await api.get(path, limit=100)
    found = await api.get(path, attempt=1, level="info", text="ATTEMPT_S")

    assert {line["speaker"] for line in whole["data"]} == {"atlas"}
    assert [line["message"] for line in found["data"]] == ["attempt_started", "attempt_succeeded"]
    (total,) = whole["attempts"]
    assert (total["attempt"], total["lines"], total["dropped"]) == (1, len(whole["data"]), 0)
    assert (await api.get(path, level="FATAL"))["data"] == []
    assert (await api.get(path, limit=1))["next"]


@pytest.mark.parametrize(
    "query", [{"level": "LOUD"}, {"attempt": 0}, {"attempt": 2**31}, {"text": "x" * 300}]
)
async def test_a_filter_that_is_none_is_a_problem(api: Client, query: dict[str, object]) -> None:
    job = await api.job(await api.connection({"name": "users"}))

    await api.problem("GET", f"/jobs/{job['jobId']}/logs", 422, query=query)


async def test_of_a_job_that_is_not_there_are_no_lines(api: Client) -> None:
    await api.problem("GET", "/jobs/7/logs", 404)
