"""Datasets: a stream's tables as those see them who read the layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.core.connections import ConnectedStream
from app.core.errors import ConnectionNotFound, StreamNotFound
from app.core.ids import ConnectionId, JobId, StreamId, WorkspaceId
from app.core.layout import Misfit
from app.database.pool import Connection, Row
from app.database.queries import load
from app.layers import tables
from app.layers.tables import RowCount, Tables
from app.sync.connections import connected_streams
from app.sync.datasets.labels import Labels

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How new a dataset is. Shape: all none before its first promotion.

    Units: `extracted_at` of the newest published batch, `promoted_at` of the promotion that brought it.
    """

    promotion_id: int | None
    promoted_at: datetime | None
    extracted_at: datetime | None


class Layer(StrEnum):
    EXPLORE = "explore"
    CHART = "chart"
    NAVIGATE = "navigate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which datasets are listed. Shape: what is none does not matter; `text` in any name, description or tag."""

    connection_id: UUID | None = None
    text: str | None = None
    layer: Layer | None = None
    tag: str | None = None
    owner: str | None = None


ALL = Wanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One line of the list. Shape: `rows` of chart, none where it is not made yet; `layers` that have it."""

    connection_id: ConnectionId
    connection: str
    stream_id: StreamId
    name: str
    namespace: str | None
    table: str
    columns: int
    rows: RowCount | None
    freshness: Freshness
    layers: Sequence[Layer]
    labels: Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """What explore has of a stream. Shape: `newest` batch with a record in it; none where there is no record."""

    records: int
    newest: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastJob:
    job_id: JobId
    job_type: str
    status: str
    mode: str | None
    created_at: datetime
    ended_at: datetime | None


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
    connection: Connection,
    workspaces: Sequence[WorkspaceId] | None,
    limit: int,
    offset: int,
    wanted: Wanted = ALL,
) -> Sequence[Dataset]:
    """The streams of all connections that were not deleted, in the order they were made."""
    rows = await connection.fetch(
        SQL["listed"],
        workspaces,
        wanted.connection_id,
        wanted.text.strip().lower() if wanted.text else None,
        wanted.layer,
        wanted.tag,
        wanted.owner,
        limit,
        offset,
    )
    return [await _dataset(connection, row) for row in rows]


async def explored(connection: Connection, stream_id: StreamId) -> Explored:
    """By the books: explore itself may be too large to count."""
    row = await connection.fetchrow(SQL["explored"], stream_id)
    assert row is not None  # noqa: S101  an aggregate has a row
    return Explored(**row)


async def last_job(connection: Connection, connection_id: ConnectionId) -> LastJob | None:
    row = await connection.fetchrow(SQL["last_job"], connection_id)
    return LastJob(**row) if row else None


async def _dataset(connection: Connection, row: Row) -> Dataset:
    stream_id = StreamId(row["stream_id"])
    return Dataset(
        connection_id=ConnectionId(row["connection_id"]),
        connection=row["connection"],
        stream_id=stream_id,
        name=row["name"],
        namespace=row["namespace"] or None,
        table=row["table_name"],
        columns=row["columns"],
        rows=await tables.about(connection, Tables.of(row["table_name"]).chart),
        freshness=await freshness(connection, stream_id),
        layers=[layer for layer in Layer if row[f"in_{layer}"]],
        labels=Labels(description=row["description"], tags=row["tags"], owners=row["owners"]),
    )
