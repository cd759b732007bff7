"""/v1/connections/{id}/state: what was saved, and a way back."""

from app.core.ids import JobId
from app.database.pool import Database
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client, Object
from tests.api.making import NOBODY

USERS = {"name": "users", "syncMode": "incremental_deduped_history"}
PURCHASES = {"name": "purchases", "syncMode": "incremental_append"}
REASON = "the source was corrected"


async def synced(api: Client, scheduler: SyncScheduler) -> Object:
    connection = await api.connection(USERS, PURCHASES)
    await run(api, scheduler, connection)
    return connection


async def run(api: Client, scheduler: SyncScheduler, connection: Object) -> Object:
    job = await api.job(connection)
    await scheduler.run(JobId(job["jobId"]))
    return await api.get(f"/jobs/{job['jobId']}")


async def test_a_state_is_shown_in_both_forms_with_all_that_it_was(
    api: Client, scheduler: SyncScheduler
) -> None:
    connection = await synced(api, scheduler)
    path = f"/connections/{connection['connectionId']}/state"

    state = await api.get(path)
    told = await api.get(path, format="messages")
    versions = (await api.get(f"{path}/versions", limit=100))["data"]
    of_users = (await api.get(f"{path}/versions", stream="users", limit=100))["data"]
    first = await api.get(path, version=versions[-1]["version"])
    diff = await api.get(
        f"{path}/diff", **{"from": of_users[-1]["version"], "to": versions[0]["version"]}
    )
    empty = await api.get(
        f"/connections/{(await api.connection(name='new'))['connectionId']}/state"
    )

    assert state["stateType"] == "stream"
    assert state["version"] == versions[0]["version"]
    named = {one["streamDescriptor"]["name"] for one in state["streamState"]}
    assert named == {"users", "purchases"}
    assert {one["stream"]["stream_descriptor"]["name"] for one in told["messages"]} == named
    assert all(one["jobId"] and one["attempt"] == 1 and "act" not in one for one in versions)
    assert {one["stream"] for one in of_users} == {"users"}
    assert len(first["streamState"]) == 1
    assert {one["status"] for one in diff["data"]} == {"same", "added"}
    assert empty == {"connectionId": empty["connectionId"], "stateType": "not_set"}


async def test_a_state_is_set_back_after_a_look_and_is_read_again(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    connection = await synced(api, scheduler)
    path = f"/connections/{connection['connectionId']}/state"
    before = await api.get(path)

    preview = await api.post(f"{path}/preview", {"clear": True})
    unchanged = await api.get(path)
    done = await api.put(path, {"clear": True, "reason": REASON})
    cleared = await api.get(path)
    again = await run(api, scheduler, connection)
    await api.put(path, {"clear": True, "reason": REASON})
    back = await api.put(path, {"version": before["version"], "reason": REASON})
    newest = (await api.get(f"{path}/versions", limit=1))["data"][0]
    acts = (await api.get(f"{path}/versions", acts=True, limit=100))["data"]
    restored = await api.get(path)
    await run(api, scheduler, connection)

    turns = {turn["stream"]: turn for turn in preview["data"]}
    assert {turn["fate"] for turn in turns.values()} == {"cleared"}
    assert turns["users"]["again"][0]["records"] == 40
    assert "by their key" in turns["users"]["again"][0]["rows"]
    assert "a second time" in turns["purchases"]["again"][0]["rows"]
    assert unchanged == before
    assert done["version"] > before["version"]
    assert cleared["stateType"] == "not_set"
    assert again["status"] == "succeeded"
    async with database.connection() as session:
        reads = await session.fetch(
            "SELECT sum(read) AS read FROM pipeline.batches b JOIN pipeline.streams s USING (stream_id) "
            "JOIN pipeline.attempts USING (attempt_id) WHERE s.name = 'users' GROUP BY job_id ORDER BY job_id"
        )
    assert [row["read"] for row in reads] == [40, 40], (
        "the third sync goes on where it was set back to"
    )
    assert restored["streamState"] == before["streamState"]
    assert {turn["fate"] for turn in back["data"]} == {"added"}
    assert (newest["act"], newest["reason"], newest["askedBy"]) == ("set_back", REASON, "machine")
    assert newest["toVersion"] == before["version"]
    assert {one["act"] for one in acts} == {"cleared", "set_back"}, "connectors' own are left out"


async def test_a_state_from_elsewhere_is_taken_if_it_is_one_of_the_connections_streams(
    api: Client, scheduler: SyncScheduler
) -> None:
    connection = await synced(api, scheduler)
    path = f"/connections/{connection['connectionId']}/state"
    mine = await api.get(path)
    part = {"streamDescriptor": {"name": "users"}, "streamState": {"updated_at": "2020-01-01"}}
    given = {"stateType": "stream", "streamState": [part]}
    alien = {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": "others"}, "stream_state": {}},
    }

    only_users = {"state": given, "streams": [{"name": "users"}]}
    preview = await api.post(f"{path}/preview", only_users)
    await api.put(path, {**only_users, "reason": REASON})
    taken = await api.get(path)
    round_trip = await api.put(path, {"state": mine | {"version": None}, "reason": REASON})
    refused = await api.problem("POST", f"{path}/preview", 409, {"state": [alien]})
    nonsense = await api.problem("POST", f"{path}/preview", 422, {"state": {"type": "STREAM"}})
    both = await api.problem("POST", f"{path}/preview", 422, {"version": 1, "clear": True})
    unreasoned = await api.problem("PUT", path, 422, {"clear": True})

    (turn,) = preview["data"]
    assert (turn["stream"], turn["fate"]) == ("users", "changes")
    assert "records" not in turn["again"][0], "nobody knows"
    by_name = {one["streamDescriptor"]["name"]: one for one in taken["streamState"]}
    assert by_name["users"] == part
    assert by_name["purchases"] in mine["streamState"]
    assert (await api.get(path))["streamState"] == mine["streamState"]
    assert {turn["fate"] for turn in round_trip["data"]} == {"changes", "stays"}
    assert refused["type"] == "/problems/state-refused"
    assert {nonsense["type"], both["type"], unreasoned["type"]} == {
        "/problems/unprocessable-entity"
    }


async def test_no_state_is_set_while_a_job_is_not_over(
    api: Client, scheduler: SyncScheduler
) -> None:
    connection = await synced(api, scheduler)
    await api.job(connection)
    path = f"/connections/{connection['connectionId']}/state"

    held = await api.problem("PUT", path, 409, {"clear": True, "reason": REASON})
    nobody = await api.problem("GET", f"/connections/{NOBODY}/state", 404)
    never = await api.problem("GET", path, 404, query={"version": 10**6})

    assert held["title"] == "try-again-later"
    assert nobody["type"] == "/problems/connection-not-found"
    assert never["type"] == "/problems/state-not-found"
