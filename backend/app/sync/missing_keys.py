"""What a generation that replaces another says of the keys that it lacks."""

import structlog

from app.core.connections import HardDeletes
from app.core.layout import Layout
from app.database.pool import Connection
from app.sync import ledger

log = structlog.get_logger(__name__)


async def have_ended(
    connection: Connection, layout: Layout, policy: HardDeletes, generation: int | None = None
) -> bool:
    """Whether history is to end the keys of which a generation has no record, good or bad.

    Shape: the newest generation, if none is named; not where explore refused a record of it, for nobody knows whose
           key that has: they wait for a generation of which explore has all.
    """
    if policy is not HardDeletes.INVALIDATE:
        return False
    rejected = await ledger.rejected(connection, layout.stream_id, generation)
    if rejected:
        log.warning("missing_keys_kept", stream=str(layout.descriptor), rejected=rejected)
    return not rejected
