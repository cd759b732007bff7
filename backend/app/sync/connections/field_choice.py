"""The fields of a stream that reach chart, and how they are laid out, chosen when it is connected or after it was."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from app.core.catalog import ConfiguredStream, shown
from app.core.connections import ConnectedStream, Connection, WhenSchemaChanges
from app.core.errors import InvalidRequest
from app.core.json_schema import Schema
from app.database.pool import Connection as Session
from app.database.queries import load
from app.sync.connections import schema_changes, stream_growth, stream_tables

SQL = load(__file__)


def only(
    stream: ConfiguredStream, fields: Collection[str], undeclared: Collection[str] = ()
) -> ConfiguredStream:
    """The stream of which these fields are wanted and no others; what comes later follows the connection's policy.

    Shape:  none wanted means all, as Airbyte has it; `undeclared` are fields that its records alone have.
    Errors: InvalidRequest for a field that there is not, and if what it is told apart, ordered or checked by
            is not among them.
    """
    if not fields:
        return replace(stream, left_out=())
    name, there = str(stream.descriptor), _fields(stream, undeclared)
    if unknown := [field for field in fields if field not in there]:
        raise InvalidRequest(f"{name} has no field {_listed(unknown)} to select.", stream=name)
    needed = [path[0] for path in (*stream.primary_key, stream.cursor_field) if path]
    if lacking := [f for f in (*needed, *stream.check_cols) if f in there and f not in fields]:
        raise InvalidRequest(
            f"{name} is told apart, ordered or checked by {_listed(lacking)}: select it as well.",
            stream=name,
        )
    return replace(stream, left_out=tuple(field for field in there if field not in fields))


async def choose(
    session: Session,
    connection: Connection,
    stream: ConnectedStream,
    wanted: ConfiguredStream,
    column_limit: int,
) -> None:
    """Read the wanted fields and no others, laid out as is wanted, from the next job on.

    Shape: the column of a field that is left out stays with what it has, and is null in rows that come from now on;
           a field that is wanted only now has its column at once, and rows that are there its values from explore, where
           the connection propagates fully. What is laid out only now is so in rows that are there as well: items of
           arrays at once, what lies in objects with the next job, from explore.
    """
    layout = replace(stream.layout, left_out=wanted.left_out, nested=wanted.nested)
    await session.execute(SQL["keep"], stream.stream_id, list(wanted.left_out), wanted.nested)
    grown = await stream_growth.adopt(
        session, replace(stream, layout=layout), stream.configured.stream,
        column_limit=column_limit, by="person", job_id=None,
    )  # fmt: skip
    await stream_tables.follow(session, stream.layout, grown)
    fills_fields = connection.on_schema_change is WhenSchemaChanges.PROPAGATE_FULLY
    if fills_fields or wanted.nested is not stream.layout.nested:
        outer = tuple(column for column in grown.columns if not column.is_inner)
        had = replace(stream.layout, columns=stream.layout.read if fills_fields else outer)
        await schema_changes.ask_backfill(session, replace(stream, layout=had), grown)


def _fields(stream: ConfiguredStream, undeclared: Collection[str]) -> Sequence[str]:
    declared = Schema.of(stream.stream.json_schema).properties
    return list(dict.fromkeys([*declared, *undeclared]))


def _listed(fields: Sequence[str]) -> str:
    more = "" if len(fields) <= 10 else " and others"
    return ", ".join(map(shown, fields[:10])) + more
