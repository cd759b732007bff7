"""GET /api/v1/health. Source: Airbyte's Config API."""

from fastapi import APIRouter

from app.api.access import Anybody
from app.api.dependencies import Database
from app.api.outages import in_time
from app.api.problems import problems
from app.api.views import View
from app.core.failures import (
    DatabaseUnreachable,
    SchemaAhead,
    SchemaBehind,
)
from app.database.migrate import require_current
from app.database.pool import Database as AtlasDatabase

router = APIRouter(tags=["Config API"])

_LIMIT_S = 2.0


class HealthRead(View):
    available: bool


@router.get(
    "/health",
    operation_id="configHealth",
    responses=problems(DatabaseUnreachable, SchemaAhead, SchemaBehind),
)
@router.get("/health/", include_in_schema=False)
async def health(_: Anybody, database: Database) -> HealthRead:
    """True if the database answers, with this Atlas's schema; else it is a failure, and no answer."""
    await in_time(_ask(database), _LIMIT_S)
    return HealthRead(available=True)


async def _ask(database: AtlasDatabase) -> None:
    async with database.connection() as session:
        await require_current(session)
