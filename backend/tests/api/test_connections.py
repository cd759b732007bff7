"""Sources, destinations and connections as Airbyte's clients see them."""

import httpx
import pytest

from tests.api.making import DESTINATION, NOBODY, WORKSPACE, make_connection, make_source


async def test_a_source_is_shown_with_its_type_inside_its_configuration(
    client: httpx.AsyncClient,
) -> None:
    made = await make_source(client)

    assert made["sourceType"] == made["configuration"]["sourceType"] == "faker"
    assert made["configuration"]["count"] == 10
    assert made["definitionId"] == "dfd88b22-b603-4c3d-aad7-3701784586b1"
    assert isinstance(made["createdAt"], int)
    assert (await client.get(f"/v1/sources/{made['sourceId']}")).json() == made
    assert (await client.get("/v1/sources")).json()["data"] == [made]


async def test_atlas_shows_as_a_postgres_destination(client: httpx.AsyncClient) -> None:
    (destination,) = (await client.get("/v1/destinations")).json()["data"]

    configuration = destination["configuration"]
    assert destination["destinationId"] == DESTINATION
    assert destination["destinationType"] == configuration["destinationType"] == "postgres"
    assert {"host", "port", "database", "schema", "username"} <= configuration.keys()
    assert "password" not in configuration
    assert (await client.get(f"/v1/destinations/{DESTINATION}")).json() == destination


async def test_a_connection_without_streams_takes_all_by_their_own_defaults(
    client: httpx.AsyncClient,
) -> None:
    made = await make_connection(client)

    streams = made["configurations"]["streams"]
    assert {stream["name"] for stream in streams} == {"users", "products", "purchases"}
    assert {stream["syncMode"] for stream in streams} == {"incremental_deduped_history"}
    assert made["schedule"] == {"scheduleType": "manual"}
    assert (made["status"], made["tags"]) == ("active", [])
    assert (await client.get(f"/v1/connections/{made['connectionId']}")).json() == made
    assert (await client.get("/v1/connections")).json()["data"] == [made]


async def test_a_connection_takes_the_named_streams_in_the_named_modes(
    client: httpx.AsyncClient,
) -> None:
    wanted = [
        {"name": "users", "syncMode": "full_refresh_overwrite"},
        {"name": "purchases", "syncMode": "incremental_append"},
    ]

    made = await make_connection(client, configurations={"streams": wanted})

    streams = made["configurations"]["streams"]
    assert [(s["name"], s["syncMode"]) for s in streams] == [
        ("users", "full_refresh_overwrite"),
        ("purchases", "incremental_append"),
    ]


async def test_a_stream_is_flattened_where_that_is_wished(client: httpx.AsyncClient) -> None:
    wanted = [{"name": "users", "atlas": {"nested": "flatten"}}, {"name": "purchases"}]

    made = await make_connection(client, configurations={"streams": wanted})

    streams = made["configurations"]["streams"]
    assert [stream["atlas"]["nested"] for stream in streams] == ["flatten", "json"]
    assert (await client.get(f"/v1/connections/{made['connectionId']}")).json() == made
    columns = await client.get(f"/v1/connections/{made['connectionId']}/columns?stream=users")
    inner = [column for column in columns.json()["data"] if column["inner"]]
    (one,) = [column for column in inner if column["column"] == "address__city"]
    assert (one["field"], one["inner"], one["type"]) == ("address", ["city"], "text")


async def test_a_stream_has_child_tables_where_that_is_wished(client: httpx.AsyncClient) -> None:
    wanted = [{"name": "products", "atlas": {"nested": "child_tables"}}]

    made = await make_connection(client, configurations={"streams": wanted})

    (stream,) = made["configurations"]["streams"]
    assert stream["atlas"] == {"nested": "child_tables", "checkCols": []}


@pytest.mark.parametrize(
    ("members", "status", "slug"),
    [
        ({"sourceId": NOBODY}, 404, "source-not-found"),
        ({"destinationId": NOBODY}, 404, "destination-not-found"),
        ({"configurations": {"streams": [{"name": "nothing"}]}}, 422, "stream-not-in-catalog"),
        ({"configurations": {"streams": [{"name": "users", "syncMode": "by_pigeon"}]}}, 422, None),
        (
            {"configurations": {"streams": [{"name": "users", "atlas": {"nested": "deep"}}]}},
            422,
            None,
        ),
        ({"configurations": {"streams": [{"name": "users", "atlas": {"flat": True}}]}}, 422, None),
    ],
)
async def test_a_connection_that_cannot_be_is_a_problem(
    client: httpx.AsyncClient, members: dict[str, object], status: int, slug: str | None
) -> None:
    source = await make_source(client)
    wanted = {"sourceId": source["sourceId"], "destinationId": DESTINATION, **members}

    answer = await client.post("/v1/connections", json=wanted)

    assert answer.status_code == status
    if slug:
        assert answer.json()["type"] == f"/problems/{slug}"
    assert (await client.get("/v1/connections")).json()["data"] == []


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"name": "x", "workspaceId": WORKSPACE, "configuration": {}}, 422),
        ({"name": " ", "workspaceId": WORKSPACE, "configuration": {"sourceType": "faker"}}, 422),
        ({"name": "x", "workspaceId": NOBODY, "configuration": {"sourceType": "faker"}}, 404),
        ({"name": "x", "workspaceId": WORKSPACE, "configuration": {"sourceType": "x; rm"}}, 404),
    ],
)
async def test_a_source_that_cannot_be_is_a_problem(
    client: httpx.AsyncClient, wanted: dict[str, object], status: int
) -> None:
    assert (await client.post("/v1/sources", json=wanted)).status_code == status
