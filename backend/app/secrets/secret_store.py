"""Locked secrets in PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from app.core.ids import WorkspaceId
from app.database.pool import Connection, Row
from app.database.queries import load
from app.secrets.envelope import Binding, Locked

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A secret in the database."""

    secret_id: UUID
    binding: Binding
    locked: Locked
    fingerprint: str


async def keep(session: Connection, binding: Binding, locked: Locked, fingerprint: str) -> UUID:
    """Keep a secret in place of the one that stands there; its id, which stays the place's."""
    kept: UUID = await session.fetchval(
        SQL["keep"], uuid4(), binding.workspace_id, binding.owner_id, binding.pointer, locked.nonce,
        locked.ciphertext, locked.wrapped_key, locked.kid, fingerprint,
    )  # fmt: skip
    return kept


async def of_owner(session: Connection, owner_id: UUID) -> Mapping[UUID, Kept]:
    """All secrets of an owner, by id."""
    rows = await session.fetch(SQL["of_owner"], owner_id)
    return {row["secret_id"]: _kept(row) for row in rows}


async def keep_only(session: Connection, owner_id: UUID, secret_ids: Collection[UUID]) -> None:
    """Let go of an owner's secrets but these."""
    await session.execute(SQL["keep_only"], owner_id, list(secret_ids))


async def after(session: Connection, secret_id: UUID, limit: int) -> Sequence[Kept]:
    """The next secrets, by id."""
    return [_kept(row) for row in await session.fetch(SQL["after"], secret_id, limit)]


async def kids(session: Connection) -> Mapping[str, int]:
    """How many secrets each master key locks."""
    return {row["kid"]: row["secrets"] for row in await session.fetch(SQL["kids"])}


async def hold_others(session: Connection, kid: str, secret_id: UUID, limit: int) -> Sequence[Kept]:
    """The next secrets, by id, that another master key locks; nobody else changes them meanwhile."""
    rows = await session.fetch(SQL["hold_others"], kid, secret_id, limit)
    return [_kept(row) for row in rows]


async def rewrap(session: Connection, wrapped: Mapping[UUID, bytes], kid: str) -> None:
    """Put other wrapped keys in the place of those that are there."""
    await session.execute(SQL["rewrap"], list(wrapped), list(wrapped.values()), kid)


def _kept(row: Row) -> Kept:
    return Kept(
        secret_id=row["secret_id"],
        binding=Binding(
            workspace_id=WorkspaceId(row["workspace_id"]),
            owner_id=row["owner_id"],
            pointer=row["pointer"],
        ),
        locked=Locked(
            nonce=bytes(row["nonce"]),
            ciphertext=bytes(row["ciphertext"]),
            wrapped_key=bytes(row["wrapped_key"]),
            kid=row["kid"],
        ),
        fingerprint=row["fingerprint"],
    )
