"""What differs between two JSON schemas of a stream, by the names of fields."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.core.catalog import JsonSchema, Path, shown

Shape = Mapping[Path, Collection[str]]
"""The kinds that each field may have, by its path; an array's items are ITEMS, a map's values VALUES."""

ITEMS, VALUES = "[]", "*"
DEEPEST = 32
"""Fields below are not told apart: nobody reads a name of so many parts."""
LISTED = 20
GONE = ""
"""The digest of what is not there."""

_UNIONS = ("oneOf", "anyOf", "allOf")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaDifference:
    """The fields of the new schema that the old has not, the other way round, and of other kinds.

    Shape: sorted; of an object that came or went, or is none any more, its fields are not listed.
    """

    added: tuple[Path, ...] = ()
    removed: tuple[Path, ...] = ()
    retyped: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.retyped)

    def named(self) -> Mapping[str, Sequence[str]]:
        """The names, fit to be told: LISTED of a kind at most, then how many more there are."""
        told = {"added": self.added, "removed": self.removed, "retyped": self.retyped}
        return {word: _names(paths) for word, paths in told.items() if paths}


def shape_of(schema: JsonSchema) -> Shape:
    """The fields that a schema declares, however deep, and their kinds.

    Shape: what says nothing of values (titles, examples, order) is left out; options of a union
           are one field of several kinds; a `$ref` is not followed.
    """
    found: dict[Path, set[str]] = {}
    waiting: list[tuple[Path, object]] = [((), schema)]
    while waiting:
        path, part = waiting.pop()
        kinds = found.setdefault(path, set())
        if not isinstance(part, Mapping):
            continue
        kinds.update(_kinds(part))
        waiting += [(path, option) for union in _UNIONS for option in _list(part.get(union))]
        if len(path) < DEEPEST:
            waiting += [((*path, name), field) for name, field in _fields(part)]
    del found[()]
    return found


def digest_of(shape: Shape) -> str:
    """The same for schemas that do not differ, and for no others."""
    lines = sorted((list(path), sorted(kinds)) for path, kinds in shape.items())
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()


def difference(old: Shape, new: Shape) -> SchemaDifference:
    retyped = _outermost(p for p in old.keys() & new.keys() if set(old[p]) != set(new[p]))
    return SchemaDifference(
        added=_outermost(new.keys() - old.keys(), below=retyped),
        removed=_outermost(old.keys() - new.keys(), below=retyped),
        retyped=retyped,
    )


def _outermost(paths: Iterable[Path], below: Collection[Path] = ()) -> tuple[Path, ...]:
    """Those that are in no other of them, and in none of `below`; sorted."""
    kept: set[Path] = set()
    for path in sorted(paths):  # what holds a path comes before it
        held_by = (path[:depth] for depth in range(1, len(path)))
        if not any(outer in kept or outer in below for outer in held_by):
            kept.add(path)
    return tuple(sorted(kept))


def _kinds(part: Mapping[str, object]) -> Iterator[str]:
    """The kinds that a schema itself allows: `string`, `string date-time`, `null`."""
    said = part.get("airbyte_type") or part.get("format")
    detail = f" {said}" if isinstance(said, str) else ""
    type_ = part.get("type")
    for kind in [type_] if isinstance(type_, str) else _list(type_):
        if isinstance(kind, str):
            yield kind if kind == "null" else f"{kind}{detail}"
    if isinstance(part.get("$ref"), str):
        yield f"reference {part['$ref']}"


def _fields(part: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    properties, items = part.get("properties"), part.get("items")
    if isinstance(properties, Mapping):
        yield from ((name, field) for name, field in properties.items() if isinstance(name, str))
    for item in [items] if isinstance(items, Mapping) else _list(items):
        yield ITEMS, item
    if isinstance(part.get("additionalProperties"), Mapping):
        yield VALUES, part["additionalProperties"]


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _names(paths: Sequence[Path]) -> Sequence[str]:
    names = [shown(".".join(path)) for path in paths[:LISTED]]
    return [*names, f"and {len(paths) - LISTED} more"] if len(paths) > LISTED else names
