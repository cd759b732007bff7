"""Who is told of what, set and seen by API."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from app.database.pool import open_database
from app.notices import outbox
from app.notices.rules import SECRET_PREFIX
from tests.api.client import Client, Object
from tests.api.making import NOBODY
from tests.fixtures.books import Books
from tests.secrets.test_canaries import everything

URL = "https://example.org/hook"


@pytest.fixture
async def books(app: FastAPI, dsn: str) -> AsyncIterator[Books]:
    async with open_database(dsn, size=2) as database:
        made = Books(database=database)
        await made.begin()
        yield made


def rule(connection_id: object, **other: object) -> Object:
    wanted = {"connectionId": str(connection_id), "occasions": ["failure"], "channel": "webhook", "target": URL}  # fmt: skip
    return wanted | other


async def test_a_rule_is_made_shown_without_its_secret_and_taken_away(
    api: Client, books: Books
) -> None:
    connection_id = await books.connect()

    made = await api.post("/notification-rules", rule(connection_id))
    shown = await api.get("/notification-rules", connectionId=connection_id)
    await api.delete(f"/notification-rules/{made['ruleId']}")

    assert made.pop("secret").startswith(SECRET_PREFIX)
    assert shown["data"] == [made]
    assert (await api.get("/notification-rules"))["data"] == []
    await api.problem("DELETE", f"/notification-rules/{made['ruleId']}", 404)


async def test_a_secret_that_was_shown_once_is_nowhere_in_the_database(
    api: Client, books: Books
) -> None:
    """Neither with the rule, nor in what was answered under a key, nor in the audit log."""
    body, key = rule(await books.connect()), {"idempotency-key": "once"}

    made, again = [
        (await api.http.post("/v1/notification-rules", json=body, headers=key)).json()
        for _ in range(2)
    ]

    assert made == again, "kept under the key"
    secret = made["secret"].removeprefix(SECRET_PREFIX)
    dump = await everything(books.database)
    assert secret not in dump
    assert secret.encode().hex() not in dump
    assert "$secret" in dump


async def test_a_rule_is_switched_off_and_on_and_its_share_is_set(
    api: Client, books: Books
) -> None:
    connection_id = await books.connect()
    made = await api.post("/notification-rules", rule(connection_id))
    path = f"/notification-rules/{made['ruleId']}"
    await books.run(connection_id, "failed")

    off = await api.patch(path, {"isActive": False})
    await books.run(connection_id, "failed")
    noted = (await api.get("/notifications"))["data"]
    while_off = await taken(books)
    share = await api.patch(path, {"quarantineShare": 0.25})
    back = await api.patch(path, {"isActive": True})

    assert (off["isActive"], off["quarantineShare"]) == (False, 0)
    assert len(noted) == 1  # from before it was off
    assert while_off == 0
    assert (share["isActive"], share["quarantineShare"]) == (False, 0.25)
    assert (back["isActive"], back["quarantineShare"]) == (True, 0.25)
    assert (await api.get("/notification-rules"))["data"] == [back]
    assert "secret" not in back
    assert await taken(books) == 1


async def taken(books: Books) -> int:
    async with books.database.transaction() as session:
        return len(await outbox.take(session, 16, 60.0))


@pytest.mark.parametrize(
    "body",
    [{"quarantineShare": 1}, {"quarantineShare": -1}, {"isActive": "often"}, {"target": URL}],
)
async def test_a_change_that_cannot_be_is_a_problem(
    api: Client, books: Books, body: Object
) -> None:
    made = await api.post("/notification-rules", rule(await books.connect()))

    await api.problem("PATCH", f"/notification-rules/{made['ruleId']}", 422, body)
    await api.problem("PATCH", f"/notification-rules/{NOBODY}", 404, {"isActive": False})


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"connectionId": NOBODY}, 404), ({"occasions": []}, 422), ({"occasions": ["birthday"]}, 422), ({"channel": "pigeon"}, 422),
        ({"target": "nowhere"}, 422), ({"quarantineShare": 1}, 422), ({"quarantineShare": -0.1}, 422), ({"who": "me"}, 422),
        ({"channel": "email", "target": "ops@example.org"}, 422),
    ],
)  # fmt: skip
async def test_a_rule_that_cannot_be_is_a_problem(
    api: Client, books: Books, other: Object, status: int
) -> None:
    connection_id = await books.connect()

    await api.problem("POST", "/notification-rules", status, rule(connection_id, **other))


async def test_what_was_given_up_is_seen_and_tried_again(api: Client, books: Books) -> None:
    connection_id = await books.connect()
    await api.post("/notification-rules", rule(connection_id))
    await books.run(connection_id, "failed")
    (waiting,) = (await api.get("/notifications"))["data"]
    await api.problem("POST", f"/notifications/{waiting['notificationId']}/retry", 404)
    await books.execute("UPDATE pipeline.notifications SET status = 'dead', last_failure = 'It answered 500.', ended_at = now()")  # fmt: skip

    (dead,) = (await api.get("/notifications", status="dead", connectionId=connection_id))["data"]
    revived = await api.post(f"/notifications/{dead['notificationId']}/retry", {})

    assert (waiting["status"], waiting["occasion"]) == ("waiting", "failure")
    assert dead["lastFailure"] == "It answered 500."
    assert revived["status"] == "waiting"
    assert (await api.get("/notifications", status="dead"))["data"] == []
