"""Schemas that changed: what waits for a word, what it would touch, what was adopted."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.api.dependencies import Session, Settings, Transaction
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.public.jobs import LARGEST_ID
from app.api.views import View, instant
from app.core.catalog import shown
from app.core.errors import (
    ConnectionNotFound,
    InvalidRequest,
    SchemaChangeNotFound,
    SyncAlreadyRunning,
)
from app.core.ids import ConnectionId
from app.core.schema_growth import Growth
from app.sync.connections import connection_store, schema_changes
from app.sync.connections.schema_changes import (
    ChangeStatus,
    Impact,
    SchemaChange,
    SchemaVersion,
)

router = APIRouter(tags=["Schema"])

ChangePath = Annotated[int, Path(alias="changeId", ge=0, le=LARGEST_ID)]


class GrowthView(View):
    """One thing that is other than before. Shape: `willBe` takes what the column had and what comes."""

    kind: str
    field: str | None
    was: str | None
    will_be: str | None
    breaking: bool

    @classmethod
    def of(cls, growth: Growth) -> "GrowthView":
        return cls(
            kind=growth.kind,
            field=None if growth.field is None else shown(growth.field),
            was=growth.was,
            will_be=growth.will_be,
            breaking=growth.is_breaking,
        )


class SchemaChangeView(View):
    change_id: int
    stream: str
    namespace: str | None
    status: ChangeStatus
    breaking: bool
    changes: list[GrowthView]
    version: int | None
    found_at: str
    decided_at: str | None

    @classmethod
    def of(cls, change: SchemaChange) -> "SchemaChangeView":
        return cls(
            change_id=change.change_id,
            stream=change.descriptor.name,
            namespace=change.descriptor.namespace,
            status=change.status,
            breaking=change.is_breaking,
            changes=[GrowthView.of(one) for one in change.growth],
            version=change.version,
            found_at=instant(change.found_at),
            decided_at=instant(change.decided_at) if change.decided_at else None,
        )


class ImpactView(View):
    """Shape: `columns` of tables that hold the field now; `mask` as it is decided; `checks` that look at it."""

    change: GrowthView
    columns: list[str]
    mask: str | None
    checks: list[str]

    @classmethod
    def of(cls, impact: Impact) -> "ImpactView":
        return cls(
            change=GrowthView.of(impact.growth),
            columns=list(impact.columns),
            mask=impact.mask,
            checks=list(impact.checks),
        )


class ImpactList(View):
    data: list[ImpactView]


class SchemaVersionView(View):
    """Shape: `adoptedBy` is `connected`, `policy` or `person`."""

    stream: str
    namespace: str | None
    version: int
    adopted_by: str
    job_id: int | None
    adopted_at: str
    fields: list[str]

    @classmethod
    def of(cls, version: SchemaVersion) -> "SchemaVersionView":
        return cls(
            stream=version.stream.name,
            namespace=version.stream.namespace,
            version=version.version,
            adopted_by=version.adopted_by,
            job_id=version.job_id,
            adopted_at=instant(version.adopted_at),
            fields=list(version.fields),
        )


class SchemaVersionList(View):
    data: list[SchemaVersionView]


@router.get(
    "/connections/{connectionId}/schema-changes",
    operation_id="listSchemaChanges",
    responses=problems(ConnectionNotFound),
)
async def list_schema_changes(
    session: Session,
    paged: Paged,
    connection_id: ConnectionPath,
    status: Annotated[ChangeStatus | None, Query()] = None,
) -> Page[SchemaChangeView]:
    """What a connection's source was seen to have changed, the newest first."""
    found = await connection_store.present(session, ConnectionId(connection_id))
    changes = await schema_changes.listed(
        session, found.connection_id, status, paged.wanted, paged.offset
    )
    return paged.page([SchemaChangeView.of(change) for change in changes])


@router.get(
    "/connections/{connectionId}/schema-versions",
    operation_id="listSchemaVersions",
    responses=problems(ConnectionNotFound),
)
async def list_schema_versions(
    session: Session, connection_id: ConnectionPath
) -> SchemaVersionList:
    """The schemas that a connection's streams were read by: which fields, since when, by whose word."""
    found = await connection_store.present(session, ConnectionId(connection_id))
    kept = await schema_changes.versions(session, found.connection_id)
    return SchemaVersionList(data=[SchemaVersionView.of(version) for version in kept])


@router.get(
    "/schema-changes/{changeId}/impact",
    operation_id="getSchemaChangeImpact",
    responses=problems(SchemaChangeNotFound),
)
async def get_schema_change_impact(session: Session, change_id: ChangePath) -> ImpactList:
    """What adopting a change would touch: columns, masks, checks. Nothing is changed."""
    change = await schema_changes.get(session, change_id)
    return ImpactList(
        data=[ImpactView.of(one) for one in await schema_changes.impact(session, change)]
    )


@router.post(
    "/schema-changes/{changeId}/adopt",
    operation_id="adoptSchemaChange",
    responses=problems(SchemaChangeNotFound, InvalidRequest, SyncAlreadyRunning),
)
async def adopt_schema_change(
    session: Transaction, settings: Settings, change_id: ChangePath
) -> SchemaChangeView:
    """Read the stream as the source offers it now, from the next job on."""
    return SchemaChangeView.of(
        await schema_changes.adopt(session, change_id, settings.column_limit)
    )


@router.post(
    "/schema-changes/{changeId}/reject",
    operation_id="rejectSchemaChange",
    responses=problems(SchemaChangeNotFound, InvalidRequest, SyncAlreadyRunning),
)
async def reject_schema_change(session: Transaction, change_id: ChangePath) -> SchemaChangeView:
    """Go on reading the stream as it is configured; explore keeps what else the source sends."""
    return SchemaChangeView.of(await schema_changes.reject(session, change_id))
