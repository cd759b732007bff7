"""/v1/datasets: the tables that streams became, how large and how new they are."""

from uuid import UUID

from fastapi import APIRouter

from app.api.dependencies import Session, Workspaces
from app.api.pagination import Page, Paged
from app.api.public.passports import moment
from app.api.views import View
from app.sync.datasets import dataset_store
from app.sync.datasets.dataset_store import Dataset, Freshness

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
    """Shape: `rows` of chart, absent before its first promotion; `rowsEstimated` if they were not counted."""

    connection_id: UUID
    connection: str
    stream: str
    namespace: str | None
    table: str
    columns: int
    rows: int | None
    rows_estimated: bool | None
    freshness: FreshnessView

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
        )


@router.get("", operation_id="listDatasets")
async def list_datasets(
    session: Session, paged: Paged, workspaces: Workspaces
) -> Page[DatasetView]:
    """The datasets of all connections, in the order they were made."""
    found = await dataset_store.listed(session, workspaces, paged.wanted, paged.offset)
    return paged.page([DatasetView.of(dataset) for dataset in found])
