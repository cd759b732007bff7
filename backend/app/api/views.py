"""What the API shows: camelCase, optional members left out rather than null."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, model_serializer
from pydantic.alias_generators import to_camel


class View(BaseModel):
    """An answer. Absent members are omitted: `null` breaks some of Airbyte's clients."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    @model_serializer(mode="wrap")
    def _without_absent(self, serialize: Any) -> dict[str, Any]:  # pydantic's own type is generic
        return {name: value for name, value in serialize(self).items() if value is not None}


class Body(BaseModel):
    """A request on one of Airbyte's routes: fields that Atlas does not know are taken."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="allow")


class AtlasBody(Body):
    """A request on one of Atlas's own routes: a field that Atlas does not know is refused."""

    model_config = ConfigDict(extra="forbid")


def instant(moment: datetime) -> str:
    """ISO 8601 in UTC with seconds and `Z`, always: clients of Airbyte parse no other form."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch(moment: datetime) -> int:
    """Units: seconds."""
    return int(moment.timestamp())


def duration(seconds: float) -> str:
    """ISO 8601, as Airbyte writes it: `PT8M2S`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else "", f"{rest}S"]
    return "PT" + "".join(parts)
