"""What the conductor needs of the stations, as Protocols."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Protocol

from app.core.catalog import JsonSchema, Path
from app.core.connections import Connection as Connected
from app.core.connections import Source
from app.core.errors import AtlasError
from app.core.findings import Entity, PathDecision
from app.core.jobs import Attempt, Ledger, Route
from app.core.layout import Layout
from app.database.identifiers import Table
from app.database.pool import Connection
from app.gates.quality.gate import Audit
from app.sources.port import Config, Connector, Listener
from app.sync.attempts import SyncReport

OpenConnector = Callable[[Source, Listener], Coroutine[None, None, Connector]]


class Configurations(Protocol):
    """Where configurations of sources are kept."""

    async def renewal(
        self, source: Source, config: Config
    ) -> Callable[[Connection], Awaitable[Source]]:
        """Keeps, in a transaction of the caller's, what a connector made of its configuration itself.

        Errors: ConnectorProtocolBroken for what is none.
        """


class PathGate(Protocol):
    """Decides which paths of a range are personal. Errors: none; what it cannot judge, it masks."""

    def warm(self) -> None:
        """Begin to load what deciding needs, in the background."""

    async def decide(
        self,
        records: Sequence[bytes],
        known: Mapping[Path, PathDecision],
        schema: JsonSchema | None = None,
    ) -> Sequence[PathDecision]: ...


class FoundLeak(Protocol):
    """Personal data in a column decided clean; which values is not asked here."""

    @property
    def column(self) -> str: ...
    @property
    def entity(self) -> Entity: ...
    @property
    def count(self) -> int: ...


class QualityAudit(Protocol):
    """Measures and checks a staged range. Errors: GateUnavailable, then the range is held;
    DatabaseUnreachable, then it is tried again."""

    async def warm(self) -> None: ...

    async def audit(
        self,
        connection: Connection,
        layout: Layout,
        staging: Table,
        masked: frozenset[str],
        shown: frozenset[str],
    ) -> Audit: ...


class TextScan(Protocol):
    """Looks at every clean text of a range."""

    async def is_suspect(self, text: str) -> bool:
        """True if there may be a leak among many cells, a line or more each."""
        ...

    async def find(self, cells: Mapping[str, Sequence[str | None]]) -> Sequence[FoundLeak]:
        """The leaks in cells given by column."""
        ...


class OtherEngine(Protocol):
    """Does an attempt whose records another engine moves. Errors: as an attempt's."""

    async def run(self, attempt: Attempt, connection: Connected, source: Source) -> SyncReport: ...


class Lineage(Protocol):
    """Witnesses what happens to a stream; never raises, never stops a sync."""

    async def started(
        self, connection: Connection, attempt: Attempt, route: Route, layout: Layout
    ) -> None: ...

    async def published(
        self,
        connection: Connection,
        attempt: Attempt,
        route: Route,
        layout: Layout,
        decisions: Mapping[Path, PathDecision],
        books: Ledger,
    ) -> None:
        """One range is in chart and navigate; `books` are the range's own."""

    async def completed(
        self,
        connection: Connection,
        attempt: Attempt,
        route: Route,
        layout: Layout,
        decisions: Mapping[Path, PathDecision],
        books: Ledger | None,
    ) -> None:
        """The stream's run ended well; `books` are the job's, none of one that reads no source."""

    async def failed(
        self,
        connection: Connection,
        attempt: Attempt,
        route: Route,
        layout: Layout,
        failure: AtlasError,
    ) -> None: ...
