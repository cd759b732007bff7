"""/health: measured, not assumed."""

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from app.api.access import Anybody
from app.api.dependencies import Configurations, Database, Scheduler, Settings
from app.api.outages import in_time
from app.api.problems import problems
from app.api.views import View
from app.core.errors import AtlasError
from app.core.failures import (
    DatabaseFull,
    DatabaseUnreachable,
    SchemaAhead,
    SchemaBehind,
)
from app.core.ids import JobId
from app.core.settings import Settings as AtlasSettings
from app.database import mask_key, scope
from app.database.keys import Keys
from app.database.migrate import require_current
from app.database.pool import Database as AtlasDatabase
from app.secrets import closed, secret_store
from app.sync.queue import queue_figures
from app.sync.queue.queue_figures import QueueDepth, WorkerFigures

router = APIRouter(tags=["Health"])
public_router = APIRouter(tags=["Health"])

_LIMIT_S = 2.0
_READY_S = 1.0
_NAP_S = 0.005


class Wellness(StrEnum):
    """`degraded`: the API answers as it should, and jobs may not be run."""

    OK = "ok"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class WorkerHealth(View):
    """All workers that take jobs, wherever they run.

    Units: `heartbeatAgeS` seconds since the last heartbeat of the one that was heard last.
    """

    living: int
    silent: int
    heartbeat_age_s: float | None

    @classmethod
    def of(cls, workers: Sequence[WorkerFigures]) -> "WorkerHealth":
        ages = [worker.silent_s for worker in workers]
        return cls(
            living=sum(worker.is_living for worker in workers),
            silent=sum(not worker.is_living for worker in workers),
            heartbeat_age_s=round(min(ages), 1) if ages else None,
        )


class AtlasHealth(View):
    """Shape: `reasons`, each a sentence, are empty when all is well."""

    reasons: list[str]
    workers: WorkerHealth


class Health(View):
    """Units: milliseconds that the database took to answer."""

    status: Wellness
    database: str
    database_ms: float | None
    mode: str
    atlas: AtlasHealth | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    took_ms: float
    workers: Sequence[WorkerFigures]
    queues: Sequence[QueueDepth]
    is_key_right: bool | None
    without_room: Sequence[JobId]
    """The jobs that wait since the database's disk was full."""
    kids: Collection[str]
    """The master keys that lock the secrets that are kept."""


class Liveness(View):
    """Units: milliseconds by which this process's loop is late: what blocks it makes it look dead."""

    status: Wellness
    loop_lag_ms: float


class Readiness(Liveness):
    """Shape: `detail` is why it is not ready; what it needs to answer, and no more, is looked at."""

    detail: str | None
    database_ms: float | None
    heartbeat_age_s: float | None


@router.get("/health/live", operation_id="healthLive")
async def live(_: Anybody) -> Liveness:
    """200 as long as this process answers, whatever is with the database: only then would a restart help."""
    return Liveness(status=Wellness.OK, loop_lag_ms=await _loop_lag_ms())


@router.get(
    "/health/ready",
    operation_id="healthReady",
    responses={503: {"model": Readiness, "description": "It could not answer what needs the database"}},
)  # fmt: skip
async def ready(
    _: Anybody, database: Database, settings: Settings, scheduler: Scheduler, response: Response
) -> Readiness:
    """200 if requests may come here: the database answers within a second, with this Atlas's schema.

    That no worker is heard keeps no request away; `/health` says so.
    """
    lag_ms = await _loop_lag_ms()
    try:
        measured = await in_time(
            _measure(database, settings, scheduler.orchestrator.keys), _READY_S
        )
    except AtlasError as failure:
        response.status_code = failure.status
        return Readiness(
            status=Wellness.UNHEALTHY, loop_lag_ms=lag_ms, detail=failure.detail,
            database_ms=None, heartbeat_age_s=None,
        )  # fmt: skip
    workers = WorkerHealth.of([worker for worker in measured.workers if worker.queues])
    return Readiness(
        status=Wellness.OK,
        loop_lag_ms=lag_ms,
        detail=None,
        database_ms=round(measured.took_ms, 2),
        heartbeat_age_s=workers.heartbeat_age_s,
    )


@router.get(
    "/health",
    operation_id="health",
    responses={503: {"model": Health, "description": "The database, or its schema, is not as needed"}},
)  # fmt: skip
async def health(
    _: Anybody,
    database: Database,
    settings: Settings,
    scheduler: Scheduler,
    configurations: Configurations,
    response: Response,
) -> Health:
    """503 if the database does not answer within two seconds or its schema is not this Atlas's; 200 and
    `degraded` if nobody runs jobs, a worker is silent, jobs wait since the disk was full, the mask key is another,
    or the master key of a secret is not at hand: that is nothing to restart the API for."""
    try:
        measured = await in_time(
            _measure(database, settings, scheduler.orchestrator.keys), _LIMIT_S
        )
    except AtlasError as failure:
        response.status_code = failure.status
        return Health(
            status=Wellness.UNHEALTHY,
            database=failure.detail,
            database_ms=None,
            mode=settings.source_mode,
            atlas=None,
        )
    workers = [worker for worker in measured.workers if worker.queues]
    reasons = _reasons(workers, measured.queues, settings.stall_s)
    if measured.is_key_right is False:
        reasons.append(f"The mask key is not this database's: no job succeeds. {mask_key.TO_MEND}")
    if jobs := ", ".join(map(str, measured.without_room)):
        reasons.append(f"{DatabaseFull.title}: jobs {jobs} wait. {DatabaseFull.hint}")
    keys = configurations.sealing.keys
    if not all([await keys.has(kid) for kid in measured.kids]):
        reasons.append(
            f"Some secrets do not open: what needs one is not synced, or not signed. {closed.TO_MEND} "
            "`atlas doctor` names the keys."
        )
    return Health(
        status=Wellness.DEGRADED if reasons else Wellness.OK,
        database="ok",
        database_ms=round(measured.took_ms, 2),
        mode=settings.source_mode,
        atlas=AtlasHealth(reasons=reasons, workers=WorkerHealth.of(workers)),
    )


@public_router.get(
    "/health",
    operation_id="getHealth",
    response_class=PlainTextResponse,
    responses=problems(DatabaseUnreachable, SchemaAhead, SchemaBehind),
)
async def public_health(
    _: Anybody, database: Database, settings: Settings, scheduler: Scheduler
) -> str:
    """As Airbyte answers it, in plain text."""
    await in_time(_measure(database, settings, scheduler.orchestrator.keys), _LIMIT_S)
    return "Successful operation"


async def _loop_lag_ms() -> float:
    """How much later than asked the loop comes back. Units: milliseconds."""
    due_at = time.monotonic() + _NAP_S
    await asyncio.sleep(_NAP_S)
    return round(max(time.monotonic() - due_at, 0.0) * 1_000, 2)


async def _measure(database: AtlasDatabase, settings: AtlasSettings, keys: Keys) -> _Measured:
    """Errors: DatabaseUnreachable, SchemaAhead, SchemaBehind; the driver's own."""
    began = time.monotonic()
    with scope.everything():  # counts of the whole, of which no caller sees a row
        async with database.connection() as session:
            await require_current(session)
            took_ms = (time.monotonic() - began) * 1_000
            return _Measured(
                took_ms=took_ms,
                workers=await queue_figures.workers(session, settings.stall_s),
                queues=await queue_figures.queues(session, settings.stall_s),
                is_key_right=await mask_key.is_right(session, keys),
                without_room=await queue_figures.hindered(session, DatabaseFull.slug),
                kids=await secret_store.kids(session),
            )


def _reasons(
    workers: Sequence[WorkerFigures], queues: Sequence[QueueDepth], stall_s: float
) -> list[str]:
    reasons = []
    if not any(worker.is_living for worker in workers):
        reasons.append(
            "No worker runs: start `atlas worker`, or `atlas serve` without --no-worker."
        )
    if silent := [str(worker.worker_id) for worker in workers if not worker.is_living]:
        reasons.append(f"Workers {', '.join(silent)} are gone, or silent for over {stall_s:g} s.")
    if alone := [depth.queue for depth in queues if depth.waiting and not depth.workers]:
        reasons.append(f"Jobs wait in queues that no worker takes from: {', '.join(alone)}.")
    return reasons
