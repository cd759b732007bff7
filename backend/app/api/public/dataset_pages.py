"""/v1/datasets/{connectionId}/{stream}: one dataset through all layers, and what people say of it."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from app.api.access import Editor, Viewer
from app.api.dependencies import Database, Transaction
from app.api.dependencies import Session as SessionOf
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.public.datasets import ColumnView, FreshnessView
from app.api.public.finding_shapes import DecidedPath, decided
from app.api.public.passports import Namespace, StreamPath, moment
from app.api.requests.editing import Edited
from app.api.views import AtlasBody, View, instant
from app.core.catalog import Path
from app.core.connections import ConnectedStream
from app.core.errors import (
    ConnectionNotFound,
    EditedMeanwhile,
    StreamNotFound,
)
from app.core.findings import PathDecision, mask_of
from app.core.ids import ConnectionId
from app.core.layout import Column
from app.database import turns
from app.database.address import address_of
from app.database.pool import Connection as Session
from app.gates.pii import decisions as pii_decisions
from app.layers import tables
from app.layers.tables import RowCount, Tables
from app.sync.connections import connection_store
from app.sync.datasets import dataset_store, labels, profiles
from app.sync.datasets.dataset_store import Explored, LastJob, Layer
from app.sync.datasets.labels import Labels
from app.sync.datasets.profiles import Profile

router = APIRouter(prefix="/datasets", tags=["Datasets"])

Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]


class LabelsView(View):
    """What people say of it. Shape: by whom and when it was last said."""

    description: str | None
    tags: list[str]
    owners: list[str]
    changed_by: str | None
    changed_at: str | None

    @classmethod
    def of(cls, found: Labels) -> "LabelsView":
        return cls(
            description=found.description,
            tags=list(found.tags),
            owners=list(found.owners),
            changed_by=found.changed_by,
            changed_at=moment(found.changed_at) if found.changed_at else None,
        )


class LabelsPatch(AtlasBody):
    """What is left out stays as it is; an empty description or list takes away what was said."""

    description: Annotated[str, Field(max_length=10_000)] | None = None
    tags: Annotated[list[Word], Field(max_length=50)] | None = None
    owners: Annotated[list[Word], Field(max_length=20)] | None = None


class LayerView(View):
    """Shape: `lineageName` is what lineage calls it; `rows` are explore's records by the books, chart's rows, and
    navigate's versions beside them; `rowsEstimated` where they were not counted."""

    layer: Layer
    table: str
    lineage_name: str
    rows: int | None
    rows_estimated: bool | None


class ColumnDecisionView(DecidedPath):
    """What is decided about a column. Shape: `isMasked` if its values are tokens; `path` is that of the decision, which may
    be of what holds it."""

    is_masked: bool

    @classmethod
    def of(cls, decision: PathDecision) -> "ColumnDecisionView":
        return cls(**decided(decision), is_masked=decision.is_masked)


class DatasetColumnView(ColumnView):
    """A column of chart. Shape: its figures are of the last profile that was made; none where there is none."""

    path: list[str]
    required: bool
    is_key: bool
    is_cursor: bool
    decision: ColumnDecisionView | None


class LastJobView(View):
    job_id: int
    job_type: str
    status: str
    mode: str | None
    created_at: str
    ended_at: str | None

    @classmethod
    def of(cls, job: LastJob) -> "LastJobView":
        return cls(
            job_id=job.job_id,
            job_type=job.job_type,
            status=job.status,
            mode=job.mode,
            created_at=instant(job.created_at),
            ended_at=instant(job.ended_at) if job.ended_at else None,
        )


class LinksView(View):
    """Where more of it is, as paths of this API."""

    profile: str
    sample: str
    passport: str
    as_of: str | None
    diff: str | None
    columns: str
    personal_data: str
    quality: str
    lineage: str
    quarantine: str


class DatasetPageView(View):
    """Shape: `profiledAt` of the figures of columns, which are `profileStale` where a promotion came since."""

    connection_id: UUID
    connection: str
    stream: str
    namespace: str | None
    table: str
    sync_mode: str
    primary_key: list[list[str]]
    schema_version: int
    lineage_namespace: str
    labels: LabelsView
    layers: list[LayerView]
    freshness: FreshnessView
    profiled_at: str | None
    profile_stale: bool
    last_job: LastJobView | None
    columns: list[DatasetColumnView]
    links: LinksView


@router.get(
    "/{connectionId}/{stream:path}",
    operation_id="getDataset",
    responses=problems(ConnectionNotFound, StreamNotFound),
)
async def get_dataset(
    caller: Viewer,
    database: Database,
    session: SessionOf,
    edited: Edited,
    connection_id: ConnectionPath,
    stream: StreamPath,
    namespace: Namespace = None,
) -> DatasetPageView:
    """One dataset: its columns with what is decided and known of them, its layers, how new it is, and where more is."""
    owner = ConnectionId(connection_id)
    found = await dataset_store.find(session, owner, stream, namespace)
    connection = await connection_store.get_connection(session, owner)
    profile = await profiles.known(session, found)
    known = await pii_decisions.current(session, found.stream_id)
    job = await dataset_store.last_job(session, owner)
    layout, address = found.layout, address_of(database.dsn)
    said = LabelsView.of(await labels.of_stream(session, found.stream_id))
    page = DatasetPageView(
        connection_id=connection_id,
        connection=connection.name,
        stream=layout.descriptor.name,
        namespace=layout.descriptor.namespace,
        table=layout.table,
        sync_mode=layout.sync_mode,
        primary_key=[list(path) for path in layout.primary_key],
        schema_version=layout.schema_version,
        lineage_namespace=address.namespace,
        labels=said,
        layers=await _layers(session, found, address.database),
        freshness=FreshnessView.of(profile.freshness),
        profiled_at=moment(profile.saved.profiled_at) if profile.saved else None,
        profile_stale=profile.is_stale,
        last_job=LastJobView.of(job) if job else None,
        columns=[_column(found, column, profile, known) for column in layout.columns],
        links=_links(connection_id, found, address.database),
    )
    return edited.shown(page, edited=said)


@router.patch(
    "/{connectionId}/{stream:path}",
    operation_id="patchDataset",
    responses=problems(ConnectionNotFound, StreamNotFound, EditedMeanwhile),
)
async def patch_dataset(
    caller: Editor,
    session: Transaction,
    edited: Edited,
    connection_id: ConnectionPath,
    stream: StreamPath,
    wanted: LabelsPatch,
    namespace: Namespace = None,
) -> LabelsView:
    """Say what a dataset is, who answers for it, and by which words it is found."""
    await turns.take(session, connection_id)
    found = await dataset_store.find(session, ConnectionId(connection_id), stream, namespace)
    before = await labels.of_stream(session, found.stream_id)
    edited.require(LabelsView.of(before))
    description = before.description if wanted.description is None else wanted.description.strip()
    said = Labels(
        description=description or None,
        tags=before.tags if wanted.tags is None else wanted.tags,
        owners=before.owners if wanted.owners is None else wanted.owners,
    )
    return edited.shown(
        LabelsView.of(await labels.keep(session, found.stream_id, said, caller.name))
    )


async def _layers(session: Session, stream: ConnectedStream, database: str) -> list[LayerView]:
    names = Tables.of(stream.layout.table)
    explored = await dataset_store.explored(session, stream.stream_id)
    found = {
        Layer.EXPLORE: (names.explore, _of_books(explored)),
        Layer.CHART: (names.chart, await tables.about(session, names.chart)),
        Layer.NAVIGATE: (
            names.navigate,
            await tables.about(session, names.history) if stream.layout.has_key else None,
        ),
    }
    return [
        LayerView(
            layer=layer,
            table=table.dotted,
            lineage_name=f"{database}.{table.dotted}",
            rows=count.rows if count else None,
            rows_estimated=count.is_estimate if count else None,
        )
        for layer, (table, count) in found.items()
        if await tables.exists(session, table)
    ]


def _of_books(explored: Explored) -> RowCount:
    return RowCount(explored.records, is_estimate=False)


def _column(
    stream: ConnectedStream,
    column: Column,
    profile: Profile,
    known: Mapping[Path, PathDecision],
) -> DatasetColumnView:
    layout = stream.layout
    decision = mask_of(known, column.path) or known.get(column.path)
    figures = ColumnView.of(column, profile)
    return DatasetColumnView(
        **{name: getattr(figures, name) for name in ColumnView.model_fields},
        path=list(column.path),
        required=column.is_required,
        is_key=column.path in layout.primary_key,
        is_cursor=column.path == layout.cursor_field,
        decision=ColumnDecisionView.of(decision) if decision else None,
    )


def _links(connection_id: UUID, stream: ConnectedStream, database: str) -> LinksView:
    layout, named = stream.layout, stream.layout.descriptor
    here = f"/v1/datasets/{connection_id}/{quote(named.name)}"
    space = urlencode({"namespace": named.namespace}) if named.namespace else ""
    of_stream = urlencode({"connectionId": connection_id, "stream": named.name})
    chart = {"dataset": f"{database}.{Tables.of(layout.table).chart.dotted}"}

    def part(name: str) -> str:
        return f"{here}/{name}?{space}" if space else f"{here}/{name}"

    return LinksView(
        profile=part("profile"),
        sample=part("sample"),
        passport=part("passport"),
        as_of=part("as-of") if layout.has_key else None,
        diff=part("diff") if layout.has_key else None,
        columns=f"/v1/connections/{connection_id}/columns?{urlencode({'stream': named.name})}",
        personal_data=f"/v1/personal-data?{of_stream}",
        quality=f"/v1/quality?{of_stream}",
        lineage=f"/v1/lineage/graph?{urlencode(chart)}",
        quarantine=f"/v1/quarantine?{of_stream}",
    )
