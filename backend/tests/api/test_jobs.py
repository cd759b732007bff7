"""/v1/jobs as Airbyte's clients see it."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.api.public.job_shapes import JobView
from app.core.ids import JobId
from app.sync.scheduler import SyncScheduler
from tests.api.making import NOBODY, WORKSPACE, make_connection, start_job


async def test_a_job_is_answered_at_once_and_waits(client: httpx.AsyncClient) -> None:
    connection = await make_connection(client)

    answer = await start_job(client, connection["connectionId"])

    job = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert job["status"] == "pending"
    assert job["jobType"] == "sync"
    assert job["connectionId"] == connection["connectionId"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", job["startTime"])
    assert "duration" not in job
    assert "lastUpdatedAt" not in job


async def test_no_member_of_an_answer_is_null(client: httpx.AsyncClient) -> None:
    connection = await make_connection(client)
    await start_job(client, connection["connectionId"])

    for path in ("/v1/jobs", "/v1/connections", "/v1/sources", "/v1/destinations"):
        assert "null" not in (await client.get(path)).text


async def test_a_second_sync_of_a_connection_is_refused_and_the_first_is_named(
    client: httpx.AsyncClient,
) -> None:
    connection = await make_connection(client)
    first = (await start_job(client, connection["connectionId"])).json()
    await client.get(f"/v1/jobs/{first['jobId']}")

    second = await start_job(client, connection["connectionId"])

    assert second.status_code == 409
    assert second.headers["content-type"] == "application/problem+json"
    problem = second.json()
    assert f"A sync is already running for: {connection['connectionId']}" in problem["detail"]
    assert problem["jobId"] == problem["data"]["jobId"] == first["jobId"]
    assert problem["data"]["message"] == problem["detail"]
    assert "cancel" in problem["hint"]
    assert problem["title"] == "try-again-later"
    assert problem["instance"] == "/v1/jobs"


async def test_who_repeats_a_wish_whose_answer_was_lost_gets_the_job_that_it_made(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    connection = await make_connection(client)
    wish = connection["connectionId"]
    first = (await start_job(client, wish)).json()

    repeated = await start_job(client, wish)
    other_wish = await client.post("/v1/jobs", json={"connectionId": wish, "jobType": "clear"})
    async with scheduler.database.transaction() as session:
        await session.execute("UPDATE pipeline.jobs SET created_by = 'user:somebody'")
    of_another = await start_job(client, wish)
    async with scheduler.database.transaction() as session:
        await session.execute(
            "UPDATE pipeline.jobs SET created_by = 'machine:machine', created_at = now() - interval '11 min'"
        )
    too_late = await start_job(client, wish)

    assert (repeated.status_code, repeated.json()["jobId"]) == (200, first["jobId"])
    assert [each.status_code for each in (other_wish, of_another, too_late)] == [409, 409, 409]


async def test_a_waiting_job_is_cancelled_and_a_finished_one_is_not(
    client: httpx.AsyncClient,
) -> None:
    connection = await make_connection(client)
    job = (await start_job(client, connection["connectionId"])).json()

    first = await client.delete(f"/v1/jobs/{job['jobId']}")
    second = await client.delete(f"/v1/jobs/{job['jobId']}")

    assert (first.status_code, first.json()["status"]) == (200, "cancelled")
    assert (second.status_code, second.json()["title"]) == (409, "state-conflict")
    assert (await client.get(f"/v1/jobs/{job['jobId']}")).json()["status"] == "cancelled"


async def test_a_cancelled_job_frees_its_connection(client: httpx.AsyncClient) -> None:
    connection = await make_connection(client)
    job = (await start_job(client, connection["connectionId"])).json()
    await client.delete(f"/v1/jobs/{job['jobId']}")

    again = await start_job(client, connection["connectionId"])

    assert again.status_code == 200
    assert again.json()["jobId"] > job["jobId"]


async def test_jobs_are_filtered_ordered_and_paged(client: httpx.AsyncClient) -> None:
    one, two = await make_connection(client, "one"), await make_connection(client, "two")
    ids = []
    for connection in (one, two, one):
        job = (await start_job(client, connection["connectionId"])).json()
        ids.append(job["jobId"])
        await client.delete(f"/v1/jobs/{job['jobId']}")

    async def listed(**query: object) -> list[int]:
        answer = await client.get("/v1/jobs", params={k: str(v) for k, v in query.items()})
        return [job["jobId"] for job in answer.json()["data"]]

    assert await listed() == ids
    assert await listed(orderBy="createdAt|DESC") == ids[::-1]
    assert await listed(connectionId=two["connectionId"]) == [ids[1]]
    assert await listed(status="cancelled", limit=2) == ids[:2]
    assert await listed(status="succeeded") == []
    assert await listed(workspaceIds=NOBODY) == []
    assert await listed(createdAtStart="2100-01-01T00:00:00Z") == []
    assert await listed(jobType="reset") == []


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process whose clock is fourteen hours ahead of UTC."""
    monkeypatch.setenv("TZ", "XXX-14")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


async def test_an_instant_without_an_offset_is_in_utc_wherever_the_server_is(
    client: httpx.AsyncClient, far_east: None
) -> None:
    await start_job(client, (await make_connection(client))["connectionId"])
    hour = timedelta(hours=1)
    before, after = (f"{datetime.now(UTC) + by:%Y-%m-%dT%H:%M:%S}" for by in (-hour, hour))

    for name in ("created", "updated"):
        until = await client.get("/v1/jobs", params={f"{name}AtEnd": after})
        too_early = await client.get("/v1/jobs", params={f"{name}AtEnd": before})
        since = await client.get("/v1/jobs", params={f"{name}AtStart": before})
        too_late = await client.get("/v1/jobs", params={f"{name}AtStart": after})

        answers = (until, since, too_early, too_late)
        assert [len(answer.json()["data"]) for answer in answers] == [1, 1, 0, 0]


@pytest.mark.parametrize("separated", [False, True], ids=["repeated", "by commas"])
async def test_each_workspace_that_a_query_names_counts(
    client: httpx.AsyncClient, separated: bool
) -> None:
    job = (await start_job(client, (await make_connection(client))["connectionId"])).json()
    wanted = [WORKSPACE, NOBODY]

    query = {"workspaceIds": ",".join(wanted) if separated else wanted}
    found = (await client.get("/v1/jobs", params=query)).json()["data"]

    assert [each["jobId"] for each in found] == [job["jobId"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"), ("limit", "101"), ("limit", "many"), ("offset", "-1"), ("status", "dancing"),
        ("connectionId", "1"), ("createdAtStart", "soon"), ("orderBy", "name"), ("allTypes", "perhaps"),
        ("createdAtEnd", "9999-12-31T23:59:59-05:00"), ("updatedAtStart", "0001-01-01T00:00:00+01:00"),
    ],
)  # fmt: skip
async def test_a_query_that_is_wrong_says_where(
    client: httpx.AsyncClient, name: str, value: str
) -> None:
    answer = await client.get("/v1/jobs", params={name: value})

    assert answer.status_code == 422
    assert {each["pointer"].split("/")[1] for each in answer.json()["errors"]} == {name}


async def test_the_last_page_has_no_next(client: httpx.AsyncClient) -> None:
    for name in ("one", "two", "three"):
        await start_job(client, (await make_connection(client, name))["connectionId"])

    first = (await client.get("/v1/jobs", params={"limit": 2})).json()
    second = (await client.get(first["next"])).json()

    assert (first["previous"], second["next"]) == ("", "")
    assert "limit=2" in first["next"]
    assert "offset=2" in first["next"]
    assert len(first["data"] + second["data"]) == 3


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"connectionId": NOBODY, "jobType": "sync"}, 404),
        ({"connectionId": "not-a-uuid", "jobType": "sync"}, 422),
        ({"connectionId": NOBODY, "jobType": "dance"}, 422),
        ({"connectionId": NOBODY}, 422),
        ([], 422),
    ],
)
async def test_a_wish_that_is_wrong_is_a_problem(
    client: httpx.AsyncClient, wanted: object, status: int
) -> None:
    answer = await client.post("/v1/jobs", json=wanted)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance"} <= answer.json().keys()


@pytest.mark.parametrize("job_type", ["refresh", "clear", "reset"])
async def test_what_a_job_would_take_away_is_said_before_it_is_started(
    client: httpx.AsyncClient, job_type: str
) -> None:
    connection = await make_connection(client)
    stream = connection["configurations"]["streams"][0]["name"]
    wanted = {
        "connectionId": connection["connectionId"],
        "jobType": job_type,
        "atlas": {"streams": [{"name": stream}], "removeHistory": True},
    }

    preview = await client.post("/v1/jobs/preview", json=wanted)
    started = await client.post("/v1/jobs", json=wanted)

    assert preview.status_code == started.status_code == 200
    assert [each["name"] for each in preview.json()["streams"]] == [stream]
    assert preview.json()["streams"][0]["chartRows"] == 0
    assert started.json()["jobType"] == job_type


@pytest.mark.parametrize("job_type", ["sync", "rebuild"])
async def test_what_takes_nothing_away_has_no_preview(
    client: httpx.AsyncClient, job_type: str
) -> None:
    connection = await make_connection(client)

    answer = await client.post(
        "/v1/jobs/preview",
        json={"connectionId": connection["connectionId"], "jobType": job_type},
    )

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "atlas",
    [{"removeHistory": True}, {"streams": [{"name": "nowhere"}]}, {"fate": 1}, {"streams": [{}]}],
)
async def test_what_a_sync_cannot_be_told_is_refused(
    client: httpx.AsyncClient, atlas: dict[str, object]
) -> None:
    connection = await make_connection(client)
    wanted = {"connectionId": connection["connectionId"], "jobType": "sync", "atlas": atlas}

    for path in ("/v1/jobs", "/v1/jobs/preview"):
        answer = await client.post(path, json=wanted)
        assert answer.status_code == 422


@pytest.mark.parametrize(
    ("job_id", "status"), [("1", 404), ("-1", 422), ("x", 422), (str(2**63), 422)]
)
async def test_a_job_that_is_not_there_is_a_problem(
    client: httpx.AsyncClient, job_id: str, status: int
) -> None:
    assert (await client.get(f"/v1/jobs/{job_id}")).status_code == status


async def test_a_job_is_documented_as_postgresql_shows_it(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    connection = await make_connection(client)
    job_id = (await start_job(client, connection["connectionId"])).json()["jobId"]
    waiting = (await client.get(f"/v1/jobs/{job_id}")).json()
    await scheduler.run(JobId(job_id))

    ended = (await client.get(f"/v1/jobs/{job_id}")).json()
    (listed,) = (await client.get("/v1/jobs")).json()["data"]

    assert listed == ended
    for shown in (waiting, ended):
        documented = JobView.model_validate(shown).model_dump(mode="json", by_alias=True)
        assert documented == shown
