"""What an Airbyte elsewhere answers, as far as Atlas reads it. Source: Airbyte's public API, and its Config API.

All of it comes from outside: what is not of the type that it must be is refused, what Atlas does not know is left.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct, field

from app.core.catalog import shown

JobNumber = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Json = dict[str, object]


class Outcome(StrEnum):
    """How a job of a remote ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


class RemoteJob(Struct, frozen=True, kw_only=True, rename="camel"):
    """Shape: counts that are absent are not known; they are not zero."""

    job_id: JobNumber
    status: str
    connection_id: UUID | None = None
    job_type: str = "sync"
    start_time: str | None = None
    bytes_synced: Count | None = None
    rows_synced: Count | None = None

    @property
    def outcome(self) -> Outcome | None:
        """None while it is in progress: so are `queued`, `incomplete`, and whatever Airbyte may yet think of."""
        return _OUTCOMES.get(self.status.lower())

    @property
    def reported(self) -> str:
        """The status in the remote's own word, fit for a line."""
        return shown(self.status)

    @property
    def started_at(self) -> datetime | None:
        """Shape: Airbyte leaves seconds out where they are zero; none if it is no instant at all."""
        try:
            found = datetime.fromisoformat(self.start_time or "")
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)


class Schedule(Struct, frozen=True, kw_only=True, rename="camel"):
    schedule_type: str = "manual"
    cron_expression: str | None = None
    basic_timing: str | None = None

    @property
    def words(self) -> str:
        return shown(self.cron_expression or self.basic_timing or self.schedule_type)


class ConfiguredStream(Struct, frozen=True, kw_only=True, rename="camel"):
    name: str
    namespace: str | None = None
    sync_mode: str | None = None
    cursor_field: list[str] | None = None
    primary_key: list[list[str]] | None = None


class Configurations(Struct, frozen=True):
    streams: list[ConfiguredStream] = field(default_factory=list)


class RemoteConnection(Struct, frozen=True, kw_only=True, rename="camel"):
    connection_id: UUID
    name: str
    source_id: UUID
    destination_id: UUID
    workspace_id: UUID | None = None
    status: str = "active"
    schedule: Schedule = field(default_factory=Schedule)
    configurations: Configurations = field(default_factory=Configurations)
    namespace_definition: str | None = None
    namespace_format: str | None = None
    prefix: str | None = None


class RemoteSource(Struct, frozen=True, kw_only=True, rename="camel"):
    source_id: UUID
    name: str
    source_type: str
    configuration: Json = field(default_factory=dict)


class RemoteDestination(Struct, frozen=True, kw_only=True, rename="camel"):
    destination_id: UUID
    name: str
    destination_type: str
    configuration: Json = field(default_factory=dict)


class OfferedStream(Struct, frozen=True, kw_only=True, rename="camel"):
    """A stream with its schema. Source: the Config API, AirbyteStream."""

    name: str
    namespace: str | None = None
    json_schema: Json = field(default_factory=dict)
    supported_sync_modes: list[str] = field(default_factory=list)
    source_defined_cursor: bool | None = None
    default_cursor_field: list[str] | None = None
    source_defined_primary_key: list[list[str]] | None = None


class CatalogEntry(Struct, frozen=True):
    stream: OfferedStream


class Catalog(Struct, frozen=True):
    streams: list[CatalogEntry] = field(default_factory=list)


class ConfiguredConnection(Struct, frozen=True, kw_only=True, rename="camel"):
    """A connection as the Config API has it, for what the public one leaves out: the schemas."""

    sync_catalog: Catalog = field(default_factory=Catalog)


class Token(Struct, frozen=True, kw_only=True):
    """Units: `expires_in` seconds; none of an older server, whose tokens live three minutes."""

    access_token: str
    expires_in: float | None = None


class Jobs(Struct, frozen=True):
    data: list[RemoteJob]


class Connections(Struct, frozen=True):
    data: list[RemoteConnection]


class Workspace(Struct, frozen=True, kw_only=True, rename="camel"):
    workspace_id: UUID
    name: str


class Workspaces(Struct, frozen=True):
    data: list[Workspace]


State = Mapping[str, object]
