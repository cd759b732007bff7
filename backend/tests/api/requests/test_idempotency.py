"""A request that is sent again with its key is answered as before, and done once."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from app.access import answers as kept_answers
from app.access.answers import Answer, Answers, Claim
from app.api.requests import idempotency
from app.core.failures import (
    ConnectorFailed,
    DatabaseUnreachable,
)
from app.core.refusals import RequestUnderWay
from app.database.pool import Database
from tests.api.client import PROBLEM
from tests.api.making import NOBODY, WORKSPACE
from tests.fixtures.owner import as_owner

SOURCE = {
    "name": "a",
    "workspaceId": WORKSPACE,
    "configuration": {"sourceType": "faker", "count": 1},
}


async def post(
    client: httpx.AsyncClient, key: str, body: object = SOURCE, path: str = "/v1/sources"
) -> httpx.Response:
    return await client.post(path, json=body, headers={"Idempotency-Key": key})


async def sources(client: httpx.AsyncClient) -> int:
    return len((await client.get("/v1/sources?limit=100")).json()["data"])


async def test_the_same_request_again_is_done_once(app: FastAPI, client: httpx.AsyncClient) -> None:
    first, again = await post(client, "one"), await post(client, "one")
    other_body = await post(client, "one", SOURCE | {"name": "b"})
    other_path = await post(client, "one", SOURCE, "/v1/connections")
    other_key = await post(client, "two")
    without = [await client.post("/v1/sources", json=SOURCE) for _ in range(2)]
    shown = {"Authorization": "Basic " + "bm9ib2R5Om5vdGhpbmc=", "Idempotency-Key": "one"}
    nobody = await client.post("/v1/sources", json=SOURCE, headers=shown)

    assert first.status_code == again.status_code == 200
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    for reused in (other_body, other_path):
        assert (reused.status_code, reused.headers["content-type"]) == (409, PROBLEM)
        assert reused.json()["type"] == "/problems/idempotency-key-reused"
        assert "idempotent-replayed" not in reused.headers
    assert other_key.json()["sourceId"] != first.json()["sourceId"]
    assert len({answer.json()["sourceId"] for answer in without}) == 2
    assert nobody.status_code == 401
    assert await sources(client) == 4


async def test_a_refusal_is_kept_and_what_time_mends_is_not(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    wanted = SOURCE | {"workspaceId": NOBODY}
    refused = [await post(client, "refused", wanted) for _ in range(2)]
    await as_owner(app.state.database, "ALTER TABLE pipeline.sources RENAME TO elsewhere")
    broken = await post(client, "broken")
    await as_owner(app.state.database, "ALTER TABLE pipeline.elsewhere RENAME TO sources")
    mended = await post(client, "broken")
    failures = iter([ConnectorFailed("It broke."), DatabaseUnreachable("It is away.")])

    @app.post("/of-a-test", include_in_schema=False)
    async def act() -> str:
        for failure in failures:
            raise failure
        return "done"

    ends = [await post(client, "ends", {}, "/of-a-test") for _ in range(3)]

    assert [answer.status_code for answer in refused] == [404, 404]
    assert refused[1].headers["idempotent-replayed"] == "true"
    assert (broken.status_code, mended.status_code) == (500, 200)
    assert "idempotent-replayed" not in mended.headers
    assert [answer.status_code for answer in ends] == [502, 503, 200]


@pytest.mark.parametrize("key", [b"", b"x" * 256, "schlüssel".encode(), b"a\tb"])
async def test_a_key_is_printable_ascii(client: httpx.AsyncClient, key: bytes) -> None:
    answer = await client.post("/v1/sources", json=SOURCE, headers={b"Idempotency-Key": key})

    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert answer.json()["type"] == "/problems/idempotency-key-invalid"
    twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    several = await client.post("/v1/sources", json=SOURCE, headers=twice)
    assert several.status_code == 400
    assert await sources(client) == 0


async def test_two_at_once_are_one(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(post(client, "at once") for _ in range(8)))

    under_way = [answer for answer in answers if answer.status_code == 409]
    done = {answer.json()["sourceId"] for answer in answers if answer.status_code == 200}
    assert len(done) == 1
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in under_way)
    assert {answer.json()["type"] for answer in under_way} <= {"/problems/request-under-way"}
    assert await sources(client) == 1


async def test_a_claim_of_one_that_died_is_free_after_its_lease(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: Answers = app.state.answers
    monkeypatch.setattr(kept_answers, "LEASE_S", 0.3)
    claim = await answers.claim("user:a", "key", b"hash")
    assert isinstance(claim, Claim)
    with pytest.raises(RequestUnderWay):
        await answers.claim("user:a", "key", b"hash")
    assert isinstance(await answers.claim("user:b", "key", b"hash"), Claim)  # another's is his own
    await asyncio.sleep(0.35)

    second = await answers.claim("user:a", "key", b"hash")
    await answers.keep(claim, Answer(status=200, media_type="a/b", body=b"too late"))
    assert isinstance(second, Claim)
    await answers.keep(second, Answer(status=201, media_type="a/b", body=b"in time"))

    assert await answers.claim("user:a", "key", b"hash") == Answer(
        status=201, media_type="a/b", body=b"in time"
    )


async def test_answers_are_sealed_and_forgotten(app: FastAPI, database: Database) -> None:
    answers: Answers = app.state.answers
    claim = await answers.claim("user:a", "key", b"hash")
    assert isinstance(claim, Claim)
    await answers.keep(claim, Answer(status=200, media_type="a/b", body=b"whsec_secret"))
    async with database.connection() as session:
        kept = await session.fetchval("SELECT body FROM access.answers")
        assert b"whsec_secret" not in kept
        await answers.forget()
        assert await session.fetchval("SELECT count(*) FROM access.answers") == 1
        await session.execute("UPDATE access.answers SET claimed_at = now() - interval '25 hours'")
        assert isinstance(await answers.claim("user:a", "key", b"other"), Claim)
        await session.execute("UPDATE access.answers SET claimed_at = now() - interval '25 hours'")
        await answers.forget()
        assert await session.fetchval("SELECT count(*) FROM access.answers") == 0


async def test_what_is_too_long_to_keep_or_a_stream_is_done_again_and_says_so(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    @app.post("/of-a-test", include_in_schema=False)
    async def follow() -> StreamingResponse:
        return StreamingResponse(iter([b": one\n\n", b": two\n\n"]), media_type="text/event-stream")

    streams = [await post(client, "stream", {}, "/of-a-test") for _ in range(2)]
    assert [answer.headers["idempotency-kept"] for answer in streams] == ["false"] * 2
    assert [answer.text for answer in streams] == [": one\n\n: two\n\n"] * 2
    monkeypatch.setattr(idempotency, "MOST_BYTES", 10)

    answers = [await post(client, "long") for _ in range(2)]

    assert [answer.headers["idempotency-kept"] for answer in answers] == ["false"] * 2
    assert await sources(client) == 2


async def test_a_long_request_renews_its_claim(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "LEASE_S", 0.3)  # of 60 s it would be renewed after 20
    may_end = asyncio.Event()

    @app.post("/of-a-test", include_in_schema=False)
    async def slow() -> dict[str, str]:
        await may_end.wait()
        return {"done": "once"}

    first = asyncio.create_task(post(client, "slow", {}, "/of-a-test"))
    leases: set[object] = set()
    async with asyncio.timeout(30):
        while len(leases - {None}) < 3:
            leases.add(await _value(app, "SELECT lease_until FROM access.answers"))
            await asyncio.sleep(0.05)
    meanwhile = await post(client, "slow", {}, "/of-a-test")
    may_end.set()

    assert meanwhile.status_code == 409
    assert (await first).json() == {"done": "once"}
    again = await post(client, "slow", {}, "/of-a-test")
    assert (again.json(), again.headers["idempotent-replayed"]) == ({"done": "once"}, "true")


async def _value(app: FastAPI, statement: str) -> object:
    async with app.state.database.connection() as session:
        return await session.fetchval(statement)
