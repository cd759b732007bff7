"""What is connected: sources, destinations, and the connections between them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from app.core.catalog import ConfiguredStream, StreamDescriptor
from app.core.ids import ConnectionId, DestinationId, SourceId, StreamId, TagId, WorkspaceId
from app.core.layout import Layout, Misfit
from app.core.remotes import Elsewhere, Engine


class ConnectionStatus(StrEnum):
    """Airbyte's words: an inactive connection is paused, a deprecated one was deleted."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DEPRECATED = "deprecated"


class WhenEmpty(StrEnum):
    """What becomes of a job whose full refresh returns nothing where the last one had rows."""

    FAIL = "fail"
    ALLOW = "allow"


class WhenUnchanged(StrEnum):
    """What becomes of a full refresh that overwrites, and reads again just what explore has."""

    RECORD_AGAIN = "record_again"
    RECORD_ONCE = "record_once"


class WhenSchemaChanges(StrEnum):
    """What becomes of a schema that changes without breaking. Source: Airbyte's public API."""

    IGNORE = "ignore"
    PROPAGATE_COLUMNS = "propagate_columns"
    PROPAGATE_FULLY = "propagate_fully"
    DISABLE_CONNECTION = "disable_connection"

    @property
    def propagates(self) -> bool:
        return self in (WhenSchemaChanges.PROPAGATE_COLUMNS, WhenSchemaChanges.PROPAGATE_FULLY)


class HardDeletes(StrEnum):
    """What becomes of the history of a key that a full refresh no longer has."""

    IGNORE = "ignore"
    INVALIDATE = "invalidate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    source_id: SourceId
    workspace_id: WorkspaceId
    name: str
    connector: str
    configuration: Mapping[str, object]
    created_at: datetime
    resource_allocation: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Atlas's own layers, as Airbyte's clients see them: a PostgreSQL destination."""

    destination_id: DestinationId
    workspace_id: WorkspaceId
    name: str
    configuration: Mapping[str, object]
    created_at: datetime
    resource_allocation: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Shape: `as_sent` holds what Airbyte's clients wrote of it beside its name."""

    workspace_id: WorkspaceId
    name: str
    as_sent: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    tag_id: TagId
    workspace_id: WorkspaceId
    name: str
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedStream:
    """A stream of a connection with its place in the layers.

    Shape: `as_sent` is how a client of the API wrote it; none of a stream that nobody named.
    """

    stream_id: StreamId
    configured: ConfiguredStream
    layout: Layout
    as_sent: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Shape: `as_sent` holds those of Airbyte's fields that Atlas does not work by, as they were written;
    `elsewhere` is none of one that Atlas itself moves.
    """

    connection_id: ConnectionId
    workspace_id: WorkspaceId
    source_id: SourceId
    destination_id: DestinationId
    name: str
    status: ConnectionStatus
    on_misfit: Misfit
    hard_deletes: HardDeletes
    on_empty: WhenEmpty
    on_held: WhenEmpty
    on_schema_change: WhenSchemaChanges
    on_unchanged: WhenUnchanged
    prefix: str
    streams: Sequence[ConnectedStream]
    created_at: datetime
    as_sent: Mapping[str, object] = field(default_factory=dict)
    engine: Engine = Engine.LOCAL
    elsewhere: Elsewhere | None = None

    def only(self, chosen: Collection[StreamDescriptor]) -> "Connection":
        """The connection with these of its streams; with all, if none is chosen."""
        if not chosen:
            return self
        streams = [stream for stream in self.streams if stream.configured.descriptor in chosen]
        return replace(self, streams=streams)
