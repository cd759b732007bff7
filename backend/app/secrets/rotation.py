"""Another master key: all keys of secrets are locked with the newest, while Atlas runs."""

import os
from dataclasses import dataclass
from uuid import UUID

from app.core.failures import (
    KeyFileRefused,
    MasterKeyMissing,
)
from app.core.settings import Settings
from app.database import key_files
from app.database.pool import Database
from app.secrets import secret_store
from app.secrets.envelope import rewrap
from app.secrets.master_keys import MasterKey, MasterKeys, file_of
from app.secrets.secret_store import Kept

_AT_ONCE = 500
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """Shape: `closed` could not be opened, and stay as they are."""

    rewrapped: int
    closed: int


async def rotate(database: Database, keys: MasterKeys, at_once: int = _AT_ONCE) -> Rotated:
    """Lock the key of each secret with the newest master key; what has it already is not touched.

    Shape:  transactions of `at_once` secrets: a run that is broken off is gone on with by the next. Syncs
            read secrets meanwhile, before or after; who changes one waits for a moment.
    """
    done, closed, last = 0, 0, _FIRST
    newest = keys.newest
    while True:
        async with database.transaction() as session:
            found = await secret_store.hold_others(session, newest.kid, last, at_once)
            if not found:
                return Rotated(rewrapped=done, closed=closed)
            wrapped: dict[UUID, bytes] = {}
            for kept in found:
                under_newest = await _rewrapped(keys, newest, kept)
                if under_newest is not None:
                    wrapped[kept.secret_id] = under_newest
            await secret_store.rewrap(session, wrapped, newest.kid)
        done, closed = done + len(wrapped), closed + len(found) - len(wrapped)
        last = found[-1].secret_id


async def _rewrapped(keys: MasterKeys, newest: MasterKey, kept: Kept) -> bytes | None:
    try:
        before = await keys.of_kid(kept.locked.kid)
        return rewrap(before, newest, kept.binding, kept.locked.wrapped_key)
    except MasterKeyMissing:
        return None


def make_new_key(settings: Settings) -> None:
    """Put a new master key into the file, and the one that was there among the earlier ones.

    Shape:  at each moment there is a master key, and the earlier one is kept before it is replaced.
    Errors: KeyFileRefused if the master key is not in a file, or the file cannot be written.
    """
    path = file_of(settings)
    if path is None:
        raise KeyFileRefused(
            "The master key is not in a file: put a new one where ATLAS_MASTER_KEY or its command has it from, "
            "and the one before into a file among the earlier keys."
        )
    before = MasterKey(master=key_files.ready(path, "master"), where=str(path))
    earlier = settings.earlier_master_keys or settings.home / "keys" / "earlier"
    try:
        earlier.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (kept := earlier / f"{before.kid}.key").exists():
            os.link(path, kept)
        key_files.write_draft(path).rename(path)
    except OSError as error:
        raise KeyFileRefused(
            "The master key's file cannot be replaced.", cause=error.strerror
        ) from error
