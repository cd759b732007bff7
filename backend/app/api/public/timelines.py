"""/v1/jobs/{jobId}/timeline: when what of a job was done, for a chart of it."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.api.access import Viewer
from app.api.dependencies import Session
from app.api.problems import problems
from app.api.public.job_shapes import JobPath, answer
from app.api.views import View
from app.core.errors import JobNotFound
from app.core.ids import JobId
from app.core.jobs import JobStatus, JobType
from app.sync.jobs import timelines
from app.sync.jobs.timelines import AttemptStatus, PromotionOutcome

router = APIRouter(prefix="/jobs", tags=["Jobs"])


class ReadingSpan(View):
    """What an attempt read of a stream. Units: `records` read, `bytes` of them.
    Shape: `extractedAt` is when the first batch was; `completedAt` when the stream's end was committed."""

    extracted_at: str
    first_landed_at: str
    last_landed_at: str
    completed_at: str | None = None
    records: int
    bytes: int
    batches: int


class PromotionSpan(View):
    """A range on its way to chart and history. Units: `records` that explore has of it.

    Shape: batches in (afterBatch, lastBatch]. `readyAt` is when its last batch had landed and the one before it
           was over; `beganAt` when Atlas began with it, absent where that was not kept; `recordedAt` the instant
           its versions have; `endedAt` when it was committed.
    """

    promotion_id: int
    after_batch: int
    last_batch: int
    ready_at: str | None = None
    began_at: str | None = None
    recorded_at: str
    ended_at: str | None = None
    outcome: PromotionOutcome
    reason: str | None = None
    records: int


class StreamSpans(View):
    name: str
    namespace: str | None = None
    reading: ReadingSpan | None = None
    promotions: list[PromotionSpan]


class AttemptFailure(View):
    type: str
    title: str
    detail: str | None = None
    failure_type: str


class AttemptSpans(View):
    """Units: `seconds` by stage, as the attempt kept them at its end; stages may overlap.
    Shape: `host` while the worker is known."""

    number: int
    run_id: UUID
    status: AttemptStatus
    started_at: str
    ended_at: str | None = None
    host: str | None = None
    failure: AttemptFailure | None = None
    seconds: dict[str, float]
    streams: list[StreamSpans]


class ThroughputPoint(View):
    """What landed from `at` on, in one bucket."""

    at: str
    records: int
    bytes: int


class ThroughputView(View):
    """Units: `bucketS` seconds. Shape: 120 points at most, also where nothing landed."""

    bucket_s: float
    points: list[ThroughputPoint]


class TimelineView(View):
    """What PostgreSQL makes of a job (`sync/jobs/timelines.sql`), for the documentation; a test holds them together.

    Shape: `at` is the moment of the answer; batches that were taken back are not in it; instants in UTC, to the
           microsecond.
    """

    at: str
    job_id: int
    connection_id: UUID
    connection: str
    job_type: JobType
    status: JobStatus
    created_at: str
    started_at: str | None = None
    ended_at: str | None = None
    attempts: list[AttemptSpans]
    throughput: ThroughputView | None = None


@router.get(
    "/{jobId}/timeline",
    operation_id="getJobTimeline",
    response_model=TimelineView,
    responses=problems(JobNotFound),
)
async def get_job_timeline(caller: Viewer, session: Session, job_id: JobPath) -> Response:
    """What a job's attempts did and when; of a job that runs, what there is until now."""
    return answer(await timelines.of(session, JobId(job_id)))
