"""A stream that is read by another schema from now on: its columns grow, and lose nothing."""

import json
from collections.abc import Sequence
from dataclasses import replace

from app.core.catalog import Path, Stream
from app.core.connections import ConnectedStream
from app.core.declared import Declared, declared
from app.core.errors import InvalidRequest
from app.core.ids import JobId, StreamId
from app.core.layout import Column, Contract, Layout
from app.core.schema import ColumnType, joined
from app.core.schema_growth import Rename
from app.database.identifiers import column_name
from app.database.pool import Connection as Session
from app.database.queries import load
from app.sources.wire.catalogs import stream_json
from app.sync.connections import child_tables, connection_store, stream_choice

SQL = load(__file__)


async def adopt(
    session: Session,
    stream: ConnectedStream,
    offered: Stream,
    *,
    column_limit: int,
    by: str,
    job_id: JobId | None,
    is_declared: bool = True,
    renames: Sequence[Rename] = (),
) -> Layout:
    """Read a stream by another schema from now on; its new layout, not yet that of its tables.

    Shape: `by` is `policy` or `person`; what is not declared gives columns, and the source's own word
           stays what it was.
    """
    known = stream_choice.storable(replace(stream.configured, stream=offered)).stream
    layout = grown(renamed(stream.layout, renames), known, column_limit)
    children = await child_tables.keep(
        session,
        stream.stream_id,
        layout.table,
        layout.children,
        known.json_schema,
        layout.nested,
        column_limit,
        layout.left_out,
    )
    layout = replace(layout, children=tuple(children))
    kept_as = known if is_declared else stream.configured.stream
    said, version = json.dumps(stream_json(kept_as)), layout.schema_version
    await session.execute(
        SQL["read_by"], stream.stream_id, said, version, layout.has_rest, layout.rest_since
    )
    await connection_store.note_version(session, stream.stream_id, version, said, by, job_id)
    await _keep_names(session, layout, [rename.new for rename in renames])
    kept = [column for column in layout.columns if column.since < version]
    new = [column for column in layout.columns if column.since == version]
    await session.execute(
        SQL["change_columns"],
        stream.stream_id,
        [json.dumps(column.path) for column in kept],
        [column.type.value for column in kept],
        [column.is_required for column in kept],
        [column.json_since for column in kept],
    )
    await session.execute(
        SQL["add_columns"],
        stream.stream_id,
        [json.dumps(column.path) for column in new],
        [column.name for column in new],
        [column.type.value for column in new],
        [column.is_required for column in new],
        version,
    )
    return layout


async def set_contract(
    session: Session, stream: ConnectedStream, path: Path, contract: Contract
) -> Layout:
    """Say what may become of one field's column, for the attempts that begin after it.

    Shape:  the stream's layout from then on; a column that shall have a variant is not yet in its tables.
    Errors: InvalidRequest if the stream has no column of this field.
    """
    layout = stream.layout
    if (column := layout.column_at(path)) is None:
        raise InvalidRequest(
            f"{layout.descriptor} has no column of this field.", stream=str(layout.descriptor)
        )
    has_variant = column.has_variant or contract is Contract.VARIANT
    await session.execute(
        SQL["set_contract"], stream.stream_id, json.dumps(path), contract, has_variant
    )
    ruled = replace(column, contract=contract, has_variant=has_variant)
    columns = tuple(ruled if each is column else each for each in layout.columns)
    return replace(layout, columns=columns)


async def tell_apart_by(
    session: Session, stream_id: StreamId, key: Sequence[Path], cursor: Path
) -> None:
    """Keep by which fields a stream's records are told apart and ordered from now on."""
    await session.execute(SQL["told_apart_by"], stream_id, json.dumps(key), list(cursor))


def renamed(old: Layout, renames: Sequence[Rename]) -> Layout:
    """The layout whose columns are read from other fields, and from those before where these are not there.

    Shape: a key or cursor that was renamed is the same key or cursor.
    """
    now = {rename.old: rename.new for rename in renames}
    columns = tuple(
        replace(column, path=now[column.path], formerly=column.paths)
        if column.path in now
        else column
        for column in old.columns
    )
    return replace(
        old,
        columns=columns,
        primary_key=tuple(now.get(path, path) for path in old.primary_key),
        cursor_field=now.get(old.cursor_field, old.cursor_field),
    )


def grown(old: Layout, offered: Stream, column_limit: int) -> Layout:
    """The layout that has what the old one has and what the schema brings.

    Shape: new fields get columns of their own while there is room; a column takes what it had and what
           comes; one whose field is gone stays, and is empty from now on.
    """
    fields = declared(offered.json_schema, old.nested, old.left_out)
    version = old.schema_version + 1
    kept = [_kept(column, fields.get(column.path), version) for column in old.columns]
    taken = {column.name for column in kept}
    known = {path for column in kept for path in column.paths}
    new = [path for path in fields if path not in known]
    room = max(0, column_limit - len(kept))
    for path in new[:room]:
        name = column_name("__".join(path), taken)
        taken.add(name)
        field = fields[path]
        kept.append(
            Column(
                path=path,
                name=name,
                type=field.type,
                is_required=field.is_required,
                since=version,
            )
        )
    has_rest = old.has_rest or any(len(path) == 1 for path in new[room:])
    return replace(
        old,
        columns=tuple(kept),
        schema_version=version,
        has_rest=has_rest,
        rest_since=old.rest_since if old.has_rest else version,
    )


async def _keep_names(session: Session, layout: Layout, paths: Sequence[Path]) -> None:
    """Keep which fields columns are read from that were renamed, and with them the key and the cursor."""
    if not paths:
        return
    columns = [column for column in layout.columns if column.path in paths]
    await session.execute(
        SQL["rename_columns"],
        layout.stream_id,
        [column.name for column in columns],
        [json.dumps(column.path) for column in columns],
        [json.dumps(column.formerly) for column in columns],
    )
    await tell_apart_by(session, layout.stream_id, layout.primary_key, layout.cursor_field)


def _kept(column: Column, field: Declared | None, version: int) -> Column:
    """A column for what it had and what comes; of a field that is gone, nothing comes."""
    if field is None:
        return replace(column, is_required=False)
    evolves = column.contract is Contract.EVOLVE
    type_ = joined(column.type, field.type) if evolves else column.type
    becomes_json = type_ is ColumnType.JSONB and column.type is not type_
    return replace(
        column,
        type=type_,
        is_required=field.is_required,
        json_since=version if becomes_json else column.json_since,
    )
