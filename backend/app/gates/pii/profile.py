"""Profiles sampled records: per JSON path its types, and some distinct values to judge."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from app.core.catalog import Path
from app.core.findings import ITEMS

PATH_LIMIT = 2_000
DEPTH_LIMIT = 64
VALUE_LIMIT = 200
"""Distinct values judged a path: three standard errors of a share are then within 0.11."""
DISTINCT_LIMIT = 4_000
TEXT_LIMIT = 4_000
"""Characters of a text that are judged; the leak scan reads all of it."""

MAP_KEYS = 64
MAP_FILL = 0.1
"""An object with more keys than MAP_KEYS, each in fewer than this share of its objects, is a map."""

Scalar = str | int | float
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PathProfile:
    """What was seen at one path.

    Shape: `types` counts JSON types among the path's occurrences; `values` are at most VALUE_LIMIT
           distinct ones, spread over the sample, in the order they were seen; `is_whole` marks an
           object that is judged as one thing (a map, or one too deep): its values are those below
           it, and its keys.
    Units: `distinct` in the sample, lengths in characters, `null_share` in 0..1 of all records.
    """

    path: Path
    types: Mapping[str, int]
    occurrences: int
    null_share: float
    distinct: int
    mean_length: float
    max_length: int
    values: Sequence[Scalar] = field(repr=False)
    is_whole: bool = False

    @property
    def texts(self) -> list[str]:
        """The values as text; a whole float is written as the integer it stands for."""
        return [text_of(value) for value in self.values]

    @property
    def is_numeric(self) -> bool:
        return "string" not in self.types and not self.is_whole

    @property
    def is_empty(self) -> bool:
        return self.distinct == 0


def text_of(value: Scalar) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e19:
        return str(int(value))
    return str(value)


@dataclass(slots=True)
class Node:
    """A place in the tree of all records; a leaf's values and an object's keys may both be there."""

    types: Counter[str] = field(default_factory=Counter)
    values: dict[Scalar, None] = field(default_factory=dict)
    characters: int = 0
    longest: int = 0
    children: dict[str, "Node"] = field(default_factory=dict)
    is_whole: bool = False

    @property
    def occurrences(self) -> int:
        return sum(self.types.values())

    def add_value(self, value: Scalar) -> None:
        if isinstance(value, str):
            self.characters += len(value)
            self.longest = max(self.longest, len(value))
            value = value[:TEXT_LIMIT]
        if len(self.values) < DISTINCT_LIMIT:
            self.values[value] = None

    def absorb(self, other: "Node") -> None:
        """Take in what is below another node, so that both are judged as one."""
        self.types.update({kind: n for kind, n in other.types.items() if kind != "object"})
        self.characters += other.characters
        self.longest = max(self.longest, other.longest)
        for value in other.values:
            self.add_value_once(value)
        for key, child in other.children.items():
            if key != ITEMS:
                self.add_value_once(key)
            self.absorb(child)

    def add_value_once(self, value: Scalar) -> None:
        if len(self.values) < DISTINCT_LIMIT:
            self.values[value] = None

    def is_map(self) -> bool:
        objects = self.types["object"]
        if len(self.children) <= MAP_KEYS or not objects:
            return False
        filled = sum(child.occurrences for child in self.children.values())
        return filled / (len(self.children) * objects) < MAP_FILL

    def collapse(self) -> None:
        whole, self.children, self.is_whole = self.children, {}, True
        for key, child in whole.items():
            if key != ITEMS:
                self.add_value_once(key)
            self.absorb(child)


def profile(records: Iterable[bytes]) -> list[PathProfile]:
    """The profiles of all leaf paths in the records, in order of path.

    Shape: at most PATH_LIMIT paths; objects beyond it, deeper than DEPTH_LIMIT, or with unbounded
           keys are profiled as a whole, so that nothing goes unjudged.
    """
    root = Node()
    count = 0
    for record in records:
        count += 1
        place(root, decode(record))
    shrink(root)
    return sorted(
        (summary(path, node, count) for path, node in leaves(root, ())), key=lambda p: p.path
    )


def decode(record: bytes) -> object:
    try:
        return msgspec.json.decode(record)
    except msgspec.DecodeError:  # numbers beyond a double, which jsonb takes
        return json.loads(record, parse_int=float)


def place(root: Node, record: object) -> None:
    """Walk one record without recursion: its depth is the source's choice, not ours."""
    stack: list[tuple[Node, object, int]] = [(root, record, 0)]
    while stack:
        node, value, depth = stack.pop()
        match value:
            case dict():
                node.types["object"] += 1
                node.is_whole |= depth >= DEPTH_LIMIT
                for key, below in value.items():
                    stack.append((child_of(node, key), below, depth + 1))
            case list():
                node.types["array"] += 1
                node.is_whole |= depth >= DEPTH_LIMIT
                stack.extend((child_of(node, ITEMS), below, depth + 1) for below in value)
            case None:
                node.types["null"] += 1
            case bool():
                node.types["boolean"] += 1
            case str():
                node.types["string"] += 1
                node.add_value(value)
            case int():
                node.types["integer"] += 1
                node.add_value(value)
            case float():
                node.types["number"] += 1
                node.add_value(value)


def child_of(node: Node, key: str) -> Node:
    if node.is_whole:
        if key != ITEMS:
            node.add_value_once(key)
        return node
    child = node.children.get(key)
    if child is None:  # not setdefault: it would make a node for every value
        child = node.children[key] = Node()
    return child


def shrink(root: Node) -> None:
    """Collapse maps, and then the widest objects until the paths are few enough."""
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if node is not root and (node.is_map() or node.is_whole):
            node.collapse()
        nodes.extend(node.children.values())
    while True:
        inner = [node for node in all_nodes(root) if node.children and node is not root]
        if not inner or sum(1 for _ in leaves(root, ())) <= PATH_LIMIT:
            return
        max(inner, key=lambda node: len(node.children)).collapse()


def all_nodes(root: Node) -> Iterable[Node]:
    nodes = [root]
    while nodes:
        node = nodes.pop()
        yield node
        nodes.extend(node.children.values())


def leaves(root: Node, path: Path) -> Iterable[tuple[Path, Node]]:
    stack: list[tuple[Path, Node]] = [(path, root)]
    while stack:
        path, node = stack.pop()
        has_scalar = any(kind not in ("object", "array") for kind in node.types)
        if path and (has_scalar or node.is_whole):
            yield path, node
        stack.extend(((*path, key), child) for key, child in node.children.items())


def summary(path: Path, node: Node, records: int) -> PathProfile:
    values = list(node.values)
    strings = node.types["string"]
    return PathProfile(
        path=path,
        types=dict(node.types),
        occurrences=node.occurrences,
        null_share=node.types["null"] / records if records else 0.0,
        distinct=len(values),
        mean_length=node.characters / strings if strings else 0.0,
        max_length=node.longest,
        values=spread(values, VALUE_LIMIT),
        is_whole=node.is_whole,
    )


def spread(values: Sequence[T], limit: int) -> Sequence[T]:
    """At most `limit` values, evenly over all of them, so that no part of a range is unseen."""
    if len(values) <= limit:
        return values
    return [values[index * len(values) // limit] for index in range(limit)]
