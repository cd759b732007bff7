"""/v1/connections/{connectionId}/tables: what stands in PostgreSQL, and what is done with it."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from app.api.access import Admin, Editor, Viewer
from app.api.dependencies import Database, MaskKeys, Session, Settings, Transaction
from app.api.pagination import Page, Paged, UpTo
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.views import Body, View, instant
from app.core.catalog import StreamDescriptor
from app.core.errors import (
    ConnectionNotFound,
    InvalidRequest,
    StreamNotFound,
    SyncAlreadyRunning,
    TablesInUse,
    TableTaken,
    ViewsInTheWay,
)
from app.core.failures import MaskKeyMismatch
from app.core.ids import ConnectionId
from app.sync.connections import adopting, connection_store, stream_life, table_acts
from app.sync.connections.adopting import Adoption
from app.sync.connections.table_acts import Act, StreamTables

router = APIRouter(prefix="/connections/{connectionId}", tags=["Connections"])


class ChosenStream(Body):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=1_000)]
    namespace: str | None = None

    @property
    def descriptor(self) -> StreamDescriptor:
        return StreamDescriptor(self.name, self.namespace or None)


class DropBody(Body):
    """Which streams' tables go; none named means all of the connection's."""

    model_config = ConfigDict(extra="forbid")

    streams: Annotated[list[ChosenStream], Field(max_length=10_000)] = Field(default_factory=list)


class TableRenameBody(ChosenStream):
    """Shape: `table` is the name that chart's table has then; the others follow it."""

    table: Annotated[str, Field(min_length=1, max_length=100)]


class StreamBody(ChosenStream):
    """Shape: `read` false leaves the stream out of its connection, true takes it up again."""

    read: bool


class StreamRenameBody(ChosenStream):
    """Shape: what the source calls the stream by now."""

    new_name: Annotated[str, Field(min_length=1, max_length=1_000)]
    new_namespace: str | None = None

    @property
    def becomes(self) -> StreamDescriptor:
        return StreamDescriptor(self.new_name, self.new_namespace or None)


class TableAdoptBody(Body):
    """Shape: `withState` to go on where the deleted connection stood in its source."""

    model_config = ConfigDict(extra="forbid")

    from_connection_id: UUID
    with_state: bool = False


class TableView(View):
    """Shape: no `rows` of a view; `estimated` if they were too many to count."""

    table: str
    rows: int | None
    estimated: bool | None


class StreamTablesView(View):
    """Shape: `dependents` are views of others that read the stream's tables."""

    stream: str
    namespace: str | None
    read: bool
    tables: list[TableView]
    quarantined: int
    state: bool
    dependents: list[str]

    @classmethod
    def of(cls, found: StreamTables) -> "StreamTablesView":
        counts, descriptor = found.counts(), found.stream.layout.descriptor
        return cls(
            stream=descriptor.name,
            namespace=descriptor.namespace,
            read=found.is_read,
            tables=[
                TableView(
                    table=one.table.dotted,
                    rows=counts[one.table.dotted],
                    estimated=one.rows.is_estimate if one.rows else None,
                )
                for one in found.tables
            ],
            quarantined=found.quarantined,
            state=found.has_state,
            dependents=list(found.dependents),
        )


class TablesView(View):
    data: list[StreamTablesView]

    @classmethod
    def of(cls, found: Sequence[StreamTables]) -> "TablesView":
        return cls(data=[StreamTablesView.of(one) for one in found])


class RenamedView(View):
    """Shape: each relation that there is, and what it is called then."""

    tables: dict[str, str]


class AdoptionView(View):
    stream: str
    namespace: str | None
    tables: StreamTablesView

    @classmethod
    def of(cls, found: Adoption) -> "AdoptionView":
        descriptor = found.new.configured.descriptor
        return cls(
            stream=descriptor.name,
            namespace=descriptor.namespace,
            tables=StreamTablesView.of(found.found),
        )


class AdoptionList(View):
    data: list[AdoptionView]


class TableActView(View):
    act_id: int
    stream: str
    namespace: str | None
    act: str
    facts: Mapping[str, object]
    done_at: str

    @classmethod
    def of(cls, act: Act) -> "TableActView":
        return cls(
            act_id=act.act_id,
            stream=act.stream.name,
            namespace=act.stream.namespace,
            act=act.act,
            facts=act.facts,
            done_at=instant(act.done_at),
        )


@router.get("/tables", operation_id="listTables", responses=problems(ConnectionNotFound))
async def list_tables(
    caller: Viewer, session: Session, connection_id: ConnectionPath
) -> TablesView:
    """What stands of a connection's streams, deleted or not: what `drop` would take."""
    return TablesView.of(await table_acts.standing(session, ConnectionId(connection_id)))


@router.post(
    "/tables/drop",
    operation_id="dropTables",
    responses=problems(ConnectionNotFound, StreamNotFound, TablesInUse, SyncAlreadyRunning),
)
async def drop_tables(
    caller: Admin, session: Transaction, connection_id: ConnectionPath, wanted: DropBody
) -> TablesView:
    """Drop tables of a deleted connection, or of streams that are read no more: with history, quarantine and
    state. The answer is what stood there; the books stay."""
    chosen = [one.descriptor for one in wanted.streams]
    return TablesView.of(await table_acts.drop(session, ConnectionId(connection_id), chosen))


@router.post(
    "/tables/rename/preview",
    operation_id="previewTableRename",
    responses=problems(
        ConnectionNotFound, StreamNotFound, InvalidRequest, TableTaken, SyncAlreadyRunning
    ),
)
async def preview_rename(
    caller: Viewer, database: Database, connection_id: ConnectionPath, wanted: TableRenameBody
) -> RenamedView:
    """What a rename would do, done and taken back at once."""
    told: Mapping[str, str] = {}
    async with database.rehearsal() as session:
        told = await table_acts.rename(
            session, ConnectionId(connection_id), wanted.descriptor, wanted.table
        )
    return RenamedView(tables=dict(told))


@router.post(
    "/tables/rename",
    operation_id="renameTables",
    responses=problems(
        ConnectionNotFound, StreamNotFound, InvalidRequest, TableTaken, SyncAlreadyRunning
    ),
)
async def rename_tables(
    caller: Editor, session: Transaction, connection_id: ConnectionPath, wanted: TableRenameBody
) -> RenamedView:
    """Rename a stream's tables, views and function in one transaction; views of others go on."""
    told = await table_acts.rename(
        session, ConnectionId(connection_id), wanted.descriptor, wanted.table
    )
    return RenamedView(tables=dict(told))


_OF_STREAM = problems(ConnectionNotFound, StreamNotFound, InvalidRequest, SyncAlreadyRunning)


@router.post("/streams", operation_id="setStreamRead", responses=_OF_STREAM)
async def set_stream_read(
    caller: Editor, session: Transaction, connection_id: ConnectionPath, wanted: StreamBody
) -> StreamTablesView:
    """Leave a stream out of its connection, or take it up again: its tables, history and state stay."""
    found = await stream_life.set_read(
        session, ConnectionId(connection_id), wanted.descriptor, is_read=wanted.read
    )
    return StreamTablesView.of(found)


@router.post("/streams/rename/preview", operation_id="previewStreamRename", responses=_OF_STREAM)
async def preview_stream_rename(
    caller: Viewer, database: Database, connection_id: ConnectionPath, wanted: StreamRenameBody
) -> StreamTablesView:
    """What a rename would leave of a stream, done and taken back at once."""
    found: list[StreamTables] = []
    async with database.rehearsal() as session:
        place = (ConnectionId(connection_id), wanted.descriptor, wanted.becomes)
        found.append(await stream_life.rename(session, *place))
    return StreamTablesView.of(found[0])


@router.post("/streams/rename", operation_id="renameStream", responses=_OF_STREAM)
async def rename_stream(
    caller: Editor, session: Transaction, connection_id: ConnectionPath, wanted: StreamRenameBody
) -> StreamTablesView:
    """Follow a source that calls a stream otherwise by now: into the same tables, from its beginning."""
    place = (ConnectionId(connection_id), wanted.descriptor, wanted.becomes)
    return StreamTablesView.of(await stream_life.rename(session, *place))


@router.post(
    "/adoption/preview",
    operation_id="previewAdoption",
    responses=problems(ConnectionNotFound, TablesInUse),
)
async def preview_adoption(
    caller: Editor, session: Session, connection_id: ConnectionPath, wanted: TableAdoptBody
) -> AdoptionList:
    """Which tables of a deleted connection this one would take over."""
    pairs = await adopting.foresee(
        session,
        ConnectionId(connection_id),
        ConnectionId(wanted.from_connection_id),
        with_state=wanted.with_state,
    )
    return AdoptionList(data=[AdoptionView.of(pair) for pair in pairs])


@router.post(
    "/adoption",
    operation_id="adoptTables",
    responses=problems(
        ConnectionNotFound, TablesInUse, SyncAlreadyRunning, MaskKeyMismatch, ViewsInTheWay
    ),
)
async def adopt_tables(
    caller: Editor,
    session: Transaction,
    keys: MaskKeys,
    settings: Settings,
    connection_id: ConnectionPath,
    wanted: TableAdoptBody,
) -> AdoptionList:
    """Take over tables of a deleted connection, with history, quarantine and books, before the first job."""
    pairs = await adopting.adopt(
        session,
        keys,
        ConnectionId(connection_id),
        ConnectionId(wanted.from_connection_id),
        with_state=wanted.with_state,
        column_limit=settings.column_limit,
    )
    return AdoptionList(data=[AdoptionView.of(pair) for pair in pairs])


@router.get("/tables/acts", operation_id="listTableActs", responses=problems(ConnectionNotFound))
async def list_acts(
    caller: Viewer,
    session: Session,
    paged: Paged,
    connection_id: ConnectionPath,
    up_to: UpTo = None,
) -> Page[TableActView]:
    """What was done with a connection's tables, the newest first."""
    found = await connection_store.get_connection(session, ConnectionId(connection_id))
    acts = await table_acts.acts(session, found.connection_id, paged.wanted, paged.offset, up_to)
    kept = paged.up_to(up_to, acts[0].act_id if acts else None)
    return paged.page([TableActView.of(act) for act in acts], **kept)
