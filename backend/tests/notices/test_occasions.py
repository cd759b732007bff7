"""What is told: with the event or not at all, once, and without anything of a record."""

import asyncio
import contextlib
import json

import pytest

from app.core.errors import NotificationRuleInvalid
from app.core.events import SCHEMA_CHANGED
from app.notices import rules
from app.notices.rules import ChannelName, Occasion
from app.sync.jobs import events
from tests.fixtures.atlas import signing_on
from tests.fixtures.books import Books
from tests.notices.making import statuses, tell

URL = "https://example.org/hook"


async def told(books: Books) -> list[object]:
    return await books.values(
        "SELECT occasion FROM pipeline.notifications ORDER BY notification_id"
    )


async def test_a_failure_and_the_first_success_after_it_are_told_once(books: Books) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, URL)

    for status in ("succeeded", "failed", "failed", "cancelled", "succeeded", "succeeded"):
        await books.run(connection_id, status)

    assert await told(books) == ["failure", "failure", "recovery"]


@pytest.mark.parametrize("job_type", ["replay", "rebuild", "clear", "reset", "backfill"])
async def test_a_job_that_says_nothing_of_the_next_sync_is_no_recovery(
    books: Books, job_type: str
) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, URL)
    await books.run(connection_id, "failed")

    await books.run(connection_id, job_type=job_type)
    before = await told(books)
    await books.run(connection_id)

    assert before == ["failure"]
    assert await told(books) == ["failure", "recovery"]


async def test_an_older_generation_that_is_brought_back_is_no_recovery(books: Books) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, URL)
    await books.run(connection_id, "failed")

    await books.run(connection_id, job_type="refresh", options={"generation": 3})
    before = await told(books)
    await books.run(connection_id)

    assert before == ["failure"]
    assert await told(books) == ["failure", "recovery"]


async def test_only_who_asked_is_told_and_only_of_what_they_asked(books: Books) -> None:
    one, other = await books.connect("one"), await books.connect("other")
    await tell(books, one, URL, Occasion.RECOVERY)
    await tell(books, one, URL, Occasion.FAILURE, Occasion.RECOVERY)

    await books.run(other, "failed")
    await books.run(one, "failed")
    await books.run(one)

    assert await told(books) == ["failure", "recovery", "recovery"]


async def test_what_is_rolled_back_is_not_told(books: Books) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, URL)
    job_id = await books.job(connection_id)

    with contextlib.suppress(ZeroDivisionError):
        async with books.database.transaction() as session:
            await session.execute(
                "UPDATE pipeline.jobs SET status = 'failed' WHERE job_id = $1", job_id
            )
            await session.execute("SET CONSTRAINTS ALL IMMEDIATE")
            assert await session.fetchval("SELECT count(*) FROM pipeline.notifications") == 1
            raise ZeroDivisionError

    assert await told(books) == []


@pytest.mark.parametrize(
    ("share", "is_told"), [(0.0, True), (0.29, True), (0.3, False), (0.9, False)]
)
async def test_quarantine_is_told_above_the_share_that_was_set(
    books: Books, share: float, is_told: bool
) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, URL, Occasion.QUARANTINE, share=share)
    job_id = await books.job(connection_id)
    attempt_id = await books.attempt(job_id)
    await books.publish(attempt_id, charted=7, quarantined=3)

    await books.end(job_id)

    facts = await books.values("SELECT facts FROM pipeline.notifications")
    assert [json.loads(str(f)) | {"at": 0} for f in facts] == [
        {"connectionId": str(connection_id), "connection": "daily", "jobId": job_id, "at": 0, "read": 10, "quarantined": 3}
    ] * is_told  # fmt: skip


async def test_a_job_without_bad_records_is_not_told_of(books: Books) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, URL, Occasion.QUARANTINE)
    job_id = await books.job(connection_id)
    await books.publish(await books.attempt(job_id), charted=7, quarantined=0)

    await books.end(job_id)

    assert await told(books) == []


async def test_a_changed_schema_is_told_when_somebody_raises_it(books: Books) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, URL)
    job_id = await books.job(connection_id)

    async with books.database.transaction() as session:
        await events.add(session, job_id, None, SCHEMA_CHANGED, {"stream": "users"})

    assert await told(books) == ["schema_change"]


async def test_nothing_personal_is_told(books: Books) -> None:
    """The failure's detail names a person: it stays with the job."""
    connection_id = await books.connect()
    await tell(books, connection_id, URL)

    await books.run(connection_id, "failed")

    facts = str(await books.values("SELECT facts FROM pipeline.notifications"))
    assert "connector-failed" in facts
    assert "jane" not in facts


async def test_jobs_that_end_at_the_same_time_are_told_of_once_each(books: Books) -> None:
    connections = [await books.connect(f"n{n}") for n in range(6)]
    for connection_id in connections:
        await tell(books, connection_id, URL, Occasion.FAILURE)

    await asyncio.gather(*(books.run(connection_id, "failed") for connection_id in connections))

    assert await statuses(books) == [("failure", "waiting", 0)] * 6


@pytest.mark.parametrize(
    ("channel", "target"),
    [
        ("webhook", "ftp://example.org"), ("webhook", "example.org"), ("webhook", "http://"), ("webhook", "http://[::1"),
        ("webhook", "https://user:pass@example.org/"), ("webhook", "https://example.org:99999/"), ("webhook", "file:///etc/passwd"),
        ("webhook", "http://example.org/\r\nx: y"), ("webhook", "http://example.org/" + "x" * 3_000),
        ("email", "nobody"), ("email", "a@b\r\nBcc: c@d"), ("email", "a@b, c@d"), ("email", "<a@b>"), ("email", "a@" + "b" * 300),
    ],
)  # fmt: skip
async def test_a_target_that_is_no_address_is_refused(
    books: Books, channel: str, target: str
) -> None:
    connection_id = await books.connect()

    with pytest.raises(NotificationRuleInvalid):
        async with books.database.transaction() as session:
            await rules.create(
                session,
                signing_on(books.database),
                connection_id,
                [Occasion.FAILURE],
                ChannelName(channel),
                target,
            )
