"""Events of jobs: none forgotten, in the order of the commits, followed from any id on."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from app.core.errors import JobNotFound
from app.core.events import JobEvent
from app.core.ids import JobId
from app.database.announcements import Announcements
from app.sync.jobs import events
from tests.fixtures.books import Books
from tests.fixtures.owner import owner_of

LISTENING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"


@pytest.fixture
async def announcements(books: Books) -> AsyncIterator[Announcements]:
    made = announcements_of(books)
    yield made
    await made.close()


def announcements_of(books: Books) -> Announcements:
    return Announcements(
        database=books.database, channel=events.CHANNEL, subject_of=events.subject_of
    )


async def of_job(books: Books, job_id: JobId, after: int = 0) -> Sequence[JobEvent]:
    async with books.database.connection() as session:
        return await events.after(session, job_id, after)


def kinds(found: Sequence[JobEvent]) -> list[str]:
    return [event.kind for event in found]


async def followed(
    books: Books, announcements: Announcements, job_id: JobId, after: int = 0, poll_s: float = 30.0
) -> list[JobEvent]:
    async with asyncio.timeout(20):
        return [
            e
            async for e in events.follow(
                books.database, announcements, job_id, after, poll_s=poll_s
            )
        ]


async def is_listened_to(books: Books) -> list[object]:
    """Wait until somebody listens; over how many connections."""
    async with asyncio.timeout(20):
        async with owner_of(books.database) as session:
            while (found := await session.fetchval(LISTENING)) == 0:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    return [found]


async def test_every_transition_of_a_job_is_kept_by_the_database_itself(books: Books) -> None:
    connection_id = await books.connect()
    job_id = await books.job(connection_id)
    attempt_id = await books.attempt(job_id)
    await books.execute("UPDATE pipeline.attempts SET status = 'failed' WHERE job_id = $1", job_id)
    await books.attempt(job_id)
    await books.execute(
        "UPDATE pipeline.attempts SET cancel_requested = true WHERE status = 'running'"
    )
    await books.end(job_id, "failed")

    found = await of_job(books, job_id)

    assert kinds(found) == [
        "job_pending", "job_running", "attempt_started", "attempt_failed", "attempt_started",
        "attempt_cancel_requested", "attempt_failed", "job_failed",
    ]  # fmt: skip
    assert found[2].attempt_id == attempt_id
    assert (found[2].payload["number"], found[4].payload["number"]) == (1, 2)
    assert found[-1].payload["failure"] == {
        "slug": "connector-failed", "failure": "system_error", "title": "The connector failed",
    }  # fmt: skip
    assert "jane.doe" not in json.dumps([dict(event.payload) for event in found])


async def test_an_update_that_changes_no_status_is_no_event(books: Books) -> None:
    job_id = await books.job(await books.connect())
    await books.attempt(job_id)
    before = await of_job(books, job_id)

    await books.execute("UPDATE pipeline.jobs SET updated_at = now(), status = status")
    await books.execute("UPDATE pipeline.attempts SET epoch = epoch + 1, status = status")

    assert await of_job(books, job_id) == before


async def test_what_is_rolled_back_did_not_happen(books: Books) -> None:
    job_id = await books.job(await books.connect())

    with contextlib.suppress(ZeroDivisionError):
        async with books.database.transaction() as session:
            await session.execute("UPDATE pipeline.jobs SET status = 'cancelled'")
            raise ZeroDivisionError

    assert kinds(await of_job(books, job_id)) == ["job_pending"]


async def test_a_promotion_is_an_event_with_its_counts(books: Books) -> None:
    connection_id = await books.connect()
    job_id = await books.job(connection_id)
    attempt_id = await books.attempt(job_id)

    await books.publish(attempt_id, charted=7, quarantined=3)

    event = (await of_job(books, job_id))[-1]
    assert event.kind == "range_published"
    assert (event.payload["stream"], event.payload["charted"], event.payload["quarantined"]) == ("users", 7, 3)  # fmt: skip


async def test_of_one_job_ids_are_in_the_order_of_the_commits(books: Books) -> None:
    """A transaction that was open for long gets its id when it commits, so nobody has passed it by."""
    job_id = await books.job(await books.connect())
    seen: list[int] = []

    async with books.database.transaction() as slow:
        await slow.execute("INSERT INTO pipeline.attempts (job_id, number, run_id) VALUES ($1, 90, gen_random_uuid())", job_id)  # fmt: skip
        await books.execute("INSERT INTO pipeline.attempts (job_id, number, run_id, status) VALUES ($1, 91, gen_random_uuid(), 'failed')", job_id)  # fmt: skip
        seen += [event.event_id for event in await of_job(books, job_id)]
    after = await of_job(books, job_id, max(seen))

    assert [event.payload["number"] for event in after] == [90]


async def test_following_replays_from_an_id_and_then_hears_at_once(
    books: Books, announcements: Announcements
) -> None:
    job_id = await books.job(await books.connect())
    await books.attempt(job_id)
    first = (await of_job(books, job_id))[0]
    loop = asyncio.get_running_loop()

    following = asyncio.create_task(followed(books, announcements, job_id, first.event_id))
    await is_listened_to(books)
    ended = loop.time()
    await books.end(job_id)
    found = await following

    assert kinds(found) == ["job_running", "attempt_started", "attempt_succeeded", "job_succeeded"]
    assert loop.time() - ended < 10.0, "it was heard; looking comes after 30 s"
    assert announcements.listening == []


async def test_many_follow_over_one_connection(books: Books, announcements: Announcements) -> None:
    jobs = [await books.job(await books.connect(f"n{n}")) for n in range(4)]

    following = [asyncio.create_task(followed(books, announcements, job_id)) for job_id in jobs * 5]
    async with asyncio.timeout(20):
        while sum(map(len, announcements.ears.values())) < 20:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    listeners = await is_listened_to(books)
    for job_id in jobs:
        await books.execute("UPDATE pipeline.jobs SET status = 'cancelled', ended_at = now() WHERE job_id = $1", job_id)  # fmt: skip
    found = await asyncio.gather(*following)

    assert listeners == [1]
    assert [kinds(one) for one in found] == [["job_pending", "job_cancelled"]] * 20


async def test_what_nobody_announced_is_found_by_looking(
    books: Books, announcements: Announcements
) -> None:
    job_id = await books.job(await books.connect())
    announcements.channel = "somewhere_else"

    following = asyncio.create_task(followed(books, announcements, job_id, poll_s=0.1))
    await asyncio.sleep(0.3)
    await books.execute("UPDATE pipeline.jobs SET status = 'cancelled', ended_at = now()")

    assert kinds(await following) == ["job_pending", "job_cancelled"]


async def test_following_outlives_its_connection(
    books: Books, announcements: Announcements
) -> None:
    job_id = await books.job(await books.connect())
    following = asyncio.create_task(followed(books, announcements, job_id, poll_s=0.5))
    await is_listened_to(books)

    await books.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    )
    await books.attempt(job_id)
    await books.end(job_id)

    assert kinds(await following)[-1] == "job_succeeded"


async def test_a_job_that_is_not_there_is_not_followed(
    books: Books, announcements: Announcements
) -> None:
    with pytest.raises(JobNotFound):
        await followed(books, announcements, JobId(7))


async def test_a_job_that_is_over_is_replayed_and_ends(
    books: Books, announcements: Announcements
) -> None:
    job_id = await books.run(await books.connect())

    assert len(await followed(books, announcements, job_id)) == 5


async def test_an_added_event_is_announced_on_commit(books: Books) -> None:
    job_id = await books.job(await books.connect())
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(books.database.dsn)
    await listener.add_listener(events.CHANNEL, lambda *said: heard.put_nowait(said[3]))

    async with books.database.transaction() as session:
        await events.add(session, job_id, None, "schema_changed", {"stream": "users"})
        quiet = heard.empty()
    async with asyncio.timeout(5):
        said = await heard.get()
    await listener.close()

    assert quiet
    assert json.loads(said)["jobId"] == job_id
    assert events.subject_of(said) == str(job_id)
