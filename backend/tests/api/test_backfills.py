"""/v1: a backfill, and the columns that make a version, as a client asks for them."""

import httpx

from app.sync.scheduler import SyncScheduler
from tests.api.making import DESTINATION, WORKSPACE, Json
from tests.sources.reading import ledger


async def connect(client: httpx.AsyncClient, **config: object) -> httpx.Response:
    streams = ledger({"name": "orders", "records": 30, "state_every": 5}, cursor_states="from")
    configuration = {"sourceType": "faker", **streams}
    made = await client.post(
        "/v1/sources",
        json={"name": "shop", "workspaceId": WORKSPACE, "configuration": configuration},
    )
    wanted = [{"name": "orders", "atlas": config}]
    return await client.post(
        "/v1/connections",
        json={
            "sourceId": made.json()["sourceId"],
            "destinationId": DESTINATION,
            "configurations": {"streams": wanted},
        },
    )


async def test_a_backfill_is_previewed_started_and_followed(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    connection: Json = (await connect(client)).json()
    sync = {"connectionId": connection["connectionId"], "jobType": "sync"}
    await scheduler.run((await client.post("/v1/jobs", json=sync)).json()["jobId"])
    span = {"from": "2024-01-01T00:00:10Z", "to": "2024-01-01T00:00:20Z", "chunks": 2}
    wanted = {**sync, "jobType": "backfill", "atlas": {"streams": [{"name": "orders"}], "backfill": span}}  # fmt: skip

    preview = (await client.post("/v1/jobs/preview", json=wanted)).json()
    started = await client.post("/v1/jobs", json=wanted)
    waiting = (await client.get(f"/v1/jobs/{started.json()['jobId']}/backfill")).json()["data"]
    await scheduler.run(started.json()["jobId"])
    done = (await client.get(f"/v1/jobs/{started.json()['jobId']}")).json()
    chunks = (await client.get(f"/v1/jobs/{started.json()['jobId']}/backfill")).json()["data"]
    refused = await client.post("/v1/jobs", json={**wanted, "atlas": {"backfill": span}})
    listed = (await client.get("/v1/jobs")).json()["data"]

    assert preview["backfill"]["beginsAfter"] == "2024-01-01T00:00:09Z"
    assert len(preview["backfill"]["bounds"]) == 3
    assert preview["backfill"]["rows"] == 10
    assert [one["explored"] for one in waiting] == [0, 0]
    assert done["status"] == "succeeded", done
    asked = {"streams": [{"name": "orders"}], "removeHistory": False, "swap": False}
    assert done["atlas"]["asked"] == {**asked, "backfill": span}, (
        "so that it can be asked for again"
    )
    (books,) = done["atlas"]["streams"]
    assert (books["explored"], books["balanced"]) == (10, True)
    assert books["read"] == books["explored"] + books["outOfRange"]
    assert [one["explored"] for one in chunks] == [5, 5]
    assert chunks[0]["to"] == chunks[1]["from"] == "2024-01-01T00:00:15+00:00"
    assert all("endedAt" in one for one in chunks)
    assert (refused.status_code, "one stream" in refused.json()["detail"]) == (422, True)
    assert [job["jobType"] for job in listed] == ["sync"]


async def test_columns_to_check_are_chosen_before_there_are_rows(
    client: httpx.AsyncClient, scheduler: SyncScheduler
) -> None:
    nowhere = await connect(client, checkCols=["nowhere"])
    connection: Json = (await connect(client, checkCols=["name", "name"])).json()
    there = f"/v1/connections/{connection['connectionId']}"
    chosen = {"stream": "orders", "checkCols": ["amount"]}

    before = await client.put(f"{there}/check-cols", json=chosen)
    wanted = {"connectionId": connection["connectionId"], "jobType": "sync"}
    await scheduler.run((await client.post("/v1/jobs", json=wanted)).json()["jobId"])
    after = await client.put(f"{there}/check-cols", json={"stream": "orders"})
    clear = {**wanted, "jobType": "clear", "atlas": {"removeHistory": True}}
    await scheduler.run((await client.post("/v1/jobs", json=clear)).json()["jobId"])
    cleared = await client.put(f"{there}/check-cols", json={"stream": "orders"})
    again = (await client.post("/v1/jobs", json=wanted)).json()["jobId"]
    await scheduler.run(again)

    assert nowhere.status_code == 422
    assert connection["configurations"]["streams"][0]["atlas"]["checkCols"] == ["name"]
    assert before.json()["atlas"]["checkCols"] == ["amount"]
    assert (after.status_code, "Clear it first" in after.json()["detail"]) == (422, True)
    assert cleared.json()["atlas"]["checkCols"] == []
    assert (await client.get(f"/v1/jobs/{again}")).json()["status"] == "succeeded"
