"""Datasets: a stream's tables as those see them who read the layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.connections import ConnectedStream
from app.core.errors import ConnectionNotFound, StreamNotFound
from app.core.ids import ConnectionId, StreamId, WorkspaceId
from app.core.layout import Misfit
from app.database.pool import Connection
from app.database.queries import load
from app.layers import tables
from app.layers.tables import RowCount, Tables
from app.sync.connections import connected_streams

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How new a dataset is. Shape: all none before its first promotion.

    Units: `extracted_at` of the newest published batch, `promoted_at` of the promotion that brought it.
    """

    promotion_id: int | None
    promoted_at: datetime | None
    extracted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One line of the list. Shape: `rows` of chart, none where it is not made yet."""

    connection_id: ConnectionId
    connection: str
    stream_id: StreamId
    name: str
    namespace: str | None
    table: str
    columns: int
    rows: RowCount | None
    freshness: Freshness


async def find(
    connection: Connection, connection_id: ConnectionId, name: str, namespace: str | None
) -> ConnectedStream:
    """One stream of a connection that was not deleted, without the others.

    Errors: ConnectionNotFound, StreamNotFound.
    """
    row = await connection.fetchrow(SQL["find"], connection_id, namespace or "", name)
    if row is None or row["status"] == "deprecated":
        raise ConnectionNotFound("No connection has this id.", connection_id=str(connection_id))
    if row["stream_id"] is None:
        raise StreamNotFound("The connection has no stream of this name and namespace.")
    columns = await connection.fetch(SQL["columns"], row["stream_id"])
    return connected_streams.connected_stream(
        row, [connected_streams.column_of(column) for column in columns], Misfit(row["on_misfit"])
    )


async def freshness(connection: Connection, stream_id: StreamId) -> Freshness:
    row = await connection.fetchrow(SQL["freshness"], stream_id)
    if row is None:
        return Freshness(promotion_id=None, promoted_at=None, extracted_at=None)
    return Freshness(**row)


async def listed(
    connection: Connection, workspaces: Sequence[WorkspaceId] | None, limit: int, offset: int
) -> Sequence[Dataset]:
    """The streams of all connections that were not deleted, in the order they were made."""
    found = []
    for row in await connection.fetch(SQL["listed"], workspaces, limit, offset):
        stream_id = StreamId(row["stream_id"])
        chart = Tables.of(row["table_name"]).chart
        found.append(
            Dataset(
                connection_id=ConnectionId(row["connection_id"]),
                connection=row["connection"],
                stream_id=stream_id,
                name=row["name"],
                namespace=row["namespace"] or None,
                table=row["table_name"],
                columns=row["columns"],
                rows=await tables.about(connection, chart),
                freshness=await freshness(connection, stream_id),
            )
        )
    return found
