"""/health: measured, not assumed."""

import time

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from app.api.dependencies import Database, Settings
from app.api.views import View
from app.core.errors import AtlasError, DatabaseUnreachable
from app.database.migrate import require_current

router = APIRouter(tags=["Health"])
public_router = APIRouter(tags=["Health"])


class Health(View):
    """Units: milliseconds that the database took to answer."""

    status: str
    database: str
    database_ms: float | None
    mode: str


@router.get("/health", operation_id="health")
async def health(database: Database, settings: Settings, response: Response) -> Health:
    """503 if the database does not answer or its schema is not this Atlas's."""
    began = time.monotonic()
    try:
        async with database.connection() as session:
            await require_current(session)
    except (AtlasError, OSError, TimeoutError) as error:
        response.status_code = DatabaseUnreachable.status
        detail = error.detail if isinstance(error, AtlasError) else "does not answer"
        return Health(
            status="unhealthy", database=detail, database_ms=None, mode=settings.source_mode
        )
    took_ms = (time.monotonic() - began) * 1_000
    return Health(
        status="ok", database="ok", database_ms=round(took_ms, 2), mode=settings.source_mode
    )


@public_router.get("/health", operation_id="getHealth", response_class=PlainTextResponse)
async def public_health(database: Database) -> str:
    """As Airbyte answers it, in plain text. Errors: 503 if the database does not answer."""
    async with database.connection() as session:
        await require_current(session)
    return "Successful operation"
