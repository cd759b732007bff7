"""`atlas connectors`: each command imports what it needs, so that help is instant."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.terminal.running import open_console, run

if TYPE_CHECKING:
    from app.core.settings import Settings

connectors_app = typer.Typer(help="Find, install and ask connectors.", no_args_is_help=True)

ConfigFile = Annotated[
    Path,
    typer.Option("--config", help="JSON file with the connector's configuration.", exists=True),
]


@connectors_app.command("list")
def connectors_list() -> None:
    """The connectors that Atlas was tried with, and those that are installed."""
    from app.terminal.connectors import show_connectors

    show_connectors(open_console(stdout=True), _settings())


@connectors_app.command("search")
def connectors_search(
    text: Annotated[str, typer.Argument(help="In name or title.")] = "",
    language: Annotated[str | None, typer.Option(help="python, manifest-only or java.")] = None,
    kind: Annotated[str | None, typer.Option(help="api, database or file.")] = None,
    support: Annotated[str | None, typer.Option(help="certified or community.")] = None,
    stage: Annotated[str | None, typer.Option(help="As generally_available.")] = None,
    runs: Annotated[str | None, typer.Option(help="python, manifest or docker.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 20,
) -> None:
    """Find what there is to connect, and how it can be run here."""
    from app.sources.catalogue import Wanted
    from app.sources.ways import Way
    from app.terminal.connectors import search

    wanted = Wanted(
        text=text, language=language, source_type=kind, support_level=support, release_stage=stage
    )
    if runs not in (None, *Way):
        raise typer.BadParameter("it is python, manifest or docker", param_hint="--runs")
    search(open_console(stdout=True), _settings(), wanted, Way(runs) if runs else None, limit)


@connectors_app.command("refresh")
def connectors_refresh() -> None:
    """Fetch Airbyte's own list of connectors; where it cannot be reached, the old one stays."""
    from app.terminal.connectors import refresh

    run(refresh(open_console(stdout=True), _settings()))


@connectors_app.command("install")
def connectors_install(name: str) -> None:
    """Install a connector through PyAirbyte, in an environment of its own."""
    from app.terminal.connectors import install

    run(install(open_console(stdout=True), _settings(), name))


@connectors_app.command("spec")
def connectors_spec(name: str) -> None:
    """Print what a connector wants to be told, as JSON."""
    from app.terminal.connectors import spec

    print(json.dumps(run(spec(_settings(), name)), indent=2))


@connectors_app.command("check")
def connectors_check(name: str, config: ConfigFile) -> None:
    """Let a connector try its configuration."""
    from app.terminal.connectors import check

    if not run(check(open_console(stdout=True), _settings(), name, config)):
        raise typer.Exit(1)


@connectors_app.command("discover")
def connectors_discover(name: str, config: ConfigFile) -> None:
    """Print the streams a source offers, as JSON."""
    from app.terminal.connectors import discover

    print(json.dumps(run(discover(_settings(), name, config)), indent=2))


def _settings() -> "Settings":
    from app.terminal.starting import settings_of_environment

    return settings_of_environment(quiet=False)
