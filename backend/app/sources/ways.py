"""How a connector can be run on this machine, and why not."""

import shutil
from dataclasses import dataclass
from enum import StrEnum

from app.core.failures import (
    ConnectorNotRunnable,
)
from app.core.records import Mode
from app.core.settings import Settings
from app.sources import interpreters
from app.sources.built_in import BUILT_IN
from app.sources.catalogue import Catalogue, Entry
from app.sources.port import Listener
from app.sources.registry import has_pyairbyte, pinned, resolved_mode

_MANIFEST_ONLY = "manifest-only"


class Way(StrEnum):
    """`built_in` comes with Atlas; `python` is a package, installed by PyAirbyte; `manifest` a bare manifest,
    `docker` an image alone."""

    BUILT_IN = "built_in"

    PYTHON = "python"
    MANIFEST = "manifest"
    DOCKER = "docker"
    MOCK = "mock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Shape: `reason` is why it cannot be run here, or from where its records come if not from the source;
    `python` the interpreter that it would be installed for, `version` what would be."""

    by: Way
    is_runnable: bool
    reason: str | None = None
    package: str | None = None
    version: str | None = None
    python: str | None = None


def way_of(entry: Entry) -> Way:
    """How it can be run at all."""
    if entry.name in BUILT_IN:
        return Way.BUILT_IN
    if entry.pypi is not None:
        return Way.PYTHON
    return Way.MANIFEST if entry.language == _MANIFEST_ONLY else Way.DOCKER


def here(entry: Entry, settings: Settings, listed: Catalogue) -> Runs:
    """How it is run by this Atlas, on this machine; starts nothing but interpreters, to ask for their version."""
    if resolved_mode(settings.source_mode, Listener()) is Mode.MOCK:
        reason = "Records come from the mock: ATLAS_SOURCE_MODE is mock, or PyAirbyte is not there."
        return Runs(by=Way.MOCK, is_runnable=True, reason=reason)
    match way_of(entry):
        case Way.BUILT_IN:
            built_in = BUILT_IN[entry.name]
            return Runs(by=Way.BUILT_IN, is_runnable=True, version=built_in.version)
        case Way.PYTHON:
            return _by_python(entry, listed)
        case Way.MANIFEST:
            return Runs(
                by=Way.MANIFEST,
                is_runnable=False,
                reason="It is a bare manifest without a Python package; Atlas runs none yet.",
            )
        case _:
            docker = "" if shutil.which("docker") else ", and docker is not on this machine"
            return Runs(
                by=Way.DOCKER,
                is_runnable=False,
                reason=f"It is a Docker image alone; Atlas starts no images{docker}.",
            )


def _by_python(entry: Entry, listed: Catalogue) -> Runs:
    try:
        wanted = pinned(entry.name, listed)
    except ConnectorNotRunnable as refused:
        return Runs(by=Way.PYTHON, is_runnable=False, reason=refused.detail)
    there = [version for version in wanted.pythons if interpreters.find(version)]
    reason = None
    if not has_pyairbyte():
        reason = "PyAirbyte is not installed; install Atlas with its dependencies."
    elif not there:
        reason = (
            f"It needs Python {' or '.join(wanted.pythons)}, which is not on this machine's path."
        )
    return Runs(
        by=Way.PYTHON,
        is_runnable=reason is None,
        reason=reason,
        package=wanted.package,
        version=wanted.version,
        python=there[0] if there else wanted.pythons[0],
    )
