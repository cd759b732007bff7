"""What holds for sources, destinations and connections alike, and the secrets that are not shown."""

import pytest

from app.sync.scheduler import SyncScheduler
from tests.api.client import Client
from tests.api.making import DESTINATION, NOBODY, WORKSPACE

SECRET = "hunter2-hunter2"


async def test_secrets_of_a_source_are_stored_and_never_shown(
    api: Client, scheduler: SyncScheduler
) -> None:
    made = await api.source(
        password=SECRET,
        credentials={"client_id": SECRET, "auth_type": "Client", "scopes": [SECRET]},
        database_url=f"postgresql://me:{SECRET}@host/db",
        accounts=[{"name": "a", "api_key": SECRET}],
        primary_key="id",
    )
    listed = await api.http.get("/v1/sources")

    shown = made["configuration"]
    assert SECRET not in str(made)
    assert SECRET not in listed.text
    assert shown["password"] == shown["accounts"][0]["api_key"] == "**********"
    assert shown["database_url"] == "**********"
    assert (shown["primary_key"], shown["accounts"][0]["name"]) == ("id", "a")
    async with scheduler.database.connection() as session:
        kept = await session.fetchval("SELECT configuration::text FROM pipeline.sources")
    assert (kept.count(SECRET), kept.count("$secret")) == (0, 6)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"configuration": {"sourceType": "no-such-thing"}}, 404),
        ({"configuration": {"sourceType": "../etc"}}, 404),
        ({"configuration": {"sourceType": 7}}, 422),
        ({"configuration": {}}, 422),
        ({"configuration": "none"}, 422),
        ({"name": "  "}, 422),
        ({"name": None}, 422),
        ({"workspaceId": NOBODY}, 404),
        ({"workspaceId": "home"}, 422),
    ],
    ids=str,
)
async def test_a_source_that_cannot_be_is_a_problem(
    api: Client, changes: dict[str, object], status: int
) -> None:
    body = {"name": "people", "workspaceId": WORKSPACE, "configuration": {"sourceType": "faker"}}

    await api.problem("POST", "/sources", status, {**body, **changes})

    assert (await api.get("/sources"))["data"] == []


@pytest.mark.parametrize(
    ("changes", "status", "slug"),
    [
        ({"sourceId": NOBODY}, 404, "source-not-found"),
        ({"destinationId": NOBODY}, 404, "destination-not-found"),
        ({"configurations": {"streams": [{"name": "ghosts"}]}}, 422, "stream-not-in-catalog"),
        ({"configurations": {"streams": [{"name": "users", "syncMode": "by hand"}]}}, 422, None),
        ({"configurations": {"streams": [{}]}}, 422, None),
        ({"sourceId": "seven"}, 422, None),
    ],
    ids=str,
)
async def test_a_connection_that_cannot_be_is_a_problem(
    api: Client, changes: dict[str, object], status: int, slug: str | None
) -> None:
    source = await api.source()
    body = {"sourceId": source["sourceId"], "destinationId": DESTINATION, **changes}

    found = await api.problem("POST", "/connections", status, body)

    assert slug is None or found["type"] == f"/problems/{slug}"
    assert (await api.get("/connections"))["data"] == []


@pytest.mark.parametrize("kind", ["sources", "destinations", "connections"])
async def test_what_is_not_there_is_not_found_and_what_is_no_id_is_a_problem(
    api: Client, kind: str
) -> None:
    found = await api.problem("GET", f"/{kind}/{NOBODY}", 404)
    await api.problem("GET", f"/{kind}/seven", 422)
    await api.problem("GET", f"/{kind}", 422, query={"workspaceIds": "seven"})
    await api.problem("POST", f"/{kind}/{NOBODY}", 405)

    assert found["title"] == "resource-not-found"


async def test_the_same_stream_twice_in_a_connection_is_a_problem(api: Client) -> None:
    source = await api.source()
    twice = {"streams": [{"name": "users"}, {"name": "users"}]}
    body = {"sourceId": source["sourceId"], "destinationId": DESTINATION, "configurations": twice}

    found = await api.problem("POST", "/connections", 422, body)

    assert "users" in found["detail"]


@pytest.mark.parametrize("kind", ["sources", "connections"])
async def test_lists_have_pages(api: Client, kind: str) -> None:
    for number in range(3):
        await api.connection({"name": "products"}, name=f"number {number}")

    first = await api.get(f"/{kind}", limit=2)
    last = (await api.http.get(first["next"])).json()

    assert [len(first["data"]), len(last["data"])] == [2, 1]
    assert (first["previous"], last["next"]) == ("", "")
    assert last["previous"].endswith("limit=2&offset=0")
