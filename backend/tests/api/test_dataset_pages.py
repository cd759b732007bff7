"""/v1/datasets/{connectionId}/{stream}: the page of a dataset, its labels, and some of its rows."""

import json
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.access import applications
from app.core.access import Role
from app.core.ids import JobId, WorkspaceId
from app.database.pool import Database
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client, Object
from tests.api.making import NOBODY, WORKSPACE

USERS = {"name": "users", "syncMode": "incremental_deduped_history"}


async def synced(api: Client, scheduler: SyncScheduler) -> Object:
    connection = await api.connection(USERS, {"name": "products"})
    job = await api.job(connection)
    await scheduler.run(JobId(job["jobId"]))
    return connection


@pytest.fixture
async def viewer(app: FastAPI) -> AsyncIterator[Client]:
    """An application that may look, in the home workspace."""
    async with app.state.database.transaction() as session:
        made, secret = await applications.create(
            session, "looks", {WorkspaceId(UUID(WORKSPACE)): Role.VIEWER}
        )
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://atlas",
        auth=(made.client_id, secret),
    ) as client:
        yield Client(http=client)


async def test_a_datasets_page_has_all_that_is_known_of_it(
    api: Client, scheduler: SyncScheduler
) -> None:
    connection = await synced(api, scheduler)
    path = f"/datasets/{connection['connectionId']}/users"
    fresh = await api.get(path)
    await api.get(f"{path}/profile")

    found = await api.get(path)

    assert (found["stream"], found["table"], found["syncMode"]) == ("users", "people_users", "incremental_deduped_history")  # fmt: skip
    assert "profiledAt" not in fresh
    assert (found["lastJob"]["status"], found["lastJob"]["mode"]) == ("succeeded", "mock")
    layers = {layer["layer"]: layer for layer in found["layers"]}
    assert layers.keys() == {"explore", "chart", "navigate"}
    assert (layers["explore"]["rows"], layers["chart"]["rows"], layers["navigate"]["rows"]) == (40, 40, 0)  # fmt: skip
    columns = {column["name"]: column for column in found["columns"]}
    assert (columns["id"]["isKey"], columns["id"]["max"]) == (True, "40")
    email = columns["email"]
    assert (email["decision"]["isMasked"], email["decision"]["entity"]) == (True, "EMAIL_ADDRESS")
    assert "max" not in email
    assert email["distinct"] == 40
    assert found["labels"] == {"tags": [], "owners": []}
    for link in (
        "profile",
        "sample",
        "columns",
        "personalData",
        "quality",
        "lineage",
        "quarantine",
    ):
        answer = await api.http.get(found["links"][link])
        assert answer.status_code == 200, link


async def test_labels_are_kept_and_found_by(api: Client, scheduler: SyncScheduler) -> None:
    connection = await synced(api, scheduler)
    await api.connection(USERS, name="never synced")
    path = f"/datasets/{connection['connectionId']}/users"

    said = await api.patch(path, {"description": "Who bought. ", "tags": ["crm", "crm"], "owners": ["sales"]})  # fmt: skip
    kept = await api.patch(path, {"tags": ["crm", "core"]})
    by = {
        "tag": await api.get("/datasets", tag="core"),
        "owner": await api.get("/datasets", owner="sales"),
        "q": await api.get("/datasets", q="BOUGHT"),
    }
    charted = await api.get("/datasets", layer="chart")
    of_one = await api.get("/datasets", connectionId=connection["connectionId"], q="prod")
    nothing = await api.get("/datasets", tag="%")
    strange = await api.problem("PATCH", path, 422, {"tag": "x"})
    nobody = await api.problem("PATCH", f"/datasets/{NOBODY}/users", 404, {"tags": []})

    assert (said["description"], said["tags"], said["changedBy"]) == ("Who bought.", ["crm"], "machine")  # fmt: skip
    assert (kept["description"], kept["tags"], kept["owners"]) == ("Who bought.", ["crm", "core"], ["sales"])  # fmt: skip
    for found in by.values():
        (line,) = found["data"]
        assert (line["stream"], line["tags"]) == ("users", ["crm", "core"])
    assert {line["connection"] for line in charted["data"]} == {"daily"}
    assert charted["data"][0]["layers"] == ["explore", "chart", "navigate"]
    assert [line["stream"] for line in of_one["data"]] == ["products"]
    assert nothing["data"] == []
    assert strange["type"] == "/problems/unprocessable-entity"
    assert nobody["type"] == "/problems/connection-not-found"


async def test_raw_records_are_an_admins_and_each_look_is_noted(
    api: Client, viewer: Client, scheduler: SyncScheduler, database: Database
) -> None:
    connection = await synced(api, scheduler)
    path = f"/datasets/{connection['connectionId']}/users"

    chart = await viewer.get(f"{path}/sample", limit=5)
    current = await viewer.get(f"{path}/sample", layer="navigate", limit=5)
    refused = await viewer.problem("GET", f"{path}/sample", 403, query={"layer": "explore"})
    key = {"key": {"id": 1}, "withSource": True}
    no_source = await viewer.problem("POST", f"{path}/passport", 403, key)
    async with database.connection() as session:
        before = await session.fetchval("SELECT count(*) FROM audit.entries WHERE facts ->> 'looked' = 'true'")  # fmt: skip
    raw = await api.get(f"{path}/sample", layer="explore", limit=3)
    await api.post(f"{path}/passport", key)
    async with database.connection() as session:
        noted = await session.fetch(
            "SELECT actor_name, subject, facts::text AS facts, workspace_id::text FROM audit.entries "
            "WHERE facts ->> 'looked' = 'true' ORDER BY entry_id"
        )

    assert len(chart["rows"]) == len(current["rows"]) == 5
    assert all(row["email"].startswith("email_address_") for row in chart["rows"] + current["rows"])
    assert {refused["title"], no_source["title"]} == {"forbidden"}
    assert before == 0
    assert [record["seq"] for record in raw["records"]] == [0, 1, 2]
    assert all("@" in json.loads(record["text"])["email"] for record in raw["records"])
    assert [row["actor_name"] for row in noted] == ["machine", "machine"]
    assert json.loads(noted[0]["facts"])["records"] == 3
    assert {row["workspace_id"] for row in noted} == {WORKSPACE}
    assert not any("@" in row["facts"] for row in noted)


async def test_a_row_of_chart_says_what_joins_it_to_the_other_layers(
    api: Client, viewer: Client, scheduler: SyncScheduler, database: Database
) -> None:
    connection = await synced(api, scheduler)
    path = f"/datasets/{connection['connectionId']}/users"

    chart = await viewer.get(f"{path}/sample", limit=3)
    place = chart["places"][2]
    where = {"batchId": place["batchId"], "seq": place["seq"]}
    raw = await api.get(f"{path}/sample", layer="explore", **where)
    gone = await api.get(f"{path}/sample", layer="explore", batchId=999_999, seq=0)
    refused = await viewer.problem(
        "GET", f"{path}/sample", 403, query={"layer": "explore", **where}
    )
    half = await api.problem("GET", f"{path}/sample", 422, query={"layer": "explore", "seq": 1})
    elsewhere = await api.problem("GET", f"{path}/sample", 422, query=where)
    passport = await viewer.post(f"{path}/passport", {"keyHash": place["keyHash"]})
    async with database.connection() as session:
        noted = await session.fetch(
            "SELECT facts::text AS facts FROM audit.entries WHERE facts ->> 'looked' = 'true' ORDER BY entry_id"
        )

    assert len(chart["places"]) == len(chart["rows"]) == 3
    (record,) = raw["records"]
    assert json.loads(record["text"])["id"] == chart["rows"][2]["id"]
    assert (record["batchId"], record["seq"]) == (place["batchId"], place["seq"])
    assert gone["records"] == []
    assert passport["versions"][0]["values"]["id"] == chart["rows"][2]["id"]
    assert refused["title"] == "forbidden"
    assert {half["type"], elsewhere["type"]} == {"/problems/unprocessable-entity"}
    assert [json.loads(row["facts"]).get("seq") for row in noted] == [place["seq"], 0]


async def test_what_was_never_published_has_a_page_and_no_sample(api: Client) -> None:
    connection = await api.connection(USERS)
    path = f"/datasets/{connection['connectionId']}/users"

    page = await api.get(path)
    sample = await api.problem("GET", f"{path}/sample", 422)
    unknown = await api.problem("GET", f"/datasets/{connection['connectionId']}/nobody", 404)

    assert page["layers"] == []
    assert len(page["columns"]) == 17
    assert sample["type"] == "/problems/unprocessable-entity"
    assert unknown["type"] == "/problems/stream-not-found"
