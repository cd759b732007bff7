"""/v1/datasets/{connectionId}/{stream}/sample: some rows of a layer, and what joins one record in all of them."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.api.access import Viewer, require
from app.api.audit_trail import note_look
from app.api.dependencies import Transaction
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.public.looks import note_look_at_rows
from app.api.public.passports import Namespace, StreamPath
from app.api.views import View
from app.core.access import Role
from app.core.connections import ConnectedStream
from app.core.errors import ConnectionNotFound, Forbidden, InvalidRequest, StreamNotFound
from app.core.ids import ConnectionId
from app.database.pool import Connection as Session
from app.layers import reader, tables
from app.layers.tables import Tables
from app.sync.datasets import dataset_store
from app.sync.datasets.dataset_store import Layer

router = APIRouter(prefix="/datasets", tags=["Datasets"])

_MOST_ROWS = 100


class SampleRecordView(View):
    """A record as it was sent. Shape: `text` is its JSON, so that no number is changed."""

    batch_id: int
    seq: int
    text: str


class PlaceView(View):
    """What joins a row of chart to the other layers. Shape: `keyHash` leads to its versions in navigate, none in a
    stream without a key; `batchId` and `seq` to the record in explore that brought it."""

    key_hash: str | None
    batch_id: int
    seq: int


class SampleView(View):
    """Shape: `rows` of chart and navigate, masked as they are; `places` of chart's, in the same order; `records` of
    explore, unmasked."""

    layer: Layer
    table: str
    rows: list[dict[str, object]] | None = None
    places: list[PlaceView] | None = None
    records: list[SampleRecordView] | None = None


@router.get(
    "/{connectionId}/{stream:path}/sample",
    operation_id="getDatasetSample",
    responses=problems(ConnectionNotFound, StreamNotFound, InvalidRequest, Forbidden),
)
async def get_sample(
    caller: Viewer,
    request: Request,
    session: Transaction,
    connection_id: ConnectionPath,
    stream: StreamPath,
    layer: Layer = Layer.CHART,
    limit: Annotated[int, Query(ge=1, le=_MOST_ROWS)] = 10,
    batch_id: Annotated[
        int | None,
        Query(alias="batchId", ge=1, description="With seq: this record of explore alone."),
    ] = None,
    seq: Annotated[int | None, Query(ge=0, description="Its place within the batch.")] = None,
    namespace: Namespace = None,
) -> SampleView:
    """A few rows of chart, or of navigate's current ones; records of explore for an admin, whose look is noted, as one at a
    column is that a person has unmasked.

    Each row of chart comes with the place of its record in explore, and with its key's hash, by which its passport
    has its versions in navigate: so the three layers of one record are laid side by side.
    """
    owner = ConnectionId(connection_id)
    found = await dataset_store.find(session, owner, stream, namespace)
    names = Tables.of(found.layout.table)
    place = _place(layer, batch_id, seq)
    if layer is Layer.EXPLORE:
        await require(request, caller, Role.ADMIN, "connectionId", connection_id)
        batch, records = await _records(session, found, limit, place)
        where = {} if place is None else {"seq": place[1]}
        await note_look(request, session, caller, layer=layer, records=len(records), batchId=batch, **where)  # fmt: skip
        shown = [SampleRecordView(batch_id=r.batch_id, seq=r.seq, text=r.data) for r in records]
        return SampleView(layer=layer, table=names.explore.dotted, records=shown)
    table = names.chart if layer is Layer.CHART else names.current
    if not await tables.exists(session, table):
        raise InvalidRequest("Nothing of this stream was published yet.")
    if layer is Layer.CHART:
        charted = await reader.some_chart_rows(session, found.layout, limit)
        await note_look_at_rows(request, session, caller, found, len(charted))
        return SampleView(
            layer=layer,
            table=table.dotted,
            rows=[_without_none(reader.values_of(one.row)) for one in charted],
            places=[PlaceView(key_hash=one.key_hash, batch_id=one.batch_id, seq=one.seq) for one in charted],
        )  # fmt: skip
    rows = [
        reader.values_of(row) for row in await reader.some_rows(session, found.layout, table, limit)
    ]
    await note_look_at_rows(request, session, caller, found, len(rows))
    return SampleView(layer=layer, table=table.dotted, rows=[_without_none(row) for row in rows])


def _place(layer: Layer, batch_id: int | None, seq: int | None) -> tuple[int, int] | None:
    """Errors: InvalidRequest, if half of a place is named, or one outside explore."""
    if batch_id is None and seq is None:
        return None
    if batch_id is None or seq is None or layer is not Layer.EXPLORE:
        raise InvalidRequest("One record is of explore, and named by batchId and seq together.")
    return batch_id, seq


async def _records(
    session: Session, stream: ConnectedStream, limit: int, place: tuple[int, int] | None
) -> tuple[int | None, Sequence[reader.RawRecord]]:
    """The record of a place, or the first ones of the newest batch; and which batch that is."""
    if place is not None:
        return place[0], await reader.one_record(session, stream.layout, *place)
    explored = await dataset_store.explored(session, stream.stream_id)
    if explored.newest is None:
        return None, []
    records = await reader.some_records(session, stream.layout, explored.newest, limit)
    return explored.newest, records


def _without_none(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None}
