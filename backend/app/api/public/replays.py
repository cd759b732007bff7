"""/v1/quarantine/preview and /v1/quarantine/replays: records that come back at their own places."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from app.api.access import Operator, Viewer
from app.api.dependencies import Database, Scheduler, Session
from app.api.problems import problems
from app.api.public.job_shapes import JobPath, JobView, answer
from app.api.public.quarantine import NO_NUL
from app.api.views import Body, View
from app.core.errors import (
    ConnectionInactive,
    ConnectionNotFound,
    JobNotFound,
    NothingToReplay,
    SyncAlreadyRunning,
)
from app.core.failures import (
    MaskKeyMismatch,
)
from app.core.ids import ConnectionId, JobId
from app.sync.connections import connection_store
from app.sync.jobs import shown
from app.sync.quarantine import records, replays
from app.sync.quarantine.replay import Foreseen
from app.sync.quarantine.replays import Choice

router = APIRouter(prefix="/quarantine", tags=["Quarantine"])

RecordId = Annotated[str, Field(pattern=records.RECORD_ID)]


class ReplayBody(Body):
    """Which records: `records` by id, or all of a stream, a rule, or the connection.

    Shape: a namespace of "" is that of streams without one.
    """

    model_config = ConfigDict(extra="forbid")

    connection_id: UUID
    records: list[RecordId] | None = Field(None, min_length=1, max_length=10_000)
    stream: str | None = Field(None, pattern=NO_NUL)
    namespace: str | None = Field(None, pattern=NO_NUL)
    rule: str | None = Field(None, pattern=NO_NUL)

    def choice(self) -> Choice:
        return Choice(
            connection_id=ConnectionId(self.connection_id),
            records=None
            if self.records is None
            else [records.kept_of(one) for one in self.records],
            stream=self.stream,
            namespace=self.namespace,
            rule=self.rule,
        )


class ForeseenView(View):
    """What would become of a stream's records.

    Shape: `picked` can come back now; `landed` of them explore would have for the first time; the fates
           add up to `picked`. `rules` are those still broken, with the records that break them.
    """

    stream: str
    namespace: str | None
    picked: int
    landed: int
    charted: int
    superseded: int
    deleted: int
    quarantined: int
    versions: int
    rules: dict[str, int]

    @classmethod
    def of(cls, found: Foreseen) -> "ForeseenView":
        return cls(
            stream=found.stream.name,
            namespace=found.stream.namespace,
            picked=found.picked,
            landed=found.landed,
            charted=found.charted,
            superseded=found.superseded,
            deleted=found.deleted,
            quarantined=found.quarantined,
            versions=found.versions,
            rules=dict(found.rules),
        )


class Preview(View):
    streams: list[ForeseenView]


class ReplayView(View):
    """Shape: `fates` counts the records that were charted, superseded, deleted, quarantined (again), or are
    waiting: for the job, or for their batch to be published."""

    job_id: int
    asked_by: str
    fates: dict[str, int]


@router.post(
    "/preview",
    operation_id="previewReplay",
    responses=problems(ConnectionNotFound, NothingToReplay, MaskKeyMismatch),
)
async def preview_replay(caller: Operator, scheduler: Scheduler, wanted: ReplayBody) -> Preview:
    """What a replay would do now. Nothing is changed; the quality gate looks at the replay itself alone."""
    found = await scheduler.replayer.foresee(wanted.choice())
    return Preview(streams=[ForeseenView.of(one) for one in found])


@router.post(
    "/replays",
    operation_id="createReplay",
    response_model=JobView,
    responses=problems(ConnectionNotFound, ConnectionInactive, NothingToReplay, SyncAlreadyRunning),
)
async def create_replay(
    caller: Operator, database: Database, scheduler: Scheduler, wanted: ReplayBody
) -> Response:
    """Start a job that brings records back, and answer at once; a connection has one job at a time.

    What chart kept out comes back as it is or corrected, what explore could not take only corrected.
    """
    async with database.connection() as session:
        await connection_store.present(session, ConnectionId(wanted.connection_id))
    job = await scheduler.replay(wanted.choice(), caller.name)
    async with database.connection() as session:
        return answer(await shown.one(session, job.job_id))


@router.get("/replays/{jobId}", operation_id="getReplay", responses=problems(JobNotFound))
async def get_replay(caller: Viewer, session: Session, job_id: JobPath) -> ReplayView:
    """What has become of a replay's records; how the job stands is said by `/v1/jobs/{jobId}`."""
    asked_by = await replays.asked_by(session, JobId(job_id))
    fates = await replays.fates(session, JobId(job_id))
    return ReplayView(job_id=job_id, asked_by=asked_by, fates=dict(fates))
