"""Runs of transformations as they are wished for and shown."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from app.api.views import View, instant
from app.core.jobs import JobStatus
from app.core.transformations import Artifact, NodeResult, NodeStatus, Step, TransformationRun

RunPath = Annotated[int, Path(alias="transformationRunId", ge=0, le=2**63 - 1)]


class TransformationParentView(View):
    namespace: str
    job_name: str
    run_id: UUID


class TransformationRunView(View):
    """A run as it stands.

    Shape: `afterJobId` the job that it follows, `retryOf` the run that it goes on from; `runId` its name in lineage;
           `step` what dbt does, or did last; `warnings` name tests that found something and did not block.
    """

    transformation_run_id: int
    transformation_id: UUID
    name: str
    run_id: UUID
    status: JobStatus
    asked_by: str
    after_job_id: int | None
    parent_run: TransformationParentView | None
    retry_of: int | None
    tries: int
    host: str | None
    dbt_version: str | None
    step: Step | None
    nodes_done: int
    nodes_total: int | None
    warnings: list[str]
    failure: dict[str, str] | None
    created_at: str
    due_at: str | None
    started_at: str | None
    ended_at: str | None

    @classmethod
    def of(cls, run: TransformationRun) -> "TransformationRunView":
        return cls.model_validate(_members(run))


class TransformationNodeView(View):
    """What became of one node. Units: `seconds` that dbt took; `rows` that it wrote, `failures` that a test found."""

    unique_id: str
    kind: str
    name: str
    status: NodeStatus
    message: str | None
    rows: int | None
    failures: int | None
    seconds: float
    relation: str | None

    @classmethod
    def of(cls, node: NodeResult) -> "TransformationNodeView":
        return cls(
            unique_id=node.unique_id,
            kind=node.kind,
            name=node.name,
            status=node.status,
            message=node.message,
            rows=node.rows,
            failures=node.failures,
            seconds=node.seconds,
            relation=node.relation,
        )


class ArtifactView(View):
    name: Artifact
    bytes: int


class RunResultView(TransformationRunView):
    """Shape: `nodes` in the order in which they ended, none before the run is over; artifacts that there are."""

    nodes: list[TransformationNodeView]
    artifacts: list[ArtifactView]

    @classmethod
    def with_results(
        cls,
        run: TransformationRun,
        nodes: list[TransformationNodeView],
        artifacts: list[ArtifactView],
    ) -> "RunResultView":
        return cls.model_validate({**_members(run), "nodes": nodes, "artifacts": artifacts})


def _members(run: TransformationRun) -> dict[str, object]:
    parent, failure = run.parent, run.failure
    instants = {
        name: instant(moment) if moment else None
        for name, moment in (
            ("created_at", run.created_at),
            ("due_at", run.due_at),
            ("started_at", run.started_at),
            ("ended_at", run.ended_at),
        )
    }
    return {
        "transformation_run_id": run.transformation_run_id,
        "transformation_id": run.transformation_id,
        "name": run.name,
        "run_id": run.run_id,
        "status": run.status,
        "asked_by": run.asked_by,
        "after_job_id": run.after_job_id,
        "parent_run": TransformationParentView(
            namespace=parent.namespace, job_name=parent.job_name, run_id=parent.run_id
        )
        if parent
        else None,
        "retry_of": run.retry_of,
        "tries": run.tries,
        "host": run.host,
        "dbt_version": run.dbt_version,
        "step": run.step,
        "nodes_done": run.nodes_done,
        "nodes_total": run.nodes_total,
        "warnings": list(run.warnings),
        "failure": {
            "type": f"/problems/{failure.slug}",
            "title": failure.title,
            "detail": failure.detail,
            "failureType": failure.failure,
        }
        if failure
        else None,
        **instants,
    }
