"""`atlas connectors`: install connectors, and ask them what they want and offer."""

import json
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.core.errors import InvalidRequest
from app.core.settings import Settings
from app.sources.pyairbyte import installed
from app.sources.registry import KNOWN, Connectors, installation
from app.sources.wire.catalogs import stream_json


def show_connectors(console: Console, settings: Settings) -> None:
    table = Table()
    for column in ("connector", "package", "version", "installed"):
        table.add_column(column)
    for name, pinned in sorted(KNOWN.items()):
        found = installed(installation(settings, name))
        here = f"yes, Python {found.python}" if found else f"no: atlas connectors install {name}"
        table.add_row(name, pinned.package, pinned.version, here)
    console.print(table)


async def install(console: Console, settings: Settings, name: str) -> None:
    with console.status(f"Installing {name} through PyAirbyte."):
        found = await installation(settings, name).run()
    console.print(f"{found.name} {found.version} is installed, for Python {found.python}.")


async def spec(settings: Settings, name: str) -> Mapping[str, object]:
    connector = await Connectors(settings=settings).open(name)
    return (await connector.spec()).connection_specification


async def check(console: Console, settings: Settings, name: str, config: Path) -> bool:
    connector = await Connectors(settings=settings).open(name)
    verdict = await connector.check(_configuration(config))
    console.print(f"{name}: {'succeeded' if verdict.succeeded else 'failed'}. {verdict.message}")
    return verdict.succeeded


async def discover(settings: Settings, name: str, config: Path) -> Mapping[str, object]:
    connector = await Connectors(settings=settings).open(name)
    catalog = await connector.discover(_configuration(config))
    return {"streams": [stream_json(stream) for stream in catalog.streams]}


def _configuration(path: Path) -> Mapping[str, object]:
    """Errors: InvalidRequest."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"{path} cannot be read as JSON.") from error
    if not isinstance(found, dict):
        raise InvalidRequest(f"{path} does not hold a JSON object.")
    return found
