"""Notices reach their receivers, whatever these do, and nothing waits for them."""

import asyncio
import base64
import hashlib
import hmac
import json

import pytest

from app.core.setting_words import SmtpSecurity
from app.database.pool import open_database
from app.notices import outbox
from app.notices.email import Email
from app.notices.rules import SECRET_PREFIX, ChannelName, Occasion
from tests.fixtures.books import Books
from tests.fixtures.receivers import Received, WebhookReceiver
from tests.notices.making import courier, statuses, tell


async def deliver_all(books: Books, rounds: int = 40, **settings: float) -> None:
    carrier = courier(books, **settings)  # type: ignore[arg-type]
    for _ in range(rounds):
        await carrier.deliver()
        if not any(status == "waiting" for _, status, _ in await statuses(books)):
            return
        await asyncio.sleep(0.05)


def is_signed(received: Received, secret: str) -> bool:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    headers = received.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + received.body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return headers["webhook-signature"] == f"v1,{wanted}"


async def test_a_webhook_arrives_signed_with_what_happened(
    books: Books, receiver: WebhookReceiver
) -> None:
    connection_id = await books.connect("orders\r\nx: y")
    secret = await tell(books, connection_id, receiver.url)
    job_id = await books.run(connection_id, "failed")

    await deliver_all(books)

    (received,) = receiver.received
    body = json.loads(received.body)
    assert is_signed(received, secret)
    assert not is_signed(Received(received.headers, received.body + b" "), secret)
    assert body["type"] == "connection.failure"
    assert body["data"]["jobId"] == job_id
    assert body["data"]["title"] == "Atlas: the sync of orders x: y failed"
    assert body["data"]["failure"]["slug"] == "connector-failed"
    assert await statuses(books) == [("failure", "delivered", 1)]


@pytest.mark.parametrize("answer", [500, 404, 307, "drop", "garbage", "hang"])
async def test_what_is_not_taken_is_sent_again_by_the_same_name(
    books: Books, receiver: WebhookReceiver, answer: int | str
) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, receiver.url)
    await books.run(connection_id, "failed")
    receiver.answers = [answer]

    await deliver_all(books, timeout_s=0.5)

    assert await statuses(books) == [("failure", "delivered", 2)]
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1


async def test_after_the_last_try_a_notice_is_dead_and_seen_and_can_be_revived(
    books: Books, receiver: WebhookReceiver
) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, receiver.url)
    await books.run(connection_id, "failed")
    receiver.answers = [500, 503, 500]

    await deliver_all(books)
    async with books.database.transaction() as session:
        (dead,) = await outbox.listed(session, connection_id=connection_id, status=outbox.DeliveryStatus.DEAD, limit=9, offset=0)  # fmt: skip
        await outbox.revive(session, dead.notification_id)
    await deliver_all(books)

    assert (dead.tries, dead.last_failure) == (3, "The receiver answered 500.")
    assert await statuses(books) == [("failure", "delivered", 1)]


async def test_waits_grow_from_try_to_try(books: Books, receiver: WebhookReceiver) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, receiver.url)
    await books.run(connection_id, "failed")
    receiver.answers = [500, 500]
    carrier = courier(books, wait_s=100.0)

    waits = []
    for _ in range(2):
        await carrier.deliver()
        waits += await books.values("SELECT round(extract(epoch FROM next_try_at - now())) FROM pipeline.notifications")  # fmt: skip
        await books.execute("UPDATE pipeline.notifications SET next_try_at = now()")

    assert [int(str(wait)) for wait in waits] == [100, 300]


async def test_a_slow_receiver_keeps_no_other_waiting_and_holds_no_connection(
    books: Books, receiver: WebhookReceiver, dsn: str
) -> None:
    """Fault 51: with a pool of one connection, jobs go on while the receiver hangs."""
    slow, quick = await books.connect("slow"), await books.connect("quick")
    async with WebhookReceiver(answers=["hang"] * 9).listening() as hanging:
        await tell(books, slow, hanging.url)
        await tell(books, quick, receiver.url)
        for _ in range(5):
            await books.run(slow, "failed")
        await books.run(quick, "failed")
        async with open_database(dsn, size=1) as database:
            narrow = Books(database=database, source_id=books.source_id)
            delivering = asyncio.create_task(courier(narrow, timeout_s=3.0).deliver())
            async with asyncio.timeout(2):
                while not receiver.received:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                await narrow.run(quick)
            was_hanging = not delivering.done()
            await delivering

    assert was_hanging
    assert len(hanging.received) == 3  # of one receiver a few at a time


async def test_of_many_couriers_one_delivers(books: Books, receiver: WebhookReceiver) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, receiver.url, Occasion.FAILURE)
    for _ in range(4):
        await books.run(connection_id, "failed")

    for _ in range(3):
        await asyncio.gather(*(courier(books).deliver() for _ in range(5)))

    assert len(receiver.received) == 4
    assert await statuses(books) == [("failure", "delivered", 1)] * 4


async def test_a_courier_that_dies_in_the_middle_loses_nothing(
    books: Books, receiver: WebhookReceiver
) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, receiver.url)
    await books.run(connection_id, "failed")
    receiver.answers = ["hang"]

    dying = asyncio.create_task(courier(books).deliver())
    while not receiver.received:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    meanwhile = await courier(books).deliver()
    await books.execute(
        "UPDATE pipeline.notifications SET next_try_at = now()"
    )  # the lease is over
    await courier(books).deliver()

    assert meanwhile == 0
    assert await statuses(books) == [("failure", "delivered", 2)]


async def test_a_courier_goes_on_when_the_database_was_away(
    books: Books, receiver: WebhookReceiver
) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, receiver.url)
    running = asyncio.create_task(courier(books).run())
    await books.execute("ALTER TABLE pipeline.notifications RENAME TO gone")
    await asyncio.sleep(0.3)
    await books.execute("ALTER TABLE pipeline.gone RENAME TO notifications")

    await books.run(connection_id, "failed")
    async with asyncio.timeout(10):
        while not receiver.received:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    running.cancel()

    assert len(receiver.received) == 1


UNSENDABLE = Email(
    host="localhost", port=1, security=SmtpSecurity.NONE, user=None, password=None,
    sender="atlas@example.org\r\nBcc: jane@example.org", timeout_s=1.0,
)  # fmt: skip


async def test_what_cannot_even_be_made_is_tried_a_few_times_and_keeps_nobody_waiting(
    books: Books, receiver: WebhookReceiver
) -> None:
    """A sender that no message takes: a try all the same, with its wait, and dead after the last."""
    broken, sound = await books.connect("broken"), await books.connect("sound")
    await tell(books, broken, "ops@example.org", channel=ChannelName.EMAIL)
    await tell(books, sound, receiver.url)
    await books.run(broken, "failed")
    await books.run(sound, "failed")
    carrier = courier(books, email=UNSENDABLE, most_tries=2, wait_s=100.0)

    taken = await carrier.deliver()
    first = await statuses(books)
    (wait,) = await books.values("SELECT round(extract(epoch FROM next_try_at - now())) FROM pipeline.notifications WHERE status = 'waiting'")  # fmt: skip
    await books.execute("UPDATE pipeline.notifications SET next_try_at = now()")
    await carrier.deliver()

    assert taken == 2
    assert first == [("failure", "waiting", 1), ("failure", "delivered", 1)]
    assert int(str(wait)) == 100
    assert (await statuses(books))[0] == ("failure", "dead", 2)
    (why,) = await books.values("SELECT last_failure FROM pipeline.notifications WHERE status = 'dead'")  # fmt: skip
    assert why == "It could not be sent (ValueError)."


async def test_a_notice_that_ends_its_courier_each_time_is_dead_after_its_tries(
    books: Books, receiver: WebhookReceiver
) -> None:
    """A try counts when it is taken: nobody came back from any of these to say what became of it."""
    connection_id = await books.connect()
    await tell(books, connection_id, receiver.url)
    await books.run(connection_id, "failed")
    for _ in range(3):
        async with books.database.transaction() as session:
            assert len(await outbox.take(session, 16, 60.0)) == 1
        await books.execute("UPDATE pipeline.notifications SET next_try_at = now()")

    for _ in range(3):
        await courier(books, most_tries=3).deliver()

    assert await statuses(books) == [("failure", "dead", 3)]
    assert receiver.received == []
    (why,) = await books.values("SELECT last_failure FROM pipeline.notifications")
    assert "its last try" in str(why)


async def test_what_a_round_could_not_write_down_does_not_stop_the_others(
    books: Books, receiver: WebhookReceiver
) -> None:
    """The database refuses one ending: the other is written, and the first is sent again later."""
    connection_id = await books.connect()
    await tell(books, connection_id, receiver.url, Occasion.FAILURE)
    await books.run(connection_id, "failed")
    await books.run(connection_id, "failed")
    await books.execute(
        "ALTER TABLE pipeline.notifications ADD CHECK (notification_id > 1 OR status = 'waiting')"
    )

    (refused,) = await asyncio.gather(courier(books).deliver(), return_exceptions=True)

    assert isinstance(refused, Exception)
    assert await statuses(books) == [("failure", "waiting", 1), ("failure", "delivered", 1)]
