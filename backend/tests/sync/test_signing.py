"""Secrets that webhooks are signed with: locked away, opened for one signature, let go of with their rules."""

from dataclasses import replace

import pytest

from app.core.failures import (
    NotDelivered,
)
from app.core.ids import ConnectionId
from app.database.pool import Database
from app.notices import outbox, rules
from app.notices.rules import new_secret
from app.secrets.master_keys import MasterKey, MasterKeys
from app.secrets.rotation import rotate
from app.sync.connections import connection_life
from tests.fixtures.atlas import MASTER, atlas_on, signing_on
from tests.fixtures.books import Books
from tests.fixtures.receivers import WebhookReceiver
from tests.notices.making import courier, statuses, tell
from tests.notices.test_courier import is_signed
from tests.secrets.test_canaries import everything, locked

NEWER = MasterKey(master=bytes(range(64, 96)), where="a test")


def only(*keys: MasterKey) -> MasterKeys:
    return MasterKeys(keys=keys, read_again=lambda: keys)


@pytest.fixture
async def books(database: Database) -> Books:
    made = Books(database=database)
    await made.begin()
    return made


async def put_in_the_clear(books: Books, secret: str) -> None:
    """As it was before secrets of rules were locked away."""
    await books.execute("DELETE FROM pipeline.secrets")
    await books.execute(
        "UPDATE pipeline.notification_rules SET secret = to_jsonb($1::text)", secret
    )


async def why(books: Books) -> str:
    return str(await books.values("SELECT last_failure FROM pipeline.notifications"))


async def test_a_secret_is_nowhere_in_the_database_and_signs(books: Books) -> None:
    connection_id = await books.connect()
    async with WebhookReceiver().listening() as receiver:
        secret = await tell(books, connection_id, receiver.url)
        kept = await everything(books.database)
        await books.run(connection_id, "failed")
        await courier(books).deliver()

    (received,) = receiver.received
    assert is_signed(received, secret)
    dump = kept + await everything(books.database)
    for text in (secret, secret.removeprefix(rules.SECRET_PREFIX)):
        assert text not in dump
        assert text.encode().hex() not in dump
    assert dump.count("$secret") == 2


async def test_a_rotation_covers_it(books: Books) -> None:
    connection_id = await books.connect()
    async with WebhookReceiver().listening() as receiver:
        secret = await tell(books, connection_id, receiver.url)
        rotated = await rotate(books.database, only(NEWER, MASTER))
        await books.run(connection_id, "failed")
        await courier(books, master_keys=only(NEWER)).deliver()

    (received,) = receiver.received
    assert (rotated.rewrapped, rotated.closed) == (1, 0)
    assert is_signed(received, secret)


async def test_one_from_before_is_locked_away_once_and_signs_as_it_did(books: Books) -> None:
    connection_id, signing, secret = await books.connect(), signing_on(books.database), new_secret()
    async with WebhookReceiver().listening() as receiver:
        await tell(books, connection_id, receiver.url)
        await put_in_the_clear(books, secret)
        was_seen = secret in await everything(books.database)

        adopted = await signing.adopt()
        after = await locked(books.database)
        again = await signing.adopt()
        await books.run(connection_id, "failed")
        await courier(books).deliver()

    (received,) = receiver.received
    assert was_seen
    assert (adopted, again) == (1, 0)
    assert secret not in await everything(books.database)
    assert await locked(books.database) == after
    assert is_signed(received, secret)


async def test_with_another_master_key_nothing_is_sent_and_why_is_said(books: Books) -> None:
    """Not even a webhook that is not signed; once the key is back, it goes out as it should."""
    connection_id = await books.connect()
    async with WebhookReceiver().listening() as receiver:
        secret = await tell(books, connection_id, receiver.url)
        await books.run(connection_id, "failed")
        await courier(books, master_keys=only(NEWER)).deliver()
        sent, failure = len(receiver.received), await why(books)
        await books.execute("UPDATE pipeline.notifications SET next_try_at = now()")
        await courier(books).deliver()

    assert sent == 0
    assert "does not open" in failure
    assert "master-key-missing" in failure
    assert is_signed(receiver.received[0], secret)
    assert await statuses(books) == [("failure", "delivered", 2)]


async def test_one_of_another_rule_or_one_that_is_gone_does_not_sign(books: Books) -> None:
    connection_id = await books.connect()
    async with WebhookReceiver().listening() as receiver:
        await tell(books, connection_id, receiver.url)
        await books.run(connection_id, "failed")
        async with books.database.transaction() as session:
            (notice,) = await outbox.take(session, 1, 60.0)
        await tell(books, await books.connect("other"), receiver.url)
        assert notice.key is not None
        (theirs,) = [
            row["rule_id"]
            for row in await books.fetch("SELECT rule_id FROM pipeline.notification_rules")
            if row["rule_id"] != notice.key.rule_id
        ]
        with pytest.raises(NotDelivered, match="secret-gone"):
            await signing_on(books.database).reveal(replace(notice.key, rule_id=theirs))
        await books.execute(
            "UPDATE pipeline.secrets s SET nonce = o.nonce, ciphertext = o.ciphertext, wrapped_key = o.wrapped_key "
            "FROM pipeline.secrets o WHERE o.owner_id = $1",
            theirs,
        )
        with pytest.raises(NotDelivered, match="master-key-missing"):
            await signing_on(books.database).reveal(notice.key)

    assert receiver.received == []


@pytest.mark.parametrize("goes", ["rule", "connection"])
async def test_it_is_let_go_of_with_its_rule_and_with_its_connection(
    books: Books, goes: str
) -> None:
    stays, gone = await books.connect("stays"), await books.connect("gone")
    for connection_id in (stays, gone):
        await tell(books, connection_id, "https://example.org/hook")
    await books.run(gone, "failed")

    await _take_away(books, gone, goes)

    assert await books.values("SELECT connection_id FROM pipeline.notification_rules") == [stays]
    assert len(await locked(books.database)) == 1
    assert await statuses(books) == []


async def _take_away(books: Books, connection_id: ConnectionId, what: str) -> None:
    async with books.database.transaction() as session:
        if what == "connection":
            transitions = atlas_on(books.database).transitions
            await connection_life.delete(session, transitions, connection_id)
        else:
            (rule,) = await rules.listed(session, connection_id, 9, 0)
            await rules.remove(session, signing_on(books.database), rule.rule_id)
