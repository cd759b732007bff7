"""The tick: starts the jobs of schedules whose time has come."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from app.core.errors import AtlasError, ScheduleInvalid
from app.core.ids import ConnectionId, JobId
from app.core.schedules import Outcome, Schedule, ScheduleKind, WhenMissed
from app.database.pool import Connection as Session
from app.database.pool import Database, Row
from app.database.queries import load
from app.database.rounds import repeat
from app.sync.timetables.schedules import timetable_of
from app.sync.timetables.windows import Windows, jitter_of, windows_of

log = structlog.get_logger(__name__)

SQL = load(__file__)

_MOST_MISSED = 1_000
_IDLE_S = 15
"""A ticker that is stopped in the middle keeps its schedule from the others for so long."""
_ACTIVE = "job-active"

StartJob = Callable[[Session, ConnectionId], Awaitable[JobId | None]]
"""Queues a job in the caller's transaction; none if the connection has one that is not over.

Errors: AtlasError if it must not be synced; nothing is queued then."""


@dataclass(slots=True)
class Ticked:
    """What one tick did."""

    fired: list[JobId] = field(default_factory=list)
    skipped: int = 0
    refused: int = 0
    looked_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticker:
    """Ticks in as many processes as run it: each window is one process's, by the lock on its schedule.

    Units: `every_s` seconds between two looks, and as long waits a schedule whose job must wait.
    """

    database: Database
    start_job: StartJob
    every_s: float
    most: int = 100

    async def run(self) -> None:
        """Tick until cancelled. Errors: none; what a failed tick began is rolled back, and done again."""
        await repeat("tick", self._once, every_s=self.every_s)

    async def _once(self) -> float | None:
        ticked = await self.tick()
        if ticked.looked_at >= self.most:
            return 0.0
        async with self.database.connection() as session:
            until_s: float | None = await session.fetchval(SQL["until_next"])
        return until_s

    async def tick(self) -> Ticked:
        """Start what is due, each schedule in a transaction of its own: the job, what became of the
        window and the next time stand together or not at all.

        A job locks its workspace until it is queued: so no two are started in one transaction.
        Errors: what a schedule met, once the others had their turn; of that one nothing was done.
        """
        ticked = Ticked()
        seen: list[ConnectionId] = []
        broken: list[BaseException] = []
        while len(seen) < self.most:
            before = len(seen)
            (outcome,) = await asyncio.gather(self._tick_one(seen, ticked), return_exceptions=True)
            if isinstance(outcome, BaseException):
                broken.append(outcome)
            if len(seen) == before:  # nothing is due, or the database is away
                break
        ticked.looked_at = len(seen)
        if ticked.fired or ticked.skipped or ticked.refused:
            log.info("ticked", fired=ticked.fired, skipped=ticked.skipped, refused=ticked.refused)
        if broken:
            raise broken[0]
        return ticked

    async def _tick_one(self, seen: list[ConnectionId], ticked: Ticked) -> None:
        """Take the first schedule that is due and was not seen, if there is one."""
        async with self.database.transaction() as session:
            row = await session.fetchrow(SQL["due"], seen)
            if row is None:
                return
            await session.execute(SQL["no_longer_than"].format(seconds=_IDLE_S))
            seen.append(ConnectionId(row["connection_id"]))
            done = Ticked()
            try:
                async with session.transaction():
                    await self._take(session, row, done)
            except AtlasError as broken:  # a time zone that is no more, say
                await self._stop(session, row, broken)
                done = Ticked(refused=1)
        ticked.fired += done.fired
        ticked.skipped += done.skipped
        ticked.refused += done.refused

    async def _take(self, session: Session, row: Row, ticked: Ticked) -> None:
        schedule = timetable_of(row).schedule
        if schedule.kind is ScheduleKind.AFTER:
            await self._follow(session, row, ticked)
            return
        windows = windows_of(schedule, row["anchor_at"])
        assert windows is not None  # noqa: S101  the other kinds have none, and are never due
        await self._take_windows(session, row, schedule, windows, ticked)

    async def _take_windows(
        self, session: Session, row: Row, schedule: Schedule, windows: Windows, ticked: Ticked
    ) -> None:
        connection_id, now = ConnectionId(row["connection_id"]), row["now"]
        jitter = jitter_of(schedule, connection_id)
        if not row["is_active"]:
            await _move(session, connection_id, windows.next_after(now - jitter), jitter)
            return
        due = _due(windows, row["next_window_at"], now - jitter)
        catches_up = schedule.on_missed is WhenMissed.CATCH_UP
        passed = max(len(due) - (schedule.catch_up_limit if catches_up else 1), 0)
        window = due[passed]
        started = await self._start(session, connection_id, window, passed, ticked, catches_up)
        if catches_up and not started:
            again = now + timedelta(seconds=self.every_s)
            await session.execute(SQL["move"], connection_id, row["next_window_at"], again)
            return
        following = windows.next_after(window if catches_up else now - jitter)
        await _move(session, connection_id, following, jitter)

    async def _follow(self, session: Session, row: Row, ticked: Ticked) -> None:
        """Start what follows a success; a job that is not over is waited for."""
        connection_id = ConnectionId(row["connection_id"])
        if row["is_active"] and not await self._start(
            session, connection_id, row["followed_at"], 0, ticked, waits=True
        ):
            return
        await session.execute(SQL["followed"], connection_id, row["followed_job"])

    async def _start(
        self,
        session: Session,
        connection_id: ConnectionId,
        window: datetime,
        missed: int,
        ticked: Ticked,
        waits: bool,
    ) -> bool:
        """Start a window's job and note what became of it; false, and nothing noted, if it shall wait."""
        try:
            async with session.transaction():
                job_id = await self.start_job(session, connection_id)
                if job_id is not None:
                    await _note(
                        session, connection_id, window, Outcome.FIRED, job_id, missed=missed
                    )
                    ticked.fired.append(job_id)
                    return True
        except AtlasError as refused:
            reason = refused.slug
            await _note(
                session, connection_id, window, Outcome.REFUSED, None, reason, missed=missed
            )
            ticked.refused += 1
            return True
        if waits:
            return False
        active = await session.fetchval(SQL["active_job"], connection_id)
        await _note(session, connection_id, window, Outcome.SKIPPED, active, _ACTIVE, missed=missed)
        ticked.skipped += 1
        return True

    async def _stop(self, session: Session, row: Row, broken: AtlasError) -> None:
        """Let a schedule that can no longer be kept rest until somebody sets it anew, and say so."""
        connection_id = ConnectionId(row["connection_id"])
        log.warning("schedule_stopped", connection_id=str(connection_id), reason=broken.slug)
        await _note(session, connection_id, row["now"], Outcome.REFUSED, None, broken.slug)
        await session.execute(SQL["move"], connection_id, None, None)


async def _note(
    session: Session,
    connection_id: ConnectionId,
    window: datetime,
    outcome: Outcome,
    job_id: JobId | None,
    reason: str | None = None,
    *,
    missed: int = 0,
) -> None:
    """Say what became of a window, once. Errors: ScheduleInvalid if that was said before."""
    noted = await session.fetchval(
        SQL["note"], connection_id, window, outcome, job_id, reason, missed
    )
    if noted is None:
        raise ScheduleInvalid("This window was taken before.", window_at=window.isoformat())


def _due(windows: Windows, first: datetime, until: datetime) -> list[datetime]:
    """The windows from `first` to `until`, `first` in any case; no more than are worth counting."""
    due = [first]
    while len(due) <= _MOST_MISSED:
        following = windows.next_after(due[-1])
        if following is None or following > until:
            break
        due.append(following)
    return due


async def _move(
    session: Session, connection_id: ConnectionId, window: datetime | None, jitter: timedelta
) -> None:
    run_at = None if window is None else window + jitter
    await session.execute(SQL["move"], connection_id, window, run_at)
