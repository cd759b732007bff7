"""What Airbyte's clients wrote of a connection, kept to be shown so again, whatever Atlas makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.catalog import StreamDescriptor


@dataclass(frozen=True, slots=True, kw_only=True)
class AsSent:
    """Shape: `connection` those of Airbyte's fields that Atlas does not work by; `streams` those that were
    named, each as it was written."""

    connection: Mapping[str, object] = field(default_factory=dict)
    streams: Mapping[StreamDescriptor, Mapping[str, object]] = field(default_factory=dict)


NOT_SENT = AsSent()
