"""What the API shows: camelCase, optional members left out rather than null."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    model_serializer,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class View(BaseModel):
    """An answer. Absent members are omitted: `null` breaks some of Airbyte's clients."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    @model_serializer(mode="wrap")
    def _without_absent(self, serialize: Any) -> dict[str, Any]:  # pydantic's own type is generic
        return {name: value for name, value in serialize(self).items() if value is not None}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Let the document show the members: of what a serializer of its own gives, pydantic knows nothing."""
        own = {name: value for name, value in schema.items() if name != "serialization"}
        shown = handler.resolve_ref_schema(handler(cast(CoreSchema, own)))
        required = set(shown.get("required", ()))
        for name, member in shown.get("properties", {}).items():
            options = [each for each in member.get("anyOf", ()) if each != {"type": "null"}]
            if len(options) == len(member.get("anyOf", ())):
                continue
            required.discard(name)
            del member["anyOf"]
            member.pop("default", None)
            member |= options[0] if len(options) == 1 else {"anyOf": options}
        if "required" in shown:
            shown["required"] = [name for name in shown["required"] if name in required]
        return shown


class Body(BaseModel):
    """A request on one of Airbyte's routes: fields that Atlas does not know are taken.

    Errors: none is taken with text or numbers that PostgreSQL cannot hold, wherever they stand.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _can_be_kept(cls, sent: object) -> object:
        require_storable(sent)
        return sent


class AtlasBody(Body):
    """A request on one of Atlas's own routes: a field that Atlas does not know is refused."""

    model_config = ConfigDict(extra="forbid")


def require_storable(sent: object) -> None:
    """Errors: ValueError for a NUL, half a surrogate pair, or a number that JSON does not have."""
    waiting = [sent]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and _UNSTORABLE.search(value):
            raise ValueError("text holds a NUL character, or half a surrogate pair")
        elif isinstance(value, float) and not math.isfinite(value):
            raise ValueError("a number is not finite")


def without_nulls(members: Mapping[str, object]) -> dict[str, object]:
    """The same JSON without members that are null, at any depth: to Airbyte's clients they are not there."""
    return {name: _stripped(inner) for name, inner in members.items() if inner is not None}


def _stripped(value: object) -> object:
    if isinstance(value, Mapping):
        return without_nulls(value)
    return [_stripped(inner) for inner in value] if isinstance(value, list) else value


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
