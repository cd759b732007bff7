"""/v1/datasets: the tables that streams became, how large and how new they are, and what is in them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.access import Viewer, within
from app.api.dependencies import Database, Session, Workspaces
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.public.passports import Namespace, StreamPath, moment
from app.api.views import View
from app.core.access import Role
from app.core.errors import ConnectionNotFound, ProfileTookTooLong, StreamNotFound
from app.core.ids import ConnectionId
from app.core.layout import Column
from app.gates.quality.figures import ColumnFigures
from app.sync.datasets import dataset_store, profiles
from app.sync.datasets.dataset_store import Dataset, Freshness, Layer, Wanted
from app.sync.datasets.profiles import Profile

router = APIRouter(prefix="/datasets", tags=["Datasets"])


class FreshnessView(View):
    """Shape: `extractedAt` is when the newest published batch was read; empty before the first promotion."""

    promotion_id: int | None
    promoted_at: str | None
    extracted_at: str | None

    @classmethod
    def of(cls, freshness: Freshness) -> "FreshnessView":
        return cls(
            promotion_id=freshness.promotion_id,
            promoted_at=moment(freshness.promoted_at) if freshness.promoted_at else None,
            extracted_at=moment(freshness.extracted_at) if freshness.extracted_at else None,
        )


class DatasetView(View):
    """Shape: `rows` of chart, absent before its first promotion; `rowsEstimated` if they were not counted; `layers`
    that have a table of it."""

    connection_id: UUID
    connection: str
    stream: str
    namespace: str | None
    table: str
    columns: int
    rows: int | None
    rows_estimated: bool | None
    freshness: FreshnessView
    layers: list[Layer]
    description: str | None
    tags: list[str]
    owners: list[str]

    @classmethod
    def of(cls, dataset: Dataset) -> "DatasetView":
        rows = dataset.rows
        return cls(
            connection_id=dataset.connection_id,
            connection=dataset.connection,
            stream=dataset.name,
            namespace=dataset.namespace,
            table=dataset.table,
            columns=dataset.columns,
            rows=rows.rows if rows else None,
            rows_estimated=rows.is_estimate if rows else None,
            freshness=FreshnessView.of(dataset.freshness),
            layers=list(dataset.layers),
            description=dataset.labels.description,
            tags=list(dataset.labels.tags),
            owners=list(dataset.labels.owners),
        )


class TopView(View):
    value: str
    rows: int


class SpreadView(View):
    """How a column's numbers or instants lie. Shape: `counts` of the counted rows in parts of equal width from `low` to
    `high`, as text; one part where all are the same."""

    low: str
    high: str
    counts: list[int]


class ArrivedView(View):
    """What arrived of a column in all promotions, rows that were replaced since included.

    Shape: bounds and lengths of texts are of `sampledRows`; lengths in bytes of UTF-8.
    """

    rows: int
    nulls: int
    min: str | None
    max: str | None
    sampled_rows: int | None
    shortest: int | None
    longest: int | None
    mean_length: float | None

    @classmethod
    def of(cls, found: ColumnFigures) -> "ArrivedView":
        is_number = found.low_number is not None
        return cls(
            rows=found.rows,
            nulls=found.nulls,
            min=str(found.low_number) if is_number else found.low_text,
            max=str(found.high_number) if is_number else found.high_text,
            sampled_rows=found.sampled,
            shortest=found.shortest,
            longest=found.longest,
            mean_length=found.mean_length,
        )


class ColumnView(View):
    """Shape: `valuesShown` if the column is decided clean; any other has nulls and distinct values alone.

    `distinct`, `top` and `spread` rest on `countedRows`; `min` and `max` are text, so that no number is changed: instants
    in ISO 8601, texts cut, in the order of their bytes; lengths in bytes of UTF-8.
    """

    name: str
    type: str
    values_shown: bool
    nulls: int | None
    distinct: int | None
    distinct_estimated: bool | None
    counted_rows: int | None
    min: str | None
    max: str | None
    shortest: int | None
    longest: int | None
    mean_length: float | None
    top: list[TopView] | None
    spread: SpreadView | None
    arrived: ArrivedView | None

    @classmethod
    def of(cls, column: Column, profile: Profile) -> "ColumnView":
        found, arrived = profile.column(column.name), profile.arrived.get(column.name)
        return cls(
            name=column.name,
            type=column.type,
            values_shown=column.name in profile.shown,
            nulls=found.nulls if found else None,
            distinct=found.distinct if found else None,
            distinct_estimated=profile.is_estimate(found) if found else None,
            counted_rows=found.counted if found else None,
            min=found.low if found else None,
            max=found.high if found else None,
            shortest=found.shortest if found else None,
            longest=found.longest if found else None,
            mean_length=found.mean_length if found else None,
            top=[TopView(value=value, rows=rows) for value, rows in found.top]
            if found and found.top is not None
            else None,
            spread=SpreadView(
                low=found.spread.low, high=found.spread.high, counts=list(found.spread.counts)
            )
            if found and found.spread is not None
            else None,
            arrived=ArrivedView.of(arrived) if arrived else None,
        )


class ProfileView(View):
    """Shape: no `rows` before the first promotion; `rowsEstimated` where all figures rest on `sampledRows`, and
    nulls are in proportion to them; `stale` if a promotion came since and a new profile took too long."""

    connection_id: UUID
    stream: str
    namespace: str | None
    table: str
    rows: int | None
    rows_estimated: bool | None
    sampled_rows: int | None
    profiled_at: str | None
    stale: bool
    freshness: FreshnessView
    newest_at: str | None
    columns: list[ColumnView]

    @classmethod
    def of(cls, connection_id: UUID, profile: Profile) -> "ProfileView":
        layout, saved = profile.stream.layout, profile.saved
        return cls(
            connection_id=connection_id,
            stream=layout.descriptor.name,
            namespace=layout.descriptor.namespace,
            table=layout.table,
            rows=saved.chart.rows if saved else None,
            rows_estimated=saved.chart.sampled is not None if saved else None,
            sampled_rows=saved.chart.sampled if saved else None,
            profiled_at=moment(saved.profiled_at) if saved else None,
            stale=profile.is_stale,
            freshness=FreshnessView.of(profile.freshness),
            newest_at=profile.newest_at,
            columns=[ColumnView.of(column, profile) for column in layout.columns],
        )


@router.get("", operation_id="listDatasets")
async def list_datasets(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    q: Annotated[
        str | None, Query(max_length=200, description="In a name, the description or a tag.")
    ] = None,
    layer: Annotated[Layer | None, Query(description="That has a table of it.")] = None,
    connection_id: Annotated[UUID | None, Query(alias="connectionId")] = None,
    tag: str | None = None,
    owner: str | None = None,
) -> Page[DatasetView]:
    """The datasets of all connections, in the order they were made."""
    wanted = Wanted(connection_id=connection_id, text=q, layer=layer, tag=tag, owner=owner)
    seen = within(caller, Role.VIEWER, workspaces)
    found = await dataset_store.listed(session, seen, paged.wanted, paged.offset, wanted)
    return paged.page([DatasetView.of(dataset) for dataset in found])


@router.get(
    "/{connectionId}/{stream:path}/profile",
    operation_id="getDatasetProfile",
    responses=problems(ConnectionNotFound, StreamNotFound, ProfileTookTooLong),
)
async def get_profile(
    caller: Viewer,
    database: Database,
    connection_id: ConnectionPath,
    stream: StreamPath,
    namespace: Namespace = None,
    items_of: Annotated[
        str | None, Query(alias="itemsOf", description="Of the child table of this field.")
    ] = None,
) -> ProfileView:
    """What a dataset holds, column by column; made anew if a promotion came since it was last asked for."""
    if items_of is not None:
        items = await profiles.of_items(
            database, ConnectionId(connection_id), stream, namespace, items_of
        )
        return ProfileView.of(connection_id, items)
    found = await profiles.of_dataset(database, ConnectionId(connection_id), stream, namespace)
    return ProfileView.of(connection_id, found)
