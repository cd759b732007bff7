"""The master key that locks the keys of all secrets, and those from before, which still open."""

import asyncio
import shlex
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from pathlib import Path

from app.core.failures import (
    KeyFileRefused,
    MasterKeyMissing,
)
from app.core.settings import Settings
from app.database import key_files

_REREAD_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKey:
    """Shape: `master` is 32 bytes; `where` is for a person. Neither it nor what is derived is in a repr."""

    master: bytes = field(repr=False)
    where: str

    @property
    def kid(self) -> str:
        """By what a secret tells its master key; it tells nothing of the key. Shape: 16 hex digits."""
        return sha256(b"atlas master key" + self.master).hexdigest()[:16]

    @property
    def wrapping(self) -> bytes:
        """What locks keys of secrets. Shape: 32 bytes."""
        return digest(self.master, b"secrets", "sha256")


@dataclass(slots=True, kw_only=True)
class MasterKeys:
    """Shape: the first of `keys` locks, all open. Where one is not known, they are read again: a rotation
    needs no restart.
    """

    keys: Sequence[MasterKey]
    read_again: Callable[[], Sequence[MasterKey]] = field(repr=False)
    read_at: float = field(default_factory=time.monotonic)

    @classmethod
    async def of(cls, settings: Settings) -> "MasterKeys":
        """Errors: KeyFileRefused."""

        def read() -> Sequence[MasterKey]:
            return load(settings)

        return cls(keys=await asyncio.to_thread(read), read_again=read)

    @property
    def newest(self) -> MasterKey:
        return self.keys[0]

    async def of_kid(self, kid: str) -> MasterKey:
        """Errors: MasterKeyMissing, KeyFileRefused."""
        for key in self.keys:
            if key.kid == kid:
                return key
        if time.monotonic() - self.read_at > _REREAD_S:
            self.keys, self.read_at = await asyncio.to_thread(self.read_again), time.monotonic()
            for key in self.keys:
                if key.kid == kid:
                    return key
        raise MasterKeyMissing(
            f"The master key {kid} is not at hand. Put it back, from your backup, among the earlier keys.",
            kid=kid,
        )

    async def has(self, kid: str) -> bool:
        """Whether a key is at hand, now."""
        try:
            await self.of_kid(kid)
        except (KeyFileRefused, MasterKeyMissing):
            return False
        return True


def load(settings: Settings) -> Sequence[MasterKey]:
    """The master key by the setting, by its command, or by its file, which is made at the first start; then
    those from before.

    Errors: KeyFileRefused.
    """
    earlier = settings.earlier_master_keys or settings.home / "keys" / "earlier"
    paths = sorted(earlier.glob("*.key"), reverse=True)
    newest = _newest(settings)
    others = [MasterKey(master=key_files.read(path, "master"), where=str(path)) for path in paths]
    return [newest, *(key for key in others if key.kid != newest.kid)]


def file_of(settings: Settings) -> Path | None:
    """The file that the master key is in; none if it is not in a file."""
    if settings.master_key is not None or settings.master_key_command is not None:
        return None
    return settings.master_key_file or settings.home / "keys" / "master.key"


def _newest(settings: Settings) -> MasterKey:
    if settings.master_key is not None:
        text = settings.master_key.get_secret_value()
        return MasterKey(master=key_files.from_hex(text, "master"), where="ATLAS_MASTER_KEY")
    if settings.master_key_command is not None:
        text = _said(settings.master_key_command, settings.master_key_timeout_s)
        return MasterKey(
            master=key_files.from_hex(text, "master"), where="ATLAS_MASTER_KEY_COMMAND"
        )
    path = file_of(settings)
    assert path is not None  # noqa: S101  it is in neither of the others
    return MasterKey(master=key_files.ready(path, "master"), where=str(path))


def _said(command: str, timeout_s: float) -> str:
    """What the command prints. Errors: KeyFileRefused; what it printed is not in it."""
    try:
        argv = shlex.split(command)
        done = subprocess.run(  # noqa: S603  set by whoever runs Atlas; no shell
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired:
        raise KeyFileRefused(
            f"The command for the master key did not end within {timeout_s:g} s."
        ) from None
    except (OSError, ValueError, IndexError) as error:
        kind = type(error).__name__
        raise KeyFileRefused(f"The command for the master key was not started ({kind}).") from None
    if done.returncode != 0:
        raise KeyFileRefused(
            f"The command for the master key ended with exit code {done.returncode}."
        )
    return done.stdout[:1_024].decode("ascii", "replace")
