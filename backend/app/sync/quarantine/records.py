"""What is in quarantine: listed and counted without a value; looked at by one door."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.errors import InvalidRequest, QuarantineRecordNotFound
from app.core.ids import ConnectionId, JobId
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load
from app.layers.replaying import Kept

SQL = load(__file__)

RECORD_ID = r"^(explore|chart)-[0-9]{1,18}$"
"""Shape: the boundary and the record's number there."""


class Boundary(StrEnum):
    """Where a record was kept: explore could not take it, or its row broke a rule of chart."""

    EXPLORE = "explore"
    CHART = "chart"


class Status(StrEnum):
    """`mended`: explore took it with a character replaced; `fixed`: a correction waits for its replay."""

    KEPT = "kept"
    MENDED = "mended"
    FIXED = "fixed"
    REPLAYED = "replayed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Shape: a none filters nothing; a namespace of "" is that of streams without one; a job's are of what it read."""

    connection_id: ConnectionId | None = None
    stream: str | None = None
    namespace: str | None = None
    boundary: Boundary | None = None
    rule: str | None = None
    status: Status | None = None
    seen_until: datetime | None = None
    job_id: JobId | None = None

    @property
    def values(self) -> Sequence[object]:
        return (
            self.connection_id, self.stream, self.namespace, self.boundary, self.rule, self.status,
            self.seen_until, self.job_id,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecord:
    """A record that was kept, and how often it was sent just so: never a value of it.

    Shape: where `times` is more than one, `kept` is the newest; `seq` none where the reader refused the
           line before it was a record.
    """

    kept: Kept
    connection_id: ConnectionId
    stream: str
    namespace: str | None
    batch_id: int
    seq: int | None
    rules: Sequence[str]
    reason: str
    status: Status
    times: int
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    boundary: Boundary
    rule: str
    status: Status
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody decided of a record, or what a replay made of it."""

    decision: str
    decided_by: str
    decided_at: datetime
    job_id: JobId | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A record's own values. Shape: `sent` are its bytes, or the first of them; `fixed` JSON."""

    sent: bytes
    is_whole: bool
    fixed: str | None


async def listed(session: Session, wanted: Filter, limit: int, offset: int) -> Sequence[KeptRecord]:
    """Records by what is asked for, those alike in one line; the newest seen first."""
    statement = SQL["list"].format(filtered=_filtered())
    rows = await session.fetch(statement, *wanted.values, limit, offset)
    return [_record(row) for row in rows]


async def counts(session: Session, wanted: Filter) -> Sequence[RuleCount]:
    """How many records broke which rule, those of most records first."""
    rows = await session.fetch(SQL["counts"].format(filtered=_filtered()), *wanted.values)
    return [
        RuleCount(
            boundary=Boundary(row["boundary"]),
            rule=row["rule"],
            status=Status(row["status"]),
            records=row["records"],
        )
        for row in rows
    ]


async def get(session: Session, kept: Kept) -> KeptRecord:
    """Errors: QuarantineRecordNotFound."""
    row = await session.fetchrow(SQL["get"], kept.boundary, kept.quarantine_id)
    if row is None:
        raise not_found(kept)
    return _record(row)


async def size_of(session: Session, kept: Kept) -> int:
    """Units: bytes. Errors: QuarantineRecordNotFound."""
    of_chart = kept.boundary == Boundary.CHART
    statement = SQL["size_of_chart_record" if of_chart else "size_of_explore_record"]
    found = await session.fetchval(statement, kept.quarantine_id)
    if found is None:
        raise not_found(kept)
    return int(found)


async def decisions(session: Session, kept: Kept) -> Sequence[Decision]:
    """What was decided of a record, the oldest first."""
    rows = await session.fetch(SQL["decisions"], kept.boundary, kept.quarantine_id)
    return [
        Decision(
            decision=row["decision"],
            decided_by=row["decided_by"],
            decided_at=row["decided_at"],
            job_id=None if row["job_id"] is None else JobId(row["job_id"]),
            note=row["note"],
        )
        for row in rows
    ]


async def look(session: Session, kept: Kept, by: str) -> Content:
    """A record's own values, for somebody who may see them: the only function that gives any.

    Shape:  whether `by` may, and that they looked, is to be asked and written down here.
    Errors: QuarantineRecordNotFound.
    """
    of_chart = kept.boundary == Boundary.CHART
    statement = SQL["look_at_chart" if of_chart else "look_at_explore"]
    row = await session.fetchrow(statement, kept.quarantine_id)
    if row is None:
        raise not_found(kept)
    return Content(sent=row["sent"], is_whole=row["is_whole"], fixed=row["fixed"])


def kept_of(record_id: str) -> Kept:
    """The record of an id such as `chart-7`. Errors: InvalidRequest."""
    if not re.fullmatch(RECORD_ID, record_id):
        raise InvalidRequest("The id of a record in quarantine is explore-7 or chart-7.")
    boundary, _, number = record_id.partition("-")
    return Kept(boundary, int(number))


def not_found(kept: Kept) -> QuarantineRecordNotFound:
    return QuarantineRecordNotFound("No record in quarantine has this id.", record_id=str(kept))


def _filtered() -> str:
    return SQL["filtered"]


def _record(row: Row) -> KeptRecord:
    return KeptRecord(
        kept=Kept(row["boundary"], row["quarantine_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        stream=row["name"],
        namespace=row["namespace"] or None,
        batch_id=row["batch_id"],
        seq=row["seq"],
        rules=row["rules"],
        reason=row["reason"],
        status=Status(row["status"]),
        times=row["times"],
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
    )
