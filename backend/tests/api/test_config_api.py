"""Airbyte's older API: jobs with attempts and logs, states, and failures in its own form."""

from typing import Any

import httpx
import pytest

from app.core.ids import JobId
from app.sync.scheduler import SyncScheduler
from tests.api.making import DESTINATION, NOBODY, make_connection, make_source
from tests.fixtures.owner import as_owner

Json = dict[str, Any]  # as a client has it
CONFIG = "/api/v1"
STREAMS = [{"name": "users", "syncMode": "incremental_deduped_history"}]


async def asked(client: httpx.AsyncClient, path: str, body: Json) -> Json:
    answer = await client.post(CONFIG + path, json=body)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def test_a_sync_is_followed_from_its_wish_to_its_attempts_and_log_lines(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    connection = await make_connection(client, configurations={"streams": STREAMS})
    wish = {"connectionId": connection["connectionId"]}

    begun = await asked(client, "/connections/sync/", wish)
    is_syncing = await asked(client, "/web_backend/connections/get", wish)
    await asked(client, "/jobs/get", {"id": begun["job"]["id"]})
    refused = await client.post(f"{CONFIG}/connections/sync", json=wish)
    await scheduler.run(JobId(begun["job"]["id"]))
    await client._transport.app.state.attempt_log.flush()  # type: ignore[attr-defined]  # the fixture's
    ended = await asked(client, "/jobs/get/", {"id": begun["job"]["id"]})
    listed = await asked(client, "/jobs/list", {"configTypes": ["sync"], "configId": wish["connectionId"], "pagination": {"pageSize": 1}})  # fmt: skip

    assert begun["job"] | {"updatedAt": 0} == {
        "id": begun["job"]["id"], "configType": "sync", "configId": wish["connectionId"],
        "createdAt": begun["job"]["createdAt"], "updatedAt": 0, "status": "pending",
    }  # fmt: skip
    assert begun["attempts"] == []
    assert is_syncing["isSyncing"] is True
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/json"
    assert "already running" in refused.json()["message"]
    assert f"job {begun['job']['id']}" in refused.json()["message"].lower()
    assert refused.json()["exceptionClassName"] == "SyncAlreadyRunning"
    assert ended["job"]["status"] == "succeeded"
    (tried,) = ended["attempts"]
    attempt = tried["attempt"]
    assert (attempt["id"], attempt["status"], attempt["recordsSynced"]) == (0, "succeeded", 10)
    assert attempt["totalStats"]["recordsCommitted"] == attempt["totalStats"]["recordsEmitted"] == 10  # fmt: skip
    assert attempt["totalStats"]["stateMessagesEmitted"] >= 1
    assert attempt["streamStats"][0]["streamName"] == "users"
    assert attempt["streamStats"][0]["stats"]["bytesCommitted"] == attempt["bytesSynced"] > 0
    assert tried["logType"] == "formatted"
    assert any("attempt_started" in line for line in tried["logs"]["logLines"])
    assert listed["totalJobCount"] == 1
    assert listed["jobs"][0]["job"] == ended["job"]
    assert listed["jobs"][0]["attempts"][0] == attempt


async def test_a_job_is_cancelled_once(client: httpx.AsyncClient) -> None:
    connection = await make_connection(client, configurations={"streams": STREAMS})
    begun = await asked(client, "/connections/sync", {"connectionId": connection["connectionId"]})

    cancelled = await asked(client, "/jobs/cancel", {"id": begun["job"]["id"]})
    again = await client.post(f"{CONFIG}/jobs/cancel", json={"id": begun["job"]["id"]})

    assert cancelled["job"]["status"] == "cancelled"
    assert (again.status_code, again.json()["exceptionClassName"]) == (409, "JobNotRunning")


async def test_a_state_is_read_and_written_and_no_version_of_it_is_lost(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    connection = await make_connection(client, configurations={"streams": STREAMS})
    wish: Json = {"connectionId": connection["connectionId"]}
    unset = await asked(client, "/state/get", wish)
    descriptor = {"name": "users"}

    def state(cursor: Json | None) -> Json:
        of_stream = {"streamDescriptor": descriptor} | ({"streamState": cursor} if cursor else {})
        return {**wish, "connectionState": {**wish, "stateType": "stream", "streamState": [of_stream]}}  # fmt: skip

    first = await asked(client, "/state/create_or_update_safe", state({"cursor": 1}))
    second = await asked(client, "/state/create_or_update_safe/", state({"cursor": 2}))
    begun = await asked(client, "/connections/sync", wish)
    locked = await client.post(f"{CONFIG}/state/create_or_update_safe", json=state({"cursor": 3}))
    await asked(client, "/jobs/cancel", {"id": begun["job"]["id"]})
    kept = await asked(client, "/state/get", wish)
    forgotten = await asked(client, "/state/create_or_update_safe", state(None))
    alone = {**wish, "connectionState": {**wish, "stateType": "global", "globalState": {"shared_state": {"lsn": 7}, "streamStates": [{"streamDescriptor": descriptor, "streamState": {"done": True}}]}}}  # fmt: skip
    together = await asked(client, "/state/create_or_update_safe", alone)
    none = await asked(client, "/state/create_or_update_safe", {**wish, "connectionState": {**wish, "stateType": "not_set"}})  # fmt: skip

    assert unset == forgotten == none == {"stateType": "not_set", **wish}
    assert first["streamState"] == [{"streamDescriptor": descriptor, "streamState": {"cursor": 1}}]
    assert second == kept
    assert kept["streamState"][0]["streamState"] == {"cursor": 2}
    assert (locked.status_code, locked.json()["exceptionClassName"]) == (423, "ConnectionLocked")
    assert together["globalState"] == alone["connectionState"]["globalState"]
    async with scheduler.database.connection() as session:
        assert await session.fetchval("SELECT count(*) FROM pipeline.connector_state") == 5


async def test_a_catalog_that_was_read_is_written_back_and_may_select_others(
    client: httpx.AsyncClient,
) -> None:
    modes = {"users": "full_refresh_overwrite_deduped", "products": "incremental_append"}
    streams = [{"name": name, "syncMode": mode} for name, mode in modes.items()]
    connection = await make_connection(client, configurations={"streams": streams})
    wish = {"connectionId": connection["connectionId"]}

    async def written(catalog: Json) -> dict[str, str]:
        update = {**wish, "syncCatalog": catalog, "skipReset": True}
        answer = await asked(client, "/web_backend/connections/update", update)
        shown = (await client.get(f"/v1/connections/{wish['connectionId']}")).json()
        found = {each["name"]: each["syncMode"] for each in shown["configurations"]["streams"]}
        assert [each["stream"]["name"] for each in answer["syncCatalog"]["streams"]] == [*found]
        return found

    read = (await asked(client, "/web_backend/connections/get", wish))["syncCatalog"]
    same = await written(read)
    users, products = read["streams"]
    users["config"]["selected"] = False
    products["config"] |= {"syncMode": "full_refresh", "destinationSyncMode": "overwrite", "cursorField": []}  # fmt: skip
    fewer = await written(read)

    assert same == modes
    assert fewer == {"products": "full_refresh_overwrite"}


@pytest.mark.parametrize(
    "change",
    [
        {"skipReset": False},
        {"name": "another"},
        {"syncCatalog": {"streams": []}},
        {"syncCatalog": {"streams": [{"stream": {"name": "users"}, "config": {"syncMode": "incremental", "destinationSyncMode": "overwrite"}}]}},
        {"syncCatalog": {"streams": [{"stream": {"name": "nobody"}, "config": {"syncMode": "full_refresh", "destinationSyncMode": "append"}}]}},
    ],
    ids=str,
)  # fmt: skip
async def test_a_catalog_that_cannot_be_read_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, change: Json
) -> None:
    connection = await make_connection(client, configurations={"streams": STREAMS})
    wish = {"connectionId": connection["connectionId"]}
    before = await asked(client, "/web_backend/connections/get", wish)
    update = {**wish, "syncCatalog": before["syncCatalog"], "skipReset": True, **change}

    answer = await client.post(f"{CONFIG}/web_backend/connections/update", json=update)

    assert answer.status_code == 422, answer.text
    assert await asked(client, "/web_backend/connections/get", wish) == before


async def test_the_ends_of_a_connection_are_checked_as_they_are_configured(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    source = (await make_source(client))["sourceId"]

    well = await asked(client, "/sources/check_connection", {"sourceId": source})
    async with scheduler.database.transaction() as session:
        await session.execute("""UPDATE pipeline.sources SET configuration = '{"count": -1}'""")
    ill = await asked(client, "/sources/check_connection/", {"sourceId": source})
    end = await asked(client, "/destinations/check_connection", {"destinationId": DESTINATION})

    assert well["status"] == end["status"] == "succeeded"
    assert ill == {"status": "failed", "message": "count must be a whole number, 0 or more."}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/connections/get", {"connectionId": NOBODY}, 404),
        ("/connections/sync", {"connectionId": NOBODY}, 404),
        ("/connections/get/", {"connectionId": "seven"}, 422),
        ("/jobs/get", {"id": 1}, 404),
        ("/jobs/get", {"id": 2**63}, 422),
        ("/jobs/get", {"id": None}, 422),
        ("/jobs/cancel/", {"id": 1}, 404),
        ("/state/get", {"connectionId": NOBODY}, 404),
        ("/state/create_or_update_safe", {"connectionId": NOBODY, "connectionState": {"connectionId": NOBODY, "stateType": "stream"}}, 404),
        ("/sources/check_connection", {"sourceId": NOBODY}, 404),
        ("/destinations/check_connection/", {"destinationId": NOBODY}, 404),
        ("/nothing/get", {}, 404),
    ],
    ids=str,
)  # fmt: skip
async def test_failures_have_the_older_form(
    client: httpx.AsyncClient, path: str, body: Json, status: int
) -> None:
    answer = await client.post(CONFIG + path, json=body)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert {"message", "exceptionClassName", "exceptionStack", "rootCauseExceptionStack"} <= answer.json().keys()  # fmt: skip


async def test_health_is_asked_of_the_database_by_whoever_it_is(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    well = await client.get(f"{CONFIG}/health", headers={"Authorization": ""})
    await as_owner(scheduler.database, "UPDATE pipeline.alembic_version SET version_num = '0000'")
    behind = await client.get(f"{CONFIG}/health/", headers={"Authorization": ""})

    assert well.json() == {"available": True}
    assert (behind.status_code, behind.json()["exceptionClassName"]) == (503, "SchemaBehind")


@pytest.mark.parametrize(
    "path",
    ["/sources/create", "/destinations/list/", "/connections/reset/stream", "/jobs/get_debug_info",
     "/workspaces/list", "/source_definitions/list_latest/", "/web_backend/connections/create"],
)  # fmt: skip
async def test_what_atlas_does_not_have_of_the_config_api_is_said_so(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.post(CONFIG + path, json={})

    assert answer.status_code == 501
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["exceptionClassName"] == "NotInAtlas"
    assert path.rstrip("/") in answer.json()["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", f"{CONFIG}/sources/creat"), ("POST", f"{CONFIG}/jobs/gett"), ("POST", f"{CONFIG}/connection/get"),
     ("GET", "/v1/sorces"), ("GET", "/v1/region"), ("GET", "/v1/datasetss")],
)  # fmt: skip
async def test_what_nobody_has_is_not_found(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    assert (await client.request(method, path, json={})).status_code == 404
