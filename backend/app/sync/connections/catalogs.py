"""What sources offered when they were asked last: kept, so that not every look starts a connector."""

import json

from msgspec import Raw

from app.core.catalog import Catalog
from app.core.connections import Source
from app.core.ids import SourceId
from app.database.pool import Connection as Session
from app.database.queries import load
from app.layers.mending import mend
from app.sources.wire.catalogs import catalog_of, stream_json

SQL = load(__file__)


async def remembered(session: Session, source_id: SourceId) -> Catalog | None:
    """None of a source that was not asked since its configuration changed."""
    kept = await session.fetchval(SQL["get"], source_id)
    return None if kept is None else catalog_of(Raw(kept.encode()))


async def remember(session: Session, source: Source, catalog: Catalog) -> None:
    """Keep what a source offers, in place of what it offered before."""
    said = json.dumps({"streams": [stream_json(stream) for stream in catalog.streams]})
    storable, _ = mend(said.encode())
    await session.execute(SQL["keep"], source.source_id, source.workspace_id, storable.decode())


async def forget(session: Session, source_id: SourceId) -> None:
    """Let the source be asked again: it is configured otherwise."""
    await session.execute(SQL["forget"], source_id)
