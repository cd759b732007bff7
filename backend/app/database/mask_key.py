"""One mask key a database: what another key makes of the same records would be other rows."""

from app.core.failures import (
    MaskKeyMismatch,
)
from app.core.ids import AttemptId
from app.database.keys import Keys
from app.database.pool import Connection
from app.database.queries import load

SQL = load(__file__)

TO_MEND = (
    "Restore the key from your backup, as ATLAS_MASK_KEY or as the file keys/mask.key under ATLAS_HOME, "
    "on every machine that runs Atlas, and start Atlas again."
)


async def is_right(connection: Connection, keys: Keys) -> bool | None:
    """True if the database's rows are of this key; none if it has not taken one yet."""
    known: str | None = await connection.fetchval(SQL["fingerprint"])
    return None if known is None else known == keys.fingerprint


async def require(connection: Connection, keys: Keys, attempt_id: AttemptId) -> None:
    """Let an attempt make rows by the database's key alone; the first attempt of all settles which it is.

    Errors: MaskKeyMismatch; while nothing was ever landed, the new key is taken instead.
    """
    if await connection.fetchval(SQL["settled"]) == keys.fingerprint:
        return
    async with connection.transaction():
        await connection.execute(SQL["note_first"], keys.fingerprint)
        if await connection.fetchval(SQL["hold"]) == keys.fingerprint:
            return
        replaced = await connection.fetchval(SQL["replace"], keys.fingerprint, attempt_id)
    if replaced is None:
        raise MaskKeyMismatch(
            "The rows of this database were made by another mask key than the one that Atlas has now: by "
            "this one every row would be another row, and no mask would join. No connection is synced "
            f"until the right one is there. {TO_MEND}",
            key=keys.id,
        )
