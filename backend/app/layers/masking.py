"""The SQL that replaces personal values by tokens.

A token is the first half of SHA-256 over a key of the entity and the value, so that equal values of one
entity have equal tokens in every stream, and nothing leads back (decision 0034). The key is a bound
parameter, and is never written down in the database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.core.catalog import Path
from app.core.findings import ITEMS, Entity, PathDecision
from app.core.layout import Column, Layout
from app.core.schema import ColumnType
from app.database.identifiers import literal, quote
from app.layers.tables import Masks


class TokenKeys(Protocol):
    """The keys of tokens, as `database/keys.py` has them."""

    @property
    def id(self) -> str:
        """Tells in a token which key made it."""
        ...

    def token_key(self, entity: Entity) -> bytes:
        """What is hashed before a value of this entity."""
        ...


@dataclass(slots=True)
class Parameters:
    """Values bound to a generated statement, and their places in it."""

    values: list[object] = field(default_factory=list)

    def bind(self, value: object, cast: str) -> str:
        if value not in self.values:
            self.values.append(value)
        return f"${self.values.index(value) + 1}::{cast}"


Tree = dict[str, "Tree | PathDecision"]
"""The masked paths below a JSON value, by their segments."""


@dataclass(frozen=True, slots=True)
class Masking:
    """What is masked in one stream, and how."""

    keys: TokenKeys
    whole: Mapping[str, PathDecision]
    nested: Mapping[str, Tree]

    @classmethod
    def of(cls, keys: TokenKeys, decisions: Iterable[PathDecision]) -> "Masking":
        whole: dict[str, PathDecision] = {}
        nested: dict[str, Tree] = {}
        masked = sorted((d for d in decisions if d.is_masked and d.path), key=lambda d: len(d.path))
        for decision in masked:
            first, *rest = decision.path
            if first in whole:
                continue
            if not rest:
                whole[first] = decision
                nested.pop(first, None)
            else:
                _plant(nested.setdefault(first, {}), tuple(rest), decision)
        return cls(keys, whole, nested)

    def masks(self, layout: Layout) -> Masks:
        return Masks(
            frozenset(
                column.name
                for column in (*layout.columns, *layout.variants)
                if isinstance(self.at(column.path), PathDecision)
            ),
            has_cursor=bool(layout.cursor_field) and self.touches(layout.cursor_field),
        )

    def masked_items(self, layout: Layout) -> frozenset[Path]:
        """The paths within arrays that have columns of their own, in child tables, and are masked."""
        paths = (column.path for child in layout.children for column in child.columns)
        return frozenset(path for path in paths if isinstance(self.at(path), PathDecision))

    def at(self, path: Path) -> "Tree | PathDecision | None":
        """The decision that masks all of a path, or what is masked below it; none if nothing is."""
        first, *rest = path
        found = self.whole.get(first) or self.nested.get(first)
        for part in rest:
            if not isinstance(found, dict):
                return found
            found = found.get(part)
        return found

    def touches(self, path: Path) -> bool:
        """True if a path, or something in it, is masked."""
        return self.at(path) is not None

    def leaves(self, path: Path) -> Sequence[str]:
        """The keys of a JSON value whose values are tokens."""
        tree = self.at(path)
        return [
            name
            for name, leaf in (tree.items() if isinstance(tree, dict) else ())
            if isinstance(leaf, PathDecision) and name != ITEMS
        ]

    def published(self, column: Column, was: Masks, parameters: Parameters) -> str:
        """The masked value of a column that is already published, over the column itself."""
        stored = Column(path=column.path, name=column.name, type=was.type_of(column))
        return self.column(stored, quote(column.name), parameters)

    def column(self, column: Column, value: str, parameters: Parameters) -> str:
        """The value of a column as chart may hold it; `value` is the typed, clear expression."""
        tree = self.at(column.path)
        if tree is None:
            return value
        if isinstance(tree, PathDecision):
            if column.type is ColumnType.JSONB:
                return f"to_jsonb({self._token(tree, f'{value} #>> ARRAY[]::text[]', parameters)})"
            text = value if column.type is ColumnType.TEXT else f"({value})::text"
            return self._token(tree, text, parameters)
        if column.type is ColumnType.JSONB:
            return self._json(tree, value, parameters)
        if column.type is ColumnType.TEXT:  # the schema says scalar, the data had structure
            return self._token(_any(tree), value, parameters)
        return value  # it can hold no structure: what is one does not fit, and is not here

    def rest(self, value: str, fields: frozenset[str], parameters: Parameters) -> str:
        """The value of `_atlas_rest` as chart may hold it; `fields` have columns of their own."""
        tree: Tree = {f: d for f, d in self.whole.items() if f not in fields}
        tree |= {f: t for f, t in self.nested.items() if f not in fields}
        return self._json(tree, value, parameters) if tree else value

    def _json(self, tree: Tree, value: str, parameters: Parameters) -> str:
        """JSON with the tree's leaves replaced; where its shape is not the tree's, all of it."""
        whole = f"to_jsonb({self._token(_any(tree), f'{value} #>> ARRAY[]::text[]', parameters)})"
        keys = {name: branch for name, branch in tree.items() if name != ITEMS}
        cases = [f"WHEN 'object' THEN {self._object(keys, value, parameters)}"] if keys else []
        if (items := tree.get(ITEMS)) is not None:
            item = self._branch(items, "item", Parameters(parameters.values))
            cases.append(
                f"WHEN 'array' THEN (SELECT coalesce(jsonb_agg({item} ORDER BY place), '[]') "
                f"FROM jsonb_array_elements({value}) WITH ORDINALITY AS items (item, place))"
            )
        return f"CASE jsonb_typeof({value}) {' '.join(cases)} WHEN 'null' THEN {value} ELSE {whole} END"

    def _object(self, keys: Tree, value: str, parameters: Parameters) -> str:
        tokens = [
            f"{literal(name)}, {self._token(leaf, f'{value} ->> {literal(name)}', parameters)}"
            for name, leaf in keys.items()
            if isinstance(leaf, PathDecision)
        ]
        parts = [value]
        if tokens:  # a leaf that is not there must not come to be null; few documents lack any
            names = ", ".join(
                literal(n) for n, leaf in keys.items() if isinstance(leaf, PathDecision)
            )
            made = f"jsonb_object(ARRAY[{', '.join(tokens)}]::text[])"
            parts.append(
                f"CASE WHEN {value} ?& ARRAY[{names}] THEN {made} ELSE jsonb_strip_nulls({made}) END"
            )
        for name, branch in keys.items():
            if not isinstance(branch, PathDecision):
                inner = self._json(branch, f"({value} -> {literal(name)})", parameters)
                parts.append(
                    f"CASE WHEN {value} ? {literal(name)} "
                    f"THEN jsonb_build_object({literal(name)}, {inner}) ELSE '{{}}' END"
                )
        return f"({' || '.join(parts)})"

    def _branch(self, branch: "Tree | PathDecision", value: str, parameters: Parameters) -> str:
        if isinstance(branch, PathDecision):
            token = self._token(branch, f"{value} #>> ARRAY[]::text[]", parameters)
            return f"coalesce(to_jsonb({token}), 'null')"
        return self._json(branch, value, parameters)

    def _token(self, decision: PathDecision, text: str, parameters: Parameters) -> str:
        if decision.entity is Entity.EMAIL_ADDRESS:
            text = f'lower(btrim({text}) COLLATE "C")'
        tag = decision.entity or Entity.PERSONAL
        key = parameters.bind(self.keys.token_key(tag), "bytea")
        digest = f"sha256({key} || textsend({text}))"  # UTF-8, as all that is sent to us
        prefix = literal(f"{tag.lower()}_{self.keys.id}_")
        return f"{prefix} || encode(substr({digest}, 1, 16), 'hex')"


def _plant(tree: Tree, path: Path, decision: PathDecision) -> None:
    first, *rest = path
    if not rest:
        tree[first] = decision
        return
    branch = tree.setdefault(first, {})
    if not isinstance(branch, PathDecision):  # a shorter path already masks all of it
        _plant(branch, tuple(rest), decision)


def _any(tree: Tree) -> PathDecision:
    """The decision that names a value which should have been a structure: the first below it."""
    branch = next(iter(tree.values()))
    return branch if isinstance(branch, PathDecision) else _any(branch)
