"""Secrets that are kept elsewhere: a configuration names them, and they are looked up at each start."""

import asyncio
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from app.core.failures import (
    ReferenceUnresolved,
)
from app.core.settings import Settings
from app.outgoing.sending import Outgoing
from app.secrets.vault import Vault, path_of

_MOST_BYTES = 65_536


class Keeper(StrEnum):
    """Where a secret is kept: `$secret` by Atlas itself, which only Atlas says."""

    ATLAS = "$secret"
    ENVIRONMENT = "$env"
    FILE = "$file"
    VAULT = "$vault"


@dataclass(frozen=True, slots=True)
class Reference:
    """What stands in a secret's place. Shape: `{"$env": "NAME"}` and the like."""

    keeper: Keeper
    name: str

    @classmethod
    def of(cls, value: object) -> "Reference | None":
        """The reference that a value is; none if it is none, or not as it must be."""
        if not isinstance(value, Mapping) or len(value) != 1 or not is_reserved(value):
            return None
        ((keeper, name),) = value.items()
        return cls(Keeper(keeper), name) if isinstance(name, str) and name else None

    def __str__(self) -> str:
        return f'{{"{self.keeper}": "{self.name}"}}'


def is_reserved(value: object) -> bool:
    """Whether an object is, or pretends to be, a reference."""
    return isinstance(value, Mapping) and any(keeper in value for keeper in Keeper)


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Looks up what is kept elsewhere.

    Shape: only variables that begin with `prefix`, only files under `folder`, only the vault that is set.
    """

    prefix: str
    folder: Path | None = None
    vault: Vault | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @classmethod
    def of(cls, settings: Settings, outgoing: Outgoing) -> "References":
        vault = None
        if settings.vault_url is not None:
            token = settings.vault_token
            vault = Vault.at(
                settings.vault_url,
                token=token.get_secret_value() if token else "",
                timeout_s=settings.vault_timeout_s,
                outgoing=outgoing,
            )
        return cls(prefix=settings.secret_prefix, folder=settings.secret_folder, vault=vault)

    def why_not(self, reference: Reference) -> str | None:
        """Why a reference may not be named here; none if it may."""
        match reference.keeper:
            case Keeper.ATLAS:
                return "Only Atlas itself says which of its secrets stands where."
            case Keeper.ENVIRONMENT:
                if reference.name.startswith(self.prefix):
                    return None
                return f"A variable that may be named begins with {self.prefix}."
            case Keeper.FILE:
                if self.folder is None:
                    return "No file may be named: ATLAS_SECRET_FOLDER is not set."
                if _is_under(Path(os.path.normpath(reference.name)), self.folder):
                    return None
                return "A file that may be named is under ATLAS_SECRET_FOLDER."
            case Keeper.VAULT:
                if self.vault is None:
                    return "Nothing in a vault may be named: ATLAS_VAULT_URL is not set."
                return None if path_of(reference.name) else "It is not mount/path#field."
            case _:
                assert_never(reference.keeper)

    async def resolve(self, reference: Reference) -> object:
        """Errors: ReferenceUnresolved; ReferenceUnreachable if a later try may find it."""
        why = self.why_not(reference)
        if why is not None:
            raise unresolved(reference, why)
        if reference.keeper is Keeper.ENVIRONMENT:
            if reference.name not in self.environment:
                raise unresolved(reference, "Atlas was started without this variable.")
            return self.environment[reference.name]
        if reference.keeper is Keeper.FILE:
            return await asyncio.to_thread(self._in_file, reference)
        assert self.vault is not None  # noqa: S101  else it may not be named
        return await self.vault.read(reference.name)

    def _in_file(self, reference: Reference) -> str:
        """The text of a file, without the line break that ends it."""
        assert self.folder is not None  # noqa: S101  else it may not be named
        try:
            real = Path(reference.name).resolve(strict=True)
            if not _is_under(real, self.folder.resolve()):
                raise unresolved(reference, "It leads out of ATLAS_SECRET_FOLDER.")
            handle = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise unresolved(reference, "It is no file.")
                content = file.read(_MOST_BYTES + 1)
            text = content.decode()
        except OSError as error:
            raise unresolved(reference, f"It cannot be read: {error.strerror}.") from None
        except (UnicodeDecodeError, RuntimeError, ValueError):
            raise unresolved(reference, "It cannot be read as text.") from None
        if len(content) > _MOST_BYTES:
            raise unresolved(reference, f"It has more than {_MOST_BYTES} bytes.")
        return text.removesuffix("\n").removesuffix("\r")


def unresolved(reference: Reference, why: str) -> ReferenceUnresolved:
    """Says which reference it is, and what is wrong with it."""
    return ReferenceUnresolved(f"{reference} was not found. {why}", reference=str(reference))


def _is_under(path: Path, folder: Path) -> bool:
    return path.is_absolute() and path != folder and path.is_relative_to(folder.absolute())
