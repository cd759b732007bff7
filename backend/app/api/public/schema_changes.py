"""Schemas that changed: what waits for a word, what it would touch, what was adopted."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from app.api.access import Editor, Viewer
from app.api.dependencies import Session, Settings, Transaction
from app.api.pagination import Page, Paged, UpTo
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.public.job_shapes import LARGEST_ID
from app.api.views import Body, View, instant
from app.core.catalog import shown
from app.core.errors import (
    ConnectionNotFound,
    InvalidRequest,
    KeyNeedsTheSource,
    SchemaChangeNotFound,
    SyncAlreadyRunning,
)
from app.core.ids import ConnectionId
from app.core.schema_growth import Growth, Rename, Word, possible_renames
from app.sync.connections import (
    backfills,
    connection_store,
    schema_changes,
    schema_impact,
    schema_words,
)
from app.sync.connections.backfills import ColumnBackfill
from app.sync.connections.schema_changes import ChangeStatus, SchemaChange, SchemaVersion
from app.sync.connections.schema_impact import Impact, KeyImpact, PossibleRename
from app.sync.growth import growing

router = APIRouter(tags=["Schema"])

FieldPath = Annotated[list[str], Field(min_length=1, max_length=20)]
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


class FieldRenameBody(Body):
    """Shape: names of object keys, from the record's own field on, as everywhere in Airbyte's API."""

    model_config = ConfigDict(extra="forbid")

    old: FieldPath
    new: FieldPath


class SchemaAdoptBody(Body):
    """What is said beyond yes.

    Shape: `renames` are fields whose column goes on under another name; `primaryKey` where the source declares
    none, or another is meant; `backfill` if rows that are there shall have the values that explore has of new
    columns.
    """

    model_config = ConfigDict(extra="forbid")

    renames: list[FieldRenameBody] = Field(default_factory=list, max_length=320)
    primary_key: list[FieldPath] = Field(default_factory=list, max_length=32)
    backfill: bool = False

    @property
    def word(self) -> Word:
        return Word(
            renames=tuple(Rename(tuple(one.old), tuple(one.new)) for one in self.renames),
            primary_key=tuple(tuple(path) for path in self.primary_key),
            backfills=self.backfill,
        )


class RenameView(View):
    """A field that may only have another name now; nothing is adopted so without a word."""

    old: list[str]
    new: list[str]

    @classmethod
    def of(cls, rename: Rename) -> "RenameView":
        return cls(old=list(rename.old), new=list(rename.new))


class BackfillView(View):
    """Shape: `rows` of chart and `versions` of history have a value by it; `misfits` do not fit their column;
    `doneAt` none until a job has filled all."""

    columns: list[str]
    rows: int
    versions: int
    misfits: int
    done_at: str | None

    @classmethod
    def of(cls, found: ColumnBackfill) -> "BackfillView":
        return cls(
            columns=list(found.columns),
            rows=found.rows,
            versions=found.versions,
            misfits=found.misfits,
            done_at=instant(found.done_at) if found.done_at else None,
        )


class SchemaChangeView(View):
    """Shape: `accepted` waits for the next job, which makes chart and history anew by `primaryKey`."""

    change_id: int
    stream: str
    namespace: str | None
    status: ChangeStatus
    breaking: bool
    changes: list[GrowthView]
    possible_renames: list[RenameView]
    primary_key: list[list[str]] | None
    backfill: BackfillView | None
    version: int | None
    found_at: str
    decided_at: str | None

    @classmethod
    def of(cls, change: SchemaChange, backfill: ColumnBackfill | None = None) -> "SchemaChangeView":
        return cls(
            change_id=change.change_id,
            stream=change.descriptor.name,
            namespace=change.descriptor.namespace,
            status=change.status,
            breaking=change.is_breaking,
            changes=[GrowthView.of(one) for one in change.growth],
            possible_renames=[RenameView.of(one) for one in possible_renames(change.growth)],
            primary_key=[list(path) for path in change.primary_key] or None,
            backfill=BackfillView.of(backfill) if backfill else None,
            version=change.version,
            found_at=instant(change.found_at),
            decided_at=instant(change.decided_at) if change.decided_at else None,
        )


class ImpactView(View):
    """Shape: `columns` of tables that hold the field now; `mask` as it is decided; `checks` that look at it;
    `views` of the database that read it. Readers that are no views are not known to Atlas."""

    change: GrowthView
    columns: list[str]
    mask: str | None
    checks: list[str]
    views: list[str]

    @classmethod
    def of(cls, impact: Impact) -> "ImpactView":
        return cls(
            change=GrowthView.of(impact.growth),
            columns=list(impact.columns),
            mask=impact.mask,
            checks=list(impact.checks),
            views=list(impact.views),
        )


class PossibleRenameView(View):
    """Shape: of `compared` records with the new field that have one of their key with the old, `agreeing` have
    one value in both; null where that took too long."""

    old: list[str]
    new: list[str]
    column: str
    compared: int | None
    agreeing: int | None

    @classmethod
    def of(cls, found: PossibleRename) -> "PossibleRenameView":
        return cls(
            old=list(found.rename.old),
            new=list(found.rename.new),
            column=found.column,
            compared=found.compared,
            agreeing=found.agreeing,
        )


class KeyImpactView(View):
    """Shape: of `records` in explore those `withoutKey` would go to quarantine; `keys` tell the others apart;
    null where that took too long."""

    before: list[list[str]]
    after: list[list[str]]
    records: int | None
    without_key: int | None
    keys: int | None

    @classmethod
    def of(cls, found: KeyImpact) -> "KeyImpactView":
        return cls(
            before=[list(path) for path in found.before],
            after=[list(path) for path in found.after],
            records=found.records,
            without_key=found.without_key,
            keys=found.keys,
        )


class ImpactList(View):
    """Shape: `key` where another key is declared; `renames` without those that most records speak against."""

    data: list[ImpactView]
    renames: list[PossibleRenameView]
    key: KeyImpactView | None


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
    caller: Viewer,
    session: Session,
    paged: Paged,
    connection_id: ConnectionPath,
    status: Annotated[ChangeStatus | None, Query()] = None,
    up_to: UpTo = None,
) -> Page[SchemaChangeView]:
    """What a connection's source was seen to have changed, the newest first."""
    found = await connection_store.present(session, ConnectionId(connection_id))
    changes = await schema_changes.listed(
        session, found.connection_id, status, paged.wanted, paged.offset, up_to
    )
    kept = paged.up_to(up_to, changes[0].change_id if changes else None)
    return paged.page([await _shown(session, change) for change in changes], **kept)


@router.get(
    "/connections/{connectionId}/schema-versions",
    operation_id="listSchemaVersions",
    responses=problems(ConnectionNotFound),
)
async def list_schema_versions(
    caller: Viewer, session: Session, connection_id: ConnectionPath
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
async def get_schema_change_impact(
    caller: Viewer, session: Session, change_id: ChangePath
) -> ImpactList:
    """What adopting a change would touch: columns, masks, checks, views, keys. Nothing is changed."""
    change = await schema_changes.get(session, change_id)
    key = await schema_impact.key_impact(session, change)
    return ImpactList(
        data=[ImpactView.of(one) for one in await schema_impact.impact(session, change)],
        renames=[
            PossibleRenameView.of(one) for one in await schema_impact.renames(session, change)
        ],
        key=KeyImpactView.of(key) if key else None,
    )


@router.post(
    "/schema-changes/{changeId}/adopt",
    operation_id="adoptSchemaChange",
    responses=problems(SchemaChangeNotFound, InvalidRequest, SyncAlreadyRunning, KeyNeedsTheSource),
)
async def adopt_schema_change(
    caller: Editor,
    session: Transaction,
    settings: Settings,
    change_id: ChangePath,
    said: SchemaAdoptBody | None = None,
) -> SchemaChangeView:
    """Read the stream as the source offers it now, from the next job on.

    Another key is `accepted`: the next job makes chart and history anew by it before it reads.
    """
    word = (said or SchemaAdoptBody()).word
    change = await growing.adopt(session, change_id, settings.column_limit, word)
    return await _shown(session, change)


@router.post(
    "/schema-changes/{changeId}/reject",
    operation_id="rejectSchemaChange",
    responses=problems(SchemaChangeNotFound, InvalidRequest, SyncAlreadyRunning),
)
async def reject_schema_change(
    caller: Editor, session: Transaction, change_id: ChangePath
) -> SchemaChangeView:
    """Go on reading the stream as it is configured; explore keeps what else the source sends."""
    return SchemaChangeView.of(await schema_words.reject(session, change_id))


async def _shown(session: Session, change: SchemaChange) -> SchemaChangeView:
    asked = await backfills.of_version(session, change.stream_id, change.version)
    return SchemaChangeView.of(change, asked)
