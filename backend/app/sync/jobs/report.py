"""A job as people read it: its books, what is personal, what the data is worth, how far it is."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.findings import PathDecision, Verdict
from app.core.ids import JobId, StreamId
from app.core.jobs import Job, Ledger
from app.core.remotes import Engine
from app.database.pool import Connection
from app.database.queries import load
from app.gates.pii import decisions as pii_decisions
from app.gates.quality import results as quality_results
from app.layers import tables
from app.sync import ledger
from app.sync.jobs import job_store
from app.sync.remotes import remote_runs
from app.sync.remotes.remote_runs import RemoteRun

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamReport:
    """One stream of a job. Units: scores 0..1; the tables' sizes are as they are now."""

    books: Ledger
    chart_rows: int
    navigate_current_rows: int
    masked: Sequence[PathDecision]
    quasi: Sequence[PathDecision]
    scores: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    """A job with all its streams.

    Shape: no streams of a job that a remote does, which has no books; `remote` is what the remote says of it then, if
           it was asked.
    Units: seconds from its start to its end, or until now.
    """

    job: Job
    seconds: float
    stages: Mapping[str, float]
    streams: Sequence[StreamReport]
    remote: RemoteRun | None = None

    @property
    def balance(self) -> bool | None:
        """As `balance_of` the books of all its streams."""
        return balance_of(stream.books for stream in self.streams)

    @property
    def is_balanced(self) -> bool:
        """True also of books in which nothing stands."""
        return self.balance is not False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one stream of a job is. Units: records and bytes landed; records published."""

    stream: str
    landed: int
    size_bytes: int
    published: int
    is_complete: bool
    is_held: bool

    @property
    def stage(self) -> str:
        if self.is_held:
            return "held"
        if self.is_complete and self.published >= self.landed:
            return "done"
        if self.is_complete:
            return "publishing"
        return "reading" if self.landed else "waiting"


def balance_of(books: Iterable[Ledger]) -> bool | None:
    """Whether books balance; none of books that nobody has opened: nothing was read."""
    lines = list(books)
    if not all(line.is_balanced for line in lines):
        return False
    return True if any(line.read or line.rejected for line in lines) else None


async def of_job(connection: Connection, job_id: JobId) -> JobReport:
    """Errors: JobNotFound."""
    job = await job_store.get(connection, job_id)
    is_here = job.engine is Engine.LOCAL
    books = await ledger.books(connection, job_id) if is_here else []
    sizes = await tables.sizes(connection, [line.table for line in books])
    scores = await quality_results.scores_of(connection, job_id)
    timing = await connection.fetchrow(SQL["timing"], job_id)
    streams = []
    for line in books:
        found = await pii_decisions.current(connection, StreamId(line.stream_id))
        chart_rows, current_rows = sizes[line.table]
        streams.append(
            StreamReport(
                books=line,
                chart_rows=chart_rows,
                navigate_current_rows=current_rows,
                masked=[decision for decision in found.values() if decision.is_masked],
                quasi=[d for d in found.values() if d.verdict is Verdict.QUASI and not d.is_masked],
                scores=scores.get(line.stream_id, {}),
            )
        )
    return JobReport(
        job=job,
        seconds=timing["seconds"] if timing else 0.0,
        stages=json.loads(timing["stages"]) if timing else {},
        streams=streams,
        remote=None if is_here else await remote_runs.newest(connection, job_id),
    )


async def progress_of(connection: Connection, job_id: JobId) -> Sequence[Progress]:
    """One line a stream, in the order of the connection's streams; none of a job that a remote does."""
    rows = await connection.fetch(SQL["progress"], job_id)
    return [
        Progress(
            stream=f"{row['namespace']}.{row['name']}" if row["namespace"] else row["name"],
            landed=row["landed"],
            size_bytes=row["size_bytes"],
            published=row["published"],
            is_complete=row["is_complete"],
            is_held=row["is_held"],
        )
        for row in rows
    ]
