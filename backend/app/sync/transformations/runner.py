"""Runs transformations: takes a wish, has dbt work on it, tells how far it is, and keeps what became of it."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from app.core.errors import AtlasError, Failure
from app.core.failures import (
    DatabaseUnreachable,
    WorkerDied,
)
from app.core.remote_failures import (
    DbtBroke,
    TransformationFailed,
    TransformationFailedTransiently,
    TransformationTestsFailed,
)
from app.core.transformations import Artifact, Step, Transformation, TransformationRun
from app.database.address import address_at
from app.database.passing import passing_failures
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.lineage import transformations as told
from app.lineage.emitter import LineageWriter
from app.lineage.events import EventType
from app.lineage.transformations import ToldRun
from app.remote.dbt import Asked, Dbt, Hearing, Kept, Outcome
from app.sync.jobs.attempt_log import Level
from app.sync.transformations import kept, runs, store
from app.sync.transformations.environments import Environments
from app.sync.transformations.kept import Line
from app.sync.transformations.runs import Held

log = structlog.get_logger(__name__)

_MOST_TRIES = 3
_TELL_S = 1.0
_MOST_WAITING = 10_000
_LEVELS = {"debug": Level.DEBUG, "info": Level.INFO, "warn": Level.WARNING, "error": Level.ERROR}
_GOES_ON_FROM = {
    failure.slug
    for failure in (
        TransformationFailed,
        TransformationFailedTransiently,
        TransformationTestsFailed,
    )
}
"""Failures of which dbt's results say where to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformationRunner:
    """Takes runs one after the other; safe in any number of processes.

    Units: `lease_s` seconds after which a silent process is taken for dead, and its run is another's; `wait_s` before
           a run that failed for a while is tried again; `log_limit_bytes` of one run.
    """

    database: Database
    dbt: Dbt
    environments: Environments
    lineage: LineageWriter
    lease_s: float
    wait_s: float
    log_limit_bytes: int
    host: str = field(default_factory=socket.gethostname)

    async def run(self) -> float | None:
        """See to one run; 0 if there may be more.

        Shape: a process that dies leaves its run to the next, which begins it anew; after three of them it has failed.
        """
        async with self.database.transaction() as session:
            held = await runs.take(session, self.host, self.lease_s)
            if held is None:
                return None
            run = await runs.get(session, held.transformation_run_id)
            transformation = await store.kept(session, run.transformation_id)
            parent = await runs.parent_of(session, run, self.lineage.namespace)
            telling = ToldRun(
                run_id=run.run_id,
                namespace=self.lineage.namespace,
                name=run.name,
                parent=parent,
            )
            if held.tries == 1:
                await self.lineage.tell(session, told.started(telling, datetime.now(UTC)), "")
        work = _Work(held, run, transformation, telling)
        if held.tries > _MOST_TRIES:
            await self._end(work, Outcome(failure=WorkerDied(
                f"The process that ran dbt died {_MOST_TRIES} times. Look at the machine's memory and disk.",
            )))  # fmt: skip
            return 0.0
        await self._see_to(work)
        return 0.0

    async def _see_to(self, work: "_Work") -> None:
        """Have dbt work, and tell meanwhile; what is no longer this process's is ended at once."""
        building = asyncio.create_task(self._build(work))
        try:
            while not (await asyncio.wait({building}, timeout=_TELL_S))[0]:
                if not await self._is_ours(work):
                    break
            else:
                await self._end(work, building.result())
                return
        except asyncio.CancelledError:
            await _ended(building)
            with contextlib.suppress(DatabaseUnreachable), passing_failures():
                async with self.database.transaction() as session:
                    await runs.put_back(session, work.held)
            raise
        finally:
            await _ended(building)
        await self._stopped(work)

    async def _build(self, work: "_Work") -> Outcome:
        """Errors: none that is Atlas's: it is in the outcome."""
        outcome = Outcome()
        try:
            variables, secrets = await self.environments.open(self.database, work.transformation)
            async with self.database.connection() as session:
                goes_on_from = await _kept(session, work.run)
            work.variables = variables
            asked = Asked(
                build=work.transformation.build,
                environment={
                    **variables,
                    "OPENLINEAGE_PARENT_ID": _line(work.telling),
                    "OPENLINEAGE_NAMESPACE": self.lineage.namespace,
                },
                secrets=secrets,
                kept=goes_on_from,
            )
            hearing = Hearing(on_line=work.hear, on_progress=work.note)
            return await self.dbt.run(asked, hearing)
        except AtlasError as failure:
            outcome.failure = failure
        except OSError as error:
            outcome.failure = DbtBroke(f"Its folder could not be used: {error.strerror}.")
        return outcome

    async def _is_ours(self, work: "_Work") -> bool:
        """Tell how far a run is; False if it was cancelled or is another's, or nobody could be told for a lease."""
        try:
            with passing_failures():
                async with self.database.transaction() as session:
                    lives = await runs.tell(
                        session, work.held, work.step, work.done, work.total, self.lease_s
                    )
                    if lives:
                        await self._write_lines(session, work)
        except DatabaseUnreachable:
            return time.monotonic() - work.told_at < self.lease_s
        work.told_at = time.monotonic()
        return lives

    async def _write_lines(self, session: Session, work: "_Work") -> None:
        lines, dropped = work.take_lines()
        await kept.add_lines(
            session, work.run.transformation_run_id, lines, dropped, self.log_limit_bytes
        )

    async def _end(self, work: "_Work", outcome: Outcome) -> None:
        """Keep what became of it, in one transaction; nothing if it is no longer this process's."""
        failure, run_id = outcome.failure, work.run.transformation_run_id
        artifacts = await asyncio.to_thread(_packed, outcome.artifacts)
        async with self.database.transaction() as session:
            retried = await runs.end(
                session,
                work.held,
                failure,
                step=outcome.step,
                warnings=sorted(set(outcome.warnings)),
                dbt_version=outcome.dbt_version,
                done=len(outcome.nodes) or work.done,
                total=work.total,
            )
            if retried is not None:
                await kept.keep_nodes(session, run_id, list(outcome.nodes.values()))
                await kept.keep_artifacts(session, run_id, artifacts)
                await self._write_lines(session, work)
                await self._witness(session, work, outcome)
                await self._try_again(session, work, failure, retried)
        if retried is None:
            await self._stopped(work)
            return
        log.info(
            "transformation_run_ended",
            transformation_run_id=run_id,
            transformation=work.run.name,
            nodes=len(outcome.nodes),
            failure=failure and failure.slug,
        )

    async def _try_again(
        self, session: Session, work: "_Work", failure: AtlasError | None, retried: int
    ) -> None:
        """Wish for another run, of what time mends. Source: STYLE, only transient failures are retried."""
        if failure is None or failure.failure is not Failure.TRANSIENT:
            return
        if retried < work.transformation.build.retries:
            await runs.ask(
                session,
                work.transformation,
                "retry",
                parent=work.run.parent,
                retry_of=work.run.transformation_run_id,
                retried=retried + 1,
                wait_s=self.wait_s,
            )

    async def _witness(self, session: Session, work: "_Work", outcome: Outcome) -> None:
        failure, nodes = outcome.failure, list(outcome.nodes.values())
        project = outcome.project
        telling = ToldRun(
            run_id=work.telling.run_id,
            namespace=work.telling.namespace,
            name=work.telling.name,
            parent=work.telling.parent,
            datasets=_namespace(project.adapter, work.variables) if project else None,
            nodes=nodes,
            assertions=project.assertions(nodes) if project else (),
        )
        event_type = EventType.FAIL if failure else EventType.COMPLETE
        why = f"{failure.title}: {failure.detail}" if failure else None
        all_told = told.ended(telling, event_type, datetime.now(UTC), why)
        await self.lineage.tell(session, all_told, outcome.dbt_version or "")

    async def _stopped(self, work: "_Work") -> None:
        """Nothing runs of it here any more: say so, if it was cancelled; what another has taken over is his."""
        with passing_failures():
            async with self.database.transaction() as session:
                if await runs.let_go(session, work.held):
                    await self._write_lines(session, work)
                    all_told = told.ended(
                        work.telling, EventType.ABORT, datetime.now(UTC), "The run was cancelled."
                    )
                    await self.lineage.tell(session, all_told, "")
        log.info("transformation_run_stopped", transformation_run_id=work.run.transformation_run_id)


@dataclass(slots=True)
class _Work:
    """A run in hand, what its dbt has said, and how far it is."""

    held: Held
    run: TransformationRun
    transformation: Transformation
    telling: ToldRun
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    step: Step | None = None
    done: int = 0
    total: int | None = None
    waiting: list[Line] = field(default_factory=list)
    dropped: int = 0
    told_at: float = field(default_factory=time.monotonic)

    def hear(self, at: datetime, level: str, message: str) -> None:
        if len(self.waiting) >= _MOST_WAITING:
            self.dropped += 1
            return
        self.waiting.append(Line(at, _LEVELS.get(level, Level.INFO), message))

    def note(self, step: Step, done: int, total: int | None) -> None:
        self.step, self.done, self.total = step, done, total

    def take_lines(self) -> tuple[list[Line], int]:
        lines, self.waiting = self.waiting, []
        dropped, self.dropped = self.dropped, 0
        return lines, dropped


async def _ended(building: "asyncio.Task[Outcome]") -> None:
    """Wait until dbt, and all that it has started, is gone."""
    building.cancel()
    await asyncio.gather(building, return_exceptions=True)


async def _kept(session: Session, run: TransformationRun) -> Kept | None:
    """What the run left that this one goes on from; none if it is the first, or dbt had no results."""
    if run.retry_of is None:
        return None
    failed = await runs.get(session, run.retry_of)
    if failed.failure is None or failed.failure.slug not in _GOES_ON_FROM or failed.step is None:
        return None
    there = await kept.artifacts(session, run.retry_of)
    if Artifact.RUN_RESULTS not in there:
        return None
    written = await kept.artifact(session, run.retry_of, Artifact.RUN_RESULTS)
    return Kept(step=failed.step, run_results=written)


def _packed(artifacts: Mapping[Artifact, bytes]) -> Mapping[Artifact, tuple[bytes, int]]:
    return {name: (kept.packed(content), len(content)) for name, content in artifacts.items()}


def _line(run: ToldRun) -> str:
    """Source: OpenLineage's dbt integration, OPENLINEAGE_PARENT_ID."""
    return f"{run.namespace}/{run.name.replace('/', '%2F')}/{run.run_id}"


def _namespace(adapter: str, variables: Mapping[str, str]) -> str | None:
    """Where a project's tables are. Source: OpenLineage, naming conventions."""
    find: Callable[[str], str | None] = variables.get
    if adapter == "postgres":
        try:
            return address_at(find("PGHOST"), find("PGPORT"), "").namespace
        except ValueError:
            return None
    account = find("SNOWFLAKE_ACCOUNT")
    return f"snowflake://{account}" if adapter == "snowflake" and account else None
