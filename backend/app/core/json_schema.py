"""What a JSON schema says of values: of which kinds they are, which column takes them, what is in them.

Schemas come from outside. Whatever is no schema, refers to somewhere else, or goes round in a circle,
says nothing; and what says nothing takes any value, which is JSONB.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from app.core.catalog import JsonSchema
from app.core.schema import NUMBERS, ColumnType

_STEPS = 200
"""Parts of a schema that are read for one field: unions of unions of references grow without end."""
_DEEPEST = 32
_UNIONS = ("oneOf", "anyOf")
_OBJECTS = ("properties", "additionalProperties", "patternProperties")
_ARRAYS = ("items", "prefixItems")

_AIRBYTE = {
    "integer": ColumnType.BIGINT,
    "big_integer": ColumnType.NUMERIC,
    "big_number": ColumnType.NUMERIC,
    "timestamp_with_timezone": ColumnType.TIMESTAMPTZ,
    "timestamp_without_timezone": ColumnType.TIMESTAMP,
    "time_with_timezone": ColumnType.TIMETZ,
    "time_without_timezone": ColumnType.TIME,
}
_FORMAT = {
    "date": ColumnType.DATE,
    "date-time": ColumnType.TIMESTAMPTZ,
    "time": ColumnType.TIME,
}
_PLAIN = {
    "string": ColumnType.TEXT,
    "integer": ColumnType.BIGINT,
    "number": ColumnType.NUMERIC,
    "boolean": ColumnType.BOOLEAN,
    "object": ColumnType.JSONB,
    "array": ColumnType.JSONB,
}
_KINDS = frozenset({*_PLAIN, "null"})
_STRINGS = frozenset({ColumnType.TEXT, *_FORMAT.values(), *_AIRBYTE.values()}) - NUMBERS


@dataclass(frozen=True)
class Schema:
    """A part of a stream's JSON schema, read with what it refers to in the whole of it.

    Shape: `part` may be anything; nothing is fetched: what a `$ref` names elsewhere says nothing.
    Source: JSON Schema, drafts 7 to 2020-12; Airbyte protocol, `airbyte_type`.
    """

    part: object
    whole: object

    @classmethod
    def of(cls, schema: object) -> "Schema":
        return cls(schema, schema)

    @property
    def column_type(self) -> ColumnType:
        """The narrowest type that every value fits exactly; JSONB where only JSON does.

        Shape: strings of several formats are text; scalars of several kinds are JSONB, for as text
               1 and "1", or true and "true", would be one.
        """
        found = {type_ for option in self._options for type_ in option.types()}
        if len(found) == 1:
            return found.pop()
        if found and found <= NUMBERS:
            return ColumnType.NUMERIC
        return ColumnType.TEXT if found and found <= _STRINGS else ColumnType.JSONB

    @property
    def kinds(self) -> frozenset[tuple[str, str]]:
        """The kinds of values that it takes, null aside, each with the format that is said of it, or with "".

        Shape: of what may be anything all of them; none of what nothing satisfies.
        """
        return frozenset(kind for option in self._options for kind in option.formats())

    @property
    def allows_null(self) -> bool:
        """True if the schema takes an explicit null, or says nothing of kinds."""
        return not self._options or any(option.allows_null for option in self._options)

    @property
    def properties(self) -> Mapping[str, "Schema"]:
        """The fields that objects have by this schema; of a union those of all its options."""
        found: dict[str, list[object]] = {}
        for option in self._options:
            for name, part in option.properties.items():
                parts = found.setdefault(name, [])
                parts += [] if part in parts else [part]
        return {
            name: Schema(parts[0] if len(parts) == 1 else {"anyOf": parts}, self.whole)
            for name, parts in found.items()
        }

    @property
    def items(self) -> "Schema | None":
        """What each item of an array is; none where there are no arrays by this schema."""
        found = [o for o in self._options if o.kinds is not None and "array" in o.kinds]
        if not found:
            return None
        said = [option.said.get("items", True) for option in found]
        return Schema(said[0] if len(said) == 1 else {"anyOf": said}, self.whole)

    @property
    def required(self) -> frozenset[str]:
        """The fields that every object has."""
        options = [option.required for option in self._options]
        return frozenset.intersection(*options) if options else frozenset()

    @cached_property
    def _options(self) -> Sequence["_Option"]:
        try:
            return list(_Reader(self.whole).options(self.part, _Option(), (), 0))
        except _TooOdd:
            return [_Option()]


def with_fields(schema: JsonSchema, fields: Mapping[str, object]) -> JsonSchema:
    """The schema that declares these fields as well."""
    declared = schema.get("properties")
    own = declared if isinstance(declared, Mapping) else {}
    return {**schema, "properties": {**own, **fields}}


class _TooOdd(Exception):
    """A schema that cannot be read to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Option:
    """One of the ways in which a value may be valid: all that must hold of it together.

    Shape: `kinds` none where nothing is said of them; `said` are the keywords of a leaf.
    """

    kinds: frozenset[str] | None = None
    is_nullable: bool = False
    said: Mapping[str, object] = field(default_factory=dict)
    properties: Mapping[str, object] = field(default_factory=dict)
    required: frozenset[str] = frozenset()

    @property
    def allows_null(self) -> bool:
        return self.kinds is None or self.is_nullable or "null" in self.kinds

    def formats(self) -> Iterator[tuple[str, str]]:
        """Its kinds of values, null aside, each with its format."""
        said = self.said.get("format")
        for kind in (_KINDS if self.kinds is None else self.kinds) - {"null"}:
            yield kind, said if kind == "string" and isinstance(said, str) else ""

    def types(self) -> Collection[ColumnType]:
        """The types of columns that its kinds of values have, null aside."""
        if self.kinds is None:
            return {ColumnType.JSONB}
        return {self._type(kind) for kind in self.kinds if kind != "null"}

    def _type(self, kind: str) -> ColumnType:
        named, format_ = self.said.get("airbyte_type"), self.said.get("format")
        by_name = _AIRBYTE.get(named) if isinstance(named, str) else None
        if by_name and (kind == "string" or (kind in ("number", "integer") and by_name in NUMBERS)):
            return by_name
        if kind == "string" and isinstance(format_, str) and format_ in _FORMAT:
            return _FORMAT[format_]
        if kind == "number" and _is_whole(self.said.get("multipleOf")):
            kind = "integer"
        if kind == "integer" and any(map(_is_beyond, self._bounds())):
            return ColumnType.NUMERIC
        return _PLAIN[kind]

    def _bounds(self) -> Iterator[object]:
        for word in ("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"):
            yield self.said.get(word)

    def narrowed(self, part: Mapping[str, object]) -> "_Option":
        """What must hold if a schema's own keywords must, too."""
        kinds, said = _kinds(part), {word: part[word] for word in _LEAF if word in part}
        declared = part.get("properties")
        properties = dict(self.properties)
        for name, below in declared.items() if isinstance(declared, Mapping) else ():
            if isinstance(name, str):
                known = name in properties
                properties[name] = {"allOf": [properties[name], below]} if known else below
        must = part.get("required")
        names = must if isinstance(must, Sequence) and not isinstance(must, str) else ()
        return replace(
            self,
            kinds=_common(self.kinds, kinds),
            is_nullable=self.is_nullable or part.get("nullable") is True,
            said={**self.said, **said},
            properties=properties,
            required=self.required | {name for name in names if isinstance(name, str)},
        )


_LEAF = (
    "airbyte_type", "format", "multipleOf", "items",
    "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum",
)  # fmt: skip


@dataclass(slots=True)
class _Reader:
    """Follows references, takes `allOf` together and unions apart, within `_STEPS`."""

    whole: object
    steps: int = 0

    def options(
        self, part: object, so_far: _Option, references: tuple[str, ...], depth: int
    ) -> Iterator[_Option]:
        """The options of a schema of which `so_far` must hold already.

        Shape: none for what no value satisfies; `references` are those that led here.
        Errors: _TooOdd.
        """
        self.steps += 1
        if self.steps > _STEPS or depth > _DEEPEST:
            raise _TooOdd
        if part is False:
            return
        if not isinstance(part, Mapping):
            yield so_far
            return
        found = [so_far.narrowed(part)]
        for group in self._groups(part):
            below = [
                option
                for before in found
                for one in group
                for option in self._follow(one, before, references, depth + 1)
            ]
            found = below or found
        yield from found

    def _groups(self, part: Mapping[str, object]) -> Iterator[Sequence[object]]:
        """What must hold beside a schema's own keywords: of each group at least one."""
        if "$ref" in part:
            yield [_Reference(part["$ref"])]
        for one in _list(part.get("allOf")):
            yield [one]
        for union in _UNIONS:
            if options := _list(part.get(union)):
                yield options

    def _follow(
        self, part: object, so_far: _Option, references: tuple[str, ...], depth: int
    ) -> Iterator[_Option]:
        if not isinstance(part, _Reference):
            yield from self.options(part, so_far, references, depth)
            return
        if not isinstance(part.to, str) or part.to in references:
            raise _TooOdd
        yield from self.options(
            _pointed_at(self.whole, part.to), so_far, (*references, part.to), depth
        )


@dataclass(frozen=True, slots=True)
class _Reference:
    to: object


def _pointed_at(whole: object, reference: str) -> object:
    """The part of a schema that a `$ref` points at. Errors: _TooOdd if there is none in it."""
    from referencing import Registry, Specification  # few schemas refer to anything
    from referencing.exceptions import Unresolvable

    resource: Any = Specification.OPAQUE.create_resource(whole)
    registry: Any = Registry().with_resource("", resource)
    try:
        found: object = registry.resolver().lookup(reference).contents
    except (Unresolvable, LookupError, TypeError, ValueError) as error:
        raise _TooOdd from error
    return found


def _kinds(part: Mapping[str, object]) -> frozenset[str] | None:
    """The JSON kinds that a schema's own keywords allow; none if they do not say."""
    said = part.get("type")
    listed = {said} if isinstance(said, str) else {one for one in _list(said) if isinstance(one, str)}  # fmt: skip
    if listed:
        return frozenset(listed) if listed <= _KINDS else None
    if "const" in part:
        return frozenset({_kind(part["const"])})
    if values := _list(part.get("enum")):
        return frozenset(map(_kind, values))
    if any(isinstance(part.get(word), Mapping) for word in _OBJECTS):
        return frozenset({"object", "null"})
    if any(isinstance(part.get(word), Mapping | list) for word in _ARRAYS):
        return frozenset({"array", "null"})
    return None


def _common(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """The kinds that both allow; where they exclude each other nothing is known."""
    if one is None or other is None:
        return other if one is None else one
    both = one & other
    if any(
        "integer" in these and "number" in those for these, those in ((one, other), (other, one))
    ):
        both |= {"integer"}
    return both or None


def _kind(value: object) -> str:
    """The JSON kind of a value as msgspec or json read it."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _is_whole(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value != 0 and value % 1 == 0  # fmt: skip


def _is_beyond(value: object) -> bool:
    """True of a bound that 64 bits cannot hold."""
    return isinstance(value, int | float) and not -(2**63) <= value <= 2**63 - 1


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
