"""A stream, an attempt at it, and what became of it, for the tests of this room."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from app.core.catalog import Path, StreamDescriptor, SyncMode
from app.core.errors import AtlasError
from app.core.findings import Action, Entity, PathDecision, Verdict
from app.core.ids import AttemptId, ConnectionId, JobId, RunId, StreamId
from app.core.jobs import Attempt, Ledger, Route
from app.core.layout import Column, Layout
from app.core.records import Mode
from app.core.schema import ColumnType
from app.database.address import DatabaseAddress
from app.lineage.emitter import LineageWriter
from app.lineage.events import EventType, Witnessed
from app.lineage.facets import StreamFacets

ADDRESS = DatabaseAddress("db", 5432, "atlas")
RUN = RunId(UUID("0198c0de-0000-7000-8000-000000000001"))

ATTEMPT = Attempt(
    attempt_id=AttemptId(1),
    job_id=JobId(7),
    connection_id=ConnectionId(UUID(int=1)),
    number=2,
    epoch=1,
    run_id=RUN,
    mode=Mode.MOCK,
)

USERS = Layout(
    stream_id=StreamId(1),
    descriptor=StreamDescriptor("users"),
    table="test_users",
    sync_mode=SyncMode.INCREMENTAL_DEDUPED_HISTORY,
    columns=(
        Column(path=("id",), name="id", type=ColumnType.BIGINT),
        Column(path=("eMail",), name="email_1a2b3c4d", type=ColumnType.TEXT),
        Column(path=("age",), name="age", type=ColumnType.BIGINT),
        Column(path=("address",), name="address", type=ColumnType.JSONB),
        Column(path=("updated_at",), name="updated_at", type=ColumnType.TIMESTAMPTZ),
    ),
    primary_key=(("id",),),
    cursor_field=("updated_at",),
    has_rest=True,
)
WITHOUT_KEY = replace(
    USERS, primary_key=(), cursor_field=(), sync_mode=SyncMode.FULL_REFRESH_APPEND, has_rest=False
)
FLATTENED = replace(
    USERS,
    columns=(
        *USERS.columns,
        Column(path=("address", "street"), name="address__street", type=ColumnType.TEXT),
        Column(path=("address", "zip"), name="address__zip", type=ColumnType.BIGINT),
    ),
)
WITHOUT_CURSOR = replace(USERS, cursor_field=(), sync_mode=SyncMode.FULL_REFRESH_OVERWRITE)

BOOKS = Ledger(
    stream_id=1,
    namespace=None,
    name="users",
    table="test_users",
    read=10,
    rejected=1,
    unchanged=0,
    explored=9,
    charted=5,
    superseded=2,
    quarantined=1,
    deleted=1,
    held=0,
    versions=6,
    size_bytes=5_690,
    is_balanced=True,
)


def mask(*path: str, entity: Entity | None = None) -> PathDecision:
    return PathDecision(path=path, verdict=Verdict.PERSONAL, entity=entity, action=Action.MASK)


MASKED: dict[Path, PathDecision] = {
    decision.path: decision
    for decision in (
        mask("eMail", entity=Entity.EMAIL_ADDRESS),
        mask("age"),
        mask("address", "street", entity=Entity.STREET_ADDRESS),
        mask("address", "name of somebody", entity=Entity.PERSON),
        PathDecision(path=("id",), verdict=Verdict.CLEAN),
    )
}


ROUTE = Route(connection="daily", source="test", connector="source-faker")


def facets(layout: Layout = USERS, *, is_complete: bool = True) -> StreamFacets:
    return StreamFacets(
        address=ADDRESS,
        route=ROUTE,
        layout=layout,
        decisions=MASKED if is_complete else None,
        books=BOOKS if is_complete else None,
    )


def witnessed(
    event_type: EventType = EventType.COMPLETE,
    layout: Layout = USERS,
    failure: AtlasError | None = None,
) -> Witnessed:
    return Witnessed(
        event_type=event_type,
        at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        namespace="atlas",
        version="0.1.0",
        attempt=ATTEMPT,
        facets=facets(layout, is_complete=event_type in (EventType.RUNNING, EventType.COMPLETE)),
        failure=failure,
    )


def writer() -> LineageWriter:
    return LineageWriter(address=ADDRESS, namespace="atlas", version="0.1.0")
