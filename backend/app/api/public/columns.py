"""/v1/connections/{connectionId}/columns: which column holds which field, and what may become of it."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from app.api.access import Editor, Viewer
from app.api.dependencies import Session, Transaction
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.requests.editing import Edited
from app.api.views import Body, View
from app.core.connections import ConnectedStream, Connection
from app.core.errors import (
    ConnectionNotFound,
    EditedMeanwhile,
    InvalidRequest,
    SyncAlreadyRunning,
    ViewsInTheWay,
)
from app.core.ids import ConnectionId
from app.core.layout import Column, Contract, variant_of
from app.database import turns
from app.sync.connections import connection_store, schema_words

router = APIRouter(prefix="/connections/{connectionId}/columns", tags=["Schema"])


class ContractPatch(Body):
    """Shape: `evolve` widens the column with its field; the others keep its type, and what does not fit
    goes by the connection's `onMisfit` (`freeze`), becomes null, sends its row to quarantine, or stands as JSON
    beside it, in `{column}__variant` (`variant`)."""

    model_config = ConfigDict(extra="forbid")

    stream: str
    namespace: str | None = None
    field: str
    inner: list[str] = Field(default_factory=list, max_length=1)
    contract: Contract

    @property
    def path(self) -> tuple[str, ...]:
        return (self.field, *self.inner)


class TableColumnView(View):
    """Shape: `table` is chart's, of the stream or of the items of a field's arrays; `inner` is what lies in
    the field, empty for the field itself, `[]` for an item; `sinceVersion` the schema version that brought
    the column; `formerly` what the field was called before it was renamed; `variant` the column beside it for
    values that did not fit."""

    stream: str
    namespace: str | None
    field: str
    inner: list[str]
    formerly: list[list[str]]
    table: str
    column: str
    type: str
    required: bool
    contract: Contract
    since_version: int
    variant: str | None

    @classmethod
    def of(cls, stream: ConnectedStream, table: str, column: Column) -> "TableColumnView":
        return cls(
            stream=stream.layout.descriptor.name,
            namespace=stream.layout.descriptor.namespace,
            field=column.field,
            inner=list(column.path[1:]),
            table=table,
            column=column.name,
            type=column.type,
            required=column.is_required,
            contract=column.contract,
            since_version=column.since,
            formerly=[list(path) for path in column.formerly],
            variant=variant_of(column).name if column.has_variant else None,
        )


class ColumnList(View):
    data: list[TableColumnView]


@router.get("", operation_id="listColumns", responses=problems(ConnectionNotFound))
async def list_columns(
    caller: Viewer,
    session: Session,
    edited: Edited,
    connection_id: ConnectionPath,
    stream: Annotated[str | None, Query(description="Of this stream alone.")] = None,
) -> ColumnList:
    """The columns of a connection's streams, in order; those of its child tables after its own."""
    found = await connection_store.present(session, ConnectionId(connection_id))
    return edited.shown(_columns(found, stream), edited=_columns(found))


@router.patch(
    "",
    operation_id="patchColumn",
    responses=problems(
        ConnectionNotFound, InvalidRequest, SyncAlreadyRunning, ViewsInTheWay, EditedMeanwhile
    ),
)
async def patch_column(
    caller: Editor,
    session: Transaction,
    edited: Edited,
    connection_id: ConnectionPath,
    wanted: ContractPatch,
) -> TableColumnView:
    """Say what may become of one field's column, for the jobs that begin after it.

    A first `variant` adds a column to the stream's tables, so no job may run meanwhile. `If-Match` takes the
    ETag of the columns' list.
    """
    await turns.take(session, connection_id)
    found = await connection_store.present(session, ConnectionId(connection_id))
    edited.require(_columns(found))
    await schema_words.set_contract(
        session, found.connection_id, _named(found, wanted), wanted.path, wanted.contract
    )
    found = await connection_store.present(session, ConnectionId(connection_id))
    stream = _named(found, wanted)
    column = stream.layout.column_at(wanted.path)
    assert column is not None  # noqa: S101  its contract was just set
    return TableColumnView.of(stream, stream.layout.table, column)


def _columns(connection: Connection, stream: str | None = None) -> ColumnList:
    return ColumnList(
        data=[
            TableColumnView.of(one, table, column)
            for one in connection.streams
            if stream in (None, one.layout.descriptor.name)
            for table, column in one.layout.columns_by_table()
        ]
    )


def _named(connection: Connection, wanted: ContractPatch) -> ConnectedStream:
    """Errors: InvalidRequest."""
    for stream in connection.streams:
        descriptor = stream.layout.descriptor
        if (descriptor.name, descriptor.namespace) == (wanted.stream, wanted.namespace):
            return stream
    raise InvalidRequest("The connection has no such stream.")
