"""Secrets that do not open with the master keys at hand: which, and what to do."""

from collections.abc import Sequence
from uuid import UUID

from app.core.failures import (
    MasterKeyMissing,
)
from app.database.pool import Database
from app.secrets import secret_store
from app.secrets.envelope import unlock
from app.secrets.master_keys import MasterKeys
from app.secrets.secret_store import Kept

TO_MEND = (
    "Put those master keys back from your backup, among the earlier keys; or give the configurations and the remotes' "
    "secrets, and make the notification rules, anew."
)
_AT_ONCE = 500
_FIRST = UUID(int=0)


async def closed_secrets(database: Database, keys: MasterKeys) -> tuple[int, Sequence[Kept]]:
    """How many secrets there are, and which of them do not open with the keys at hand."""
    count, closed, last = 0, list[Kept](), _FIRST
    while True:
        async with database.connection() as session:
            found = await secret_store.after(session, last, _AT_ONCE)
        if not found:
            return count, closed
        for kept in found:
            try:
                unlock(await keys.of_kid(kept.locked.kid), kept.binding, kept.locked)
            except MasterKeyMissing:
                closed.append(kept)
        count, last = count + len(found), found[-1].secret_id
