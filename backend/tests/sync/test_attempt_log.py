"""What attempts say is kept: in order, up to the limit, without secrets, and nobody waits for it."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from uuid import UUID

import pytest
import structlog

from app.core.ids import JobId
from app.core.logging import heard_by
from app.database.pool import Database
from app.sync.jobs import attempt_log
from app.sync.jobs.attempt_log import AttemptLog, KeptLine, Level, Speaker
from app.sync.log_retention import LogRetention
from tests.fixtures.books import Books

log = structlog.get_logger()


async def begin(books: Books) -> tuple[JobId, UUID]:
    job_id = await books.job(await books.connect())
    attempt_id = await books.attempt(job_id)
    (run_id,) = await books.values("SELECT run_id FROM pipeline.attempts WHERE attempt_id = $1", attempt_id)  # fmt: skip
    return job_id, UUID(str(run_id))


@contextlib.contextmanager
def speaking(kept: AttemptLog, run_id: UUID, shown: str = "INFO") -> Iterator[None]:
    with (
        heard_by(kept.keep, shown),
        structlog.contextvars.bound_contextvars(job_id=1, run_id=str(run_id), mode="mock"),
    ):
        yield


async def lines(books: Books, job_id: JobId, **query: object) -> list[KeptLine]:
    wanted = {"limit": 100, "offset": 0} | query
    async with books.database.connection() as session:
        return list(await attempt_log.lines(session, job_id, **wanted))  # type: ignore[arg-type]


async def totals(books: Books, job_id: JobId) -> list[attempt_log.LogTotal]:
    async with books.database.connection() as session:
        return list(await attempt_log.totals(session, job_id))


async def test_lines_of_connector_and_atlas_are_kept_in_order_also_those_not_shown(
    books: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id, run_id = await begin(books)
    kept = AttemptLog(database=books.database, limit_bytes=10_000)
    log.info("before_any_attempt")

    with speaking(kept, run_id):
        log.info("attempt_started", number=1, nothing=None)
        log.debug("connector_said", level="INFO", message="reading page 1")
        log.warning("connector_said", level="ERROR", message="page 2 is broken")
        log.error("attempt_broke", error="OSError", where=["a.py:1 f"])
    await kept.flush()
    await kept.flush()

    found = await lines(books, job_id)
    assert [(line.speaker, line.level, line.message) for line in found] == [
        (Speaker.ATLAS, Level.INFO, "attempt_started"),
        (Speaker.CONNECTOR, Level.INFO, "reading page 1"),
        (Speaker.CONNECTOR, Level.ERROR, "page 2 is broken"),
        (Speaker.ATLAS, Level.ERROR, "attempt_broke"),
    ]
    assert found[0].facts == {"number": 1}
    assert found[3].facts == {"error": "OSError", "where": ["a.py:1 f"]}
    shown = capsys.readouterr().out
    assert "attempt_started" in shown
    assert "reading page 1" not in shown


async def test_after_the_listening_all_is_as_before() -> None:
    before = structlog.get_config()

    with heard_by(lambda logger, method, event: event, "INFO"):
        assert structlog.get_config() != before

    assert structlog.get_config() == before


async def test_beyond_the_limit_lines_are_counted_alone(books: Books) -> None:
    job_id, run_id = await begin(books)
    kept = AttemptLog(database=books.database, limit_bytes=1_000)

    with speaking(kept, run_id):
        for _ in range(25):
            log.info("connector_said", level="INFO", message="x" * 100)
            await kept.flush()

    (total,) = await totals(books, job_id)
    assert (total.lines, total.size_bytes, total.dropped) == (10, 1_000, 15)
    assert len(await lines(books, job_id)) == 10


async def test_what_is_named_like_a_secret_is_hidden(books: Books) -> None:
    job_id, run_id = await begin(books)
    kept = AttemptLog(database=books.database, limit_bytes=10_000)

    with speaking(kept, run_id):
        log.info("configured", api_key="hunter2", nested={"password": "hunter2"}, url="https://u:hunter2@h/")  # fmt: skip
    await kept.flush()

    assert "hunter2" not in str(await lines(books, job_id))


@pytest.mark.parametrize("message", ["a\0b", "\ud800", "\U0001f600" * 5_000, "", "\r\n\t", "%_\\"])
async def test_any_text_can_be_said_and_found(books: Books, message: str) -> None:
    job_id, run_id = await begin(books)
    kept = AttemptLog(database=books.database, limit_bytes=100_000)

    with speaking(kept, run_id):
        log.info("connector_said", level="INFO", message=message)
        log.info("noted", text=message, depth={"a": [message]})
    await kept.flush()

    assert len(await lines(books, job_id)) == 2
    assert len(await lines(books, job_id, text="\0")) in (0, 1, 2)


async def test_lines_are_found_by_attempt_level_and_text(books: Books) -> None:
    job_id, run_id = await begin(books)
    kept = AttemptLog(database=books.database, limit_bytes=10_000)
    with speaking(kept, run_id):
        log.info("connector_said", level="INFO", message="100% of Orders")
        log.info("connector_said", level="FATAL", message="1000 rows lost")
        log.info("noted", stream="orders")
    await books.execute("UPDATE pipeline.attempts SET status = 'failed'")
    await books.attempt(job_id)
    (second,) = await books.values("SELECT run_id FROM pipeline.attempts WHERE number = 2")
    with speaking(kept, UUID(str(second))):
        log.info("again")
    await kept.flush()

    async def said(**query: object) -> list[str]:
        return [line.message for line in await lines(books, job_id, **query)]

    assert await said(attempt=2) == ["again"]
    assert await said(level=Level.ERROR) == ["1000 rows lost"]
    assert await said(text="orders") == ["100% of Orders", "noted"]
    assert await said(text="100%") == ["100% of Orders"]
    assert await said(limit=2, offset=1) == ["1000 rows lost", "noted"]


async def test_while_the_database_is_away_lines_wait(books: Books) -> None:
    job_id, run_id = await begin(books)
    kept = AttemptLog(database=books.database, limit_bytes=10_000, every_s=0.05)
    running = asyncio.create_task(kept.run())
    await books.execute("ALTER TABLE pipeline.log_lines RENAME TO gone")
    with speaking(kept, run_id):
        log.info("said_meanwhile")
        await asyncio.sleep(0.3)
    await books.execute("ALTER TABLE pipeline.gone RENAME TO log_lines")
    async with asyncio.timeout(10):
        while not await lines(books, job_id):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    running.cancel()

    assert [line.message for line in await lines(books, job_id)] == ["said_meanwhile"]


async def test_logging_is_quick_bounded_and_safe_in_threads(database: Database) -> None:
    kept = AttemptLog(database=database, limit_bytes=10**9)
    runs = [UUID(int=number) for number in range(4)]

    def talk(run_id: UUID) -> None:
        for number in range(10_000):
            kept.keep(None, "info", {"event": "said", "run_id": str(run_id), "number": number})

    began = time.monotonic()
    threads = [threading.Thread(target=talk, args=(run_id,)) for run_id in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took_s = time.monotonic() - began

    assert len(kept.waiting) == 20_000
    assert sum(run.dropped for run in kept.runs.values()) == 20_000
    assert took_s < 20  # 40,000 lines; a chatty connector says a thousand a second


async def test_lines_of_an_attempt_that_is_not_there_are_left_out(database: Database) -> None:
    kept = AttemptLog(database=database, limit_bytes=1_000)

    with speaking(kept, UUID(int=1)):
        log.info("said_to_nobody")
    await kept.flush()

    assert kept.waiting == []


async def test_old_lines_are_let_go_of_and_how_many_they_were_is_kept(books: Books) -> None:
    old_job, old_run = await begin(books)
    new_job, new_run = await begin(books)
    kept = AttemptLog(database=books.database, limit_bytes=10_000)
    for run_id in (old_run, new_run):
        with speaking(kept, run_id):
            log.info("attempt_started")
    await kept.flush()
    async with books.database.transaction() as session:
        await session.execute(
            "UPDATE pipeline.attempts SET status = 'failed', ended_at = now() - interval '9 days 1 hour' WHERE run_id = $1",
            old_run,
        )

    await LogRetention(database=books.database, keep_d=10).run()
    still = await lines(books, old_job)
    await LogRetention(database=books.database, keep_d=0).run()
    await LogRetention(database=books.database, keep_d=9).run()
    await LogRetention(database=books.database, keep_d=9).run()

    assert len(still) == len(await lines(books, new_job)) == 1
    assert await lines(books, old_job) == []
    (gone,), (there,) = await totals(books, old_job), await totals(books, new_job)
    assert (gone.lines, gone.forgotten_at is None) == (1, False)
    assert (there.lines, there.forgotten_at) == (1, None)
