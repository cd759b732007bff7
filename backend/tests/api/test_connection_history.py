"""/v1/connections/{connectionId}/settings-acts and /incidents: who changed what, and when something was wrong."""

from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.access import applications
from app.core.access import Role
from app.core.catalog import SyncMode
from app.core.ids import WorkspaceId
from app.core.settings import Settings
from app.database.keys import load_keys
from app.database.pool import Database
from tests.api.client import Client
from tests.api.making import WORKSPACE
from tests.fixtures.atlas import Atlas, BrokenScanner, NoChecks, NothingPersonal, atlas_on
from tests.fixtures.owner import as_owner
from tests.sources.reading import ledger

USERS = {"name": "users", "syncMode": "full_refresh_append"}
ORDERS = {"name": "orders", "records": 30, "keys": 10}


@pytest.fixture
def atlas(app: FastAPI, settings: Settings) -> Atlas:
    """Everything behind the front door, on the app's own database and keys."""
    made = atlas_on(app.state.database, schema_check_h=0)
    made.keys = load_keys(settings)
    made.pii, made.scanner = NothingPersonal(), NoChecks()
    return made


async def ended(
    database: Database, connection_id: object, job_type: str, status: str, hours_ago: float
) -> None:
    """A job that took a minute and ended some hours ago."""
    await as_owner(
        database,
        "INSERT INTO pipeline.jobs (connection_id, job_type, status, started_at, ended_at, failure) "
        "VALUES ($1, $2, $3, now() - $4 * interval '1 hour' - interval '1 min', now() - $4 * interval '1 hour', "
        """CASE $3 WHEN 'failed' THEN '{"title": "It broke"}'::jsonb END)""",
        connection_id, job_type, status, hours_ago,
    )  # fmt: skip


async def incidents(api: Client, connection_id: object) -> list[tuple[str, int, bool]]:
    found = (await api.get(f"/connections/{connection_id}/incidents"))["data"]
    return [(one["reason"], one["count"], "until" in one) for one in found]


async def test_who_changed_the_settings_is_told_to_whoever_may_look(
    api: Client, app: FastAPI
) -> None:
    connection = await api.connection(USERS)
    other = await api.connection(USERS, name="other")
    path = f"/connections/{connection['connectionId']}"
    await api.patch(path, {"name": "renamed"})
    await api.put(f"/schedules/{connection['connectionId']}", {"scheduleType": "manual"})
    await api.patch(f"/sources/{connection['sourceId']}", {"name": "also renamed"})
    await api.patch(f"/connections/{other['connectionId']}", {"name": "not told of"})
    await api.post(f"{path}/waivers", {"stream": "users", "rule": "type:id"})
    await api.job(connection)
    async with app.state.database.transaction() as session:
        viewer = await applications.create(session, "looks", {WorkspaceId(UUID(WORKSPACE)): Role.VIEWER})  # fmt: skip
        elsewhere = await applications.create(session, "elsewhere", {})

    found = await api.get(f"{path}/settings-acts")
    first = await api.get(f"{path}/settings-acts", limit=1)
    seen = []
    for made, secret in (viewer, elsewhere):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        auth = (made.client_id, secret)
        async with httpx.AsyncClient(transport=transport, base_url="http://atlas", auth=auth) as http:  # fmt: skip
            answer = await http.get(f"/v1{path}/settings-acts")
            seen.append((answer.status_code, len(answer.json().get("data", []))))

    told = [(one["action"], one["of"], one["fields"], one["doneBy"]) for one in found["data"]]
    assert told == [
        ("createWaiver", "connection", ["stream", "rule"], "machine"),
        ("patchSource", "source", ["name"], "machine"),
        ("setSchedule", "connection", ["scheduleType"], "machine"),
        ("patchConnection", "connection", ["name"], "machine"),
    ]
    assert "renamed" not in str(found), "what was set is not told"
    assert (len(first["data"]), bool(first["next"])) == (1, True)
    assert seen[0] == (200, 4)
    assert seen[1][0] in (403, 404)


async def test_failures_in_a_row_are_one_incident_until_a_success_makes_them_good(
    api: Client, database: Database
) -> None:
    connection_id = (await api.connection(USERS))["connectionId"]
    for job_type, status, hours_ago in (
        ("sync", "succeeded", 9), ("sync", "failed", 8), ("sync", "failed", 7), ("clear", "succeeded", 6.5),
        ("sync", "succeeded", 6), ("rebuild", "failed", 5), ("rebuild", "succeeded", 4), ("sync", "failed", 3),
    ):  # fmt: skip
        await ended(database, connection_id, job_type, status, hours_ago)

    found = (await api.get(f"/connections/{connection_id}/incidents"))["data"]

    told = [(one["count"], one["jobId"], one.get("mendedBy")) for one in found]
    assert told == [(1, 8, None), (1, 6, 7), (2, 3, 5)], "a clear says nothing of the source"
    assert {one["kind"] for one in found} == {"broken"}
    assert found[0]["detail"] == "It broke."
    assert "until" not in found[0]


async def test_a_window_was_late_if_no_success_came_in_time(
    api: Client, database: Database
) -> None:
    connection_id = (await api.connection(USERS))["connectionId"]
    for hours_ago in (9.9, 6, 2.9):
        await ended(database, connection_id, "sync", "succeeded", hours_ago)
    for hours_ago in (10, 9, 8, 3):
        await as_owner(
            database,
            "INSERT INTO pipeline.schedule_events (connection_id, window_at, kind, at) SELECT $1, t, 'fired', t "
            "FROM (SELECT now() - $2 * interval '1 hour' AS t) w",
            connection_id, hours_ago,
        )  # fmt: skip

    found = (await api.get(f"/connections/{connection_id}/incidents"))["data"]

    assert [(one["kind"], one["count"], one["jobId"]) for one in found] == [("late", 2, 2)]
    assert "until" in found[0]


async def test_a_range_that_was_held_back_is_an_incident_until_it_is_published(
    api: Client, atlas: Atlas
) -> None:
    connection = await atlas.connect(ledger(ORDERS), SyncMode.INCREMENTAL_APPEND)
    atlas.scanner = BrokenScanner()
    await atlas.sync()
    await atlas.sync()
    lasting = await incidents(api, connection.connection_id)
    atlas.scanner = NoChecks()
    job_id = (await atlas.sync()).job.job_id

    found = (await api.get(f"/connections/{connection.connection_id}/incidents"))["data"]

    held = next(one for one in found if one["reason"] == "range_held")
    assert sorted(lasting) == [("job_failed", 2, False), ("range_held", 2, False)]
    assert (held["kind"], held["stream"], held["detail"]) == ("unsafe", "orders", "Soda did not answer.")  # fmt: skip
    assert held["mendedBy"] == job_id
    assert held["since"] <= held["until"]


async def test_a_doubt_about_a_column_is_an_incident_until_somebody_decides(
    api: Client, atlas: Atlas
) -> None:
    connection = await atlas.connect(ledger(ORDERS), SyncMode.INCREMENTAL_APPEND)
    decide = (
        "INSERT INTO pii.column_decisions (stream_id, path, verdict, confidence, action, evidence, decided_by) "
        "SELECT stream_id, ARRAY['amount'], $1, 0.5, 'mask', '{}', $2 FROM pipeline.streams"
    )
    await atlas.execute(decide, "review", "atlas")
    doubted = await incidents(api, connection.connection_id)
    await atlas.execute(decide, "clean", "person")

    assert doubted == [("personal_data", 1, False)]
    assert await incidents(api, connection.connection_id) == [("personal_data", 1, True)]
