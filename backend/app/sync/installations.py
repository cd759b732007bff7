"""Connectors that somebody wants installed: wishes in PostgreSQL, and the workers that see to them."""

import asyncio
import contextlib
import json
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import structlog

from app.core.cancelling import unless_cancelled
from app.core.errors import AtlasError
from app.core.failures import (
    ConnectorInstallFailed,
    DatabaseUnreachable,
)
from app.database.passing import passing_failures
from app.database.pool import Connection, Database, Row
from app.database.queries import load
from app.sources.port import Listener
from app.sources.pyairbyte import Installed
from app.sources.registry import Pinned
from app.sync.connections import connection_store

log = structlog.get_logger(__name__)

SQL = load(__file__)

_LINES = 40
_MOST_TRIES = 3
_TELL_S = 2.0
_STEPS = {
    "virtual environment with command": "environment",
    "into virtual environment": "packages",
    "installed successfully": "verifying",
}
"""What PyAirbyte says when it begins a step. Source: its VenvExecutor."""

InstallConnector = Callable[[str, Listener], Awaitable[Installed]]


class InstallationStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was begun. Units: `at` in UTC."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A wish to install a connector, and how far it is.

    Shape: `output` are the installer's last lines, without passwords; `failure` has slug, title and detail.
    """

    installation_id: int
    connector: str
    package: str
    version: str
    status: InstallationStatus
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    tries: int
    host: str | None
    python: str | None
    steps: Sequence[Step]
    output: Sequence[str]
    failure: Mapping[str, str] | None


async def ask(connection: Connection, pinned: Pinned, asked_by: str) -> Installation:
    """Wish for a connector; of one that is being installed, that installation."""
    await connection.execute(SQL["ask"], pinned.name, pinned.package, pinned.version, asked_by)
    return (await newest(connection, [pinned.name]))[pinned.name]


async def newest(connection: Connection, connectors: Sequence[str]) -> Mapping[str, Installation]:
    """The newest wish of each; a connector that nobody wished for is left out."""
    rows = await connection.fetch(SQL["newest"], list(connectors))
    return {row["connector"]: _installation(row) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installer:
    """Takes wishes one after the other; safe in any number of processes.

    Units: `lease_s` seconds after which a silent process is taken for dead, and its wish is another's.
    """

    database: Database
    install: InstallConnector
    lease_s: float
    host: str = field(default_factory=socket.gethostname)

    async def run(self) -> float | None:
        """See to one wish; 0 if there may be more.

        Shape: a process that dies leaves its wish to the next, which begins anew what is not whole; after
               three of them it has failed.
        """
        async with self.database.transaction() as session:
            row = await session.fetchrow(SQL["take"], self.host, self.lease_s)
        if row is None:
            return None
        work = _Work(row["installation_id"], row["connector"], row["tries"])
        if work.tries > _MOST_TRIES:
            failure = ConnectorInstallFailed(
                f"The process that installed it died {_MOST_TRIES} times. Look at the machine's memory and disk.",
                connector=work.connector,
            )
            await self._end(work, None, failure)
            return 0.0
        await self._see_to(work)
        return 0.0

    async def _see_to(self, work: "_Work") -> None:
        work.begin("started")
        found: Installed | None = None
        failure: AtlasError | None = None
        try:
            async with self._telling(work):
                found = await self.install(work.connector, Listener(on_log=work.hear))
                work.begin("installed")
        except AtlasError as error:
            failure = error
        except OSError as error:
            failure = ConnectorInstallFailed(
                f"The connector's folder cannot be written: {error.strerror}.",
                connector=work.connector,
            )
        except asyncio.CancelledError:
            with contextlib.suppress(DatabaseUnreachable), passing_failures():
                async with self.database.transaction() as session:
                    await session.execute(SQL["put_back"], work.installation_id, work.tries)
            raise
        await self._end(work, found, failure)

    async def _end(
        self, work: "_Work", found: Installed | None, failure: AtlasError | None
    ) -> None:
        said = failure and {"slug": failure.slug, "title": failure.title, "detail": failure.detail}
        async with self.database.transaction() as session:
            if found is not None:
                await connection_store.note_connector(session, found)
            await session.execute(
                SQL["end"],
                work.installation_id,
                work.tries,
                InstallationStatus.SUCCEEDED if found else InstallationStatus.FAILED,
                found.version if found else None,
                found.python if found else None,
                json.dumps(said) if said else None,
                work.told_steps(),
                list(work.output),
            )
        log.info(
            "connector_installation_ended",
            connector=work.connector,
            failure=failure and failure.slug,
        )

    @contextlib.asynccontextmanager
    async def _telling(self, work: "_Work") -> AsyncIterator[None]:
        """Say meanwhile how far it is, and that this process lives."""
        telling = asyncio.create_task(self._tell(work))
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell(self, work: "_Work") -> None:
        while True:
            await asyncio.sleep(min(_TELL_S, self.lease_s / 3))
            with contextlib.suppress(DatabaseUnreachable), passing_failures():
                async with self.database.transaction() as session:
                    await session.execute(
                        SQL["tell"], work.installation_id, work.tries, work.told_steps(),
                        list(work.output), self.lease_s,
                    )  # fmt: skip
            unless_cancelled()


@dataclass(slots=True)
class _Work:
    """A wish in hand, and what its installer has said."""

    installation_id: int
    connector: str
    tries: int
    steps: list[Step] = field(default_factory=list)
    output: "deque[str]" = field(default_factory=lambda: deque(maxlen=_LINES))

    def begin(self, name: str) -> None:
        if all(step.name != name for step in self.steps):
            self.steps.append(Step(name, datetime.now(UTC)))

    def hear(self, level: str, line: str) -> None:
        for words, name in _STEPS.items():
            if words in line:
                self.begin(name)
        self.output.append(line)

    def told_steps(self) -> str:
        return json.dumps([{"name": step.name, "at": step.at.isoformat()} for step in self.steps])


def _installation(row: Row) -> Installation:
    failure = row["failure"]
    return Installation(
        installation_id=row["installation_id"],
        connector=row["connector"],
        package=row["package"],
        version=row["version"],
        status=InstallationStatus(row["status"]),
        asked_by=row["asked_by"],
        asked_at=row["asked_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        tries=row["tries"],
        host=row["host"],
        python=row["python_version"],
        steps=[
            Step(step["name"], datetime.fromisoformat(step["at"]))
            for step in json.loads(row["steps"])
        ],
        output=list(row["output"]),
        failure=json.loads(failure) if failure else None,
    )
