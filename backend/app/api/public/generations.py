"""/v1/connections/{connectionId}/generations: what was read from its beginning, and which chart shows."""

from fastapi import APIRouter

from app.api.access import Viewer
from app.api.dependencies import Session
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.views import View, instant
from app.core.errors import ConnectionNotFound
from app.core.ids import ConnectionId
from app.sync import generations
from app.sync.connections import connection_store
from app.sync.generations import Generation

router = APIRouter(prefix="/connections/{connectionId}/generations", tags=["Connections"])


class GenerationView(View):
    """Shape: `published` if chart ever showed it, `shown` if it does now; one that was published, is not shown
    and of which explore has all can be brought back: `POST /v1/jobs` with `refresh` and `atlas.generation`. One that is the `sameAs` another is
    that one, read again."""

    stream: str
    namespace: str | None
    generation_id: int
    job_id: int
    landed_from: str
    landed_to: str
    records: int
    published: bool
    shown: bool
    removed_from_explore_at: str | None
    unchanged: int
    same_as: int | None
    seen_again: int
    seen_at: str | None

    @classmethod
    def of(cls, found: Generation) -> "GenerationView":
        return cls(
            stream=found.stream.name,
            namespace=found.stream.namespace,
            generation_id=found.generation_id,
            job_id=found.job_id,
            landed_from=instant(found.landed_from),
            landed_to=instant(found.landed_to),
            records=found.explored,
            published=found.is_published,
            shown=found.is_shown,
            removed_from_explore_at=instant(found.removed_at) if found.removed_at else None,
            unchanged=found.unchanged,
            same_as=found.same_as,
            seen_again=found.seen_again,
            seen_at=instant(found.seen_at) if found.seen_at else None,
        )


class GenerationList(View):
    data: list[GenerationView]


@router.get("", operation_id="listGenerations", responses=problems(ConnectionNotFound))
async def list_generations(
    caller: Viewer, session: Session, connection_id: ConnectionPath
) -> GenerationList:
    """The generations of a connection's streams, each stream's newest first."""
    found = await connection_store.present(session, ConnectionId(connection_id))
    kept = await generations.listed(session, found.connection_id)
    return GenerationList(data=[GenerationView.of(one) for one in kept])
