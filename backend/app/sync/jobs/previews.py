"""What a clear or refresh would do to tables, history and state, said before it is done."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.catalog import StreamDescriptor
from app.core.connections import ConnectedStream, Connection
from app.core.errors import InvalidRequest
from app.core.jobs import JobOptions, JobType
from app.database.pool import Connection as Session
from app.layers import tables
from app.layers.tables import Tables
from app.sync import ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPreview:
    """What would become of one stream; counts are of what is there now.

    Shape: `chart` is emptied, or replaced once all is read; `history` ended, removed, or kept: then it
           ends of keys that the source no longer has; `unpublished` records have landed, and would not
           be published.
    """

    descriptor: StreamDescriptor
    chart: str
    history: str
    chart_rows: int
    past_versions: int
    unpublished: int


async def of(
    session: Session, connection: Connection, job_type: JobType, options: JobOptions
) -> Sequence[StreamPreview]:
    """One preview a stream that the job would touch, in the order of the connection.

    Errors: InvalidRequest for a type that takes nothing away.
    """
    if not job_type.clears and job_type is not JobType.REFRESH:
        raise InvalidRequest("Only a refresh and a clear take something away.")
    chosen = connection.only(options.streams).streams
    return [await _of_stream(session, stream, job_type, options) for stream in chosen]


async def _of_stream(
    session: Session, stream: ConnectedStream, job_type: JobType, options: JobOptions
) -> StreamPreview:
    layout, names = stream.layout, Tables.of(stream.layout.table)
    forgets = options.removes_history
    history = "removed" if forgets else "ended" if job_type.clears else "kept"
    watermark = await ledger.watermark(session, stream.stream_id)
    last = await ledger.last_batch(session, stream.stream_id)
    return StreamPreview(
        descriptor=layout.descriptor,
        chart="emptied" if job_type.clears else "replaced",
        history=history if layout.has_key else "none",
        chart_rows=await tables.size_of(session, names.chart),
        past_versions=await tables.size_of(session, names.history),
        unpublished=await ledger.unpublished(session, stream.stream_id, watermark, last),
    )
