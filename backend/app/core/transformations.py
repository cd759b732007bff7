"""Transformations: a dbt project that is built by itself or after a sync, its runs, and what became of each node."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.core.ids import ConnectionId, JobId, TransformationId, TransformationRunId, WorkspaceId
from app.core.jobs import FailureReport, JobStatus
from app.core.parent_runs import ParentRun


class TransformationStatus(StrEnum):
    """Words of Airbyte's connections; only an active one runs."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DEPRECATED = "deprecated"


class NodeStatus(StrEnum):
    """Source: dbt-core 1.11, NodeStatus; the first five of what is built, the others of a test."""

    SUCCESS = "success"
    ERROR = "error"
    SKIPPED = "skipped"
    PARTIAL_SUCCESS = "partial success"
    NO_OP = "no-op"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    WARN = "warn"

    @property
    def is_broken(self) -> bool:
        """True of what dbt could not do; a test that found something was done."""
        return self in (NodeStatus.ERROR, NodeStatus.PARTIAL_SUCCESS)


class Step(StrEnum):
    """What a run has dbt do, one after the other.

    Shape: where failed tests block, `build` tests each node before the next is made of it; else all is built
           first, and tested then.
    """

    BUILD = "build"
    TEST = "test"
    DOCS = "docs"


class Artifact(StrEnum):
    """What dbt leaves of a run, by the names of its files. Source: dbt's artifacts."""

    MANIFEST = "manifest"
    RUN_RESULTS = "run_results"
    CATALOG = "catalog"
    DOCS = "docs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What dbt is asked for.

    Shape: `project` a folder under the one where projects may be; no `target` is the profile's own; `selected`
           and `excluded` as dbt takes them; `environment` with references in its secrets' places.
    Units: `timeout_s` of a run, all steps together.
    """

    project: str
    target: str | None = None
    selected: Sequence[str] = ()
    excluded: Sequence[str] = ()
    variables: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, object] = field(default_factory=dict)
    blocks_on_failed_tests: bool = True
    makes_docs: bool = False
    timeout_s: float = 3_600.0
    retries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformation:
    """Shape: it runs after each successful job of `after_connection_id`, if there is one."""

    transformation_id: TransformationId
    workspace_id: WorkspaceId
    name: str
    status: TransformationStatus
    after_connection_id: ConnectionId | None
    build: Build
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformationRun:
    """A run as it stands.

    Shape: `run_id` is its name in lineage; `retry_of` the run that it goes on from; `warnings` name tests that found
           something and did not block; of `nodes_total` nothing is known before dbt says it.
    """

    transformation_run_id: TransformationRunId
    transformation_id: TransformationId
    workspace_id: WorkspaceId
    name: str
    run_id: UUID
    status: JobStatus
    asked_by: str
    after_job_id: JobId | None
    parent: ParentRun | None
    retry_of: TransformationRunId | None
    tries: int
    host: str | None
    dbt_version: str | None
    step: Step | None
    nodes_done: int
    nodes_total: int | None
    warnings: Sequence[str]
    failure: FailureReport | None
    created_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    log_dropped: int
    log_forgotten_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeResult:
    """What became of one node of a project.

    Shape: `message` as dbt says it, without a value of a row; `rows` that it wrote, `failures` that a test found;
           `relation` as `database.schema.name`, none of what makes no table; `inputs` the relations that it was made
           of, known while the run ends.
    """

    unique_id: str
    kind: str
    name: str
    status: NodeStatus
    message: str | None
    rows: int | None
    failures: int | None
    seconds: float
    relation: str | None
    inputs: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What a test asserted of a table. Shape: `severity` as the project has it, in small letters."""

    name: str
    relation: str
    column: str | None
    is_met: bool
    severity: str | None
