"""What a source offers, and what was chosen of it. Source: Airbyte protocol, AirbyteCatalog."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

JsonSchema = Mapping[str, object]
Path = tuple[str, ...]
NAME_CHARACTERS = 100


def shown(name: str) -> str:
    """A name that a source gave, fit for a line that people read: printable, and not long."""
    plain = "".join(letter if letter.isprintable() else "�" for letter in name[:NAME_CHARACTERS])
    return f"{plain}…" if len(name) > NAME_CHARACTERS else plain


class ReadMode(StrEnum):
    """How a source is read; Airbyte calls it `sync_mode` in its catalog."""

    FULL_REFRESH = "full_refresh"
    INCREMENTAL = "incremental"


class SyncMode(StrEnum):
    """How a stream is read and written, by the names of Airbyte's public API."""

    FULL_REFRESH_OVERWRITE = "full_refresh_overwrite"
    FULL_REFRESH_OVERWRITE_DEDUPED = "full_refresh_overwrite_deduped"
    FULL_REFRESH_APPEND = "full_refresh_append"
    INCREMENTAL_APPEND = "incremental_append"
    INCREMENTAL_DEDUPED_HISTORY = "incremental_deduped_history"

    @property
    def reads(self) -> ReadMode:
        if self in (SyncMode.INCREMENTAL_APPEND, SyncMode.INCREMENTAL_DEDUPED_HISTORY):
            return ReadMode.INCREMENTAL
        return ReadMode.FULL_REFRESH

    @property
    def overwrites(self) -> bool:
        """True if the new generation replaces the old one in chart."""
        return self in (
            SyncMode.FULL_REFRESH_OVERWRITE,
            SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED,
        )

    @property
    def dedupes(self) -> bool:
        """True if chart holds one row a primary key."""
        return self in (
            SyncMode.INCREMENTAL_DEDUPED_HISTORY,
            SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED,
        )

    @property
    def destination_mode(self) -> str:
        """The protocol's `destination_sync_mode`; of two that replace, the one that every connector knows."""
        if self.overwrites:
            return "overwrite"
        return "append_dedup" if self.dedupes else "append"


class Nested(StrEnum):
    """What becomes of objects and arrays in records: they stay JSON; or, beside it, what lies directly in
    objects has columns; or the items of arrays are rows of tables of their own."""

    JSON = "json"
    FLATTEN = "flatten"
    CHILD_TABLES = "child_tables"


@dataclass(frozen=True, slots=True)
class StreamDescriptor:
    """The name of a stream within its source."""

    name: str
    namespace: str | None = None

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One stream as a source offers it.

    Shape: `primary_key` is a list of paths; `cursor_field` one path; both may be empty.
    """

    descriptor: StreamDescriptor
    json_schema: JsonSchema
    supported: tuple[ReadMode, ...] = (ReadMode.FULL_REFRESH,)
    source_defined_cursor: bool = False
    default_cursor_field: Path = ()
    source_defined_primary_key: tuple[Path, ...] = ()
    is_resumable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    streams: tuple[Stream, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredStream:
    """One stream as a connection wants it.

    Shape: only a change in `check_cols` is a version; none: in any. `left_out` are fields of its records that
           nobody wants in chart.
    """

    stream: Stream
    sync_mode: SyncMode
    cursor_field: Path = ()
    primary_key: tuple[Path, ...] = ()
    generation_id: int = 0
    minimum_generation_id: int = 0
    nested: Nested = Nested.JSON
    check_cols: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def descriptor(self) -> StreamDescriptor:
        return self.stream.descriptor


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredCatalog:
    streams: tuple[ConfiguredStream, ...]
    sync_id: int = field(default=0)
