"""/v1/jobs/{jobId}/tree: the run that a job is a part of, what it had done elsewhere, and what followed it."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.api.access import Viewer
from app.api.dependencies import Session
from app.api.problems import problems
from app.api.public.job_shapes import JobPath, ParentRunView, RemoteJobView, answer
from app.api.views import View
from app.core.errors import JobNotFound
from app.core.ids import JobId
from app.core.jobs import JobStatus, JobType
from app.core.remotes import Engine
from app.core.transformations import Step
from app.sync.jobs import trees
from app.sync.jobs.timelines import AttemptStatus

router = APIRouter(prefix="/jobs", tags=["Jobs"])


class TreeRemoteJob(RemoteJobView):
    ended_at: str | None = None


class TreeAttempt(View):
    """Shape: `runId` its name in lineage; `failure` in a few words; `remoteJobs` what it had a remote do, in order."""

    number: int
    run_id: UUID
    status: AttemptStatus
    started_at: str
    ended_at: str | None = None
    failure: str | None = None
    remote_jobs: list[TreeRemoteJob]


class TreeTransformationRun(View):
    """Shape: `failedTests` found something or broke, `failedNodes` could not be built: none before the run is over."""

    transformation_run_id: int
    transformation_id: UUID
    name: str
    run_id: UUID
    retry_of: int | None = None
    status: JobStatus
    step: Step | None = None
    nodes_done: int
    nodes_total: int | None = None
    failed_tests: int
    failed_nodes: int
    created_at: str
    started_at: str | None = None
    ended_at: str | None = None
    failure: str | None = None


class JobTreeView(View):
    """What PostgreSQL makes of a job (`sync/jobs/trees.sql`), for the documentation; a test holds them together.

    Shape: `parentRun` the run that the job is a part of, as whoever began it named it; `transformationRuns` followed
           the job, the oldest first; instants in UTC, to the microsecond.
    """

    parent_run: ParentRunView | None = None
    job_id: int
    connection_id: UUID
    connection: str
    job_type: JobType
    engine: Engine
    status: JobStatus
    created_at: str
    started_at: str | None = None
    ended_at: str | None = None
    attempts: list[TreeAttempt]
    transformation_runs: list[TreeTransformationRun]


@router.get(
    "/{jobId}/tree",
    operation_id="getJobTree",
    response_model=JobTreeView,
    responses=problems(JobNotFound),
)
async def get_job_tree(caller: Viewer, session: Session, job_id: JobPath) -> Response:
    """One run tree: what a job is a part of, its attempts, the remote's jobs, and the runs that followed."""
    return answer(await trees.of(session, JobId(job_id)))
