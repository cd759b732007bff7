"""What callers were answered under a key of theirs: the same request again is answered the same, and done once.

Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

import secrets
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.refusals import IdempotencyKeyReused, RequestUnderWay
from app.database import scope
from app.database.keys import Keys
from app.database.pool import Database
from app.database.queries import load

SQL = load(__file__)

LEASE_S = 60.0
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    media_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A request that is being worked on, under a key. Shape: whoever works on it renews it in time."""

    caller: str
    key: str
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Keeps answers, sealed (AES-256-GCM): some show a secret that nobody shall find in the database.

    Units: `keep_h` hours.
    """

    database: Database
    seal: AESGCM = field(repr=False)
    keep_h: int

    @classmethod
    def of(cls, database: Database, keys: Keys, keep_h: int) -> "Answers":
        return cls(database=database, seal=AESGCM(keys.derive("kept answers")), keep_h=keep_h)

    async def claim(self, caller: str, key: str, request_hash: bytes) -> Claim | Answer:
        """A claim to work on a request, or what it was answered already.

        Errors: IdempotencyKeyReused if the key was another request's; RequestUnderWay while somebody works on it.
        """
        claim = Claim(caller=caller, key=key, id=uuid4())
        with scope.everything():
            async with self.database.connection() as session:
                is_ours = await session.fetchval(
                    SQL["claim"], caller, key, request_hash, claim.id, LEASE_S, self.keep_h
                )
                row = None if is_ours else await session.fetchrow(SQL["kept"], caller, key)
        if is_ours:
            return claim
        if row is None:  # released between the two statements
            raise RequestUnderWay("Somebody has just worked on it.", retry_after_s=1)
        if row["request_hash"] != request_hash:
            raise IdempotencyKeyReused("Its key came with another path or body before.")
        if row["status"] is None:
            raise RequestUnderWay("It has not been answered yet.", retry_after_s=row["lease_s"])
        body = self._open(claim, row["body"])
        return Answer(status=row["status"], media_type=row["media_type"], body=body)

    async def renew(self, claim: Claim) -> None:
        await self._execute("renew", claim, LEASE_S)

    async def keep(self, claim: Claim, answer: Answer) -> None:
        """Let this be the answer from now on. Errors: none if the claim is another's by now: his answer counts."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self.seal.encrypt(nonce, answer.body, _place(claim))
        await self._execute("keep", claim, answer.status, answer.media_type, sealed)

    async def release(self, claim: Claim) -> None:
        """Let the next one work on it: it has no answer to keep."""
        await self._execute("release", claim)

    async def forget(self) -> None:
        """Remove what is over."""
        with scope.everything():
            async with self.database.connection() as session:
                await session.execute(SQL["forget"], self.keep_h)

    async def _execute(self, statement: str, claim: Claim, *values: object) -> None:
        with scope.everything():
            async with self.database.connection() as session:
                await session.execute(SQL[statement], claim.caller, claim.key, claim.id, *values)

    def _open(self, claim: Claim, sealed: bytes) -> bytes:
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return self.seal.decrypt(nonce, body, _place(claim))


def _place(claim: Claim) -> bytes:
    """What a sealed body is bound to: it opens nowhere else."""
    return f"{claim.caller}\0{claim.key}".encode()
