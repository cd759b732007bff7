"""What tests of sources do again and again: make a connector, choose streams, read to the end."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.core.catalog import Catalog, ConfiguredCatalog, ConfiguredStream, SyncMode
from app.core.records import Landing, Mode, State
from app.core.settings import Settings
from app.sources import mock
from app.sources.port import Config, Connector, Listener
from app.sources.protocol import CommandConnector


def settings(**changes: object) -> Settings:
    """Settings for a test, whatever the environment says."""
    return Settings.model_validate({"source_mode": "mock", **changes})


def mocked(
    listener: Listener | None = None, grace_s: float = 0.5, **changes: object
) -> CommandConnector:
    return CommandConnector(
        command=mock.COMMAND,
        environment=mock.ENVIRONMENT,
        settings=settings(**changes),
        mode=Mode.MOCK,
        name="ledger",
        listener=listener or Listener(),
        grace_s=grace_s,
    )


def ledger(*streams: Mapping[str, object], **misbehaviour: object) -> dict[str, object]:
    """Configuration of the ledger source; without streams, one of 100 records."""
    chosen = list(streams) or [{"name": "orders", "records": 100}]
    return {"kind": "ledger", "streams": chosen, **misbehaviour}


def chosen(catalog: Catalog) -> ConfiguredCatalog:
    """Every stream of a catalog, incrementally."""
    return ConfiguredCatalog(
        streams=tuple(
            ConfiguredStream(stream=stream, sync_mode=SyncMode.INCREMENTAL_APPEND)
            for stream in catalog.streams
        )
    )


@dataclass(slots=True)
class Read:
    """All that one read gave, also if it ended in an error."""

    landings: list[Landing] = field(default_factory=list)
    error: Exception | None = None

    def records(self, stream: str = "orders") -> list[bytes]:
        return [
            record
            for landing in self.landings
            for batch in landing.batches
            if batch.stream.name == stream
            for record in batch.records
        ]

    @property
    def rules(self) -> list[str]:
        return [
            refused.rule
            for landing in self.landings
            for batch in landing.batches
            for refused in batch.refused
        ]

    @property
    def states(self) -> list[State]:
        return [landing.state for landing in self.landings if landing.state is not None]

    @property
    def completed(self) -> list[str]:
        return [str(stream) for landing in self.landings for stream in landing.completed]


async def read(connector: Connector, config: Config, states: Sequence[State] = ()) -> Read:
    """Read every stream to the end; an error of Atlas' own is kept, not raised."""
    from app.core.errors import AtlasError

    catalog = chosen(await connector.discover(config))
    result = Read()
    try:
        async with contextlib.aclosing(connector.read(config, catalog, states)) as landings:
            async for landing in landings:
                result.landings.append(landing)
    except AtlasError as error:
        result.error = error
    return result


def script(folder: Path, lines: Sequence[bytes], exit_code: int = 0) -> list[str]:
    """A connector that writes these lines, whatever it is asked."""
    said = folder / "said"
    said.write_bytes(b"".join(line + b"\n" for line in lines))
    program = folder / "connector"
    program.write_text(f"#!/bin/sh\ncat {said}\nexit {exit_code}\n")
    program.chmod(0o700)
    return [str(program)]


def is_alive(pid: int) -> bool:
    """True while a process runs; one that only waits to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z")
