"""/v1/checks and /v1/quality: results and scores, now and job by job."""

import pytest

from app.core.ids import JobId
from app.database.pool import Database
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client, Object
from tests.api.making import NOBODY

USERS = {"name": "users", "syncMode": "full_refresh_overwrite"}


async def run(api: Client, scheduler: SyncScheduler, connection: Object) -> int:
    job = await api.job(connection)
    await scheduler.run(JobId(job["jobId"]))
    return int(job["jobId"])


async def test_results_and_scores_are_told_by_dataset_and_job(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    connection = await api.connection(USERS, {**USERS, "name": "products"})
    first = await run(api, scheduler, connection)
    second = await run(api, scheduler, connection)
    async with database.transaction() as session:  # a mock's scores are the same each time
        await session.execute(
            "UPDATE quality.scores SET score = 0.5 FROM pipeline.promotions p JOIN pipeline.attempts a USING (attempt_id) "
            "WHERE p.promotion_id = scores.promotion_id AND a.job_id = $1",
            first,
        )
    of_users = {"connectionId": connection["connectionId"], "stream": "users"}

    checks = (await api.get("/checks", limit=100))["data"]
    of_first = (await api.get("/checks", jobId=first, stream="users", limit=100))["data"]
    failed = (await api.get("/checks", outcome="fail"))["data"]
    one = (await api.get("/checks", check=of_first[0]["check"], **of_users))["data"]
    scores = (await api.get("/quality", limit=100))["data"]
    users = (await api.get("/quality", dimension="completeness", **of_users))["data"]
    low = (await api.get("/quality", below=0.0))["data"]
    path = f"/quality/{connection['connectionId']}/users/trend"
    trend = await api.get(path)
    page = await api.get(path, limit=1, dimension="completeness")
    last = await api.get(path, limit=1, offset=1)
    nowhere = await api.problem("GET", f"/quality/{NOBODY}/users/trend", 404)

    assert {line["jobId"] for line in checks} == {first, second}
    assert [line["promotionId"] for line in checks] == sorted((line["promotionId"] for line in checks), reverse=True)  # fmt: skip
    assert {(line["jobId"], line["stream"], line["engine"]) for line in of_first} == {(first, "users", "soda")}  # fmt: skip
    assert failed == []
    assert [line["jobId"] for line in one] == [second, first]
    assert {(line["stream"], line["jobId"]) for line in scores} == {("users", second), ("products", second)}  # fmt: skip
    assert len({line["dimension"] for line in scores}) == 6
    (line,) = users
    assert 0 < line["score"] <= 1
    assert line["before"] == 0.5
    assert line["change"] == pytest.approx(line["score"] - 0.5)
    assert line["measured"] >= 40
    assert low == []
    assert [job["jobId"] for job in trend["data"]] == [second, first]
    assert {point["dimension"] for point in trend["data"][0]["scores"]} == {line["dimension"] for line in scores}  # fmt: skip
    assert [job["jobId"] for job in page["data"]] == [second]
    assert page["next"]
    assert [job["jobId"] for job in last["data"]] == [first]
    assert nowhere["type"] == "/problems/connection-not-found"
