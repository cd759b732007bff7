"""A job's life as a state machine: whatever happens in whatever order, it ends once, truly, with nothing
lost and nothing doubled."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.core.errors import AtlasError, JobNotRunning, SyncAlreadyRunning
from app.core.failures import (
    ConnectorConfigRefused,
    ConnectorFailed,
    ConnectorFailedTransiently,
)
from app.core.ids import JobId, WorkerId
from app.core.jobs import Attempt, JobStatus
from app.database.pool import Connection, Database, open_database
from app.sync.attempts import SyncReport
from app.sync.jobs import job_store
from app.sync.queue.workers import Worker
from tests.fixtures.atlas import Atlas, atlas_on
from tests.fixtures.drawing import often
from tests.fixtures.scripted import offered

T = TypeVar("T")
EXAMPLES, STEPS = often(12, 40), 25
pytestmark = pytest.mark.drawn
_JOBS = "SELECT job_id, status, failure, ended_at FROM pipeline.jobs ORDER BY job_id"
FAILURES = (ConnectorFailedTransiently, ConnectorFailed, ConnectorConfigRefused, AtlasError)


@dataclass(slots=True)
class Orchestrator:
    """An attempt that does what the test says: writes, fails, or ends."""

    database: Database
    words: "asyncio.Queue[AtlasError | str]" = field(default_factory=asyncio.Queue)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    did: asyncio.Event = field(default_factory=asyncio.Event)
    written: int = 0

    async def run(self, attempt: Attempt) -> SyncReport:
        self.began.set()
        while (word := await self.words.get()) != "end":
            if isinstance(word, AtlasError):
                raise word
            await write(self.database, attempt)
            self.written += 1
            self.did.set()

        async def sign_off(session: Connection) -> None:
            """The books of an attempt that read nothing balance."""

        return SyncReport(seconds={}, sign_off=sign_off)


async def write(database: Database, attempt: Attempt) -> None:
    """One landing: a checkpoint, which is progress, behind the fence."""
    async with job_store.fenced(database, attempt) as session:
        await session.execute(
            "INSERT INTO pipeline.checkpoints (stream_id, attempt_id, through_batch_id, is_complete) "
            "SELECT stream_id, $1, 1, false FROM pipeline.streams",
            attempt.attempt_id,
        )


@dataclass(slots=True)
class Hand:
    """A worker with an attempt in hand. Shape: `is_zombie` after a takeover that it does not know of."""

    worker: Worker
    orchestrator: Orchestrator
    task: "asyncio.Task[float | None]"
    is_zombie: bool = False


class JobLife(RuleBasedStateMachine):
    dsn: str

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.hands: list[Hand] = []
        self.ended: dict[int, str] = {}
        self.numbers = 0

    def do(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(coroutine, 20))

    @initialize()
    def begin(self) -> None:
        self.opening = open_database(self.dsn)
        self.database = self.do(self.opening.__aenter__())
        self.atlas: Atlas = atlas_on(self.database)

        async def connect() -> None:
            await self.atlas.execute(
                "TRUNCATE pipeline.jobs, pipeline.streams, pipeline.connections, pipeline.sources, "
                "pipeline.workers, jobs.procrastinate_jobs CASCADE"
            )
            await self.atlas.connect({}, streams=[offered("orders", {"id": {"type": "integer"}})])
            await self.atlas.execute("UPDATE pipeline.connections SET retry_wait_s = 600")

        self.do(connect())
        self.start()
        self.take()

    def teardown(self) -> None:
        for hand in self.hands:
            hand.task.cancel()
        self.do(self._gather())
        self.do(self.opening.__aexit__(None, None, None))
        self.loop.close()

    async def _gather(self) -> None:
        await asyncio.gather(*(hand.task for hand in self.hands), return_exceptions=True)

    # ── what happens ──────────────────────────────────────────────────────────────────────────

    @rule()
    def start(self) -> None:
        async def start() -> None:
            before = await self.live()
            try:
                job = await self.atlas.scheduler.start(self.atlas.connection_id)
            except SyncAlreadyRunning:
                assert before is not None
                assert not before["waits"], "one that waits is moved"
                return
            assert before is None or (before["waits"] and before["job_id"] == job.job_id)

        self.do(start())

    @precondition(lambda self: not self.hand())
    @rule()
    def take(self) -> None:
        """A worker takes what is due from the queue, as Procrastinate does."""

        async def take() -> None:
            rows = await self.atlas.fetch(
                "SELECT (q.args ->> 'job_id')::bigint AS job_id FROM jobs.procrastinate_fetch_job_v2('{sync}', NULL) q "
                "WHERE q.id IS NOT NULL"
            )
            for row in rows:
                self.numbers += 1
                worker = Worker(worker_id=WorkerId(self.numbers))
                orchestrator = Orchestrator(self.database)
                scheduler = self.atlas.scheduler
                object.__setattr__(scheduler, "orchestrator", orchestrator)
                task = asyncio.create_task(scheduler.run(JobId(row["job_id"]), worker))
                self.hands.append(Hand(worker, orchestrator, task))
                waiting = asyncio.create_task(orchestrator.began.wait())
                await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()

        self.do(take())

    @precondition(lambda self: self.hand())
    @rule()
    def progress(self) -> None:
        hand = self.hand()
        assert hand is not None

        async def progress() -> None:
            hand.orchestrator.did.clear()
            hand.orchestrator.words.put_nowait("write")
            did = asyncio.create_task(hand.orchestrator.did.wait())
            await asyncio.wait({did, hand.task}, return_when=asyncio.FIRST_COMPLETED)
            did.cancel()

        self.do(progress())

    @precondition(lambda self: self.hand())
    @rule(failure=st.sampled_from(FAILURES))
    def fail(self, failure: type[AtlasError]) -> None:
        self._end(failure("It broke."))

    @precondition(lambda self: self.hand())
    @rule()
    def finish(self) -> None:
        self._end("end")

    def _end(self, word: AtlasError | str) -> None:
        hand = self.hand()
        assert hand is not None
        hand.orchestrator.words.put_nowait(word)
        self.do(self._ended(hand))

    async def _ended(self, hand: Hand) -> None:
        await hand.task
        await self.acknowledge()

    @precondition(lambda self: self.hand())
    @rule()
    def stop_gracefully(self) -> None:
        hand = self.hand()
        assert hand is not None
        hand.worker.stopping.set()
        self.do(self._ended(hand))

    @rule()
    def cancel(self) -> None:
        async def cancel() -> None:
            job = await self.live()
            if job is None:
                newest = await self.atlas.values("SELECT max(job_id) FROM pipeline.jobs")
                if newest != [None]:
                    with pytest.raises(JobNotRunning):
                        await self.atlas.scheduler.cancel(JobId(newest[0]))  # type: ignore[arg-type]
                return
            cancelled = await self.atlas.scheduler.cancel(job["job_id"])
            assert cancelled.status is JobStatus.CANCELLED
            if hand := self.hand():
                await self._ended(hand)

        self.do(cancel())

    @precondition(lambda self: self.hand())
    @rule()
    def die(self) -> None:
        """kill -9: the attempt stays as it is, until somebody finds its worker's lock free."""
        hand = self.hand()
        assert hand is not None
        hand.task.cancel()
        self.do(asyncio.wait({hand.task}))

    @rule()
    def sweep(self) -> None:
        """Every worker of this test has no lock, so a living one is given up too: a zombie."""

        async def sweep() -> None:
            async with self.atlas.worker() as worker:
                await self.atlas.rescue().sweep(worker)
            for hand in self.hands:
                if not hand.task.done():
                    hand.is_zombie = True

        self.do(sweep())

    @precondition(lambda self: any(h.is_zombie and not h.task.done() for h in self.hands))
    @rule()
    def zombie_goes_on(self) -> None:
        """It writes, and is refused; what it does not know of, it does not harm."""

        async def go_on() -> None:
            for hand in self.hands:
                if hand.is_zombie and not hand.task.done():
                    written = hand.orchestrator.written
                    hand.orchestrator.words.put_nowait("write")
                    await hand.task
                    assert hand.orchestrator.written == written

        self.do(go_on())

    @precondition(lambda self: any(h.is_zombie and not h.task.done() for h in self.hands))
    @rule(word=st.sampled_from(("end", ConnectorFailedTransiently, ConnectorConfigRefused)))
    def zombie_ends(self, word: str | type[AtlasError]) -> None:
        """It thinks that it is done, well or badly; the job is another's, or over, and stays so."""

        async def end() -> None:
            before = await self.atlas.fetch(_JOBS)
            for hand in self.hands:
                if hand.is_zombie and not hand.task.done():
                    hand.orchestrator.words.put_nowait(
                        word if isinstance(word, str) else word("It broke.")
                    )
                    await hand.task
            assert await self.atlas.fetch(_JOBS) == before

        self.do(end())

    @rule()
    def the_queue_loses_it(self) -> None:
        """A row of the queue is gone, whoever took it away; the sweep finds the job without one."""

        async def lose() -> None:
            await self.atlas.execute("DELETE FROM jobs.procrastinate_jobs WHERE status = 'todo'")

        self.do(lose())
        self.sweep()

    @rule()
    def it_takes_too_long(self) -> None:
        """The job's longest time is over: it fails, wherever it stands."""

        async def pass_by() -> None:
            await self.atlas.execute("UPDATE pipeline.connections SET max_duration_s = 60")
            await self.atlas.execute(
                "UPDATE pipeline.jobs SET started_at = now() - interval '2 minutes' "
                "WHERE status IN ('pending', 'running') AND started_at IS NOT NULL"
            )

        async def restore() -> None:
            await self.atlas.execute("UPDATE pipeline.connections SET max_duration_s = NULL")
            late = await self.atlas.values(
                "SELECT count(*) FROM pipeline.jobs WHERE status IN ('pending', 'running') "
                "AND started_at < now() - interval '1 minute'"
            )
            assert late == [0], "none goes on"

        self.do(pass_by())
        self.sweep()
        self.do(restore())

    @rule()
    def time_passes(self) -> None:
        """The next attempt is due."""

        async def pass_by() -> None:
            await self.atlas.execute("UPDATE pipeline.jobs SET due_at = NULL WHERE due_at IS NOT NULL")  # fmt: skip
            await self.atlas.execute("UPDATE jobs.procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")  # fmt: skip

        self.do(pass_by())

    # ── what always holds ─────────────────────────────────────────────────────────────────────

    @invariant()
    def all_is_well(self) -> None:
        if hasattr(self, "atlas"):
            self.do(self._look())

    async def _look(self) -> None:
        jobs = await self.atlas.fetch("SELECT * FROM pipeline.jobs ORDER BY job_id")
        attempts = await self.atlas.fetch("SELECT * FROM pipeline.attempts ORDER BY attempt_id")
        live = [job for job in jobs if job["status"] in ("pending", "running")]
        assert len(live) <= 1
        for job in jobs:
            own = [a for a in attempts if a["job_id"] == job["job_id"]]
            # a job that is over stays as it ended
            if job["job_id"] in self.ended:
                assert job["status"] == self.ended[job["job_id"]]
            elif job not in live:
                self.ended[job["job_id"]] = job["status"]
                assert job["ended_at"] is not None
                assert job["due_at"] is None
            assert [a["number"] for a in own] == list(range(1, len(own) + 1))
            running = [a for a in own if a["status"] == "running"]
            assert len(running) <= 1
            succeeded = [a for a in own if a["status"] == "succeeded"]
            assert len(succeeded) == (job["status"] == "succeeded")
            failed = [a for a in own if a["status"] == "failed"]
            assert len(failed) <= 20
            if job["status"] == "failed":
                assert job["failure"] is not None
                assert not running
        (kept,) = await self.atlas.values("SELECT count(*) FROM pipeline.checkpoints")
        assert kept == sum(h.orchestrator.written for h in self.hands), (
            "what was said to be kept is"
        )
        (waiting,) = await self.atlas.values(
            "SELECT count(*) FROM jobs.procrastinate_jobs WHERE status = 'todo'"
        )
        assert waiting == sum(
            not any(a["job_id"] == job["job_id"] and a["status"] == "running" for a in attempts)
            for job in live
        ), "a live job is running, or waits in the queue; nothing else waits"

    # ── helpers ───────────────────────────────────────────────────────────────────────────────

    def hand(self) -> Hand | None:
        """The worker that runs an attempt and is not given up."""
        return next((h for h in self.hands if not h.task.done() and not h.is_zombie), None)

    async def live(self) -> Any:
        rows = await self.atlas.fetch(
            "SELECT job_id, coalesce(due_at > now(), false) AS waits FROM pipeline.jobs "
            "WHERE status IN ('pending', 'running')"
        )
        return rows[0] if rows else None

    async def acknowledge(self) -> None:
        """What Procrastinate does when a task has returned."""
        await self.atlas.execute(
            "SELECT jobs.procrastinate_finish_job_v1(id, 'succeeded', false) FROM jobs.procrastinate_jobs "
            "WHERE status = 'doing'"
        )


def test_whatever_happens_to_a_job_it_ends_once_and_truly(dsn: str) -> None:
    class OnThis(JobLife):
        pass

    OnThis.dsn = dsn
    run_state_machine_as_test(
        OnThis,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
