"""Schedules on a real database: each window once, whoever ticks, and what becomes of those missed."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from statistics import median

import pytest

from app.core.errors import ConnectionInactive, ScheduleInvalid
from app.core.ids import ConnectionId, JobId
from app.core.schedules import Outcome, Schedule, ScheduleKind, Timetable, Unit, WhenMissed
from app.database.pool import Connection as Session
from app.database.pool import open_database
from app.sync.timetables import schedules
from app.sync.timetables.ticker import Ticker
from app.sync.timetables.windows import jitter_of
from tests.fixtures.books import Books, queue

EACH_SECOND = Schedule(kind=ScheduleKind.CRON, cron="* * * * * ?")
EACH_MINUTE = Schedule(kind=ScheduleKind.CRON, cron="0 * * * * ?")


def ticker(books: Books, **other: object) -> Ticker:
    return Ticker(**{"database": books.database, "start_job": queue, "every_s": 0.05, **other})  # type: ignore[arg-type]


async def keep(books: Books, connection_id: ConnectionId, schedule: Schedule) -> Timetable:
    async with books.database.transaction() as session:
        return await schedules.keep(session, connection_id, schedule, shortest_s=1.0)


async def set_back(books: Books, by: timedelta) -> None:
    """Let windows come due as if nobody had ticked for a while."""
    await books.execute(
        "UPDATE pipeline.schedules SET next_window_at = next_window_at - $1::interval, "
        "next_run_at = next_run_at - $1::interval",
        by,
    )


async def outcomes(books: Books, connection_id: ConnectionId) -> list[tuple[Outcome, int]]:
    async with books.database.connection() as session:
        found = await schedules.events(session, connection_id, 100, 0)
    return [(event.outcome, event.missed) for event in reversed(found)]


async def test_of_four_tickers_on_one_schedule_each_window_is_fired_once(
    books: Books, dsn: str
) -> None:
    """Fault 37, with a database of its own for each ticker, as processes have."""
    connection_id = await books.connect()

    async def start_and_end(session: Session, connection_id: ConnectionId) -> JobId | None:
        job_id = await queue(session, connection_id)
        await session.execute("UPDATE pipeline.jobs SET status = 'succeeded', ended_at = now() WHERE job_id = $1", job_id)  # fmt: skip
        return job_id

    async def process() -> None:
        async with open_database(dsn, size=2) as database:
            await ticker(books, database=database, start_job=start_and_end).run()

    await keep(books, connection_id, EACH_SECOND)
    processes = [asyncio.create_task(process()) for _ in range(4)]
    async with asyncio.timeout(60):
        while await books.values("SELECT count(*) < 5 FROM pipeline.schedule_events") == [True]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    for task in processes:
        task.cancel()
    await asyncio.gather(*processes, return_exceptions=True)

    windows = await books.fetch("SELECT window_at, missed, at - window_at AS late FROM pipeline.schedule_events ORDER BY event_id")  # fmt: skip
    jobs = await books.values("SELECT count(*) FROM pipeline.jobs")
    for one, other in pairwise(windows):  # of those missed while the machine was busy, none is lost
        assert other["window_at"] - one["window_at"] == timedelta(seconds=1 + other["missed"])
    assert jobs == [len(windows)]
    assert all(row["late"] >= timedelta() for row in windows), "none came early"
    assert median(row["late"] for row in windows) < timedelta(seconds=1)


async def test_missed_windows_collapse_to_one_job(books: Books) -> None:
    connection_id = await books.connect()
    before = await keep(books, connection_id, EACH_MINUTE)
    await set_back(books, timedelta(minutes=60))

    ticked = await ticker(books).tick()
    again = await ticker(books).tick()

    assert len(ticked.fired) == 1
    assert again.looked_at == 0
    assert await outcomes(books, connection_id) == [(Outcome.FIRED, 59)]
    async with books.database.connection() as session:
        after = await schedules.get(session, connection_id)
    assert after.next_window_at in (before.next_window_at, before.next_window_at + timedelta(minutes=1))  # type: ignore[operator]  # fmt: skip


async def test_missed_windows_are_made_up_for_one_after_the_other_up_to_the_limit(
    books: Books,
) -> None:
    connection_id = await books.connect()
    catching_up = Schedule(
        kind=ScheduleKind.CRON, cron="0 * * * * ?", on_missed=WhenMissed.CATCH_UP, catch_up_limit=3
    )
    await keep(books, connection_id, catching_up)
    await set_back(books, timedelta(minutes=10))
    beat = ticker(books)

    fired: list[JobId] = []
    for _ in range(200):
        ticked = await beat.tick()
        fired += ticked.fired
        assert ticked.skipped == 0
        if ticked.fired:
            assert (await beat.tick()).fired == []  # the job before it is not over
            await books.end(ticked.fired[0])
        await asyncio.sleep(0.01)
        if len(fired) == 3:
            break
    await asyncio.sleep(0.06)
    rest = await beat.tick()

    assert rest.fired == []
    assert await outcomes(books, connection_id) == [(Outcome.FIRED, 7), (Outcome.FIRED, 0), (Outcome.FIRED, 0)]  # fmt: skip


async def test_a_window_while_a_job_is_not_over_is_skipped_and_says_so(books: Books) -> None:
    connection_id = await books.connect()
    await keep(books, connection_id, EACH_MINUTE)
    active = await books.job(connection_id)
    await set_back(books, timedelta(minutes=1))

    ticked = await ticker(books).tick()

    (event,) = await books.fetch("SELECT kind, job_id, reason FROM pipeline.schedule_events")
    assert (ticked.fired, ticked.skipped) == ([], 1)
    assert tuple(event.values()) == ("skipped", active, "job-active")
    assert await books.values("SELECT count(*) FROM pipeline.jobs") == [1]


async def test_what_may_not_be_synced_is_refused_with_the_reason_and_others_go_on(
    books: Books,
) -> None:
    one, other = await books.connect("one"), await books.connect("other")
    await keep(books, one, EACH_MINUTE)
    await keep(books, other, EACH_MINUTE)
    await set_back(books, timedelta(minutes=1))

    async def pick(session: Session, connection_id: ConnectionId) -> JobId | None:
        job_id = await queue(session, connection_id)
        if connection_id == one:
            raise ConnectionInactive("It is not to be synced.")
        return job_id

    ticked = await ticker(books, start_job=pick).tick()

    assert (len(ticked.fired), ticked.refused) == (1, 1)
    assert await books.values("SELECT reason FROM pipeline.schedule_events WHERE kind = 'refused'") == ["connection-inactive"]  # fmt: skip
    assert await books.values("SELECT connection_id FROM pipeline.jobs") == [other]


async def test_a_schedule_whose_zone_is_no_more_rests_and_others_go_on(books: Books) -> None:
    one, other = await books.connect("one"), await books.connect("other")
    await keep(books, one, EACH_MINUTE)
    await keep(books, other, EACH_MINUTE)
    await books.execute(
        "UPDATE pipeline.schedules SET time_zone = 'Mars/Olympus' WHERE connection_id = $1", one
    )
    await set_back(books, timedelta(minutes=1))

    ticked = await ticker(books).tick()

    assert (len(ticked.fired), ticked.refused) == (1, 1)
    assert await books.values("SELECT next_run_at FROM pipeline.schedules WHERE connection_id = $1", one) == [None]  # fmt: skip


async def test_a_schedule_that_rests_fires_again_once_it_is_set_by_the_same_words(
    books: Books,
) -> None:
    connection_id = await books.connect()
    await keep(books, connection_id, EACH_MINUTE)
    await books.execute("UPDATE pipeline.schedules SET next_window_at = NULL, next_run_at = NULL")

    again = await keep(books, connection_id, EACH_MINUTE)
    await set_back(books, timedelta(minutes=1))

    assert again.next_run_at is not None
    assert len((await ticker(books).tick()).fired) == 1


async def test_what_follows_and_is_set_by_the_same_words_loses_no_success(books: Books) -> None:
    first, second = await books.connect("first"), await books.connect("second")
    await keep(books, second, after(first))
    await books.run(first)

    await keep(books, second, after(first))

    assert len((await ticker(books).tick()).fired) == 1


async def test_an_inactive_connection_is_passed_by_and_nothing_is_made_up_for(books: Books) -> None:
    connection_id = await books.connect()
    await keep(books, connection_id, EACH_MINUTE)
    await set_back(books, timedelta(minutes=5))
    await books.execute("UPDATE pipeline.connections SET status = 'inactive'")

    passed = await ticker(books).tick()
    await books.execute("UPDATE pipeline.connections SET status = 'active'")
    active = await ticker(books).tick()

    assert (passed.fired, active.looked_at) == ([], 0)


async def test_a_window_that_breaks_is_rolled_back_and_others_go_on(books: Books) -> None:
    connections = [await books.connect(name) for name in ("one", "two", "three")]
    for connection_id in connections:
        await keep(books, connection_id, EACH_MINUTE)
    await set_back(books, timedelta(minutes=1))
    calls: list[ConnectionId] = []

    async def breaks(session: Session, connection_id: ConnectionId) -> JobId | None:
        calls.append(connection_id)
        job_id = await queue(session, connection_id)
        if len(calls) == 1:
            raise ConnectionResetError
        return job_id

    with pytest.raises(ConnectionResetError):
        await ticker(books, start_job=breaks).tick()

    fired = await books.values("SELECT connection_id FROM pipeline.jobs")
    assert sorted(map(str, fired)) == sorted(map(str, set(connections) - {calls[0]}))
    assert len((await ticker(books).tick()).fired) == 1


# ── after a success ───────────────────────────────────────────────────────────────────────────


def after(connection_id: ConnectionId) -> Schedule:
    return Schedule(kind=ScheduleKind.AFTER, after_connection=connection_id)


async def test_a_follower_is_synced_after_each_success_and_waits_for_its_own_job(
    books: Books,
) -> None:
    first, second = await books.connect("first"), await books.connect("second")
    await books.run(first)
    await keep(books, second, after(first))
    beat = ticker(books)

    before = await beat.tick()  # what was before the schedule is not followed
    await books.run(first, "failed")
    failed = await beat.tick()
    await books.run(first)
    followed = await beat.tick()
    await books.run(first)
    await books.run(first)
    waiting = [await beat.tick(), await beat.tick()]
    await books.end(followed.fired[0])
    later = await beat.tick()
    await books.end(later.fired[0])
    done = await beat.tick()

    assert [t.fired for t in (before, failed, *waiting, done)] == [[]] * 5
    assert (len(followed.fired), len(later.fired)) == (1, 1)
    assert await outcomes(books, second) == [(Outcome.FIRED, 0)] * 2


async def test_followers_that_wait_for_their_own_jobs_take_nobodys_turn(books: Books) -> None:
    first, by_time = await books.connect("first"), await books.connect("by time")
    followers = [await books.connect(f"follower {number}") for number in range(3)]
    for follower in followers:
        await keep(books, follower, after(first))
        await books.job(follower)
    await keep(books, by_time, EACH_MINUTE)
    await books.run(first)
    await set_back(books, timedelta(minutes=1))

    ticked = await ticker(books, most=3).tick()

    assert (len(ticked.fired), ticked.looked_at) == (1, 1), "no reason to tick again at once"
    assert [one for one, _ in await outcomes(books, by_time)] == [Outcome.FIRED]


async def test_whose_time_has_come_is_not_behind_those_who_follow(books: Books) -> None:
    first, by_time = await books.connect("first"), await books.connect("by time")
    for number in range(3):
        await keep(books, await books.connect(f"follower {number}"), after(first))
    await keep(books, by_time, EACH_MINUTE)
    await books.run(first)
    await set_back(books, timedelta(minutes=1))

    one_by_one = [await ticker(books, most=1).tick() for _ in range(4)]

    assert [len(ticked.fired) for ticked in one_by_one] == [1] * 4
    oldest = await books.values("SELECT connection_id FROM pipeline.schedule_events ORDER BY event_id LIMIT 1")  # fmt: skip
    assert oldest == [by_time]


async def test_only_jobs_that_bring_data_are_followed(books: Books) -> None:
    first, second = await books.connect("first"), await books.connect("second")
    await keep(books, second, after(first))
    beat, followed = ticker(books), {}

    for job_type in ("clear", "reset", "rebuild", "replay", "refresh", "backfill"):
        await books.run(first, job_type=job_type)
        followed[job_type] = (await beat.tick()).fired
        for job_id in followed[job_type]:
            await books.end(job_id)
    brought_back = await books.run(first, job_type="refresh")
    await books.execute(
        "UPDATE pipeline.jobs SET options = '{\"generation\": 1}' WHERE job_id = $1", brought_back
    )

    assert [job_type for job_type, fired in followed.items() if fired] == ["refresh", "backfill"]
    assert (await beat.tick()).fired == []


async def test_of_many_tickers_one_follows(books: Books) -> None:
    first, second = await books.connect("first"), await books.connect("second")
    await keep(books, second, after(first))
    await books.run(first)

    ticked = await asyncio.gather(*(ticker(books).tick() for _ in range(6)))

    assert sum(len(one.fired) for one in ticked) == 1


async def test_connections_cannot_follow_each_other_in_a_circle(books: Books) -> None:
    one, two, three = [await books.connect(name) for name in ("one", "two", "three")]
    await keep(books, two, after(one))
    await keep(books, three, after(two))

    for connection_id, follows in ((one, three), (one, two), (one, one)):
        with pytest.raises(ScheduleInvalid):
            await keep(books, connection_id, after(follows))

    await keep(books, two, Schedule())
    await keep(books, one, after(three))


# ── what is kept ──────────────────────────────────────────────────────────────────────────────


async def test_a_basic_schedule_counts_from_when_it_was_set(books: Books) -> None:
    connection_id = await books.connect()
    basic = Schedule(kind=ScheduleKind.BASIC, every=2, unit=Unit.HOURS)

    kept = await keep(books, connection_id, basic)
    same = await keep(books, connection_id, basic)

    assert kept.next_window_at == kept.anchor_at + timedelta(hours=2)  # type: ignore[operator]
    assert same == kept


async def test_jitter_is_the_same_each_time_and_spreads_connections(books: Books) -> None:
    spread = Schedule(kind=ScheduleKind.CRON, cron="0 0 * * * ?", jitter_s=600)
    connections = [await books.connect(f"n{number}") for number in range(5)]

    kept = [await keep(books, connection_id, spread) for connection_id in connections]
    waits = [k.next_run_at - k.next_window_at for k in kept]  # type: ignore[operator]

    assert waits == [jitter_of(spread, connection_id) for connection_id in connections]
    assert len(set(waits)) > 1
    assert all(timedelta() <= wait <= timedelta(seconds=600) for wait in waits)


async def test_the_next_ten_ticks_are_foretold(books: Books) -> None:
    connection_id = await books.connect()
    kept = await keep(books, connection_id, Schedule(kind=ScheduleKind.CRON, cron="0 0/5 * * * ? UTC", jitter_s=60))  # fmt: skip

    async with books.database.connection() as session:
        ticks = await schedules.next_ticks(session, connection_id)

    assert len(ticks) == 10
    assert (ticks[0].window_at, ticks[0].run_at) == (kept.next_window_at, kept.next_run_at)
    assert ticks[9].window_at - ticks[0].window_at == timedelta(minutes=45)


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(kind=ScheduleKind.CRON, cron="0 0 12 30 2 ?"),
        Schedule(kind=ScheduleKind.CRON, cron="0,1 0 12 * * ?"),
        Schedule(kind=ScheduleKind.CRON, cron="0/30 * * * * ?"),
        Schedule(kind=ScheduleKind.BASIC, every=10**9, unit=Unit.MONTHS),
        Schedule(kind=ScheduleKind.BASIC, every=0, unit=Unit.DAYS),
        Schedule(kind=ScheduleKind.AFTER),
    ],
)
async def test_a_schedule_that_cannot_be_kept_is_refused(books: Books, schedule: Schedule) -> None:
    connection_id = await books.connect()

    with pytest.raises(ScheduleInvalid):
        async with books.database.transaction() as session:
            await schedules.keep(session, connection_id, schedule, shortest_s=60.0)
