"""How a secret is locked: with a key of its own, and that key with the master key.

Source: envelope encryption; AES-256-GCM as of NIST SP 800-38D.
"""

import os
from dataclasses import dataclass, field
from uuid import UUID

from app.core.failures import (
    MasterKeyMissing,
)
from app.core.ids import WorkspaceId
from app.secrets.master_keys import MasterKey

_NONCE_BYTES = 12
_KEY_BITS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Whose secret it is, and where it stands: a ciphertext that is moved elsewhere does not open."""

    workspace_id: WorkspaceId
    owner_id: UUID
    pointer: str

    def bytes(self) -> bytes:
        """Shape: two of fixed length come first, so that no two bindings are alike."""
        head = self.workspace_id.bytes + self.owner_id.bytes
        return head + self.pointer.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A secret as it is kept. Shape: `wrapped_key` begins with a nonce of its own."""

    nonce: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)
    kid: str


def lock(master: MasterKey, binding: Binding, secret: bytes) -> Locked:
    """Lock a secret with a new random key, and that with the master key."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key, nonce = AESGCM.generate_key(_KEY_BITS), os.urandom(_NONCE_BYTES)
    return Locked(
        nonce=nonce,
        ciphertext=AESGCM(key).encrypt(nonce, secret, binding.bytes()),
        wrapped_key=_wrap(master, binding, key),
        kid=master.kid,
    )


def unlock(master: MasterKey, binding: Binding, locked: Locked) -> bytes:
    """Errors: MasterKeyMissing if it is another's, stood elsewhere, or was changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = _unwrap(master, binding, locked.wrapped_key)
    try:
        return AESGCM(key).decrypt(locked.nonce, locked.ciphertext, binding.bytes())
    except (InvalidTag, ValueError):
        raise _closed(binding) from None


def rewrap(before: MasterKey, now: MasterKey, binding: Binding, wrapped_key: bytes) -> bytes:
    """The same key of a secret under another master key. Errors: MasterKeyMissing."""
    return _wrap(now, binding, _unwrap(before, binding, wrapped_key))


def _wrap(master: MasterKey, binding: Binding, key: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(master.wrapping).encrypt(nonce, key, binding.bytes())


def _unwrap(master: MasterKey, binding: Binding, wrapped: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, key = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
    try:
        return AESGCM(master.wrapping).decrypt(nonce, key, binding.bytes())
    except (InvalidTag, ValueError):
        raise _closed(binding) from None


def _closed(binding: Binding) -> MasterKeyMissing:
    return MasterKeyMissing(
        f"The secret at {binding.pointer} does not open: it was changed, or moved from elsewhere. Give the "
        "source's configuration anew.",
        pointer=binding.pointer,
    )
