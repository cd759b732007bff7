"""The audit log: who did what to what, and who looked; append-only, each entry sealed with those before it.

The seal is keyed: who may write to the database, and has not the mask key, can change an entry and cannot
seal it again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import compare_digest, digest
from uuid import UUID

from app.core.access import Caller
from app.core.ids import WorkspaceId
from app.database.keys import Keys
from app.database.pool import Connection, Database, Row
from app.database.queries import load

SQL = load(__file__)

_ENTRIES_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Shape: `facts` hold ids, counts and names of fields, never a value of a record or a secret."""

    entry_id: int
    recorded_at: datetime
    workspace_id: WorkspaceId | None
    actor_kind: str
    actor_id: str
    actor_name: str
    action: str
    subject: str
    facts: Mapping[str, object]
    request_id: str
    seal: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the log is as it was written. Shape: `broken_at` is the first entry that is not, or is missing."""

    entries: int
    head: str
    broken_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Writes and verifies the log."""

    key: bytes = field(repr=False)

    @classmethod
    def of(cls, keys: Keys) -> "Audit":
        return cls(key=keys.derive("audit log"))

    async def note(
        self,
        session: Connection,
        caller: Caller,
        action: str,
        subject: str,
        *,
        workspace_id: WorkspaceId | None = None,
        facts: Mapping[str, object] | None = None,
        request_id: str = "",
    ) -> None:
        """Write an entry in the caller's transaction, as late in it as can be: it holds the log until the end."""
        last, sealed = await _head(session, SQL["hold_head"])
        entry = Entry(
            entry_id=last + 1,
            recorded_at=datetime.now(UTC),
            workspace_id=workspace_id,
            actor_kind=caller.kind.value,
            actor_id=caller.id,
            actor_name=caller.name,
            action=action,
            subject=subject,
            facts=facts or {},
            request_id=request_id,
            seal=b"",
        )
        seal = self._seal(sealed, entry)
        await session.execute(
            SQL["append"],
            entry.entry_id,
            entry.recorded_at,
            entry.workspace_id,
            entry.actor_kind,
            entry.actor_id,
            entry.actor_name,
            entry.action,
            entry.subject,
            json.dumps(entry.facts),
            entry.request_id,
            seal,
        )
        await session.execute(SQL["move_head"], entry.entry_id, seal)

    async def verify(self, database: Database) -> Verdict:
        """Read the whole log and seal it again."""
        async with database.connection() as session:
            newest, sealed = await _head(session, SQL["head"])
            last, seal = 0, b""
            while last < newest:
                rows = await session.fetch(SQL["after"], last, newest, _ENTRIES_AT_ONCE)
                for row in rows:
                    entry = _entry(row)
                    seal = self._seal(seal, entry)
                    if entry.entry_id != last + 1 or not compare_digest(seal, entry.seal):
                        return Verdict(entries=last, head="", broken_at=last + 1)
                    last = entry.entry_id
                if not rows:
                    return Verdict(entries=last, head="", broken_at=last + 1)
            is_whole = compare_digest(seal, sealed)
            is_whole = is_whole and not await session.fetchval(SQL["beyond"], newest)
        return Verdict(entries=last, head=seal.hex(), broken_at=None if is_whole else last + 1)

    def _seal(self, before: bytes, entry: Entry) -> bytes:
        said = [
            entry.entry_id,
            entry.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
            str(entry.workspace_id or ""),
            entry.actor_kind,
            entry.actor_id,
            entry.actor_name,
            entry.action,
            entry.subject,
            entry.facts,
            entry.request_id,
        ]
        text = json.dumps(said, sort_keys=True, separators=(",", ":"))
        return digest(self.key, before + text.encode(), "sha256")


async def listed(
    session: Connection,
    workspaces: Sequence[UUID] | None,
    *,
    actor_id: str | None,
    action: str | None,
    before: int | None,
    limit: int,
) -> Sequence[Entry]:
    """The newest entries first, before one of them."""
    rows = await session.fetch(SQL["listed"], workspaces, actor_id, action, before, limit)
    return [_entry(row) for row in rows]


SETTINGS_ACTS = (
    "patchConnection", "putSource", "patchSource", "setSchedule", "putConnectionJobTerms", "putQuarantineLimit",
    "createNotificationRule", "putConnectionRemote", "setEngine", "patchColumn", "putRetention", "setStreamRead",
    "renameStream", "renameTables", "createWaiver", "deleteWaiver", "putCheckColumns",
)  # fmt: skip
"""The operations that change how a connection is set; what else is done to it has lists of its own."""


async def settings_acts(
    session: Connection,
    workspace_id: WorkspaceId,
    connection_id: UUID,
    source_id: UUID,
    limit: int,
    offset: int,
    up_to: int | None = None,
) -> Sequence[Entry]:
    """Who changed the settings of a connection or of its source, the newest first."""
    rows = await session.fetch(
        SQL["settings_acts"],
        workspace_id,
        f"%/{connection_id}%",
        f"%/sources/{source_id}%",
        SETTINGS_ACTS,
        limit,
        offset,
        up_to,
    )
    return [_entry(row) for row in rows]


async def seal_of(session: Connection, entry_id: int) -> str | None:
    """An entry's seal, in hex digits; none if it is not there."""
    found = await session.fetchval(SQL["seal_of"], entry_id)
    return None if found is None else bytes(found).hex()


async def _head(session: Connection, query: str) -> tuple[int, bytes]:
    row = await session.fetchrow(query)
    assert row is not None  # noqa: S101  the migration made it
    return row["entry_id"], bytes(row["hash"])


def _entry(row: Row) -> Entry:
    return Entry(
        entry_id=row["entry_id"],
        recorded_at=row["recorded_at"],
        workspace_id=row["workspace_id"],
        actor_kind=row["actor_kind"],
        actor_id=row["actor_id"],
        actor_name=row["actor_name"],
        action=row["action"],
        subject=row["subject"],
        facts=json.loads(row["facts"]),
        request_id=row["request_id"],
        seal=bytes(row["hash"]),
    )
