"""Hashes of rows by their values, under each schema version of a stream: what tells a key's versions apart under `check`.

Shape: SQL over a record `r` whose fields are `c0`, `c1`, ... in the order of the layout's columns, and `rest`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.layout import Layout


@dataclass(frozen=True, slots=True)
class _Hashed:
    """A field that counts. Shape: the schema versions that brought it, and by which it became JSON."""

    field: str
    since: int
    json_since: int = 1

    def under(self, version: int) -> str:
        """The field in the form that it had under a schema version."""
        if version >= self.json_since:
            return self.field
        return f"CASE jsonb_typeof({self.field}) WHEN 'string' THEN {self.field} #>> '{{}}' ELSE {self.field}::text END"


def as_known(layout: Layout, secret: str) -> str:
    """The hash over the columns of the layout's schema version.

    Of columns that came later, as where a range is made again by the version that it was published by, a value
    counts, and makes the hash that of the version that brought it: what has none is as it was.
    """
    version = layout.schema_version
    later: dict[int, list[str]] = {}
    for hashed in _hashed(layout):
        if hashed.since > version:
            later.setdefault(hashed.since, []).append(f"{hashed.field} IS NOT NULL")
    cases = [
        f"WHEN {' OR '.join(later[since])} THEN {_under(layout, secret, since)}"
        for since in sorted(later, reverse=True)
    ]
    known = _under(layout, secret, version)
    return f"CASE {' '.join(cases)} ELSE {known} END" if cases else known


def before(layout: Layout, secret: str) -> str:
    """An array of what the hash would have been under each schema version before, by number."""
    hashes = [_under(layout, secret, version) for version in range(1, layout.schema_version)]
    return f"ARRAY[{', '.join(hashes)}]::uuid[]"


def digest(secret: str, data: str) -> str:
    """128 bits of keyed SHA-256, as a uuid: 64 would merge two people among 1e9 keys with 3 % chance."""
    return f"encode(substr(sha256({secret} || {data}), 1, 16), 'hex')::uuid"


def utf8(text: str) -> str:
    """A text's bytes as a client is sent them; ours are sent UTF-8."""
    return f"textsend({text})"


def _under(layout: Layout, secret: str, version: int) -> str:
    fields = [hashed.under(version) for hashed in _hashed(layout) if hashed.since <= version]
    return digest(secret, utf8(f"ROW({', '.join(fields)})::text"))


def _hashed(layout: Layout) -> Iterator[_Hashed]:
    checked = {column.name for column in layout.checked}
    for i, column in enumerate(layout.columns):
        if column.name in checked:
            yield _Hashed(f"r.c{i}", column.since, column.json_since)
    if layout.hashes_rest:
        yield _Hashed("r.rest", layout.rest_since)
