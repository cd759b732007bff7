"""/v1/personal-data: decisions, their history, and a person's word."""

from app.core.ids import JobId
from app.database.pool import Database
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client, Object
from tests.api.making import NOBODY

USERS = {"name": "users", "syncMode": "incremental_deduped_history"}
REASON = "agreed with the data owner"


async def synced(api: Client, scheduler: SyncScheduler) -> Object:
    connection = await api.connection(USERS)
    await run(api, scheduler, connection)
    return connection


async def run(api: Client, scheduler: SyncScheduler, connection: Object) -> str:
    job = await api.job(connection)
    await scheduler.run(JobId(job["jobId"]))
    status: str = (await api.get(f"/jobs/{job['jobId']}"))["status"]
    return status


async def values(database: Database, column: str) -> list[object]:
    async with database.connection() as session:
        rows = await session.fetch(f"SELECT {column} AS value FROM chart.people_users ORDER BY id")
    return [row["value"] for row in rows]


async def test_decisions_are_listed_with_evidence_and_without_a_value(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    connection = await synced(api, scheduler)
    other = await api.connection(USERS, name="never synced")

    whole = await api.get("/personal-data", limit=100)
    masked = await api.get("/personal-data", action="mask", entity="EMAIL_ADDRESS")
    nobody = await api.get("/personal-data", connectionId=other["connectionId"])
    page = await api.get("/personal-data", limit=1, offset=1)

    assert {line["connectionId"] for line in whole["data"]} == {connection["connectionId"]}
    (email,) = masked["data"]
    assert (email["stream"], email["column"], email["table"]) == ("users", "email", "people_users")
    decision = email["decision"]
    assert (decision["path"], decision["action"], decision["decidedBy"]) == (
        ["email"],
        "mask",
        "atlas",
    )
    assert decision["evidence"]["distinct"] == 40
    assert decision["evidence"]["share"] == 1.0
    assert nobody["data"] == []
    assert page["data"] == whole["data"][1:2]
    titles = await values(database, "title")
    assert not any(str(title) in str(whole) for title in titles if title and len(str(title)) > 3)


async def test_a_persons_word_masks_what_is_published_and_outweighs_atlas(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    connection = await synced(api, scheduler)
    path = f"/personal-data/{connection['connectionId']}/users"
    word = {"path": ["age"], "action": "mask", "entity": "DATE_OF_BIRTH"}
    clear = await values(database, "age")

    preview = await api.post(f"{path}/preview", word)
    untouched = await values(database, "age")
    done = await api.put(path, {**word, "reason": REASON})
    tokens = await values(database, "age")
    history = (await api.http.get(f"/v1{path}/history", params={"path": "age"})).json()["data"]
    status = await run(api, scheduler, connection)

    filled = sum(value is not None for value in clear)
    assert filled > 0
    assert preview["maskedNow"] == done["maskedNow"] == {"rows": filled, "versions": 0}
    assert untouched == clear
    assert all(str(token).startswith("date_of_birth_") for token in tokens if token is not None)
    assert (history[0]["decidedBy"], history[0]["actor"], history[0]["reason"]) == (
        "person",
        "machine",
        REASON,
    )
    assert history[-1]["decidedBy"] == "atlas"
    assert status == "succeeded"
    assert await values(database, "age") == tokens
    (line,) = (await api.get("/personal-data", decidedBy="person"))["data"]
    assert line["decision"]["entity"] == "DATE_OF_BIRTH"


async def test_a_mask_that_is_taken_off_lets_new_rows_be_clear(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    connection = await synced(api, scheduler)
    path = f"/personal-data/{connection['connectionId']}/users"
    tokens = await values(database, "email")

    done = await api.put(path, {"path": ["email"], "action": "pass", "reason": REASON})
    kept = await values(database, "email")
    async with database.transaction() as session:
        await session.execute(
            "UPDATE pipeline.sources SET configuration = configuration || '{\"count\": 60}'"
        )
    status = await run(api, scheduler, connection)
    after = await values(database, "email")

    assert done["tokensKept"] == {"rows": 40, "versions": 0}
    assert done["maskedNow"] == {"rows": 0, "versions": 0}
    assert kept == tokens
    assert status == "succeeded"
    assert len(after) == 60
    assert all("@" in str(value) for value in after[40:])


async def test_what_cannot_be_decided_is_a_problem(api: Client, scheduler: SyncScheduler) -> None:
    connection = await synced(api, scheduler)
    path = f"/personal-data/{connection['connectionId']}/users"
    word: Object = {"path": ["nowhere"], "action": "mask"}

    unknown = await api.problem("POST", f"{path}/preview", 422, word)
    elsewhere = await api.problem("POST", f"/personal-data/{NOBODY}/users/preview", 404, word)
    unreasoned = await api.problem("PUT", path, 422, {"path": ["age"], "action": "mask"})
    await api.job(connection)
    running = await api.problem(
        "PUT", path, 409, {"path": ["age"], "action": "mask", "reason": REASON}
    )

    assert (unknown["type"], unreasoned["type"]) == ("/problems/unprocessable-entity",) * 2
    assert elsewhere["type"] == "/problems/connection-not-found"
    assert running["title"] == "try-again-later"
