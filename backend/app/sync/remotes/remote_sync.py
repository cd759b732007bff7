"""Takes one attempt at a sync that an Airbyte elsewhere does: begin it there once, follow it, verify it."""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import structlog

from app.core.catalog import ReadMode
from app.core.connections import Connection, Source
from app.core.errors import AtlasError
from app.core.jobs import Attempt, Route
from app.core.layout import Layout
from app.core.remote_failures import (
    FreshnessNotMeasured,
    RemoteLacks,
    RemoteNotVerified,
    RemoteNotVerifiedYet,
    RemoteSyncCancelled,
    RemoteSyncFailed,
    RemoteSyncGivenUp,
    RemoteSyncRunning,
    RemoteUnreachable,
)
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.remote.airbyte_cloud import NOBODYS, AirbyteCloud
from app.remote.freshness import measured
from app.remote.shapes import Outcome, RemoteJob
from app.remote.verification import (
    Measured,
    Policy,
    Reported,
    Verdict,
    Verification,
    WhenRunning,
    verify,
)
from app.sync.attempts import SyncReport, route_of
from app.sync.jobs import job_store
from app.sync.ports import Lineage
from app.sync.remotes import links, remote_runs
from app.sync.remotes.links import Link
from app.sync.remotes.remotes import Remotes
from app.sync.stopwatch import Stopwatch

log = structlog.get_logger(__name__)

_DESTINATION_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSync:
    """Leaves the records where they are: Atlas sees what the remote says of them, and claims no balance.

    Units: `poll_s` between two looks at the remote's job, `silence_s` that it may not answer.
    """

    database: Database
    remotes: Remotes
    lineage: Lineage
    poll_s: float
    silence_s: float

    async def run(self, attempt: Attempt, connection: Connection, source: Source) -> SyncReport:
        """One attempt; the remote's job goes on where this process ends, and the next attempt goes on with it.

        Shape:  the job has not ended yet: that is up to who signs the report off.
        Errors: RemoteSyncFailed, RemoteSyncGivenUp, RemoteSyncCancelled, RemoteNotVerified, RemoteSyncRunning,
                RemoteUnreachable, RemoteRefused; Fenced.
        """
        route, stopwatch = route_of(connection, source), Stopwatch()
        layouts = [stream.layout for stream in connection.streams]
        async with job_store.fenced(self.database, attempt) as session:
            link = await links.get(session, connection.connection_id)
            for layout in layouts:
                await self.lineage.started(session, attempt, route, layout)
        async with self.remotes.asked(link.remote_id) as cloud:
            with stopwatch.stage("remote"):
                run_id, job = await self._begun(attempt, link, cloud)
                job = await self._followed(attempt, run_id, job, cloud)
        await self._require_success(attempt, link, job)
        with stopwatch.stage("verify"):
            found = await self._verified(link, connection, run_id, job)
        async with job_store.fenced(self.database, attempt) as session:
            await remote_runs.note_verification(session, run_id, found)
        _require_verified(link, found)
        sign_off = partial(self._sign_off, attempt, route, layouts)
        return SyncReport(seconds=stopwatch.totals, sign_off=sign_off)

    # ── begin, once ───────────────────────────────────────────────────────────────────────────

    async def _begun(
        self, attempt: Attempt, link: Link, cloud: AirbyteCloud
    ) -> tuple[int, RemoteJob]:
        """The run and the remote's job of this attempt: what an earlier one began, or what runs there, or a new one."""
        async with self.database.connection() as session:
            known = await remote_runs.newest(session, attempt.job_id)
        if known is not None and _goes_on(known, link.policy):
            job = await self._found_again(attempt, known.remote_run_id, known, link, cloud)
            if job is not None:
                return known.remote_run_id, job
        return await self._new(attempt, link, cloud)

    async def _found_again(
        self,
        attempt: Attempt,
        run_id: int,
        known: remote_runs.RemoteRun,
        link: Link,
        cloud: AirbyteCloud,
    ) -> RemoteJob | None:
        """The job that an earlier attempt began, also where it ended before it could note which; none if there is none."""
        if known.remote_job_id is not None:
            try:
                return await cloud.job(known.remote_job_id)
            except RemoteLacks:
                await self._give_up(attempt, run_id)
                return None
        jobs = await cloud.jobs(link.remote_connection_id)
        younger = [job for job in jobs if job.job_id > known.after_job]
        if not younger:
            await self._give_up(attempt, run_id)
            return None
        log.info("remote_job_found_again", remote_job_id=younger[-1].job_id)
        await self._note(attempt, run_id, younger[-1], is_adopted=True)
        return younger[-1]

    async def _new(
        self, attempt: Attempt, link: Link, cloud: AirbyteCloud
    ) -> tuple[int, RemoteJob]:
        """A job that was begun for this attempt, or the one that runs there by the connection's policy.

        Errors: RemoteSyncRunning where the policy says so.
        """
        there = link.remote_connection_id
        jobs = await self._idle_or_adopted(link, cloud)
        newest = max((job.job_id for job in jobs), default=NOBODYS)
        async with job_store.fenced(self.database, attempt) as session:
            run_id = await remote_runs.ask(session, attempt, link, newest)
        running = _running(jobs)
        if running is None:
            try:
                started = await cloud.start(there, newest)
                job, is_adopted = started.job, started.is_adopted
            except RemoteSyncRunning:
                await self._give_up(attempt, run_id)
                raise
        else:
            job, is_adopted = running, True
        await self._note(attempt, run_id, job, is_adopted=is_adopted)
        return run_id, job

    async def _idle_or_adopted(self, link: Link, cloud: AirbyteCloud) -> list[RemoteJob]:
        """The newest jobs there, once one may begin; or while one runs that is to be adopted."""
        while True:
            jobs = list(await cloud.jobs(link.remote_connection_id))
            running = _running(jobs)
            if running is None or link.policy.when_running is WhenRunning.ATTACH:
                return jobs
            if link.policy.when_running is WhenRunning.FAIL:
                raise RemoteSyncRunning(
                    f"Job {running.job_id} of the connection runs at the remote.",
                    remote_job_id=running.job_id,
                )
            await asyncio.sleep(self.poll_s)

    # ── follow ────────────────────────────────────────────────────────────────────────────────

    async def _followed(
        self, attempt: Attempt, run_id: int, job: RemoteJob, cloud: AirbyteCloud
    ) -> RemoteJob:
        """The job as it ended. A look that fails ends nothing: the next may not.

        Errors: RemoteUnreachable after `silence_s` without an answer.
        """
        heard_at = time.monotonic()
        while True:
            async with job_store.fenced(self.database, attempt) as session:
                await remote_runs.seen(session, run_id, job)
            if job.outcome is not None:
                return job
            await asyncio.sleep(self.poll_s)
            try:
                job = await cloud.job(job.job_id)
                heard_at = time.monotonic()
            except RemoteUnreachable as failure:
                silent_s = time.monotonic() - heard_at
                log.warning("remote_not_heard", remote_job_id=job.job_id, silent_s=round(silent_s))
                if silent_s > self.silence_s:
                    raise failure

    # ── after ─────────────────────────────────────────────────────────────────────────────────

    async def _require_success(self, attempt: Attempt, link: Link, job: RemoteJob) -> None:
        """Errors: RemoteSyncCancelled, RemoteSyncFailed; RemoteSyncGivenUp if it has failed often enough."""
        if job.outcome is Outcome.SUCCEEDED:
            return
        told = {"remote_job_id": job.job_id}
        if job.outcome is Outcome.CANCELLED:
            raise RemoteSyncCancelled(f"Job {job.job_id} was cancelled at the remote.", **told)
        async with self.database.connection() as session:
            failed = await remote_runs.failures(session, attempt.job_id)
        said = f"Job {job.job_id} failed at the remote, whose API does not say why."
        if failed > link.policy.max_retries:
            raise RemoteSyncGivenUp(f"{said} It is the last of {failed}.", **told)
        raise RemoteSyncFailed(said, **told)

    async def _verified(
        self, link: Link, connection: Connection, run_id: int, job: RemoteJob
    ) -> Verification:
        async with self.database.connection() as session:
            earlier = await remote_runs.earlier_rows(
                session, link.connection_id, run_id, link.policy.history
            )
        reported = Reported(
            rows=job.rows_synced,
            size_bytes=job.bytes_synced,
            earlier=earlier,
            reads_all=all(
                stream.configured.sync_mode.reads is ReadMode.FULL_REFRESH
                for stream in connection.streams
            ),
            measured=await self._measured(link),
        )
        return verify(reported, link.policy)

    async def _measured(self, link: Link) -> list[Measured]:
        """How new the destination's rows are, where it can be asked; else why not."""
        checks = link.policy.freshness
        if not checks:
            return []
        if link.profile is None:
            return [
                Measured(check=check, why_not="the connection has no profile of its destination.")
                for check in checks
            ]
        try:
            destination = await self.remotes.destination(
                link.workspace_id, link.connection_id, link.profile
            )
            return list(await measured(destination, checks, _DESTINATION_S))
        except FreshnessNotMeasured as failure:
            return [Measured(check=check, why_not=failure.detail) for check in checks]

    async def _sign_off(
        self, attempt: Attempt, route: Route, layouts: list[Layout], session: Session
    ) -> None:
        for layout in layouts:
            await self.lineage.completed(session, attempt, route, layout, {}, None)

    # ── notes ─────────────────────────────────────────────────────────────────────────────────

    async def _note(
        self, attempt: Attempt, run_id: int, job: RemoteJob, *, is_adopted: bool
    ) -> None:
        """Note which job it is before anything is waited for."""
        async with job_store.fenced(self.database, attempt) as session:
            await remote_runs.note_job(session, run_id, job.job_id, is_adopted=is_adopted)

    async def _give_up(self, attempt: Attempt, run_id: int) -> None:
        async with job_store.fenced(self.database, attempt) as session:
            await remote_runs.give_up(session, run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwanted:
    """Ends jobs of remotes whose job of Atlas was cancelled, or whose time is up: also those that a process left which is
    gone. Safe in several processes at the same time.

    Units: `again_s` seconds until a job that goes on is told again; `starts_within_s` that one which was asked for may take
           to begin.
    """

    database: Database
    remotes: Remotes
    again_s: float
    starts_within_s: float

    async def run(self) -> None:
        """Errors: none of a remote; what one does not take is told again."""
        async with self.database.transaction() as session:
            found = await remote_runs.take_unwanted(session, self.again_s)
        for run in found:
            try:
                await self._end(run)
            except AtlasError as failure:
                log.warning(
                    "remote_job_not_ended", job_id=run.job_id, remote_job_id=run.remote_job_id,
                    reason=failure.slug,
                )  # fmt: skip

    async def _end(self, run: remote_runs.RemoteRun) -> None:
        # a job that was asked for may begin yet, whoever asked is gone or not
        is_late = run.asked_for_s > self.starts_within_s
        async with self.remotes.asked(run.remote_id) as cloud:
            job_id = run.remote_job_id
            if job_id is None:
                job_id = await _younger(cloud, run.remote_connection_id, run.after_job)
            job = None
            if job_id is not None:
                try:
                    job = await cloud.cancel(job_id)
                except RemoteLacks:
                    job = None
        async with self.database.transaction() as session:
            if job is None:
                if is_late or job_id is not None:
                    await remote_runs.give_up(session, run.remote_run_id)
                return
            if run.remote_job_id is None:
                await remote_runs.note_job(session, run.remote_run_id, job.job_id, is_adopted=True)
            await remote_runs.seen(session, run.remote_run_id, job)
        log.info("remote_job_told_to_end", job_id=run.job_id, remote_job_id=job.job_id, status=job.reported)  # fmt: skip


async def _younger(cloud: AirbyteCloud, connection_id: UUID, after: int) -> int | None:
    """The job that a lost note is about, if it began."""
    found = [job.job_id for job in await cloud.jobs(connection_id) if job.job_id > after]
    return min(found, default=None)


def _running(jobs: list[RemoteJob]) -> RemoteJob | None:
    """The newest job that is not over."""
    return next((job for job in jobs if job.outcome is None), None)


def _goes_on(run: remote_runs.RemoteRun, policy: Policy) -> bool:
    """Whether an earlier attempt's run is this one's too: it is not over, or is over and good, and only its end was not
    written down here."""
    if run.ended_at is None:
        return True
    return run.is_success and (run.verdict is None or _is_enough(run.verdict, policy))


def _is_enough(verdict: Verdict, policy: Policy) -> bool:
    is_allowed = verdict is Verdict.UNVERIFIED and policy.allow_unverified
    return verdict is Verdict.VERIFIED or is_allowed


def _require_verified(link: Link, found: Verification) -> None:
    """Errors: RemoteNotVerified, RemoteNotVerifiedYet."""
    policy = link.policy
    if _is_enough(found.verdict, policy):
        return
    kind = RemoteNotVerifiedYet if policy.retry_unverified else RemoteNotVerified
    raise kind(f"The remote says that it succeeded. {' '.join(found.reasons)}")
