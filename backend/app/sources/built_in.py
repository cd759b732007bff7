"""The connectors that come with Atlas: programs of its own, of its own version, with nothing to install."""

import importlib.metadata
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core.settings import Settings
from app.sources.port import Listener
from app.sources.protocol import CommandConnector

ENVIRONMENT = {
    "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    # what a person keeps at home (passwords, certificates, services) is not the connector's
    "HOME": "/nonexistent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn:
    """A connector and the package that is its program."""

    name: str
    module: str

    @property
    def version(self) -> str:
        return importlib.metadata.version("atlas")

    def opened(self, settings: Settings, listener: Listener) -> CommandConnector:
        return CommandConnector(
            command=(sys.executable, "-P", "-m", self.module),
            environment=ENVIRONMENT,
            settings=settings,
            name=self.name,
            version=self.version,
            listener=listener,
        )


BUILT_IN: Mapping[str, BuiltIn] = {
    one.name: one for one in (BuiltIn(name="source-postgres", module="app.sources.postgres"),)
}
"""They are run where Airbyte's list has something else under their names."""
