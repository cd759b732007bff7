"""Where in a configuration secrets stand, by its connector's specification, else by their names."""

import re
from collections.abc import Iterator, Mapping, Sequence

from app.core.catalog import JsonSchema
from app.core.configurations import Place
from app.core.secret_names import is_secret_name, passwords_in
from app.secrets.references import is_reserved

_DEEPEST = 32
_MOST_OPTIONS = 500
_ALTERNATIVES = ("oneOf", "anyOf", "allOf")
_CONDITIONS = ("if", "then", "else")


def secret_places(value: object, specification: JsonSchema | None) -> Sequence[Place]:
    """What is to be locked away, each place once and none within another.

    Shape:  what any variant marks `airbyte_secret` counts, chosen or not; what no specification describes is
            judged by its name, and an address by whether a password is in it. References, null and "" stay.
    Source: Airbyte protocol, `airbyte_secret`.
    """
    whole = specification or {}
    return list(_Walk(whole).places(value, [whole], (), by_name=False))


class _Walk:
    """Goes through a configuration and its specification side by side."""

    def __init__(self, whole: JsonSchema) -> None:
        self.whole = whole

    def places(
        self, value: object, parts: Sequence[object], here: Place, *, by_name: bool
    ) -> Iterator[Place]:
        if value is None or value == "" or is_reserved(value):
            return
        options = self.options(parts)
        if any(option.get("airbyte_secret") for option in options):
            yield here
        elif isinstance(value, Mapping):
            for name, inner in value.items():
                described = list(_fields(options, str(name)))
                named = not described and (by_name or is_secret_name(str(name)))
                yield from self.places(inner, described, (*here, str(name)), by_name=named)
        elif isinstance(value, list):
            items = list(_items(options))
            for number, inner in enumerate(value):
                yield from self.places(inner, items, (*here, number), by_name=by_name)
        elif (by_name and not isinstance(value, bool)) or _has_password(value):
            yield here

    def options(self, parts: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """All schemas that may hold of a value; bounded, for references may go round in a circle."""
        found: list[Mapping[str, object]] = []
        waiting = [(part, 0) for part in parts]
        while waiting and len(found) < _MOST_OPTIONS:
            part, depth = waiting.pop()
            if not isinstance(part, Mapping) or depth > _DEEPEST:
                continue
            found.append(part)
            inner: list[object] = [part[name] for name in _CONDITIONS if name in part]
            for name in _ALTERNATIVES:
                alternatives = part.get(name)
                inner += alternatives if isinstance(alternatives, list) else []
            if "$ref" in part:
                inner.append(self.referred(part["$ref"]))
            waiting += [(each, depth + 1) for each in inner]
        return found

    def referred(self, name: object) -> object:
        """What a reference within the specification names; nothing of what is elsewhere, and not fetched."""
        if not isinstance(name, str) or not name.startswith("#"):
            return None
        found: object = self.whole
        for part in name.removeprefix("#").split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


def _fields(options: Sequence[Mapping[str, object]], name: str) -> Iterator[object]:
    """What is said of a field."""
    for option in options:
        properties, patterns = option.get("properties"), option.get("patternProperties")
        if isinstance(properties, Mapping) and name in properties:
            yield properties[name]
        if isinstance(patterns, Mapping):
            yield from (part for pattern, part in patterns.items() if _matches(pattern, name))
        if isinstance(option.get("additionalProperties"), Mapping):
            yield option["additionalProperties"]


def _items(options: Sequence[Mapping[str, object]]) -> Iterator[object]:
    for option in options:
        for name in ("items", "prefixItems", "additionalItems", "contains"):
            said = option.get(name)
            yield from said if isinstance(said, list) else [said]


def _matches(pattern: object, name: str) -> bool:
    """A pattern that is none matches: what it says may hold."""
    try:
        return re.search(str(pattern), name) is not None
    except re.error:
        return True


def _has_password(value: object) -> bool:
    return isinstance(value, str) and any(True for _ in passwords_in(value))
