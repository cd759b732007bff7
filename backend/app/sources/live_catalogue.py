"""Airbyte's own list of connectors, fetched through PyAirbyte's helper into a home's folder."""

import asyncio
import os
import sys
from pathlib import Path

import msgspec

from app.core.failures import (
    CatalogueUnreachable,
    ConnectorNotInstalled,
)
from app.processes.child import private_folder, running
from app.sources import catalogue
from app.sources.catalogue import LIVE_FILE, Catalogue, Entry
from app.sources.pyairbyte import HELPER, make_folder, variables

_TIMEOUT_S = 120.0
_GRACE_S = 5.0
_LARGEST_BYTES = 50_000_000
_TO_DO = "The list that was there stays. Check the network, and try again."


async def refresh(home: Path, timeout_s: float = _TIMEOUT_S) -> Catalogue:
    """Fetch the list and keep it; it counts in all processes of this home from then on.

    Errors: CatalogueUnreachable; the list that was there stays.
    """
    folder = home / "connectors"
    make_folder(folder)
    with private_folder() as private:
        fetched = private / LIVE_FILE
        await _fetch(home, private, fetched, timeout_s)
        _keep(fetched, folder / LIVE_FILE)
    return catalogue.current(home)


async def _fetch(home: Path, private: Path, fetched: Path, timeout_s: float) -> None:
    command = [sys.executable, "-m", HELPER, "catalogue", str(fetched)]
    # PyAirbyte's own address of the registry: the variable that switches it off is left out
    environment = {
        n: v for n, v in variables(folder_of(home)).items() if n != "AIRBYTE_LOCAL_REGISTRY"
    }
    try:
        async with (
            asyncio.timeout(timeout_s),
            running(
                command,
                folder=private,
                environment=environment,
                on_stderr=_ignore,
                grace_s=_GRACE_S,
                refused=ConnectorNotInstalled.refused,
            ) as child,
        ):
            while await child.stdout.read():
                pass
            exit_code = await child.ended()
    except TimeoutError:
        raise CatalogueUnreachable(
            f"Airbyte's registry did not answer within {timeout_s:g} s. {_TO_DO}"
        ) from None
    if exit_code != 0:
        raise CatalogueUnreachable(f"Airbyte's registry cannot be reached. {_TO_DO}")


def _keep(fetched: Path, kept: Path) -> None:
    """Put it where it counts, once it is known for a list of connectors. Errors: CatalogueUnreachable."""
    size_bytes = fetched.stat().st_size
    if size_bytes > _LARGEST_BYTES:
        raise CatalogueUnreachable(f"What the registry sent is too large to be its list. {_TO_DO}")
    content = fetched.read_bytes()
    try:
        entries = msgspec.json.Decoder(Entry).decode_lines(content)
    except msgspec.DecodeError:
        entries = []
    if not entries:
        raise CatalogueUnreachable(f"What the registry sent is no list of connectors. {_TO_DO}")
    new = kept.with_suffix(f".{os.getpid()}")
    new.write_bytes(content)
    new.replace(kept)


def folder_of(home: Path) -> Path:
    return home / "connectors"


def _ignore(chunk: bytes) -> None:
    """What the helper says of its failure is its stack, and of no use to anybody."""
