"""Drives an Airbyte elsewhere, in its cloud or self-managed. Source: Airbyte's public API."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import structlog

from app.core.remote_failures import (
    RemoteAnswerLost,
    RemoteAnswerUnusable,
    RemoteLacks,
    RemoteSyncRunning,
)
from app.outgoing.sending import Outgoing
from app.remote.asking import Account, Asking, Pace, Question, T, conversation
from app.remote.shapes import (
    ConfiguredConnection,
    Connections,
    Jobs,
    Json,
    OfferedStream,
    RemoteConnection,
    RemoteDestination,
    RemoteJob,
    RemoteSource,
    State,
    Workspaces,
)

log = structlog.get_logger(__name__)

_PAGE = 100
_MOST_PAGES = 200
_NEWEST = 20
"""Jobs that are looked through for one that is not over."""
NOBODYS = -1
"""Before the first job of a connection there is none: ids begin at zero at the earliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A job that was begun. Shape: `is_adopted` if Atlas did not get the answer that it began it itself."""

    job: RemoteJob
    is_adopted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AirbyteCloud:
    """Errors: of every call RemoteUnreachable, RemoteRefused, RemoteLacks, RemoteAnswerUnusable, AddressRefused."""

    asking: Asking

    # ── jobs ──────────────────────────────────────────────────────────────────────────────────

    async def jobs(self, connection_id: UUID, limit: int = _NEWEST) -> Sequence[RemoteJob]:
        """A connection's syncs, the newest first."""
        query: dict[str, str | int] = {
            "connectionId": str(connection_id), "jobType": "sync", "limit": limit, "offset": 0,
            "orderBy": "createdAt|DESC",
        }  # fmt: skip
        found = (await self._get("/jobs", Jobs, **query)).data
        own = [job for job in found if job.connection_id in (None, connection_id)]
        return sorted(own, key=lambda job: job.job_id, reverse=True)

    async def job(self, job_id: int) -> RemoteJob:
        return await self._get(f"/jobs/{job_id}", RemoteJob)

    async def start(self, connection_id: UUID, after: int) -> Started:
        """Begin a sync once: where an answer is lost, look whether it began before it is asked for again.

        Shape:  `after` is the newest job that was there before, or NOBODYS: what is younger began with this wish.
        Errors: RemoteSyncRunning if one runs that is older than the wish, or none that can be seen.
        """
        for _ in range(self.asking.pace.tries):
            try:
                job = await self._begun(connection_id)
                return Started(job=job, is_adopted=False)
            except (RemoteAnswerLost, RemoteSyncRunning) as failure:
                job_or_none = await self._younger(connection_id, after)
                if job_or_none is not None:
                    log.info(
                        "remote_job_adopted", remote_job_id=job_or_none.job_id, why=failure.slug
                    )
                    return Started(job=job_or_none, is_adopted=True)
                if isinstance(failure, RemoteSyncRunning):
                    raise
                lost = failure
            await asyncio.sleep(self.asking.pace.wait_s)
        raise lost

    async def cancel(self, job_id: int) -> RemoteJob:
        """The job as it is after it was cancelled, or as it ended before."""
        question = self._question("DELETE", f"/jobs/{job_id}")
        try:
            return await self.asking.ask(question, RemoteJob)
        except RemoteSyncRunning:  # 409 of a cancel: it is over
            return await self.job(job_id)

    async def _begun(self, connection_id: UUID) -> RemoteJob:
        question = Question(
            method="POST",
            url=f"{self.asking.account.api_url}/jobs",
            body={"connectionId": str(connection_id), "jobType": "sync"},
            timeout_s=self.asking.pace.start_timeout_s,
            is_safe=False,
        )
        return await self.asking.ask(question, RemoteJob)

    async def _younger(self, connection_id: UUID, after: int) -> RemoteJob | None:
        """The oldest job that is younger than another."""
        found = [job for job in await self.jobs(connection_id) if job.job_id > after]
        return found[-1] if found else None

    # ── what is there ─────────────────────────────────────────────────────────────────────────

    async def workspaces(self) -> Workspaces:
        """Those that its application sees, the first of them: an answer proves address, id and secret."""
        return await self._get("/workspaces", Workspaces, limit=_PAGE, offset=0)

    async def connections(self) -> Sequence[RemoteConnection]:
        """All of them. Shape: by offsets of Atlas's own, for a remote's `next` may name a host that is not its."""
        found: list[RemoteConnection] = []
        for number in range(_MOST_PAGES):
            page = await self._get("/connections", Connections, limit=_PAGE, offset=number * _PAGE)
            if not page.data:
                return found
            found += page.data
        raise RemoteAnswerUnusable(f"The remote has more than {_MOST_PAGES * _PAGE:,} connections.")

    async def connection(self, connection_id: UUID) -> RemoteConnection:
        return await self._get(f"/connections/{connection_id}", RemoteConnection)

    async def source(self, source_id: UUID) -> RemoteSource:
        """Shape: secrets of its configuration are masked."""
        return await self._get(f"/sources/{source_id}", RemoteSource)

    async def destination(self, destination_id: UUID) -> RemoteDestination:
        return await self._get(f"/destinations/{destination_id}", RemoteDestination)

    async def streams(self, connection_id: UUID) -> Sequence[OfferedStream]:
        """A connection's streams with their schemas. Source: the Config API, connections/get."""
        found = await self._config("/connections/get", connection_id, ConfiguredConnection)
        return [entry.stream for entry in found.sync_catalog.streams]

    async def state(self, connection_id: UUID) -> State:
        """How far a connection has read. Source: the Config API, state/get."""
        return await self._config("/state/get", connection_id, Json)

    async def _get(self, path: str, answer: type[T], **query: str | int) -> T:
        return await self.asking.ask(self._question("GET", path, **query), answer)

    async def _config(self, path: str, connection_id: UUID, answer: type[T]) -> T:
        """Errors: RemoteLacks where nobody knows the address of that API."""
        base = self.asking.account.config_api
        if base is None:
            raise RemoteLacks(
                "Atlas does not know the address of the remote's Config API, which has states and schemas: set "
                "configApiUrl of the remote."
            )
        question = Question(
            method="POST",
            url=base + path,
            body={"connectionId": str(connection_id)},
            timeout_s=self.asking.pace.timeout_s,
        )
        return await self.asking.ask(question, answer)

    def _question(self, method: str, path: str, **query: str | int) -> Question:
        url, timeout_s = self.asking.account.api_url + path, self.asking.pace.timeout_s
        return Question(method=method, url=url, query=query, timeout_s=timeout_s)


@asynccontextmanager
async def airbyte_at(
    account: Account, pace: Pace, outgoing: Outgoing
) -> AsyncIterator[AirbyteCloud]:
    """A remote to be asked, as long as it is held."""
    async with conversation(account, pace, outgoing) as asking:
        yield AirbyteCloud(asking=asking)
