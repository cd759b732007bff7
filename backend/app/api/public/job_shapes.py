"""A job as it is wished for and shown. Source: Airbyte's public API; Atlas's books ride in the member `atlas`."""

from enum import StrEnum
from json import dumps
from typing import Annotated
from uuid import UUID

from fastapi import Path, Response
from pydantic import ConfigDict, Field

from app.api.pagination import Paging
from app.api.views import Body, View
from app.core.catalog import StreamDescriptor
from app.core.jobs import CursorRange, JobOptions, JobStatus, JobType
from app.core.parent_runs import LONGEST, ParentRun
from app.core.remotes import Engine
from app.sync import backfills

LARGEST_ID = 2**63 - 1
JobPath = Annotated[int, Path(alias="jobId", ge=0, le=LARGEST_ID)]


CursorText = Annotated[str, Field(min_length=1, max_length=100)]


class StreamName(Body):
    model_config = ConfigDict(extra="forbid")

    name: str
    namespace: str | None = None


class BackfillRange(Body):
    """Shape: `from` is the first cursor that is read, `to` the first that is not; read in `chunks` equal parts."""

    model_config = ConfigDict(extra="forbid")

    since: CursorText = Field(alias="from")
    until: CursorText = Field(alias="to")
    chunks: int = Field(default=1, ge=1, le=backfills.MOST_CHUNKS)

    @property
    def wanted(self) -> CursorRange:
        return CursorRange(since=self.since, until=self.until, chunks=self.chunks)


RunName = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class RunBody(Body):
    """A run as OpenLineage names it."""

    model_config = ConfigDict(extra="forbid")

    namespace: RunName
    job_name: RunName
    run_id: UUID

    @property
    def wanted(self) -> ParentRun:
        """Errors: InvalidRequest."""
        return ParentRun(namespace=self.namespace, job_name=self.job_name, run_id=self.run_id)


class ParentRunBody(RunBody):
    """The run that the job is a part of. Shape: `root` the one at the top of the tree, where that is another."""

    root: RunBody | None = None

    @property
    def wanted(self) -> ParentRun:
        """Errors: InvalidRequest."""
        root = self.root.wanted if self.root else None
        return ParentRun(
            namespace=self.namespace, job_name=self.job_name, run_id=self.run_id, root=root
        )


class AtlasJobCreate(Body):
    """What Airbyte's shape has no place for.

    Shape: no `streams` are all of the connection's. `removeHistory` of a clear or refresh also removes
           what navigate holds of the time before; without it that time has ended and stays readable.
           `swap` of a rebuild puts what was made again in the place of what is published; `generation` of a
           refresh of one stream brings back what chart showed once, and reads nothing; a `backfill` of one
           stream is of a range of its cursor. `parentRun` may stand in the header `Atlas-Parent-Run` instead.
    """

    model_config = ConfigDict(extra="forbid")

    streams: list[StreamName] = Field(default_factory=list)
    remove_history: bool = False
    swap: bool = False
    generation: int | None = Field(default=None, ge=0, le=LARGEST_ID)
    backfill: BackfillRange | None = None
    parent_run: ParentRunBody | None = None

    @property
    def options(self) -> JobOptions:
        streams = tuple(StreamDescriptor(each.name, each.namespace) for each in self.streams)
        return JobOptions(
            streams=streams,
            removes_history=self.remove_history,
            swaps=self.swap,
            generation=self.generation,
            backfill=self.backfill.wanted if self.backfill else None,
        )


class JobCreate(Body):
    connection_id: UUID
    job_type: JobType
    atlas: AtlasJobCreate = AtlasJobCreate()


class JobPreviewed(JobCreate):
    """A job that is only asked about, on a route of Atlas's own."""

    model_config = ConfigDict(extra="forbid")


class StreamBooks(View):
    """One stream's books of one job."""

    name: str
    namespace: str | None = None
    read: int
    rejected: int
    unchanged: int
    explored: int
    charted: int
    superseded: int
    quarantined: int
    deleted: int
    held: int
    out_of_range: int
    versions: int
    balanced: bool


class NamedRunView(View):
    namespace: str
    job_name: str
    run_id: UUID


class ParentRunView(NamedRunView):
    root: NamedRunView | None = None


class RemoteJobView(View):
    """The job at the remote that a job of Atlas follows, in the remote's own figures.

    Shape: `jobId` absent while it is not known whether the remote took it; `rows` and `bytes` absent where the remote
           says none, which is not zero. `verification` once it is over: `unverified` of a success of which nothing more
           is known; `reasons` in words.
    """

    remote_id: UUID
    connection_id: UUID
    job_id: int | None = None
    status: str | None = None
    adopted: bool
    rows: int | None = None
    bytes: int | None = None
    started_at: str | None = None
    seen_at: str | None = None
    verification: str | None = None
    reasons: list[str]


class AskedRange(View):
    """Shape: as `BackfillRange`."""

    since: str = Field(alias="from")
    until: str = Field(alias="to")
    chunks: int


class AskedStream(View):
    name: str
    namespace: str | None = None


class AskedView(View):
    """What a refresh, clear, rebuild or backfill was asked for beyond its type: the same, sent again, asks for the same."""

    streams: list[AskedStream]
    remove_history: bool
    swap: bool
    generation: int | None = None
    backfill: AskedRange | None = None


class AtlasJob(View):
    """What Airbyte's shape has no place for. Shape: `connection` is its name; `connectorVersion` of the last attempt; `startedAt` once its first attempt has
    begun and `endedAt` once it is over, to the microsecond; `dueAt` while the next attempt waits for a time;
    `transformationRuns` the runs that followed it. `balanced` once something was read. Of a job that a remote does there
    are no books: `balanced` is absent, `remote` has what it says."""

    connection: str
    engine: Engine
    mode: str | None = None
    run_id: str | None = None
    connector_version: str | None = None
    attempts: int
    started_at: str | None = None
    ended_at: str | None = None
    due_at: str | None = None
    failure: dict[str, str] | None = None
    parent_run: ParentRunView | None = None
    asked: AskedView | None = None
    remote: RemoteJobView | None = None
    balanced: bool | None = None
    transformation_runs: list[int] | None = None
    streams: list[StreamBooks]


class JobView(View):
    """What PostgreSQL makes of a job (`sync/jobs/shown.sql`), for the documentation; a test holds them together.

    Units: `duration` in whole seconds, until it ended, or until now.
    """

    job_id: int
    status: JobStatus
    job_type: JobType
    start_time: str
    connection_id: UUID
    last_updated_at: str | None = None
    duration: str | None = None
    bytes_synced: int | None = None
    rows_synced: int | None = None
    atlas: AtlasJob


class StreamPreviewView(View):
    """What a job would do to one stream; counts are of what is there now.

    Shape: `chart` is `emptied`, or `replaced` once all is read; `history` is `ended`, `removed`, or `kept`:
           then it ends of keys that the source no longer has; `none` of a stream without a key.
    """

    name: str
    namespace: str | None
    chart: str
    history: str
    chart_rows: int
    past_versions: int
    unpublished: int


class BackfillPreview(View):
    """Shape: `bounds` of the parts, the last of which is not read; the source is told to begin after
    `beginsAfter`; `rows` of the range are in chart now, absent where that cannot be seen."""

    bounds: list[str]
    begins_after: str
    rows: int | None

    @classmethod
    def of(cls, plan: backfills.Plan) -> "BackfillPreview":
        return cls(bounds=list(plan.bounds), begins_after=plan.begins_after, rows=plan.rows)


class JobPreview(View):
    """Shape: `streams` of a refresh or a clear, `backfill` of one."""

    job_type: JobType
    streams: list[StreamPreviewView]
    backfill: BackfillPreview | None = None


class ForeignStatus(StrEnum):
    """Statuses of Airbyte's that may be asked for and that no job of Atlas has: clients break on them."""

    QUEUED = "queued"
    INCOMPLETE = "incomplete"


class JobOrder(StrEnum):
    CREATED_ASC = "createdAt|ASC"
    CREATED_DESC = "createdAt|DESC"
    UPDATED_ASC = "updatedAt|ASC"
    UPDATED_DESC = "updatedAt|DESC"

    @property
    def by(self) -> str:
        field, direction = self.value.split("|")
        return f"{field.removesuffix('At')}_{direction.lower()}"


def answer(shown: str) -> Response:
    """A job that PostgreSQL has made the JSON of."""
    return Response(shown, media_type="application/json")


def answer_page(shown: bytes, paging: Paging, *, has_more: bool) -> Response:
    """A page of such jobs."""
    ends = f'{{"previous":{dumps(paging.previous())},"next":{dumps(paging.next() if has_more else "")},"data":['
    return Response(b"".join((ends.encode(), shown, b"]}")), media_type="application/json")
