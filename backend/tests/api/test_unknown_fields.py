"""A field that Atlas does not know: taken on Airbyte's routes, refused on its own and in what is its own."""

from typing import Any

import pytest

from tests.api.client import Client
from tests.api.making import DESTINATION, NOBODY

Json = dict[str, Any]
HOURLY: Json = {"scheduleType": "basic", "basicTiming": "Every 2 hours"}


def connection(source_id: str) -> Json:
    return {"sourceId": source_id, "destinationId": DESTINATION}


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer"),
    [
        ("POST", "/applications", {"name": "x", "atlas": {"role": []}}, "/atlas/role"),
        ("POST", "/schedules/preview", HOURLY | {"timeZone": "UTC"}, "/timeZone"),
        ("POST", "/schedules/preview", HOURLY | {"atlas": {"jitter": 1}}, "/atlas/jitter"),
        ("PUT", f"/schedules/{NOBODY}", HOURLY | {"cron": "x"}, "/cron"),
        ("PUT", f"/schedules/{NOBODY}", HOURLY | {"atlas": {"timezone": "UTC"}}, "/atlas/timezone"),
        ("POST", "/jobs/preview", {"connectionId": NOBODY, "jobType": "clear", "streams": []}, "/streams"),
        ("POST", "/connections/preview", connection(NOBODY) | {"prefx": "a_"}, "/prefx"),
        ("POST", "/connections", connection(NOBODY) | {"schedule": HOURLY | {"atlas": {"jitter": 1}}},
         "/schedule/atlas/jitter"),
    ],
)  # fmt: skip
async def test_what_is_misspelt_is_refused_where_it_is_atlas_s_own(
    api: Client, method: str, path: str, body: Json, pointer: str
) -> None:
    refused = await api.problem(method, path, 422, body)

    assert [wrong["pointer"] for wrong in refused["errors"]] == [pointer]


async def test_what_airbyte_s_clients_send_beside_is_taken(api: Client) -> None:
    source = await api.source()
    wanted = connection(source["sourceId"]) | {"name": "daily", "schedule": HOURLY | {"units": 2}}

    made = await api.post("/connections", wanted | {"breakingChange": False})

    assert made["schedule"]["basicTiming"] == "Every 2 HOURS"
    assert (await api.post("/applications", {"name": "x", "userId": NOBODY}))["name"] == "x"


@pytest.mark.parametrize(
    ("sent", "roles"),
    [
        ({}, [{"role": "editor"}]),
        ({"atlas": {}}, []),
        ({"atlas": {"roles": []}}, []),
        ({"atlas": {"roles": [{"role": "viewer"}]}}, [{"role": "viewer"}]),
    ],
)
async def test_an_application_is_editor_only_where_nothing_is_said_of_roles(
    api: Client, sent: Json, roles: list[Json]
) -> None:
    made = await api.post("/applications", {"name": "airflow", **sent})

    assert made["atlas"]["roles"] == roles
    assert (await api.get(f"/applications/{made['id']}"))["atlas"]["roles"] == roles
