"""The service without its database, and the OpenAPI document as a whole."""

from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.api.client import PROBLEM, Client
from tests.conftest import dsn_of

METHODS = {"get", "post", "put", "patch", "delete"}


async def test_without_a_database_all_is_503_until_it_is_back(api: Client, dsn: str) -> None:
    close_doors(dsn, closed=True)
    without = [await api.http.get(path) for path in ("/health", "/v1/health", "/v1/jobs")]
    close_doors(dsn, closed=False)
    back = [await api.http.get(path) for path in ("/health", "/v1/health", "/v1/jobs")]

    assert [answer.status_code for answer in without] == [503] * 3
    assert without[0].json()["status"] == "unhealthy"
    assert without[2].json()["type"] == "/problems/database-unreachable"
    assert [answer.status_code for answer in back] == [200] * 3


def close_doors(dsn: str, *, closed: bool) -> None:
    """Let the server end every connection to a database and take none, or take them again."""
    name = urlsplit(dsn).path[1:]
    with psycopg.connect(dsn_of(dsn, "postgres"), autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {not closed}'.encode())
        if closed:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )


async def test_the_document_is_openapi_and_names_every_operation(api: Client) -> None:
    document = (await api.http.get("/openapi.json")).json()

    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Atlas"
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]
    names = [operation["operationId"] for _, _, operation in operations]
    assert len(names) == len(set(names)) >= 13
    assert all("_" not in name for name in names), "an operation has no name of its own"
    assert {"createJob", "listJobs", "getJob", "cancelJob", "createSource", "health"} <= set(names)
    for path, method, operation in operations:
        if "204" not in operation["responses"]:
            assert operation["responses"]["200"]["content"], (path, method)
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and not path.startswith("/health"):
                kind = "application/json" if path.startswith("/api/v1/") else PROBLEM
                assert kind in resolved(document, answer)["content"], (path, status)
    assert dangling(document, document) == []
    twins = [name for name in document["components"]["schemas"] if name.startswith("app__")]
    assert twins == [], "two classes have one name: clients would see the modules they are in"


def resolved(document: Any, answer: Any) -> Any:
    """An answer, also where it stands among those that many operations give."""
    name = answer.get("$ref", "").rpartition("/")[2]
    return document["components"]["responses"][name] if name else answer


def dangling(value: Any, document: Any) -> list[str]:
    """References that lead nowhere."""
    if isinstance(value, dict):
        found = [place for inner in value.values() for place in dangling(inner, document)]
        reference = value.get("$ref")
        if isinstance(reference, str):
            target = document
            for part in reference.removeprefix("#/").split("/"):
                target = target.get(part, {})
            if not target:
                found.append(reference)
        return found
    if isinstance(value, list):
        return [place for inner in value for place in dangling(inner, document)]
    return []
