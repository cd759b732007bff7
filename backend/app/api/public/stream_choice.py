"""The streams of a source that a connection wants, and how."""

from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import ConfigDict, Field, field_validator

from app.api.views import Body, without_nulls
from app.core.catalog import (
    Catalog,
    ConfiguredStream,
    Nested,
    ReadMode,
    Stream,
    StreamDescriptor,
    SyncMode,
)
from app.core.errors import InvalidRequest, StreamNotInCatalog
from app.sync.connections import field_choice, stream_choice

NOTHING: Mapping[StreamDescriptor, Collection[str]] = {}


class AtlasStream(Body):
    """What Airbyte's shape has no place for.

    Shape: `nested`: objects stay JSON, or what lies directly in them has columns as well, or arrays have tables, which
           may be asked for later too, and stay; `checkCols`: only a change in these fields is a new version in
           navigate, where none are named one in any is.
    """

    model_config = ConfigDict(extra="forbid")

    nested: Nested = Nested.JSON
    check_cols: list[str] = Field(default_factory=list)


class SelectedField(Body):
    """Shape: `fieldPath` is the name of one field of the record itself, as a list of one."""

    field_path: Annotated[list[str], Field(min_length=1)]

    @field_validator("field_path")
    @classmethod
    def _is_of_the_record(cls, path: list[str]) -> list[str]:
        if len(path) > 1:
            raise ValueError("a field that lies in another is chosen with it: name the outer one")
        return path


class StreamConfiguration(Body):
    """One stream as a connection wants it; what is not said is the source's own default.

    Shape: `selectedFields` are those that chart gets, none or null are all; what the connection does of fields
           that come later is its policy. Explore holds what the connector sends.
    """

    name: str
    namespace: str | None = None
    sync_mode: SyncMode | None = None
    cursor_field: list[str] = Field(default_factory=list)
    primary_key: list[list[str]] = Field(default_factory=list)
    selected_fields: list[SelectedField] | None = None
    atlas: AtlasStream = Field(default_factory=AtlasStream)

    @field_validator("sync_mode", mode="before")
    @classmethod
    def _writes_into_layers(cls, mode: object) -> object:
        if isinstance(mode, str) and mode.endswith(("_update", "_soft_delete")):
            raise ValueError(
                "this mode changes or marks rows that somebody else has; Atlas's layers are its own: "
                "incremental_deduped_history keeps one row a key, and the history of each"
            )
        return mode

    @property
    def descriptor(self) -> StreamDescriptor:
        return StreamDescriptor(self.name, self.namespace or None)

    @property
    def as_sent(self) -> Mapping[str, object]:
        """As it was written, without what Atlas adds to Airbyte's shape."""
        written = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return without_nulls({**written, "atlas": None})

    @property
    def written(self) -> Collection[str]:
        """The members that something was written of, those within `atlas` among them."""
        return {*self.as_sent, *self.atlas.model_dump(by_alias=True, exclude_unset=True)}


class StreamConfigurations(Body):
    streams: list[StreamConfiguration] = Field(default_factory=list)

    @property
    def as_sent(self) -> Mapping[StreamDescriptor, Mapping[str, object]]:
        return {stream.descriptor: stream.as_sent for stream in self.streams}

    @property
    def written(self) -> Mapping[StreamDescriptor, Collection[str]]:
        return {stream.descriptor: stream.written for stream in self.streams}


def chosen(
    catalog: Catalog,
    wanted: StreamConfigurations,
    undeclared: Mapping[StreamDescriptor, Collection[str]] = NOTHING,
    *,
    most: int,
) -> list[ConfiguredStream]:
    """The wanted streams, or all.

    Shape:  `undeclared` are fields that streams have columns for, also such as the catalog does not name.
    Errors: StreamNotInCatalog; InvalidRequest if there is none or there are too many, if one is there twice, or lacks
            a field that is wanted or needed.
    """
    _require_a_number(catalog, wanted, most)
    offered = {(s.descriptor.namespace, s.descriptor.name): s for s in catalog.streams}
    if not wanted.streams:
        return [stream_choice.configured(stream) for stream in catalog.streams]
    streams: dict[StreamDescriptor, ConfiguredStream] = {}
    for choice in wanted.streams:
        stream = offered.get((choice.namespace or None, choice.name))
        if stream is None:
            names = ", ".join(sorted(str(s.descriptor) for s in catalog.streams)[:20])
            raise StreamNotInCatalog(
                f"The source offers no stream {choice.name!r}. It offers: {names}.",
                stream=choice.name,
            )
        if stream.descriptor in streams:
            raise InvalidRequest(f"The stream {choice.name!r} is named twice.", stream=choice.name)
        fields = [one.field_path[0] for one in choice.selected_fields or ()]
        streams[stream.descriptor] = field_choice.only(
            _configured(stream, choice), fields, undeclared.get(stream.descriptor, ())
        )
    return [*streams.values()]


def _require_a_number(catalog: Catalog, wanted: StreamConfigurations, most: int) -> None:
    """Errors: InvalidRequest where a connection would read nothing, or more than it can."""
    if not wanted.streams and "streams" in wanted.model_fields_set:
        raise InvalidRequest(
            "configurations.streams is empty. Name the streams that are read, or leave `configurations` out for all "
            "of them; a connection that reads nothing for now is inactive."
        )
    if not catalog.streams:
        raise InvalidRequest(
            "The source offers no stream. See whether the account that it is asked with may read any, and whether its "
            "configuration leaves them out; then ask again."
        )
    count = len(wanted.streams) or len(catalog.streams)
    if count > most:
        raise InvalidRequest(
            f"These are {count:,} streams, and a connection reads {most:,} at most (ATLAS_STREAM_LIMIT). Name "
            "those that are read in configurations.streams, and let other connections read the others."
        )


def _configured(stream: Stream, choice: StreamConfiguration) -> ConfiguredStream:
    """An own cursor or key counts only where the source does not define its own."""
    default = stream_choice.configured(stream)
    mode = choice.sync_mode or default.sync_mode
    cursor = default.cursor_field
    if choice.cursor_field and not stream.source_defined_cursor:
        cursor = tuple(choice.cursor_field)
    key = stream.source_defined_primary_key or tuple(tuple(path) for path in choice.primary_key)
    reads_on = mode.reads is ReadMode.INCREMENTAL
    return ConfiguredStream(
        stream=stream,
        sync_mode=mode,
        cursor_field=cursor if reads_on or choice.cursor_field else (),
        primary_key=key,
        nested=choice.atlas.nested,
        check_cols=tuple(dict.fromkeys(choice.atlas.check_cols)),
    )
