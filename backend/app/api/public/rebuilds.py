"""/v1/jobs/{jobId}/rebuild: whether chart and navigate are what explore makes of them."""

from fastapi import APIRouter

from app.api.access import Viewer
from app.api.dependencies import Session
from app.api.problems import problems
from app.api.public.job_shapes import JobPath
from app.api.views import View
from app.core.errors import JobNotFound
from app.core.ids import JobId
from app.layers.shadow import Comparison
from app.sync import rebuilding
from app.sync.jobs import job_store
from app.sync.rebuilding import Rebuilt

router = APIRouter(prefix="/jobs", tags=["Jobs"])


class ComparisonView(View):
    """Rows by their keys. Shape: `missing` are published and were not made again, `extra` the other way round."""

    equal: int
    different: int
    missing: int
    extra: int

    @classmethod
    def of(cls, found: Comparison) -> "ComparisonView":
        return cls(
            equal=found.equal, different=found.different, missing=found.missing, extra=found.extra
        )


class RebuiltView(View):
    """Shape: `whyNot` where a stream could not be made again; `examples` are keys of rows that differ: hashes, or
    a batch and a place in it."""

    stream: str
    equal: bool
    chart: ComparisonView
    history: ComparisonView
    examples: list[str]
    swapped: bool
    why_not: str | None

    @classmethod
    def of(cls, found: Rebuilt) -> "RebuiltView":
        return cls(
            stream=found.stream,
            equal=found.is_equal,
            chart=ComparisonView.of(found.chart),
            history=ComparisonView.of(found.history),
            examples=list(found.examples),
            swapped=found.is_swapped,
            why_not=found.why_not,
        )


class RebuiltList(View):
    data: list[RebuiltView]


@router.get("/{jobId}/rebuild", operation_id="getRebuild", responses=problems(JobNotFound))
async def get_rebuild(caller: Viewer, session: Session, job_id: JobPath) -> RebuiltList:
    """What a job of type `rebuild` came to, a line a stream."""
    job = await job_store.get(session, JobId(job_id))
    found = await rebuilding.found(session, job.job_id)
    return RebuiltList(data=[RebuiltView.of(one) for one in found])
