"""`atlas connectors`: install connectors, and ask them what they want and offer."""

import json
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.core.errors import InvalidRequest
from app.core.settings import Settings
from app.sources import catalogue, live_catalogue, ways
from app.sources.built_in import BUILT_IN
from app.sources.catalogue import Catalogue, Entry, Wanted
from app.sources.registry import KNOWN, Connectors, installation, installed_here, pinned
from app.sources.ways import Way
from app.sources.wire.catalogs import stream_json


def show_connectors(console: Console, settings: Settings) -> None:
    """The connectors that come with Atlas, those that it was tried with, and all others that are installed here."""
    listed = catalogue.current(settings.home)
    table = _table("connector", "package", "version", "installed")
    for one in BUILT_IN.values():
        table.add_row(one.name, "comes with Atlas", one.version, "yes, built in")
    packaged = {entry.name for entry in listed.entries.values() if entry.pypi is not None}
    for name in sorted({*KNOWN, *(_folders(settings) & packaged)}):
        found, package = installed_here(settings, name), pinned(name, listed)
        here = f"yes, Python {found.python}" if found else "no"
        table.add_row(name, package.package, package.version, here)
    console.print(table)
    console.print(
        "Install one by `atlas connectors install NAME`; `atlas connectors search` has all."
    )


def search(
    console: Console, settings: Settings, wanted: Wanted, runs: Way | None, limit: int
) -> None:
    """What there is to connect, the best match first, and how it can be run here."""
    listed = catalogue.current(settings.home)
    matches = [entry for entry in listed.search(wanted) if runs in (None, ways.way_of(entry))]
    if not matches:
        console.print("No connector is called so, or is as you want it.")
        return
    table = _table("connector", "title", "support", "here")
    for entry in matches[:limit]:
        table.add_row(
            entry.name, entry.title, entry.support_level or "", _here(entry, settings, listed)
        )
    console.print(table)
    dated = f"{len(matches)} of {len(listed.entries)} connectors, {listed.origin} list of {listed.dated}"
    console.print(f"{dated}; --limit shows more." if len(matches) > limit else f"{dated}.")


async def refresh(console: Console, settings: Settings) -> None:
    """Fetch Airbyte's own list."""
    with console.status("Asking Airbyte's registry through PyAirbyte."):
        listed = await live_catalogue.refresh(settings.home)
    console.print(f"{len(listed.entries)} connectors, live list of {listed.dated}.")


def _here(entry: Entry, settings: Settings, listed: Catalogue) -> str:
    if (found := installed_here(settings, entry.name)) is not None:
        return f"installed, {found.version}"
    runs = ways.here(entry, settings, listed)
    if runs.by is Way.BUILT_IN:
        return f"comes with Atlas, {runs.version}"
    return f"{runs.by}, {runs.version or runs.reason}" if runs.is_runnable else str(runs.reason)


def _folders(settings: Settings) -> set[str]:
    """The connectors that have an environment in the home."""
    folder = settings.home / "connectors"
    return {path.name.removeprefix(".venv-") for path in folder.glob(".venv-*")}


def _table(*columns: str) -> Table:
    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


async def install(console: Console, settings: Settings, name: str) -> None:
    with console.status(f"Installing {name} through PyAirbyte."):
        found = await installation(settings, name).run()
    console.print(f"{found.name} {found.version} is installed, for Python {found.python}.")


async def spec(settings: Settings, name: str) -> Mapping[str, object]:
    connectors = Connectors(settings=settings)
    await connectors.open(name)
    return await connectors.specification(name)


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
