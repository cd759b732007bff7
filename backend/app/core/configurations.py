"""Configurations of connectors: places in them, and what they are while a connector is handed one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Place = tuple[str | int, ...]
"""Where something stands in a configuration: names of fields and numbers of items, from the outside in."""
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


def pointer_of(place: Place) -> str:
    """Source: RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def leaves_of(value: object) -> Iterator[object]:
    """What is in it and is neither an object nor a list."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves_of(inner)
    else:
        yield value


def at(value: object, place: Place) -> object:
    """What stands there; none if nothing does."""
    for part in place:
        if isinstance(value, Mapping) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def at_pointer(value: object, pointer: str) -> object:
    """What a pointer leads to; none if nothing is there.

    Shape:  what is a number in it is one of a list's items, and a name in an object.
    Source: RFC 6901.
    """
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        is_item = isinstance(value, list) and _NUMBER.fullmatch(name)
        value = at(value, (int(name) if is_item else name,))
    return value


def with_values(value: object, values: Mapping[Place, object], here: Place = ()) -> object:
    """A copy in which these values stand at their places; a place that is not there is left out."""
    if here in values:
        return values[here]
    if isinstance(value, Mapping):
        return {name: with_values(inner, values, (*here, name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_values(inner, values, (*here, number)) for number, inner in enumerate(value)]
    return value


def merged(known: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """A configuration with what changes of it, objects member by member. Source: RFC 7396, without null."""
    found = dict(known)
    for name, value in changes.items():
        old = found.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            found[name] = merged(old, value)
        else:
            found[name] = value
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Shape: `secrets` are the texts that nobody may see, and `places` where they stand; `references` what stood,
    in the configuration that is kept, at the places whose values come from elsewhere."""

    secrets: Sequence[str] = field(default=(), repr=False)
    places: Sequence[Place] = ()
    references: Mapping[Place, object] = field(default_factory=dict)


class Clear(dict[str, object]):
    """A configuration with its secrets in the open, as a connector is handed it, and only it.

    Shape: it never shows itself, neither in a log nor in a traceback.
    """

    def __init__(self, configuration: Mapping[str, object], opened: Opened) -> None:
        super().__init__(configuration)
        self.opened = opened

    def __repr__(self) -> str:
        return "Clear(...)"

    __str__ = __repr__
