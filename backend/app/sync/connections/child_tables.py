"""The child tables of a stream: which fields have them, what they are called, what their columns are."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter

from app.core.catalog import JsonSchema, Nested, Path
from app.core.declared import declared_items
from app.core.ids import StreamId
from app.core.layout import Child, Column
from app.core.schema import ColumnType, joined
from app.database.identifiers import child_name, column_name
from app.database.pool import Connection as Session
from app.database.queries import load

SQL = load(__file__)

_VALUE = "value"
"""The column of items that are no objects."""


async def keep(
    session: Session,
    stream_id: StreamId,
    table: str,
    known: Sequence[Child],
    schema: JsonSchema,
    nested: Nested,
    column_limit: int,
    left_out: Collection[str],
) -> Sequence[Child]:
    """Give a stream the child tables that its schema asks for; all that it has then.

    Shape: none where the stream has none by choice; `known` may become wider, and keep their names.
    """
    if nested is not Nested.CHILD_TABLES:
        return known
    taken = {row["table_name"] for row in await session.fetch(SQL["taken"], f"{table}__")}
    children = grown(table, known, declared_items(schema, left_out), taken, column_limit)
    await session.execute(
        SQL["keep"],
        stream_id,
        [child.field for child in children],
        [child.table for child in children],
        [_columns_json(child.columns) for child in children],
    )
    return children


def grown(
    table: str,
    known: Sequence[Child],
    declared: Mapping[str, Mapping[Path, ColumnType]],
    taken: Collection[str],
    column_limit: int,
) -> Sequence[Child]:
    """The child tables that take what the known ones had and what is declared now."""
    fields, names = dict(declared), set(taken)
    found = [
        replace(child, columns=_wider(child.columns, fields.pop(child.field, {}), column_limit))
        for child in known
    ]
    for field, types in fields.items():
        name = child_name(table, field, names)
        names.add(name)
        found.append(Child(field=field, table=name, columns=_wider((), types, column_limit)))
    return found


def read(said: str) -> tuple[Child, ...]:
    """Child tables as the database keeps them."""
    return tuple(
        Child(
            field=one["field"],
            table=one["table_name"],
            columns=tuple(
                Column(path=tuple(path), name=name, type=ColumnType(type_))
                for path, name, type_ in one["columns"]
            ),
        )
        for one in sorted(json.loads(said), key=itemgetter("table_name"))
    )


def _wider(
    columns: Sequence[Column], types: Mapping[Path, ColumnType], limit: int
) -> tuple[Column, ...]:
    kept = [replace(c, type=joined(c.type, types.get(c.path, c.type))) for c in columns]
    taken, known = {column.name for column in kept}, {column.path for column in kept}
    for path, type_ in types.items():
        if path not in known and len(kept) < limit:
            name = _VALUE if len(path) == 2 else path[-1]
            name = column_name(name, taken)
            taken.add(name)
            kept.append(Column(path=path, name=name, type=type_))
    return tuple(kept)


def _columns_json(columns: Sequence[Column]) -> str:
    return json.dumps([(column.path, column.name, column.type) for column in columns])
