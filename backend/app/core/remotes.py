"""Who moves a connection's records, and what it writes where that is not Atlas."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from app.core.catalog import StreamDescriptor


class Engine(StrEnum):
    """`airbyte_cloud` is any Airbyte elsewhere, in its cloud or self-managed, that Atlas drives by its API."""

    LOCAL = "local"
    AIRBYTE_CLOUD = "airbyte_cloud"


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Names the datasets that a connection elsewhere writes, as far as its destination is known.

    Shape:  `container` is what stands before the schema in a dataset's name, such as a database; `schema` the
            destination's own.
    Source: OpenLineage's naming of datasets; Airbyte's namespaceDefinition, namespaceFormat and prefix.
    """

    namespace: str
    container: str = ""
    schema: str = ""
    definition: str = "destination"
    format: str = ""
    prefix: str = ""

    def dataset(self, stream: StreamDescriptor) -> tuple[str, str]:
        """The namespace and the name of what a stream is written to."""
        parts = (self.container, self._schema(stream), f"{self.prefix}{stream.name}")
        return self.namespace, ".".join(part for part in parts if part)

    def as_json(self) -> Mapping[str, object]:
        return asdict(self)

    def _schema(self, stream: StreamDescriptor) -> str:
        if self.definition == "source":
            return stream.namespace or self.schema
        if self.definition == "custom_format" and self.format:
            return self.format.replace("${SOURCE_NAMESPACE}", stream.namespace or "")
        return self.schema
