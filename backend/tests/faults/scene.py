"""A scene of a fault: a database, a connection that reads the ledger source, and whole processes.

Processes are the real `atlas worker` and `atlas serve`; only their source is the mock.
"""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg

from app.core.catalog import SyncMode
from app.core.connections import Connection
from app.core.ids import JobId
from app.core.jobs import Job
from tests.faults.chance import SEED, chance
from tests.fixtures.atlas import MASTER, Atlas
from tests.fixtures.home import ATLAS, Shell
from tests.fixtures.owner import owner_of
from tests.sources.reading import ledger

SECRET = "c4nary-t0ken-of-the-ledger"
MASK_KEY = bytes(range(32)).hex()
STALL_S, SWEEP_S = 6.0, 3.0
RECOVERY_S = STALL_S + SWEEP_S + 5
SETTINGS: Mapping[str, object] = {
    "heartbeat_s": 2, "stall_s": STALL_S, "sweep_s": SWEEP_S, "queue_poll_s": 0.5, "tick_s": 0.5,
    "retry_wait_s": 0.2, "schedule_shortest_s": 1, "stop_grace_s": 10,
    "batch_records": 50, "landing_bytes": 16_384, "first_promotion_records": 200, "promotion_records": 200,
    "source_mode": "mock", "mask_key": MASK_KEY, "master_key": MASTER.master.hex(), "log_format": "json",
}  # fmt: skip
MODES = {
    "orders": SyncMode.INCREMENTAL_DEDUPED_HISTORY,
    "visits": SyncMode.INCREMENTAL_APPEND,
    "prices": SyncMode.FULL_REFRESH_OVERWRITE,
}
GATE = 4_711
CLOSE_GATE = f"SELECT pg_advisory_xact_lock({GATE})"
DELETED = "_ab_cdc_deleted_at"
_PRESENT = "SELECT worker_id, started_at FROM pipeline.workers WHERE process_id = ANY ($1)"
_WORKING = (
    "SELECT w.process_id FROM pipeline.attempts a JOIN pipeline.workers w USING (worker_id) "
    "WHERE a.status = 'running' AND EXISTS (SELECT FROM pipeline.checkpoints c WHERE c.attempt_id = a.attempt_id)"
)


def orders(records: int = 800, **more: object) -> dict[str, object]:
    """Updates of keys, deletes, late rows, and records that are sent twice.

    Shape: as the suite's seed has it, and with more records the same ones first.
    """
    drawn = chance("orders")
    return {
        "name": "orders", "records": records, "seed": SEED, "keys": drawn.randint(120, 180),
        "state_every": drawn.randint(75, 105), "deletes": drawn.choice((11, 13, 17)),
        "deleted_field": DELETED, "late_rows": drawn.choice((5, 7, 9)),
        "duplicates": drawn.choice((8, 11, 14)), **more,
    }  # fmt: skip


def reading(*streams: Mapping[str, object], **misbehaviour: object) -> dict[str, object]:
    """The ledger source's configuration, with a secret in it that it also says aloud.

    Shape: what kind of states it sends, and whether the last one comes before or after the streams' ends, is as the
           suite's seed has it.
    """
    said = {"api_token": SECRET, "logs": [f"asking with {SECRET}"]}
    drawn = chance("states")
    states = {
        "state_kind": drawn.choice(("stream", "global", "legacy")),
        "last_state": drawn.choice(("before", "after")),
    }
    return ledger(*(streams or (orders(),)), **{**said, **states, **misbehaviour})


@dataclass(slots=True, kw_only=True)
class Child:
    """A process of Atlas.

    Shape: `was_killed` if it could not tidy up behind itself; one that `is_crippled` may say
           anything. A worker `came_at`, and from `lost_at` on cannot work: by the database's clock.
    """

    process: "subprocess.Popen[bytes]"
    said: Path
    worker_id: int | None = None
    came_at: datetime | None = None
    lost_at: datetime | None = None
    was_killed: bool = False
    is_crippled: bool = False

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def pids(self) -> list[int]:
        """Its own, and those of what it has started: the worker of `atlas serve` is one of them."""
        try:
            started = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        except OSError:
            started = ""  # it is over
        return [self.pid, *map(int, started.split())]

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self.lives:
            self.was_killed = True
            self.process.kill()
        self.process.wait()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self, limit_s: float = 20) -> int:
        return await asyncio.to_thread(self.process.wait, limit_s)


@dataclass(slots=True, kw_only=True)
class Scene:
    """Shape: `atlas` reaches the database directly, whatever becomes of the processes' way to it."""

    atlas: Atlas
    dsn: str
    folder: Path
    chance: random.Random
    config: Mapping[str, object] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)

    @property
    def shell(self) -> Shell:
        return Shell(folder=self.folder)

    async def connect(
        self, config: Mapping[str, object] | None = None, source: str = "ledger"
    ) -> Connection:
        """A connection whose source the processes' mock plays under the faker's name."""
        self.config = config or reading()
        made = await self.atlas.connect(self.config, modes=MODES, source=source)
        await self.atlas.execute("UPDATE pipeline.sources SET connector = 'source-faker'")
        return made

    async def configure(self, config: Mapping[str, object]) -> None:
        """Let the source behave otherwise from its next start on."""
        self.config = config
        await self.atlas.configure(config)

    async def start(self) -> JobId:
        return (await self.atlas.scheduler.start(self.atlas.connection_id)).job_id

    # ── processes ─────────────────────────────────────────────────────────────────────────────

    async def worker(
        self,
        *options: str,
        dsn: str | None = None,
        environment: Mapping[str, str] | None = None,
        **settings: object,
    ) -> Child:
        """An `atlas worker` that has said it is there."""
        return await self._present(
            "worker", *options, dsn=dsn, environment=environment, settings=settings
        )

    async def workers(self, *dsns: str) -> list[Child]:
        """Several, started side by side. Shape: each by its own way to the database."""
        return list(await asyncio.gather(*(self.worker(dsn=dsn) for dsn in dsns)))

    async def serve(self, port: int, *options: str, **settings: object) -> Child:
        return await self._present("serve", *options, settings={"port": port, **settings})

    async def _present(
        self,
        *command: str,
        settings: Mapping[str, object],
        dsn: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Child:
        child = self.begin(*command, dsn=dsn, environment=environment, settings=settings)
        if "--no-worker" not in command:

            async def is_present() -> bool:
                assert child.lives, child.said.read_text()
                for row in await self.atlas.fetch(_PRESENT, child.pids):
                    child.worker_id, child.came_at = row["worker_id"], row["started_at"]
                return child.worker_id is not None

            await until(is_present, 60)
        return child

    def begin(
        self,
        *command: str,
        dsn: str | None = None,
        environment: Mapping[str, str] | None = None,
        settings: Mapping[str, object] | None = None,
    ) -> Child:
        """Start a process; what it says goes to a file, so that it never waits for a reader."""
        self.shell.temporary.mkdir(exist_ok=True)
        said = self.folder / f"said-{len(self.children)}"
        chosen = {
            **SETTINGS,
            "database_url": dsn or self.dsn,
            "home": self.folder,
            **(settings or {}),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ATLAS_")}
        with said.open("wb") as output:
            process = subprocess.Popen(
                [str(ATLAS), *command],
                cwd=self.folder,
                env={
                    **kept,
                    "TMPDIR": str(self.shell.temporary),
                    **{f"ATLAS_{name.upper()}": str(value) for name, value in chosen.items()},
                    **(environment or {}),
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        child = Child(process=process, said=said)
        self.children.append(child)
        return child

    async def kill(self, child: Child) -> None:
        """SIGKILL. Shape: it is lost from now on."""
        child.lost_at = await self.now()
        child.kill()

    async def stop(self, child: Child) -> None:
        """SIGSTOP, until somebody sends SIGCONT. Shape: it is lost from now on."""
        child.lost_at = await self.now()
        child.send(signal.SIGSTOP)

    async def close(self) -> None:
        """Ask all that live to end, as a deployment does."""
        living = [child for child in self.children if child.lives]
        for child in living:
            child.send(signal.SIGCONT)
            child.send(signal.SIGTERM)
        for child in living:
            assert await child.ended(30) == 0, child.said.read_text()

    def abandon(self) -> None:
        for child in self.children:
            child.kill()

    async def some_time(self, at_most_s: float) -> None:
        """Let time pass; how much, the seed says: so that a fault strikes anywhere."""
        await asyncio.sleep(self.chance.uniform(0, at_most_s))

    # ── looking ───────────────────────────────────────────────────────────────────────────────

    async def holder(self, limit_s: float = 60) -> Child:
        """Whose attempt has got somewhere."""
        found: list[Child] = []

        async def is_there() -> bool:
            pids = set(await self.atlas.values(_WORKING))
            found[:] = [child for child in self.children if not pids.isdisjoint(child.pids)]
            return bool(found)

        await until(is_there, limit_s)
        return found[0]

    async def now(self) -> datetime:
        """What the database's clock says."""
        (now,) = await self.atlas.values("SELECT clock_timestamp()")
        assert isinstance(now, datetime)
        return now

    async def heard(self, worker: Child) -> None:
        """Wait for a sign of life that a worker gives after now: its loop has turned, and whatever
        signal it was sent before is handled."""
        since = await self.now()
        query = "SELECT seen_at > $2 FROM pipeline.workers WHERE worker_id = $1"

        async def is_heard() -> bool:
            return await self.atlas.values(query, worker.worker_id, since) == [True]

        await until(is_heard)

    async def taken_over(self) -> None:
        """Wait until an attempt was taken from the worker that had it; how long that may last, the
        checker knows."""

        async def is_taken() -> bool:
            return "failed" in await self.attempts()

        await until(is_taken, 60)

    async def attempts(self) -> list[str]:
        found = await self.atlas.values("SELECT status FROM pipeline.attempts ORDER BY attempt_id")
        return [str(status) for status in found]

    async def job(self, job_id: JobId) -> Job:
        return await self.atlas.job(job_id)

    async def ended(self, job_id: JobId, limit_s: float = 90) -> Job:
        async def is_over() -> bool:
            return (await self.job(job_id)).status.is_terminal

        await until(is_over, limit_s)
        return await self.job(job_id)

    async def landed(self, batches: int = 1, limit_s: float = 60) -> None:
        """Wait until so many batches are there."""

        async def are_there() -> bool:
            (found,) = await self.atlas.values("SELECT count(*) FROM pipeline.batches")
            return int(str(found)) >= batches

        await until(are_there, limit_s)

    async def waiting_backend(self, like: str = "%", limit_s: float = 60) -> int:
        """The backend of an Atlas process that waits for a lock with such a statement."""
        found: list[object] = []

        async def waits() -> bool:
            async with owner_of(self.atlas.database) as session:
                rows = await session.fetch(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                    "AND application_name <> 'the test' AND wait_event_type = 'Lock' AND query ILIKE $1",
                    like,
                )
            found[:] = [row["pid"] for row in rows]
            return bool(found)

        await until(waits, limit_s)
        return int(str(found[0]))

    @contextlib.asynccontextmanager
    async def holding(
        self, *statements: str
    ) -> AsyncIterator[psycopg.AsyncConnection[tuple[object, ...]]]:
        """A transaction of somebody else's that keeps what these statements lock."""
        holder = await psycopg.AsyncConnection.connect(self.dsn, application_name="the test")
        try:
            for statement in statements:
                await holder.execute(statement.encode())
            yield holder
        finally:
            await holder.close()

    async def gate(self, table: str, seq: int) -> None:
        """Let each row with this number in its batch wait at the gate, in the middle of its COPY."""
        await self.atlas.execute(
            "CREATE OR REPLACE FUNCTION public.wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NEW; END $$"
        )
        await self.atlas.execute(
            f"CREATE TRIGGER gate BEFORE INSERT ON {table} FOR EACH ROW WHEN (NEW.seq = {seq}) "
            "EXECUTE FUNCTION public.wait_at_the_gate()"
        )


async def until(holds: Callable[[], Awaitable[bool]], limit_s: float = 30) -> None:
    """Wait for a condition. Errors: TimeoutError."""
    async with asyncio.timeout(limit_s):
        while not await holds():  # noqa: ASYNC110  it is elsewhere that it happens
            await asyncio.sleep(0.05)


def mended(config: Mapping[str, object], **changes: object) -> dict[str, object]:
    """The same source, which behaves from now on."""
    kept = {name: config[name] for name in ("kind", "streams", "api_token", "logs")}
    return {**kept, **changes}
