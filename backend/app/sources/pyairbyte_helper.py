"""The one place that imports PyAirbyte: installs a connector, or fetches Airbyte's list of them, and ends."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_SHOWN = ("type", "required", "properties", "items", "oneOf", "anyOf", "allOf", "enum", "const", "default", "format",
          "pattern", "title", "order", "group", "minimum", "maximum", "airbyte_secret", "airbyte_hidden", "multiline",
          "additionalProperties", "display_type", "examples")  # fmt: skip
"""Of a specification: all but its prose, which the connector's own has."""
_VALUES = frozenset({"enum", "const", "default", "examples"})


def main(arguments: Sequence[str]) -> int:
    """`install` NAME REQUIREMENTS VERSION FOLDER PYTHON, or `catalogue` FILE."""
    action, *rest = arguments
    if action == "catalogue":
        return fetch(Path(rest[0]))
    return install(*rest)


def install(name: str, requirements: str, version: str, home: str, python: str) -> int:
    """The last line of stdout is the answer, as JSON."""
    import airbyte

    source = airbyte.get_source(
        name,
        pip_url=requirements,
        install_if_missing=True,
        install_root=Path(home),
        use_python=Path(python),
    )
    # private, and held by a contract test: PyAirbyte has no public name for it
    command = [str(part) for part in source.executor._cli]
    answer = {"command": command, "version": str(source.connector_version or version)}
    sys.stdout.write("\n" + json.dumps(answer) + "\n")
    return 0


def fetch(path: Path) -> int:
    """Write Airbyte's registry of sources as Atlas's catalogue has it, a line a connector."""
    import requests
    from airbyte import registry

    # private: PyAirbyte's own reading of it leaves the specifications out
    answer = requests.get(registry._get_registry_url(), timeout=60)
    answer.raise_for_status()
    with path.open("w", encoding="utf-8") as file:
        for source in answer.json()["sources"]:
            file.write(json.dumps(entry(source), separators=(",", ":")) + "\n")
    return 0


def entry(source: Mapping[str, object]) -> dict[str, object]:
    """A source of the registry. Source: Airbyte's connector registry, SourceDefinition."""
    image = str(source["dockerRepository"])
    found: dict[str, object] = {"name": image.rpartition("/")[2], "title": str(source["name"])}
    for name in ("dockerRepository", "dockerImageTag", "documentationUrl", "sourceType", "releaseStage",
                 "supportLevel", "releaseDate", "license"):  # fmt: skip
        if isinstance(said := source.get(name), str):
            found[name] = said
    found["definitionId"] = source["sourceDefinitionId"]
    if language := _language(source):
        found["language"] = language
    if package := _package(source):
        found["pypi"] = {"package": package, "version": str(source["dockerImageTag"])}
    if isinstance(hosts := _inner(source, "allowedHosts").get("hosts"), list):
        found["allowedHosts"] = [str(host) for host in hosts]
    if specification := _inner(source, "spec").get("connectionSpecification"):
        found["connectionSpecification"] = _terse(specification)
    return found


def _language(source: Mapping[str, object]) -> str | None:
    said = source.get("language")
    if isinstance(said, str):
        return said
    tags = source.get("tags")
    names = [str(tag) for tag in tags] if isinstance(tags, list) else []
    return next((n.partition(":")[2] for n in names if n.startswith("language:")), None)


def _package(source: Mapping[str, object]) -> str | None:
    pypi = _inner(_inner(source, "remoteRegistries"), "pypi")
    name = pypi.get("packageName")
    return name if pypi.get("enabled") and isinstance(name, str) else None


def _inner(whole: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = whole.get(name)
    return found if isinstance(found, Mapping) else {}


def _terse(schema: object, of_properties: bool = False) -> object:
    if isinstance(schema, Mapping):
        return dict(_members(schema, of_properties))
    if isinstance(schema, list):
        return [_terse(one) for one in schema]
    return schema


def _members(schema: Mapping[str, object], of_properties: bool) -> Iterator[tuple[str, object]]:
    for name, inner in schema.items():
        if not of_properties and name in _VALUES:
            yield name, inner
        elif of_properties or name in _SHOWN:
            yield name, _terse(inner, of_properties=not of_properties and name == "properties")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
