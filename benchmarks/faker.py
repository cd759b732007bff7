"""The real faker: what Atlas adds to the time that the connector itself takes."""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from house import House
from msgspec.json import encode

from app.core.catalog import ConfiguredCatalog, ConfiguredStream
from app.core.settings import Settings
from app.processes.child import write_private
from app.sources.protocol import CommandConnector
from app.sources.pyairbyte import Installed
from app.sources.registry import installation
from app.sources.wire.catalogs import configured_json
from app.sync.connections.stream_choice import configured

NAME = "source-faker"
HOME = Path(__file__).resolve().parents[1] / ".atlas"
"""Where `atlas demo` keeps the connector too, so that it is installed once."""


@dataclass(frozen=True, slots=True)
class Faker:
    """The installed connector with a configuration, and the streams that it offers."""

    installed: Installed
    configuration: dict[str, object]
    streams: Sequence[ConfiguredStream]

    def connector(self, settings: Settings) -> CommandConnector:
        return CommandConnector(command=self.installed.command, settings=settings)

    async def alone(self) -> float:
        """Seconds that the connector takes to write everything to the null device."""
        catalog = ConfiguredCatalog(streams=tuple(self.streams))
        with tempfile.TemporaryDirectory() as name:
            config = write_private(Path(name), "config.json", encode(self.configuration))
            chosen = write_private(Path(name), "catalog.json", configured_json(catalog))
            began = time.perf_counter()
            process = await asyncio.create_subprocess_exec(
                *self.installed.command, "read", "--config", str(config), "--catalog", str(chosen),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            if await process.wait():
                raise SystemExit("The faker failed.")
            return time.perf_counter() - began

    async def through(self, house: House) -> float:
        """Seconds of a whole sync of the same records into new tables."""
        connection = await house.connect(self.streams, self.configuration)
        settings = house.atlas.settings
        cost = await house.sync(connection, lambda: self.connector(settings))
        await house.clear(connection)
        return cost.wall_s


async def prepared(users: int, settings: Settings) -> Faker:
    """The faker with its default slices, one process, and records that stay as they are."""
    installed = await installation(settings.model_copy(update={"home": HOME}), NAME).run()
    configuration: dict[str, object] = {
        "count": users,
        "seed": 4171,
        "parallelism": 1,
        "always_updated": False,
    }
    faker = Faker(installed, configuration, ())
    catalog = await faker.connector(settings).discover(configuration)
    return replace(faker, streams=[configured(stream) for stream in catalog.streams])
