"""Keys in files: 64 hex digits that nobody but their owner may read, made at the first start."""

import os
import secrets
import stat
from pathlib import Path

from app.core.failures import (
    KeyFileRefused,
)

KEY_BYTES = 32


def ready(path: Path, what: str) -> bytes:
    """The key of a file, which is made if it is not there. Shape: `what` key it is, for a person.

    Errors: KeyFileRefused if it cannot be read, is not 32 bytes, or others may read it.
    """
    try:
        create(path)
    except OSError as error:
        raise _unusable(what, error) from error
    return read(path, what)


def from_hex(text: str, what: str) -> bytes:
    """Errors: KeyFileRefused."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyFileRefused(f"The {what} key is not 64 hex digits.")
    return key


def create(path: Path) -> None:
    """Make the key file unless it is there. It appears whole or not at all, also to a second process."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.chmod(0o700)
    draft = write_draft(path)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first; its key counts
    finally:
        draft.unlink()


def write_draft(path: Path) -> Path:
    """A new key in a file beside the one that it is for."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return draft


def read(path: Path, what: str) -> bytes:
    """Errors: KeyFileRefused."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise _unusable(what, error) from error
    with os.fdopen(handle) as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise KeyFileRefused(f"Others than its owner may read the {what} key's file.")
        return from_hex(file.read(1_024), what)


def _unusable(what: str, error: OSError) -> KeyFileRefused:
    return KeyFileRefused(f"The {what} key's file cannot be used.", cause=error.strerror)
