"""Witnesses what happens to a stream, and never stops it."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from app.core.catalog import Path
from app.core.errors import AtlasError, Fenced
from app.core.failures import (
    Interrupted,
)
from app.core.findings import PathDecision
from app.core.jobs import Attempt, Ledger, Route
from app.core.layout import Layout
from app.database.address import DatabaseAddress
from app.database.pool import Connection
from app.lineage import events, outbox
from app.lineage.events import EventType, Told, Witnessed
from app.lineage.facets import StreamFacets

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageWriter:
    """Leaves the events of every stream's run in the outbox, in the caller's transaction.

    Shape:  `lost` counts the events that could not be made or kept, by the exception's name.
    Errors: none; what fails here is logged and counted, and the caller's transaction stands.
    """

    address: DatabaseAddress
    namespace: str
    version: str
    lost: Counter[str] = field(default_factory=Counter)

    async def started(
        self, connection: Connection, attempt: Attempt, route: Route, layout: Layout
    ) -> None:
        """Say that a stream's run begins; what is masked is not known yet."""
        facets = self._facets(route, layout)
        await self._witness(connection, EventType.START, attempt, facets)

    async def published(
        self,
        connection: Connection,
        attempt: Attempt,
        route: Route,
        layout: Layout,
        decisions: Mapping[Path, PathDecision],
        books: Ledger,
    ) -> None:
        """Say that a range is in chart and navigate, in the transaction that puts it there."""
        facets = self._facets(route, layout, decisions, books)
        await self._witness(connection, EventType.RUNNING, attempt, facets)

    async def completed(
        self,
        connection: Connection,
        attempt: Attempt,
        route: Route,
        layout: Layout,
        decisions: Mapping[Path, PathDecision],
        books: Ledger | None,
    ) -> None:
        """Say that a stream's run ended well, what was masked, and what became of its records."""
        facets = self._facets(route, layout, decisions, books)
        await self._witness(connection, EventType.COMPLETE, attempt, facets)

    async def failed(
        self,
        connection: Connection,
        attempt: Attempt,
        route: Route,
        layout: Layout,
        failure: AtlasError,
    ) -> None:
        """Say that a stream's run failed, and why; or that it was cancelled, taken over or stopped."""
        stopped = isinstance(failure, Fenced | Interrupted)
        event_type = EventType.ABORT if stopped else EventType.FAIL
        facets = self._facets(route, layout)
        await self._witness(connection, event_type, attempt, facets, failure)

    async def tell(self, connection: Connection, all_told: Sequence[Told], dbt: str) -> None:
        """Say what is told of a transformation's run, by a dbt of this version, in the caller's transaction."""
        for told in all_told:
            try:
                event = await asyncio.to_thread(events.told_event, told, self.namespace, dbt)
                await outbox.add(connection, event)
            except Exception as error:  # noqa: BLE001 - the witness's edge: a run goes on without it
                self.lost[type(error).__name__] += 1
                log.warning(
                    "lineage_failed",
                    event_type=told.event_type.value,
                    job=told.job_name,
                    error=type(error).__name__,
                )

    def _facets(
        self,
        route: Route,
        layout: Layout,
        decisions: Mapping[Path, PathDecision] | None = None,
        books: Ledger | None = None,
    ) -> StreamFacets:
        return StreamFacets(
            address=self.address,
            route=route,
            layout=layout,
            decisions=decisions,
            books=books,
        )

    async def _witness(
        self,
        connection: Connection,
        event_type: EventType,
        attempt: Attempt,
        facets: StreamFacets,
        failure: AtlasError | None = None,
    ) -> None:
        witnessed = Witnessed(
            event_type=event_type,
            at=datetime.now(UTC),
            namespace=self.namespace,
            version=self.version,
            attempt=attempt,
            facets=facets,
            failure=failure,
        )
        try:
            event = await asyncio.to_thread(events.event, witnessed)
            await outbox.add(connection, event)
        except Exception as error:  # noqa: BLE001 - the witness's edge: a sync goes on without it
            reason = type(error).__name__  # its message may quote the event
            self.lost[reason] += 1
            log.warning(
                "lineage_failed",
                event_type=event_type.value,
                stream=str(facets.layout.descriptor),
                error=reason,
            )
