"""A connection as it is written and shown. Source: Airbyte's public API."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.public.schedules import ScheduleBody, ScheduleView
from app.api.public.stream_choice import StreamConfigurations
from app.api.public.tags import TagView
from app.api.views import Body, View, epoch, without_nulls
from app.core.catalog import Nested, SyncMode
from app.core.connections import (
    ConnectedStream,
    Connection,
    ConnectionStatus,
    HardDeletes,
    Tag,
    WhenEmpty,
    WhenSchemaChanges,
    WhenUnchanged,
)
from app.core.layout import Misfit
from app.core.remotes import Engine
from app.core.schedules import Timetable


class AtlasPolicies(Body):
    """What Airbyte's shape has no place for; what is left out stays, or is the default.

    Shape: `onEmpty`: a full refresh returns nothing where the last one had rows; `onHeld`: a gate holds
           records back; `onMisfit`: a value does not fit its column; `hardDeletes`: a full refresh lacks keys;
           `onUnchanged`: a full refresh that overwrites reads again just what explore has.
    """

    model_config = ConfigDict(extra="forbid")

    on_empty: WhenEmpty | None = None
    on_held: WhenEmpty | None = None
    on_misfit: Misfit | None = None
    hard_deletes: HardDeletes | None = None
    on_unchanged: WhenUnchanged | None = None


Name = Annotated[str, Field(min_length=1, max_length=250, pattern=r"\S")]


Prefix = Annotated[str, Field(max_length=30, pattern=r"^[a-z0-9_]*$")]
"""What begins the names of a connection's tables."""


class TagOfConnection(Body):
    """Shape: a tag is put on by its id; what else is written of it is its own."""

    tag_id: UUID


class ConnectionBody(Body):
    """What is kept and shown as it was written; `atlas.notCarriedOut` says what Atlas does not do of it."""

    namespace_definition: Literal["source", "destination", "custom_format"] | None = None
    namespace_format: str | None = Field(None, max_length=250)
    data_residency: str | None = Field(None, max_length=250)
    schedule: ScheduleBody | None = None
    tags: list[TagOfConnection] | None = None
    atlas: AtlasPolicies = Field(default_factory=AtlasPolicies)

    @property
    def as_sent(self) -> Mapping[str, object]:
        return without_nulls(
            {
                "namespaceDefinition": self.namespace_definition,
                "namespaceFormat": self.namespace_format,
                "dataResidency": self.data_residency,
            }
        )


class ConnectionCreate(ConnectionBody):
    name: Name | None = None
    prefix: Prefix = ""
    source_id: UUID
    destination_id: UUID
    configurations: StreamConfigurations = Field(default_factory=StreamConfigurations)
    status: Literal["active", "inactive"] = "active"
    non_breaking_schema_updates_behavior: WhenSchemaChanges = WhenSchemaChanges.IGNORE


class ConnectionPatch(ConnectionBody):
    """What changes of a connection; the rest stays. Shape: `deprecated` deletes it."""

    name: Name | None = None
    prefix: Prefix | None = None
    source_id: UUID | None = None
    destination_id: UUID | None = None
    configurations: StreamConfigurations | None = None
    status: ConnectionStatus | None = None
    non_breaking_schema_updates_behavior: WhenSchemaChanges | None = None

    @property
    def as_sent(self) -> Mapping[str, object]:
        """Shape: with the prefix: tables that are there keep their names, and so does what comes to them."""
        return without_nulls({**super().as_sent, "prefix": self.prefix})


class AtlasStreamView(View):
    """Shape: `syncMode`, `cursorField` and `primaryKey` are those that count, whatever was written; `leftOut` are
    fields that chart does not get."""

    nested: Nested
    check_cols: list[str]
    left_out: list[str]
    sync_mode: SyncMode | None = None
    cursor_field: list[str] | None = None
    primary_key: list[list[str]] | None = None


class StreamView(View):
    """Shape: a stream that was named has its members as they were written, and no others but `syncMode`."""

    model_config = ConfigDict(extra="allow")

    name: str
    namespace: str | None
    sync_mode: SyncMode
    cursor_field: list[str] | None = None
    primary_key: list[list[str]] | None = None
    atlas: AtlasStreamView

    @classmethod
    def of(cls, stream: ConnectedStream) -> "StreamView":
        configured = stream.configured
        counting: Mapping[str, object] = {
            "syncMode": configured.sync_mode,
            "cursorField": list(configured.cursor_field),
            "primaryKey": [list(path) for path in configured.primary_key],
        }
        atlas: dict[str, object] = {
            "nested": configured.nested,
            "checkCols": list(configured.check_cols),
            "leftOut": list(configured.left_out),
        }
        if stream.as_sent is not None:
            atlas |= counting
        shown = counting if stream.as_sent is None else stream.as_sent
        return cls.model_validate(
            {
                "syncMode": configured.sync_mode,
                **shown,
                "name": configured.descriptor.name,
                "namespace": configured.descriptor.namespace,
                "atlas": atlas,
            }
        )


class StreamViews(View):
    streams: list[StreamView]


class AtlasPoliciesView(View):
    """Shape: `engine` is who moves its records. `notCarriedOut` points at what was written and changes nothing of what Atlas does (RFC 6901)."""

    on_empty: WhenEmpty
    on_held: WhenEmpty
    on_misfit: Misfit
    hard_deletes: HardDeletes
    on_unchanged: WhenUnchanged
    engine: Engine
    not_carried_out: list[str] | None


class ConnectionView(View):
    connection_id: UUID
    name: str
    source_id: UUID
    destination_id: UUID
    workspace_id: UUID
    status: ConnectionStatus
    schedule: ScheduleView
    data_residency: str
    prefix: str
    configurations: StreamViews
    namespace_definition: str
    namespace_format: str | None
    non_breaking_schema_updates_behavior: WhenSchemaChanges
    created_at: int
    tags: list[TagView]
    atlas: AtlasPoliciesView

    @classmethod
    def of(
        cls,
        connection: Connection,
        timetable: Timetable,
        tags: Sequence[Tag],
        not_carried_out: Sequence[str],
    ) -> "ConnectionView":
        shown: Mapping[str, object] = {
            "dataResidency": "auto",
            "namespaceDefinition": "destination",
            "namespaceFormat": None,
            "prefix": connection.prefix,
            **connection.as_sent,
        }
        return cls.model_validate(
            {
                **shown,
                "connectionId": connection.connection_id,
                "name": connection.name,
                "sourceId": connection.source_id,
                "destinationId": connection.destination_id,
                "workspaceId": connection.workspace_id,
                "status": connection.status,
                "schedule": ScheduleView.of(timetable),
                "configurations": StreamViews(
                    streams=[StreamView.of(stream) for stream in connection.streams]
                ),
                "nonBreakingSchemaUpdatesBehavior": connection.on_schema_change,
                "createdAt": epoch(connection.created_at),
                "tags": [TagView.of(tag) for tag in tags],
                "atlas": AtlasPoliciesView(
                    on_empty=connection.on_empty,
                    on_held=connection.on_held,
                    on_misfit=connection.on_misfit,
                    hard_deletes=connection.hard_deletes,
                    on_unchanged=connection.on_unchanged,
                    engine=connection.engine,
                    not_carried_out=list(not_carried_out) or None,
                ),
            }
        )

    def edited(self) -> "ConnectionView":
        """What somebody edits of it."""
        return self.model_copy(update={"schedule": self.schedule.edited()})
