"""Values that explore has of columns which came later, taken to rows and versions that are there already.

History stays insert-only: a version that has a value now is recorded again at its own instant, as a row is that
is sent again with a field more, and the view shows one version as before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.catalog import Path
from app.core.layout import Column, Layout, Misfit
from app.database.identifiers import Table, literal, quote
from app.database.pool import Connection
from app.database.queries import load
from app.layers import explore, staging
from app.layers.projection import Projection, Records
from app.layers.staging import Staged
from app.layers.tables import Tables, column_list, kept_as_text

SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Filled:
    """Rows of chart and versions of history that are told again; values that do not fit their column."""

    rows: int
    versions: int
    misfits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WithFields:
    """The records of the batches in (after, last] that have one of some fields. Source: taking.Taking."""

    after: int
    last: int
    columns: Sequence[Column]

    async def sample(self, connection: Connection, layout: Layout, wanted: int) -> Sequence[bytes]:
        await explore.read_by_range(connection)
        relation = self._having(str(Tables.of(layout.table).explore))
        found = await connection.fetch(
            SQL["sample"].format(relation=relation), self.after, self.last, wanted
        )
        return [row["data"].encode() for row in found]

    async def project(self, connection: Connection, projection: Projection) -> Staged:
        """Shape: what does not fit is null, whatever becomes of it where it comes anew: its row is there."""
        await explore.read_by_range(connection)
        layout = lenient(projection.layout)
        projection = replace(projection, layout=layout)
        table = Table("staging", f"{layout.table}_{self.last}")
        found = await staging.records_of(connection, layout, self.after, self.last)
        records = Records(
            relation=self._having(found.relation),
            after=self.after,
            last=self.last,
            mended=found.mended,
        )
        await staging.create(connection, projection, table)
        rows = await staging.fill(connection, projection, table, records)
        return Staged(
            layout=layout,
            table=table,
            after=self.after,
            last=self.last,
            rows=rows,
            masked_items=projection.masking.masked_items(layout),
        )

    def _having(self, relation: str) -> str:
        paths = [path for column in self.columns for path in column.paths]
        return f"(SELECT x.* FROM {relation} x WHERE {' OR '.join(map(_has, paths))})"


async def fill(
    connection: Connection, staged: Staged, columns: Sequence[Column], recorded_at: datetime
) -> Filled:
    """Give rows and versions the values that staged records of theirs have, where they have none.

    Shape: a row is known by the place of its record; what is in quarantine, or lost to a newer record, has
           no row to be found.
    """
    layout = staged.layout
    names = [quote(column.name) for column in columns]
    texts = await kept_as_text(connection, layout)
    staged_as = {
        quote(column.name): f"s.{quote(column.name)}{'::text' if column.name in texts else ''}"
        for column in columns
    }
    is_renamed = any(column.formerly for column in columns)
    fields = _names(layout) | {
        "staging": staged.table,
        "empty": " OR ".join(
            [f"t.{name} IS NULL AND s.{name} IS NOT NULL" for name in names]
            + [f"{_misfits(columns)} AND t._airbyte_meta IS DISTINCT FROM s._airbyte_meta"]
        ),
        "set": ", ".join(
            [f"{name} = coalesce(c.{name}, {given})" for name, given in staged_as.items()]
            + ["_airbyte_meta = coalesce(s._airbyte_meta, c._airbyte_meta)"]
        ),
        "values": _values(layout, staged_as),
        "past": SQL["past"].format(**_names(layout)) if layout.keeps_newest_in_chart else "",
        "or_renamed_version": SQL["or_renamed_version"] if is_renamed else "",
        "or_renamed_row": SQL["or_renamed_row"] if is_renamed else "",
        "misfit": _misfits(columns),
    }
    versions = 0
    if layout.has_key:
        versions = _count(await connection.execute(SQL["retell"].format(**fields), recorded_at, layout.schema_version))  # fmt: skip
        if layout.keeps_newest_in_chart:
            await connection.execute(SQL["retire"].format(**fields))
        else:
            await connection.execute(SQL["retell_keys"].format(**fields), recorded_at, layout.schema_version)  # fmt: skip
    statement = "fill_versions" if layout.is_one_row_a_key else "fill"
    arguments = (recorded_at, layout.schema_version) if layout.is_one_row_a_key else ()
    rows = _count(await connection.execute(SQL[statement].format(**fields), *arguments))
    versions += rows if layout.keeps_newest_in_chart else 0
    misfits: int = await connection.fetchval(SQL["count_misfits"].format(**fields))
    return Filled(rows, versions, misfits)


def lenient(layout: Layout) -> Layout:
    """The layout by which records break no rule that they did not break when they were published.

    Shape: a value that does not fit is null, and none is required but key and cursor.
    """
    columns = tuple(replace(column, is_required=False) for column in layout.columns)
    return replace(layout, columns=columns, misfit=Misfit.NULL)


def _has(path: Path) -> str:
    *outer, last = (literal(part) for part in path)
    return f"({' -> '.join(['x.data', *outer])}) ? {last}"


def _values(layout: Layout, staged_as: Mapping[str, str]) -> str:
    """The columns of a version `h` that is recorded again, filled from the staged row `s`."""
    filled = {name: f"coalesce(h.{name}, {given})" for name, given in staged_as.items()}
    meta = quote("_airbyte_meta")
    filled[meta] = f"coalesce(s.{meta}, h.{meta})"
    return ", ".join(filled.get(name, f"h.{name}") for name in column_list(layout).split(", "))


def _misfits(columns: Sequence[Column]) -> str:
    fields = ", ".join(literal(".".join(column.path)) for column in columns)
    return (
        "EXISTS (SELECT FROM jsonb_array_elements(s._airbyte_meta -> 'changes') AS change "
        f"WHERE change ->> 'field' IN ({fields}))"
    )


def _names(layout: Layout) -> dict[str, object]:
    tables = Tables.of(layout.table)
    return {
        "chart": tables.chart,
        "history": tables.history,
        "keys": tables.keys,
        "epoch": layout.epoch,
        "names": column_list(layout),
        "c_names": column_list(layout, "c."),
    }


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
