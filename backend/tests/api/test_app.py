"""What holds for the whole API: prefixes, health, the document, problems."""

import httpx
import pytest

from app.database.pool import open_database
from tests.api.making import NOBODY


@pytest.mark.parametrize("prefix", ["/v1", "/api/public/v1"])
@pytest.mark.parametrize("resource", ["jobs", "sources", "destinations", "connections"])
async def test_both_of_airbytes_prefixes_answer(
    client: httpx.AsyncClient, prefix: str, resource: str
) -> None:
    answer = await client.get(f"{prefix}/{resource}")

    assert answer.status_code == 200
    assert answer.json().keys() == {"previous", "next", "data"}


async def test_a_path_of_a_resource_that_takes_another_method_says_which(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.put("/v1/jobs/1")

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET"}


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1", "/v1/jobs/1/nothing", "/v2/jobs", "/api/v1/nothing"])  # fmt: skip
async def test_a_path_of_nothing_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_health_is_measured(client: httpx.AsyncClient) -> None:
    own, airbytes = await client.get("/health"), await client.get("/v1/health")

    assert (own.status_code, own.json()["database"]) == (200, "ok")
    assert own.json()["databaseMs"] > 0
    assert (airbytes.status_code, airbytes.text) == (200, "Successful operation")


async def test_health_says_when_the_schema_is_not_this_atlas(
    dsn: str, client: httpx.AsyncClient
) -> None:
    async with open_database(dsn, size=1) as owner, owner.connection() as session:
        await session.execute("UPDATE pipeline.alembic_version SET version_num = '0000'")

    answer = await client.get("/health")

    assert answer.status_code == 503
    assert answer.json()["status"] == "unhealthy"
    assert (await client.get("/v1/health")).status_code == 503


async def test_every_operation_has_a_name_and_says_how_it_fails(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    operations = [operation for path in document["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert document["openapi"].startswith("3.1")
    assert len(names) == len(set(names))
    assert all(operation["tags"] for operation in operations)
    by_name = {operation["operationId"]: operation for operation in operations}
    assert {"404", "409"} <= by_name["createJob"]["responses"].keys()


async def test_the_documentation_page_asks_nobody_else(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text

    assert "http://" not in page.replace("http://atlas", "")
    assert "https://" not in page
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"):
        assert (await client.get(f"/docs/assets/{asset}")).status_code == 200


@pytest.mark.parametrize(
    "path", ["/v1/nothing", f"/v1/sources/{NOBODY}", "/v1/sources/x", "/v1/jobs?limit=0"]
)
async def test_whatever_fails_is_a_problem(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code


async def test_what_is_no_atlas_error_shows_no_inner_text(
    dsn: str, client: httpx.AsyncClient
) -> None:
    async with open_database(dsn, size=1) as owner, owner.connection() as session:
        await session.execute("DROP TABLE pipeline.sources CASCADE")

    answer = await client.get("/v1/sources")

    assert answer.status_code == 500
    assert "pipeline" not in answer.text
    assert answer.json()["type"] == "/problems/internal"
