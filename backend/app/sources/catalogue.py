"""The connectors that there are: a list that comes with Atlas, or Airbyte's own as it was last fetched."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct

from app.core.catalog import JsonSchema
from app.core.failures import (
    ConnectorUnknown,
)

SHIPPED_ON = date(2026, 10, 1)
"""When the packages of the shipped list were looked up; its other facts are of January 2025."""
LIVE_FILE = "catalogue.jsonl"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_PREFIX = "source-"


class Origin(StrEnum):
    """`shipped` came with Atlas, `live` was fetched from Airbyte's registry."""

    SHIPPED = "shipped"
    LIVE = "live"


class Package(Struct, frozen=True, kw_only=True):
    """The Python package of a connector. Shape: `month` in which the version came out, as `2026-07`."""

    package: str
    version: str
    month: str | None = None


class Entry(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is known of a connector without asking it.

    Shape: facts that nobody has stated are none; `pypi` none where there is no Python package.
    """

    name: str
    title: str
    definition_id: UUID | None = None
    docker_repository: str | None = None
    docker_image_tag: str | None = None
    documentation_url: str | None = None
    source_type: str | None = None
    release_stage: str | None = None
    support_level: str | None = None
    release_date: str | None = None
    language: str | None = None
    license: str | None = None
    pypi: Package | None = None
    allowed_hosts: tuple[str, ...] | None = None
    connection_specification: JsonSchema | None = None
    advanced_auth: bool = False

    @property
    def kind(self) -> str:
        """Its name as Airbyte's API calls the type of a source."""
        return self.name.removeprefix(_PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a connector must be to be listed. Shape: what is none does not matter."""

    text: str | None = None
    language: str | None = None
    source_type: str | None = None
    support_level: str | None = None
    release_stage: str | None = None

    def takes(self, entry: Entry) -> bool:
        """True if all that is wanted, but for the text, is so."""
        return all(
            wanted is None or wanted == found
            for wanted, found in (
                (self.language, entry.language),
                (self.source_type, entry.source_type),
                (self.support_level, entry.support_level),
                (self.release_stage, entry.release_stage),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All connectors by name. Shape: `dated` is the day that the list tells of."""

    entries: Mapping[str, Entry]
    origin: Origin
    dated: date

    def entry(self, name: str) -> Entry:
        """Errors: ConnectorUnknown."""
        found = self.entries.get(name)
        if found is None:
            raise ConnectorUnknown(
                f"The {self.origin} list of {self.dated} has no such one. `atlas connectors search` and "
                "GET /v1/connectors?q= find names."
            )
        return found

    def search(self, wanted: Wanted) -> Sequence[Entry]:
        """What is wanted, the best match first: the very name, then what begins so, a word that does, any part.

        Shape: equal matches by name, those that Airbyte certifies first; without a text, all by name.
        """
        chosen = [entry for entry in self.entries.values() if wanted.takes(entry)]
        text = (wanted.text or "").strip().casefold()
        if not text:
            return sorted(chosen, key=lambda entry: entry.name)
        ranked = [(_rank(entry, text), entry) for entry in chosen]
        found = [(rank, entry) for rank, entry in ranked if rank is not None]
        found.sort(key=lambda each: (each[0], each[1].support_level != "certified", each[1].name))
        return [entry for _, entry in found]


@cache
def shipped() -> Catalogue:
    """The list that comes with Atlas; read when it is first asked for, and once."""
    return Catalogue(
        entries=_entries((files(__package__) / "catalogue.jsonl").read_bytes()),
        origin=Origin.SHIPPED,
        dated=SHIPPED_ON,
    )


def current(home: Path) -> Catalogue:
    """The list that was fetched last into a home's folder of connectors, or else the shipped one."""
    path = home / "connectors" / LIVE_FILE
    try:
        changed_at = path.stat().st_mtime_ns
    except OSError:
        return shipped()
    return _fetched(path, changed_at)


@cache
def _fetched(path: Path, changed_at: int) -> Catalogue:
    """Shape: what only the shipped list knows of a connector (a package, a specification) stays known."""
    entries = dict(shipped().entries)
    for name, live in _entries(path.read_bytes()).items():
        entries[name] = _completed(live, entries.get(name))
    dated = date.fromtimestamp(changed_at / 1e9)
    return Catalogue(entries=entries, origin=Origin.LIVE, dated=dated)


def _completed(live: Entry, known: Entry | None) -> Entry:
    if known is None:
        return live
    return msgspec.structs.replace(
        live,
        pypi=live.pypi or known.pypi,
        connection_specification=live.connection_specification or known.connection_specification,
    )


def _entries(lines: bytes) -> Mapping[str, Entry]:
    """Shape: what is called otherwise than connectors are is left out: names become those of folders."""
    found = msgspec.json.Decoder(Entry).decode_lines(lines)
    return {entry.name: entry for entry in found if NAME.fullmatch(entry.name)}


def _rank(entry: Entry, text: str) -> int | None:
    """How well a text fits a connector, 0 best; none if it is in neither name nor title."""
    names = (entry.kind, entry.name, entry.title.casefold())
    spaced = [name.replace("-", " ") for name in names]
    plain = text.replace("-", " ")
    if text in names or plain in spaced:
        return 0
    if any(name.startswith(plain) for name in (spaced[0], spaced[2])):
        return 1
    if any(word.startswith(plain) for name in spaced for word in _words(name)):
        return 2
    return 3 if any(plain in name for name in spaced) else None


def _words(name: str) -> Sequence[str]:
    """What stands between anything but letters and digits; and all that follows the first of them, too."""
    cleaned = "".join(c if c.isalnum() else " " for c in name)
    words = cleaned.split()
    return [" ".join(words[place:]) for place in range(len(words))]
