"""A stream that is read by another schema from now on: its columns grow, and lose nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace

from app.core.catalog import Stream
from app.core.connections import ConnectedStream
from app.core.errors import InvalidRequest
from app.core.ids import JobId
from app.core.json_schema import Schema
from app.core.layout import Column, Contract, Layout
from app.core.schema import ColumnType, joined
from app.database.identifiers import column_name
from app.database.pool import Connection as Session
from app.database.queries import load
from app.sources.wire.catalogs import stream_json
from app.sync.connections import connection_store

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
) -> Layout:
    """Read a stream by another schema from now on; its new layout, not yet that of its tables.

    Shape: `by` is `policy` or `person`; what is not declared gives columns, and the source's own word
           stays what it was.
    """
    known = connection_store.storable(replace(stream.configured, stream=offered)).stream
    layout = grown(stream.layout, known, column_limit)
    kept_as = known if is_declared else stream.configured.stream
    said, version = json.dumps(stream_json(kept_as)), layout.schema_version
    await session.execute(SQL["read_by"], stream.stream_id, said, version, layout.has_rest)
    await connection_store.note_version(session, stream.stream_id, version, said, by, job_id)
    kept = [column for column in layout.columns if column.since < version]
    new = [column for column in layout.columns if column.since == version]
    await session.execute(
        SQL["change_columns"],
        stream.stream_id,
        [column.field for column in kept],
        [column.type.value for column in kept],
        [column.is_required for column in kept],
    )
    await session.execute(
        SQL["add_columns"],
        stream.stream_id,
        [column.field for column in new],
        [column.name for column in new],
        [column.type.value for column in new],
        [column.is_required for column in new],
        version,
    )
    return layout


async def set_contract(
    session: Session, stream: ConnectedStream, field: str, contract: Contract
) -> None:
    """Say what may become of one field's column, for the attempts that begin after it.

    Errors: InvalidRequest if the stream has no column of this field.
    """
    if stream.layout.column_of((field,)) is None:
        raise InvalidRequest(
            f"{stream.layout.descriptor} has no column of this field.",
            stream=str(stream.layout.descriptor),
        )
    await session.execute(SQL["set_contract"], stream.stream_id, field, contract)


def grown(old: Layout, offered: Stream, column_limit: int) -> Layout:
    """The layout that has what the old one has and what the schema brings.

    Shape: new fields get columns of their own while there is room; a column takes what it had and what
           comes; one whose field is gone stays, and is empty from now on.
    """
    schema = Schema.of(offered.json_schema)
    fields, must = schema.properties, schema.required
    kept = [
        replace(column, type=_type(column, fields), is_required=_must(column.field, fields, must))
        for column in old.columns
    ]
    version = old.schema_version + 1
    taken, known = {column.name for column in kept}, {column.field for column in kept}
    new = [field for field in fields if field not in known]
    for field in new[: max(0, column_limit - len(kept))]:
        name = column_name(field, taken)
        taken.add(name)
        must_be = _must(field, fields, must)
        kept.append(
            Column(
                path=(field,),
                name=name,
                type=fields[field].column_type,
                is_required=must_be,
                since=version,
            )
        )
    has_rest = old.has_rest or len(known) + len(new) > len(kept)
    return replace(old, columns=tuple(kept), schema_version=version, has_rest=has_rest)


def _type(column: Column, fields: Mapping[str, Schema]) -> ColumnType:
    if column.field not in fields or column.contract is not Contract.EVOLVE:
        return column.type
    return joined(column.type, fields[column.field].column_type)


def _must(field: str, fields: Mapping[str, Schema], must: frozenset[str]) -> bool:
    return field in must and field in fields and not fields[field].allows_null
