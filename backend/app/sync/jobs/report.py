"""A job as people read it: its books, what is personal, what the data is worth, how far it is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.findings import PathDecision, Verdict
from app.core.ids import JobId, StreamId
from app.core.jobs import Job, Ledger
from app.database.pool import Connection
from app.database.queries import load
from app.gates.pii import decisions as pii_decisions
from app.gates.quality import results as quality_results
from app.layers import tables
from app.sync import ledger
from app.sync.jobs import job_store

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
    """A job with all its streams. Units: seconds from its start to its end, or until now."""

    job: Job
    seconds: float
    stages: Mapping[str, float]
    streams: Sequence[StreamReport]

    @property
    def is_balanced(self) -> bool:
        return all(stream.books.is_balanced for stream in self.streams)


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


async def of_job(connection: Connection, job_id: JobId) -> JobReport:
    """Errors: JobNotFound."""
    job = await job_store.get(connection, job_id)
    books = await ledger.books(connection, job_id)
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
    )


async def progress_of(connection: Connection, job_id: JobId) -> Sequence[Progress]:
    """One line a stream, in the order of the connection's streams."""
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
