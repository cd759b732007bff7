"""/v1/connections/{connectionId}/check-cols: which columns of a stream make a version when they change."""

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from app.api.access import Editor
from app.api.dependencies import Transaction
from app.api.problems import problems
from app.api.public.connection_shapes import StreamView
from app.api.public.connections import ConnectionPath, view_of
from app.api.requests.editing import Edited
from app.api.views import Body
from app.core.catalog import StreamDescriptor
from app.core.errors import (
    ConnectionNotFound,
    EditedMeanwhile,
    InvalidRequest,
    SyncAlreadyRunning,
)
from app.core.ids import ConnectionId
from app.database import turns
from app.sync.connections import check_columns

router = APIRouter(prefix="/connections/{connectionId}/check-cols", tags=["Connections"])


class CheckColumns(Body):
    """Shape: without `checkCols` a change in any column is a version."""

    model_config = ConfigDict(extra="forbid")

    stream: str
    namespace: str | None = None
    check_cols: list[str] = Field(default_factory=list)


@router.put(
    "",
    operation_id="putCheckColumns",
    responses=problems(ConnectionNotFound, SyncAlreadyRunning, InvalidRequest, EditedMeanwhile),
)
async def put_check_columns(
    caller: Editor,
    session: Transaction,
    edited: Edited,
    connection_id: ConnectionPath,
    wanted: CheckColumns,
) -> StreamView:
    """Choose them for a stream that has neither rows nor history yet, or none any more.

    `If-Match` takes the ETag of the connection, which shows them.
    """
    await turns.take(session, connection_id)
    edited.require((await view_of(session, ConnectionId(connection_id))).edited())
    descriptor = StreamDescriptor(wanted.stream, wanted.namespace)
    found = await check_columns.choose(
        session, ConnectionId(connection_id), descriptor, wanted.check_cols
    )
    return StreamView.of(found)
