"""/v1/jobs/{jobId}/backfill: how far a backfill is, chunk by chunk."""

from fastapi import APIRouter
from pydantic import Field

from app.api.access import Viewer
from app.api.dependencies import Session
from app.api.problems import problems
from app.api.public.job_shapes import JobPath
from app.api.views import View, instant
from app.core.errors import JobNotFound
from app.core.ids import JobId
from app.sync import backfills
from app.sync.backfills import Chunk
from app.sync.jobs import job_store

router = APIRouter(prefix="/jobs", tags=["Jobs"])


class ChunkView(View):
    """A part of the range, cursors in [from, to).

    Shape: `reached` is the cursor of the source's newest state; `explored` records have landed, and `outOfRange`
           more were sent beside the part and not taken; `endedAt` once all of it was read.
    """

    number: int
    since: str = Field(serialization_alias="from")
    until: str = Field(serialization_alias="to")
    reached: str | None
    explored: int
    out_of_range: int
    started_at: str | None
    ended_at: str | None

    @classmethod
    def of(cls, chunk: Chunk) -> "ChunkView":
        return cls(
            number=chunk.number,
            since=chunk.since,
            until=chunk.until,
            reached=chunk.reached,
            explored=chunk.explored,
            out_of_range=chunk.out_of_range,
            started_at=instant(chunk.started_at) if chunk.started_at else None,
            ended_at=instant(chunk.ended_at) if chunk.ended_at else None,
        )


class ChunkList(View):
    data: list[ChunkView]


@router.get("/{jobId}/backfill", operation_id="getBackfill", responses=problems(JobNotFound))
async def get_backfill(caller: Viewer, session: Session, job_id: JobPath) -> ChunkList:
    """How far a job of type `backfill` is, in the order in which its parts are read."""
    job = await job_store.get(session, JobId(job_id))
    found = await backfills.chunks(session, job.job_id)
    return ChunkList(data=[ChunkView.of(one) for one in found])
