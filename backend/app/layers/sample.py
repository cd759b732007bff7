"""What the PII gate sees of a range: some raw records for the profile, every clean text for the scan."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.catalog import Path
from app.core.findings import ITEMS
from app.core.layout import Column, Layout
from app.core.schema import ColumnType
from app.database.identifiers import Table, literal, quote
from app.database.pool import Connection
from app.database.queries import load
from app.layers import casts
from app.layers.masking import Masking
from app.layers.tables import Tables

SQL = load(__file__)

_PART_BYTES = 4_000_000
_MOST_ARGUMENTS = 90
"""Of one call; PostgreSQL takes a hundred."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some pages of a staging table: from `first_page` on, up to `next_page`, which is not in it."""

    staging: Table
    first_page: int
    next_page: int


Gone = dict[str, "Gone | None"]
"""The paths that are taken out of a JSON value, by their segments; none where one ends."""


@dataclass(frozen=True, slots=True)
class Clear:
    """What of a staged row could still give a person away: SQL over the row, and the path that it is of.

    Shape: `columns` in their order, a variant under its column's path; `rest` of what has no column, whose
           fields are paths of their own; none where there is no such thing.
    """

    columns: Sequence[tuple[Path, str]]
    rest: str | None

    @classmethod
    def of(cls, layout: Layout, masking: Masking, passed: Collection[Path]) -> "Clear":
        """Text and JSON that is not masked as a whole, without tokens within JSON, what has its own column, and the
        paths that a person lets pass."""
        masks = masking.masks(layout)
        columns = [
            column
            for column in (*layout.columns, *layout.variants)
            if column.type in casts.AS_SENT
            and column.name not in masks.columns
            and column.path not in passed
        ]
        texts = [(column.path, _clear(column, columns, masking, passed)) for column in columns]
        return cls(texts, _clear_rest(layout, masking, passed) if layout.has_rest else None)

    @property
    def texts(self) -> Sequence[str]:
        rest = [] if self.rest is None else [self.rest]
        return [*(text for _, text in self.columns), *rest]


async def records(
    connection: Connection, layout: Layout, after: int, last: int, rows: int, wanted: int
) -> Sequence[bytes]:
    """About `wanted` raw records, taken evenly over a range that has `rows`."""
    stride = max(1, -(-rows // wanted))
    statement = SQL["sample"].format(explore=Tables.of(layout.table).explore)
    found = await connection.fetch(statement, after, last, stride)
    return [row["data"].encode() for row in found]


async def parts_of(connection: Connection, staging: Table) -> Sequence[Part]:
    """A staging table in parts of a few megabytes, so that as much of its texts is in memory at once."""
    extent = await connection.fetchrow(SQL["extent"], str(staging))
    assert extent is not None  # noqa: S101  a function has an answer
    pages, size = extent["pages"], extent["size_bytes"]
    step = max(1, pages * _PART_BYTES // max(size, 1))
    return [Part(staging, start, start + step) for start in range(0, pages, step)]


async def text_of(connection: Connection, part: Part, clear: Clear) -> str:
    """All texts of a part, a line or more each."""
    statement = SQL["text"].format(staging=part.staging, texts=_lines(clear.texts))
    found: str | None = await connection.fetchval(statement, part.first_page, part.next_page)
    return found or ""


async def cells_of(
    connection: Connection, part: Part, clear: Clear
) -> Mapping[Path, Sequence[str | None]]:
    """The same texts apart, by path, in the order of the rows; a field that has no column where a row has it."""
    cells: dict[Path, list[str | None]] = {}
    pages = (part.first_page, part.next_page)
    if clear.columns:
        texts = ", ".join(f"({text})::text" for _, text in clear.columns)
        statement = SQL["cells"].format(staging=part.staging, texts=texts)
        rows = await connection.fetch(statement, *pages)
        by_column = zip(*(row.values() for row in rows), strict=True)
        for (path, _), found in zip(clear.columns, by_column, strict=False):
            cells.setdefault(path, []).extend(found)
    if clear.rest is not None:
        statement = SQL["fields"].format(staging=part.staging, rest=clear.rest)
        for row in await connection.fetch(statement, *pages):
            cells.setdefault((row["field"],), []).append(row["text"])
    return cells


def _lines(texts: Sequence[str]) -> str:
    """The texts of a row that are there, a line each."""
    if len(texts) <= _MOST_ARGUMENTS:
        return f"concat_ws(E'\\n', {', '.join(texts)})"
    some = range(0, len(texts), _MOST_ARGUMENTS)
    return _lines([_lines(texts[start : start + _MOST_ARGUMENTS]) for start in some])


def _clear(
    column: Column, columns: Sequence[Column], masking: Masking, passed: Collection[Path]
) -> str:
    path, name = column.path, quote(column.name)
    if column.type is not ColumnType.JSONB:
        return name
    apart: list[Path] = [(leaf,) for leaf in masking.leaves(path)]
    apart += [inner.path[-1:] for inner in columns if inner.path[:-1] == path]
    apart += [one[len(path) :] for one in passed if one[: len(path)] == path]
    return _without(name, _gone(apart))


def _clear_rest(layout: Layout, masking: Masking, passed: Collection[Path]) -> str:
    apart = [*((field,) for field in masking.whole), *passed]
    return _without("_atlas_rest", _gone(one for one in apart if one[0] not in layout.fields))


def _gone(paths: Iterable[Path]) -> Gone:
    gone: Gone = {}
    for path in sorted(paths, key=len):
        *above, last = path
        place: Gone | None = gone
        for part in above:
            place = place.setdefault(part, {}) if place is not None else None
        if place is not None:  # else what holds it is taken out
            place[last] = None
    return gone


def _without(value: str, gone: Gone) -> str:
    """JSON without some paths; what is of another shape than they are stays as it is."""
    names = sorted(name for name, below in gone.items() if below is None and name != ITEMS)
    listed = f" - ARRAY[{', '.join(map(literal, names))}]::text[]" if names else ""
    parts = [f"({value}{listed})"]
    for name, below in gone.items():
        if below is not None and name != ITEMS:
            inner = _without(f"({value} -> {literal(name)})", below)
            built = f"jsonb_build_object({literal(name)}, {inner})"
            parts.append(f"CASE WHEN {value} ? {literal(name)} THEN {built} ELSE '{{}}' END")
    cases = [f"WHEN 'object' THEN {' || '.join(parts)}"] if names or len(parts) > 1 else []
    if ITEMS in gone:
        cases.append(f"WHEN 'array' THEN {_items_without(value, gone[ITEMS])}")
    return f"CASE jsonb_typeof({value}) {' '.join(cases)} ELSE {value} END" if cases else value


def _items_without(value: str, gone: Gone | None) -> str:
    if gone is None:
        return "'[]'::jsonb"
    return (
        f"(SELECT coalesce(jsonb_agg({_without('item', gone)}), '[]') "
        f"FROM jsonb_array_elements({value}) AS items (item))"
    )
