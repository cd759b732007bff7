"""What is taken to staging in one go, what is known of its stream, and what came of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.core.catalog import Path, SyncMode
from app.core.connections import ConnectedStream
from app.core.findings import PathDecision
from app.core.jobs import Attempt, JobType
from app.core.layout import Layout
from app.database.pool import Connection
from app.gates.quality.gate import Audit
from app.layers import explore, sample, staging
from app.layers.projection import Projection
from app.layers.staging import Staged
from app.layers.tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """A staged range with what the gates said of it; `held` says why it may not be published.

    Shape: `decided` is the state's when the range was masked; `began_at` by the database's clock.
    """

    staged: Staged
    decided: int
    began_at: datetime | None = None
    audit: Audit | None = None
    held: str | None = None

    def in_epoch_of(self, layout: Layout) -> "Audited":
        """The range for the epoch that a layout is in; its columns are those that it was staged with."""
        own = replace(self.staged.layout, clears=layout.clears)
        return replace(self, staged=replace(self.staged, layout=own))


class Change(StrEnum):
    """What publishing does to what is there: adds to it, replaces chart, and then also lets history end and
    begin anew, or forgets it."""

    ADD = "add"
    REPLACE = "replace"
    BEGIN_ANEW = "begin_anew"
    FORGET = "forget"

    @classmethod
    def of(cls, attempt: Attempt, mode: SyncMode) -> "Change":
        if attempt.job_type is JobType.REFRESH:
            if attempt.options.removes_history:
                return cls.FORGET
            return cls.REPLACE if mode.overwrites else cls.BEGIN_ANEW
        return cls.REPLACE if mode.overwrites else cls.ADD


class Taking(Protocol):
    """What is taken to staging in one go. Errors: RowsMissed, of a range of explore."""

    async def sample(
        self, connection: Connection, layout: Layout, wanted: int
    ) -> Sequence[bytes]: ...

    async def project(self, connection: Connection, projection: Projection) -> Staged: ...


@dataclass(frozen=True, slots=True)
class Range:
    """The batches in (after, last], of which explore has `rows` records.

    Shape: `judged_by` are the rules by which records need not be staged that chart has as they are; a range that is
           taken `as_it_is` counts as whole, whatever is found of it.
    """

    after: int
    last: int
    rows: int
    judged_by: str | None = None
    is_as_it_is: bool = False

    async def sample(self, connection: Connection, layout: Layout, wanted: int) -> Sequence[bytes]:
        await explore.summarise(connection, Tables.of(layout.table).explore)
        await explore.read_by_range(connection)
        return await sample.records(connection, layout, self.after, self.last, self.rows, wanted)

    async def project(self, connection: Connection, projection: Projection) -> Staged:
        await explore.read_by_range(connection)
        staged = await staging.stage(
            connection, projection, self.after, self.last, judged_by=self.judged_by
        )
        found = staged.rows + sum(staged.sent_again.values())
        if found < self.rows and not self.is_as_it_is:
            raise RowsMissed(replace(self, is_as_it_is=True))
        return staged


class RowsMissed(Exception):
    """Fewer rows of a range were found than explore has taken. Shape: `again` is what to take then."""

    def __init__(self, again: Range) -> None:
        super().__init__()
        self.again = again


@dataclass(slots=True, kw_only=True)
class StreamState:
    """What is known of a stream between its ranges."""

    stream: ConnectedStream
    change: Change
    decisions: dict[Path, PathDecision] = field(default_factory=dict)
    decided: int = 0
    """How often what was staged by then had to be staged anew: a path has turned personal, and it shows what must
    not be shown, or a row has gone that a record was told by."""
    is_published: bool = False
    """True once chart has been made: masks must be taken back to rows that are there."""
    deciding: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while it is decided what is personal: ranges may be staged side by side."""
    settling: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while decisions or columns change, and while a range is published: it is so by what counts then."""
    leaves_out: bool = True
    """True while records that chart has as they are need not be staged: until one was told by a row that has gone."""
    expects_new: bool = True
    """True until a range has a row that does not begin a key: looking for that has its price."""

    @property
    def layout(self) -> Layout:
        return self.stream.layout

    @property
    def replaces(self) -> bool:
        """True if what is published takes the place of all that chart has."""
        return self.change is not Change.ADD
