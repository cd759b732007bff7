"""/v1/overview: each trouble comes and goes, and every number is what its own resource's list gives."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.access import applications
from app.core.access import CallerKind, Role
from app.core.catalog import SyncMode
from app.core.failures import (
    ConnectorConfigRefused,
)
from app.core.ids import JobId, WorkspaceId
from app.core.settings import Settings
from app.database.keys import load_keys
from app.database.pool import Database
from app.sources.port import Connector
from app.sync.overview.troubles import TROUBLES, Reason, Trouble, TroubleWish
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client, Object
from tests.api.making import WORKSPACE
from tests.fixtures.atlas import Atlas, BrokenScanner, NoChecks, NothingPersonal, atlas_on
from tests.fixtures.owner import as_owner, owner_of
from tests.fixtures.scripted import AT, INSTANT, offered
from tests.fixtures.synced import Synced
from tests.sources.reading import ledger

USERS = {"name": "users", "syncMode": "full_refresh_append"}
ORDERS = {"name": "orders", "records": 30, "keys": 10}
SCHEMA = {"id": {"type": "integer"}, "at": INSTANT, "amount": {"type": "number"}}


async def refuse(*_: object) -> Connector:
    raise ConnectorConfigRefused("The source knows no such account.")


def order(key: object, amount: object = 1) -> dict[str, object]:
    return {"id": key, "at": AT % 1, "amount": amount}


@pytest.fixture
def atlas(app: FastAPI, settings: Settings) -> Atlas:
    """Everything behind the front door, on the app's own database and keys."""
    made = atlas_on(app.state.database, schema_check_h=0)
    made.keys = load_keys(settings)
    made.pii, made.scanner = NothingPersonal(), NoChecks()
    return made


async def run(api: Client, scheduler: SyncScheduler, connection: Object) -> int:
    job = await api.job(connection)
    await scheduler.run(JobId(job["jobId"]))
    return int(job["jobId"])


async def only(api: Client, connection_id: object) -> Object:
    """A connection as the overview has it."""
    shown = (await api.get("/overview"))["connections"]
    (found,) = (one for one in shown if one["connectionId"] == str(connection_id))
    return dict(found)


async def troubles(api: Client, connection_id: object) -> list[tuple[str, str, Any]]:
    """What a connection's troubles are, as (kind, reason, count)."""
    found = (await only(api, connection_id))["troubles"]
    return [(one["kind"], one["reason"], one.get("count")) for one in found]


async def set_schedule(database: Database, connection_id: object, sets: str) -> None:
    await as_owner(
        database, f"UPDATE pipeline.schedules SET {sets} WHERE connection_id = $1", connection_id
    )


# ── what the lists give ───────────────────────────────────────────────────────────────────────────


async def test_every_number_is_what_its_own_list_gives(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    connection = await api.connection(USERS, {**USERS, "name": "products"})
    connection_id = connection["connectionId"]
    await api.put(f"/schedules/{connection_id}", {"scheduleType": "basic", "basicTiming": "Every 24 hours"})  # fmt: skip
    await run(api, scheduler, connection)
    waiting = await api.job(connection)
    await as_owner(database, "UPDATE quality.scores SET score = 0.25 WHERE dimension = 'validity' AND promotion_id = 1")  # fmt: skip

    whole = await api.get("/overview")
    (found,) = whole["connections"]
    jobs = (await api.get("/jobs", connectionId=connection_id))["data"]
    scores = (await api.get("/quality", connectionId=connection_id, limit=100))["data"]
    fresh = [one["freshness"]["extractedAt"] for one in (await api.get("/datasets"))["data"]]
    schedule = await api.get(f"/schedules/{connection_id}")
    review = await api.get("/personal-data", verdict="review", decidedBy="atlas", limit=100)

    assert whole["counts"] == {
        "connections": 1, "active": 1, "broken": 0, "late": 0, "unsafe": int(bool(review["data"])), "waiting": 0,
        "untroubled": int(not review["data"]), "running": 1,
    }  # fmt: skip
    assert [(one["jobId"], one["status"], one["connection"]) for one in whole["running"]] == [(waiting["jobId"], "pending", "daily")]  # fmt: skip
    assert "rowsSynced" not in whole["running"][0]
    assert [(one["jobId"], one["status"], one.get("rows")) for one in found["recent"]] == [
        (job["jobId"], job["status"], job.get("rowsSynced")) for job in jobs
    ]
    assert jobs[0]["rowsSynced"] > 40
    assert {job["atlas"]["connection"] for job in jobs} == {"daily"}
    assert found["recent"][0]["durationS"] > 0
    assert found["lastJob"] == {"jobId": waiting["jobId"], "jobType": "sync", "status": "pending"}
    assert found["lastSucceededAt"] == jobs[0]["lastUpdatedAt"]
    worst = min((line for line in scores if "score" in line), key=lambda line: line["score"])
    assert (found["quality"]["score"], found["quality"]["dimension"]) == (0.25, "validity")
    assert {name: worst[name] for name in ("score", "dimension", "stream", "jobId")} == found["quality"]  # fmt: skip
    by_stream = found["freshness"].pop("perStream")
    assert found["freshness"] == {
        "newest": f"{max(fresh)[:19]}Z", "oldest": f"{min(fresh)[:19]}Z", "streams": 2, "unpublished": 0,
    }  # fmt: skip
    assert sorted(one["extractedAt"] for one in by_stream) == sorted(f"{at[:19]}Z" for at in fresh)
    assert {one["windowsBehind"] for one in by_stream} == {0}
    assert (found["scheduleType"], found["nextRunAt"]) == (
        "basic",
        schedule["schedule"]["atlas"]["nextRunAt"],
    )
    assert found["source"]["connector"] == "source-faker"
    reviewed = [one["count"] for one in found["troubles"] if one["reason"] == "personal_data"]
    assert sum(reviewed) == len(review["data"])


async def test_a_connection_that_never_ran_is_shown_without_what_there_is_not(api: Client) -> None:
    connection = await api.connection(USERS)

    found = await only(api, connection["connectionId"])

    assert (found["troubles"], found["recent"], found["quarantined"]) == ([], [], 0)
    assert (found["scheduleType"], found["status"]) == ("manual", "active")
    assert found["freshness"] == {"streams": 1, "unpublished": 1, "perStream": [{"stream": "users"}]}  # fmt: skip
    assert not {"lastJob", "lastSucceededAt", "quality", "nextRunAt"} & set(found)


# ── broken ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_failed_sync_is_broken_until_one_succeeds(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    connection = await api.connection(USERS)
    connection_id = connection["connectionId"]
    broken = replace(scheduler, orchestrator=replace(scheduler.orchestrator, open_connector=refuse))
    await run(api, scheduler, connection)
    first = await run(api, broken, connection)
    second = await run(api, broken, connection)
    cancelled = await api.job(connection)
    await api.delete(f"/jobs/{cancelled['jobId']}")

    (trouble,) = (await only(api, connection_id))["troubles"]
    counts = (await api.get("/overview"))["counts"]
    await as_owner(
        database,
        "INSERT INTO pipeline.jobs (connection_id, job_type, status, started_at, ended_at) "
        "VALUES ($1, 'clear', 'succeeded', now(), now())",
        connection_id,
    )  # says nothing of whether the source can be read
    still = await troubles(api, connection_id)
    await run(api, scheduler, connection)
    after = await troubles(api, connection_id)

    failed = await api.get(f"/jobs/{first}")
    assert (trouble["kind"], trouble["reason"], trouble["count"]) == ("broken", "job_failed", 2)
    assert (trouble["jobId"], trouble["since"]) == (second, failed["lastUpdatedAt"])
    assert trouble["detail"] == f"{failed['atlas']['failure']['title']}; 2 failures in a row."
    assert (counts["broken"], counts["untroubled"]) == (1, 0)
    assert ("broken", "job_failed", 2) in still
    assert [kind for kind, *_ in after if kind == "broken"] == []


async def test_a_failure_is_made_good_by_its_own_type_or_by_a_sync(
    api: Client, database: Database
) -> None:
    connection_id = (await api.connection(USERS))["connectionId"]
    told = []
    for job_type, status in (
        ("rebuild", "failed"), ("rebuild", "succeeded"), ("backfill", "failed"), ("rebuild", "succeeded"), ("sync", "succeeded"),
    ):  # fmt: skip
        await as_owner(
            database,
            "INSERT INTO pipeline.jobs (connection_id, job_type, status, started_at, ended_at) "
            "VALUES ($1, $2, $3, now(), now())",
            connection_id, job_type, status,
        )  # fmt: skip
        told.append(await troubles(api, connection_id))

    broken = [("broken", "job_failed", 1)]
    assert told == [broken, [], broken, broken, []]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("UPDATE pipeline.batches SET read = read + 1", "UPDATE pipeline.batches SET read = read - 1"),
        ("UPDATE pipeline.batch_outcomes SET charted = charted - 1", "UPDATE pipeline.batch_outcomes SET charted = charted + 1"),
    ],
    ids=["read", "charted"],
)  # fmt: skip
async def test_books_that_do_not_balance_are_broken(
    api: Client, atlas: Atlas, database: Database, wrong: str, right: str
) -> None:
    synced = await Synced.of(atlas, offered("orders", SCHEMA, cursor=("at",)))
    await synced.sync([order(1), order(2)])
    before = await troubles(api, atlas.connection_id)

    await as_owner(database, wrong)
    unbalanced = await troubles(api, atlas.connection_id)
    (job,) = (await api.get("/jobs"))["data"]
    await as_owner(database, right)

    assert before == []
    assert unbalanced == [("broken", "books_unbalanced", 1)]
    assert job["atlas"]["balanced"] is False
    assert await troubles(api, atlas.connection_id) == []


async def test_what_atlas_disabled_is_broken_until_a_person_says_something(
    api: Client, atlas: Atlas
) -> None:
    connection = await atlas.connect(ledger(ORDERS), SyncMode.INCREMENTAL_APPEND)
    await atlas.execute("UPDATE pipeline.connections SET on_schema_change = 'disable_connection'")
    await atlas.configure(ledger({**ORDERS, "declares_drift": True, "drift_at": 20}))
    job_id = (await atlas.sync()).job.job_id

    found = (await only(api, connection.connection_id))["troubles"]
    await api.patch(f"/connections/{connection.connection_id}", {"status": "inactive"})
    paused = await troubles(api, connection.connection_id)

    disabled = next(one for one in found if one["reason"] == "disabled")
    assert (disabled["kind"], disabled["jobId"]) == ("broken", job_id)
    assert "disabled" not in [reason for _, reason, _ in paused], "now it is a person's will"


async def test_each_stream_is_held_against_its_own_schedule(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    connection = await api.connection(USERS, {**USERS, "name": "products"})
    connection_id = connection["connectionId"]

    async def behind() -> list[tuple[str, bool, object]]:
        found = (await only(api, connection_id))["freshness"]["perStream"]
        return [(one["stream"], "extractedAt" in one, one.get("windowsBehind")) for one in found]

    unscheduled = await behind()
    await api.put(f"/schedules/{connection_id}", {"scheduleType": "basic", "basicTiming": "Every 1 hours"})  # fmt: skip
    await set_schedule(database, connection_id, "updated_at = now() - interval '5 hours'")
    for hours_ago in (6, 4, 3):
        await as_owner(
            database,
            "INSERT INTO pipeline.schedule_events (connection_id, window_at, kind) "
            "VALUES ($1, now() - $2 * interval '1 hour', 'skipped')",
            connection_id, hours_ago,
        )  # fmt: skip
    late = await behind()
    await run(api, scheduler, connection)
    on_time = await behind()
    await set_schedule(database, connection_id, "next_window_at = now() - interval '1 min'")
    due = await behind()

    assert unscheduled == [("users", False, None), ("products", False, None)]
    assert late == [("users", False, 2), ("products", False, 2)], "not the one before the schedule"
    assert on_time == [("users", True, 0), ("products", True, 0)]
    assert due == [("users", True, 1), ("products", True, 1)]


# ── late ──────────────────────────────────────────────────────────────────────────────────────────


async def test_a_window_without_a_success_is_late_and_a_success_ends_it(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    connection = await api.connection(USERS)
    connection_id = connection["connectionId"]
    await api.put(f"/schedules/{connection_id}", {"scheduleType": "basic", "basicTiming": "Every 1 hours"})  # fmt: skip
    new = await troubles(api, connection_id)
    long_ago = "updated_at = now() - interval '1 day', "
    window = "next_window_at = now() - interval '{0}', next_run_at = now() - interval '{0}'"

    await set_schedule(database, connection_id, long_ago + window.format("9 min"))
    a_little = await troubles(api, connection_id)
    await set_schedule(database, connection_id, window.format("11 min"))
    (late,) = (await only(api, connection_id))["troubles"]
    counts = (await api.get("/overview"))["counts"]
    await set_schedule(database, connection_id, "updated_at = now()")
    set_anew = await troubles(api, connection_id)
    await set_schedule(database, connection_id, "updated_at = now() - interval '1 day'")
    await api.patch(f"/connections/{connection_id}", {"status": "inactive"})
    paused = await troubles(api, connection_id)
    await api.patch(f"/connections/{connection_id}", {"status": "active"})
    again = await troubles(api, connection_id)
    await run(api, scheduler, connection)
    after = await troubles(api, connection_id)

    assert (new, a_little) == ([], [])
    assert (late["kind"], late["reason"]) == ("late", "overdue")
    assert (
        late["since"]
        == (await api.get(f"/schedules/{connection_id}"))["schedule"]["atlas"]["nextRunAt"]
    )
    assert counts["late"] == 1
    assert (set_anew, paused) == ([], []), "nobody waits for another schedule's windows, or paused"
    assert again == [("late", "overdue", None)]
    assert "late" not in [kind for kind, *_ in after]


async def test_what_takes_long_is_late_only_after_three_times_as_long(
    api: Client, database: Database
) -> None:
    connection = await api.connection(USERS)
    connection_id = connection["connectionId"]
    await api.put(f"/schedules/{connection_id}", {"scheduleType": "basic", "basicTiming": "Every 24 hours"})  # fmt: skip
    await set_schedule(database, connection_id, "updated_at = now() - interval '9 days'")
    await as_owner(
        database,
        "INSERT INTO pipeline.jobs (connection_id, job_type, status, started_at, ended_at) "
        "SELECT $1::uuid, 'sync', 'succeeded', now() - interval '5 days', now() - interval '5 days' + n * interval '1 hour' "
        "FROM generate_series(1, 3) n",
        connection_id,
    )  # two hours, in the middle
    fired = (
        "INSERT INTO pipeline.schedule_events (connection_id, window_at, kind, at) "
        "SELECT $1::uuid, now() - make_interval(mins => $2), 'fired', now() - make_interval(mins => $2)"
    )

    await as_owner(database, fired, connection_id, 350)
    in_time = await troubles(api, connection_id)
    await as_owner(database, fired, connection_id, 370)
    late = await troubles(api, connection_id)
    await api.put(f"/schedules/{connection_id}", {"scheduleType": "manual"})

    assert in_time == []
    assert late == [("late", "overdue", None)]
    assert await troubles(api, connection_id) == [], "by hand, nothing is late"


# ── unsafe ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_column_to_review_is_unsafe_until_a_person_decides(
    api: Client, atlas: Atlas
) -> None:
    synced = await Synced.of(atlas, offered("orders", SCHEMA, cursor=("at",)))
    await synced.sync([order(1)])
    doubt = (
        "INSERT INTO pii.column_decisions (stream_id, path, verdict, confidence, action, evidence, decided_by) "
        "VALUES ($1, $2, 'review', 0.5, 'mask', '{}', 'atlas')"
    )
    for path in (["amount"], ["amount"], ["at"]):
        await atlas.execute(doubt, synced.stream.stream_id, path)

    (trouble,) = (await only(api, atlas.connection_id))["troubles"]
    listed = await api.get("/personal-data", verdict="review", decidedBy="atlas")
    await atlas.execute(doubt.replace("'atlas'", "'person'"), synced.stream.stream_id, ["at"])
    one = await troubles(api, atlas.connection_id)
    await atlas.execute(doubt.replace("'review'", "'clean'"), synced.stream.stream_id, ["amount"])

    assert (trouble["kind"], trouble["count"], trouble["stream"]) == ("unsafe", 2, "orders")
    assert trouble["count"] == len(listed["data"])
    assert one == [("unsafe", "personal_data", 1)]
    assert await troubles(api, atlas.connection_id) == []


async def test_a_range_that_a_gate_holds_back_is_unsafe_until_it_is_published(
    api: Client, atlas: Atlas
) -> None:
    connection = await atlas.connect(ledger(ORDERS), SyncMode.INCREMENTAL_APPEND)
    atlas.scanner = BrokenScanner()
    job_id = (await atlas.sync()).job.job_id
    await atlas.sync()

    found = (await only(api, connection.connection_id))["troubles"]
    held = (await api.get(f"/jobs/{job_id}"))["atlas"]["streams"][0]["held"]
    atlas.scanner = NoChecks()
    await atlas.sync()

    trouble = next(one for one in found if one["kind"] == "unsafe")
    assert held == 30
    assert (trouble["reason"], trouble["count"], trouble["stream"]) == ("range_held", 1, "orders")
    assert trouble["detail"] == "A range is held back: Soda did not answer."
    assert [kind for kind, *_ in await troubles(api, connection.connection_id)] == []


# ── waiting ───────────────────────────────────────────────────────────────────────────────────────


async def test_kept_records_wait_until_they_are_dismissed(api: Client, atlas: Atlas) -> None:
    synced = await Synced.of(atlas, offered("orders", SCHEMA, cursor=("at",)))
    await synced.sync([order(1), order(2, "many"), order(None), b'{"id": '])
    await synced.sync([order(2, "many")])
    await atlas.execute("UPDATE quarantine.chart_records SET status = 'dismissed' WHERE quarantine_id = 1")  # fmt: skip

    shown = await only(api, atlas.connection_id)
    listed = await api.get("/quarantine", status="kept")
    await atlas.execute("UPDATE quarantine.chart_records SET status = 'dismissed'")
    await atlas.execute("UPDATE quarantine.explore_records SET status = 'dismissed'")

    (trouble,) = shown["troubles"]
    assert (trouble["kind"], trouble["reason"], trouble["count"]) == ("waiting", "quarantine", 3)
    assert shown["quarantined"] == sum(line["times"] for line in listed["data"]) == 3
    assert trouble["since"] == min(line["firstSeenAt"] for line in listed["data"])[:19] + "Z"
    after = await only(api, atlas.connection_id)
    assert (after["troubles"], after["quarantined"]) == ([], 0)


async def test_a_change_of_schema_waits_for_a_word(api: Client, atlas: Atlas) -> None:
    connection = await atlas.connect(ledger(ORDERS), SyncMode.INCREMENTAL_APPEND)
    await atlas.configure(ledger({**ORDERS, "declares_drift": True, "drift_at": 20}))
    await atlas.sync()
    path = f"/connections/{connection.connection_id}/schema-changes"

    before = await troubles(api, connection.connection_id)
    (change,) = (await api.get(path, status="pending"))["data"]
    await api.post(f"/schema-changes/{change['changeId']}/reject", {})

    assert before == [("waiting", "schema_change", 1)]
    assert await troubles(api, connection.connection_id) == []


async def test_a_notification_that_was_given_up_waits_until_it_is_tried_again(
    api: Client, atlas: Atlas
) -> None:
    synced = await Synced.of(atlas, offered("orders", SCHEMA, cursor=("at",)))
    await api.post("/notification-rules", {"connectionId": str(atlas.connection_id), "occasions": ["quarantine"], "channel": "webhook", "target": "https://example.org/hook"})  # fmt: skip
    await synced.sync([order(None)])
    await atlas.execute("UPDATE quarantine.chart_records SET status = 'dismissed'")
    told = await troubles(api, atlas.connection_id)
    await atlas.execute("UPDATE pipeline.notifications SET status = 'dead', ended_at = now()")

    dead = await troubles(api, atlas.connection_id)
    listed = (await api.get("/notifications", status="dead"))["data"]
    await api.post(f"/notifications/{listed[0]['notificationId']}/retry", {})

    assert told == []
    assert dead == [("waiting", "notification", len(listed))]
    assert await troubles(api, atlas.connection_id) == []


async def test_a_job_that_has_no_room_waits(api: Client) -> None:
    await api.put(f"/workspaces/{WORKSPACE}/jobTerms", {"maxRunning": 1})
    one, other = await api.connection(USERS, name="one"), await api.connection(USERS, name="other")
    first, second = await api.job(one), await api.job(other)

    (trouble,) = (await only(api, other["connectionId"]))["troubles"]
    whole = await api.get("/overview")
    (queue,) = (await api.get("/queue"))["queues"]
    await api.delete(f"/jobs/{first['jobId']}")

    assert (trouble["reason"], trouble["jobId"]) == ("job_held_back", second["jobId"])
    assert whole["counts"]["waiting"] == queue["heldBack"] == 1
    assert [job["jobId"] for job in whole["running"]] == [first["jobId"], second["jobId"]]
    assert whole["counts"]["running"] == queue["waiting"] + queue["heldBack"]
    assert await troubles(api, other["connectionId"]) == []


# ── which, and whose ──────────────────────────────────────────────────────────────────────────────


async def test_the_worst_come_first_and_the_filters_leave_out(
    api: Client, database: Database
) -> None:
    names = ("d healthy", "a healthy", "b paused by Atlas", "c to review")
    made = {name: (await api.connection(USERS, name=name))["connectionId"] for name in names}
    await as_owner(database, "UPDATE pipeline.connections SET status = 'inactive', disabled_at = now() WHERE name LIKE 'b%'")  # fmt: skip
    await as_owner(
        database,
        "INSERT INTO pii.column_decisions (stream_id, path, verdict, confidence, action, evidence, decided_by) "
        "SELECT stream_id, '{email}', 'review', 0.5, 'mask', '{}', 'atlas' FROM pipeline.streams WHERE connection_id = $1",
        made["c to review"],
    )
    tag = await api.post("/tags", {"name": "gold", "color": "FF69B4", "workspaceId": WORKSPACE})
    await api.patch(f"/connections/{made['a healthy']}", {"tags": [tag]})

    async def named(**query: object) -> list[str]:
        return [one["name"] for one in (await api.get("/overview", **query))["connections"]]

    whole = await api.get("/overview")
    page = await api.get("/overview", limit=2, offset=1)
    few = await api.get("/overview", name="HEALTHY", limit=1)

    assert await named() == ["b paused by Atlas", "c to review", "a healthy", "d healthy"]
    assert [one["name"] for one in page["connections"]] == ["c to review", "a healthy"]
    assert ("offset=3" in page["next"], "offset=0" in page["previous"]) == (True, True)
    assert (whole["next"], whole["previous"], whole["found"]) == ("", "", 4)
    assert (few["found"], few["counts"]) == (2, whole["counts"])
    assert few["next"] != ""
    assert await named(name="HEALTHY") == ["a healthy", "d healthy"]
    assert await named(trouble="broken") == ["b paused by Atlas"]
    assert await named(trouble="late") == []
    assert await named(trouble="none") == ["a healthy", "d healthy"]
    assert (await api.get("/overview", trouble="none"))["found"] == whole["counts"]["untroubled"]
    assert await named(tagIds=tag["tagId"]) == ["a healthy"]
    assert await named(status="inactive") == ["b paused by Atlas"]
    assert await named(connectionId=made["c to review"]) == ["c to review"]
    assert await named(connectionId=made["c to review"], status="inactive") == []
    assert await named(workspaceIds=uuid4()) == []
    assert await named(workspaceIds=f"{uuid4()},{WORKSPACE}", trouble="unsafe") == ["c to review"]


@pytest.mark.parametrize("query", [{"limit": 501}, {"limit": 0}, {"trouble": "ugly"}, {"name": "a\x00"}], ids=str)  # fmt: skip
async def test_a_filter_that_is_none_is_a_problem(api: Client, query: Mapping[str, object]) -> None:
    assert 400 <= (await api.http.get("/v1/overview", params=query)).status_code < 500  # type: ignore[arg-type]


async def test_who_is_of_another_workspace_sees_and_counts_nothing_and_a_viewer_all_of_his(
    api: Client, app: FastAPI, atlas: Atlas
) -> None:
    synced = await Synced.of(atlas, offered("orders", SCHEMA, cursor=("at",)))
    await synced.sync([order(1), order(None)])
    await atlas.execute("UPDATE pipeline.batches SET read = read + 1")
    other = WorkspaceId(uuid4())
    async with owner_of(app.state.database) as session:
        await session.execute("INSERT INTO pipeline.workspaces (workspace_id, name) VALUES ($1, 'other')", other)  # fmt: skip

    async def seen_in(place: WorkspaceId) -> Object:
        async with app.state.database.transaction() as session:
            made, _ = await applications.create(session, "viewer", {place: Role.VIEWER})
        token = app.state.callers.tokens.make(CallerKind.APPLICATION, str(made.application_id))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://atlas", headers=headers) as http:  # fmt: skip
            return await Client(http=http).get("/overview")

    mine, theirs = await seen_in(WorkspaceId(UUID(WORKSPACE))), await seen_in(other)
    whole = await api.get("/overview")

    assert mine["connections"] == whole["connections"]
    assert [reason["reason"] for reason in mine["connections"][0]["troubles"]] == ["books_unbalanced", "quarantine"]  # fmt: skip
    assert mine["connections"][0]["recent"][0]["rows"] == 2
    assert (theirs["connections"], theirs["running"], theirs["found"]) == ([], [], 0)
    assert set(theirs["counts"].values()) == {0}


def test_the_words_are_those_of_the_statement() -> None:
    assert all(f"'{kind}'" in TROUBLES for kind in Trouble)
    assert [*TroubleWish] == [*Trouble, "none"]
    assert all(f"'{reason}'" in TROUBLES for reason in Reason)
