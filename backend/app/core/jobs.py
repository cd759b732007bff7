"""Jobs and attempts: a wish to sync a connection, and the tries at it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.catalog import StreamDescriptor
from app.core.ids import AttemptId, ConnectionId, JobId, RunId
from app.core.parent_runs import ParentRun
from app.core.records import Mode
from app.core.remotes import Elsewhere, Engine


class JobStatus(StrEnum):
    """Source: Airbyte's public API; between two attempts a job is running."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        return self not in (JobStatus.PENDING, JobStatus.RUNNING)


class JobType(StrEnum):
    """Source: Airbyte's public API, JobTypeEnum; the last three are Atlas's own."""

    SYNC = "sync"
    RESET = "reset"
    REFRESH = "refresh"
    CLEAR = "clear"
    REPLAY = "replay"
    REBUILD = "rebuild"
    BACKFILL = "backfill"

    @property
    def clears(self) -> bool:
        """True of a clear, whichever of Airbyte's two words it goes by."""
        return self in (JobType.CLEAR, JobType.RESET)


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorRange:
    """Cursors in [since, until), to be read in so many chunks, as they were asked for."""

    since: str
    until: str
    chunks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """What a job was asked for beyond its type.

    Shape: no `streams` are all of the connection's; `removes_history` of a clear or refresh that keeps
           nothing of what was before; `swaps` of a rebuild that takes the place of what it was held against;
           `generation` of a refresh that brings an older one of one stream back, and reads nothing;
           `backfill` of one, of one stream.
    """

    streams: tuple[StreamDescriptor, ...] = ()
    removes_history: bool = False
    swaps: bool = False
    generation: int | None = None
    backfill: CursorRange | None = None


PLAIN = JobOptions()
"""Nothing more was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at a job. Shape: `epoch` fences every write; `run_id` is its name in lineage; `parent` of who began it."""

    attempt_id: AttemptId
    job_id: JobId
    connection_id: ConnectionId
    number: int
    epoch: int
    run_id: RunId
    mode: Mode
    job_type: JobType = JobType.SYNC
    options: JobOptions = PLAIN
    engine: Engine = Engine.LOCAL
    parent: ParentRun | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The names that an attempt goes by in lineage: its connection, the source, the connector.

    Shape: `elsewhere` of one that does not write into Atlas's layers.
    """

    connection: str
    source: str
    connector: str
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureReport:
    """Why a job or attempt failed, as it is kept and shown; never a record's value."""

    slug: str
    failure: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """One stream's books of one job. Source: SEMANTICS section 6."""

    stream_id: int
    namespace: str | None
    name: str
    table: str
    read: int
    rejected: int
    unchanged: int
    explored: int
    charted: int
    superseded: int
    quarantined: int
    deleted: int
    held: int
    versions: int
    size_bytes: int
    is_balanced: bool
    out_of_range: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it stands.

    Shape: `mode` none until a worker took it; `due_at` only while its next attempt waits for a time.
    """

    job_id: JobId
    connection_id: ConnectionId
    job_type: JobType
    status: JobStatus
    mode: Mode | None
    failure: FailureReport | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    updated_at: datetime
    run_id: RunId | None
    attempts: int
    due_at: datetime | None = None
    engine: Engine = Engine.LOCAL
