"""A run that began elsewhere is the parent of a job, and of all that lineage says of it."""

import json
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.core.ids import JobId
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client, Object

RUN, ROOT = "0198c0de-0000-7000-8000-000000000001", "0198c0de-0000-7000-8000-000000000002"
PARENT = {"namespace": "airflow", "jobName": "daily/sync", "runId": RUN}
HEADER = f"airflow/daily%2Fsync/{RUN}"


async def start(
    api: Client, atlas: Object | None = None, header: str | None = None
) -> httpx.Response:
    connection = await api.connection({"name": "users"}, name=f"daily {uuid4()}")
    return await api.http.post(
        "/v1/jobs",
        json={"connectionId": connection["connectionId"], "jobType": "sync", "atlas": atlas or {}},
        headers={"Atlas-Parent-Run": header} if header else {},
    )


async def test_a_parent_is_given_by_header_or_body_and_shown(api: Client) -> None:
    by_header = await start(api, header=HEADER)
    by_both = await start(api, {"parentRun": PARENT}, HEADER)
    root = {"namespace": "airflow", "jobName": "daily", "runId": ROOT}
    with_root = await start(api, {"parentRun": {**PARENT, "root": root}})
    without = await start(api)

    assert by_header.json()["atlas"]["parentRun"] == PARENT
    assert by_both.json()["atlas"]["parentRun"] == PARENT
    assert with_root.json()["atlas"]["parentRun"] == {**PARENT, "root": root}
    assert "parentRun" not in without.json()["atlas"]


@pytest.mark.parametrize(
    ("atlas", "header"),
    [
        ({}, "airflow/daily/1"),
        ({"parentRun": {**PARENT, "runId": ROOT}}, HEADER),
        ({"parentRun": {**PARENT, "namespace": ""}}, None),
        ({"parentRun": {**PARENT, "who": "me"}}, None),
    ],
)
async def test_what_is_no_parent_is_refused_and_no_job_begins(
    api: Client, atlas: Object, header: str | None
) -> None:
    answer = await start(api, atlas, header)

    assert answer.status_code == 422
    assert (await api.get("/jobs"))["data"] == []


async def test_every_lineage_event_of_a_job_has_its_parent_and_the_root(
    api: Client, app: FastAPI, scheduler: SyncScheduler
) -> None:
    root = {"namespace": "airflow", "jobName": "daily", "runId": ROOT}
    job = (await start(api, {"parentRun": {**PARENT, "root": root}})).json()

    await scheduler.run(JobId(job["jobId"]))

    async with app.state.database.connection() as session:
        rows = await session.fetch("SELECT event::text AS event FROM lineage.outbox")
    parents = [json.loads(row["event"])["run"]["facets"]["parent"] for row in rows]
    assert len(parents) >= 2
    for parent in parents:
        assert (parent["run"]["runId"], parent["job"]["name"]) == (RUN, "daily/sync")
        assert (parent["root"]["run"]["runId"], parent["root"]["job"]["name"]) == (ROOT, "daily")
    shown = await api.get(f"/jobs/{job['jobId']}")
    assert shown["atlas"]["engine"] == "local"
