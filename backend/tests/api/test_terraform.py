"""What Terraform's provider holds Airbyte's API to: what is written is read again, to the byte."""

import json
from typing import Any

import httpx
import pytest

from tests.api.making import DESTINATION, NOBODY, WORKSPACE, make_connection, make_source

Json = dict[str, Any]  # as a client has it

USERS: Json = {
    "name": "users",
    "syncMode": "incremental_deduped_history",
    "cursorField": ["updated_at"],
    "primaryKey": [["id"]],
    "selectedFields": [{"fieldPath": [name]} for name in ("name", "updated_at", "id", "email")],
    "mappers": [
        {"type": "hashing", "mapperConfiguration": {"targetField": "email", "method": "SHA-256", "fieldNameSuffix": "_hashed"}},
        {"type": "row-filtering", "mapperConfiguration": {"conditions": {"type": "EQUAL", "fieldName": "id", "comparisonValue": "1"}}},
    ],
    "includeFiles": True,
}  # fmt: skip


async def written(client: httpx.AsyncClient, method: str, path: str, body: Json | None) -> Json:
    """The answer to a write, which the thing itself answers with as well."""
    answer = await client.request(method, path, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    found: Json = answer.json()
    (name,) = [each for each in found if path.split("/")[2].removesuffix("s") + "Id" == each]
    collection = "/".join(path.split("/")[:3])
    read = await client.get(f"{collection}/{found[name]}")
    assert json.dumps(read.json()) == json.dumps(found)
    return found


async def gone(client: httpx.AsyncClient, path: str) -> None:
    deleted = await client.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    for method in ("GET", "DELETE"):
        answer = await client.request(method, path)
        assert (answer.status_code, answer.json()["title"]) == (404, "resource-not-found")


async def test_a_workspace_goes_through_its_life(client: httpx.AsyncClient) -> None:
    sent = {"name": "north", "notifications": {"failure": {"email": {"enabled": True}}}}

    made = await written(client, "POST", "/v1/workspaces", sent)
    path = f"/v1/workspaces/{made['workspaceId']}"
    changed = await written(client, "PATCH", path, {"name": "south", "dataResidency": "eu"})
    body = {"name": "s", "workspaceId": made["workspaceId"], "configuration": {"sourceType": "faker"}}  # fmt: skip
    source = (await client.post("/v1/sources", json=body)).json()
    refused = await client.delete(path)
    await gone(client, f"/v1/sources/{source['sourceId']}")
    await gone(client, path)

    assert (made["dataResidency"], made["notifications"]) == ("auto", sent["notifications"])
    assert changed == made | {"name": "south", "dataResidency": "eu"}
    assert (refused.status_code, refused.json()["title"]) == (409, "state-conflict")
    assert "1 sources" in refused.json()["detail"]
    listed = (await client.get("/v1/workspaces")).json()["data"]
    assert [each["workspaceId"] for each in listed] == [WORKSPACE]
    assert (await client.post("/v1/sources", json=body)).status_code == 404
    assert (await client.delete(f"/v1/workspaces/{WORKSPACE}")).status_code == 409


async def test_a_source_goes_through_its_life_and_keeps_the_secrets_that_are_not_shown(
    client: httpx.AsyncClient,
) -> None:
    allocation = {"default": {"cpu_limit": "1"}}
    sent: Json = {
        "name": "people",
        "workspaceId": WORKSPACE,
        "definitionId": "dfd88b22-b603-4c3d-aad7-3701784586b1",
        "configuration": {"sourceType": "faker", "count": 5, "account": {"api_key": "first", "user": "u"}},
        "resourceAllocation": allocation,
    }  # fmt: skip

    made = await written(client, "POST", "/v1/sources", sent)
    path = f"/v1/sources/{made['sourceId']}"
    patched = await written(
        client, "PATCH", path, {"configuration": {"account": {"user": "other"}}}
    )
    put = await written(client, "PUT", path, {"name": "again", "configuration": patched["configuration"]})  # fmt: skip

    hidden = "**********"
    assert made["configuration"] == {**sent["configuration"], "account": {"api_key": hidden, "user": "u"}}  # fmt: skip
    assert (made["sourceType"], made["resourceAllocation"]) == ("faker", allocation)
    assert patched["configuration"]["account"] == {"api_key": hidden, "user": "other"}
    assert put == patched | {"name": "again"}
    for body, status in (
        ({"configuration": {"sourceType": "hardcoded-records"}}, 422),
        ({"workspaceId": NOBODY}, 422),
        ({"secretId": "s"}, 422),
    ):
        assert (await client.patch(path, json=body)).status_code == status
    app = client._transport.app  # type: ignore[attr-defined]  # the one that the fixture opened
    async with app.state.database.connection() as session:
        kept = await session.fetchval("SELECT configuration #>> '{account,api_key}' FROM pipeline.sources")  # fmt: skip
    assert "$secret" in kept
    assert "first" not in kept
    await gone(client, path)
    assert (await client.get("/v1/sources")).json()["data"] == []
    (deleted,) = (await client.get("/v1/sources?includeDeleted=true")).json()["data"]
    assert deleted["configuration"] == {"sourceType": "faker"}


async def test_a_definition_alone_names_a_connector_and_not_another_one(
    client: httpx.AsyncClient,
) -> None:
    path = f"/v1/workspaces/{WORKSPACE}/definitions/sources"
    pages = [(await client.get(path, params={"limit": 100, "offset": at})).json() for at in range(0, 600, 100)]  # fmt: skip
    listed = [each for page in pages for each in page["data"]]
    assert len(listed) == 530
    (faker,) = [each for each in listed if each["name"] == "faker"]
    body: Json = {"name": "x", "workspaceId": WORKSPACE, "configuration": {}}

    by_id = await client.post("/v1/sources", json={**body, "definitionId": faker["id"]})
    other = {"configuration": {"sourceType": "hardcoded-records"}, "definitionId": faker["id"]}
    both = await client.post("/v1/sources", json={**body, **other})
    unknown = await client.post("/v1/sources", json={**body, "definitionId": NOBODY})
    one = await client.get(f"/v1/workspaces/{WORKSPACE}/definitions/sources/{faker['id']}")

    assert by_id.json()["sourceType"] == "faker"
    assert (both.status_code, unknown.status_code) == (422, 404)
    assert one.json() == faker


async def test_a_destination_is_another_name_for_this_database_or_none(
    client: httpx.AsyncClient,
) -> None:
    own = (await client.get(f"/v1/destinations/{DESTINATION}")).json()
    configuration = {**own["configuration"], "schema": "public", "password": "given"}
    sent = {"name": "warehouse", "workspaceId": WORKSPACE, "configuration": configuration}

    made = await written(client, "POST", "/v1/destinations", sent)
    path = f"/v1/destinations/{made['destinationId']}"
    patched = await written(client, "PATCH", path, {"configuration": {"schema": "chart"}})
    put = await written(client, "PUT", path, {"name": "again", "configuration": own["configuration"]})  # fmt: skip

    assert made["configuration"] == {**configuration, "password": "**********"}
    assert made["atlas"] == {"notCarriedOut": ["configuration.schema"]}
    assert "atlas" not in patched
    assert (put["name"], put["configuration"]) == ("again", own["configuration"])
    for wrong in ({"host": "db.example.org"}, {"database": "other"}, {"destinationType": "bigquery"}):  # fmt: skip
        body = {**sent, "configuration": {**configuration, **wrong}}
        refused = await client.post("/v1/destinations", json=body)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/destination-not-atlas")  # fmt: skip
        assert "given" not in refused.text
    used = await make_connection(client, destinationId=made["destinationId"])
    assert (await client.delete(path)).status_code == 409
    assert (await client.delete(f"/v1/destinations/{DESTINATION}")).status_code == 409
    await client.delete(f"/v1/connections/{used['connectionId']}")
    await gone(client, path)


async def test_a_connection_is_read_as_it_was_written_and_says_what_atlas_does_not_do_of_it(
    client: httpx.AsyncClient,
) -> None:
    source = await make_source(client)
    tag = (await client.post("/v1/tags", json={"name": "gold", "color": "FFD700", "workspaceId": WORKSPACE})).json()  # fmt: skip
    sent: Json = {
        "name": "daily",
        "sourceId": source["sourceId"],
        "destinationId": DESTINATION,
        "configurations": {"streams": [USERS, {"name": "products", "syncMode": "full_refresh_append"}]},
        "schedule": {"scheduleType": "cron", "cronExpression": "0 0 6 * * ? Europe/Berlin"},
        "namespaceDefinition": "custom_format",
        "namespaceFormat": "${SOURCE_NAMESPACE}",
        "prefix": "crm_",
        "dataResidency": "eu",
        "nonBreakingSchemaUpdatesBehavior": "propagate_columns",
        "status": "inactive",
        "tags": [tag],
    }  # fmt: skip

    made = await written(client, "POST", "/v1/connections", sent)
    path = f"/v1/connections/{made['connectionId']}"
    unchanged = await written(client, "PATCH", path, {k: sent[k] for k in sent if k not in ("sourceId", "destinationId")})  # fmt: skip
    fewer: Json = {"configurations": {"streams": [{**USERS, "mappers": []}]}, "prefix": "erp_", "tags": [], "status": "active"}  # fmt: skip
    changed = await written(client, "PATCH", path, fewer)

    for name in sent.keys() - {"configurations", "schedule"}:
        assert made[name] == sent[name], name
    assert made["schedule"]["cronExpression"] == sent["schedule"]["cronExpression"]
    users, products = made["configurations"]["streams"]
    assert {name: users[name] for name in USERS} == USERS
    assert products.keys() == {"name", "syncMode", "atlas"}
    assert products["atlas"]["primaryKey"] == [["id"]]
    assert made["atlas"]["notCarriedOut"] == [
        "/namespaceDefinition", "/namespaceFormat", "/dataResidency",
        "/configurations/streams/0/includeFiles", "/configurations/streams/0/mappers/1",
    ]  # fmt: skip
    assert unchanged == made
    assert [each["name"] for each in changed["configurations"]["streams"]] == ["users"]
    assert (changed["prefix"], changed["tags"], changed["status"]) == ("erp_", [], "active")
    assert "/prefix" in changed["atlas"]["notCarriedOut"]
    assert (await client.get("/v1/connections", params={"tagIds": tag["tagId"]})).json()["data"] == []  # fmt: skip
    await gone(client, path)


@pytest.mark.parametrize(
    ("members", "status", "what"),
    [
        ({"configurations": {"streams": [{"name": "users", "syncMode": "incremental_update"}]}}, 422, "incremental_deduped_history"),
        ({"configurations": {"streams": [{"name": "users", "syncMode": "full_refresh_soft_delete"}]}}, 422, "layers"),
        ({"tags": [{"tagId": NOBODY}]}, 404, "tag"),
        ({"namespaceDefinition": "elsewhere"}, 422, "namespaceDefinition"),
        ({"schedule": {"scheduleType": "cron", "cronExpression": "at noon"}}, 400, "error:cron-validation/invalid-expression"),
        ({"schedule": {"scheduleType": "cron", "cronExpression": "0 0 6 * * ? Mars/Base"}}, 400, "error:cron-validation/invalid-timezone"),
    ],
    ids=str,
)  # fmt: skip
async def test_a_connection_that_cannot_be_says_why_and_is_not_there(
    client: httpx.AsyncClient, members: Json, status: int, what: str
) -> None:
    source = await make_source(client)
    body = {"sourceId": source["sourceId"], "destinationId": DESTINATION, **members}

    refused = await client.post("/v1/connections", json=body)

    assert refused.status_code == status, refused.text
    assert what in refused.text
    assert (await client.get("/v1/connections")).json()["data"] == []


async def test_a_tag_goes_through_its_life(client: httpx.AsyncClient) -> None:
    sent = {"name": "silver", "color": "C0C0C0", "workspaceId": WORKSPACE}

    made = await written(client, "POST", "/v1/tags", sent)
    path = f"/v1/tags/{made['tagId']}"
    changed = await written(client, "PATCH", path, {"name": "gold", "color": "FFD700"})
    again = await client.post("/v1/tags", json={**sent, "name": "gold"})
    connection = await make_connection(client, tags=[changed])
    found = await client.get("/v1/connections", params={"tagIds": f"{NOBODY},{made['tagId']}"})

    assert made == {"tagId": made["tagId"], **sent}
    assert (await client.get("/v1/tags", params={"workspaceIds": WORKSPACE})).json() == {"data": [changed]}  # fmt: skip
    assert (again.status_code, again.json()["type"]) == (409, "/problems/tag-is-there")
    assert [each["connectionId"] for each in found.json()["data"]] == [connection["connectionId"]]
    assert found.json()["data"][0]["tags"] == [changed]
    await gone(client, path)
    assert (await client.get(f"/v1/connections/{connection['connectionId']}")).json()["tags"] == []
