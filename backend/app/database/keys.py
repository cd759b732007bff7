"""The master key of a workspace's masks and hashes, and the keys derived from it.

One master key of 32 bytes; each purpose has its own key, HMAC-SHA256(master, purpose), so that
knowing one tells nothing of another. The master is never rotated: tokens would no longer join, and
rows no longer equal their history.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest

from app.core.findings import Entity
from app.core.settings import Settings
from app.database.key_files import from_hex, ready

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
        return Keys(master=from_hex(settings.mask_key.get_secret_value(), "mask"))
    return Keys(master=ready(settings.home / "keys" / "mask.key", "mask"))
