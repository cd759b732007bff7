"""Names from outside become names of tables and columns here, and nowhere else.

A connector names its streams and fields as it likes: quotes, NULs, 300 bytes, two names that
differ in case alone. What is plain stays; all else is slugged and gets eight hex digits of the
digest of the whole name, so two names never become one.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")
_OTHER = re.compile(r"[^a-z0-9]+")
LONGEST_IDENTIFIER = 63
"""Bytes that PostgreSQL keeps of a name."""
LONGEST = 50
"""Bytes of a name; leaves room for `__history` and an index's suffix within PostgreSQL's."""

RESERVED_SUFFIXES = ("_raw", "__history", "__keys", "__current", "__as_of", "__rebuilt")
POSTGRES_COLUMNS = ("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid")
NAVIGATE_COLUMNS = (
    "key_hash",
    "row_hash",
    "valid_from",
    "valid_to",
    "is_current",
    "is_deleted",
    "recorded_at",
    "schema_version",
)
RESERVED_COLUMNS = frozenset((*POSTGRES_COLUMNS, *NAVIGATE_COLUMNS, "_airbyte_meta"))
RESERVED_PREFIX = "_atlas_"
RESERVED_SUFFIX = "__variant"


@dataclass(frozen=True, slots=True)
class Table:
    """A table that Atlas named; the only way a table's name enters a statement."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{quote(self.schema)}.{quote(self.name)}"

    @property
    def dotted(self) -> str:
        """The name as people and lineage write it."""
        return f"{self.schema}.{self.name}"

    def beside(self, suffix: str) -> "Table":
        return Table(self.schema, self.name + suffix)


def quote(identifier: str) -> str:
    """An identifier as SQL takes it. Errors: ValueError for what PostgreSQL cannot hold."""
    if not identifier or "\0" in identifier or len(identifier.encode()) > LONGEST_IDENTIFIER:
        raise ValueError("not an identifier that PostgreSQL takes")
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A field's name as a string constant, for generated projections (values are bound, never this)."""
    if "\0" in text:
        raise ValueError("a string constant cannot hold NUL")
    body = text.replace("'", "''")
    return f"E'{body.replace(chr(92), chr(92) * 2)}'" if "\\" in text else f"'{body}'"


def table_name(source: str, stream: str, identity: str, taken: Collection[str]) -> str:
    """`{source}_{stream}` where that is plain, short, free and not reserved; else with a digest.

    Shape: `identity` names the stream for ever: connection, namespace and name, joined.
    """
    name = f"{source}_{stream}"
    parts_are_plain = _PLAIN.match(source) and _PLAIN.match(stream)
    if (
        parts_are_plain
        and _fits(name)
        and not name.endswith(RESERVED_SUFFIXES)
        and name not in taken
    ):
        return name
    return _digested(name, identity)


def is_table_name(name: str) -> bool:
    """True of a name that a stream's tables may have as it is."""
    return bool(_PLAIN.match(name)) and _fits(name) and not name.endswith(RESERVED_SUFFIXES)


def child_name(table: str, field: str, taken: Collection[str]) -> str:
    """`{table}__{field}` where that is plain, short, free and not reserved; else with a digest."""
    name = f"{table}__{field}"
    if (
        _PLAIN.match(field)
        and _fits(name)
        and not name.endswith(RESERVED_SUFFIXES)
        and name not in taken
    ):
        return name
    identity = f"{table}\x1f{field}"
    found = _digested(name, identity)
    while found in taken:
        identity += "\x1f"
        found = _digested(name, identity)
    return found


def column_name(field: str, taken: Collection[str]) -> str:
    """The field's own name where it is plain and free; else a slug with a digest."""
    reserved = (
        field in RESERVED_COLUMNS
        or field.startswith(RESERVED_PREFIX)
        or field.endswith(RESERVED_SUFFIX)
    )
    if _PLAIN.match(field) and _fits(field) and not reserved and field not in taken:
        return field
    name = _digested(field, field)
    while name in taken:  # another field is called just so
        name = _digested(field, name)
    return name


def _fits(name: str) -> bool:
    return len(name) <= LONGEST


def _digested(name: str, identity: str) -> str:
    slug = _OTHER.sub("_", name.lower().encode("ascii", "ignore").decode()).strip("_")
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    stem = slug[: LONGEST - 9].rstrip("_")
    if not stem or not stem[0].isalpha():
        stem = f"n_{stem}"[: LONGEST - 9].rstrip("_")
    return f"{stem}_{digest}"
