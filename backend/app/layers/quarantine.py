"""Quarantine: records kept out of chart, with rule and reason, so that they can come back."""

from app.database.pool import Connection
from app.database.queries import load
from app.layers.staging import Staged
from app.layers.tables import Tables

SQL = load(__file__)


async def keep(connection: Connection, staged: Staged) -> int:
    """Keep the range's records that broke a rule, as explore has them; how many."""
    explore = Tables.of(staged.layout.table).explore
    statement = SQL["keep"].format(staging=staged.table, explore=explore)
    kept = await connection.execute(statement, staged.layout.stream_id, staged.after, staged.last)
    return int(kept.rpartition(" ")[2])
