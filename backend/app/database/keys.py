"""The master key of a workspace's masks and hashes, and the keys derived from it.

One master key of 32 bytes; each purpose has its own key, HMAC-SHA256(master, purpose), so that
knowing one tells nothing of another. The master is never rotated: tokens would no longer join, and
rows no longer equal their history.
"""

import os
import secrets
import stat
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from pathlib import Path

from app.core.failures import KeyFileRefused
from app.core.findings import Entity
from app.core.settings import Settings

KEY_BYTES = 32
TOKEN_KEY_BYTES = 24
"""With them a value of up to 31 bytes is one block of SHA-256."""
TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Keys for tokens and hashes; never in a repr, never in the database.

    Shape: `master` is 32 bytes.
    """

    master: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Four hex digits that tell which key a token was made with, and nothing of the key."""
        return sha256(self.master).hexdigest()[:4]

    @property
    def fingerprint(self) -> str:
        """By what a database knows its key again; it tells nothing of the key. Shape: 64 hex digits."""
        return self.derive("fingerprint").hex()

    def derive(self, purpose: str) -> bytes:
        """The 32-byte key of one purpose."""
        return digest(self.master, purpose.encode(), "sha256")

    def hash_key(self, purpose: str) -> bytes:
        """The key of `key_hash` or `row_hash`. Shape: 32 bytes."""
        return self.derive(f"hash:{purpose}")

    @property
    def content_seed(self) -> int:
        """The seed of xxh3 for `content_hash`. Units: 0 up to 2**64, exclusive."""
        return int.from_bytes(self.derive("content")[:8], "big")

    def token_key(self, entity: Entity) -> bytes:
        """What SHA-256 sees before a value of this entity. Shape: 24 bytes."""
        return self.derive(f"token:{entity}")[:TOKEN_KEY_BYTES]

    def token(self, entity: Entity, value: str) -> str:
        """The token that stands for a value: the same value and entity, the same token, everywhere.

        Shape: `{entity}_{key id}_{32 hex digits}`, lower case.
        """
        mac = sha256(self.token_key(entity) + normalise(entity, value).encode()).digest()
        return f"{entity.lower()}_{self.id}_{mac[:TOKEN_BYTES].hex()}"


def normalise(entity: Entity, value: str) -> str:
    """The form of a value that its token is of: e-mail addresses without case or outer spaces.

    Shape: as `lower(btrim(value) COLLATE "C")` has it: the case of ASCII alone, which no locale changes.
    """
    if entity is not Entity.EMAIL_ADDRESS:
        return value
    return value.strip(" ").encode().lower().decode()


def load_keys(settings: Settings) -> Keys:
    """The keys by the setting, or by the file under home, which is made at the first start.

    Errors: KeyFileRefused if the key cannot be read, is not 32 bytes, or others may read it.
    """
    if settings.mask_key is not None:
        return Keys(master=from_hex(settings.mask_key.get_secret_value()))
    path = settings.home / "keys" / "mask.key"
    try:
        create(path)
        return Keys(master=read(path))
    except OSError as error:
        raise KeyFileRefused("The mask key's file cannot be used.", cause=error.strerror) from error


def from_hex(text: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyFileRefused("The mask key is not 64 hex digits.")
    return key


def create(path: Path) -> None:
    """Make the key file unless it is there. It appears whole or not at all, also to a second process."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.chmod(0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first; its key counts
    finally:
        draft.unlink()


def read(path: Path) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle) as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise KeyFileRefused("Others than its owner may read the mask key's file.")
        return from_hex(file.read(1_024))
