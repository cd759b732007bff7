"""Two editors of the same thing: who comes second is told, unless he does not want to be."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from fastapi import FastAPI

from app.api.requests.editing import tag_of
from app.api.views import View
from app.core.ids import JobId
from app.sync.scheduler import SyncScheduler
from tests.api.client import PROBLEM, Client
from tests.api.making import DESTINATION, WORKSPACE, make_connection

Body = Mapping[str, object]
NAMES: tuple[Body, Body] = ({"name": "one"}, {"name": "two"})


async def test_who_edits_what_was_edited_meanwhile_is_told(client: httpx.AsyncClient) -> None:
    """Of each thing that has a PATCH or PUT: its path, two edits, and the path whose tag counts."""
    made = await make_connection(
        client, schedule={"scheduleType": "cron", "cronExpression": "0 0 12 * * ?"}
    )
    connection, source = made["connectionId"], made["sourceId"]
    stream = made["configurations"]["streams"][0]["name"]
    rule = await client.post(
        "/v1/notification-rules",
        json={
            "connectionId": connection,
            "occasions": ["failure"],
            "channel": "webhook",
            "target": "https://hooks.example/x",
        },
    )
    columns = (await client.get(f"/v1/connections/{connection}/columns")).json()["data"]
    field = next(column["field"] for column in columns if column["stream"] == stream)
    contract = {"stream": stream, "field": field}
    of = f"/v1/connections/{connection}"
    for method, path, first, second in (
        ("PATCH", of, {"name": "one"}, {"name": "two"}),
        ("PATCH", f"/v1/sources/{source}", {"name": "one"}, {"name": "two"}),
        ("PUT", f"/v1/schedules/{connection}", _daily("0 0 6 * * ?"), _daily("0 0 7 * * ?")),
        ("PUT", f"{of}/retention", {"maxAgeDays": 1}, {"maxAgeDays": 2}),
        ("PUT", f"{of}/jobTerms", {"priority": 1}, {"priority": 2}),
        ("PUT", f"/v1/workspaces/{WORKSPACE}/jobTerms", {"maxRunning": 1}, {"maxRunning": 2}),
        ("PUT", f"{of}/quarantineLimit", {"records": 1}, {"records": 2}),
        ("PATCH", f"{of}/columns", contract | {"contract": "freeze"}, contract | {"contract": "evolve"}),
        ("PATCH", f"/v1/notification-rules/{rule.json()['ruleId']}", {"isActive": False}, {"isActive": True}),
    ):  # fmt: skip
        await _edit_by_two(client, method, path, first, second)

    await _edit_by_two(client, "PATCH", f"/v1/destinations/{DESTINATION}", *NAMES)
    tag = (await client.get(of)).headers["etag"]
    await client.patch(of, json={"name": "three"})
    deleted = await client.delete(of, headers={"If-Match": tag})
    chosen = await client.put(
        f"{of}/check-cols", json={"stream": stream}, headers={"If-Match": tag}
    )
    assert (deleted.status_code, chosen.status_code) == (412, 412)
    now = (await client.get(of)).headers["etag"]
    assert (await client.delete(of, headers={"If-Match": f'"other", {now}'})).status_code == 204


async def test_what_is_no_connection_s_has_two_editors_as_well(client: httpx.AsyncClient) -> None:
    tag = {"name": "gold", "color": "FF69B4", "workspaceId": WORKSPACE}
    remote = {"workspaceId": WORKSPACE, "name": "elsewhere", "apiUrl": "http://127.0.0.1:9/v1", "clientId": "atlas",
              "clientSecret": "secret"}  # fmt: skip
    for path, made, key, first, second in (
        ("/v1/tags", tag, "tagId", tag | {"name": "one"}, tag | {"name": "two"}),
        ("/v1/workspaces", {"name": "more"}, "workspaceId", *NAMES),
        ("/v1/users", {"email": "ann@example.org", "roles": []}, "id", *NAMES),
        ("/v1/remotes", remote, "remoteId", *NAMES),
    ):
        answer = await client.post(path, json=made)
        assert answer.status_code == 200, answer.text
        at = f"{path}/{answer.json()[key]}"

        await _edit_by_two(client, "PATCH", at, first, second)

        stale = (await client.get(at)).headers["etag"]
        assert (await client.patch(at, json=second)).status_code == 200
        late = await client.delete(at, headers={"If-Match": stale})
        assert (late.status_code, late.json()["type"]) == (412, "/problems/edited-meanwhile"), at
        fresh = (await client.get(at)).headers["etag"]
        assert (await client.delete(at, headers={"If-Match": fresh})).status_code == 204


async def test_labels_decisions_and_state_have_two_editors(
    api: Client, client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    made = await api.connection({"name": "users", "syncMode": "incremental_deduped_history"})
    await scheduler.run(JobId((await api.job(made))["jobId"]))
    connection, reason = made["connectionId"], {"reason": "agreed with the data owner"}

    labels = f"/v1/datasets/{connection}/users"
    await _edit_by_two(client, "PATCH", labels, {"description": "one"}, {"description": "two"})

    state = f"/v1/connections/{connection}/state"
    before = await client.get(state)
    old = await client.get(state, params={"version": 1})
    assert _edited(old) == _edited(before)  # who looks at an old one sets back the newest
    await _decide_by_two(client, state, before, {"clear": True, **reason})

    decisions = f"/v1/personal-data/{connection}/users"
    word = {"path": ["age"], "action": "mask"}
    shown = await client.get(f"{decisions}/history", params={"path": "age"})
    looked = await client.post(f"{decisions}/preview", json=word)
    assert _edited(shown) == _edited(looked)
    await _decide_by_two(client, decisions, looked, {**word, **reason})
    again = await client.get(f"{decisions}/history", params={"path": "age"})
    assert _edited(again) != _edited(shown)


async def _decide_by_two(
    client: httpx.AsyncClient, path: str, before: httpx.Response, wanted: Body
) -> None:
    tag = {"If-Match": before.headers["etag"]}
    done = await client.put(path, json=wanted, headers=tag)
    late = await client.put(path, json=wanted, headers=tag)
    next_one = await client.put(path, json=wanted, headers={"If-Match": done.headers["etag"]})

    assert (done.status_code, late.status_code) == (200, 412), (done.text, late.text)
    assert next_one.status_code == 200, next_one.text


def _edited(answer: httpx.Response) -> str:
    """The part of a tag that edits are compared by."""
    tag: str = answer.headers["etag"]
    return tag.partition(".")[0]


def _daily(cron: str) -> Body:
    return {"scheduleType": "cron", "cronExpression": cron}


async def _edit_by_two(
    client: httpx.AsyncClient, method: str, path: str, first: Body, second: Body
) -> None:
    before = await client.get(path)
    tag = before.headers["etag"]
    unchanged = await client.get(path, headers={"If-None-Match": tag})
    done = await client.request(method, path, json=first, headers={"If-Match": tag})
    late = await client.request(method, path, json=second, headers={"If-Match": tag})
    after = await client.get(path, headers={"If-None-Match": tag})
    anyway = await client.request(method, path, json=second)
    last = await client.request(method, path, json=first, headers={"If-Match": "*"})

    assert (unchanged.status_code, unchanged.content) == (304, b""), path
    assert unchanged.headers["etag"] == tag
    assert (done.status_code, done.headers.get("etag") != tag) == (200, True), (path, done.text)
    assert (late.status_code, late.headers["content-type"]) == (412, PROBLEM), path
    assert late.json()["type"] == "/problems/edited-meanwhile"
    assert late.json()["hint"]
    assert after.status_code == 200
    assert after.headers["etag"] != tag
    assert (anyway.status_code, last.status_code) == (200, 200), path


async def test_of_two_editors_at_once_one_is_told(client: httpx.AsyncClient) -> None:
    connection = (await make_connection(client))["connectionId"]
    path = f"/v1/connections/{connection}"

    for _ in range(3):
        tag = (await client.get(path)).headers["etag"]
        answers = await asyncio.gather(
            *(
                client.patch(path, json={"name": f"{tag[1:9]} {number}"}, headers={"If-Match": tag})
                for number in range(5)
            )
        )

        done = [answer for answer in answers if answer.status_code == 200]
        assert sorted(answer.status_code for answer in answers) == [200] + [412] * 4
        assert (await client.get(path)).json()["name"] == done[0].json()["name"]


async def test_time_alone_is_no_edit(app: FastAPI, client: httpx.AsyncClient) -> None:
    made = await make_connection(
        client, schedule={"scheduleType": "cron", "cronExpression": "0 0 12 * * ?"}
    )
    path = f"/v1/connections/{made['connectionId']}"
    before = await client.get(path)
    async with app.state.database.connection() as session:
        await session.execute(
            "UPDATE pipeline.schedules SET next_run_at = next_run_at + interval '1 day'"
        )

    looked = await client.get(path, headers={"If-None-Match": before.headers["etag"]})
    edited = await client.patch(
        path, json={"name": "a"}, headers={"If-Match": before.headers["etag"]}
    )

    assert looked.status_code == 200  # what is shown has changed
    assert looked.json()["schedule"] != before.json()["schedule"]
    assert edited.status_code == 200


class _Shown(View):
    name: str
    at: str


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_tag_is_of_what_is_shown(name: str) -> None:
    one, other = _Shown(name=name, at="1"), _Shown(name=name, at="2")

    assert tag_of(one) == tag_of(_Shown(name=name, at="1")) != tag_of(other)
    assert tag_of(one, one).split(".")[0] == tag_of(other, one).split(".")[0]
