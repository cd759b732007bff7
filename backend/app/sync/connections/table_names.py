"""Which table name a stream gets, and who has it already."""

from dataclasses import dataclass

from app.core.catalog import StreamDescriptor, SyncMode
from app.core.connections import ConnectionStatus
from app.core.errors import TableTaken
from app.core.ids import ConnectionId, StreamId
from app.core.layout import Layout
from app.database.identifiers import table_name
from app.database.pool import Connection as Session
from app.database.queries import load
from app.layers import moving

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose stream has a table name. Shape: `is_deleted` of a connection whose tables were kept."""

    connection_id: ConnectionId
    connection: str
    is_deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The table name that a stream gets.

    Shape: `plain` is what it would be called were that free; `holder` has that, and the stream gets its own
           name with a digest, so that two connections over one stream are kept apart.
    """

    table: str
    plain: str
    holder: Holder | None


async def choose(
    session: Session, identity: str, begins_with: str, descriptor: StreamDescriptor
) -> Choice:
    """The name for a stream's tables. Shape: `identity` names the stream for ever.

    Errors: TableTaken if a table is called so that Atlas has not made.
    """
    plain = table_name(begins_with, descriptor.name, identity, ())
    holder = await holder_of(session, plain)
    table = table_name(begins_with, descriptor.name, identity, () if holder is None else (plain,))
    if found := await moving.there(session, nameless(table, descriptor)):
        names = ", ".join(one.dotted for one in found)
        raise TableTaken(
            f"{descriptor} would have {names}, which is there and not of this Atlas. Rename or drop it, or give "
            "the connection a prefix.",
            tables=names,
        )
    return Choice(table=table, plain=plain, holder=holder)


async def holder_of(session: Session, table: str) -> Holder | None:
    """Whose a table name is; none if it is free."""
    row = await session.fetchrow(SQL["holder"], table)
    if row is None:
        return None
    return Holder(
        connection_id=ConnectionId(row["connection_id"]),
        connection=row["connection"],
        is_deleted=row["status"] == ConnectionStatus.DEPRECATED,
    )


def nameless(table: str, descriptor: StreamDescriptor) -> Layout:
    """A layout that says no more than how tables are called."""
    return Layout(
        stream_id=StreamId(0), descriptor=descriptor, table=table, sync_mode=SyncMode.INCREMENTAL_APPEND,
        columns=(), primary_key=(), cursor_field=(),
    )  # fmt: skip
