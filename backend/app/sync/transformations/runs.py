"""Runs of transformations: wishes in PostgreSQL, as their workers and the API see them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID, uuid4

from app.core.errors import (
    AtlasError,
    TransformationRunNotFailed,
    TransformationRunNotFound,
    TransformationRunOver,
)
from app.core.ids import JobId, TransformationId, TransformationRunId, WorkspaceId
from app.core.jobs import FailureReport, JobStatus
from app.core.parent_runs import ParentRun, as_json, from_json
from app.core.remote_failures import (
    TransformationSuperseded,
)
from app.core.transformations import Step, Transformation, TransformationRun
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load

SQL = load(__file__)

_SUPERSEDED = TransformationSuperseded(
    "A later job of its connection succeeded before it had begun; the run that follows that job sees all that this "
    "one would have."
)


@dataclass(frozen=True, slots=True)
class Held:
    """A run in a worker's hand. Shape: `tries` tells its writes from those of whoever held it before."""

    transformation_run_id: TransformationRunId
    tries: int


# ── for callers ───────────────────────────────────────────────────────────────────────────────────


async def ask(
    session: Session,
    transformation: Transformation,
    asked_by: str,
    *,
    parent: ParentRun | None = None,
    retry_of: TransformationRunId | None = None,
    retried: int = 0,
    wait_s: float = 0.0,
) -> TransformationRun:
    """Wish for a run. Shape: one that is tried again follows the job that the first did."""
    made = await session.fetchval(
        SQL["ask"],
        transformation.transformation_id,
        uuid4(),
        asked_by,
        json.dumps(as_json(parent)) if parent else None,
        retry_of,
        retried,
        wait_s,
    )
    return await get(session, TransformationRunId(made))


async def follow(session: Session, job_id: JobId) -> Sequence[TransformationRunId]:
    """Wish for a run of each transformation that is to follow this job, in the transaction that ends it.

    Shape: a run that follows an earlier job and has not begun gives way: the new one sees all that it would.
    """
    await session.execute(SQL["supersede"], job_id, _report(_SUPERSEDED))
    rows = await session.fetch(SQL["follow"], job_id, f"job:{job_id}")
    return [TransformationRunId(row["transformation_run_id"]) for row in rows]


async def retry(
    session: Session, transformation: Transformation, run: TransformationRun, asked_by: str
) -> TransformationRun:
    """Wish for a run that goes on from where another failed. Errors: TransformationRunNotFailed."""
    if run.status is not JobStatus.FAILED:
        raise TransformationRunNotFailed(
            f"The run is {run.status}.", transformation_run_id=run.transformation_run_id
        )
    return await ask(
        session, transformation, asked_by, parent=run.parent, retry_of=run.transformation_run_id
    )


async def cancel(session: Session, run_id: TransformationRunId) -> TransformationRun:
    """End a run that waits or is under way; its dbt is ended within seconds. Errors: TransformationRunNotFound,
    TransformationRunOver."""
    if await session.fetchval(SQL["cancel"], run_id) is None:
        found = await get(session, run_id)
        raise TransformationRunOver(f"It has {found.status}.", transformation_run_id=run_id)
    return await get(session, run_id)


async def cancel_all(session: Session, transformation_id: TransformationId) -> None:
    """End what waits or is under way of a transformation."""
    await session.execute(SQL["cancel_all"], transformation_id)


async def cancel_after(session: Session, job_id: JobId) -> int:
    """End what waits or is under way of the runs that follow a job; how many that were."""
    ended = await session.fetch(SQL["cancel_after"], job_id)
    return len(ended)


async def get(session: Session, run_id: TransformationRunId) -> TransformationRun:
    """Errors: TransformationRunNotFound."""
    row = await session.fetchrow(SQL["get"], run_id)
    if row is None:
        raise TransformationRunNotFound(
            "No transformation run has this id.", transformation_run_id=run_id
        )
    return _run(row)


async def listed(
    session: Session,
    *,
    workspace_ids: Sequence[WorkspaceId] | None = None,
    transformation_id: TransformationId | None = None,
    job_id: JobId | None = None,
    status: JobStatus | None = None,
    limit: int,
    offset: int,
    up_to: int | None = None,
) -> Sequence[TransformationRun]:
    """The newest first."""
    rows = await session.fetch(
        SQL["listed"], workspace_ids, transformation_id, job_id, status, limit, offset, up_to
    )
    return [_run(row) for row in rows]


# ── for workers ───────────────────────────────────────────────────────────────────────────────────


async def take(session: Session, host: str, lease_s: float) -> Held | None:
    """The next run for whoever asks, or one that a dead worker left; none if nothing is due."""
    await session.execute(SQL["turn"])
    row = await session.fetchrow(SQL["take"], host, lease_s)
    return Held(TransformationRunId(row["transformation_run_id"]), row["tries"]) if row else None


async def tell(
    session: Session, held: Held, step: Step | None, done: int, total: int | None, lease_s: float
) -> bool:
    """Say how far a run is, and that its worker lives; False if it is the worker's no more."""
    found = await session.fetchval(
        SQL["tell"], held.transformation_run_id, held.tries, step, done, total, lease_s
    )
    return found is not None


async def end(
    session: Session,
    held: Held,
    failure: AtlasError | None,
    *,
    step: Step | None = None,
    warnings: Sequence[str] = (),
    dbt_version: str | None = None,
    done: int = 0,
    total: int | None = None,
) -> int | None:
    """End a run; how often it had been tried before by Atlas itself. None if it is the worker's no more."""
    status = JobStatus.FAILED if failure else JobStatus.SUCCEEDED
    retried: int | None = await session.fetchval(
        SQL["end"], held.transformation_run_id, held.tries, status,
        _report(failure) if failure else None, step, list(warnings), dbt_version, done, total,
    )  # fmt: skip
    return retried


async def put_back(session: Session, held: Held) -> None:
    """Let another worker begin a run anew."""
    await session.execute(SQL["put_back"], held.transformation_run_id, held.tries)


async def let_go(session: Session, held: Held) -> bool:
    """Say that nothing runs of it any more; False if it was not cancelled, but is another's."""
    found = await session.fetchval(SQL["let_go"], held.transformation_run_id, held.tries)
    return found is not None


async def parent_of(session: Session, run: TransformationRun, namespace: str) -> ParentRun | None:
    """The run that this one is a part of: the one that was given, else that of the job that it follows.

    Shape: its root is that of whoever began the job.
    """
    if run.parent is not None or run.after_job_id is None:
        return run.parent
    row = await session.fetchrow(SQL["parent_job"], run.after_job_id)
    if row is None:
        return None
    above = from_json(json.loads(row["parent_run"])) if row["parent_run"] else None
    return ParentRun(
        namespace=namespace,
        job_name=row["job_name"],
        run_id=row["run_id"],
        root=above and (above.root or above),
    )


def _report(failure: AtlasError) -> str:
    report = FailureReport(
        slug=failure.slug, failure=failure.failure, title=failure.title, detail=failure.detail
    )
    return json.dumps(asdict(report))


def _run(row: Row) -> TransformationRun:
    def number(name: str) -> int | None:
        found: int | None = row[name]
        return found

    after, retry_of = number("after_job_id"), number("retry_of")
    run_id: UUID = row["run_id"]
    return TransformationRun(
        transformation_run_id=TransformationRunId(row["transformation_run_id"]),
        transformation_id=TransformationId(row["transformation_id"]),
        workspace_id=WorkspaceId(row["workspace_id"]),
        name=row["name"],
        run_id=run_id,
        status=JobStatus(row["status"]),
        asked_by=row["asked_by"],
        after_job_id=None if after is None else JobId(after),
        parent=from_json(json.loads(row["parent_run"])) if row["parent_run"] else None,
        retry_of=None if retry_of is None else TransformationRunId(retry_of),
        tries=row["tries"],
        host=row["host"],
        dbt_version=row["dbt_version"],
        step=Step(row["step"]) if row["step"] else None,
        nodes_done=row["nodes_done"],
        nodes_total=row["nodes_total"],
        warnings=list(row["warnings"]),
        failure=FailureReport(**json.loads(row["failure"])) if row["failure"] else None,
        created_at=row["created_at"],
        due_at=row["due_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        log_dropped=row["log_dropped"],
        log_forgotten_at=row["log_forgotten_at"],
    )
