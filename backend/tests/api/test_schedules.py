"""A connection's schedule in Airbyte's shapes and in Atlas's own, its next ticks, and its windows."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from tests.api.client import Client, Object
from tests.api.making import DESTINATION, NOBODY

USERS = {"name": "users"}


def cron(expression: str, **atlas: object) -> Object:
    wanted: Object = {"scheduleType": "cron", "cronExpression": expression}
    return wanted | {"atlas": atlas} if atlas else wanted


@pytest.mark.parametrize(
    "expression",
    ["0 0 12 * * ?", "0 0 12 * * ? UTC", "0 30 2 ? * MON-FRI Europe/Berlin", "0 12 * * *"],
)
async def test_a_connection_is_made_with_a_schedule_and_shows_it_as_written(
    api: Client, expression: str
) -> None:
    source = await api.source()
    body = {"name": "x", "sourceId": source["sourceId"], "destinationId": DESTINATION, "schedule": cron(expression)}  # fmt: skip

    made = await api.post("/connections", body)

    assert made["schedule"]["scheduleType"] == "cron"
    assert made["schedule"]["cronExpression"] == expression
    assert await api.get(f"/connections/{made['connectionId']}") == made
    assert (await api.get("/connections"))["data"] == [made]


async def test_a_schedule_is_changed_and_taken_away(api: Client) -> None:
    connection = await api.connection(USERS)
    path = f"/connections/{connection['connectionId']}"

    patched = await api.http.patch(f"/v1{path}", json={"schedule": cron("0 0 * * * ?")})
    basic = await api.http.patch(f"/v1{path}", json={"schedule": {"scheduleType": "basic", "basicTiming": "Every 24 HOURS"}})  # fmt: skip
    manual = await api.http.patch(f"/v1{path}", json={"schedule": {"scheduleType": "manual"}})

    assert patched.json()["schedule"]["cronExpression"] == "0 0 * * * ?"
    assert basic.json()["schedule"]["basicTiming"] == "Every 24 HOURS"
    assert "cronExpression" not in basic.json()["schedule"]
    assert manual.json() == connection
    assert connection["schedule"] == {"scheduleType": "manual"}


@pytest.mark.parametrize(
    ("schedule", "kind"),
    [
        (cron("0 61 * * * ?"), "error:cron-validation/invalid-expression"),
        (cron("@daily"), "error:cron-validation/invalid-expression"),
        ({"scheduleType": "cron"}, "error:cron-validation/invalid-expression"),
        (cron("0 0 12 * * ? Mars/Olympus"), "error:cron-validation/invalid-timezone"),
        (cron("0 0 12 * * ?", timeZone="Mars/Olympus"), "error:cron-validation/invalid-timezone"),
        (cron("* * * * * ?"), "/problems/schedule-invalid"),
        (cron("0 0 12 30 2 ?"), "/problems/schedule-invalid"),
        ({"scheduleType": "basic", "basicTiming": "often"}, "/problems/schedule-invalid"),
        ({"scheduleType": "basic", "basicTiming": "Every 999999999 months"}, "/problems/schedule-invalid"),
        ({"scheduleType": "basic"}, "/problems/schedule-invalid"),
        ({"scheduleType": "manual", "atlas": {"afterConnectionId": "self"}}, "/problems/schedule-invalid"),
    ],
)  # fmt: skip
async def test_a_schedule_that_cannot_be_is_a_problem_and_changes_nothing(
    api: Client, schedule: Object, kind: str
) -> None:
    connection = await api.connection(USERS)
    if schedule.get("atlas", {}).get("afterConnectionId"):
        schedule["atlas"]["afterConnectionId"] = connection["connectionId"]

    found = await api.problem(
        "PATCH", f"/connections/{connection['connectionId']}", 400, {"schedule": schedule}
    )

    assert found["type"] == kind
    assert await api.get(f"/connections/{connection['connectionId']}") == connection


@pytest.mark.parametrize(
    "body",
    [{"schedule": {"scheduleType": "weekly"}}, {"schedule": {"scheduleType": "manual"}, "prefix": "X"}, {"prefix": "-"}],
)  # fmt: skip
async def test_a_change_that_atlas_does_not_know_is_refused(api: Client, body: Object) -> None:
    connection = await api.connection(USERS)

    await api.problem("PATCH", f"/connections/{connection['connectionId']}", 422, body)


async def test_the_next_ten_ticks_are_shown_before_a_schedule_is_set(api: Client) -> None:
    shown = await api.post("/schedules/preview", cron("0 0/15 * * * ? Asia/Kathmandu"))

    moments = [datetime.fromisoformat(tick["windowAt"]) for tick in shown["nextTicks"]]
    assert len(moments) == 10
    assert all(later - earlier == timedelta(minutes=15) for earlier, later in pairwise(moments))


async def test_what_airbyte_has_no_word_for_is_set_beside_it(api: Client) -> None:
    first, second = await api.connection(USERS, name="first"), await api.connection(USERS, name="second")  # fmt: skip
    wanted = {"scheduleType": "manual", "atlas": {"afterConnectionId": first["connectionId"]}}

    answer = await api.http.put(f"/v1/schedules/{second['connectionId']}", json=wanted)
    jittered = await api.http.put(
        f"/v1/schedules/{first['connectionId']}",
        json=cron("0 0 * * * ?", jitterSeconds=300, onMissed="catch_up", catchUpLimit=5),
    )

    schedule = answer.json()["schedule"]
    assert (schedule["scheduleType"], schedule["atlas"]["kind"]) == ("manual", "after")
    assert schedule["atlas"]["afterConnectionId"] == first["connectionId"]
    assert answer.json()["nextTicks"] == []
    assert jittered.json()["schedule"]["atlas"]["jitterSeconds"] == 300
    assert await api.get(f"/schedules/{first['connectionId']}") == jittered.json()
    await api.problem("PUT", f"/schedules/{first['connectionId']}", 400, {"scheduleType": "manual", "atlas": {"afterConnectionId": second["connectionId"]}})  # fmt: skip


async def test_of_a_connection_that_is_not_there_is_no_schedule(api: Client) -> None:
    await api.problem("GET", f"/schedules/{NOBODY}", 404)
    await api.problem("GET", f"/schedules/{NOBODY}/events", 404)
    await api.problem("PUT", f"/schedules/{NOBODY}", 404, cron("0 0 * * * ?"))
