"""Quarantine by API: listed, counted, looked at, corrected, dismissed, replayed; its limits."""

import json
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.core.access import Role
from app.core.catalog import SyncMode
from app.core.settings import Settings
from app.database.keys import load_keys
from app.database.pool import Database
from tests.api.client import Client, Object
from tests.api.making import WORKSPACE
from tests.api.test_roles import holding
from tests.fixtures.atlas import Atlas, atlas_on
from tests.fixtures.scripted import AT, INSTANT, offered, saying, whole
from tests.fixtures.synced import Synced

INTEGER = {"type": "integer"}
SCHEMA = {"id": INTEGER, "at": INSTANT, "amount": {"type": "number"}, "note": {"type": "string"}}
SECRET = "secret-4711"


def order(key: object, amount: object = 1, **fields: object) -> dict[str, object]:
    return {"id": key, "at": AT % 1, "amount": amount, "note": SECRET, **fields}


@pytest.fixture
async def synced(app: FastAPI, settings: Settings) -> Synced:
    """Four orders, of which one was good, and one broken one was sent in two syncs."""
    database: Database = app.state.database
    atlas = atlas_on(database)
    atlas.keys = load_keys(settings)
    made = await Synced.of(atlas, offered("orders", SCHEMA, cursor=("at",)))
    await made.sync([order(1), order(2, "many"), order(None), b'{"note": "secret-4711'])
    await made.sync([order(2, "many")])
    return made


async def page(api: Client, **query: object) -> list[Object]:
    found: list[Object] = (await api.get("/quarantine", **query))["data"]
    return found


async def the(api: Client, **query: object) -> Object:
    """The only record that a filter finds."""
    (found,) = await page(api, **query)
    return found


def chosen(synced: Synced, **choice: object) -> dict[str, object]:
    return {"connectionId": str(synced.atlas.connection_id), **choice}


async def test_a_record_that_is_sent_again_is_one_line_and_none_is_lost(
    api: Client, synced: Synced
) -> None:
    found = await api.get("/quarantine", connectionId=synced.atlas.connection_id)

    assert [(line["boundary"], line["rules"], line["times"]) for line in found["data"]] == [
        ("chart", ["type:amount"], 2),
        ("chart", ["primary_key"], 1),
        ("explore", ["not_storable"], 1),
    ]
    assert [(one["rule"], one["records"]) for one in found["rules"]] == [
        ("type:amount", 2), ("primary_key", 1), ("not_storable", 1),
    ]  # fmt: skip
    twice = found["data"][0]
    assert (twice["stream"], twice["status"]) == ("orders", "kept")
    assert twice["firstSeenAt"] <= twice["lastSeenAt"]
    assert await synced.atlas.values("SELECT count(*) FROM quarantine.chart_records") == [3]
    assert SECRET not in json.dumps(found)


async def test_a_passport_names_its_quarantined_records_as_the_list_does(
    api: Client, synced: Synced
) -> None:
    path = f"/datasets/{synced.atlas.connection_id}/orders/passport"

    found = await api.post(path, {"key": [2]})

    newest, oldest = [record["recordId"] for record in found["quarantine"]["records"]]
    assert newest == (await the(api, rule="type:amount"))["recordId"]
    assert (await api.get(f"/quarantine/{oldest}"))["rules"] == ["type:amount"]


async def test_records_of_which_only_the_beginning_is_kept_are_never_one(
    api: Client, synced: Synced
) -> None:
    beginning = b'{"note": "' + b"x" * 70_000
    await synced.sync([beginning + b"a", beginning + b"b"])

    found = await page(api, boundary="explore")

    assert [line["times"] for line in found] == [1, 1, 1]
    looked = await api.get(f"/quarantine/{found[0]['recordId']}", withRecord=True)
    assert looked["record"]["isWhole"] is False
    assert looked["sizeBytes"] == len(beginning) + 1


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ({"boundary": "explore"}, 1),
        ({"rule": "type:amount"}, 1),
        ({"stream": "orders", "namespace": ""}, 3),
        ({"stream": "others"}, 0),
        ({"status": "fixed"}, 0),
        ({"connectionId": "99999999-9999-4999-9999-999999999999"}, 0),
    ],
)
async def test_records_are_filtered(
    api: Client, synced: Synced, query: dict[str, object], lines: int
) -> None:
    assert len(await page(api, **query)) == lines


async def test_records_are_those_that_a_job_read(api: Client, synced: Synced) -> None:
    (first, *_) = sorted((await api.get("/jobs"))["data"], key=lambda job: job["jobId"])
    books = first["atlas"]["streams"][0]

    of_job = await page(api, jobId=first["jobId"])
    of_none = await page(api, jobId=first["jobId"] + 1_000_000)

    assert sum(line["times"] for line in of_job) == books["quarantined"] + books["rejected"] > 0
    assert of_none == []


async def test_the_list_is_paged(api: Client, synced: Synced) -> None:
    first = await api.get("/quarantine", limit=2)
    rest = await page(api, limit=2, offset=2)

    assert "offset=2" in first["next"]
    ids = [line["recordId"] for line in (*first["data"], *rest)]
    assert len(set(ids)) == len(ids) == 3


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("", {"status": "lost"}),
        ("", {"boundary": "navigate"}),
        ("/chart-x", {}),
        ("/navigate-1", {}),
    ],
)
async def test_what_is_no_filter_and_no_id_is_a_problem(
    api: Client, path: str, query: dict[str, object]
) -> None:
    await api.problem("GET", f"/quarantine{path}", 422, query=query)
    await api.problem("GET", "/quarantine", 400, query={"stream": "a\0b"})


async def test_a_record_shows_its_values_only_where_they_are_asked_for(
    api: Client, synced: Synced
) -> None:
    for boundary, text in (("chart", '"amount": "many"'), ("explore", '{"note": "secret-4711')):
        line = (await page(api, boundary=boundary))[0]
        path = f"/quarantine/{line['recordId']}"

        found = await api.get(path)
        looked = await api.get(path, withRecord=True)

        assert SECRET not in json.dumps(found)
        assert "record" not in found
        assert found["sizeBytes"] == len(looked["record"]["text"])
        assert text in looked["record"]["text"]
        assert looked["record"]["isWhole"] is True
    await api.problem("GET", "/quarantine/chart-999", 404)


async def test_a_correction_and_a_replay_bring_a_record_and_its_like_back(
    api: Client, synced: Synced
) -> None:
    record = await the(api, rule="type:amount")
    path = f"/quarantine/{record['recordId']}"

    fixed = await api.post(f"{path}/fix", {"patch": {"amount": 3}, "note": "three, by phone"})
    preview = await api.post("/quarantine/preview", chosen(synced, records=[record["recordId"]]))
    job = await api.post("/quarantine/replays", chosen(synced, records=[record["recordId"]]))
    await synced.atlas.run(job["jobId"])

    assert fixed == {"recordId": record["recordId"], "status": "fixed", "records": 2}
    (stream,) = preview["streams"]
    assert (stream["picked"], stream["charted"], stream["superseded"], stream["rules"]) == (
        2,
        1,
        1,
        {},
    )
    assert job["jobType"] == "replay"
    assert await synced.hand.rows("SELECT id, amount FROM chart.ledger_orders ORDER BY id") == [
        (1, 1),
        (2, 3),
    ]
    found = await api.get(path)
    assert found["status"] == "replayed"
    assert [(one["decision"], one.get("note")) for one in found["decisions"]] == [
        ("fixed", "three, by phone"), ("replayed", None),
    ]  # fmt: skip
    assert (await api.get(f"/jobs/{job['jobId']}"))["status"] == "succeeded"
    assert await api.get(f"/quarantine/replays/{job['jobId']}") == {
        "jobId": job["jobId"], "askedBy": "machine", "fates": {"charted": 1, "superseded": 1},
    }  # fmt: skip
    await api.problem("GET", "/quarantine/replays/1", 404)
    assert job["jobId"] not in [one["jobId"] for one in (await api.get("/jobs"))["data"]]
    assert [one["jobId"] for one in (await api.get("/jobs", jobType="replay"))["data"]] == [
        job["jobId"]
    ]
    assert job["jobId"] in [
        one["jobId"] for one in (await api.get("/jobs", allTypes="true"))["data"]
    ]
    await api.problem("POST", f"{path}/fix", 409, {"patch": {"amount": 4}})
    await api.problem(
        "POST", "/quarantine/preview", 422, chosen(synced, records=[record["recordId"]])
    )


async def test_a_correction_keeps_numbers_as_they_are_written(api: Client, synced: Synced) -> None:
    record = await the(api, rule="type:amount")
    number = "123456789012345678901234567890.10"

    answer = await api.http.post(
        f"/v1/quarantine/{record['recordId']}/fix",
        content=f'{{"patch": {{"amount": {number}, "note": null, "more": {{"a": null, "b": 1.50}}}}}}',
    )

    assert answer.status_code == 200, answer.text
    looked = await api.get(f"/quarantine/{record['recordId']}", withRecord=True)
    assert looked["record"]["fixed"] == (
        f'{{"at": "{AT % 1}", "id": 2, "more": {{"b": 1.50}}, "amount": {number}}}'
    )
    await synced.replay()
    assert await synced.hand.rows("SELECT amount::text FROM chart.ledger_orders WHERE id = 2") == [
        (number,)
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"record": 7}',
        b'{"record": [1]}',
        b'{"record": {"a": "secret-4711\\u0000"}}',
        b'{"record": {"a": "\\ud800"}}',
        b'{"record": {"a": 1, "a": 2}}',
        b'{"record": {"id": 2}, "patch": {"id": 2}}',
        b'{"patch": 7}',
        b'{"record": {"id": 2}, "unknown": 1}',
        b'{"record": {"id": "\xff"}}',
        b'{"record": {"id": 2}, "note": "\\u0000"}',
        b'{"record": {"id": 1e999999}}',
    ],
)
async def test_what_is_no_correction_is_a_problem_that_quotes_nothing(
    api: Client, synced: Synced, body: bytes
) -> None:
    record = await the(api, rule="type:amount")

    answer = await api.http.post(f"/v1/quarantine/{record['recordId']}/fix", content=body)

    refused = {400: "/problems/request-malformed", 422: "/problems/fix-invalid"}
    assert answer.json()["type"] == refused[answer.status_code], answer.text
    assert SECRET not in answer.text
    assert (await the(api, rule="type:amount"))["status"] == "kept"


async def test_what_explore_could_not_take_wants_the_whole_record(
    api: Client, synced: Synced
) -> None:
    record = await the(api, boundary="explore")
    path = f"/quarantine/{record['recordId']}/fix"

    await api.problem("POST", path, 422, {"patch": {"id": 3}})
    await api.post(path, {"record": order(3)})
    job = await api.post("/quarantine/replays", chosen(synced, stream="orders", namespace=""))
    await synced.atlas.run(job["jobId"])

    assert await synced.hand.rows("SELECT id FROM chart.ledger_orders ORDER BY id") == [(1,), (3,)]


async def test_what_is_dismissed_stays_out_until_it_is_corrected(
    api: Client, synced: Synced
) -> None:
    record = await the(api, rule="primary_key")
    path = f"/quarantine/{record['recordId']}"

    assert (await api.post(f"{path}/dismiss", {"note": "a test order"}))["records"] == 1
    await api.problem("POST", "/quarantine/replays", 422, chosen(synced, rule="primary_key"))
    await api.post(f"{path}/fix", {"patch": {"id": 5}})
    job = await api.post("/quarantine/replays", chosen(synced, rule="primary_key"))
    await synced.atlas.run(job["jobId"])

    assert await synced.hand.rows("SELECT id FROM chart.ledger_orders ORDER BY id") == [(1,), (5,)]
    decided = (await api.get(path))["decisions"]
    assert [one["decision"] for one in decided] == ["dismissed", "fixed", "replayed"]
    assert await synced.unbalanced() == []


async def test_who_has_a_role_in_one_workspace_alone_decides_and_sees_who_decided(
    api: Client, app: FastAPI, synced: Synced
) -> None:
    path = f"/quarantine/{(await the(api, rule='primary_key'))['recordId']}"

    api.http.headers = httpx.Headers(await holding(app, Role.OPERATOR, WORKSPACE))
    await api.post(f"{path}/dismiss", {"note": "a test order"})
    api.http.headers = httpx.Headers(await holding(app, Role.EDITOR, WORKSPACE))
    await api.post(f"{path}/fix", {"patch": {"id": 5}})
    job = await api.post("/quarantine/replays", chosen(synced, rule="primary_key"))
    await synced.atlas.run(job["jobId"])

    decided = (await api.get(path))["decisions"]
    assert [one["decision"] for one in decided] == ["dismissed", "fixed", "replayed"]


async def test_a_replay_beside_a_sync_is_refused(api: Client, synced: Synced) -> None:
    await synced.begin()

    await api.problem("POST", "/quarantine/replays", 409, chosen(synced))


async def test_a_connection_that_is_paused_or_deleted_replays_nothing(
    api: Client, synced: Synced
) -> None:
    path = f"/connections/{synced.atlas.connection_id}"

    await api.patch(path, {"status": "inactive"})
    await api.problem("POST", "/quarantine/replays", 409, chosen(synced))
    await api.http.delete(f"/v1{path}")
    for act in ("replays", "preview"):
        await api.problem("POST", f"/quarantine/{act}", 404, chosen(synced))


async def test_a_job_of_type_replay_is_not_started_without_saying_of_what(
    api: Client, synced: Synced
) -> None:
    await api.problem("POST", "/jobs", 422, chosen(synced, jobType="replay"))


async def test_a_waiver_is_made_listed_and_taken_back(api: Client, synced: Synced) -> None:
    path = f"/connections/{synced.atlas.connection_id}/waivers"

    made = await api.post(path, {"stream": "orders", "rule": "type:amount"})
    preview = await api.post("/quarantine/preview", chosen(synced, rule="type:amount"))
    answer = await api.http.delete(f"/v1{path}", params={"stream": "orders", "rule": "type:amount"})

    assert [(one["stream"], one["rule"]) for one in made["data"]] == [("orders", "type:amount")]
    assert preview["streams"][0]["charted"] == 1
    assert answer.json() == {"data": []}
    assert (await api.get(path))["data"] == []
    for rule in ("primary_key", "type:nothing", "cursor"):
        await api.problem("POST", path, 422, {"stream": "orders", "rule": rule})
    await api.problem("POST", path, 422, {"stream": "others", "rule": "type:amount"})


@pytest.mark.parametrize(
    ("limit", "status", "warned"),
    [
        ({}, "succeeded", 0),
        ({"share": 0.5}, "succeeded", 0),
        ({"share": 0.49}, "failed", 0),
        ({"records": 2}, "succeeded", 0),
        ({"records": 1}, "failed", 0),
        ({"share": 0.9, "records": 1}, "failed", 0),
        ({"records": 0, "onExceeded": "warn"}, "succeeded", 1),
    ],
)
async def test_a_job_over_its_limit_fails_or_is_warned_of(
    api: Client, app: FastAPI, tmp_path: Path, limit: dict[str, object], status: str, warned: int
) -> None:
    atlas: Atlas = atlas_on(app.state.database)
    stream = offered("orders", SCHEMA, cursor=("at",))
    await atlas.connect({}, SyncMode.INCREMENTAL_DEDUPED_HISTORY, streams=[stream])
    sent = [order(1), order(2), order(3, "many"), order(None)]
    atlas.command = saying(tmp_path, whole("orders", [json.dumps(one).encode() for one in sent]))
    path = f"/connections/{atlas.connection_id}/quarantineLimit"
    await api.put(path, limit)
    assert (await api.get(path)).items() >= limit.items()

    job = (await atlas.sync()).job

    assert job.status == status, job.failure
    assert await atlas.values("SELECT count(*) FROM chart.ledger_orders") == [2]
    events = (await api.get(f"/jobs/{job.job_id}/events"))["data"]
    told = [event for event in events if event["kind"] == "quarantine_exceeded"]
    assert len(told) == warned
    for event in told:
        assert event["payload"] == {
            "stream": "orders", "read": 4, "quarantined": 2, "rules": {"primary_key": 1, "type:amount": 1},
        }  # fmt: skip
    if job.failure is not None:
        assert (job.failure.slug, job.failure.failure) == ("too-much-quarantined", "config_error")
        assert "primary_key (1), type:amount (1)" in job.failure.detail
        assert job.attempts == 1
