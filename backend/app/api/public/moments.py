"""/v1/datasets/{connectionId}/{stream}/as-of and /diff: a dataset at a moment, and between two."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.api.access import Viewer
from app.api.dependencies import Transaction
from app.api.instants import ABOUT, Instant
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.public.looks import note_look_at_rows
from app.api.public.passports import Namespace, StreamPath
from app.api.views import View
from app.core.connections import ConnectedStream
from app.core.errors import ConnectionNotFound, InvalidRequest, StreamNotFound
from app.core.ids import ConnectionId
from app.database.pool import Connection
from app.layers import reader, tables
from app.layers.reader import Difference
from app.layers.tables import Tables
from app.sync.datasets import dataset_store
from app.sync.timetables import schedules

router = APIRouter(prefix="/datasets", tags=["Datasets"])


At = Annotated[Instant, Query(description=ABOUT)]
Recorded = Annotated[
    Instant | None, Query(description="Leave out what was recorded later. " + ABOUT)
]
Since = Annotated[Instant, Query(alias="from", description=ABOUT)]
Until = Annotated[Instant, Query(alias="to", description=ABOUT)]


class Counts(View):
    """Keys, by what became of them between the two moments."""

    added: int
    removed: int
    changed: int
    same: int


class DifferenceView(View):
    """Shape: `kind` is `added`, `removed` or `changed`; `fields` are the columns that differ."""

    key_hash: str
    kind: str
    fields: list[str]
    before: dict[str, object] | None
    after: dict[str, object] | None

    @classmethod
    def of(cls, found: Difference) -> "DifferenceView":
        return cls(
            key_hash=found.key_hash,
            kind=found.kind,
            fields=list(found.fields),
            before=reader.values_of(found.before) if found.before else None,
            after=reader.values_of(found.after) if found.after else None,
        )


class DifferencePage(Page[DifferenceView]):
    counts: Counts


@router.get(
    "/{connectionId}/{stream:path}/as-of",
    operation_id="getDatasetAsOf",
    responses=problems(ConnectionNotFound, StreamNotFound, InvalidRequest),
)
async def get_dataset_as_of(
    caller: Viewer,
    request: Request,
    session: Transaction,
    paged: Paged,
    connection_id: ConnectionPath,
    stream: StreamPath,
    at: At,
    recorded: Recorded = None,
    namespace: Namespace = None,
) -> Page[dict[str, object]]:
    """The rows that were valid at an instant, as navigate shows them, in the order of their keys' hashes.

    By what is known today, or with `recorded` by what was known then; the pages after the first by what was
    known at the first.
    """
    dataset = await _with_history(session, connection_id, stream, namespace)
    known = recorded or await schedules.now(session)
    found = await reader.as_of(session, dataset.layout, at, recorded, paged.wanted, paged.offset)
    page = paged.page([reader.values_of(row) for row in found], recorded=known.isoformat())
    await note_look_at_rows(request, session, caller, dataset, len(page.data))
    return page


@router.get(
    "/{connectionId}/{stream:path}/diff",
    operation_id="getDatasetDiff",
    responses=problems(ConnectionNotFound, StreamNotFound, InvalidRequest),
)
async def get_dataset_diff(
    caller: Viewer,
    request: Request,
    session: Transaction,
    paged: Paged,
    connection_id: ConnectionPath,
    stream: StreamPath,
    since: Since,
    until: Until,
    namespace: Namespace = None,
) -> DifferencePage:
    """What differs between two moments: how many keys, and which, with their rows before and after."""
    dataset = await _with_history(session, connection_id, stream, namespace)
    layout = dataset.layout
    found = await reader.differences(session, layout, since, until, paged.wanted, paged.offset)
    page = paged.page([DifferenceView.of(one) for one in found])
    counts = await reader.counted(session, layout, since, until)
    await note_look_at_rows(request, session, caller, dataset, len(page.data))
    return DifferencePage(
        previous=page.previous, next=page.next, data=page.data, counts=Counts.model_validate(counts)
    )


async def _with_history(
    session: Connection, connection_id: ConnectionPath, stream: str, namespace: str | None
) -> ConnectedStream:
    """Errors: ConnectionNotFound, StreamNotFound; InvalidRequest for a stream that has no history (yet)."""
    found = await dataset_store.find(session, ConnectionId(connection_id), stream, namespace)
    if not found.layout.has_key:
        raise InvalidRequest("A stream without a primary key has no history.")
    if not await tables.exists(session, Tables.of(found.layout.table).history):
        raise InvalidRequest("Nothing of this stream was published yet.")
    return found
