"""The streams of a source that a connection wants, and how."""

from collections.abc import Mapping

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
from app.sync.connections import stream_choice


class AtlasStream(Body):
    """What Airbyte's shape has no place for.

    Shape: `nested`: objects stay JSON, or what lies directly in them has columns as well; `checkCols`: only a
           change in these fields is a new version in navigate, where none are named one in any is.
    """

    model_config = ConfigDict(extra="forbid")

    nested: Nested = Nested.JSON
    check_cols: list[str] = Field(default_factory=list)


class StreamConfiguration(Body):
    """One stream as a connection wants it; what is left out is the source's own default."""

    name: str
    namespace: str | None = None
    sync_mode: SyncMode | None = None
    cursor_field: list[str] = Field(default_factory=list)
    primary_key: list[list[str]] = Field(default_factory=list)
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


class StreamConfigurations(Body):
    streams: list[StreamConfiguration] = Field(default_factory=list)

    @property
    def as_sent(self) -> Mapping[StreamDescriptor, Mapping[str, object]]:
        return {stream.descriptor: stream.as_sent for stream in self.streams}


def chosen(catalog: Catalog, wanted: list[StreamConfiguration]) -> list[ConfiguredStream]:
    """The wanted streams, or all. Errors: StreamNotInCatalog; InvalidRequest if one is there twice."""
    offered = {(s.descriptor.namespace, s.descriptor.name): s for s in catalog.streams}
    if not wanted:
        return [stream_choice.configured(stream) for stream in catalog.streams]
    streams: list[ConfiguredStream] = []
    for choice in wanted:
        stream = offered.get((choice.namespace or None, choice.name))
        if stream is None:
            names = ", ".join(sorted(str(s.descriptor) for s in catalog.streams)[:20])
            raise StreamNotInCatalog(
                f"The source offers no stream {choice.name!r}. It offers: {names}.",
                stream=choice.name,
            )
        if any(one.descriptor == stream.descriptor for one in streams):
            raise InvalidRequest(f"The stream {choice.name!r} is named twice.", stream=choice.name)
        streams.append(_configured(stream, choice))
    return streams


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
